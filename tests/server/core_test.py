"""What the native interface does: look-ups, jobs, items, keys, the log, the end."""

import contextlib
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import unittest

from harness import MEDIA, PATIENCE, PROGRAM, Service, fits, form, query, refrain

BEAR = MEDIA / "known" / "bear.jpg"
LARCH = MEDIA / "known" / "larch.jpg"
FILM = MEDIA / "known" / "crystal.mp4"


class Core(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service()
        cls.document = cls.service.ask("GET", "/openapi.json").json()

    @classmethod
    def tearDownClass(cls):
        assert cls.service.stop() == 0, "the service ends with 0 on SIGTERM"

    def check(self, answer, method, pattern):
        """The answer fits what /openapi.json says of it."""
        operation = self.document["paths"][pattern][method]
        content = operation["responses"][str(answer.status)]["content"]["application/json"]
        problems = fits(content["schema"], answer.json(), self.document["components"]["schemas"])
        self.assertEqual(problems, [])
        return answer.json()

    def test_an_item_that_was_answered_is_found_by_the_next_look_up(self):
        added = self.service.upload("/v1/items" + query(bank="bears", label=["a=1", "b=2"], name="bear.jpg"), BEAR)
        self.assertIn(added.status, (200, 201))
        if added.status == 201:
            self.check(added, "post", "/v1/items")
        found = self.check(self.service.upload("/v1/find", BEAR), "post", "/v1/find")
        self.assertEqual(found["status"], "match")
        self.assertEqual(found["matches"][0]["id"], added.json()["id"])
        self.assertEqual(found["matches"][0]["labels"], {"a": "1", "b": "2"})

    def test_a_form_is_a_medium_too(self):
        body, headers = form([("note", None, b"text"), ("file", "of a bear.jpg", BEAR.read_bytes())])
        found = self.service.ask("POST", "/v1/find", body, headers).json()
        self.assertEqual(found["input"], "of a bear.jpg")
        self.assertEqual(found["media"]["width"], 500)

    def test_the_answer_is_the_command_lines(self):
        self.service.upload("/v1/items" + query(name="larch.jpg"), LARCH)
        own = self.service.upload("/v1/find" + query(name=LARCH), LARCH).json()
        line = refrain("find", "--json", "--corpus", str(self.service.corpus), str(LARCH))
        theirs = json.loads(line.stdout)
        for answer in (own, theirs):
            answer.pop("timing_ms")
        self.assertEqual(own, theirs)

    def test_items_are_listed_page_by_page_shown_and_dropped(self):
        ids = set()
        for number in range(5):
            body = BEAR.read_bytes() + b"number %d" % number
            answer = self.service.ask("POST", "/v1/items" + query(bank="pages"), body)
            self.assertEqual(answer.status, 201)
            ids.add(answer.json()["id"])
        seen = set()
        after = ""
        while after is not None:
            page = self.check(self.service.ask("GET", "/v1/items" + query(limit=2, after=after)), "get", "/v1/items")
            self.assertLessEqual(len(page["items"]), 2)
            seen |= {item["id"] for item in page["items"]}
            after = page["next"]
        self.assertLessEqual(ids, seen)
        for item in ids:
            self.assertEqual(self.check(self.service.ask("GET", "/v1/items/" + item), "get", "/v1/items/{id}")["id"], item)
            self.check(self.service.ask("DELETE", "/v1/items/" + item), "delete", "/v1/items/{id}")
            self.assertEqual(self.service.ask("GET", "/v1/items/" + item).status, 404)
            self.assertEqual(self.service.ask("DELETE", "/v1/items/" + item).json()["code"], "unknown_id")

    def test_a_video_is_looked_up_by_a_job(self):
        self.service.upload("/v1/items" + query(name="crystal.mp4"), FILM)
        begun = self.service.upload("/v1/find", FILM)
        self.assertEqual(begun.status, 202)
        place = begun.headers["Location"]
        job = self.check(self.service.ask("GET", place + query(wait=100)), "get", "/v1/jobs/{id}")
        self.assertEqual((job["status"], job["result"]["status"]), ("done", "match"))
        waited = self.service.upload("/v1/find" + query(wait=100), FILM)
        self.assertEqual((waited.status, waited.json()["status"]), (200, "match"))

    def test_a_job_is_cancelled_once(self):
        begun = self.service.upload("/v1/jobs", FILM)
        self.check(begun, "post", "/v1/jobs")
        ended = self.service.ask("DELETE", begun.headers["Location"]).json()
        self.assertIn(ended["status"], ("cancelled", "done"))
        self.assertEqual(self.service.ask("DELETE", "/v1/jobs/j_none").status, 404)

    def test_codes_and_digests_are_looked_up_without_the_medium(self):
        self.service.upload("/v1/items" + query(bank="codes"), LARCH)
        text = refrain("hash", "--format", "pdq", str(LARCH)).stdout
        headers = {"Content-Type": "application/json"}
        ask = lambda what: self.service.ask("POST", "/v1/find/fingerprint", json.dumps(what), headers)
        by_code = self.check(ask({"pdq": text.split(",")[0]}), "post", "/v1/find/fingerprint")
        self.assertIn("codes", {match["bank"] for match in by_code["matches"]})
        media = self.service.upload("/v1/find", LARCH).json()["media"]
        self.assertEqual(ask({"sha256": media["sha256"]}).json()["matches"][0]["evidence"], ["exact"])
        self.assertEqual(ask({"pdq": "f" * 64}).json()["status"], "no_match")
        self.assertEqual(ask({"vpdq": [{"hash": text.split(",")[0], "quality": 100, "timestamp": 0}]}).json()["status"], "match")

    def test_entries_of_lists_are_found_by_each_digest_and_code(self):
        data = b"bytes that nobody here has"
        digests = {name: hashlib.new(name, data).hexdigest() for name in ("md5", "sha1", "sha256")}
        code = hashlib.sha256(b"a code").hexdigest()
        frames = [hashlib.sha256(str(i).encode()).hexdigest() for i in range(8)]
        film = json.dumps([f"{hash},100,{i}.000" for i, hash in enumerate(frames)])
        for kind, body in (("digests", "\n".join(digests.values())), ("pdq", code), ("vpdq", film)):
            done = self.service.ask("POST", f"/v1/import?bank=listed&format={kind}", body, {"Content-Type": "text/plain"})
            self.assertEqual(done.json()["refused"], {}, kind)
        headers = {"Content-Type": "application/json"}
        ask = lambda what: self.service.ask("POST", "/v1/find/fingerprint" + query(bank="listed"), json.dumps(what), headers)
        for name, digest in digests.items():
            for text in (digest, digest.upper()):
                found = self.check(ask({name: text}), "post", "/v1/find/fingerprint")
                self.assertEqual([match["evidence"] for match in found["matches"]], [["exact"]], name)
            self.assertEqual(ask({name: "0" * len(digest)}).json()["status"], "no_match")
        near = format(int(code, 16) ^ (1 << 200) ^ 0x7FFFFFFF, "064x")  # 32 bits away
        self.assertEqual(ask({"pdq": near}).json()["matches"], [])
        near = format(int(code, 16) ^ 0x7FFFFFFF, "064x")
        self.assertEqual(ask({"pdq": near}).json()["status"], "match")
        self.assertEqual(ask({"vpdq": json.loads(film)}).json()["status"], "match")
        objects = [{"hash": hash, "quality": 100, "timestamp": i} for i, hash in enumerate(frames)]
        self.assertEqual(ask({"vpdq": objects}).json()["status"], "match")
        for wrong in ({"md5": "0" * 31}, {"md5": 1}, {"sha1": "x" * 40}, {"vpdq": ["x,1,1"]}, {"vpdq": [1]}, {"md5": "0" * 32, "sha1": "0" * 40}):
            self.assertEqual(ask(wrong).json()["code"], "invalid_argument", wrong)

    def test_two_files_are_compared(self):
        body, headers = form([("a", "a.jpg", BEAR.read_bytes()), ("b", "b.jpg", BEAR.read_bytes())])
        self.assertEqual(self.check(self.service.ask("POST", "/v1/compare", body, headers), "post", "/v1/compare")["status"], "match")
        body, headers = form([("a", "a.jpg", BEAR.read_bytes())])
        self.assertEqual(self.service.ask("POST", "/v1/compare", body, headers).status, 400)

    def test_an_idempotency_key_does_the_work_once(self):
        body = BEAR.read_bytes() + b"idempotent"
        headers = {"Idempotency-Key": "once"}
        first = self.service.ask("POST", "/v1/items" + query(bank="once"), body, headers)
        again = self.service.ask("POST", "/v1/items" + query(bank="once"), body, headers)
        self.assertEqual((first.status, again.status, again.body), (201, 201, first.body))
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        other = self.service.ask("POST", "/v1/items" + query(bank="once"), body + b"x", headers)
        self.assertEqual(other.json()["code"], "idempotency_key_reused")

    def test_what_is_no_medium_is_a_problem_with_the_command_lines_code(self):
        for body, code in ((b"this is no picture at all", "unsupported_format"), (b"", "empty")):
            answer = self.service.ask("POST", "/v1/find", body, {"Content-Type": "image/jpeg"})
            self.assertEqual(answer.json()["code"], code)
            self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
            self.assertEqual(answer.json()["status"], answer.status)

    def test_state_pages_fit_the_document(self):
        for path in ("/healthz", "/readyz", "/v1/stats", "/v1/banks"):
            self.check(self.service.ask("GET", path), "get", path)
        self.assertIn(b"refrain_http_requests_total", self.service.ask("GET", "/metrics").body)
        page = self.service.ask("GET", "/docs").body.decode()
        self.assertIn("/v1/find", page)
        self.assertNotIn("http://", page.replace("http://127", ""))


class Access(unittest.TestCase):
    def key(self, service, *words):
        made = refrain("key", "create", "--corpus", str(service.corpus), *words)
        self.assertEqual(made.returncode, 0, made.stderr)
        return made.stdout.strip()

    def test_roles_and_keys_decide_who_may_do_what(self):
        service = Service(anonymous=False)
        self.addCleanup(service.stop)
        self.assertEqual(service.ask("GET", "/healthz").status, 200)
        bare = service.upload("/v1/find", BEAR)
        self.assertEqual((bare.status, bare.headers["WWW-Authenticate"]), (401, "Bearer"))
        matcher = {"Authorization": "Bearer " + self.key(service, "--role", "matcher")}
        curator = {"Authorization": "Bearer " + self.key(service, "--role", "curator")}
        old = {"Authorization": "Bearer " + self.key(service, "--expires-in", "0.001")}
        self.assertIn("expired", service.upload("/v1/find", BEAR, old).json()["detail"])
        self.assertEqual(service.upload("/v1/find", BEAR, matcher).status, 200)
        self.assertEqual(service.upload("/v1/items", BEAR, matcher).json()["code"], "forbidden")
        self.assertEqual(service.upload("/v1/items", BEAR, curator).status, 201)
        self.assertEqual(service.ask("GET", "/metrics", None, curator).status, 403)
        self.assertEqual(service.upload("/v1/find", BEAR, {"Authorization": "Bearer rk_no_key"}).status, 401)
        secret = matcher["Authorization"].split()[1]
        self.assertNotIn(secret, (service.corpus / "keys.json").read_text())
        changed = secret[:-1] + ("0" if secret[-1] != "0" else "1")
        self.assertEqual(service.upload("/v1/find", BEAR, {"Authorization": "Bearer " + changed}).status, 401)
        revoked = refrain("key", "revoke", "--corpus", str(service.corpus), secret.split("_")[1])
        self.assertEqual(revoked.returncode, 0)
        self.assertIn("revoked", service.upload("/v1/find", BEAR, matcher).json()["detail"])

    def test_coarse_roles_see_steps_and_nothing_below_the_threshold(self):
        service = Service(anonymous=False, config='[access]\ncoarse_roles = "matcher"\n')
        self.addCleanup(service.stop)
        matcher = {"Authorization": "Bearer " + self.key(service, "--role", "matcher")}
        curator = {"Authorization": "Bearer " + self.key(service, "--role", "curator")}
        self.assertEqual(service.upload("/v1/items", BEAR, curator).status, 201)
        copy = MEDIA / "edited" / "bear-half-quality40.jpg"
        exact = service.upload("/v1/find", copy, curator).json()["matches"][0]
        coarse = service.upload("/v1/find", copy, matcher).json()["matches"][0]
        self.assertGreater(exact["score"], 20.5)
        self.assertEqual(coarse["score"], 20)
        self.assertNotIn("agreement", coarse)
        job = service.upload(f"/v1/jobs?wait={PATIENCE}", copy, matcher).json()
        self.assertEqual(job["result"]["matches"][0]["score"], 20)
        self.assertEqual(service.upload("/v1/find?min_score=1", copy, matcher).json()["code"], "forbidden")
        self.assertEqual(service.upload("/v1/find?min_score=1", copy, curator).status, 200)
        self.assertEqual(service.ask("GET", "/v1/explain?job=" + job["id"], None, matcher).status, 403)

    def test_the_log_shows_what_was_changed_in_it(self):
        service = Service()
        for _ in range(3):
            service.upload("/v1/find", BEAR)
        folder = service.corpus / "audit"
        sound = refrain("audit", "verify", "--corpus", str(service.corpus))
        self.assertEqual(sound.returncode, 0, sound.stderr)
        self.assertIn("3 entries", sound.stdout)
        lines = refrain("audit", "export", "--corpus", str(service.corpus)).stdout.splitlines()
        self.assertEqual([json.loads(line)["event"] for line in lines], ["decision"] * 3)
        file = next(folder.iterdir())
        text = file.read_text().splitlines(keepends=True)
        for damaged in ([text[0].replace("no_match", "match"), *text[1:]], [text[0], text[2]]):
            file.write_text("".join(damaged))
            self.assertEqual(refrain("audit", "verify", "--corpus", str(service.corpus)).returncode, 4)
        service.stop()

    def test_a_wrong_configuration_is_named_line_by_line(self):
        service = Service()
        path = pathlib.Path(service.folder) / "bad.toml"
        path.write_text('[server]\nio_threads = "many"\ncolour = 1\n[limits]\nconnections = 0\n')
        checked = refrain("serve", "--corpus", str(service.corpus), "--config", str(path), "--check-config")
        self.assertEqual(checked.returncode, 2)
        for word in ("2: server.io_threads", "3: there is no setting server.colour", "5: limits.connections"):
            self.assertIn(word, checked.stderr.replace("\\n", "\n"))
        service.stop()


class Start(unittest.TestCase):
    def test_the_manager_is_told_while_indexes_are_made_and_when_it_listens(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            added = refrain("add", "--corpus", folder + "/corpus", str(BEAR), str(LARCH))
            self.assertEqual(added.returncode, 0, added.stderr)
            for snapshot in pathlib.Path(folder, "corpus").glob("*.snapshot"):
                snapshot.unlink()
            manager.bind(folder + "/manager")
            service = Service(folder=folder, environment={"NOTIFY_SOCKET": folder + "/manager"})
            self.assertEqual(service.stop(), 0)
            manager.setblocking(False)
            told = []
            with contextlib.suppress(BlockingIOError):
                while True:
                    told.append(manager.recv(1000).decode())
        self.assertRegex(told[0], r"^EXTEND_TIMEOUT_USEC=\d+\nSTATUS=indexing \d+ of 2 records$")
        self.assertEqual(told[-2:], ["READY=1", "STOPPING=1"])


class Crash(unittest.TestCase):
    def test_nothing_acknowledged_is_lost_to_a_kill(self):
        keeper = Service()
        folder = keeper.folder
        keeper.process.terminate()
        keeper.process.wait(PATIENCE)
        keeper.process.stderr.close()
        known = []
        for turn in range(int(os.environ.get("REFRAIN_TEST_KILLS", "3"))):
            service = Service(folder=folder)
            for number in range(4):
                body = BEAR.read_bytes() + b"turn %d number %d" % (turn, number)
                known.append(service.ask("POST", "/v1/items", body).json()["id"])
            job = service.upload("/v1/jobs", FILM).json()["id"]
            service.kill()
        service = Service(folder=folder)
        for item in known:
            self.assertEqual(service.ask("GET", "/v1/items/" + item).status, 200)
        self.assertIn(service.ask("GET", "/v1/jobs/" + job).json()["status"], ("failed", "done"))
        service.stop()
        self.assertEqual(subprocess.run([PROGRAM, "audit", "verify", "--corpus", str(folder / "corpus")],
                                        capture_output=True, check=False).returncode, 0)
        keeper._folder.cleanup()


if __name__ == "__main__":
    unittest.main()
