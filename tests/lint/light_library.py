#!/usr/bin/env python3
"""Checks that the shared library does not load the decoders' libraries with itself, and that the worker loads only them.

    light_library.py READELF LIBRARY MODULE WORKER

They are what the module needs: were the check to look for the wrong names, the module would not pass it.
"""

import re
import subprocess
import sys

FOREIGN = re.compile(r"lib(opencv_\w+|blas|lapack|openblas|gomp|sqlite3|expat)\.so")
HEAVY = re.compile(r"lib(av\w+|sw\w+|heif|jxl|tiff|webp\w*|opencv_\w+)\.so")


def libraries(readelf, file, pattern):
    text = subprocess.run([readelf, "-d", "-W", file], check=True, capture_output=True, text=True).stdout
    return [name for name in re.findall(r"\(NEEDED\).*\[(.*)\]", text) if pattern.match(name)]


def main():
    readelf, library, module, worker = sys.argv[1:5]
    found = libraries(readelf, library, HEAVY)
    for name in found:
        print(f"{library} loads {name}: something outside of decoders/table.h reaches the decoders")
    expected = libraries(readelf, module, HEAVY)
    if len(expected) < 5:
        print(f"{module} loads {expected}: the decoders are not where they should be")
    foreign = libraries(readelf, worker, FOREIGN)
    for name in foreign:
        print(f"{worker} loads {name}: docs/decisions/0011-what-a-process-loads.md says why it must not")
    return 1 if found or foreign or len(expected) < 5 else 0


if __name__ == "__main__":
    sys.exit(main())
