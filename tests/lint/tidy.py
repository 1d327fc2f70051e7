#!/usr/bin/env python3
"""Runs clang-tidy over the project's own files of a compile_commands.json, several at a time.

Usage: tidy.py CLANG_TIDY SOURCE_ROOT BUILD_ROOT [FILE...]
FILE: only those whose path ends so. Exit: 0 clean; 1 findings; 2 nothing to check.
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys


def own_files(source_root, build_root, endings):
    commands = json.loads((build_root / "compile_commands.json").read_text(encoding="utf-8"))
    files = set()
    for command in commands:
        path = pathlib.Path(os.path.normpath(pathlib.Path(command["directory"]) / command["file"]))
        if path.is_relative_to(source_root) and not path.is_relative_to(build_root):
            files.add(path)
    return sorted(path for path in files if not endings or any(str(path).endswith(end) for end in endings))


def tidy(clang_tidy, build_root, path):
    result = subprocess.run(
        [clang_tidy, "--quiet", "-p", str(build_root), str(path)],
        capture_output=True, text=True, check=False,
    )
    return path, result.returncode, result.stdout, result.stderr


def main():
    if len(sys.argv) < 4:
        sys.stderr.write(__doc__)
        return 2
    clang_tidy = sys.argv[1]
    source_root, build_root = (pathlib.Path(folder).resolve() for folder in sys.argv[2:4])
    files = own_files(source_root, build_root, sys.argv[4:])
    if not files:
        print("nothing was checked: no file of the source tree in compile_commands.json")
        return 2
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for path, code, findings, errors in pool.map(lambda file: tidy(clang_tidy, build_root, file), files):
            if code != 0:
                failed += 1
                print(f"== {path.relative_to(source_root)}")
                # Without findings clang-tidy itself failed, and only its other stream says why.
                print(findings.strip() or errors.strip())
    print(f"{len(files)} files, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
