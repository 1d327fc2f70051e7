#!/usr/bin/env python3
"""Fits the sums of verdict/copy_evidence: what each measure of a place says of copy or look-alike.

    copy_evidence.py --set PLACES.jsonl TRUTH.csv MANIFEST.csv [--set ...] [--film-set ...] [--out TABLE.inc]
                     [--cell-out TABLE.inc]

From making the sets to the table; EVAL has the generators attacks.py, extended_attacks.py and graphics.py, MEDIA the
set with its manifest, BUILD a build with -Dbench=true:

    python3 EVAL/graphics.py --seed 1 --kinds dev --photos MEDIA/images --out graphics
    python3 EVAL/attacks.py --manifest MEDIA/manifest.csv --media image --out image
    python3 EVAL/attacks.py --manifest MEDIA/manifest.csv --extra EVAL/extended_attacks.py --benign-twins 2 \\
        --media image --seed 1 --per-variant 6 --out extended
    python3 EVAL/attacks.py --manifest MEDIA/manifest.csv --media video --out video
    PYTHONPATH=EVAL:bench/quality python3 EVAL/graphics.py --seed 1 --kinds halves --photos MEDIA/images --out halves --families 6
    for set in graphics halves MEDIA; do
        awk -F, -v root=$set '$4 == "known" {print root "/" $2}' $set/manifest.csv |
            BUILD/src/cli/refrain add --corpus known_$(basename $set) --list -
    done
    find graphics/queries/images graphics/queries/videos -type f | BUILD/bench/place_measures known_graphics > graphics.jsonl
    find image/images extended/images video/videos -type f | BUILD/bench/place_measures known_MEDIA > media.jsonl
    find halves/queries/images -type f | BUILD/bench/place_measures known_halves > halves.jsonl
    grep -v form_filled halves/manifest.csv > halves/fitted.csv
    copy_evidence.py --out copy_evidence_table.inc --cell-out cell_evidence_table.inc \\
        --set graphics.jsonl graphics/queries/truth.csv graphics/manifest.csv \\
        --set halves.jsonl halves/queries/truth.csv halves/fitted.csv \\
        --set media.jsonl image/truth.csv MEDIA/manifest.csv \\
        --set media.jsonl extended/truth.csv MEDIA/manifest.csv \\
        --film-set media.jsonl video/truth.csv MEDIA/manifest.csv

A place of the right known item speaks for a copy, one of another for a look-alike; with a query that has several
places in a right item only the best counts. Left out: pairs that rightly show the same (tiers in SAME, items of a
kind same_photo, and --related), and, where the query is a copy of a photo, its other items.

A measure's term is a broken line over its KNOTS; its steps are bounded to rise or fall throughout. They are found by
logistic regression, one coordinate at a time by Newton's method, with a quadratic penalty. Cross-validation leaves out
one family after the other: the kind of a graphic; photos and films in twenty groups by their ids. Of each it prints the
queries with a look-alike above the bound, and the copies below it; of families without any it prints none. The sums are
moved so that 0 lies at the bound. A --film-set serves the films' sum alone, a --set both. Needs NumPy.
"""
import argparse
import collections
import csv
import json
import os
import re

import numpy

SAME = {"same_photo", "shared_ident", "shows_known"}
# The share of lone points of a photo, as in verdict/copy_evidence.cpp.
PHOTO = 0.55
# Mean distance of cells that are no copy's to the bit, and the share of unlike cells beside a cover that is full disagreement.
CLEAN = 0.4
SCATTERED = 0.08


def repeated(place):
    return max(0.0, 1 - place["lone"] / PHOTO)


def contradicted(place):
    """Where what agrees agrees exactly, nothing but other content explains what is torn beside a cover."""
    clean = max(0.0, 1 - place.get("cells_distance", CLEAN) / CLEAN)
    return clean * place["torn"] * min(1.0, place.get("cells_unlike_elsewhere", 0) / SCATTERED)


