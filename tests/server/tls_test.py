"""The service over TLS, and new certificates without an end of it."""

import http.client
import pathlib
import signal
import ssl
import subprocess
import tempfile
import time
import unittest

from harness import MEDIA, PATIENCE, PROGRAM, Service


def certificate(folder, name):
    """A key and a certificate of itself. @return where they lie"""
    key, chain = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", str(key), "-out", str(chain)], check=True, capture_output=True)
    return key, chain


class Tls(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="refrain-test-")))
        self.key, self.chain = certificate(self.folder, "first")
        config = f'[server]\ntls_certificate = "{self.chain}"\ntls_key = "{self.key}"\n'
        self.service = Service(config=config, folder=self.folder)
        self.addCleanup(self.service.stop)

    def connect(self, trusted):
        context = ssl.create_default_context(cafile=str(trusted))
        return http.client.HTTPSConnection("127.0.0.1", self.service.port, timeout=PATIENCE, context=context)

    def status(self, connection, method="GET", target="/healthz", body=None):
        connection.request(method, target, body, {"Content-Type": "application/octet-stream"})
        response = connection.getresponse()
        response.read()
        return response.status

    def replace(self, name):
        key, chain = certificate(self.folder, name)
        trusted = self.folder / "trusted.pem"
        trusted.write_bytes(chain.read_bytes())
        key.replace(self.key)
        chain.replace(self.chain)
        return trusted

    def test_media_are_looked_up_over_a_connection_that_is_kept(self):
        connection = self.connect(self.chain)
        self.addCleanup(connection.close)
        bear = (MEDIA / "known" / "bear.jpg").read_bytes()
        self.assertEqual(self.status(connection), 200)
        self.assertEqual(self.status(connection, "POST", "/v1/find", bear), 200)

    def test_who_speaks_no_tls_is_not_answered(self):
        connection = self.service.connect()
        self.addCleanup(connection.close)
        with self.assertRaises((http.client.HTTPException, OSError)):
            self.status(connection)

    def test_a_hang_up_signal_brings_the_new_certificate_and_keeps_connections(self):
        old = self.connect(self.chain)
        self.addCleanup(old.close)
        self.assertEqual(self.status(old), 200)
        trusted = self.replace("second")
        self.service.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + PATIENCE
        while True:
            new = self.connect(trusted)
            try:
                self.assertEqual(self.status(new), 200)
                break
            except ssl.SSLCertVerificationError:  # the signal was not yet taken
                self.assertLess(time.monotonic(), end)
            finally:
                new.close()
        self.assertEqual(self.status(old), 200)

    def test_a_certificate_that_cannot_be_read_leaves_the_old_one(self):
        trusted = self.folder / "trusted.pem"
        trusted.write_bytes(self.chain.read_bytes())
        self.chain.write_text("no certificate")
        self.service.process.send_signal(signal.SIGHUP)
        for line in self.service.process.stderr:
            if "no certificate can be read" in line:
                break
        connection = self.connect(trusted)
        self.addCleanup(connection.close)
        self.assertEqual(self.status(connection), 200)

    def test_a_key_of_another_certificate_is_refused_at_the_start(self):
        other, _ = certificate(self.folder, "other")
        config = self.folder / "wrong.toml"
        config.write_text(f'[server]\ntls_certificate = "{self.chain}"\ntls_key = "{other}"\n')
        done = subprocess.run([PROGRAM, "serve", "--listen", "127.0.0.1:0", "--corpus", str(self.folder / "c2"),
                               "--allow-anonymous", "--config", str(config)], capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("is none of this certificate", done.stderr)


if __name__ == "__main__":
    unittest.main()
