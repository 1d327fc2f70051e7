#!/usr/bin/env python3
"""How many pictures are found that were redrawn, by the way in which they were.

    redrawn.py --refrain PROGRAM --corpus CORPUS --photos FOLDER --work FOLDER [--every 4] [--from 1]

Takes every so many of the photos in the folder that the corpus knows by their names, draws them in nine ways, looks the
drawings up as `refrain find` does, and prints for each way how many were found and how many matched another item. Needs
OpenCV for Python. See docs/decisions/0078-edge-codes.md.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys

import cv2
import numpy as np

PICTURES = {".jpg", ".jpeg", ".png", ".webp"}
QUALITY = 80


def drawings(picture):
    """By name of the way."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    lines = cv2.Canny(grey, 80, 160)
    height, width = grey.shape
    smaller = cv2.resize(picture, None, fx=.6, fy=.6)
    return {
        "solarised": np.where(grey > 128, 255 - grey, grey),
        "jet": cv2.applyColorMap(grey, cv2.COLORMAP_JET),
        "hsv": cv2.applyColorMap(grey, cv2.COLORMAP_HSV),
        "one_threshold": cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)[1],
        "local_thresholds": cv2.adaptiveThreshold(cv2.medianBlur(grey, 5), 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C,
                                                  cv2.THRESH_BINARY, 15, 4),
        "sketch": cv2.pencilSketch(smaller, sigma_s=60, sigma_r=.07, shade_factor=.05)[0],
        "lines_light": lines,
        "lines_dark": 255 - lines,
        "lines_small": cv2.resize(255 - lines, (width // 3, height // 3), interpolation=cv2.INTER_AREA),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refrain", required=True)
    for name in ("corpus", "photos", "work"):
        parser.add_argument("--" + name, type=pathlib.Path, required=True)
    parser.add_argument("--every", type=int, default=4)
    parser.add_argument("--from", dest="first", type=int, default=1)
    options = parser.parse_args()
    listed = subprocess.run([options.refrain, "list", "--corpus", str(options.corpus), "--json"], capture_output=True,
                            text=True, check=True).stdout
    known = {json.loads(line).get("name") for line in listed.splitlines()}
    photos = sorted(path for path in options.photos.iterdir() if path.suffix.lower() in PICTURES and path.name in known)
    photos = photos[options.first::options.every]
    if not photos:
        sys.exit(f"{options.photos}: no photos that are known")
    options.work.mkdir(parents=True, exist_ok=True)
    shown = {}
    for photo in photos:
        for way, drawn in drawings(cv2.imread(str(photo))).items():
            path = options.work / f"{way}_{photo.stem}.jpg"
            cv2.imwrite(str(path), drawn, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            shown[str(path)] = (way, photo.name)
    done = subprocess.run([options.refrain, "find", "--corpus", str(options.corpus), "--json", "--quiet", "--list", "-"],
                          input="\n".join(shown), capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"find: exit {done.returncode}\n{done.stderr[-500:]}")
    found, wrong = collections.Counter(), collections.Counter()
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        way, name = shown[answer["input"]]
        names = {match["name"] for match in answer["matches"]}
        found[way] += name in names
        wrong[way] += bool(names - {name})
    for way in dict.fromkeys(way for way, _ in shown.values()):
        print(f"{way}: found {found[way]} of {len(photos)}, another item in {wrong[way]}")
    print(f"all: found {sum(found.values())} of {len(shown)}, another item in {sum(wrong.values())}")


if __name__ == "__main__":
    main()
