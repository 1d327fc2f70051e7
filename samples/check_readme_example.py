#!/usr/bin/env python3
"""Checks that the README's example is the one that is compiled.

    check_readme_example.py README EXAMPLE

The block follows the marker `<!-- samples/readme_example.cpp -->`.
"""

import pathlib
import re
import sys


def main():
    readme, example = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    if not readme.exists():
        print(f"SKIPPED: there is no {readme}")
        return 77
    pattern = r"<!-- samples/readme_example\.cpp -->\s*```(?:cpp|c\+\+)\n(.*?)```"
    blocks = re.findall(pattern, readme.read_text(encoding="utf-8"), re.DOTALL)
    if len(blocks) != 1:
        print(f"{readme}: expected one marked example, found {len(blocks)}")
        return 1
    if blocks[0].strip() != example.read_text(encoding="utf-8").strip():
        print(f"{readme}: the marked example differs from {example}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
