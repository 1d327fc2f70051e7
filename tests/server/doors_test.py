"""The doors for scanners: validate, scanBlob and clamd, as their clients use them."""

import base64
import hashlib
import io
import re
import socket
import struct
import unittest

from harness import MEDIA, PATIENCE, Service, refrain

KNOWN = MEDIA / "known" / "bear.jpg"
COPY = MEDIA / "edited" / "bear-half-quality40.jpg"
OTHER = sorted((MEDIA / "unrelated").glob("*.jpg"))[0]
TEXT = b"%PDF-1.7 no picture at all"
BROKEN = KNOWN.read_bytes()[:100]


def doors(**settings):
    lines = [f"{name} = {value}" for name, value in settings.items()]
    return "[doors]\n" + "\n".join(lines) + "\n"


class Door(unittest.TestCase):
    def begin(self, **settings):
        service = Service("--log-level", "info", config=doors(**settings))
        self.addCleanup(service.stop)
        answer = service.upload("/v1/items?bank=csam&label=label=csem&name=bear.jpg", KNOWN)
        self.assertEqual(answer.status, 201)
        return service

    @staticmethod
    def status(service, data, target="/v1/validate", headers=None):
        return service.ask("POST", target, data, headers or {"Content-Type": "image/jpeg"}).status


class Validate(Door):
    def test_takes_what_does_not_match_and_refuses_what_does(self):
        service = self.begin(validate="true")
        self.assertEqual(self.status(service, OTHER.read_bytes()), 200)
        self.assertEqual(self.status(service, KNOWN.read_bytes()), 403)
        self.assertEqual(self.status(service, COPY.read_bytes()), 403)

    def test_what_cannot_be_examined_does_not_pass_in_silence(self):
        service = self.begin(validate="true")
        self.assertEqual(self.status(service, TEXT), 422)
        self.assertEqual(self.status(service, BROKEN), 422)

    def test_each_setting_lets_its_own_kind_pass(self):
        service = self.begin(validate="true", accept_other_files="true")
        self.assertEqual(self.status(service, TEXT), 200)
        self.assertEqual(self.status(service, BROKEN), 422)
        service = self.begin(validate="true", accept_unexamined="true")
        self.assertEqual(self.status(service, TEXT), 422)
        self.assertEqual(self.status(service, BROKEN), 200)

    def test_doors_are_shut_by_default(self):
        service = Service()
        self.addCleanup(service.stop)
        for target in ("/v1/validate", "/xrpc/com.atproto.unspecced.scanBlob"):
            self.assertEqual(self.status(service, OTHER.read_bytes(), target), 404)

    def test_needs_a_key(self):
        service = Service(anonymous=False, config=doors(validate="true"))
        self.addCleanup(service.stop)
        self.assertEqual(self.status(service, OTHER.read_bytes()), 401)


class ScanBlob(Door):
    TARGET = "/xrpc/com.atproto.unspecced.scanBlob?did=did:plc:abc&uri=at://x/y/z&handle=a.example"

    def scan(self, service, data, headers=None):
        return service.ask("POST", self.TARGET, data, {"Content-Type": "image/jpeg", **(headers or {})})

    def test_answers_in_hepas_shape(self):
        service = self.begin(scan_blob="true")
        data = COPY.read_bytes()
        found = self.scan(service, data).json()
        self.assertEqual(found["match"]["status"], "success")
        self.assertEqual([hit["label"] for hit in found["match"]["hits"]], ["csem"])
        digest = b"\x01\x55\x12\x20" + hashlib.sha256(data).digest()
        link = "b" + base64.b32encode(digest).decode().lower().rstrip("=")
        self.assertEqual(found["blob"]["ref"]["$link"], link)
        self.assertEqual(found["blob"]["size"], len(data))
        self.assertEqual(self.scan(service, OTHER.read_bytes()).json()["match"]["hits"], [])

    def test_without_the_label_the_bank_is_told(self):
        service = self.begin(scan_blob="true", scan_blob_label='"another"')
        hits = self.scan(service, COPY.read_bytes()).json()["match"]["hits"]
        self.assertEqual([hit["label"] for hit in hits], ["csam"])

    def test_what_cannot_be_examined_is_no_success(self):
        service = self.begin(scan_blob="true")
        self.assertEqual(self.scan(service, BROKEN).status, 422)

    def test_a_key_may_come_as_the_password_of_basic(self):
        service = Service(anonymous=False, config=doors(scan_blob="true"))
        self.addCleanup(service.stop)
        key = refrain("key", "create", "--corpus", str(service.corpus), "--role", "matcher").stdout.strip()

        def basic(word):
            return {"Authorization": "Basic " + base64.b64encode(word.encode()).decode()}

        self.assertEqual(self.scan(service, OTHER.read_bytes(), basic("admin:" + key)).status, 200)
        self.assertEqual(self.scan(service, OTHER.read_bytes(), basic("admin:" + key + "x")).status, 401)
        self.assertEqual(self.scan(service, OTHER.read_bytes(), basic(key)).status, 401)
        for malformed in ("Basic !!!!", "Basic ====", "Basic", "Basic " + "A" * 8000, "Basicx " + key):
            self.assertEqual(self.scan(service, OTHER.read_bytes(), {"Authorization": malformed}).status, 401)


