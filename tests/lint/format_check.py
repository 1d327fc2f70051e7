#!/usr/bin/env python3
"""Runs clang-format over all .cpp and .h files and names those that it would change.

Usage: format_check.py CLANG_FORMAT SOURCE_ROOT
Exit: 0 all are formatted; 1 some are not; 2 nothing to check.
"""

import pathlib
import subprocess
import sys

from source_files import code_files


def main():
    if len(sys.argv) != 3:
        sys.stderr.write(__doc__)
        return 2
    clang_format, root = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    files = [str(path.relative_to(root)) for path in code_files(root)]
    if not files:
        print("nothing was checked: is the argument the root of the source tree?")
        return 2
    result = subprocess.run(
        [clang_format, "--dry-run", "-Werror", "--style=file", *files],
        cwd=root, capture_output=True, text=True, check=False,
    )
    print(result.stderr, end="")
    wrong = sorted({line.split(":")[0] for line in result.stderr.splitlines() if ": error: " in line})
    print(f"{len(files)} files, {len(wrong)} not formatted")
    if wrong:
        print("to format them: clang-format -i " + " ".join(wrong))
    return 1 if result.returncode != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
