#!/usr/bin/env python3
"""Checks what no compiler does: length of files, their names and those of headers, paths of one
machine, line ends.

Usage: file_rules.py SOURCE_ROOT
Exit: 0 all hold; 1 some do not, one line each; 2 nothing to check.
"""

import pathlib
import re
import sys

from source_files import source_files, text_files

MAX_LINES = 600
# Headers that may have the name of another one, each with its reason.
MAY_BE_TWINS = {"catalogue.h": "the store's interface, and what the library shows of it"}
LENGTH_SUFFIXES = {".h", ".cpp", ".py", ".sh"}
DUMPING_GROUNDS = re.compile(r"^(utils?|common|misc|helpers?)$")
# Folders of people, and a check-out's own place, which is looked up below.
HOME_FOLDER = re.compile(r"(?<![\w.])/(home|Users)/\w+")
# Places that a text may well name although a check-out can lie in them.
SHARED_PLACES = {"/", "/tmp", "/usr", "/usr/src", "/opt", "/srv", "/var", "/var/tmp", "/root", "/home"}


def name_problems(root, path):
    parts = path.relative_to(root).parts
    stems = list(parts[:-1]) + [path.name.split(".")[0]]
    return [f"'{stem}' says nothing: name it after what is inside" for stem in stems if DUMPING_GROUNDS.match(stem)]


def twin_problems(root, files):
    """Headers of the source tree that have the name of another one."""
    first = {}
    problems = []
    for path in files:
        if path.suffix == ".h" and path.relative_to(root).parts[0] in ("include", "src") and path.name not in MAY_BE_TWINS:
            other = first.setdefault(path.name, path)
            if other is not path:
                problems.append((path, f"{other.relative_to(root)} has the same name: say what differs"))
    return problems


def own_places(root):
    """The absolute folders of this check-out that no tracked text may name."""
    # One component alone, such as /src, is part of many a relative path and names nobody's machine.
    places = {str(place) for place in (root, root.parent) if len(place.parts) > 2}
    return sorted(place for place in places if place not in SHARED_PLACES)


def text_problems(path, text, places):
    problems = []
    lines = text.splitlines()
    if path.suffix in LENGTH_SUFFIXES and len(lines) > MAX_LINES:
        problems.append(f"{len(lines)} lines; split it, {MAX_LINES} is the limit")
    if path.suffix == ".h" and "#pragma once" not in text:
        problems.append("a header without #pragma once")
    if text and not text.endswith("\n"):
        problems.append("no newline at the end")
    for number, line in enumerate(lines, start=1):
        if path.suffix != ".md" and line != line.rstrip():
            problems.append(f"line {number}: blanks at the end")
        if HOME_FOLDER.search(line) or any(re.search(r"(?<![\w.-])" + re.escape(place) + r"(?![\w-])", line)
                                           for place in places):
            problems.append(f"line {number}: names a folder of one machine")
    return problems


def is_golden(root, path):
    return "golden" in path.relative_to(root).parts and path.suffix != ".cpp"


def check(root):
    root = pathlib.Path(root).resolve()
    places = own_places(root)
    files = source_files(root)
    problems = []
    for path in files:
        problems += [(path, problem) for problem in name_problems(root, path)]
    problems += twin_problems(root, files)
    for path in text_files(root):
        if is_golden(root, path):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        problems += [(path, problem) for problem in text_problems(path, text, places)]
    return len(files), [f"{path.relative_to(root)}: {problem}" for path, problem in problems]


def main():
    if len(sys.argv) != 2:
        sys.stderr.write(__doc__)
        return 2
    count, problems = check(sys.argv[1])
    for problem in problems:
        print(problem)
    print(f"{count} files, {len(problems)} problems")
    return 2 if count == 0 else 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