class Clamd(Door):
    def begin(self, **settings):
        service = super().begin(clamd_listen='"127.0.0.1:0"', **settings)
        line = next(line for line in service.errors if "clamd=" in line)
        self.port = int(re.search(r"clamd=127\.0\.0\.1:(\d+)", line).group(1))
        return service

    def connect(self):
        made = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        self.addCleanup(made.close)
        return made

    @staticmethod
    def pieces(data, size=100_000):
        view = io.BytesIO(data)
        return b"".join(struct.pack("!I", len(piece)) + piece
                        for piece in iter(lambda: view.read(size), b"")) + struct.pack("!I", 0)

    def ask(self, data):
        """Sends, and reads to the end of the connection."""
        with self.connect() as made:
            made.sendall(data)
            return made.makefile("rb").read()

    def scan(self, data):
        return self.ask(b"zINSTREAM\0" + self.pieces(data))

    def test_ping_version_and_their_ends(self):
        self.begin()
        self.assertEqual(self.ask(b"zPING\0"), b"PONG\0")
        self.assertEqual(self.ask(b"nPING\n"), b"PONG\n")
        self.assertEqual(self.ask(b"PING\r\n"), b"PONG\n")
        self.assertRegex(self.ask(b"zVERSION\0"), rb"^refrain [0-9.]+/\d+/\w{3} \w{3} +\d+ [0-9:]{8} \d{4}\0$")
        self.assertEqual(self.ask(b"zSHUTDOWN\0"), b"UNKNOWN COMMAND\0")

    def test_streams(self):
        self.begin()
        self.assertEqual(self.scan(OTHER.read_bytes()), b"stream: OK\0")
        self.assertRegex(self.scan(COPY.read_bytes()), rb"^stream: refrain\.csam\.\w+ FOUND\0$")
        self.assertEqual(self.scan(BROKEN), b"stream: not examined: corrupt ERROR\0")
        self.assertEqual(self.scan(TEXT), b"stream: not examined: unsupported_format ERROR\0")
        self.assertEqual(self.scan(b""), b"stream: not examined: empty ERROR\0")

    def test_a_session_numbers_its_answers(self):
        self.begin()
        asked = b"zIDSESSION\0zPING\0zINSTREAM\0" + self.pieces(OTHER.read_bytes(), 7) + b"zVERSION\0zEND\0"
        answers = self.ask(asked).split(b"\0")
        self.assertEqual(answers[:2], [b"1: PONG", b"2: stream: OK"])
        self.assertTrue(answers[2].startswith(b"3: refrain "))
        self.assertEqual(answers[3:], [b""])

    def test_hostile_streams_end_with_an_error_or_the_connection(self):
        service = self.begin()
        self.assertIn(b"size limit exceeded. ERROR", self.ask(b"zINSTREAM\0" + b"\xff\xff\xff\xff" + b"x" * 1000))
        self.assertEqual(self.ask(b"z" + b"A" * 10_000), b"UNKNOWN COMMAND\n")
        with self.connect() as made:
            made.sendall(b"zINSTREAM\0" + struct.pack("!I", 1000) + b"short")
            made.shutdown(socket.SHUT_WR)
            self.assertIn(b"ERROR", made.makefile("rb").read())
        for _ in range(20):
            self.connect().close()
        self.assertEqual(self.ask(b"zPING\0"), b"PONG\0")
        waiting = self.connect()
        waiting.sendall(b"zIDSESSION\0")
        self.assertEqual(service.stop(), 0)

    def test_decisions_are_written_down(self):
        service = self.begin()
        self.scan(COPY.read_bytes())
        self.assertIn('"who":"clamd"', refrain("audit", "export", "--corpus", str(service.corpus)).stdout)

    def test_only_an_address_of_this_machine_will_do(self):
        with self.assertRaisesRegex(RuntimeError, "only an address of this machine"):
            Service(config=doors(clamd_listen='"0.0.0.0:3310"'))


if __name__ == "__main__":
    unittest.main()
