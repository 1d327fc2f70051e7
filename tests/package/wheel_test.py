"""The Python package as a source distribution and a wheel: built, installed into an empty environment, and used there."""

import os
import pathlib
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["REFRAIN_TEST_SOURCE"])
MEDIA = SOURCE / "samples" / "media"
PYTHON = "/usr/bin/python3"
BUILD = """
import mesonpy, sys
print(mesonpy.build_sdist(sys.argv[1]))
print(mesonpy.build_wheel(sys.argv[1]))
"""
USE = """
import sys, refrain
known, copy, other = sys.argv[1:]
assert "site-packages" in refrain.__file__, refrain.__file__
assert refrain.compare(copy, known).status == "match"
assert refrain.compare(other, known).status == "no_match"
assert refrain.fingerprint(known, sandbox=False).media.width > 0
with refrain.Corpus("corpus", mode="create") as corpus:
    assert corpus.add(known).status == "added"
print("used", refrain.__version__)
"""


class Wheel(unittest.TestCase):
    def run_python(self, python, text, *words, where):
        environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "LD_LIBRARY_PATH")}
        done = subprocess.run([str(python), "-c", text, *map(str, words)], cwd=where, env=environment,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-4000:])
        return done.stdout

    def test_it_is_built_installed_without_a_network_and_used(self):
        asked = subprocess.run([PYTHON, "-c", "import mesonpy, numpy, venv, ensurepip"], capture_output=True, check=False)
        if asked.returncode != 0:
            self.skipTest("needs python3-mesonpy, patchelf, python3-numpy and python3-venv")
        with tempfile.TemporaryDirectory(prefix="refrain-test-") as name:
            folder = pathlib.Path(name)
            copy = folder / "source"
            subprocess.run(["git", "clone", "-q", str(SOURCE), str(copy)], check=True)
            (folder / "dist").mkdir()
            self.run_python(PYTHON, BUILD, folder / "dist", where=copy)
            self.assertEqual(len(list((folder / "dist").glob("*.tar.gz"))), 1)
            wheel = next((folder / "dist").glob("*.whl"))
            # NumPy is the system's: there is no network to take another from.
            subprocess.run([PYTHON, "-m", "venv", "--system-site-packages", str(folder / "venv")], check=True)
            python = folder / "venv" / "bin" / "python"
            subprocess.run([str(python), "-m", "pip", "install", "-q", "--no-index", "--no-deps", str(wheel)], check=True)
            used = self.run_python(python, USE, MEDIA / "known/bear.jpg", MEDIA / "edited/bear-half-quality40.jpg",
                                   MEDIA / "unrelated/whale.jpg", where=folder)
            self.assertTrue(used.startswith("used "))


if __name__ == "__main__":
    unittest.main()
