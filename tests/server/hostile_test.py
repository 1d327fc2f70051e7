"""What no well-meaning client sends, and what slow and vanishing ones do."""

import collections
import json
import os
import random
import socket
import sys
import threading
import unittest

from harness import IS_SANITIZED, MEDIA, PATIENCE, Service, form, query

BEAR = (MEDIA / "known" / "bear.jpg").read_bytes()
CONFIG = """
[limits]
header_bytes = 4096
upload_bytes = 2000000
text_bytes = 20000
connections_per_client = 600
[doors]
validate = true
scan_blob = true
"""


def exchange(port, data, shut=False):
    """All bytes that come back for these."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall(data)
        if shut:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while True:
            try:
                piece = connection.recv(65536)
            except ConnectionResetError:
                break
            if not piece:
                break
            answer += piece
        return answer


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer else None


def random_object(rng, schema):
    """A body in JSON with some of the fields of a schema, whose values fit it now and then."""
    values = ["", "x", "forever", "enforce", "allow", "true_positive", "f" * 32, "f" * 64, "9" * 400, "\u0000\ud800", 0, 1, -1, 1e308,
              2**63, True, None, [], ["f" * 64] * 2, ["f" * 64 + ",100,1.0"], [{"hash": "f" * 64}], {}, {"a": None}, {"credential_json": {}}]
    fields = {name: rng.choice(values) for name in schema["properties"] if rng.random() < 0.5}
    if rng.random() < 0.1:
        fields["no-such-field"] = rng.choice(values)
    return json.dumps(fields)


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service(config=CONFIG)
        cls.port = cls.service.port

    @classmethod
    def tearDownClass(cls):
        assert cls.service.stop() == 0

    def raw(self, head, body=b"", **how):
        return status_of(exchange(self.port, head.replace("\n", "\r\n").encode("latin-1") + b"\r\n" + body, **how))

    def test_smuggling_shapes_are_refused_and_end_the_connection(self):
        for fields in ("Content-Length: 3\nTransfer-Encoding: chunked\n",
                       "Transfer-Encoding: chunked\nContent-Length: 3\n",
                       "Content-Length: 3\nContent-Length: 4\n",
                       "Content-Length: 3\nContent-Length: 3\n",
                       "Transfer-Encoding: xchunked\n",
                       "Transfer-Encoding: gzip, chunked\n",
                       "Transfer-Encoding: chunked\nTransfer-Encoding: identity\n",
                       "Content-Length: +3\n", "Content-Length: -1\n", "Content-Length: 0x3\n",
                       "Content-Length : 3\n", "Host: b\nContent-Length: 3\n"):
            with self.subTest(fields):
                follow = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
                answer = exchange(self.port, ("POST /v1/find HTTP/1.1\nHost: a\n" + fields + "\n").replace(
                    "\n", "\r\n").encode() + follow)
                self.assertEqual(status_of(answer), 400)
                self.assertEqual(answer.count(b"HTTP/1.1 "), 1)

    def test_malformed_heads_are_refused(self):
        self.assertEqual(self.raw("GET /healthz HTTP/1.1\n"), 400)
        self.assertEqual(self.raw("GET  /healthz HTTP/1.1\nHost: a\n"), 400)
        self.assertEqual(self.raw("GARBAGE\n"), 400)
        self.assertEqual(self.raw("GET /healthz HTTP/1.1\nHost: a\nX: " + "y" * 8000 + "\n"), 431)
        self.assertEqual(self.raw("GET /healthz HTTP/1.1\nHost: a\n" + "".join(
            f"X-{i}: y\n" for i in range(1000))), 431)

    def test_a_body_without_a_length_is_refused(self):
        self.assertEqual(self.raw("POST /v1/find HTTP/1.1\nHost: a\nConnection: close\n"), 411)

    def test_broken_chunks_are_refused(self):
        for body in (b"zz\r\nabc", b"-1\r\n", b"FFFFFFFFFFFFFFFFF\r\n"):
            head = "POST /v1/find HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n"
            self.assertEqual(self.raw(head, body), 400)

    def test_a_chunked_upload_is_taken(self):
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(BEAR[i:i + 999]), BEAR[i:i + 999]) for i in range(0, len(BEAR), 999))
        head = "POST /v1/find HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nConnection: close\n"
        self.assertEqual(self.raw(head, chunks + b"0\r\n\r\n"), 200)

    def test_path_tricks_reach_nothing(self):
        for path in ("/v1/items/..%2f..%2fetc", "/v1/../healthz", "/%2e%2e/healthz", "/v1/items/%00", "/v1/items/%ff",
                     "/v1/items/%zz", "/v1/items/a%5cb", "*", "http://a/healthz"):
            with self.subTest(path):
                self.assertEqual(self.raw(f"GET {path} HTTP/1.1\nHost: a\nConnection: close\n"), 400)
        self.assertEqual(self.raw("GET //healthz HTTP/1.1\nHost: a\nConnection: close\n"), 200)

    def test_methods_parameters_and_types_are_named(self):
        answer = self.service.ask("PUT", "/v1/items")
        self.assertEqual((answer.status, answer.headers["Allow"]), (405, "GET, POST"))
        answer = self.service.ask("GET", "/v1/items" + query(colour="red"))
        self.assertEqual((answer.json()["code"], "colour" in answer.json()["detail"]), ("unknown_parameter", True))
        self.assertEqual(self.service.ask("POST", "/v1/find", b"{}", {"Content-Type": "application/json"}).status, 415)
        for bad in ({"limit": "0"}, {"limit": "x"}, {"limit": "99999999999999999999"}):
            self.assertEqual(self.service.ask("GET", "/v1/items" + query(**bad)).status, 400)
        self.assertEqual(self.service.ask("POST", "/v1/find" + query(min_score="nan"), BEAR).status, 400)

    def test_json_that_is_deep_broken_or_unknown_is_refused(self):
        headers = {"Content-Type": "application/json"}
        for body in (b"[" * 1000 + b"]" * 1000, b'{"pdq":', b'{"pdq":"\xff"}', b"null", b"[]", b'{"pdq":1}',
                     b'{"colour":"' + b"f" * 64 + b'"}', b'{"vpdq":[{"hash":"f"}]}', b'{"vpdq":{}}'):
            with self.subTest(body[:30]):
                answer = self.service.ask("POST", "/v1/find/fingerprint", body, headers)
                self.assertEqual(answer.status, 400)
        self.assertEqual(self.service.ask("POST", "/v1/find/fingerprint", b" " * 30000, headers).status, 413)
        record = {"Content-Type": "application/vnd.refrain.record"}
        self.assertIn(self.service.ask("POST", "/v1/find/fingerprint", b"no record", record).status, (415, 422))

    def test_ids_banks_and_fields_that_do_not_fit_are_named(self):
        ask = self.service.ask
        self.assertEqual(ask("POST", "/v1/items" + query(id="twice", bank="ids"), BEAR + b"1").status, 201)
        again = ask("POST", "/v1/items" + query(id="twice", bank="ids"), BEAR + b"2")
        self.assertEqual((again.status, again.json()["code"]), (409, "id_taken"))
        self.assertEqual(ask("POST", "/v1/find" + query(bank="nowhere"), BEAR).json()["code"], "unknown_bank")
        headers = {"Content-Type": "application/json"}
        code = json.dumps({"pdq": "f" * 64})
        self.assertEqual(ask("POST", "/v1/find/fingerprint" + query(bank="nowhere"), code, headers).json()["code"], "unknown_bank")
        for method, target, body in (("PATCH", "/v1/items/twice", {"colour": 1}), ("POST", "/v1/banks", {"bank": "x", "colour": 1}),
                                     ("POST", "/v1/feedback", {"item": "twice", "verdict": "true_positive", "colour": 1}),
                                     ("POST", "/v1/find/fingerprint", {"pdq": "f" * 64, "colour": 1})):
            answer = ask(method, target, json.dumps(body), headers)
            self.assertEqual((answer.status, "colour" in answer.json()["detail"]), (400, True), answer.body)

    def test_clocks_of_clients_do_not_matter(self):
        for date in ("Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "yesterday"):
            fields = {"Date": date, "If-Modified-Since": date, "If-Unmodified-Since": date}
            self.assertEqual(self.service.ask("POST", "/v1/find", BEAR, fields).status, 200, date)
            self.assertEqual(self.service.ask("GET", "/v1/items", None, fields).status, 200, date)

    def test_forms_that_do_not_end_or_hold_too_much_are_refused(self):
        whole, headers = form([("file", "a.jpg", BEAR)])
        self.assertEqual(self.service.ask("POST", "/v1/find", whole[:-20], headers).json()["code"], "malformed_form")
        self.assertEqual(self.service.ask("POST", "/v1/find", whole, {
            "Content-Type": "multipart/form-data"}).json()["code"], "malformed_form")
        many, headers = form([("f", "a", b"x")] * 3)
        self.assertEqual(self.service.ask("POST", "/v1/find", many, headers).json()["code"], "too_many_files")
        text, headers = form([("f", None, b"x" * 30000)])
        self.assertEqual(self.service.ask("POST", "/v1/find", text, headers).status, 413)

    def test_a_body_over_the_limit_is_told_before_it_is_sent(self):
        head = "POST /v1/find HTTP/1.1\nHost: a\nContent-Length: 900000000\n"
        self.assertEqual(self.raw(head, b"x" * 1000), 413)

    def test_a_slow_head_and_a_stalled_body_end(self):
        # A service of its own: on a busy machine these deadlines would end honest requests, too.
        service = Service(config="[limits]\nheader_seconds = 0.2\npause_seconds = 0.2\n")
        self.addCleanup(service.stop)
        self.assertIsNone(status_of(exchange(service.port, b"GET /heal")))
        self.assertIsNone(status_of(exchange(
            service.port, b"POST /v1/find HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nxx")))

    def test_a_connection_carries_many_requests(self):
        connection = self.service.connect()
        for _ in range(50):
            connection.request("GET", "/healthz")
            self.assertEqual(json.loads(connection.getresponse().read())["status"], "ok")
        connection.close()

    def test_idle_connections_harm_nobody_and_too_many_are_told(self):
        held = [socket.create_connection(("127.0.0.1", self.port), PATIENCE) for _ in range(500)]
        try:
            self.assertEqual(self.service.ask("GET", "/healthz").status, 200)
            held += [socket.create_connection(("127.0.0.1", self.port), PATIENCE) for _ in range(120)]
            self.assertEqual(status_of(held[-1].recv(1000)), 503)
        finally:
            for one in held:
                one.close()

    def test_many_clients_at_once_all_get_an_answer(self):
        statuses = []

        def ask():
            statuses.append(self.service.ask("POST", "/v1/find", BEAR).status)

        threads = [threading.Thread(target=ask) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(statuses), 20)
        self.assertLessEqual(set(statuses), {200, 503})
        self.assertIn(200, statuses)

    def test_random_requests_over_the_document_never_fail_the_service(self):
        seed = int(os.environ.get("REFRAIN_TEST_SEED", "20260101"))
        requests = int(os.environ.get("REFRAIN_TEST_REQUESTS", "600"))
        rng = random.Random(seed)
        document = self.service.ask("GET", "/openapi.json").json()
        words = ["", "x", "0", "-1", "a=b", "\u00e9", "%00", "f" * 64, "true", "99999999999999999999", "null", "../x"]
        bodies = [b"", b"{}", b"[]", b"null", BEAR[:2000], BEAR, b'{"pdq":"' + b"f" * 64 + b'"}',
                  form([("file", "x", BEAR[:500])])[0], bytes(rng.randrange(256) for _ in range(300))]
        types = ["application/json", "image/jpeg", "multipart/form-data; boundary=a-boundary", "text/plain",
                 "application/vnd.refrain.record", "multipart/form-data", ";;="]
        operations = [(path, method, operation) for path, methods in document["paths"].items()
                      for method, operation in methods.items()]
        connection = self.service.connect()
        statuses, half = collections.Counter(), 0
        for number in range(requests):
            if number == requests // 2:
                half = self.service.resident_bytes()
            path, method, operation = rng.choice(operations)
            parameters = []
            for parameter in operation["parameters"]:
                if parameter["in"] == "path":
                    path = path.replace("{" + parameter["name"] + "}", rng.choice(["x", "m_1", "%41", "%C3%A9"]))
                elif rng.random() < 0.5 and parameter["name"] != "wait":
                    parameters.append((parameter["name"], rng.choice(words)))
            body = rng.choice(bodies) if "requestBody" in operation or rng.random() < 0.1 else None
            headers = {"Content-Type": rng.choice(types)}
            named = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            if named and rng.random() < 0.7:
                schema = document["components"]["schemas"][named["$ref"].rsplit("/", 1)[1]]
                body, headers = random_object(rng, schema), {"Content-Type": "application/json"}
            connection.request(method.upper(), path + query(**dict(parameters)), body, headers)
            answer = connection.getresponse()
            text = answer.read()
            statuses[answer.status] += 1
            with self.subTest(f"seed {seed} number {number}: {method} {path} {parameters}"):
                self.assertNotEqual(answer.status, 500, text)
                if answer.status >= 400 and not operation["summary"].startswith("HMA"):
                    self.assertEqual(json.loads(text)["status"], answer.status)
                elif answer.status >= 400:
                    self.assertIn("message", json.loads(text))
        connection.close()
        self.assertEqual(self.service.ask("GET", "/healthz").status, 200)
        grown = (self.service.resident_bytes() - half) / (1 << 20)
        print(f"{requests} requests, seed {seed}: {dict(sorted(statuses.items()))}; "
              f"resident memory over the second half: {grown:+.1f} MiB", file=sys.stderr)
        if not IS_SANITIZED:
            self.assertLess(grown, 32)


if __name__ == "__main__":
    unittest.main()
