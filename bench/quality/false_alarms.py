#!/usr/bin/env python3
"""Expected against observed false alarms: how often unrelated queries score s or more, beside 10^-s.

    false_alarms.py --refrain PATH --manifest CSV [--strangers DIR ...] [--related NAME=NAME ...] [--keep DIR]
    false_alarms.py --answers FILE.jsonl --manifest CSV [--strangers DIR ...] [--related NAME=NAME ...]

The manifest has the columns file, media, role and tier. Its `known` items are made known; the `benign` ones and
every file below a folder of --strangers are looked up. Then the other way round: the unrelated ones are made known,
the known ones looked up. Tiers in --near show nearly the same picture as a known item: what they score is
no false alarm, and they are reported apart. --related names pairs of files of which one shows the other.

A look-up's score is the highest among its matches by `find --json --min-score 0`; the table is made for the whole answer and
for every kind of evidence in it, whatever these are. The score is -log10 of the expected false alarms of a
look-up, so of n look-ups n * 10^-s should reach s. `at most` is the upper end of the 95 % interval of
the observed rate (Clopper and Pearson): where it lies under 10^-s, the model is on the safe side; where
nothing was observed and it lies above, there were too few look-ups to tell. Exit 1: the lower end of the interval lies
above 10^-s at some s, so the score promises too much. Standard library only.
"""
import argparse
import csv
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

THRESHOLDS = range(0, 11)
NEAR = ["same_place", "same_camera", "shared_ident"]


def tail(count, of, rate):
    """Chance of `count` or more hits in `of` look-ups at `rate` each."""
    if count <= 0 or rate >= 1:
        return 1.0
    if rate <= 0:
        return 0.0
    logs = [math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1)
            + k * math.log(rate) + (of - k) * math.log1p(-rate) for k in range(count)]
    return max(0.0, 1 - sum(map(math.exp, logs)))


def bound(count, of, goal):
    """The rate at which `count` or more hits have the chance `goal`, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if tail(count, of, middle) < goal else (low, middle)
    return low


def interval(count, of):
    lower = 0.0 if count == 0 else bound(count, of, 0.025)
    return lower, 1.0 if count == of else bound(count + 1, of, 0.975)


def run(command, stdin=None):
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, 3):
        sys.exit(f"failed with {done.returncode}: {' '.join(command)}\n{done.stderr[-500:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def look_up(args, files, work):
    """Answers for all files: each among the known items, these among the unrelated ones."""
    def names(is_wanted):
        return "\n".join(path for path, (group, _) in files.items() if is_wanted(group))

    answers = []
    for corpus, is_known, is_query in (("known", "known".__eq__, "known".__ne__), ("swapped", "unrelated".__eq__, "known".__eq__)):
        common = ["--quiet", "--json", "--corpus", os.path.join(work, corpus), "--list", "-"]
        run([args.refrain, "add", *common], names(is_known))
        answers += run([args.refrain, "find", *common, "--effort", args.effort, "--min-score", "0", "--max-matches", "1000"],
                       names(is_query))
    return answers


def best_scores(answer, related):
    """The highest score by kind of evidence, and under "all"."""
    best = {"all": -math.inf}
    query = os.path.basename(answer["input"])
    for match in answer["matches"]:
        if {query, match["name"]} in related:
            continue
        for kind in [*match["evidence"], "all"]:
            best[kind] = max(best.get(kind, -math.inf), match["score"])
    return best


def print_table(title, scores, is_judged=True):
    """Returns whether no threshold is reached more often than promised."""
    holds = True
    count = len(scores)
    print(f"\n{title}: {count} look-ups")
    print(f"{'s':>4} {'expected':>10} {'observed':>9} {'10^-s':>9} {'rate':>9} {'at most':>9}")
    for s in THRESHOLDS:
        hits = sum(score >= s for score in scores)
        lower, upper = interval(hits, count)
        is_promise_kept = not is_judged or lower <= 10.0 ** -s
        holds = holds and is_promise_kept
        print(f"{s:>4} {count * 10.0 ** -s:>10.3g} {hits:>9} {10.0 ** -s:>9.1e} {hits / count:>9.1e} {upper:>9.1e}"
              f"{'' if is_promise_kept else '  MORE THAN EXPECTED'}")
    return holds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refrain")
    parser.add_argument("--manifest", required=True)
    parser.add_argument("--strangers", nargs="*", default=[])
    parser.add_argument("--near", nargs="*", default=NEAR)
    parser.add_argument("--related", nargs="*", default=[])
    parser.add_argument("--effort", default="normal")
    parser.add_argument("--answers", help="lines of find --json --min-score 0 instead of running it")
    parser.add_argument("--keep", help="folder to keep the answers in")
    args = parser.parse_args()
    if bool(args.refrain) == bool(args.answers):
        parser.error("give one of --refrain and --answers")

    root = pathlib.Path(args.manifest).resolve().parent
    files = {}
    for row in csv.DictReader(open(args.manifest, encoding="utf-8")):
        group = "known" if row["role"] == "known" else row["tier"] if row["tier"] in args.near else "unrelated"
        files[str(root / row["file"])] = (group, row["media"])
    for folder in args.strangers:
        for path in sorted(pathlib.Path(folder).resolve().rglob("*")):
            if path.is_file() and path.suffix != ".md":
                files[str(path)] = ("unrelated", "image")

    if args.answers:
        answers = [json.loads(line) for line in open(args.answers, encoding="utf-8")]
    else:
        with tempfile.TemporaryDirectory() as work:
            answers = look_up(args, files, args.keep or work)
        if args.keep:
            with open(os.path.join(args.keep, "answers.jsonl"), "w", encoding="utf-8") as out:
                out.writelines(json.dumps(answer) + "\n" for answer in answers)

    related = [set(pair.split("=")) for pair in args.related]
    groups, refused = {}, 0
    for answer in answers:
        if answer["error"] is not None:
            refused += 1
            continue
        group, media = files[answer["input"]]
        groups.setdefault("unrelated" if group == "known" else group, []).append((media, best_scores(answer, related)))
    print(f"{len(answers)} look-ups, {refused} refused")

    unrelated = groups.get("unrelated", [])
    if not unrelated:
        sys.exit("nothing unrelated was looked up")
    kinds = sorted({kind for _, best in unrelated for kind in best if kind != "all"})
    holds = print_table("unrelated, whole answer", [best["all"] for _, best in unrelated])
    for media in sorted({media for media, _ in unrelated}):
        holds &= print_table(f"unrelated, {media}s", [best["all"] for kind, best in unrelated if kind == media])
    for kind in kinds:
        holds &= print_table(f"unrelated, evidence {kind}", [best.get(kind, -math.inf) for _, best in unrelated])
    for name in sorted(set(groups) - {"unrelated"}):
        print_table(f"{name}, nearly the same picture", [best["all"] for _, best in groups[name]], is_judged=False)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
