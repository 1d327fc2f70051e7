"""The Debian packages: built, free of complaints, unpacked into a folder of their own, and started from there."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.request

SOURCE = pathlib.Path(os.environ["REFRAIN_TEST_SOURCE"])
MEDIA = SOURCE / "samples" / "media"
PATIENCE = 120
PACKAGES = ["refrain", "refrain-worker", "librefrain0", "librefrain-dev", "python3-refrain"]


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("dpkg-buildpackage") and not shutil.which("apt-get"):
            raise unittest.SkipTest("this is no Debian")
        made = run(SOURCE / "scripts" / "package")  # it runs lintian, too
        if made.returncode != 0:
            raise AssertionError("scripts/package failed:\n" + made.stderr[-4000:])
        cls.folder = tempfile.TemporaryDirectory(prefix="refrain-test-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.root = pathlib.Path(cls.folder.name) / "root"
        for name in PACKAGES:
            files = list((SOURCE / "build" / "packages").glob(f"{name}_*.deb"))
            if len(files) != 1:
                raise AssertionError(f"expected one package {name}, found {files}")
            subprocess.run(["dpkg-deb", "-x", str(files[0]), str(cls.root)], check=True)
        libraries = {str(path.parent) for path in cls.root.rglob("librefrain.so.*")}
        cls.environment = {**os.environ, "LD_LIBRARY_PATH": ":".join(sorted(libraries))}
        cls.program = cls.root / "usr" / "bin" / "refrain"

    def refrain(self, *words):
        return run(self.program, *words, env=self.environment)

    def test_the_program_does_its_main_job_in_the_sandbox(self):
        corpus = pathlib.Path(self.folder.name) / "corpus"
        added = self.refrain("add", "--corpus", corpus, MEDIA / "known")
        self.assertEqual(added.returncode, 0, added.stderr)
        found = self.refrain("find", "--json", "--corpus", corpus, MEDIA / "edited" / "bear-half-quality40.jpg")
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertEqual(json.loads(found.stdout)["matches"][0]["name"], "bear.jpg")
        self.assertNotIn("sandbox", found.stderr)

    def test_the_service_starts_with_the_packaged_configuration(self):
        folder = pathlib.Path(self.folder.name) / "service"
        configuration = self.root / "etc" / "refrain" / "refrain.toml"
        service = subprocess.Popen(
            [self.program, "serve", "--config", configuration, "--corpus", folder, "--listen", "127.0.0.1:0"],
            env=self.environment, stderr=subprocess.PIPE, text=True)
        try:
            line = next(line for line in service.stderr if line.startswith("listening on"))
            port = int(line.rsplit(":", 1)[1])
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE) as answer:
                self.assertEqual(answer.status, 200)
        finally:
            service.send_signal(signal.SIGTERM)
            self.assertEqual(service.wait(PATIENCE), 0)
            service.stderr.close()

    def test_the_unit_is_sound(self):
        units = list(self.root.rglob("refrain.service"))
        self.assertEqual(len(units), 1)
        if not shutil.which("systemd-analyze"):
            self.skipTest("there is no systemd-analyze")
        unit = pathlib.Path(self.folder.name) / "refrain.service"
        unit.write_text(units[0].read_text().replace("/usr/bin/refrain", str(self.program)))
        checked = run("systemd-analyze", "verify", "--man=no", unit)
        self.assertEqual([line for line in checked.stderr.splitlines() if "refrain" in line], [])

    def test_every_command_has_a_page_and_completions(self):
        listed = self.refrain("--help").stdout.split("Commands:\n", 1)[1].split("\n\n", 1)[0]
        commands = re.findall(r"^  ([a-z]+) ", listed, re.M)
        self.assertGreater(len(commands), 10)
        pages = {path.name for path in self.root.glob("usr/share/man/man1/*")}
        self.assertEqual(pages, {"refrain.1.gz", *(f"refrain-{name}.1.gz" for name in commands)})
        completion = self.root / "usr/share/bash-completion/completions/refrain"
        script = f'source "{completion}"; COMP_WORDS=(refrain fi); COMP_CWORD=1; _refrain; echo "${{COMPREPLY[@]}}"'
        self.assertEqual(run("bash", "-c", script).stdout.split(), ["find", "fingerprint"])
        script = f'source "{completion}"; COMP_WORDS=(refrain find --min); COMP_CWORD=2; _refrain; echo "${{COMPREPLY[@]}}"'
        self.assertEqual(run("bash", "-c", script).stdout.split(), ["--min-score"])
        for shell, place in (("zsh", "usr/share/zsh/vendor-completions/_refrain"),
                             ("fish", "usr/share/fish/vendor_completions.d/refrain.fish")):
            self.assertTrue((self.root / place).is_file())
            if shutil.which(shell):
                self.assertEqual(run(shell, "-n", self.root / place).returncode, 0)

    def test_python_imports_it(self):
        modules = next(self.root.rglob("refrain/__init__.py")).parent.parent
        imported = run("/usr/bin/python3", "-c", "import refrain; print(refrain.__version__)",
                       env={**self.environment, "PYTHONPATH": str(modules)})
        self.assertEqual(imported.returncode, 0, imported.stderr)

    def test_the_container_builds(self):
        tool = shutil.which("podman") or shutil.which("docker")
        if not tool or run(tool, "image", "inspect", "debian:12-slim").returncode != 0:
            self.skipTest("there is no container tool that has debian:12-slim")
        built = run(tool, "build", "-f", SOURCE / "packaging" / "Containerfile", "-t", "refrain-test", SOURCE)
        self.assertEqual(built.returncode, 0, built.stderr[-4000:])
        self.assertEqual(run(tool, "run", "--rm", "--entrypoint", "refrain", "refrain-test", "--version").returncode, 0)


if __name__ == "__main__":
    unittest.main()
