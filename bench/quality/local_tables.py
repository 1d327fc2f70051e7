#!/usr/bin/env python3
"""What tables over sampled bits of local codes would find, beside words: share of pairs found against codes looked at.

Usage: local_tables.py PAIRS_FILE   (as local_pairs.py writes it)

A table knows each code by some of its bits, chosen at random, and a query looks into all entries that differ in up
to so many of them. Both shares are measured: of the pairs within 64 bits, and of all codes.

Needs numpy.
"""

import sys

import numpy as np

TABLES = (1, 2, 4)
FORMS = ((12, 1), (16, 1), (16, 2), (16, 3), (20, 2), (20, 3), (24, 4))
LOOKED_AT = 20000


def read(path):
    data = open(path, "rb").read()
    at = 4
    photos = []
    for _ in range(np.frombuffer(data, "<i4", 1)[0]):
        count = int(np.frombuffer(data, "<i4", 1, at)[0])
        photos.append(np.frombuffer(data, "u1", count * 32, at + 4).reshape(count, 32))
        at += 4 + 32 * count
    queries = np.frombuffer(data, np.dtype([("code", "u1", 32), ("photo", "<i4"), ("point", "<i4")]), offset=at + 4)
    return photos, queries


def bits(codes):
    return np.unpackbits(codes, axis=1, bitorder="little")


def main():
    random = np.random.default_rng(51)
    photos, queries = read(sys.argv[1])
    paired = queries[queries["photo"] >= 0]
    known = bits(np.stack([photos[photo][point] for photo, point in zip(paired["photo"], paired["point"])]))
    asked = bits(paired["code"])
    near = (known ^ asked).sum(1) <= 64
    known, asked = known[near], asked[near]
    everything = bits(np.concatenate(photos))
    some = everything[random.integers(len(everything), size=LOOKED_AT)]
    few = asked[random.integers(len(asked), size=200)]
    print(f"{len(known)} pairs within 64 bits\nbits  differing  tables  found  looked at")
    for count, differing in FORMS:
        found = np.zeros(len(known), bool)
        looked = np.zeros((len(few), len(some)), bool)
        for table in range(1, max(TABLES) + 1):
            chosen = random.choice(256, count, replace=False)
            found |= (known[:, chosen] ^ asked[:, chosen]).sum(1) <= differing
            looked |= (few[:, None, chosen] ^ some[None, :, chosen]).sum(2) <= differing
            if table in TABLES:
                print(f"{count:4}  {differing:9}  {table:6}  {found.mean():.3f}  {looked.mean():.2e}")


if __name__ == "__main__":
    main()
