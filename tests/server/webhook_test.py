"""Jobs that are sent to another program once they are over."""

import hashlib
import hmac
import http.server
import json
import queue
import threading
import time
import unittest

from harness import MEDIA, PATIENCE, Service, query

COPY = MEDIA / "edited" / "bear-half-quality40.jpg"
SECRET = "a secret of the test"


class Receiver:
    """Listens on loopback; answers with the statuses that it is given, then with 200."""

    def __init__(self, *statuses):
        self.got = queue.Queue()
        left = list(statuses)
        got = self.got

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                got.put((self.path, dict(self.headers), body))
                self.send_response(left.pop(0) if left else 200)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Webhook(unittest.TestCase):
    def begin(self, *statuses):
        receiver = Receiver(*statuses)
        self.addCleanup(receiver.stop)
        service = Service(config=f'[webhook]\norigins = "{receiver.origin}"\nsecret = "{SECRET}"\n'
                                 "first_pause_seconds = 0.01\nattempts = 3\n")
        self.addCleanup(service.stop)
        return receiver, service

    def test_a_job_is_sent_signed(self):
        receiver, service = self.begin()
        begun = service.upload("/v1/jobs" + query(webhook=receiver.origin + "/done?x=1"), COPY)
        self.assertEqual(begun.status, 202, begun.body)
        path, headers, body = receiver.got.get(timeout=PATIENCE)
        self.assertEqual(path, "/done?x=1")
        job = json.loads(body)
        self.assertEqual((job["id"], job["status"]), (begun.json()["id"], "done"))
        self.assertEqual(job, service.ask("GET", "/v1/jobs/" + job["id"]).json())
        seconds, digest = (part.split("=")[1] for part in headers["X-Refrain-Signature"].split(","))
        signed = hmac.new(SECRET.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
        self.assertEqual(digest, signed)

    def test_what_is_not_taken_is_tried_again_and_given_up_in_the_end(self):
        receiver, service = self.begin(500, 302)
        service.upload("/v1/jobs" + query(webhook=receiver.origin + "/a"), COPY)
        for _ in range(3):
            receiver.got.get(timeout=PATIENCE)
        receiver, service = self.begin(500, 500, 500)
        service.upload("/v1/jobs" + query(webhook=receiver.origin + "/a"), COPY)
        for _ in range(3):
            receiver.got.get(timeout=PATIENCE)
        given_up = b'refrain_webhooks_total{outcome="given_up"} 1'
        end = time.monotonic() + PATIENCE
        while given_up not in service.ask("GET", "/metrics").body:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        self.assertTrue(receiver.got.empty())

    def test_only_servers_that_are_named_are_told(self):
        receiver, service = self.begin()
        other = receiver.origin.replace("127.0.0.1", "localhost")
        for url in ("http://127.0.0.1:1/", other, receiver.origin + "@evil.example/", "file:///etc/passwd", ""):
            answer = service.upload("/v1/jobs" + query(webhook=url), COPY)
            self.assertEqual((answer.status, answer.json()["code"]), (400, "invalid_argument"), url)
        service = Service()
        self.addCleanup(service.stop)
        self.assertEqual(service.upload("/v1/jobs" + query(webhook=receiver.origin), COPY).status, 400)

    def test_origins_without_a_secret_are_no_configuration(self):
        with self.assertRaisesRegex(RuntimeError, "needs webhook.secret"):
            Service(config='[webhook]\norigins = "https://hooks.example"\n')
        with self.assertRaisesRegex(RuntimeError, "expected servers such as"):
            Service(config=f'[webhook]\norigins = "hooks.example"\nsecret = "{SECRET}"\n')


if __name__ == "__main__":
    unittest.main()
