"""HMA's paths: recorded answers of a live HMA 1.1.7, and what its clients trip over."""

import hashlib
import json
import shutil
import subprocess
import unittest

from harness import MEDIA, Service, query
from hma_replay import CODES, EDIT, KNOWN, OTHER, RECORDED, Replay, picture


class Hma(Replay, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service()
        cls.pictures = {code: picture(code) for code in CODES.values()}

    @classmethod
    def tearDownClass(cls):
        assert cls.service.stop() == 0

    def test_recorded_pairs_are_answered_as_recorded(self):
        if not RECORDED.exists():
            self.skipTest(f"SKIPPED: no recorded pairs at {RECORDED}")
        same = fetched = stale = 0
        for number, pair in enumerate(json.loads(RECORDED.read_text())):
            if "url=" in pair["target"] and pair["status"] == 200:
                fetched += 1  # fetch_test.py has the other side of these
                self.setUp()
                self.bank("TEST_BANK")
                self.assertEqual(self.replay(pair).status, 403)
                continue
            if pair["body"] == "INDEX-STALE":
                stale += 1  # see the test of a service that is about to end
                continue
            with self.subTest(f"{number} {pair['case']}"):
                self.check(pair)
                same += 1
        print(f"recorded pairs: {same} as recorded, {fetched} of URLs refused without a list of hosts, {stale} elsewhere")

    def test_base_addresses_that_end_in_a_slash_and_ratios_in_text_work(self):
        made = self.ask("POST", "//c/banks", {"name": "COOP", "enabled_ratio": "0.5"})
        self.assertEqual((made.status, made.json()["matching_enabled_ratio"]), (201, 0.5))
        changed = self.ask("PUT", "//c/bank/COOP", {"enabled_ratio": "1.0"})
        self.assertEqual(changed.json(), {"matching_enabled_ratio": 1.0, "name": "COOP"})

    def test_an_answer_without_a_match_has_no_key_at_all(self):
        made = self.send("/h/hash", self.pictures[OTHER]).json()
        self.assertEqual(made, {"pdq": OTHER})
        found = self.ask("GET", f"/m/lookup?signal_type=pdq&signal={made['pdq']}&banks=NO_BANK")
        self.assertEqual((found.status, found.json()), (200, {}))

    def test_edited_copies_of_known_content_are_found_by_the_engine(self):
        self.bank("EDITS")
        for known, edited in (("larch.jpg", "larch-mirrored.jpg"), ("violets.jpg", "violets-rotated90.jpg"),
                              ("bear.jpg", "bear-half-quality40.jpg")):
            made = self.send("/c/bank/EDITS/content", (MEDIA / "known" / known).read_bytes()).json()
            hits = self.send("/m/lookup", (MEDIA / "edited" / edited).read_bytes()).json()["pdq"]["EDITS"]
            self.assertEqual([hit["bank_content_id"] for hit in hits], [made["id"]], edited)

    def test_a_header_says_what_was_not_examined_whole(self):
        half = (MEDIA / "known" / "red-panda.jpg").read_bytes()
        half = half[:len(half) // 2]
        found = self.send("/m/lookup", half)
        self.assertEqual((found.json(), found.headers["Refrain-Status"]), ({"pdq": {}}, "partial"))
        self.bank("WHOLE")
        self.send("/c/bank/WHOLE/content", self.pictures[KNOWN])
        self.assertEqual(self.send("/m/lookup", self.pictures[KNOWN]).headers["Refrain-Status"], "match")

    def test_entries_of_lists_that_came_another_way_are_found(self):
        md5 = "0123456789abcdef0123456789abcdef"
        for kind, body in (("pdq", KNOWN), ("digests", md5)):
            done = self.service.ask("POST", f"/v1/import?bank=LISTED&format={kind}", body, {"Content-Type": "text/plain"})
            self.assertEqual(done.status, 200, done.body)
        look = f"/m/lookup?signal_type=pdq&signal={EDIT}"
        hits = self.ask("GET", look).json()["LISTED"]
        self.assertEqual([hit["distance"] for hit in hits], ["26"])
        self.assertEqual(self.ask("GET", look).json()["LISTED"], hits)  # numbers are kept
        self.assertIn(hits[0]["bank_content_id"], self.ask("GET", look.replace("lookup", "raw_lookup")).json()["matches"])
        self.assertEqual(self.ask("GET", f"/m/lookup?signal_type=pdq&signal={OTHER}").json(), {})
        self.assertEqual(self.send("/m/lookup", self.pictures[EDIT]).json(), {"pdq": {"LISTED": hits}})
        found = self.ask("GET", f"/m/lookup?signal_type=video_md5&signal={md5.upper()}").json()
        self.assertEqual([hit["distance"] for hit in found["LISTED"]], ["0"])
        self.assertEqual(self.ask("GET", f"/m/lookup?signal_type=video_md5&signal={md5[::-1]}").json(), {})
        for item in self.service.ask("GET", "/v1/items?bank=LISTED").json()["items"]:
            self.assertEqual(self.service.ask("DELETE", "/v1/items/" + item["id"]).status, 200)
        self.assertEqual(self.ask("GET", look).json(), {})
        self.assertEqual(self.ask("GET", f"/m/lookup?signal_type=video_md5&signal={md5}").json(), {})

    def test_videos_are_known_by_their_bytes_and_by_their_frames(self):
        self.bank("FILMS")
        film = (MEDIA / "known" / "crystal.mp4").read_bytes()
        hashed = self.send("/h/hash", film, field="video").json()
        self.assertEqual(sorted(hashed), ["video_md5", "vpdq"])
        self.assertEqual({type(value) for value in hashed.values()}, {str})
        self.assertEqual(self.send("/h/hash?types=vpdq", film, field="video").json(), {"vpdq": hashed["vpdq"]})
        self.assertEqual(self.send("/h/hash?types=sound", film, field="video").status, 400)
        made = self.send("/c/bank/FILMS/content", film, field="video").json()
        for kind in ("video_md5", "vpdq"):
            found = self.ask("GET", "/m/lookup" + query(signal_type=kind, signal=hashed[kind]))
            self.assertEqual([hit["bank_content_id"] for hit in found.json()["FILMS"]], [made["id"]], kind)
        found = self.send("/m/lookup", film, field="video").json()
        self.assertEqual(sorted(found), ["video_md5", "vpdq"])
        self.assertEqual(found["vpdq"]["FILMS"], [{"bank_content_id": made["id"], "distance": "0"}])
        for wrong in ("x", "[]", "[1]", "{}", '["f,1,1"]'):
            self.assertEqual(self.ask("GET", "/m/lookup" + query(signal_type="vpdq", signal=wrong)).status, 400, wrong)

    def test_signals_of_every_kind_are_made_known_without_the_medium(self):
        self.bank("SIGNALS")
        frames = [hashlib.sha256(b"frame %d" % number).hexdigest() for number in range(8)]
        film = json.dumps([f"{frame},100,{second}.000" for second, frame in enumerate(frames)])
        for kind, signal in (("video_md5", hashlib.md5(b"a film").hexdigest()), ("vpdq", film)):
            look = "/m/lookup" + query(signal_type=kind, signal=signal)
            self.assertEqual(self.ask("GET", look).json(), {})
            made = self.ask("POST", "/c/bank/SIGNALS/signal", {kind: signal, "note": "why"})
            self.assertEqual((made.status, list(made.json()["signals"])), (200, [kind]), made.body)
            hits = self.ask("GET", look).json()["SIGNALS"]
            self.assertEqual([hit["bank_content_id"] for hit in hits], [made.json()["id"]], kind)
            self.assertEqual(self.ask("GET", "/m/index/status?signal_type=" + kind).json()[kind]["size"], 1)
        for wrong in ({}, [], {"pdq": "x"}, {"pdq": 1}, {"video_md5": "0" * 31}, {"vpdq": "x"}, {"vpdq": []}, {"sound": "x"}):
            self.assertEqual(self.ask("POST", "/c/bank/SIGNALS/signal", wrong).status, 400, wrong)
        types = {one["name"] for one in self.ask("GET", "/c/signal_type").json()}
        self.assertEqual(types, {"pdq", "video_md5", "vpdq"})

    def test_a_crop_of_known_content_is_found(self):
        if shutil.which("convert") is None:
            self.skipTest("SKIPPED: program not installed: convert")
        self.bank("CROPS")
        known = MEDIA / "known" / "bear.jpg"
        made = self.send("/c/bank/CROPS/content", known.read_bytes()).json()
        crop = subprocess.run(["convert", str(known), "-gravity", "center", "-crop", "60%x60%+0+0", "+repage", "png:-"],
                              capture_output=True, check=True).stdout
        hit = self.send("/m/lookup", crop).json()["pdq"]["CROPS"][0]
        self.assertEqual(hit["bank_content_id"], made["id"])
        self.assertGreater(int(hit["distance"]), 31)  # so HMA itself does not find it

    def test_disabled_content_and_banks_are_not_matched(self):
        self.bank("OFF")
        made = self.send("/c/bank/OFF/content", self.pictures[KNOWN], more=[("note", None, b"a note")]).json()
        place = f"/c/bank/OFF/content/{made['id']}"
        look = f"/m/lookup?signal_type=pdq&signal={KNOWN}"
        self.assertIn("OFF", self.ask("GET", look).json())
        self.assertEqual(self.ask("PUT", place, {"disable_until_ts": 0}).status, 200)
        self.assertEqual(self.ask("GET", look).json(), {})
        self.assertEqual(self.ask("GET", look.replace("lookup", "raw_lookup")).json(), {"matches": [made["id"]]})
        self.assertEqual(self.ask("PUT", place, {"disable_until_ts": 10**11}).status, 400)
        self.assertEqual(self.ask("PUT", place, {"disable_until_ts": 1}).json()["note"], "a note")
        self.ask("PUT", "/c/bank/OFF", {"enabled": False})
        self.assertEqual(self.ask("GET", look).json(), {})
        self.assertEqual(self.send("/m/lookup", self.pictures[KNOWN]).json(), {"pdq": {}})
        self.assertEqual(self.ask("DELETE", place).json(), {"deleted": 1})
        self.assertEqual(self.ask("GET", place).status, 404)

    def test_bad_requests_get_a_message(self):
        for method, target, value in (("GET", "/m/lookup", None), ("GET", "/m/raw_lookup?signal_type=pdq&signal=zz", None),
                                      ("POST", "/m/compare", []), ("POST", "/m/compare", {"pdq": [KNOWN]}),
                                      ("POST", "/c/banks", {"name": "1BANK"}), ("POST", "/c/banks", {})):
            answer = self.ask(method, target, value)
            self.assertEqual((answer.status, list(answer.json())), (400, ["message"]), target)
        self.assertEqual(self.send("/h/hash", b"x", more=[("photo", "y", b"y")]).status, 400)
        self.assertEqual(self.ask("POST", "/m/compare", {"pdq": [KNOWN, EDIT]}).json(), {"pdq": [True, {"distance": 26}]})
        self.assertEqual(self.ask("GET", "/h/hash?url=http://169.254.169.254/").status, 403)

    def test_what_is_kept_outlasts_the_service(self):
        service = Service()
        service.ask("POST", "/c/banks", json.dumps({"name": "KEPT", "enabled": "false"}))
        service.process.terminate()
        service.process.wait()
        service.process.stderr.close()
        again = Service(folder=service.folder)
        self.addCleanup(service._folder.cleanup)
        self.assertEqual(again.ask("GET", "/c/bank/KEPT").json(), {"matching_enabled_ratio": 0.0, "name": "KEPT"})
        again.stop()

    def test_a_service_that_is_about_to_end_is_stale(self):
        service = Service(config="[server]\nannounce_seconds = 30\n")
        connection = service.connect()
        connection.request("GET", "/status")
        self.assertEqual(connection.getresponse().read(), b"I-AM-ALIVE")
        service.process.terminate()
        while True:  # ends when the signal has arrived
            connection.request("GET", "/status")
            answer = connection.getresponse()
            body = answer.read()
            if answer.status == 503:
                break
        self.assertEqual(body, b"INDEX-STALE")
        connection.close()
        service.kill()


if __name__ == "__main__":
    unittest.main()
