#!/usr/bin/env python3
"""Chooses the 64 bits of each word of the local index that make signatures, and the 8 of these that make cells.

Usage: local_signatures.py --words src/index/local_words.bin --codes FILE... --out local_signatures.bin --cells local_cells.bin

FILEs are as local_pairs.py writes them; at least one has queries. Of each word those bits are taken in which
two codes of its list differ most often, less how often the two codes of an equal pair do: on pictures in
every other block of 200 and on the pairs of pictures with odd numbers. The rest then tells how many equal pairs
within 50 bits, one of whose two nearest words is shared, are nearer than all but a given share of the
codes in these two lists: by all 256 bits, and by the signatures.

Of the 64 bits the 8 are taken one after the other that are best by the same rule, less how much they say of
those that are taken already. The rest then tells how many equal pairs, and how many others of these lists, differ in
up to so many of them.

Output: 32 bytes for each word, in the byte order of Hash256, 64 bits of which are set; and 8 bytes for each
word, 8 bits of which are set: places in its signature.
Needs numpy and 3 GB of memory for a million codes. Deterministic for the same files.
"""

import argparse
import pathlib

import numpy as np

from local_words import nearest

BITS = 64
CELL_BITS = 8
NEAR = 50
BLOCK = 200  # pictures: crops of one photo lie beside each other
# Of a list with few codes the share of ones is drawn towards a half by so many more codes.
MORE_CODES = 4
# Of a list with few codes what two bits have in common is drawn towards nothing by so many more codes.
MORE_COMMON = 20
# Equal pairs are only kept by the search within so many bits of signatures.
SIGNATURES_NEAR = 19
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


def places_of(chosen):
    """The bits of each word's signature, from the lowest on."""
    return np.argsort(-bits_of(chosen).astype(np.int8), axis=1, kind="stable")[:, :BITS]


def signatures(codes, owners, places):
    return np.take_along_axis(bits_of(codes), places[owners], 1)


def cell_bits(codes, owners, in_pairs, places):
    """For each word the places of the bits of its cells in its signature."""
    order = np.argsort(owners, kind="stable")
    counts = np.bincount(owners, minlength=len(places))
    groups = np.split(order, np.cumsum(counts)[:-1])
    taken = np.zeros((len(places), CELL_BITS), np.int64)
    for word, members in enumerate(groups):
        bits = signatures(codes[members], owners[members], places).astype(float)
        share = (bits.sum(0) + MORE_CODES / 2) / (len(members) + MORE_CODES)
        worth = 2 * share * (1 - share) - in_pairs[places[word]]
        common = (bits - share).T @ (bits - share) / (len(members) + MORE_COMMON)
        spread = np.sqrt(share * (1 - share))
        common = np.abs(common / np.outer(spread, spread))
        said = np.zeros(BITS)
        for i in range(CELL_BITS):
            rank = worth - said / max(i, 1)
            rank[taken[word, :i]] = -np.inf
            taken[word, i] = rank.argmax()
            said += common[:, taken[word, i]]
    return taken


def report_cells(pairs, strangers, words, places, taken):
    """Prints which share of the pairs and of strangers differs in up to so many bits of their cells."""
    queries, known = pairs
    own = nearest(known, words)[:, 0]
    asked = nearest(queries, words, 2)
    differ = signatures(queries, own, places) != signatures(known, own, places)
    is_met = (asked == own[:, None]).any(1) & (differ.sum(1) <= SIGNATURES_NEAR)
    right = np.bincount(np.take_along_axis(differ, taken[own], 1).sum(1)[is_met], minlength=CELL_BITS + 1)
    owners = nearest(strangers, words)[:, 0]
    order = np.argsort(owners, kind="stable")
    starts = np.searchsorted(owners[order], np.arange(len(words) + 1))
    wrong = np.zeros(CELL_BITS + 1)
    for i in range(0, len(queries), 8):
        for word in asked[i]:
            members = order[starts[word]:starts[word + 1]]
            lists = np.full(len(members), word)
            other = signatures(queries[i:i + 1], np.array([word]), places)
            apart = (signatures(strangers[members], lists, places) != other)[:, taken[word]].sum(1)
            wrong += np.bincount(apart, minlength=CELL_BITS + 1)
    for most in range(CELL_BITS + 1):
        print(f"up to {most} bits of a cell: pairs {right[:most + 1].sum() / right.sum():.3f}, "
              f"others {wrong[:most + 1].sum() / wrong.sum():.3f}")


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
    parser.add_argument("--cells", type=pathlib.Path, required=True)
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
    owners = nearest(trained, words)[:, 0]
    chosen = chosen_bits(differing(trained, owners, len(words)), in_pairs)
    asked.out.write_bytes(chosen.tobytes())
    places = places_of(chosen)
    taken = cell_bits(trained, owners, in_pairs, places)
    asked.cells.write_bytes((np.uint64(1) << taken.astype(np.uint64)).sum(1, dtype=np.uint64).astype("<u8").tobytes())
    print(f"{len(trained)} codes and {len(pairs[1][0])} pairs chose {BITS} bits for each of {len(words)} words; "
          f"the share of pairs nearer than a share of strangers:")
    report(pairs[0], strangers, words, chosen)
    report_cells(pairs[0], strangers, words, places, taken)


if __name__ == "__main__":
    main()
