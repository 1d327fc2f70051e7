#!/usr/bin/env python3
"""Checks that what was built carries the hardening that SECURITY.md promises.

    hardening.py READELF fortified|plain FILE...

FILE is a program, a shared library, or a static library of our own. The first two must be position-independent,
bind all symbols before they run and keep them read-only (full RELRO), have no executable stack and no segment that
is written and executed, guard their stack, and call checked variants of the C library where they are `fortified`.
On x86-64 each object of a static library must be marked for control-flow protection. Programs are not: their mark
is what all their objects have in common, and the C library's start code has none in Debian 12.
"""

import re
import subprocess
import sys


PROGRAM_TEXTS = {"header": "-h", "segments": "-l", "dynamic": "-d", "symbols": "--dyn-syms"}


def segment_flags(segments, kind):
    """Flags of the segments of a kind, such as `R E`."""
    row = re.compile(r"^\s+" + kind + r"\s+(?:0x[0-9a-f]+\s+){5}([RWE ]{3})", re.M)
    return [match[1] for match in row.finditer(segments)]


def archive_objections(notes):
    """What is missing in a static library, of the text that readelf gives for `-nW`."""
    objects = re.split(r"(?m)^File: ", notes)[1:]
    bare = [text.splitlines()[0] for text in objects if not re.search(r"x86 feature:.*IBT.*SHSTK", text)]
    return [f"no control-flow protection: {name}" for name in bare] if objects else ["no objects"]


def objections(report, is_fortified):
    """What is missing in a program, of the texts that readelf gives for each of PROGRAM_TEXTS."""
    found = []
    if not re.search(r"Type:\s+DYN", report["header"]):
        found.append("not position-independent")
    if not segment_flags(report["segments"], "GNU_RELRO"):
        found.append("no RELRO")
    if not re.search(r"\(FLAGS_1\).*\bNOW\b|\(FLAGS\).*\bBIND_NOW\b|\(BIND_NOW\)", report["dynamic"]):
        found.append("symbols are bound late: RELRO is not full")
    stack = segment_flags(report["segments"], "GNU_STACK")
    if not stack or any("E" in flags for flags in stack):
        found.append("an executable stack")
    if any("W" in flags and "E" in flags for flags in segment_flags(report["segments"], "LOAD")):
        found.append("memory that is written and executed")
    if "__stack_chk_fail" not in report["symbols"]:
        found.append("no stack protector")
    if is_fortified and not re.search(r"\b__\w+_chk\b", report["symbols"].replace("__stack_chk_fail", "")):
        found.append("no call of the C library is checked (FORTIFY)")
    return found


def text_of(readelf, option, file):
    return subprocess.run([readelf, option, "-W", file], check=True, capture_output=True, text=True).stdout


def check(readelf, file, is_fortified):
    if file.endswith(".a"):
        is_x86 = "X86-64" in text_of(readelf, "-h", file)
        return archive_objections(text_of(readelf, "-n", file)) if is_x86 else []
    return objections({name: text_of(readelf, option, file) for name, option in PROGRAM_TEXTS.items()}, is_fortified)


def main():
    if len(sys.argv) < 4:
        sys.stderr.write(__doc__)
        return 2
    readelf, kind, *files = sys.argv[1:]
    count = 0
    for file in files:
        for objection in check(readelf, file, kind == "fortified"):
            print(f"{file}: {objection}")
            count += 1
    print(f"{len(files)} files, {count} objections")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
