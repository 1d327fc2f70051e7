"""How edited copies and unrelated pictures are told apart by geometry alone.

    picture_pairs.py PROGRAM MEDIA QUERIES WORK [--matching mutual|all|ratio] [--except QUERY:KNOWN]

PROGRAM is build/bench/picture_pairs; MEDIA a folder with manifest.csv (id, file, media, role, tier)
and known and benign media; QUERIES one with truth.csv (query, media, attack, severity, known_id,
source_id, tier) and the edited pictures; WORK takes some gigabyte, kept for the next run. Prints
for each kind of wrong pair the highest scores, and for each edit the share of right pairs above the
highest of benign queries (recall at zero false positives), and above 4, 6, 8 and 10. Wrong pairs:
the 20 known pictures with most points alike of each query; queries that carry the same logo,
caption or template; frames of other videos. `--except` names pairs that a look at the pictures
shows to be copies, by the ids of their originals.
"""

import argparse
import collections
import csv
import os
import subprocess

SHARED = {"border", "caption_band", "emoji", "letterbox", "logo", "meme", "phone_photo", "pillarbox",
          "social_post", "watermark"}


def read_csv(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def write_list(media, queries, path):
    lines = []
    for item in read_csv(os.path.join(media, "manifest.csv")):
        file = os.path.join(media, item["file"])
        if item["media"] == "image" and item["role"] == "known":
            lines.append(("known", item["id"], "image", "-", file))
        if item["media"] == "video":
            role = "known" if item["role"] == "known" else "query"
            lines.append((role, item["id"] + "|" + item["tier"], "video", "-", file))
    for row in read_csv(os.path.join(queries, "truth.csv")):
        if row["media"] != "image":
            continue
        name = "|".join((row["attack"] + ":" + row["severity"], row["tier"], row["source_id"],
                         os.path.basename(row["query"])))
        file = os.path.join(queries, row["query"])
        lines.append(("query", name, "image", row["known_id"] or "-", file))
        edit = (row["severity"] if row["attack"] == "edited_benign" else row["attack"]).split(":")[0]
        if edit in SHARED:
            lines.append(("known", name, "shared " + edit, "-", file))
            lines.append(("query", name, "shared " + edit, "-", file))
    with open(path, "w") as file:
        file.writelines("\t".join(line) + "\n" for line in lines)


def source_of(name):
    return name.split("|")[2] if name.count("|") >= 3 else name


def kind_of(row):
    """What the pair is, or None if query and known picture come from one original."""
    if row["group"] == "image":
        if row["right"] == "1":
            return "right"
        if source_of(row["query"]) == row["known"]:
            return None
        return "image, " + (row["query"].split("|")[1] or "edited copy and another known picture")
    if row["group"] == "video":
        return "frames, " + row["query"].split("|")[1].split("#")[0]
    return None if source_of(row["query"]) == source_of(row["known"]) else row["group"]


def best_of_views(rows, excepted):
    best = {}
    for row in rows:
        kind = kind_of(row)
        if kind is None or (source_of(row["query"]), row["known"]) in excepted:
            continue
        key = (row["query"], row["known"], kind)
        if key not in best or float(row["score"]) > float(best[key]["score"]):
            best[key] = row
    by_kind = collections.defaultdict(list)
    for (_, _, kind), row in best.items():
        by_kind[kind].append(row)
    for rows_of_kind in by_kind.values():
        rows_of_kind.sort(key=lambda row: -float(row["score"]))
    return by_kind


def print_wrong(by_kind):
    print("%-50s %6s %5s %5s  highest scores" % ("wrong pairs", "pairs", "> 6", "> 10"))
    for kind in sorted(by_kind):
        if kind != "right":
            scores = [float(row["score"]) for row in by_kind[kind]]
            print("%-50s %6d %5d %5d  %s" % (
                kind, len(scores), sum(s > 6 for s in scores), sum(s > 10 for s in scores),
                " ".join("%.1f" % s for s in scores[:5])))
            for row in by_kind[kind][:2]:
                if float(row["score"]) > 6:
                    print("    %s <> %s" % (row["query"], row["known"]))


def print_right(by_kind):
    zero = max(float(row["score"]) for row in by_kind["image, plain"])
    print("\nhighest score of a benign query: %.2f" % zero)
    bounds = (zero, 4, 6, 8, 10)
    edits = collections.defaultdict(list)
    for row in by_kind["right"]:
        edits[row["query"].split(":")[0]].append(row)
    print("%-14s %5s %s  lowest: score, inliers, spread, expected share, log10 chance" % (
        "edit", "pairs", " ".join("%6s" % text for text in ("R@0FP", ">4", ">6", ">8", ">10"))))
    means = [0.0] * len(bounds)
    for edit in sorted(edits):
        rows = edits[edit]
        shares = [sum(float(row["score"]) > b for row in rows) / len(rows) for b in bounds]
        means = [mean + share / len(edits) for mean, share in zip(means, shares)]
        low = rows[-1]
        print("%-14s %5d %s  %s" % (edit, len(rows), " ".join("%6.3f" % s for s in shares),
                                    " ".join(low[f] for f in ("score", "inliers", "spread",
                                                              "expected", "chance"))))
    print("%-14s %5d %s" % ("MEAN", len(edits), " ".join("%6.4f" % mean for mean in means)))


def main():
    parser = argparse.ArgumentParser()
    for name in ("program", "media", "queries", "work"):
        parser.add_argument(name)
    parser.add_argument("--matching", default="mutual")
    parser.add_argument("--except", dest="excepted", action="append", default=[])
    options = parser.parse_args()
    pairs = os.path.join(options.work, "pairs.bin")
    if not os.path.exists(pairs):
        list_path = os.path.join(options.work, "pictures.tsv")
        write_list(options.media, options.queries, list_path)
        subprocess.run([options.program, "extract", list_path, pairs + ".part"], check=True)
        os.rename(pairs + ".part", pairs)
    scored = subprocess.run([options.program, "score", pairs, "--matching", options.matching],
                            check=True, capture_output=True, text=True).stdout
    rows = list(csv.DictReader(scored.splitlines()))
    by_kind = best_of_views(rows, {tuple(pair.split(":")) for pair in options.excepted})
    print_wrong(by_kind)
    print_right(by_kind)
    times = sorted(float(row["us"]) for row in rows if row["right"] == "0")
    print("\nmicroseconds a wrong pair: median %.0f, mean %.0f, 99th percentile %.0f" % (
        times[len(times) // 2], sum(times) / len(times), times[len(times) * 99 // 100]))


if __name__ == "__main__":
    main()
