#!/usr/bin/env python3
"""Writes local codes of photos and of edited copies of some of them, with which point is which, for bench_local_index.

Usage: local_pairs.py --points build/bench/local_points --photos DIR... --copied PATTERN --out pairs.bin

The copies are those of local_learn.py: turned, scaled, warped, blurred, noisy, coded anew. Where a point of the
copy lies on one of its photo in about the same size and direction, the two are a pair. Photos that
local_words.py was trained on should not be copied. File: the number of photos; for each its number of codes and the
codes; the number of queries; for each the code, the photo and the point it pairs with, or -1. Integers have 32 bits.

Needs numpy and OpenCV for Python. Deterministic for the same photos.
"""

import argparse
import pathlib

import cv2
import numpy as np

from local_learn import equal_pairs, extract, spoiled


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", required=True, help="the program built from bench/quality/local_points.cpp")
    parser.add_argument("--photos", required=True, nargs="+", type=pathlib.Path)
    parser.add_argument("--copied", required=True, help="pattern of the names of photos that are copied")
    parser.add_argument("--points-per-photo", type=int, default=400)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    random = np.random.default_rng(51)
    known, queries = [], []
    for path in sorted(path for folder in args.photos for path in folder.glob("*.jpg")):
        photo = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        scale = 512 / max(photo.shape)
        photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        pictures = [photo]
        if path.match(args.copied):
            copy, matrix = spoiled(photo, random)
            pictures.append(copy)
        found = list(extract(args.points, pictures, 4096, args.points_per_photo, mode="points"))
        if len(pictures) == 2:
            pairs = equal_pairs(found[0], found[1], matrix)
            rows = np.full(len(found[1]), -1, "<i4")
            rows[pairs[:, 1]] = pairs[:, 0]
            for code, point in zip(found[1]["code"], rows):
                queries.append(code.tobytes() + np.array([len(known) if point >= 0 else -1, point], "<i4").tobytes())
        known.append(found[0]["code"])
    with args.out.open("wb") as file:
        file.write(np.array([len(known)], "<i4").tobytes())
        for codes in known:
            file.write(np.array([len(codes)], "<i4").tobytes() + codes.tobytes())
        file.write(np.array([len(queries)], "<i4").tobytes() + b"".join(queries))
    paired = sum(query[-4:] != b"\xff" * 4 for query in queries)
    print(f"{len(known)} photos, {sum(len(codes) for codes in known)} codes, {len(queries)} queries, "
          f"{paired} of them paired")


if __name__ == "__main__":
    main()
