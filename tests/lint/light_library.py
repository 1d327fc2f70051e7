#!/usr/bin/env python3
"""Checks that the shared library does not load the decoders' libraries with itself.

    light_library.py READELF LIBRARY MODULE

They are what the module needs: were the check to look for the wrong names, the module would not pass it.
"""

import re
import subprocess
import sys

HEAVY = re.compile(r"lib(av\w+|sw\w+|heif|jxl|tiff|webp\w*|opencv_\w+)\.so")


def heavy_libraries(readelf, file):
    text = subprocess.run([readelf, "-d", "-W", file], check=True, capture_output=True, text=True).stdout
    return [name for name in re.findall(r"\(NEEDED\).*\[(.*)\]", text) if HEAVY.match(name)]


def main():
    readelf, library, module = sys.argv[1:4]
    found = heavy_libraries(readelf, library)
    for name in found:
        print(f"{library} loads {name}: something outside of decoders/table.h reaches the decoders")
    expected = heavy_libraries(readelf, module)
    if len(expected) < 5:
        print(f"{module} loads {expected}: the decoders are not where they should be")
    return 1 if found or len(expected) < 5 else 0


if __name__ == "__main__":
    sys.exit(main())
