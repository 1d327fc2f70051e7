"""Uploads that came before what they show was known."""

import json
import time
import unittest

from harness import MEDIA, PATIENCE, Service, fits, query, refrain
from webhook_test import SECRET, Receiver

BEAR = MEDIA / "known" / "bear.jpg"
LARCH = MEDIA / "known" / "larch.jpg"
COPY = MEDIA / "edited" / "bear-half-quality40.jpg"
MIRRORED = MEDIA / "edited" / "larch-mirrored.jpg"
KEEPING = "[retro]\nkeep_hours = 24\n"


def add(service, path, bank="late"):
    return service.upload("/v1/items" + query(bank=bank), path).json()["id"]


def settled(service, item):
    """The answer once the item had its turn."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = service.ask("GET", f"/v1/items/{item}/retro")
        assert answer.status == 200, answer.body
        if answer.json()["status"] == "done":
            return answer.json()
        time.sleep(0.05)
    raise AssertionError("no pass came to its end")


class Retro(unittest.TestCase):
    def begin(self, config=KEEPING, **more):
        service = Service(config=config, **more)
        self.addCleanup(service.stop)
        return service

    def test_a_new_item_names_the_uploads_that_show_it(self):
        service = self.begin()
        for name, path in (("copy.jpg", COPY), ("copy-again.jpg", COPY), ("mirrored.jpg", MIRRORED)):
            self.assertEqual(service.upload("/v1/find" + query(name=name), path).json()["status"], "no_match")
        bear = settled(service, add(service, BEAR))
        self.assertEqual((bear["compared"], bear["matched"]), (2, 1), "the same bytes are kept once")
        now = service.upload("/v1/find", COPY).json()
        self.assertEqual(bear["uploads"][0]["input"], "copy.jpg")
        self.assertEqual(bear["uploads"][0]["match"], now["matches"][0], "as it would be answered now")
        self.assertEqual(bear["uploads"][0]["media"]["sha256"], now["media"]["sha256"])
        self.assertEqual([one["input"] for one in settled(service, add(service, LARCH))["uploads"]], ["mirrored.jpg"])
        document = service.ask("GET", "/openapi.json").json()
        schemas = document["components"]["schemas"]
        self.assertEqual(fits(schemas["Retro"], bear, schemas), [])
        self.assertEqual(service.ask("GET", "/v1/items/m_none/retro").json()["code"], "unknown_id")

    def test_entries_of_lists_and_items_of_other_processes_are_compared_too(self):
        service = self.begin()
        add(service, MEDIA / "known" / "violets.jpg")
        code = refrain("hash", "--format", "pdq", str(BEAR)).stdout.split(",")[0]
        self.assertEqual(service.ask("POST", "/v1/import?format=pdq&bank=first", "0" * 63 + "1\n", {"Content-Type": "text/plain"}).status, 200)
        service.upload("/v1/find", BEAR)  # there is a list, so that exact codes are made
        service.ask("POST", "/v1/import?format=pdq&bank=list", code + "\n", {"Content-Type": "text/plain"})
        item = service.ask("GET", "/v1/items?bank=list").json()["items"][0]["id"]
        self.assertEqual(settled(service, item)["matched"], 1)
        self.assertEqual(refrain("add", "--quiet", "--corpus", str(service.corpus), "--bank", "other", str(BEAR)).returncode, 0)
        item = service.ask("GET", "/v1/items?bank=other").json()["items"][0]["id"]
        self.assertEqual(settled(service, item)["matched"], 1)

    def test_uploads_outlast_the_service(self):
        service = self.begin()
        service.upload("/v1/find" + query(name="early.jpg"), COPY)
        service.process.terminate()
        service.process.wait(PATIENCE)
        service.process.stderr.close()
        self.addCleanup(service._folder.cleanup)
        self.assertEqual([(service.corpus / "retro").stat().st_mode & 0o77], [0])
        again = self.begin(folder=service.folder)
        item = add(again, BEAR)
        self.assertEqual([one["input"] for one in settled(again, item)["uploads"]], ["early.jpg"])

    def test_the_oldest_go_when_there_is_no_room(self):
        service = self.begin("[retro]\nkeep_hours = 1\nbytes = 4194304\n")
        data = COPY.read_bytes()
        for number in range(60):
            service.ask("POST", "/v1/find", data + b"%d" % number, {"Content-Type": "image/jpeg"})
        kept = sum(file.stat().st_size for file in (service.corpus / "retro").iterdir())
        self.assertLessEqual(kept, 4 << 20)
        answer = settled(service, add(service, BEAR))
        self.assertGreater(answer["matched"], 0)
        self.assertLess(answer["compared"], 60)

    def test_a_webhook_is_told(self):
        receiver = Receiver()
        self.addCleanup(receiver.stop)
        service = self.begin(f'[webhook]\norigins = "{receiver.origin}"\nsecret = "{SECRET}"\n'
                             f'[retro]\nkeep_hours = 1\nwebhook = "{receiver.origin}/retro"\n')
        service.upload("/v1/find", COPY)
        add(service, LARCH)
        item = add(service, BEAR)
        path, headers, body = receiver.got.get(timeout=PATIENCE)
        self.assertEqual((path, json.loads(body)["item"], json.loads(body)["matched"]), ("/retro", item, 1))
        self.assertIn("X-Refrain-Signature", headers)
        settled(service, item)
        self.assertTrue(receiver.got.empty(), "an item that nothing shows is not told")

    def test_nothing_is_kept_by_default(self):
        service = Service()
        self.addCleanup(service.stop)
        service.upload("/v1/find", COPY)
        self.assertFalse((service.corpus / "retro").exists())
        self.assertEqual(service.ask("GET", f"/v1/items/{add(service, BEAR)}/retro").json()["code"], "retro_off")

    def test_an_address_that_may_not_be_told_is_refused_at_the_start(self):
        with self.assertRaisesRegex(RuntimeError, "retro.webhook"):
            Service(config='[retro]\nkeep_hours = 1\nwebhook = "http://elsewhere.example/"\n')


class Flood(unittest.TestCase):
    def test_an_item_that_matches_too_often_is_set_to_shadow(self):
        service = Service(config="[flood]\nwindow_seconds = 86400\nleast_matches = 3\nfactor = 1\n")
        self.addCleanup(service.stop)
        item = add(service, BEAR)
        actions = [service.upload("/v1/find", COPY).json()["action"] for _ in range(6)]
        self.assertEqual(actions, ["enforce"] * 4 + ["shadow"] * 2)
        self.assertEqual(service.ask("GET", "/v1/log").json()["entries"][-1]["by"], "flood guard")
        self.assertTrue(service.ask("GET", "/v1/items/" + item).json()["shadow"])


if __name__ == "__main__":
    unittest.main()
