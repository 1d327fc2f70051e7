"""What /openapi.json says is what the service takes and answers."""

import json
import re
import unittest

from harness import MEDIA, PATIENCE, Service, fits, query

BEAR = MEDIA / "known" / "bear.jpg"
FILM = MEDIA / "known" / "crystal.mp4"
JSON = {"Content-Type": "application/json"}


def references(value):
    """All names of schemas that a document refers to."""
    if isinstance(value, dict):
        own = {value["$ref"].rsplit("/", 1)[1]} if "$ref" in value else set()
        return own.union(*(references(inner) for inner in value.values()))
    return set().union(*(references(inner) for inner in value)) if isinstance(value, list) else set()


class Document(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service(config="[doors]\nvalidate = true\nscan_blob = true\n")
        cls.document = cls.service.ask("GET", "/openapi.json").json()
        cls.schemas = cls.document["components"]["schemas"]

    @classmethod
    def tearDownClass(cls):
        cls.service.stop()

    def bodies(self, kind):
        """(path, method, name of the schema) of all bodies of a content type."""
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                content = operation.get("requestBody", {}).get("content", {})
                if kind in content:
                    schema = content[kind].get("schema", {}).get("$ref", "")
                    yield path, method.upper(), schema.rsplit("/", 1)[-1]

    def check(self, answer, method, pattern):
        responses = self.document["paths"][pattern][method]["responses"]
        content = responses.get(str(answer.status), responses["default"])["content"]
        kind = answer.headers["Content-Type"].split(";")[0]
        self.assertIn(kind, content, (method, pattern, answer.status))
        self.assertEqual(fits(content[kind]["schema"], answer.json(), self.schemas), [])

    def test_every_schema_that_is_named_is_there_and_used(self):
        named = references(self.document)
        self.assertEqual(named, set(self.schemas))

    def test_fields_of_bodies_are_those_that_are_taken(self):
        self.service.ask("POST", "/v1/banks", json.dumps({"bank": "x"}), JSON)
        checked = 0
        for path, method, name in self.bodies("application/json"):
            if not path.startswith("/v1/") or path == "/v1/import":
                continue
            with self.subTest(method + " " + path):
                schema = self.schemas[name]
                self.assertIs(schema["additionalProperties"], False)
                answer = self.service.ask(method, re.sub("{.*}", "x", path), json.dumps({"a-field": 1}), JSON)
                self.assertEqual(answer.status, 400)
                taken = answer.json()["detail"].split("no field a-field, only ")[1]
                self.assertEqual(sorted(taken.split(", ")), sorted(schema["properties"]))
                checked += 1
        self.assertEqual(checked, 5)

    def test_every_body_in_json_and_every_form_has_a_schema(self):
        for kind in ("application/json", "multipart/form-data"):
            bodies = [body for body in self.bodies(kind) if body[0] != "/v1/import"]
            self.assertGreater(len(bodies), 4)
            for path, method, name in bodies:
                self.assertIn(name, self.schemas, f"{method} {path}")

    def test_answers_beside_the_usual_one_are_those_of_the_document(self):
        for expected in (201, 200):
            added = self.service.upload("/v1/items" + query(bank="twice"), BEAR)
            self.assertEqual(added.status, expected)
            self.check(added, "post", "/v1/items")
        for wait, statuses in ((0, {202}), (PATIENCE, {200})):
            for path in ("/v1/find", "/v1/jobs"):
                answer = self.service.upload(path + query(wait=wait), FILM)
                self.assertIn(answer.status, statuses)
                self.check(answer, "post", path)

    def test_refusals_are_those_of_the_document(self):
        self.check(self.service.ask("POST", "/v1/banks", "{", JSON), "post", "/v1/banks")
        self.check(self.service.ask("POST", "/c/banks", "{", JSON), "post", "/c/banks")
        self.check(self.service.ask("GET", "/m/lookup"), "get", "/m/lookup")

    def test_a_medium_may_be_of_any_content_type_but_json(self):
        for kind in ("image/jpeg", "application/octet-stream", "text/plain", "x/y", "application/x-www-form-urlencoded", None):
            found = self.service.ask("POST", "/v1/find", BEAR.read_bytes(), {"Content-Type": kind} if kind else {})
            self.assertEqual((found.status, found.json()["media"]["width"]), (200, 500), kind)
        self.assertEqual(self.service.ask("POST", "/v1/find", BEAR.read_bytes(), JSON).status, 415)


if __name__ == "__main__":
    unittest.main()
