"""The clients in samples/http do what their heads say."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

from harness import MEDIA, Service, refrain

SAMPLES = MEDIA.parent / "http"
BUILT = pathlib.Path(os.environ["REFRAIN_TEST_BUILD"]) / "samples" / "http_find"
BEAR = MEDIA / "known" / "bear.jpg"
COPY = MEDIA / "edited" / "bear-half-quality40.jpg"
FILM = sorted((MEDIA / "edited").glob("*.mp4"))[0]
NONE = MEDIA / "no_such_file.jpg"


class Samples(unittest.TestCase):
    def setUp(self):
        self.service = Service(anonymous=False)
        self.addCleanup(self.service.stop)
        self.url = f"http://127.0.0.1:{self.service.port}"
        key = refrain("key", "create", "--corpus", str(self.service.corpus), "--role", "curator").stdout.strip()
        self.environment = {**os.environ, "REFRAIN_KEY": key}

    def run_sample(self, *words):
        return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False,
                              env=self.environment)

    def test_python(self):
        script = SAMPLES / "find.py"
        added = self.run_sample(sys.executable, script, "--add", "mine", self.url, BEAR, BEAR)
        self.assertEqual(added.stdout.split(), [str(BEAR), "added", str(BEAR), "exists"], added.stderr)
        found = self.run_sample(sys.executable, script, self.url, COPY, FILM)
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertRegex(found.stdout, r"quality40.jpg match bear.jpg \(\d+\.\d\)\n.* no_match")
        failed = self.run_sample(sys.executable, script, self.url, NONE, SAMPLES / "README.md", COPY)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("unsupported_format", failed.stderr)
        self.assertIn("match bear.jpg", failed.stdout)

    def test_curl(self):
        if not shutil.which("curl"):
            self.skipTest("there is no curl")
        self.service.upload("/v1/items?name=bear.jpg", BEAR, {"Authorization": "Bearer " + self.environment["REFRAIN_KEY"]})
        found = self.run_sample(SAMPLES / "find.sh", self.url, COPY, FILM)
        self.assertEqual(found.returncode, 0, found.stderr)
        statuses = [json.loads(line)["status"] for line in found.stdout.splitlines() if line]
        self.assertEqual(statuses, ["match", "no_match"])
        self.assertEqual(self.run_sample(SAMPLES / "find.sh", self.url, SAMPLES / "README.md").returncode, 1)

    def test_cpp(self):
        if not BUILT.exists():
            self.skipTest("the samples are not built")
        self.service.upload("/v1/items?name=bear.jpg", BEAR, {"Authorization": "Bearer " + self.environment["REFRAIN_KEY"]})
        host, port = "127.0.0.1", self.service.port
        found = self.run_sample(BUILT, host, port, COPY, FILM)
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertEqual([json.loads(line)["status"] for line in found.stdout.splitlines()], ["match", "no_match"])
        self.assertEqual(self.run_sample(BUILT, host, port, NONE).returncode, 1)


class Dashboard(unittest.TestCase):
    def test_every_number_that_is_drawn_or_watched_is_one_of_the_services(self):
        root = pathlib.Path(os.environ["REFRAIN_TEST_SOURCE"])
        source = "".join(path.read_text() for path in (root / "src" / "service").rglob("*.cpp"))
        for name in ("grafana-dashboard.json", "alerts.yml"):
            used = set(re.findall(r"refrain_[a-z_]+", (root / "packaging" / name).read_text()))
            self.assertGreater(len(used), 4)
            for metric in used:
                self.assertIn('"' + re.sub(r"_(bucket|sum|count)$", "", metric) + '"', source)


if __name__ == "__main__":
    unittest.main()
