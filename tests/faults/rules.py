#!/usr/bin/env python3
"""Prints for each rule what its test sees: with the rules that ship, with this one halved, and with it doubled.

    rules.py BUILD_DIR

The tests that watch rules are run; each prints a line for each of its rules. A field of a rules struct that no line names,
and a rule whose halves or doubles change nothing, are told last. Exit: 0 each rule is watched both ways; 1 one is not.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Header with the struct, its name, the program that watches it.
STRUCTS = [
    ("src/align/time_rules.h", "TimeRules", "tests/unit/unit_align"),
    ("src/align/placement_rules.h", "PlacementRules", "tests/unit/unit_align"),
    ("src/verdict/score_rules.h", "ScoreRules", "tests/unit/unit_verdict"),
    ("src/match/match_rules.h", "MatchRules", "tests/unit/unit_match"),
]
FIELD = re.compile(r"^    (?:[\w:]+(?:<[^>]*>)?) (\w+)(?: = [^;]+|\{[^}]*\});")


def fields_of(header, name):
    body = (ROOT / header).read_text(encoding="utf-8").split(f"struct {name} {{")[1].split("\n};")[0]
    return [match[1] for match in map(FIELD.match, body.splitlines()) if match]


def watched(program, name):
    """By rule: what its case tells as shipped, halved and doubled."""
    done = subprocess.run([program, f"--gtest_filter=*{name}Watched*"], capture_output=True, text=True, check=False)
    lines = [line.split("\t")[1:] for line in done.stdout.splitlines() if line.startswith("RULE\t")]
    return {line[0]: line[1:] for line in lines}


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    problems = []
    count = 0
    print("struct\trule\tas shipped\thalved\tdoubled")
    for header, name, program in STRUCTS:
        if not (ROOT / header).exists():
            continue
        seen = watched(build / program, name)
        for field in fields_of(header, name):
            count += 1
            if field not in seen:
                problems.append(f"{name}::{field}: no test watches it")
                continue
            shipped, halved, doubled = seen[field]
            print(f"{name}\t{field}\t{shipped}\t{halved}\t{doubled}")
            for factor, outcome in (("halved", halved), ("doubled", doubled)):
                if outcome == shipped:
                    problems.append(f"{name}::{field}: {factor} is not noticed")
    print(f"{count} rules, {len(problems)} not noticed both ways")
    print("\n".join(problems))
    return 1 if problems or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
