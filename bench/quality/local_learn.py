#!/usr/bin/env python3
"""Learns the comparisons of the local codes, src/local/test_table.inc, from photos.

Usage: local_learn.py --points build/bench/local_points --photos DIR --out test_table.inc

Each photo is warped and spoiled at random. Points found in both pictures at the same place are the
equal pairs, with all the error the detector makes; points of different photos are the unrelated
ones. Comparisons are then added one by one, each with its mirror image, such that the distances of
the equal and of the unrelated pairs move apart most, in units of their spread (Fisher's
criterion). The last fifth of the photos only tells how well that went.

Needs numpy and OpenCV for Python. Deterministic for the same photos.
"""

import argparse
import pathlib
import subprocess

import cv2
import numpy as np

REACH = 20
SIDE = 2 * REACH + 1
BLURS = 3
TESTS = 128


def extract(points_program, pictures, max_side, max_points, mode="patches"):
    """The points of each picture: x, y, scale in its pixels, angle; codes; and, as `patches`, samples by blur, v, u."""
    fields = [("place", "<f4", 4), ("code", "u1", 32), ("patch", "u1", (BLURS, SIDE, SIDE))]
    record = np.dtype(fields if mode == "patches" else fields[:2])
    process = subprocess.Popen([points_program, mode, str(max_side), str(max_points)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for picture in pictures:
        height, width = picture.shape
        process.stdin.write(np.array([width, height], "<i4").tobytes() + picture.tobytes())
        process.stdin.flush()
        working_width, _, count = (int(v) for v in np.frombuffer(process.stdout.read(12), "<i4"))
        found = np.frombuffer(process.stdout.read(count * record.itemsize), record).copy()
        found["place"][:, :3] *= width / working_width
        yield found
    process.stdin.close()
    process.wait()


def spoiled(photo, random):
    """A copy as people make them, and the matrix that takes the photo's places to the copy's."""
    height, width = photo.shape
    turn = random.choice([0, random.uniform(-180, 180), random.uniform(-15, 15)])
    size = np.exp(random.uniform(np.log(0.4), np.log(1.1)))
    matrix = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), turn, size), [0, 0, 1]])
    tilt = np.eye(3)
    tilt[2, :2] = random.uniform(-1.5e-4, 1.5e-4, 2)
    tilt[0, 1] = random.uniform(-0.06, 0.06)
    matrix = tilt @ matrix
    corners = cv2.perspectiveTransform(np.float64([[[0, 0], [width, 0], [0, height], [width, height]]]), matrix)[0]
    low, high = corners.min(0), corners.max(0)
    matrix = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]) @ matrix
    copy = cv2.warpPerspective(photo, matrix, tuple(int(v) for v in np.ceil(high - low)), flags=cv2.INTER_AREA)
    copy = copy.astype(np.float32)
    kind = random.integers(5)
    if kind == 0:
        copy = cv2.GaussianBlur(copy, (0, 0), random.uniform(0.6, 2.5))
    if kind == 1:
        copy += random.normal(0, random.uniform(3, 25), copy.shape)
    if kind == 2:
        copy = 255 * (np.clip(copy, 0, 255) / 255) ** random.uniform(0.5, 2)
    copy = np.clip((copy - 128) * random.uniform(0.5, 1.5) + 128 + random.uniform(-50, 50), 0, 255).astype(np.uint8)
    quality = int(random.integers(10, 80))
    return cv2.imdecode(cv2.imencode(".jpg", copy, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0), matrix


def equal_pairs(first, second, matrix):
    """Indices of points that show the same place in about the same size and direction."""
    if len(first) == 0 or len(second) == 0:
        return np.zeros((0, 2), int)
    def moved(places):
        return cv2.perspectiveTransform(places[None].astype(np.float64), matrix)[0]
    place = first["place"]
    ahead = place[:, :2] + np.stack([np.cos(place[:, 3]), np.sin(place[:, 3])], 1)
    at, tip = moved(place[:, :2]), moved(ahead)
    step = tip - at
    size = place[:, 2] * np.hypot(step[:, 0], step[:, 1])
    turn = np.arctan2(step[:, 1], step[:, 0])
    other = second["place"]
    distance = np.hypot(at[:, None, 0] - other[None, :, 0], at[:, None, 1] - other[None, :, 1])
    ratio = np.abs(np.log(size[:, None] / other[None, :, 2]))
    angle = np.abs((turn[:, None] - other[None, :, 3] + np.pi) % (2 * np.pi) - np.pi)
    cost = np.where((distance < 1.5 * other[None, :, 2]) & (ratio < 0.2) & (angle < 0.4), distance, np.inf)
    best = cost.argmin(1)
    rows = np.flatnonzero(np.isfinite(cost.min(1)))
    return np.stack([rows, best[rows]], 1)


def collect(points_program, photos, random):
    """Patches of equal pairs and the number of the photo of each."""
    pictures, matrices = [], []
    for photo in photos:
        pictures.append(photo)
        for _ in range(2):
            copy, matrix = spoiled(photo, random)
            pictures.append(copy)
            matrices.append(matrix)
    first, second, source = [], [], []
    for number, found in enumerate(extract(points_program, pictures, 4096, 300)):
        if number % 3 == 0:
            original = found
            continue
        pairs = equal_pairs(original, found, matrices[number // 3 * 2 + number % 3 - 1])
        first.append(original[pairs[:, 0]])
        second.append(found[pairs[:, 1]])
        source.append(np.full(len(pairs), number // 3))
    return np.concatenate(first), np.concatenate(second), np.concatenate(source)


def candidates(random, count):
    """Comparisons as rows of blur, u1, v1, u2, v2; no sample is compared with its mirror image."""
    rows = {}
    while len(rows) < count:
        blur = int(random.integers(BLURS))
        spread = random.choice([5.0, 8.0, 11.0])
        u1, v1 = np.round(random.normal(0, spread, 2)).astype(int)
        if random.random() < 0.5:
            u2, v2 = np.round(random.normal(0, spread, 2)).astype(int)
        else:
            u2, v2 = np.round([u1, v1] + random.normal(0, 5, 2)).astype(int)
        if max(u1 * u1 + v1 * v1, u2 * u2 + v2 * v2) > REACH * REACH or (u1 == u2 and abs(v1) == abs(v2)):
            continue
        if (u1, v1) > (u2, v2):
            u1, v1, u2, v2 = u2, v2, u1, v1
        rows[(blur, int(u1), int(v1), int(u2), int(v2))] = True
    return np.array(list(rows))


def bits(patches, tests):
    """One row a test: whether its first sample is the brighter one; then the same of mirror images."""
    flat = patches.reshape(len(patches), -1).T
    def samples(u, v):
        return flat[tests[:, 0] * SIDE * SIDE + (v + REACH) * SIDE + u + REACH]
    plain = samples(tests[:, 1], tests[:, 2]) > samples(tests[:, 3], tests[:, 4])
    mirror = samples(tests[:, 1], -tests[:, 2]) > samples(tests[:, 3], -tests[:, 4])
    return plain, mirror


def choose(equal, unrelated, weight):
    """Indices of the comparisons chosen; both arrays: one row a test, the bits that differ of two."""
    equal = equal.astype(np.float32)
    unrelated = unrelated.astype(np.float32)
    mean_gain = unrelated.mean(1) - equal.mean(1)
    centred = [array - array.mean(1, keepdims=True) for array in (equal, unrelated)]
    own = [(array ** 2).mean(1) for array in centred]
    total = [np.zeros(array.shape[1], np.float32) for array in centred]
    gain, spread = 0.0, [0.0, 0.0]
    chosen = []
    for _ in range(TESTS):
        after = [spread[k] + own[k] + 2 * (centred[k] @ total[k]) / total[k].size for k in (0, 1)]
        score = (gain + mean_gain) / np.sqrt(after[0] + weight * after[1] + 1e-9)
        score[chosen] = -np.inf
        best = int(score.argmax())
        chosen.append(best)
        gain += mean_gain[best]
        spread = [after[0][best], after[1][best]]
        total = [total[k] + centred[k][best] for k in (0, 1)]
    return chosen


def unrelated_rows(source, count, random):
    """Two lists of patches of different photos."""
    one = random.integers(len(source), size=2 * count)
    other = random.integers(len(source), size=2 * count)
    keep = source[one] != source[other]
    return one[keep][:count], other[keep][:count]


def report(name, first, second, tests, source, random):
    """Distances of pairs that were not learnt from, by the tests given."""
    a, am = bits(first["patch"], tests)
    b, bm = bits(second["patch"], tests)
    equal = (a ^ b).sum(0) + (am ^ bm).sum(0)
    one, other = unrelated_rows(source, 300000, random)
    codes = np.packbits(np.concatenate([a, am]).T, axis=1)
    unrelated = np.concatenate([
        np.unpackbits(codes[one[at:at + 50000]] ^ codes[other[at:at + 50000]], axis=1).sum(1)
        for at in range(0, len(one), 50000)])
    text = f"{name}: equal {equal.mean():.1f}+-{equal.std():.1f}, unrelated {unrelated.mean():.1f}+-{unrelated.std():.1f};"
    for share in (1e-2, 1e-3, 1e-4):
        limit = np.quantile(unrelated, share)
        text += f" {share:g} of unrelated below {limit:.0f}: {np.mean(equal < limit):.3f} of equal;"
    print(text, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", required=True, help="the program built from bench/quality/local_points.cpp")
    parser.add_argument("--photos", required=True, type=pathlib.Path)
    parser.add_argument("--limit", type=int, default=150, help="photos to use")
    parser.add_argument("--candidates", type=int, default=6000)
    parser.add_argument("--weight", type=float, default=2,
                        help="of the spread of unrelated pairs beside that of equal ones")
    parser.add_argument("--compare", type=pathlib.Path, help="a table to report beside the learnt one")
    parser.add_argument("--out", required=True, type=pathlib.Path)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    random = np.random.default_rng(50)
    photos = []
    for path in sorted(args.photos.glob("*.jpg"))[:args.limit]:
        photo = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        factor = min(1, 512 / max(photo.shape))
        photos.append(cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))
    first, second, source = collect(args.points, photos, random)
    is_held_out = source >= len(photos) * 4 // 5
    print(f"{len(photos)} photos, {len(source)} equal pairs, {is_held_out.sum()} of them held out", flush=True)
    rows = np.flatnonzero(~is_held_out)
    rows = random.permutation(rows)[:8000]
    tests = candidates(random, args.candidates)
    a, am = bits(first["patch"][rows], tests)
    b, bm = bits(second["patch"][rows], tests)
    one, other = unrelated_rows(source[rows], 8000, random)
    equal = (a ^ b).astype(np.int8) + (am ^ bm)
    unrelated = (a[:, one] ^ b[:, other]).astype(np.int8) + (am[:, one] ^ bm[:, other])
    held_out = (first[is_held_out], second[is_held_out])
    table = tests[choose(equal, unrelated, args.weight)]
    report("learnt", *held_out, table, source[is_held_out], random)
    if args.compare:
        text = [line.strip("{},") for line in args.compare.read_text().splitlines() if line.startswith("{")]
        report("compared", *held_out, np.array([[int(v) for v in line.split(",")] for line in text]),
               source[is_held_out], random)
    table = table[np.lexsort(table.T[::-1])]
    print("tests by blur:", np.bincount(table[:, 0], minlength=BLURS))
    args.out.write_text("// blur, u1, v1, u2, v2; written by bench/quality/local_learn.py\n" +
                        "".join("{%d, %d, %d, %d, %d},\n" % tuple(row) for row in table))


if __name__ == "__main__":
    main()
