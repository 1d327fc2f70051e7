"""`url=` at HMA's paths: a server on loopback plays the hosts that are listed; see fetching_service.cpp."""

import http.server
import json
import os
import pathlib
import ssl
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

from harness import MEDIA, Service, form, query
from hma_replay import CODES, KNOWN, RECORDED, Replay, picture

PROGRAM = os.environ["REFRAIN_TEST_FETCHING_SERVICE"]
HOST = "raw.githubusercontent.com"  # the recorded pairs name it
CONFIG = f'[hma]\nurl_hosts = "{HOST} other.example plain.example:80 inner.example"\nurl_bytes = 200000\n'


class Remote:
    """Answers every host over TLS with one certificate, that of HOST; a path's last part names the file."""

    def __init__(self, folder, files):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rsplit("/", 1)[-1]
                asked.append((self.headers["Host"], self.path))
                self.send_response(302 if name == "moved" else 200 if name in files else 404)
                body = files.get(name, b"")
                if name == "moved":
                    self.send_header("Location", f"https://{HOST}/image-in-hash-db.jpg")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words):
                pass

        self.key, self.chain = folder / "key.pem", folder / "chain.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "2", "-subj", "/CN=remote", "-addext", f"subjectAltName=DNS:{HOST}",
                        "-keyout", str(self.key), "-out", str(self.chain)], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *words: None  # of clients that end the handshake
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Fetch(Replay, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pictures = {code: picture(code) for code in CODES.values()}
        cls.folder = tempfile.TemporaryDirectory(prefix="refrain-test-")
        files = {name: cls.pictures[code] for name, code in CODES.items()}
        files |= {"text": b"no picture", "empty": b"", "large": bytes(300000),
                  "bear.jpg": (MEDIA / "known" / "bear.jpg").read_bytes()}
        cls.remote = Remote(pathlib.Path(cls.folder.name), files)
        cls.service = Service(program=PROGRAM, config=CONFIG, environment={
            "REFRAIN_TEST_REMOTE_PORT": str(cls.remote.port), "SSL_CERT_FILE": str(cls.remote.chain)})

    @classmethod
    def tearDownClass(cls):
        code = cls.service.stop()
        cls.remote.stop()
        cls.folder.cleanup()
        assert code == 0

    def test_recorded_pairs_of_urls_are_answered_as_recorded(self):
        if not RECORDED.exists():
            self.skipTest(f"SKIPPED: no recorded pairs at {RECORDED}")
        pairs = [pair for pair in json.loads(RECORDED.read_text()) if "url=" in pair["target"]]
        for number, pair in enumerate(pairs):
            with self.subTest(f"{number} {pair['case']}"):
                del self.remote.asked[:]
                self.check(pair)
                if pair["status"] == 200:
                    path = urllib.parse.urlsplit(dict(urllib.parse.parse_qsl(pair["target"].split("?")[1]))["url"]).path
                    self.assertEqual(self.remote.asked, [(HOST, path)])
        print(f"recorded pairs of URLs: {len(pairs)} as recorded")

    def test_every_refusal_is_a_message(self):
        for url, status in ((f"https://{HOST}/moved", 403), ("https://evil.example/bear.jpg", 403),
                            (f"https://{HOST}:8443/bear.jpg", 403), ("https://127.0.0.1/bear.jpg", 403),
                            ("https://inner.example/bear.jpg", 403), (f"ftp://{HOST}/bear.jpg", 400), ("", 400),
                            (f"https://user@{HOST}/bear.jpg", 400), (f"https://{HOST}/none", 422),
                            (f"https://{HOST}/text", 415), (f"https://{HOST}/empty", 400), (f"https://{HOST}/large", 413),
                            ("https://other.example/bear.jpg", 422),  # the certificate is that of another
                            ("http://plain.example/bear.jpg", 422)):  # it speaks TLS
            for path in ("/h/hash", "/m/lookup"):
                answer = self.ask("GET", path + query(url=url))
                self.assertEqual((answer.status, list(answer.json())), (status, ["message"]), (path, url, answer.body))
        self.assertEqual(self.ask("GET", "/h/hash" + query(url=f"https://{HOST}/bear.jpg", content_type="song")).status, 400)
        self.assertEqual(self.ask("GET", "/h/hash").status, 400)
        self.bank("BOTH")
        body, headers = form([("photo", "x", self.pictures[KNOWN])])
        both = self.service.ask("POST", "/c/bank/BOTH/content" + query(url=f"https://{HOST}/bear.jpg"), body, headers)
        self.assertEqual(both.status, 400)

    def test_a_fetched_medium_is_content_like_any_other(self):
        self.bank("FETCHED")
        url = f"https://{HOST}/bear.jpg"
        made = self.ask("POST", "/c/bank/FETCHED/content" + query(url=url, content_type="photo"))
        self.assertEqual(made.status, 200, made.body)
        shown = self.ask("GET", f"/c/bank/FETCHED/content/{made.json()['id']}").json()
        self.assertEqual(shown["original_media_uri"], url)
        edited = self.send("/m/lookup", (MEDIA / "edited" / "bear-half-quality40.jpg").read_bytes()).json()
        self.assertEqual([hit["bank_content_id"] for hit in edited["pdq"]["FETCHED"]], [made.json()["id"]])
        self.assertIn(b'refrain_url_fetches_total{outcome="fetched"}', self.service.ask("GET", "/metrics").body)

    def test_a_wrong_list_of_hosts_is_no_configuration(self):
        for hosts in ("https://a.example", "a.example/x", "user@a.example", "a.example:port"):
            with self.assertRaisesRegex(RuntimeError, "hma.url_hosts: expected hosts such as"):
                Service(config=f'[hma]\nurl_hosts = "{hosts}"\n')


if __name__ == "__main__":
    unittest.main()
