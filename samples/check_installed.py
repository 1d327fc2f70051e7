#!/usr/bin/env python3
"""Installs refrain into a folder of its own and uses it from there, as a user would.

    check_installed.py BUILD SAMPLES

The installed program must start by itself. The samples are compiled with nothing but the flags of the installed
pkg-config file, and run on the sample media. A compiler that is not told to use C++20 must say that it has to.
"""

import os
import pathlib
import shlex
import subprocess
import sys
import tempfile


def run(command, **options):
    print("+", shlex.join(map(str, command)), flush=True)
    return subprocess.run([str(word) for word in command], **options)


class Installed:
    """The installed tree below `stage`, which stands before the prefix."""

    def __init__(self, build, stage):
        run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", stage], check=True)
        self.stage = stage
        pc_folder = self.only("refrain.pc").parent
        # Whatever the caller's environment says about libraries must not help.
        clean = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
        self.environment = dict(clean, PKG_CONFIG_LIBDIR=str(pc_folder), PKG_CONFIG_SYSROOT_DIR=str(stage))
        self.compiler = shlex.split(os.environ.get("CXX", "c++"))
        self.flags = run(["pkg-config", "--cflags", "--libs", "refrain"], env=self.environment, check=True,
                         capture_output=True, text=True).stdout.split()

    def only(self, pattern):
        found = [path for path in sorted(self.stage.rglob(pattern)) if path.is_file()]
        if len(found) != 1:
            sys.exit(f"expected one {pattern}, found {found}")
        return found[0]

    def compile(self, sample):
        program = self.stage / sample.stem
        libdir = run(["pkg-config", "--variable=libdir", "refrain"], env=self.environment, check=True,
                     capture_output=True, text=True).stdout.strip()
        rpath = f"-Wl,-rpath,{libdir}"
        run([*self.compiler, "-std=c++20", sample, "-o", program, *self.flags, rpath], check=True)
        return program


def check_program(installed):
    program = installed.only("bin/refrain")
    done = run([program, "--version"], env=installed.environment, capture_output=True, text=True)
    if done.returncode != 0 or not done.stdout.startswith("refrain "):
        sys.exit(f"refrain --version: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return program


def check_older_standard(installed):
    source = installed.stage / "older.cpp"
    source.write_text('#include "refrain/refrain.h"\nint main() {}\n', encoding="utf-8")
    done = run([*installed.compiler, "-std=c++17", "-fsyntax-only", source, *installed.flags[:1]],
               capture_output=True, text=True)
    if done.returncode == 0 or "need C++20" not in done.stderr:
        sys.exit(f"compiled as C++17: exit code {done.returncode}\n{done.stderr[:2000]}")


def check_find_copies(installed, samples):
    program = installed.compile(samples / "find_copies.cpp")
    media = samples / "media"
    known = sorted((media / "known").iterdir())
    for folder, expected in (("edited", 0), ("unrelated", 1)):
        queries = sorted((media / folder).iterdir())
        done = run([program, installed.stage / ("corpus-" + folder), *known, "--", *queries], env=installed.environment)
        if done.returncode != expected:
            sys.exit(f"{folder}: exit code {done.returncode}, expected {expected}")


def check_readme_example(installed, samples, refrain):
    """Looks a copy up in a corpus that the installed program made."""
    example = installed.compile(samples / "readme_example.cpp")
    corpus = installed.stage / "corpus-readme"
    known = samples / "media" / "known" / "bear.jpg"
    run([refrain, "add", "--quiet", "--corpus", corpus, known], env=installed.environment, check=True)
    query = samples / "media" / "edited" / "bear-half-quality40.jpg"
    done = run([example, corpus, query], env=installed.environment, capture_output=True, text=True)
    if done.returncode != 0 or not done.stdout.startswith("bear.jpg score "):
        sys.exit(f"the README's example: exit code {done.returncode}, {done.stdout!r}, {done.stderr!r}")


def main():
    build, samples = (pathlib.Path(word) for word in sys.argv[1:3])
    with tempfile.TemporaryDirectory(prefix="installed-", dir=build) as folder:
        installed = Installed(build, pathlib.Path(folder))
        refrain = check_program(installed)
        check_older_standard(installed)
        check_find_copies(installed, samples)
        check_readme_example(installed, samples, refrain)


if __name__ == "__main__":
    main()
