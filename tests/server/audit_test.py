"""Every change and every decision is written down, or refused."""

import hashlib
import json
import resource
import unittest

from harness import MEDIA, PATIENCE, Service, query, refrain

BEAR = MEDIA / "known" / "bear.jpg"
FILM = MEDIA / "known" / "crystal.mp4"
JSON = {"Content-Type": "application/json"}
CODE = "f0" * 32


class Audit(unittest.TestCase):
    def setUp(self):
        self.service = Service()
        self.addCleanup(self.service.stop)

    def entries(self):
        lines = refrain("audit", "export", "--corpus", str(self.service.corpus)).stdout.splitlines()
        return [json.loads(line) for line in lines]

    def send(self, method, path, body=None, status=200):
        """@return the one entry that the request adds"""
        before = len(self.entries())
        answer = self.service.ask(method, path, body if body is None else json.dumps(body), JSON)
        self.assertEqual(answer.status, status, answer.body)
        added = self.entries()[before:]
        self.assertEqual(len(added), 1, f"{method} {path}: {added}")
        return added[0]

    def generation(self):
        text = self.service.ask("GET", "/metrics").body.decode()
        return next(line.split()[1] for line in text.splitlines() if line.startswith("refrain_index_generation "))

    def test_decisions_say_what_was_asked_and_of_which_corpus(self):
        self.service.upload("/v1/items", BEAR)
        body = json.dumps({"pdq": CODE})
        by_code = self.send("POST", "/v1/find/fingerprint", {"pdq": CODE})
        self.assertEqual(by_code["sha256"], hashlib.sha256(body.encode()).hexdigest())
        before = len(self.entries())
        self.service.upload("/v1/find", BEAR)
        by_medium = self.entries()[before]
        self.assertEqual(by_medium["sha256"], hashlib.sha256(BEAR.read_bytes()).hexdigest())
        self.assertGreater(int(by_medium["generation"]), 0)
        before = len(self.entries())
        self.assertEqual(self.service.ask("POST", "/v1/find", b"no picture at all").status, 415)
        refused = self.entries()[before]
        self.assertEqual((refused["status"], refused["sha256"]), ("not_scanned", hashlib.sha256(b"no picture at all").hexdigest()))
        self.assertEqual({by_code["generation"], by_medium["generation"]}, {self.generation()})
        self.service.upload("/v1/items", FILM)
        after = self.send("POST", "/v1/find/fingerprint", {"pdq": CODE})
        self.assertEqual(int(after["generation"]), int(by_code["generation"]) + 1)

    def test_changes_say_what_was_asked_for(self):
        self.assertEqual(json.loads(self.send("POST", "/v1/banks", {"bank": "b", "mode": "shadow"}, 201)["change"])["mode"], "shadow")
        item = self.service.upload("/v1/items" + query(bank="b"), BEAR).json()["id"]
        self.assertEqual(json.loads(self.send("PATCH", "/v1/items/" + item, {"labels": {"a": "b"}})["change"]), {"labels": {"a": "b"}})

    def test_what_hma_clients_do_is_written_down(self):
        self.assertEqual(self.send("POST", "/c/banks", {"name": "BANK"}, 201)["bank"], "BANK")
        self.assertEqual(self.send("PUT", "/c/bank/BANK", {"enabled_ratio": 0.5})["ratio"], "0.500000")
        added = self.send("POST", "/c/bank/BANK/signal", {"pdq": CODE})
        content = f"/c/bank/BANK/content/{added['content']}"
        found = self.send("GET", "/m/lookup" + query(signal_type="pdq", signal=CODE))
        self.assertEqual((found["event"], found["status"], found["content_1"]), ("decision", "match", added["content"] + " 0"))
        self.assertEqual(found["sha256"], hashlib.sha256(CODE.encode()).hexdigest())
        self.assertEqual(self.send("GET", "/m/lookup" + query(signal_type="pdq", signal="0" * 64))["status"], "no_match")
        self.assertEqual(self.send("GET", "/m/raw_lookup" + query(signal_type="pdq", signal=CODE))["event"], "decision")
        self.assertEqual(self.send("PUT", content, {"disable_until_ts": 0})["disable_until_ts"], "0")
        of_disabled = self.send("GET", "/m/lookup" + query(signal_type="pdq", signal=CODE))
        self.assertEqual((of_disabled["status"], "content_1" in of_disabled), ("no_match", False))
        self.assertEqual(self.send("GET", "/m/raw_lookup" + query(signal_type="pdq", signal=CODE))["status"], "match")
        metrics = self.service.ask("GET", "/metrics").body.decode()
        self.assertIn('refrain_look_ups_total{kind="code",status="no_match"} 2', metrics)
        self.assertEqual(self.send("DELETE", content)["event"], "remove")
        self.assertEqual(self.send("PUT", "/c/signal_type/pdq", {"enabled_ratio": 0})["name"], "pdq")
        self.assertEqual(self.send("POST", "/c/exchanges", {"bank": "BANK", "api": "sample"}, 201)["kind"], "exchange")
        self.assertEqual(self.send("DELETE", "/c/exchange/BANK")["value"], "dropped")
        self.assertEqual(self.send("DELETE", "/c/bank/BANK")["event"], "remove_bank")

    def test_what_cannot_be_written_down_is_not_answered(self):
        for _ in range(1000):  # longer than the upload, which goes to a file of its own
            self.service.ask("POST", "/v1/find/fingerprint", json.dumps({"pdq": CODE}), JSON)
        file = next((self.service.corpus / "audit").iterdir())
        self.assertGreater(file.stat().st_size, FILM.stat().st_size)
        whole = (resource.RLIM_INFINITY,) * 2
        resource.prlimit(self.service.process.pid, resource.RLIMIT_FSIZE, (file.stat().st_size, resource.RLIM_INFINITY))
        self.assertEqual(self.service.ask("POST", "/v1/find/fingerprint", json.dumps({"pdq": CODE}), JSON).status, 503)
        self.assertEqual(self.service.upload("/v1/find", BEAR).status, 503)
        self.assertEqual(self.service.ask("GET", "/m/lookup" + query(signal_type="pdq", signal=CODE)).status, 503)
        job = self.service.upload(f"/v1/jobs?wait={PATIENCE}", FILM).json()
        self.assertEqual((job["status"], job["result"]["error"]["code"]), ("failed", "corpus_read_only"))
        resource.prlimit(self.service.process.pid, resource.RLIMIT_FSIZE, whole)
        self.assertEqual(self.service.upload("/v1/find", BEAR).status, 200)
        self.assertEqual(refrain("audit", "verify", "--corpus", str(self.service.corpus)).returncode, 0)


if __name__ == "__main__":
    unittest.main()
