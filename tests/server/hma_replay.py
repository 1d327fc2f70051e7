"""Replays recorded answers of a live HMA 1.1.7.

The recorded pictures are not at hand. Pictures with the very PDQ codes that were recorded are made here: the code says
which coefficients of a cosine transform are above the median, so a sum of cosines with these signs has it.
"""

import json
import math
import os
import pathlib
import struct

from harness import form

KNOWN = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
EDIT = "58d871ceecf4e84d82368232078f27f0b76e26f592621e9d33e6338d4e9c9b22"
OTHER = "2c8b8a05f302cbf219e06c95c73ec65f5868098d77327698d196da6d99e7d38a"
CODES = {"image-in-hash-db.jpg": KNOWN, "edit-of-image-in-hash-db.jpg": EDIT, "image-not-in-hash-db.jpg": OTHER}
RECORDED = pathlib.Path(os.environ["REFRAIN_TEST_SHARED"]) / "contract" / "hma_recorded.json"


def picture(code, side=128):
    """A BMP file whose PDQ code is this one."""
    bits = int(code, 16)
    waves = [[math.cos(math.pi * (2 * x + 1) * (k + 1) / (2 * side)) for x in range(side)] for k in range(16)]
    signs = [[1 if bits >> (16 * r + c) & 1 else -1 for c in range(16)] for r in range(16)]
    rows = [[sum(signs[r][c] * waves[c][x] for c in range(16)) for x in range(side)] for r in range(16)]
    values = [[sum(rows[r][x] * waves[r][y] for r in range(16)) for x in range(side)] for y in range(side)]
    most = max(abs(value) for row in values for value in row)
    pixels = b""
    for row in reversed(values):
        pixels += b"".join(bytes([round(127.5 + 127 * value / most)]) * 3 for value in row)
    return (b"BM" + struct.pack("<IIIIiiHHIIiiII", 54 + len(pixels), 0, 54, 40, side, side, 1, 24, 0, len(pixels),
                                0, 0, 0, 0) + pixels)


def masked(value):
    """Ids apart."""
    if isinstance(value, dict):
        return {key: "ID" if key in ("id", "bank_content_id") else masked(inner) for key, inner in value.items()}
    return [masked(inner) for inner in value] if isinstance(value, list) else value


def asked_code(pair):
    """The code of what the pair looks up."""
    text = json.dumps([pair["target"], pair["request"]])
    by_name = [code for name, code in CODES.items() if f"/{name}" in text or f'"{name}"' in text]
    return by_name[0] if by_name else next(code for code in CODES.values() if code in text)


def at_distance(distance, asked):
    """KNOWN, or the code next to it that lies so many bits from the one that is asked for."""
    known, asked = int(KNOWN, 16), int(asked, 16)
    bits = [1 << bit for bit in range(256)]
    differing = [bit for bit in bits if (known ^ asked) & bit]
    same = [bit for bit in bits if not (known ^ asked) & bit]
    for bit in differing[distance:] + same[:max(0, distance - len(differing))]:
        known ^= bit
    return format(known, "064x")


class Replay:
    """For a test case with `service` and `pictures`, by code."""

    def ask(self, method, target, value=None):
        if value is None:
            return self.service.ask(method, target)
        return self.service.ask(method, target, json.dumps(value), {"Content-Type": "application/json"})

    def send(self, target, data, field="photo", name="x", more=()):
        body, headers = form([(field, name, data), *more])
        return self.service.ask("POST", target, body, headers)

    def setUp(self):
        for bank in self.ask("GET", "/c/banks").json():
            self.ask("DELETE", "/c/bank/" + bank["name"])

    def bank(self, name, **more):
        self.assertEqual(self.ask("POST", "/c/banks", {"name": name, **more}).status, 201)

    def prepare(self, pair):
        """The state in which the pair was recorded."""
        target, body = pair["target"], pair["body"]
        if target.startswith("/c/bank/TEST_BANK") or "Bank already exists" in body:
            self.bank("TEST_BANK")
        if target.startswith("/c/exchange/NEW_BANK_NAME"):
            self.ask("POST", "/c/exchanges", {"api": "sample", "bank": "NEW_BANK_NAME", "api_json": {}})
        if target == "/c/exchanges/api/ncmec" and pair["method"] == "GET":
            self.ask("POST", "/c/exchanges/api/ncmec", {"credential_json": {"user": "u", "password": "p"}})
        if target.startswith("/m/"):
            answer = json.loads(body)
            banks = answer.get("pdq", answer)
            if "matches" in answer:
                banks = {"BANK": answer["matches"]}
            for name, matches in banks.items():
                self.bank(name)
                for match in matches:
                    code = KNOWN if isinstance(match, int) else at_distance(int(match["distance"]), asked_code(pair))
                    self.assertEqual(self.ask("POST", f"/c/bank/{name}/signal", {"pdq": code}).status, 200)

    def replay(self, pair):
        request = pair["request"]
        if isinstance(request, dict):
            file = next(part for part in request["multipart"] if part["filename"])
            more = [("metadata", None, request["metadata"].encode())] if request["metadata"] else []
            return self.send(pair["target"], self.pictures[CODES[file["filename"]]], file["name"], file["filename"], more)
        return self.service.ask(pair["method"], pair["target"].replace(" ", "%20"), request or None,
                                {"Content-Type": "application/json"})

    def check(self, pair):
        """Brings the service into the state of the recording, asks, and compares; ids apart."""
        Replay.setUp(self)
        self.prepare(pair)
        answer = self.replay(pair)
        self.assertEqual(answer.status, pair["status"], answer.body)
        if pair["content_type"] == "application/json":
            if "matches" in pair["body"] and "distance" not in pair["body"]:
                self.assertEqual(len(answer.json()["matches"]), len(json.loads(pair["body"])["matches"]))
            else:
                self.assertEqual(masked(answer.json()), masked(json.loads(pair["body"])))
        else:
            self.assertEqual(answer.body.decode(), pair["body"])
