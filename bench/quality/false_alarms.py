#!/usr/bin/env python3
"""Expected against observed false alarms: how often unrelated queries score s or more, beside 10^-s.

    false_alarms.py --refrain PATH --manifest CSV [--strangers DIR ...] [--related NAME=NAME ...] [--keep DIR]
    false_alarms.py --answers FILE.jsonl --manifest CSV [--strangers DIR ...] [--related NAME=NAME ...]
    false_alarms.py --refrain PATH --manifest CSV --queries DIR [--leave-out] [--strangers DIR ...] [--keep DIR]

The manifest has the columns file, media, role and tier. Its `known` items are made known; the `benign` ones and
every file below a folder of --strangers are looked up. Then the other way round: the unrelated ones are made known,
the known ones looked up. Tiers in --near show nearly the same picture as a known item: what they score is
no false alarm, and they are reported apart. --related names pairs of files of which one shows the other.

With --queries the edited files of a folder are looked up instead of the manifest's benign ones: its truth.csv says which
known item each shows. Any other item in the answer is a false alarm, of edited copies too; but not one of the same family
whose source_path says same_photo. Each tier has a table of its own.
--leave-out looks every known item up in the corpus without it, too: twenty times a twentieth is removed and looked up.

A look-up's score is the highest among its matches by `find --json --similar --min-score 0`, so what the rules against
look-alikes leave of a score below the default counts; the table is made for the whole answer and
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
import shutil
import subprocess
import sys
import tempfile

THRESHOLDS = range(0, 11)
NEAR = ["same_place", "same_camera", "shared_ident", "same_photo", "shows_known"]
STRANGE = ["plain", "synthetic", "overlay"]
FOLDS = 20
FIND = ["--similar", "--min-score", "0", "--max-matches", "1000"]


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
    for corpus, is_known, is_query in (("known", "known".__eq__, "known".__ne__),
                                       ("swapped", "unrelated".__eq__, "known".__eq__)):
        common = ["--quiet", "--json", "--corpus", os.path.join(work, corpus), "--list", "-"]
        run([args.refrain, "add", *common], names(is_known))
        answers += run([args.refrain, "find", *common, "--effort", args.effort, *FIND],
                       names(is_query))
    return answers


def look_up_queries(args, files, work):
    """Answers for --queries among all known items, and with --leave-out for each known item among the others."""
    known = [path for path, (group, _) in files.items() if group == "known"]
    common = ["--quiet", "--json", "--corpus", os.path.join(work, "known")]
    added = run([args.refrain, "add", *common, "--list", "-"], "\n".join(known))
    ids = {line["input"]: line["id"] for line in added if line.get("id")}
    find = [args.refrain, "find", "--quiet", "--json", "--list", "-", "--effort", args.effort, *FIND]
    queries = [path for path, (group, _) in files.items() if group != "known"]
    answers = run([*find, "--corpus", common[-1]], "\n".join(queries))
    for fold in range(FOLDS if args.leave_out else 0):
        left = os.path.join(work, f"without_{fold}")
        shutil.copytree(common[-1], left)
        out = [path for path in known[fold::FOLDS] if path in ids]
        run([args.refrain, "remove", "--quiet", "--json", "--corpus", left, *(ids[path] for path in out)])
        answers += run([*find, "--corpus", left], "\n".join(out))
        shutil.rmtree(left)
    return answers


def read_truth(folder):
    """By query: its medium, tier and the known items that it shows."""
    truth = {}
    for row in csv.DictReader(open(os.path.join(folder, "truth.csv"), encoding="utf-8")):
        path = str(pathlib.Path(folder).resolve() / row["query"])
        query = truth.setdefault(path, (row["media"], row["tier"] or "edited copies", set()))
        if row["known_id"]:
            query[2].add(row["known_id"])
    return truth


def best_scores(answer, related, right=()):
    """The highest score by kind of evidence, and under "all"; matches named in `right` are none."""
    best = {"all": -math.inf}
    query = os.path.basename(answer["input"])
    for match in answer["matches"]:
        if {query, match["name"]} in related or match["name"] in right:
            continue
        for kind in [*match["evidence"], "all"]:
            best[kind] = max(best.get(kind, -math.inf), match["score"])
    return best


def print_table(title, scores, is_judged=True):
    """Returns whether no threshold is reached more often than promised."""
    holds = True
    count = len(scores)
    print(f"\n{title}: {count} look-ups")
    print(f"{'s':>4} {'expected':>10} {'observed':>9} {'10^-s':>9} {'rate':>9} {'at least':>9} {'at most':>9}")
    for s in THRESHOLDS:
        hits = sum(score >= s for score in scores)
        lower, upper = interval(hits, count)
        is_promise_kept = not is_judged or lower <= 10.0 ** -s
        holds = holds and is_promise_kept
        print(f"{s:>4} {count * 10.0 ** -s:>10.3g} {hits:>9} {10.0 ** -s:>9.1e} {hits / count:>9.1e} {lower:>9.1e} {upper:>9.1e}"
              f"{'' if is_promise_kept else '  MORE THAN EXPECTED'}")
    return holds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refrain")
    parser.add_argument("--manifest", required=True)
    parser.add_argument("--strangers", nargs="*", default=[])
    parser.add_argument("--queries", help="folder with truth.csv, looked up instead of the benign files")
    parser.add_argument("--media", help="only queries and known items of this kind: image or video")
    parser.add_argument("--leave-out", action="store_true")
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
    names, families = {}, {}
    for row in csv.DictReader(open(args.manifest, encoding="utf-8")):
        group = "known" if row["role"] == "known" else row["tier"] if row["tier"] in args.near else "unrelated"
        if args.queries and (group != "known" or args.media and row["media"] != args.media):
            continue
        names[row["id"]] = os.path.basename(row["file"])
        if "same_photo" in row.get("source_path", ""):
            families.setdefault(row["note"].rpartition("family=")[2], []).append(names[row["id"]])
        files[str(root / row["file"])] = (group, row["media"])
    truth = read_truth(args.queries) if args.queries else {}
    for path, (media, tier, _) in truth.items():
        if args.media and media != args.media:
            continue
        files[path] = (tier if tier in args.near else "unrelated" if tier in STRANGE else tier, media)
    for folder in args.strangers:
        for path in sorted(pathlib.Path(folder).resolve().rglob("*")):
            if path.is_file() and path.suffix != ".md":
                files[str(path)] = ("unrelated", "image")

    if args.answers:
        answers = [json.loads(line) for line in open(args.answers, encoding="utf-8")]
    else:
        with tempfile.TemporaryDirectory() as work:
            answers = (look_up_queries if args.queries else look_up)(args, files, work)
        if args.keep:
            with open(os.path.join(args.keep, "answers.jsonl"), "w", encoding="utf-8") as out:
                out.writelines(json.dumps(answer) + "\n" for answer in answers)

    related = [set(pair.split("=")) for pair in args.related]
    same = {name: set(family) for family in families.values() for name in family}
    groups, refused = {}, 0
    for answer in answers:
        if answer["error"] is not None:
            refused += 1
            continue
        group, media = files[answer["input"]]
        right = {names[item] for item in truth[answer["input"]][2]} if answer["input"] in truth else set()
        right |= set().union(*(same.get(name, set()) for name in [*right, os.path.basename(answer["input"])]))
        left_out = "known, each without itself" if args.queries else "unrelated"
        groups.setdefault(left_out if group == "known" else group, []).append((media, best_scores(answer, related, right)))
    print(f"{len(answers)} look-ups, {refused} refused")

    unrelated = groups.get("unrelated", [])
    if not unrelated and not args.queries:
        sys.exit("nothing unrelated was looked up")
    kinds = sorted({kind for _, best in unrelated for kind in best if kind != "all"})
    holds = not unrelated or print_table("unrelated, whole answer", [best["all"] for _, best in unrelated])
    for media in sorted({media for media, _ in unrelated}):
        holds &= print_table(f"unrelated, {media}s", [best["all"] for kind, best in unrelated if kind == media])
    for kind in kinds:
        holds &= print_table(f"unrelated, evidence {kind}", [best.get(kind, -math.inf) for _, best in unrelated])
    for name in sorted(set(groups) - {"unrelated"}):
        what = ", nearly the same picture" if name in args.near else ""
        print_table(name + what, [best["all"] for _, best in groups[name]], is_judged=False)
    pooled = sorted(set(groups) - {"unrelated", *args.near})
    if len(pooled) > 1:
        print_table("together: " + "; ".join(pooled), [best["all"] for name in pooled for _, best in groups[name]], is_judged=False)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
