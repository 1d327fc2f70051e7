"""What people who review matches use: pictures of why, and their word on whether a match was right."""

import json
import struct
import unittest
import zlib

from harness import MEDIA, PATIENCE, Service, fits, query, refrain

BEAR = MEDIA / "known" / "bear.jpg"
COPY = MEDIA / "edited" / "bear-half-quality40.jpg"
OTHER = sorted((MEDIA / "unrelated").glob("*.jpg"))[0]


def grey_share(png):
    """The share of pixels of a PNG (8 bits, RGB, filters as they come) whose three values are alike."""
    at, data = 8, b""
    while at < len(png):
        length, kind = struct.unpack("!I4s", png[at:at + 8])
        body = png[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack("!IIBB", body[:10])
            assert (depth, colour) == (8, 2), "expected 8 bits of RGB"
        if kind == b"IDAT":
            data += body
        at += 12 + length
    lines, stride, above, grey = zlib.decompress(data), width * 3, bytearray(width * 3), 0
    for row in range(height):
        kind, line = lines[row * (stride + 1)], bytearray(lines[row * (stride + 1) + 1:(row + 1) * (stride + 1)])
        for i in range(stride):
            left, up = (line[i - 3] if i >= 3 else 0), above[i]
            corner = above[i - 3] if i >= 3 else 0
            guess = left + up - corner
            paeth = min((left, up, corner), key=lambda value: abs(guess - value))
            line[i] = (line[i] + (0, left, up, (left + up) // 2, paeth)[kind]) & 255
        grey += sum(line[i] == line[i + 1] == line[i + 2] for i in range(0, stride, 3))
        above = line
    return grey / (width * height)


class Review(unittest.TestCase):
    def setUp(self):
        self.service = Service(anonymous=False)
        self.addCleanup(self.service.stop)
        self.keys = {role: {"Authorization": "Bearer " + refrain(
            "key", "create", "--corpus", str(self.service.corpus), "--role", role).stdout.strip()}
            for role in ("matcher", "curator", "admin")}
        source = query(name="bear.jpg", source=str(BEAR.resolve()))
        self.item = self.service.upload("/v1/items" + source, BEAR, self.keys["curator"]).json()["id"]
        self.schemas = self.service.ask("GET", "/openapi.json").json()["components"]["schemas"]

    def job(self, path, role):
        answer = self.service.upload(f"/v1/jobs?wait={PATIENCE}", path, self.keys[role])
        self.assertEqual(answer.json()["status"], "done", answer.body)
        return answer.json()["id"]

    def explain(self, role, **parameters):
        return self.service.ask("GET", "/v1/explain" + query(**parameters), None, self.keys[role])

    def say(self, role="matcher", **fields):
        return self.service.ask("POST", "/v1/feedback", json.dumps(fields), self.keys[role])

    def test_a_match_is_shown_blurred_and_grey_unless_the_role_may_see_it(self):
        for role, is_grey in (("matcher", True), ("admin", False)):
            shown = self.explain(role, job=self.job(COPY, role), match=self.item)
            self.assertEqual((shown.status, shown.headers["Content-Type"]), (200, "image/png"), shown.body[:300])
            share = grey_share(shown.body)
            # Outlines and points are drawn in colour over either.
            self.assertEqual(share > 0.8, is_grey, share)
        self.assertEqual(list((self.service.corpus / "spool").iterdir()), [])

    def test_what_cannot_be_shown_says_why(self):
        job = self.job(COPY, "matcher")
        self.assertEqual(self.explain("matcher", job=job).status, 200)
        self.assertEqual(self.explain("matcher", job=job, match="1").status, 404)
        self.assertEqual(self.explain("matcher", job="j_none").status, 404)
        self.assertEqual(self.explain("matcher").json()["code"], "missing_parameter")
        self.assertEqual(self.explain("curator", job=job).status, 404)  # the job is another's
        self.assertEqual(self.explain("matcher", job=self.job(OTHER, "matcher")).status, 404)

    def test_feedback_is_kept_with_the_item(self):
        job = self.job(COPY, "matcher")
        said = self.say(item=self.item, verdict="true_positive", job=job, note="seen")
        self.assertEqual(said.status, 201, said.body)
        self.assertEqual(fits(self.schemas["Said"], said.json(), self.schemas), [])
        self.assertEqual(len(said.json()["sha256"]), 64)
        self.assertEqual(self.say(item=self.item, verdict="false_positive").status, 201)
        folder = self.service.corpus.parent
        self.service.kill()
        self.service = Service(folder=folder)
        kept = self.service.ask("GET", "/v1/feedback" + query(item=self.item)).json()
        self.assertEqual(fits(self.schemas["Feedback"], kept, self.schemas), [])
        self.assertEqual((kept["true_positive"], kept["false_positive"]), (1, 1))
        self.assertEqual(kept["latest"][0]["note"], "seen")
        self.service.stop()

    def test_feedback_that_makes_no_sense_is_refused_by_name(self):
        for fields, status, code in (
                ({"item": self.item}, 400, "invalid_argument"),
                ({"item": self.item, "verdict": "maybe"}, 400, "invalid_argument"),
                ({"item": self.item, "verdict": 1}, 400, "invalid_argument"),
                ({"item": self.item, "verdict": "true_positive", "sha256": "ab"}, 400, "invalid_argument"),
                ({"item": self.item, "verdict": "true_positive", "note": "x" * 1001}, 400, "invalid_argument"),
                ({"item": self.item, "verdict": "true_positive", "colour": "red"}, 400, "unknown_field"),
                ({"item": self.item, "verdict": "true_positive", "job": "j_none"}, 404, "unknown_id"),
                ({"item": "m_none", "verdict": "true_positive"}, 404, "unknown_id")):
            answer = self.say(**fields)
            self.assertEqual((answer.status, answer.json()["code"]), (status, code), fields)


if __name__ == "__main__":
    unittest.main()
