#!/usr/bin/env python3
"""Counts the test cases in Meson's JUnit report and prints `N passed, N failed[, N skipped]`.

    count_tests.py REPORT STATUS

GoogleTest programs count case by case, scripts as one each. STATUS is the exit code of
`meson test`. Exits 1 on any failure, when nothing ran, or when STATUS is not 0.
"""

import sys
import xml.etree.ElementTree as ElementTree


def reason_of(case):
    """Why a case was skipped: the element's own text, or the first telling line of its output."""
    skipped = case.find("skipped")
    text = " ".join(filter(None, (skipped.get("message"), skipped.text))).strip()
    output = case.findtext("system-out") or ""
    lines = [line.strip() for line in (text or output).splitlines() if line.strip()]
    telling = [line for line in lines if "SKIP" in line.upper()]
    return (telling or lines or ["no reason given"])[0]


def count(path):
    passed, failed, skipped = 0, [], []
    for suite in ElementTree.parse(path).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            name = f"{suite.get('name')} {case.get('classname') or ''} {case.get('name')}"
            if case.find("failure") is not None or case.find("error") is not None:
                failed.append(name)
            elif case.find("skipped") is not None:
                skipped.append((name, reason_of(case)))
            else:
                passed += 1
    return passed, failed, skipped


def main():
    path, status = sys.argv[1], int(sys.argv[2])
    try:
        passed, failed, skipped = count(path)
    except (OSError, ElementTree.ParseError) as error:
        print(f"no test report: {error}", file=sys.stderr)
        passed, failed, skipped = 0, [], []
    for name, reason in skipped:
        print(f"SKIPPED  {name}: {reason}", file=sys.stderr)
    for name in failed:
        print(f"FAILED   {name}", file=sys.stderr)
    # A program that crashed or timed out leaves no failed case of its own.
    failures = len(failed) or (1 if status != 0 else 0)
    if passed + failures == 0:
        print("no test ran", file=sys.stderr)
    line = f"{passed} passed, {failures} failed"
    print(line + (f", {len(skipped)} skipped" if skipped else ""))
    return 1 if failures or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
