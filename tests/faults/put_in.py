#!/usr/bin/env python3
"""Puts faults into a copy of the code, one at a time, and says which test notices each.

    put_in.py COPY [--stage STAGE] [--only WORD] [--minutes N] [--check]

Each line of faults.tsv is a fault: name, file, text, replacement. The file is the one below src whose path ends so; its folder
is the stage. The text must stand there exactly once.

COPY is a worktree of its own with a build of its own, made if it is not there, and set to the commit that is checked out
here: nothing changes in this tree, and changes that are not committed take no part. For each fault one file of COPY is
changed, the test programs of the stage (TESTS below) are built again and run, one after the other, until one fails, and the file is
put back. The test that noticed a fault last time, as COPY/noticed.tsv remembers, is run first.

A fault that does not compile, or whose text is not found, is a mistake of the table and ends the script with 2. --check
looks for the texts in this tree and does no more. --minutes ends in time, and says how many were not tried.

Exit: 0 at least 95 % of those tried were noticed; 1 fewer. CXX, CXX_LD and the variables of ccache are meant for the first
call, which makes the build; REFRAIN_TEST_SHARED is the folder with the evaluation media.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT_CORPUS = "tests/unit/unit_corpus"
# What could notice a fault of a stage; the quickest first.
TESTS = {
    "align": ["tests/unit/unit_align", "tests/property/property_align", UNIT_CORPUS],
    "corpus": [UNIT_CORPUS, "tests/fault/fault_damaged_items", "tests/fault/fault_saved_index"],
    "evidence": ["tests/unit/unit_evidence", UNIT_CORPUS, "tests/property/property_evidence", "tests/fault/fault_saved_index"],
    "exchange": ["tests/unit/unit_exchange"],
    "fingerprint": ["tests/unit/unit_fingerprint", "tests/property/property_fingerprint"],
    "index": ["tests/unit/unit_index", "tests/fault/fault_index", "tests/property/property_index"],
    "match": ["tests/unit/unit_match", UNIT_CORPUS],
    "media": ["tests/unit/unit_media", "tests/fault/fault_media"],
    "sandbox": ["tests/unit/unit_sandbox", "tests/fault/fault_sandbox"],
    "store": ["tests/unit/unit_store", "tests/fault/fault_store"],
    "verdict": ["tests/unit/unit_verdict", UNIT_CORPUS],
}
# Started by tests: built beside them.
HELPERS = {"sandbox": ["tests/fault/escape-worker", "src/sandbox/worker/refrain-worker"]}
LONGEST_TEST_S = 900


def read_table(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


class Place:
    """Where a fault is put in."""

    def __init__(self, root, file, text):
        suffix = "/" + file
        found = [path for path in sorted((root / "src").rglob(pathlib.Path(file).name)) if path.as_posix().endswith(suffix)]
        if len(found) != 1:
            raise LookupError(f"{len(found)} files are {file}")
        self.path = found[0]
        self.stage = self.path.relative_to(root / "src").parts[0]
        self.contents = self.path.read_text(encoding="utf-8")
        if self.contents.count(text) != 1:
            raise LookupError(f"{file}: '{text}' stands there {self.contents.count(text)} times")
        if self.stage not in TESTS:
            raise LookupError(f"{file}: no tests are named for {self.stage}")


def places_of(root, table):
    """A place for each fault; ends the script where one has none."""
    places = []
    for name, file, text, _ in table:
        try:
            places.append(Place(root, file, text))
        except LookupError as problem:
            sys.stderr.write(f"{name}: {problem}\n")
    if len(places) < len(table):
        sys.exit(2)
    return places


def media_dir_of(build):
    options = json.loads((build / "meson-info" / "intro-buildoptions.json").read_text(encoding="utf-8"))
    return next(option["value"] for option in options if option["name"] == "media_dir")


class Copy:
    """A worktree with a build, in which faults are tried."""

    def __init__(self, tree):
        self.tree = tree
        self.build = tree / "build"
        commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
        if not tree.exists():
            subprocess.run(["git", "-C", ROOT, "worktree", "add", "-q", "--detach", tree, commit], check=True)
        else:
            subprocess.run(["git", "-C", tree, "checkout", "-q", "--force", "--detach", commit], check=True)
        if not (self.build / "build.ninja").exists():
            media = os.environ.get("REFRAIN_TEST_SHARED", ROOT.parent / "shared")
            subprocess.run(["meson", "setup", self.build, tree, f"-Dmedia_dir={media}", "-Dbench=false"],
                           check=True, stdout=subprocess.DEVNULL)
        self.remembered = tree / "noticed.tsv"
        self.noticed_by = {row[0]: row[1:] for row in read_table(self.remembered)} if self.remembered.exists() else {}
        self.environment = dict(os.environ, REFRAIN_TEST_SHARED=media_dir_of(self.build), REFRAIN_TEST_SOURCE=str(tree),
                                REFRAIN_TEST_BUILD=str(self.build),
                                REFRAIN_TEST_ESCAPE_WORKER=str(self.build / "tests/fault/escape-worker"))

    def make(self, targets):
        """What ninja says; None: all is built."""
        made = subprocess.run(["ninja", "-C", self.build, *targets], capture_output=True, text=True, check=False)
        return made.stdout[-2000:] if made.returncode != 0 else None

    def run(self, program, only="*"):
        """What failed; None: nothing did."""
        try:
            done = subprocess.run([self.build / program, "--gtest_brief=1", "--gtest_fail_fast", f"--gtest_filter={only}"],
                                  check=False, capture_output=True, text=True, errors="replace", timeout=LONGEST_TEST_S,
                                  cwd=self.build, env=self.environment)
        except subprocess.TimeoutExpired:
            return "does not end"
        if done.returncode == 0:
            return None
        failed = [line.split("]")[1].split("(")[0].split(",")[0].strip() for line in done.stdout.splitlines() if "[  FAILED  ]" in line]
        return failed[0] if failed else "ends early"

    def notice(self, name, stage):
        """The program and the test that notice what was put in; None: nothing does."""
        program, test = self.noticed_by.get(name, (None, None))
        if program in TESTS[stage] and "." in test:
            self.make_faulty(program, stage)
            if self.run(program, test) is not None:
                return program, test
        for program in TESTS[stage]:
            self.make_faulty(program, stage)
            test = self.run(program)
            if test is not None:
                return program, test
        return None

    def make_faulty(self, program, stage):
        problem = self.make([program] + HELPERS.get(stage, []))
        if problem is not None:
            raise SyntaxError(problem)

    def try_fault(self, name, place, text, replacement):
        place.path.write_text(place.contents.replace(text, replacement), encoding="utf-8")
        try:
            found = self.notice(name, place.stage)
        except SyntaxError as problem:
            sys.stderr.write(f"{name}: '{replacement}' does not compile\n{problem}\n")
            sys.exit(2)
        finally:
            place.path.write_text(place.contents, encoding="utf-8")
        if found is not None:
            self.noticed_by[name] = found
            rows = [f"{fault}\t{program}\t{test}\n" for fault, (program, test) in sorted(self.noticed_by.items())]
            self.remembered.write_text("".join(rows), encoding="utf-8")
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("copy", nargs="?", help="not needed with --check")
    parser.add_argument("--stage", choices=sorted(TESTS))
    parser.add_argument("--only", default="")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    table = [row for row in read_table(pathlib.Path(__file__).parent / "faults.tsv") if args.only in row[0]]
    places_of(ROOT, table)
    print(f"{len(table)} faults, each in its place", flush=True)
    if args.check:
        return 0
    if args.copy is None:
        parser.error("where is the copy?")
    copy = Copy(pathlib.Path(args.copy).resolve())
    faults = [(row, place) for row, place in zip(table, places_of(copy.tree, table)) if args.stage in (None, place.stage)]
    stages = {place.stage for _, place in faults}
    problem = copy.make(sorted({target for stage in stages for target in TESTS[stage] + HELPERS.get(stage, [])}))
    if problem is not None:
        sys.exit(f"the copy does not compile without a fault\n{problem}")
    ends = time.monotonic() + 60 * args.minutes
    tried = noticed = 0
    for (name, _, text, replacement), place in faults:
        if time.monotonic() > ends:
            break
        found = copy.try_fault(name, place, text, replacement)
        tried += 1
        noticed += found is not None
        by = f"{pathlib.Path(found[0]).name}: {found[1]}" if found else "-"
        print(f"{'noticed' if found else 'MISSED'}\t{place.stage}\t{name}\t{by}", flush=True)
    print(f"noticed {noticed} of {tried}; not tried {len(faults) - tried}")
    return 0 if tried and noticed >= 0.95 * tried else 1


if __name__ == "__main__":
    sys.exit(main())
