"""Recall and false alarms where many more pictures are known than the set has.

    filled_corpus.py --refrain PROGRAM --known LIST --photos FOLDER --queries FOLDER... --pictures N --work FOLDER
                     [--made M --maker PROGRAM]

Makes N crops of the photos (turned by any angle, 0.3 to 0.65 of each side), makes them known beside
the paths in LIST, then M pictures that `made_pictures` makes up from the crops. Looks up the
pictures that truth.csv in each folder of queries names, and prints how many of its pairs are found,
by edit where some are not, and how many benign queries match anything, a crop or a known item. The
photos must show nothing that is in the queries. A crop costs some 0.04 s of processor time to be
made known, a made one 0.001 s, a query 0.06 s and more to be looked up. Disk: 37 KB a picture.
"""

import argparse
import collections
import csv
import json
import pathlib
import resource
import subprocess
import sys

import cv2
import numpy as np

LARGEST_SIDE = 512


def crop_of(image, random):
    """A turned part of the picture, as large as local features look at."""
    height, width = image.shape[:2]
    share = random.uniform(0.3, 0.65)
    w, h = int(width * share), int(height * share)
    x, y = random.integers(0, width - w + 1), random.integers(0, height - h + 1)
    part = image[y:y + h, x:x + w]
    scale = min(LARGEST_SIDE / max(part.shape[:2]), 1.6)
    part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    centre = (part.shape[1] / 2, part.shape[0] / 2)
    turn = cv2.getRotationMatrix2D(centre, random.uniform(-180, 180), 1)
    return cv2.warpAffine(part, turn, (part.shape[1], part.shape[0]), borderMode=cv2.BORDER_REFLECT)


def make_crops(photos, count, folder):
    """@return the paths of `count` crops, all photos in turn"""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(11)
    paths = sorted(p for p in photos.iterdir() if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not paths:
        sys.exit(f"{photos}: no photos")
    made = []
    for number in range(count):
        image = cv2.imread(str(paths[number % len(paths)]))
        if image is None:
            sys.exit(f"{paths[number % len(paths)]}: cannot be read")
        made.append(folder / f"crop_{number}.jpg")
        cv2.imwrite(str(made[-1]), crop_of(image, random), [cv2.IMWRITE_JPEG_QUALITY, 85])
    return made


def run(command, lines, output):
    """Gives the program the paths, one a line. @return processor time in seconds"""
    paths = output.with_suffix(".lst")
    paths.write_text("".join(f"{line}\n" for line in lines))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(output, "w", encoding="utf-8") as answers:
        code = subprocess.run([*command, "--quiet", "--json", "--list", str(paths)],
                              stdout=answers).returncode
    if code not in (0, 1, 3):  # no match; some could not be examined, which their answers say
        sys.exit(f"{' '.join(command)}: exit {code}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def look_up(refrain, corpus, queries, output):
    """Prints what of one set of queries is found."""
    with open(queries / "truth.csv", newline="", encoding="utf-8") as table:
        truth = [row for row in csv.DictReader(table) if row["media"] == "image"]
    paths = list(dict.fromkeys(str(queries / row["query"]) for row in truth))
    seconds = run([refrain, "find", *corpus], paths, output)
    matches = {}
    for line in output.read_text(encoding="utf-8").splitlines():
        answer = json.loads(line)
        names = {pathlib.Path(match["name"]).stem for match in answer.get("matches", [])}
        matches[str(pathlib.Path(answer["input"]).relative_to(queries))] = names
    pairs = {(row["query"], row["known_id"], row["attack"]) for row in truth if row["known_id"]}
    benign = {row["query"] for row in truth if not row["known_id"] and row["tier"] in ("", "plain")}
    found = {pair for pair in pairs if pair[1] in matches.get(pair[0], ())}
    alarms = sorted(query for query in benign if matches.get(query))
    strays = sum(any(name.startswith(("crop_", "made_")) for name in names) for names in matches.values())
    print(f"{queries.name}: {len(found)} of {len(pairs)} pairs found, {len(alarms)} of {len(benign)} benign queries "
          f"match something {alarms[:5]}, {strays} queries match a crop or a made picture; "
          f"{1e3 * seconds / max(1, len(paths)):.1f} ms of processor time a query, decoding included")
    of_edit = collections.Counter(edit for _, _, edit in pairs)
    found_of_edit = collections.Counter(edit for _, _, edit in found)
    for edit, count in sorted(of_edit.items()):
        if found_of_edit[edit] < count:
            print(f"    {edit}: {found_of_edit[edit]} of {count}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--refrain", required=True)
    parser.add_argument("--known", type=pathlib.Path, required=True, help="a file of paths")
    parser.add_argument("--photos", type=pathlib.Path, required=True)
    parser.add_argument("--queries", type=pathlib.Path, required=True, nargs="+")
    parser.add_argument("--pictures", type=int, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True, help="a folder to be made")
    parser.add_argument("--made", type=int, default=0)
    parser.add_argument("--maker", help="made_pictures of a build")
    asked = parser.parse_args()
    asked.work.mkdir(parents=True)
    corpus = ["--corpus", str(asked.work / "corpus")]
    known = asked.known.read_text().splitlines()
    crops = make_crops(asked.photos, asked.pictures, asked.work / "crops")
    run([asked.refrain, "add", *corpus], [*known, *crops], asked.work / "add.jsonl")
    if asked.made:
        subprocess.run([asked.maker, "add", corpus[1], "crop_", str(asked.made)], check=True)
    print(f"{len(known)} items, {len(crops)} crops and {asked.made} made pictures known")
    for queries in asked.queries:
        look_up(asked.refrain, corpus, queries, asked.work / f"find-{queries.name}.jsonl")


if __name__ == "__main__":
    main()
