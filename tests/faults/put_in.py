#!/usr/bin/env python3
"""Puts faults into the code, one at a time, and says whether a test notices.

    put_in.py BUILD_DIR [--room ROOM] [--only WORD] [--minutes N] [--check]

Each line of faults.tsv is one: room, name, file, text, replacement. The file is looked for below src by the end of its
path, so that it may move between folders; the text must stand there exactly once. For each fault the file is changed, the
room's tests (TESTS below) are built and run until one fails, and the file is put back: a fault that does not compile, or
whose text is not found, counts as a mistake of the table and ends the script with 2. Files with changes that are not
committed are left alone. --check only looks for the texts. --minutes ends in time, and says how many were not tried.

Exit: 0 at least 95 % of those tried were noticed; 1 fewer. Run by hand: it changes the source tree while it runs.
"""

import argparse
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = {
    "index": ["tests/unit/unit_index", "tests/property/property_index"],
    "codec": ["tests/unit/unit_fingerprint", "tests/property/property_fingerprint"],
    "align": ["tests/unit/unit_align", "tests/property/property_align", "tests/unit/unit_corpus"],
    "verdict": ["tests/unit/unit_verdict", "tests/unit/unit_corpus"],
    "match": ["tests/unit/unit_match", "tests/unit/unit_corpus"],
    "corpus": ["tests/unit/unit_corpus", "tests/unit/unit_store"],
    "media": ["tests/unit/unit_media"],
    "sandbox": ["tests/fault/fault_sandbox"],
}
LONGEST_TEST_S = 900


def read_table():
    lines = (pathlib.Path(__file__).parent / "faults.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def find_place(file, text):
    """The file and its contents, or why the fault cannot be put in."""
    found = [path for path in sorted((ROOT / "src").rglob(pathlib.Path(file).name)) if path.as_posix().endswith("/" + file)]
    if len(found) != 1:
        return None, f"{len(found)} files are {file}"
    contents = found[0].read_text(encoding="utf-8")
    if contents.count(text) != 1:
        return None, f"{file}: '{text}' stands there {contents.count(text)} times"
    return (found[0], contents), None


def is_changed(path):
    return subprocess.run(["git", "-C", ROOT, "diff", "--quiet", "HEAD", "--", path], check=False).returncode != 0


def try_fault(build, room, place, text, replacement):
    """What noticed the fault; None: nothing did."""
    path, contents = place
    path.write_text(contents.replace(text, replacement), encoding="utf-8")
    try:
        for test in TESTS[room]:
            made = subprocess.run(["ninja", "-C", build, test], capture_output=True, text=True, check=False)
            if made.returncode != 0:
                sys.exit(f"{path.name}: '{replacement}' does not compile\n{made.stdout[-2000:]}")
            try:
                done = subprocess.run([build / test, "--gtest_brief=1", "--gtest_fail_fast"], check=False,
                                      capture_output=True, text=True, timeout=LONGEST_TEST_S, cwd=build)
            except subprocess.TimeoutExpired:
                return f"{test} (does not end)"
            if done.returncode != 0:
                failed = [line.split("]")[1].split("(")[0].strip() for line in done.stdout.splitlines() if "[  FAILED  ]" in line]
                return f"{pathlib.Path(test).name}: {failed[0] if failed else 'ended early'}"
        return None
    finally:
        path.write_text(contents, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--room", choices=sorted(TESTS))
    parser.add_argument("--only", default="")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    table = [row for row in read_table() if (not args.room or row[0] == args.room) and args.only in row[1]]
    places = []
    for room, name, file, text, _ in table:
        place, problem = find_place(file, text)
        if problem:
            sys.stderr.write(f"{room}: {name}: {problem}\n")
        places.append(place)
    if None in places:
        sys.exit(2)
    print(f"{len(table)} faults, each in its place", flush=True)
    if args.check:
        return 0
    build = pathlib.Path(args.build).resolve()
    ends = time.monotonic() + 60 * args.minutes
    tried = noticed = 0
    for (room, name, _, text, replacement), place in zip(table, places):
        if time.monotonic() > ends:
            break
        if is_changed(place[0]):
            sys.exit(f"{place[0]} has changes that are not committed")
        by = try_fault(build, room, place, text, replacement)
        tried += 1
        noticed += by is not None
        print(f"{'noticed' if by else 'MISSED '}  {room}: {name}{'  by ' + by if by else ''}", flush=True)
    print(f"noticed {noticed} of {tried}; not tried {len(table) - tried}")
    return 0 if tried and noticed >= 0.95 * tried else 1


if __name__ == "__main__":
    sys.exit(main())
