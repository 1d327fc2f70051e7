#!/usr/bin/env python3
"""Compiles a sample against the installed library and runs it on the sample media.

    check_installed.py BUILD SAMPLE MEDIA
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


def main():
    build, sample, media = (pathlib.Path(word) for word in sys.argv[1:4])
    with tempfile.TemporaryDirectory(prefix="installed-", dir=build) as folder:
        stage = pathlib.Path(folder)
        run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", stage], check=True)
        found = sorted(stage.rglob("refrain.pc"))
        if len(found) != 1:
            sys.exit(f"expected one refrain.pc, found {found}")
        # The prefix in the file is where the library would be; the stage stands before it.
        environment = dict(os.environ, PKG_CONFIG_LIBDIR=str(found[0].parent), PKG_CONFIG_SYSROOT_DIR=str(stage))
        flags = run(["pkg-config", "--cflags", "--libs", "refrain"], env=environment, check=True,
                    capture_output=True, text=True).stdout.split()
        program = stage / "find_copies"
        compiler = shlex.split(os.environ.get("CXX", "c++"))
        run([*compiler, "-std=c++20", sample, "-o", program, *flags], check=True)

        library = next(stage.rglob("librefrain.so*")).parent
        environment["LD_LIBRARY_PATH"] = str(library)
        known = sorted((media / "known").iterdir())
        for folder_name, expected in (("edited", 0), ("unrelated", 1)):
            queries = sorted((media / folder_name).iterdir())
            done = run([program, stage / ("corpus-" + folder_name), *known, "--", *queries], env=environment)
            if done.returncode != expected:
                sys.exit(f"{folder_name}: exit code {done.returncode}, expected {expected}")


if __name__ == "__main__":
    main()
