#!/usr/bin/env python3
"""Checks that the shared library loads neither the decoders' libraries nor FAISS's with itself, and that the worker loads
only the decoders'.

    light_library.py READELF LIBRARY DECODERS FAISS WORKER

They are what the two modules need: were the check to look for the wrong names, the modules would not pass it.
"""

import re
import subprocess
import sys

FOREIGN = re.compile(r"lib(opencv_\w+|blas|lapack|openblas|gomp|sqlite3|expat)\.so")
BLAS = re.compile(r"lib(blas|lapack|openblas|gomp)\.so")
HEAVY = re.compile(r"lib(av\w+|sw\w+|heif|jxl|tiff|webp\w*|opencv_\w+)\.so")


def libraries(readelf, file, pattern):
    text = subprocess.run([readelf, "-d", "-W", file], check=True, capture_output=True, text=True).stdout
    return [name for name in re.findall(r"\(NEEDED\).*\[(.*)\]", text) if pattern.match(name)]


def main():
    readelf, library, decoders, faiss, worker = sys.argv[1:6]
    problems = 0
    for module, pattern, least in ((decoders, HEAVY, 5), (faiss, BLAS, 1)):
        found = libraries(readelf, library, pattern)
        for name in found:
            print(f"{library} loads {name}: something reaches {module} in another way than by its table")
        expected = libraries(readelf, module, pattern)
        if len(expected) < least:
            print(f"{module} loads {expected}: what it is there for lies somewhere else")
        problems += len(found) + (len(expected) < least)
    foreign = libraries(readelf, worker, FOREIGN)
    for name in foreign:
        print(f"{worker} loads {name}: docs/decisions/0011-what-a-process-loads.md says why it must not")
    return 1 if problems or foreign else 0


if __name__ == "__main__":
    sys.exit(main())
