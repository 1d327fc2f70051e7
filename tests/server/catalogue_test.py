"""What curators do over HTTP: change items and banks, import lists, read the log; and what that does to answers."""

import json
import unittest

from harness import MEDIA, Service, fits, query, refrain

BEAR = MEDIA / "known" / "bear.jpg"
LARCH = MEDIA / "known" / "larch.jpg"
COPY = MEDIA / "edited" / "bear-half-quality40.jpg"


class Catalogue(unittest.TestCase):
    def setUp(self):
        self.service = Service()
        self.addCleanup(self.service.stop)
        self.document = self.service.ask("GET", "/openapi.json").json()
        self.item = self.service.upload("/v1/items" + query(bank="one", name="bear.jpg", label="a=1"), BEAR).json()["id"]

    def send(self, method, path, body=None, status=200):
        pattern = path.split("?")[0]
        for shape, name in (("/v1/items/", "{id}"), ("/v1/banks/", "{name}")):
            if pattern.startswith(shape):
                pattern = shape + name
        answer = self.service.ask(method, path, None if body is None else json.dumps(body),
                                  {"Content-Type": "application/json"})
        self.assertEqual(answer.status, status, answer.body)
        if status < 400:
            responses = self.document["paths"][pattern][method.lower()]["responses"]
            schema = responses[str(status)]["content"]["application/json"]["schema"]
            self.assertEqual(fits(schema, answer.json(), self.document["components"]["schemas"]), [])
        return answer.json()

    def find(self, path=COPY):
        return self.service.upload("/v1/find", path).json()

    def edit(self, status=200, **fields):
        return self.send("PATCH", "/v1/items/" + self.item, fields, status)

    def test_an_item_is_relabelled_moved_disabled_and_enabled(self):
        changed = self.edit(labels={"a": None, "b": "2"}, bank="two", reason="sorted")
        self.assertEqual((changed["labels"], changed["bank"]), ({"b": "2"}, "two"))
        self.assertEqual(self.find()["matches"][0]["bank"], "two")
        self.edit(disabled_until="forever", reason="appeal")
        self.assertEqual(self.find()["status"], "no_match")
        self.assertEqual([item["id"] for item in self.send("GET", "/v1/items?disabled=true")["items"]], [self.item])
        self.edit(disabled_until=None)
        self.assertEqual(self.find()["status"], "match")
        self.edit(disabled_until="2001-01-01T00:00:00Z")
        self.assertEqual(self.find()["status"], "match")
        log = self.send("GET", "/v1/log")["entries"]
        self.assertEqual(log[0]["change"], "add")
        self.assertLessEqual({"label", "move", "disable", "enable"}, {entry["change"] for entry in log})
        self.assertIn("appeal", {entry["reason"] for entry in log})
        self.assertEqual({entry["by"] for entry in log}, {"anonymous"})
        page = self.send("GET", "/v1/log?limit=2")
        self.assertEqual(self.send("GET", f"/v1/log?after={page['next']}")["entries"], log[2:])

    def test_a_change_of_another_is_not_written_over(self):
        revision = self.send("GET", "/v1/items/" + self.item)["revision"]
        self.edit(labels={"a": "2"}, revision=revision)
        self.assertEqual(self.edit(409, labels={"a": "3"}, revision=revision)["code"], "stale")

    def test_changes_that_make_no_sense_are_refused_by_name(self):
        for fields in ({"labels": [1]}, {"labels": {"": "x"}}, {"labels": {"a": 1}}, {"disabled_until": "soon"},
                       {"bank": 1}, {"revision": -1}, {"reason": "x" * 2000}):
            self.assertEqual(self.edit(400, **fields)["code"], "invalid_argument", fields)
        self.assertEqual(self.edit(400, colour="red")["code"], "unknown_field")
        self.assertEqual(self.send("PATCH", "/v1/items/m_none", {"bank": "x"}, 404)["code"], "unknown_id")

    def test_banks_decide_what_is_to_be_done(self):
        self.assertEqual((self.find()["action"], self.find()["matches"][0]["action"]), ("enforce", "enforce"))
        self.send("PATCH", "/v1/banks/one", {"mode": "shadow", "reason": "trial"})
        self.assertEqual(self.find()["action"], "shadow")
        self.send("PATCH", "/v1/banks/one", {"mode": "off"})
        self.assertEqual(self.find()["status"], "no_match")
        self.send("PATCH", "/v1/banks/one", {"mode": "enforce", "min_score": 1000})
        self.assertEqual(self.find()["action"], "none")
        self.send("PATCH", "/v1/banks/one", {"min_score": None})
        made = self.send("POST", "/v1/banks", {"bank": "news", "kind": "allow", "note": "press agencies"}, 201)
        self.assertEqual((made["kind"], made["items"]), ("allow", 0))
        self.service.upload("/v1/items?bank=news", BEAR)
        self.assertEqual(self.find()["action"], "allowed")
        self.assertEqual({bank["bank"] for bank in self.send("GET", "/v1/banks")["banks"]}, {"one", "news"})
        gone = self.send("DELETE", "/v1/banks/news")
        self.assertEqual(gone["removed"], 1)
        self.assertEqual(self.find()["action"], "enforce")
        self.assertEqual(self.send("GET", "/v1/banks/none", status=404)["code"], "unknown_bank")
        self.assertEqual(self.send("PATCH", "/v1/banks/one", {"mode": "on"}, 400)["code"], "invalid_argument")

    def test_lists_are_imported(self):
        code = refrain("hash", "--format", "pdq", str(LARCH)).stdout.split(",")[0]
        body = f"{code}\n{code}\nno code\n"

        def post(**parameters):
            return self.service.ask("POST", "/v1/import" + query(**parameters), body, {"Content-Type": "text/plain"})

        counted = post(format="pdq", bank="list", dry_run="true").json()
        self.assertEqual((counted["added"], counted["refused"]), (2, {"not_hex": 1}))
        self.assertNotIn("list", {bank["bank"] for bank in self.send("GET", "/v1/banks")["banks"]})
        done = post(format="pdq", bank="list").json()
        self.assertEqual((done["added"], done["exists"], sum(done["refused"].values())), (1, 1, 1))
        self.assertEqual(done["refusals"][0]["line"], 3)
        self.assertIn("list", {match["bank"] for match in self.find(LARCH)["matches"]})
        self.assertEqual(post(format="pdq", bank="list").json()["added"], 0)
        self.assertEqual(post(format="odd").json()["code"], "invalid_argument")


if __name__ == "__main__":
    unittest.main()
