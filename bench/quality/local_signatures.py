#!/usr/bin/env python3
"""Chooses the 64 bits of each word of the local index that make signatures, src/index/local_signatures.bin.

Usage: local_signatures.py --words src/index/local_words.bin --codes FILE... --out local_signatures.bin

FILEs are as local_pairs.py writes them; at least one has queries. Of each word those bits are taken in which
two codes of its list differ most often, less how often the two codes of an equal pair do: on pictures in
every other block of 200 and on the pairs of pictures with odd numbers. The rest then tells how many equal pairs
within 50 bits, one of whose two nearest words is shared, are nearer than all but a given share of the
codes in these two lists: by all 256 bits, and by the signatures.

Output: 32 bytes for each word, in the byte order of Hash256, 64 bits of which are set.
Needs numpy and 3 GB of memory for a million codes. Deterministic for the same files.
"""

import argparse
import pathlib

import numpy as np

from local_words import nearest

BITS = 64
NEAR = 50
BLOCK = 200  # pictures: crops of one photo lie beside each other
# Of a list with few codes the share of ones is drawn towards a half by so many more codes.
MORE_CODES = 4
SHARES = (1e-2, 3.3e-3, 1e-3, 3.3e-4, 1.1e-4)


def read(path):
    """@return codes of the pictures, the picture of each, and the pairs: query code, picture, place of its code"""
    data = path.read_bytes()
    at = 4
    codes, pictures, starts = [], [], [0]
    for picture in range(int.from_bytes(data[:4], "little")):
        count = int.from_bytes(data[at:at + 4], "little")
        codes.append(np.frombuffer(data, np.uint8, 32 * count, at + 4).reshape(-1, 32))
        pictures.append(np.full(count, picture))
        starts.append(starts[-1] + count)
        at += 4 + 32 * count
    kind = np.dtype([("code", "u1", 32), ("picture", "<i4"), ("point", "<i4")])
    queries = np.frombuffer(data, kind, int.from_bytes(data[at:at + 4], "little"), at + 4)
    queries = queries[queries["picture"] >= 0]
    places = np.array(starts)[queries["picture"]] + queries["point"]
    return np.concatenate(codes), np.concatenate(pictures), (queries["code"], queries["picture"], places)


def bits_of(codes):
    return np.unpackbits(codes, axis=1, bitorder="little")


def distances(a, b, chosen):
    return np.unpackbits((a ^ b) & chosen, axis=1).sum(1, dtype=np.int32)


def differing(codes, owners, words):
    """How often two codes of the list of each word differ in each bit."""
    order = np.argsort(owners, kind="stable")
    ones = np.zeros((words, 256))
    counts = np.bincount(owners, minlength=words)
    for word, members in zip(np.flatnonzero(counts), np.split(order, np.cumsum(counts[counts > 0])[:-1])):
        ones[word] = bits_of(codes[members]).sum(0)
    share = (ones + MORE_CODES / 2) / (counts[:, None] + MORE_CODES)
    return 2 * share * (1 - share)


def chosen_bits(in_lists, in_pairs):
    worth = in_lists - in_pairs
    best = np.argsort(-worth, axis=1, kind="stable")[:, :BITS]
    bits = np.zeros(worth.shape, np.uint8)
    np.put_along_axis(bits, best, 1, axis=1)
    return np.packbits(bits, axis=1, bitorder="little")


def report(pairs, strangers, words, chosen):
    """Prints for each share of strangers the share of the pairs that is nearer."""
    queries, known = pairs
    own = nearest(known, words)[:, 0]
    asked = nearest(queries, words, 2)
    is_met = (asked == own[:, None]).any(1)
    queries, known, own, asked = queries[is_met], known[is_met], own[is_met], asked[is_met]
    owners = nearest(strangers, words)[:, 0]
    order = np.argsort(owners, kind="stable")
    starts = np.searchsorted(owners[order], np.arange(len(words) + 1))
    for name, table in (("all 256 bits", np.full_like(chosen, 255)), ("signature", chosen)):
        right = distances(queries, known, table[own])
        wrong = np.zeros(257)
        for i in range(0, len(queries), 4):
            for word in asked[i]:
                members = strangers[order[starts[word]:starts[word + 1]]]
                wrong += np.bincount(distances(members, queries[i], table[word]), minlength=257)
        below = np.cumsum(wrong) / wrong.sum()
        line = []
        for share in SHARES:
            cut = int(np.searchsorted(below, share, side="right"))
            before = below[cut - 1] if cut else 0
            part = (share - before) / max(below[cut] - before, 1e-12)
            line.append(f"{share:.1e}: {((right < cut).sum() + part * (right == cut).sum()) / len(right):.3f}")
        print(f"{name:12}", "  ".join(line), f" ({len(right)} pairs, {wrong.sum():.0f} strangers)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--words", type=pathlib.Path, required=True)
    parser.add_argument("--codes", type=pathlib.Path, nargs="+", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    asked = parser.parse_args()
    words = np.frombuffer(asked.words.read_bytes(), np.uint8).reshape(-1, 32)
    trained, strangers, pairs = [], [], {0: [], 1: []}
    for path in asked.codes:
        codes, pictures, (queries, of_picture, places) = read(path)
        if len(queries):
            known = codes[places]
            is_near = distances(queries, known, np.uint8(255)) <= NEAR
            for odd in (0, 1):
                keep = is_near & (of_picture % 2 == odd)
                pairs[odd].append((queries[keep], known[keep]))
        else:
            is_trained = pictures // BLOCK % 2 == 0
            trained.append(codes[is_trained])
            strangers.append(codes[~is_trained])
    trained, strangers = np.concatenate(trained), np.concatenate(strangers)
    pairs = {odd: [np.concatenate(side) for side in zip(*some)] for odd, some in pairs.items()}
    in_pairs = bits_of(pairs[1][0] ^ pairs[1][1]).mean(0)
    in_lists = differing(trained, nearest(trained, words)[:, 0], len(words))
    chosen = chosen_bits(in_lists, in_pairs)
    asked.out.write_bytes(chosen.tobytes())
    print(f"{len(trained)} codes and {len(pairs[1][0])} pairs chose {BITS} bits for each of {len(words)} words; "
          f"the share of pairs nearer than a share of strangers:")
    report(pairs[0], strangers, words, chosen)


if __name__ == "__main__":
    main()
