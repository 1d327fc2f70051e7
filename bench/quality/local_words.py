#!/usr/bin/env python3
"""Trains the code words of the local index, src/index/local_words.bin, on the codes of photos.

Usage: local_words.py --points build/bench/local_points --photos DIR --out local_words.bin

4096 words of 32 bytes in the byte order of Hash256: k-majority clustering (the majority of each
bit in place of the mean), first into 64 groups and each of those into 64, then over all words at
once. Every code counts twice, as it is and mirrored, so that the words favour neither. Then tells, for
photos that were not trained on, how many of the equal points (see local_learn.py) within 64 bits share
one of their nearest words, and how evenly the codes fall on the words.

Needs numpy and OpenCV for Python. Deterministic for the same photos.
"""

import argparse
import pathlib

import cv2
import numpy as np

from local_learn import equal_pairs, extract, spoiled

GROUPS = 64
WORDS = GROUPS * GROUPS
BATCH = 4096


def signs(codes):
    """Codes as rows of -1 and 1: their products tell distances."""
    return np.unpackbits(codes, axis=1, bitorder="little").astype(np.float32) * 2 - 1


def nearest(codes, words, count=1):
    """For each code its nearest words, in order of distance."""
    words = signs(words).T
    result = np.empty((len(codes), count), np.int32)
    for at in range(0, len(codes), BATCH):
        likeness = signs(codes[at:at + BATCH]) @ words
        if count == 1:
            result[at:at + BATCH, 0] = likeness.argmax(1)
            continue
        best = np.argpartition(-likeness, count, axis=1)[:, :count]
        order = np.argsort(-np.take_along_axis(likeness, best, 1), axis=1, kind="stable")
        result[at:at + BATCH] = np.take_along_axis(best, order, 1)
    return result


def majority(codes, groups, words, random):
    """One step: the majority of each group; a group without codes starts anew at a random code."""
    order = np.argsort(groups, kind="stable")
    members = groups[order]
    starts = np.flatnonzero(np.r_[True, members[1:] != members[:-1]])
    ones = np.add.reduceat(np.unpackbits(codes[order], axis=1, bitorder="little"), starts, axis=0, dtype=np.int32)
    sizes = np.diff(np.r_[starts, len(members)])
    result = np.zeros_like(words)
    result[members[starts]] = np.packbits(2 * ones > sizes[:, None], axis=1, bitorder="little")
    empty = np.bincount(groups, minlength=len(words)) == 0
    result[empty] = codes[random.integers(len(codes), size=empty.sum())]
    return result


def clustered(codes, count, steps, random, words=None):
    if words is None:
        words = codes[random.choice(len(codes), count, replace=len(codes) < count)]
    for _ in range(steps):
        words = majority(codes, nearest(codes, words)[:, 0], words, random)
    return words


def mirrored(codes):
    return np.concatenate([codes[:, 16:], codes[:, :16]], axis=1)


def trained(codes, steps, random):
    codes = np.concatenate([codes, mirrored(codes)])
    groups = clustered(codes, GROUPS, steps, random)
    owner = nearest(codes, groups)[:, 0]
    words = np.concatenate([clustered(codes[owner == i], GROUPS, steps, random) if (owner == i).any()
                            else codes[random.integers(len(codes), size=GROUPS)] for i in range(GROUPS)])
    return clustered(codes, WORDS, steps, random, words)


def report(words, first, second, codes):
    distance = np.unpackbits(first ^ second, axis=1).sum(1)
    near = distance <= 64
    print(f"{len(first)} equal pairs held out, {near.mean():.3f} of them within 64 bits", flush=True)
    one, other = nearest(first[near], words, 16), nearest(second[near], words, 16)
    for count in (1, 2, 4, 8, 16):
        known_word = (other[:, :count] == one[:, :1]).any(1).mean()
        print(f"known word is among the query's {count} nearest: {known_word:.3f}")
    share = np.bincount(nearest(codes, words)[:, 0], minlength=WORDS) / len(codes)
    print(f"a code meets {np.sum(share ** 2):.2e} of all codes in its word (1/{WORDS} = {1 / WORDS:.2e}); "
          f"the fullest word holds {share.max():.2e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", required=True, help="the program built from bench/quality/local_points.cpp")
    parser.add_argument("--photos", required=True, type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--points-per-photo", type=int, default=400)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    random = np.random.default_rng(50)
    photos = [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in sorted(args.photos.glob("*.jpg"))]
    held_out = photos[len(photos) * 9 // 10:]
    photos = photos[:len(photos) * 9 // 10]
    codes = np.concatenate([found["code"] for found in
                            extract(args.points, photos, 512, args.points_per_photo, mode="points")])
    print(f"{len(codes)} codes of {len(photos)} photos", flush=True)
    words = trained(codes, args.steps, random)
    args.out.write_bytes(words.tobytes())

    first, second, all_held_out = [], [], []
    for photo in held_out:
        photo = cv2.resize(photo, None, fx=512 / max(photo.shape), fy=512 / max(photo.shape),
                           interpolation=cv2.INTER_AREA)
        copy, matrix = spoiled(photo, random)
        one, other = extract(args.points, [photo, copy], 4096, args.points_per_photo, mode="points")
        pairs = equal_pairs(one, other, matrix)
        first.append(one["code"][pairs[:, 0]])
        second.append(other["code"][pairs[:, 1]])
        all_held_out.append(one["code"])
    report(words, np.concatenate(first), np.concatenate(second), np.concatenate(all_held_out))


if __name__ == "__main__":
    main()
