#!/usr/bin/env python3
"""Prints how much of the public headers is comment, and how long functions and files of src are, and holds them to
what was promised: 40 % of the lines of include/refrain, 98 % of functions within 40 lines, 95 % of files within 300.

A comment line holds nothing else; blank lines are not counted. A function is a block of code as clang-format lays it
out: it opens at the end of a line and closes with a brace in the column in which it began.

Usage: shares.py SOURCE_ROOT [--longest N]
Exit: 0 all held; 1 some are not; 2 nothing to check.
"""

import argparse
import pathlib
import re
import sys

LEAST_COMMENT = 0.40
MOST_FUNCTION_LINES = 40
LEAST_SHORT_FUNCTIONS = 0.98
MOST_FILE_LINES = 300
LEAST_SHORT_FILES = 0.95

# What opens a block that is no function.
OTHER_BLOCK = re.compile(r"^\s*(}|namespace\b|extern\b|(typedef )?(struct|class|union|enum)\b|template <.*>\s*(struct|class)\b"
                         r"|if\b|for\b|while\b|do\b|switch\b|else\b|try\b|case\b|default\b|#|//)")
# Types and initialisers: `= {`, `Name name{`.
INITIALISER = re.compile(r"(=|,|\(|return|\w)\s*{+$")


def comment_share(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return sum(line.startswith("//") for line in lines), len(lines)


def functions(text):
    """(number of the first line, length in lines) of each function."""
    lines = text.splitlines()
    found = []
    at = 0
    while at < len(lines):
        end = function_end(lines, at)
        if end is None:
            at += 1
        else:
            found.append((at + 1, end - at + 1))
            at = end + 1
    return found


def function_end(lines, at):
    """The last line of the function whose declaration begins at a line; none: there is none."""
    first = lines[at]
    indent = len(first) - len(first.lstrip())
    if not first.strip() or indent not in (0, 2, 4, 8) or OTHER_BLOCK.match(first):
        return None
    opening = at
    while opening < len(lines) and not lines[opening].rstrip().endswith("{"):
        line = lines[opening].rstrip()
        if not line or line.endswith((";", "}")) or opening - at > 12:
            return None
        opening += 1
    if opening == len(lines) or "(" not in "".join(lines[at:opening + 1]):
        return None
    head = lines[opening].rstrip()
    if INITIALISER.search(head) and not re.search(r"(\)|const|noexcept|override|final|->.*|&)\s*{$", head):
        return None
    for end in range(opening + 1, len(lines)):
        if lines[end].startswith(" " * indent + "}") and not lines[end][indent + 1:indent + 2].strip(";,)"):
            return end
    return None


def report(name, part, all_of_them, least):
    share = part / all_of_them
    print(f"{name}: {part} of {all_of_them}, {100 * share:.1f} % (at least {100 * least:.0f} %)")
    return share >= least


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--longest", type=int, default=0, help="so many of the longest functions and files, too")
    arguments = parser.parse_args()
    headers = sorted((arguments.root / "include" / "refrain").glob("*.h"))
    files = sorted(path for path in (arguments.root / "src").rglob("*") if path.suffix in (".h", ".cpp"))
    if not headers or not files:
        print("nothing was checked: is the argument the root of the source tree?")
        return 2
    comments = [comment_share(path.read_text(encoding="utf-8")) for path in headers]
    lengths = [(len(path.read_text(encoding="utf-8").splitlines()), str(path)) for path in files]
    blocks = [(length, f"{path}:{line}") for path in files for line, length in functions(path.read_text(encoding="utf-8"))]
    held = [
        report("comment lines of the public headers", sum(part for part, _ in comments), sum(lines for _, lines in comments),
               LEAST_COMMENT),
        report(f"functions within {MOST_FUNCTION_LINES} lines", sum(length <= MOST_FUNCTION_LINES for length, _ in blocks),
               len(blocks), LEAST_SHORT_FUNCTIONS),
        report(f"files within {MOST_FILE_LINES} lines", sum(length <= MOST_FILE_LINES for length, _ in lengths), len(lengths),
               LEAST_SHORT_FILES),
    ]
    for length, place in sorted(blocks, reverse=True)[:arguments.longest] + sorted(lengths, reverse=True)[:arguments.longest]:
        print(f"{length:5} {place}")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