DERIVED = {
    "contradicted": contradicted,
    "repeated_and_torn": lambda place: repeated(place) * place["torn"],
    "repeated_and_lost": lambda place: repeated(place) * (1 - place["found"]),
    "repeated_and_unlike": lambda place: repeated(place) * place.get("cells_unlike", 0),
    "repeated_and_mixed": lambda place: repeated(place) * place.get("cells_mixed", 0),
}
# By measure: the corners of its line, and whether it rises (+1) or falls (-1).
PICTURE_KNOTS = {
    "rarity": ([5, 10, 20, 40, 80, 130, 200], +1),
    "share": ([0.02, 0.08, 0.16, 0.25, 0.35, 0.5, 0.7], +1),
    "spread": ([0.3, 0.5, 0.7, 0.85, 1], +1),
    "torn": ([0, 0.06, 0.12, 0.2, 0.3, 0.45, 0.65], -1),
    "blank": ([0, 0.1, 0.25, 0.45, 0.65], -1),
    "overlap_known": ([0.1, 0.24, 0.4, 0.7, 1], +1),
    "overlap_query": ([0.1, 0.25, 0.5, 0.8, 1], +1),
    "found": ([0.1, 0.25, 0.4, 0.55, 0.7, 0.85], +1),
    "unlike": ([0, 0.06, 0.12, 0.2, 0.3, 0.5], -1),
    "lone": ([0.1, 0.25, 0.35, 0.45, 0.6, 0.8], +1),
    "repeated_and_torn": ([0, 0.05, 0.1, 0.2, 0.4], -1),
    "repeated_and_lost": ([0, 0.1, 0.2, 0.3, 0.5], -1),
}
CELL_KNOTS = {
    "cells_like": ([0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1], +1),
    "cells_unlike": ([0, 0.01, 0.03, 0.06, 0.12, 0.2, 0.35], -1),
    "cells_distance": ([0.1, 0.25, 0.4, 0.6, 0.8, 1.1], -1),
    "cells_torn": ([0, 0.01, 0.05, 0.15, 0.3], -1),
    "cells_mixed": ([0, 0.01, 0.02, 0.035, 0.06, 0.1], -1),
    "cells_mixed_extra": ([0, 0.01, 0.03, 0.08, 0.2], -1),
    "cells_outline": ([0.3, 0.6, 0.8, 0.9, 1], +1),
    "repeated_and_unlike": ([0, 0.01, 0.03, 0.08, 0.15], -1),
    "repeated_and_mixed": ([0, 0.005, 0.015, 0.03, 0.06], -1),
}
FILM_KNOTS = {name: PICTURE_KNOTS[name] for name in ("share", "spread", "torn", "found", "unlike", "lone")}
FILM_KNOTS["rarity_of_point"] = ([0.1, 0.2, 0.4, 0.7, 1], +1)
# With cells beside the points, where both sides have what it takes.
# What a place is seldom by must not outweigh what cells contradict: large templates have many points.
PICTURE_CELL_KNOTS = {**PICTURE_KNOTS, **CELL_KNOTS, "rarity": ([5, 10, 20, 40], +1),
                      "rarity_of_point": FILM_KNOTS["rarity_of_point"], "contradicted": ([0, 0.04, 0.08, 0.12, 0.2], -1)}
FILM_CELL_KNOTS = {**FILM_KNOTS, **CELL_KNOTS}
# Changes of less than this between two corners are left out of the table.
LEAST_GAIN = 0.02


def read_items(manifest):
    """Known items by the name under which they were added."""
    with open(manifest, encoding="utf-8") as rows:
        return {os.path.basename(row["file"]): row for row in csv.DictReader(rows) if row["role"] == "known"}


