"""Recall and false alarms where many more pictures are known than the set has.

    filled_corpus.py --refrain PROGRAM --known LIST --photos FOLDER --queries FOLDER --pictures N --work FOLDER

Makes N crops of the photos (turned by any angle, 0.3 to 0.65 of each side), makes them known beside
the paths in LIST, looks up the pictures that truth.csv in the folder of queries names, and prints
how many of its pairs are found and how many benign queries match anything, a crop or a known item.
The photos must show nothing that is in the queries. A crop costs some 0.04 s of processor time to be
made known, a query as long to be looked up.
"""

import argparse
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--refrain", required=True)
    parser.add_argument("--known", type=pathlib.Path, required=True, help="a file of paths")
    parser.add_argument("--photos", type=pathlib.Path, required=True)
    parser.add_argument("--queries", type=pathlib.Path, required=True)
    parser.add_argument("--pictures", type=int, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True, help="a folder to be made")
    asked = parser.parse_args()
    asked.work.mkdir(parents=True)
    corpus = ["--corpus", str(asked.work / "corpus")]
    known = asked.known.read_text().splitlines()
    crops = make_crops(asked.photos, asked.pictures, asked.work / "crops")
    run([asked.refrain, "add", *corpus], [*known, *crops], asked.work / "add.jsonl")
    with open(asked.queries / "truth.csv", newline="", encoding="utf-8") as table:
        truth = [row for row in csv.DictReader(table) if row["media"] == "image"]
    paths = list(dict.fromkeys(str(asked.queries / row["query"]) for row in truth))
    seconds = run([asked.refrain, "find", *corpus], paths, asked.work / "find.jsonl")
    matches = {}
    for line in (asked.work / "find.jsonl").read_text(encoding="utf-8").splitlines():
        answer = json.loads(line)
        names = {pathlib.Path(match["name"]).stem for match in answer.get("matches", [])}
        matches[str(pathlib.Path(answer["input"]).relative_to(asked.queries))] = names
    pairs = {(row["query"], row["known_id"]) for row in truth if row["known_id"]}
    benign = {row["query"] for row in truth if not row["known_id"] and row["tier"] in ("", "plain")}
    found = sum(item in matches.get(query, ()) for query, item in pairs)
    alarms = sorted(query for query in benign if matches.get(query))
    strays = sum(any(name.startswith("crop_") for name in names) for names in matches.values())
    print(f"{len(known)} items and {len(crops)} crops known: {found} of {len(pairs)} pairs found, {len(alarms)} of "
          f"{len(benign)} benign queries match something {alarms[:5]}, {strays} queries match a crop; "
          f"{1e3 * seconds / max(1, len(paths)):.1f} ms of processor time a query, decoding included")


if __name__ == "__main__":
    main()
