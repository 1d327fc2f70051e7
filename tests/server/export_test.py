"""What is known goes out over HTTP: every format, by filters, without lying in memory, and to clients that go away."""

import hashlib
import json
import socket
import time
import unittest

from harness import IS_SANITIZED, MEDIA, PATIENCE, Service, query, refrain

BEAR = MEDIA / "known" / "bear.jpg"
MANY = 60_000


def codes(count):
    return "".join(hashlib.sha256(str(number).encode()).hexdigest() + "\n" for number in range(count))


class Export(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service()
        cls.service.upload("/v1/items" + query(bank="media", name="bear.jpg", label="a=1"), BEAR)
        cls.post(codes(50), format="pdq", bank="list")
        cls.post(hashlib.md5(b"x").hexdigest() + "  x\n", format="digests", bank="digests")

    @classmethod
    def tearDownClass(cls):
        assert cls.service.stop() == 0

    @classmethod
    def post(cls, body, **parameters):
        answer = cls.service.ask("POST", "/v1/import" + query(**parameters), body, {"Content-Type": "text/plain"})
        assert answer.status == 200, answer.body

    def get(self, **parameters):
        return self.service.ask("GET", "/v1/export" + query(**parameters))

    def test_every_format_is_that_of_the_command_line(self):
        for name, kind in (("jsonl", "application/x-ndjson"), ("csv", "text/csv"), ("pdq", "text/plain"),
                           ("vpdq", "application/x-ndjson"), ("digests", "text/plain"),
                           ("records", "application/octet-stream")):
            answer = self.get(format=name)
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, kind))
            self.assertEqual(int(answer.headers["Content-Length"]), len(answer.body))
            said = refrain("export", "--corpus", str(self.service.corpus), "--format", name) if name != "records" else None
            if said:
                self.assertEqual(answer.body.decode(), said.stdout, name)
        self.assertEqual(self.get(format="pdq").headers["X-Refrain-Left-Out"], "2")

    def test_filters_are_those_of_lists(self):
        def lines(**parameters):
            return len(self.get(format="jsonl", **parameters).body.splitlines())

        self.assertEqual((lines(), lines(bank="list"), lines(label="a=1"), lines(kind="digest")), (52, 50, 1, 1))
        self.assertEqual((lines(name="bear*"), lines(since="2100-01-01T00:00:00Z"), lines(disabled="true")), (1, 0, 0))
        self.assertEqual(lines(bank=["media", "digests"]), 2)

    def test_a_bundle_is_imported_elsewhere(self):
        bundle = self.get(format="records", bank="media").body
        other = Service()
        self.addCleanup(other.stop)
        done = other.ask("POST", "/v1/import" + query(format="records"), bundle, {"Content-Type": "application/octet-stream"})
        self.assertEqual(done.json()["added"], 1)
        self.assertEqual(other.upload("/v1/find", BEAR).json()["status"], "match")

    def test_what_makes_no_sense_is_refused(self):
        self.assertEqual(self.get(format="odd").json()["code"], "invalid_argument")
        self.assertEqual(self.get().status, 400)
        self.assertEqual(self.get(format="csv", bank="none").json()["code"], "unknown_bank")
        self.assertEqual(self.get(format="csv", kind="audio").json()["code"], "invalid_argument")
        self.assertEqual(self.get(format="csv", colour="red").json()["code"], "unknown_parameter")

    def test_a_large_export_lies_in_no_memory_and_ends_with_its_client(self):
        service = Service()
        self.addCleanup(service.stop)
        done = service.ask("POST", "/v1/import?format=pdq", codes(MANY), {"Content-Type": "text/plain"})
        self.assertEqual(done.json()["added"], MANY)
        service.ask("GET", "/v1/export?format=csv&kind=digest")
        before = service.resident_bytes()
        answer = service.ask("GET", "/v1/export?format=jsonl")
        self.assertGreater(len(answer.body), 24 << 20)
        self.assertEqual(json.loads(answer.body.splitlines()[-1])["schema"], "refrain.item/1")
        if not IS_SANITIZED:
            self.assertLess(service.resident_bytes() - before, 20 << 20)
        with socket.create_connection(("127.0.0.1", service.port), PATIENCE) as gone:
            gone.sendall(b"GET /v1/export?format=jsonl HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b"200", gone.recv(64))

        def spooled():
            text = service.ask("GET", "/metrics").body.decode()
            return float(next(line for line in text.splitlines() if line.startswith("refrain_spool_bytes")).split()[1])

        end = time.monotonic() + PATIENCE
        while spooled() > 0 and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(spooled(), 0)
        self.assertEqual(service.ask("GET", "/v1/export?format=pdq").status, 200)


if __name__ == "__main__":
    unittest.main()