def read_truth(path):
    """Rows of truth by query, a path below the folder of the truth."""
    truth = collections.defaultdict(list)
    with open(path, encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            truth[row["query"]].append(row)
    return truth


def family_of(item):
    """The kind of a graphic; one of twenty groups of photos and films."""
    return item["source_path"] if item["source_repo"] == "generated" else "group " + item["id"][:2] + item["id"][-1]


def is_same(item, rows, wrong_is_certain):
    """Whether a place in an item that a query is no copy of says nothing."""
    return (rows[0]["tier"] in SAME or "same_photo" in item["source_path"] or
            not wrong_is_certain and any(row["known_id"] for row in rows))


def read_places(source, related):
    """Places of one set, each with `is_copy`, `family` and the query's row of truth."""
    places_file, truth_file, manifest = source
    truth, items = read_truth(truth_file), read_items(manifest)
    folder = os.path.basename(os.path.dirname(os.path.abspath(truth_file)))
    places = []
    with open(places_file, encoding="utf-8") as lines:
        for line in lines:
            place = json.loads(line)
            parts = place["query"].split(os.sep)
            rows = truth.get(os.sep.join(parts[-2:])) if len(parts) < 3 or parts[-3] == folder else None
            item = items.get(place["item"])
            if not rows or item is None:
                continue
            place["is_copy"] = item["id"] in {row["known_id"] for row in rows}
            if not place["is_copy"] and (item["id"] in related or is_same(item, rows, item["source_repo"] == "generated")):
                continue
            place.update(set=truth_file, family=family_of(item), attack=rows[0]["attack"] or rows[0]["tier"])
            place.update({name: of(place) for name, of in DERIVED.items()})
            places.append(place)
    return places


def choose(places, is_film, least_score, least_rarity, with_cells=False):
    """Those to fit on: of a picture's copies the best place each; of a film the best each frame, weighing together as
    the root of their number."""
    best = {}
    for place in places:
        if with_cells and "cells" not in place or place["is_film"] != is_film or place["score"] < least_score or place["rarity"] < least_rarity:
            continue
        key = (place["set"], place["query"], place["item"])
        if is_film:
            key += (place["query_frame"], place["is_mirrored"])
        elif not place["is_copy"]:
            key += (place["is_mirrored"],)
        if key not in best or (place["score"], place["rarity"]) > (best[key]["score"], best[key]["rarity"]):
            best[key] = place
    chosen = list(best.values())
    count = collections.Counter((place["query"], place["item"]) for place in chosen)
    weights = [count[place["query"], place["item"]] ** -0.5 if is_film else 1.0 for place in chosen]
    return chosen, numpy.array(weights)


def columns_of(places, knots):
    """A column of ones, then one a step of a measure: which part of the step is taken, 0..1."""
    columns, steps = [numpy.ones(len(places))], [None]
    for name, (corners, sign) in knots.items():
        values = numpy.array([place[name] for place in places], float)
        for begin, end in zip(corners[:-1], corners[1:]):
            columns.append(numpy.clip((values - begin) / (end - begin), 0, 1))
            steps.append((name, begin, end, sign))
    return numpy.stack(columns, 1), steps


def fit(columns, is_copy, weights, steps, penalty, rounds=250, start=None):
    """Gains of the steps, the intercept first."""
    gains = numpy.zeros(columns.shape[1]) if start is None else start.copy()
    sums = columns @ gains
    for _ in range(rounds):
        largest = 0.0
        for j, step in enumerate(steps):
            chance = 1 / (1 + numpy.exp(-numpy.clip(sums, -30, 30)))
            own = penalty if step else 0.0
            slope = (weights * columns[:, j] * (is_copy - chance)).sum() - own * gains[j]
            curve = (weights * columns[:, j] ** 2 * chance * (1 - chance)).sum() + own + 1e-6
            gain = gains[j] + numpy.clip(slope / curve, -2, 2)
            if step:
                gain = max(0.0, gain) if step[3] > 0 else min(0.0, gain)
            change = gain - gains[j]
            sums += columns[:, j] * change
            gains[j] = gain
            largest = max(largest, abs(change))
        if largest < 2e-3:
            break
    return gains


def cross_validate(places, weights, knots, penalty):
    """The gains on all, and the sum of each place by those fitted without its family."""
    columns, steps = columns_of(places, knots)
    is_copy = numpy.array([place["is_copy"] for place in places], float)
    families = numpy.array([place["family"] for place in places])
    gains = fit(columns, is_copy, weights, steps, penalty)
    left_out = numpy.zeros(len(places))
    for family in sorted(set(families)):
        own = families == family
        left_out[own] = columns[own] @ fit(columns[~own], is_copy[~own], weights[~own], steps, penalty, 60, gains)
    return gains, steps, columns @ gains, left_out


def report(places, sums, at, title):
    """Queries with a look-alike at the bound or above, and copies below it, by family."""
    best = {}
    for place, value in zip(places, sums):
        key = (place["family"] if not place["is_copy"] else place["set"], place["is_copy"], place["query"], place["item"])
        best[key] = max(best.get(key, -numpy.inf), value)
    print(f"\n{title}, bound at {at}")
    for copies, what in ((False, "queries of look-alikes kept"), (True, "copies lost")):
        bad, of = collections.defaultdict(set), collections.defaultdict(set)
        for (group, is_copy, query, item), value in best.items():
            if is_copy == copies:
                name = (query, item) if copies else query
                of[group].add(name)
                if (value < at) == copies:
                    bad[group].add(name)
        print(f"  {what}: {sum(map(len, bad.values()))} of {sum(map(len, of.values()))}; " +
              ", ".join(f"{group} {len(bad[group])}/{len(of[group])}" for group in sorted(of) if bad[group]))


def table_of(name, gains, steps, at):
    lines = [f"constexpr double k{name}Intercept = {gains[0] - at:.3f};", f"constexpr std::array k{name}Steps = {{"]
    for gain, step in zip(gains[1:], steps[1:]):
        if abs(gain) >= LEAST_GAIN:
            lines.append(f"    Step{{{step[0]}, {step[1]:g}, {step[2]:g}, {gain:.2f}}},")
    return lines + ["};"]


def read_table(path):
    """Gains of a table that is there, by sum and step, for a comparison."""
    sums, name = {}, None
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if begin := re.match(r"constexpr double k(\w+)Intercept = (.*);", line):
                name = begin[1]
                sums[name] = (float(begin[2]), {})
            elif step := re.match(r"\s*Step\{(\w+), ([^,]+), ([^,]+), ([^}]+)\}", line):
                sums[name][1][step[1], float(step[2]), float(step[3])] = float(step[4])
    return sums


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", nargs=3, action="append", default=[], metavar=("PLACES", "TRUTH", "MANIFEST"))
    parser.add_argument("--film-set", nargs=3, action="append", default=[], metavar=("PLACES", "TRUTH", "MANIFEST"))
    parser.add_argument("--related", nargs="*", default=["di_k177"], help="known items that show others in part")
    parser.add_argument("--sums", nargs="*", default=["Picture", "Film", "PictureCell", "FilmCell"], help="those to fit")
    parser.add_argument("--at", nargs=4, type=float, default=[0.7, 1.5, 0.7, 1.5],
                        help="bounds of pictures and films, then of those with cells")
    parser.add_argument("--table", help="a table in use: how it does on the same places")
    parser.add_argument("--out", help="where the table without cells goes")
    parser.add_argument("--cell-out", help="where that with cells goes")
    args = parser.parse_args()
    head = "// What each measure adds between two of its values. Made by bench/quality/copy_evidence.py."
    films = [*args.set, *args.film_set]
    kinds = (("Picture", args.set, PICTURE_KNOTS, 2.0, 0.5), ("Film", films, FILM_KNOTS, 1.0, 2.0),
             ("PictureCell", args.set, PICTURE_CELL_KNOTS, 2.0, 0.5), ("FilmCell", films, FILM_CELL_KNOTS, 1.0, 2.0))
    tables = {False: [head], True: [head]}
    for (name, sources, knots, penalty, least_score), at in zip(kinds, args.at):
        if name not in args.sums:
            continue
        with_cells = name.endswith("Cell")
        places, seen = [], set()
        for source in sources:
            if tuple(source) not in seen:
                seen.add(tuple(source))
                places += read_places(source, set(args.related))
        places, weights = choose(places, name.startswith("Film"), least_score, 5.0, with_cells)
        counts = collections.Counter(place["is_copy"] for place in places)
        print(f"\n{name}: {counts[True]} places of copies, {counts[False]} of look-alikes")
        if not counts[True] or not counts[False]:
            continue
        gains, steps, sums, left_out = cross_validate(places, weights, knots, penalty)
        report(places, sums, at, "fitted on all")
        report(places, left_out, at, "each family by a fit without it")
        if args.table:
            intercept, own = read_table(args.table)[name]
            old = numpy.array([intercept + at] + [own.get(step[:3], 0.0) for step in steps[1:]])
            report(places, columns_of(places, knots)[0] @ old, at, "by the table in use")
            print(f"  largest difference of a gain: {numpy.abs(old - gains)[1:].max():.2f}, of the evidence of a place: "
                  f"{numpy.abs(columns_of(places, knots)[0] @ (old - gains)).max():.2f}")
        tables[with_cells] += table_of(name, gains, steps, at)
    for path, lines in ((args.out, tables[False]), (args.cell_out, tables[True])):
        if path:
            with open(path, "w", encoding="utf-8") as out:
                out.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
