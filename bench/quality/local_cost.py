#!/usr/bin/env python3
"""What local features cost when much is known: benign pictures, and videos.

    local_cost.py --refrain PATH --media DIR --photos PHOTOS [--counts 1000,10000] [--clips CLIP...] [--runs 3]

DIR holds manifest.csv with the columns id, file, media, role and the media; PHOTOS many pictures as
make_photos.py makes them, named after their sources; those of benign sources are passed over.

Pictures: makes so many photos known, then looks all benign pictures up on one thread, at normal effort.
CPU of extraction (with whole-frame hashes) and search (with placing) is the time that each answer names,
scaled by CPU over wall-clock time of the whole run, per query; their sum is what a look-up costs beyond
decoding. Target: 40 ms at 10,000. Opening is a look-up of a flat picture in a fresh process; the first look-up
that of one benign picture, with the snapshots that `add` left and, as the line below says, without them: CPU
and wall-clock time and the most memory, mapped pages that all processes share included. Videos: CPU of `find` in a corpus of all known media of the manifest, over that of
`ffmpeg -threads 1 -i CLIP -f null -`. Targets: normal 1.5, fast 0.6. The least of the runs counts.
Needs the ffmpeg program; Python's standard library otherwise.
"""
import argparse
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time


def measure(command):
    """CPU seconds, wall-clock seconds, what was printed and the most megabytes resident."""
    with tempfile.TemporaryFile() as out:
        began = time.monotonic()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - began
        if os.waitstatus_to_exitcode(status) not in (0, 1):
            sys.exit(f"failed: {' '.join(map(str, command))}")
        out.seek(0)
        return usage.ru_utime + usage.ru_stime, wall, out.read().decode(), usage.ru_maxrss / 1024


def least_cpu(command, runs):
    return min(measure(command)[0] for _ in range(runs))


def write_list(path, files):
    path.write_text("".join(f"{file.resolve()}\n" for file in files))
    return str(path)


def look_up_all(args, corpus, listing):
    """Of the cheapest run: CPU milliseconds a query by part, and the number of queries with a match."""
    best = None
    for _ in range(args.runs):
        cpu, wall, out, _ = measure([args.refrain, "find", "--json", "--quiet", "--threads", "1", "--corpus", str(corpus),
                                  "--list", listing])
        answers = [json.loads(line) for line in out.splitlines()]
        parts = {part: sum(answer["timing_ms"][part] for answer in answers) / len(answers) * min(1, cpu / wall)
                 for part in ("decode", "hash", "search")}
        found = sum(bool(answer["matches"]) for answer in answers)
        if best is None or parts["hash"] + parts["search"] < best[0]["hash"] + best[0]["search"]:
            best = (parts, found)
    return best


def fresh(args, corpus, query, before=lambda: None):
    """A look-up in a process of its own: the least CPU and wall-clock milliseconds, and megabytes, in words."""
    runs = []
    for _ in range(args.runs):
        before()
        cpu, wall, _, memory = measure([args.refrain, "find", "--quiet", "--effort", "normal", "--corpus", str(corpus), str(query)])
        runs.append((1000 * cpu, 1000 * wall, memory))
    return "CPU {:.0f} ms, wall {:.0f} ms, {:.0f} MB".format(*(min(column) for column in zip(*runs)))


def pictures(args, rows, work):
    benign = {row["id"] for row in rows if row["role"] == "benign"}
    photos = [p for p in sorted(args.photos.iterdir()) if p.stem.rpartition("_")[0] not in benign]
    queries = [args.media / row["file"] for row in rows if row["role"] == "benign" and row["media"] == "image"]
    listing = write_list(work / "queries.list", queries)
    flat = work / "flat.pgm"
    flat.write_bytes(b"P5\n64 64\n255\n" + bytes([128]) * 4096)
    print(f"{'known':>7} {'extract ms':>11} {'search ms':>10} {'sum ms':>7} {'decode ms':>10} {'matches':>8} {'record B':>9} "
          f"{'store B':>8} {'snapshots B':>11}")
    for count in args.counts:
        if count > len(photos):
            sys.exit(f"{len(photos)} photos that are not benign are too few for {count}")
        corpus = work / f"known{count}"
        step = len(photos) / count
        known = write_list(work / "known.list", [photos[int(i * step)] for i in range(count)])
        measure([args.refrain, "add", "--quiet", "--corpus", str(corpus), "--list", known])
        snapshots = [corpus / "index.snapshot", corpus / "local.snapshot"]
        parts, found = look_up_all(args, corpus, listing)
        stats = json.loads(measure([args.refrain, "stats", "--json", "--corpus", str(corpus)])[2])
        each = {key: stats[key] / stats["items"] for key in ("record_bytes", "store_bytes")}
        written = sum(file.stat().st_size for file in snapshots) / stats["items"]
        print(f"{count:7} {parts['hash']:11.1f} {parts['search']:10.1f} {parts['hash'] + parts['search']:7.1f} "
              f"{parts['decode']:10.1f} {found:8} {each['record_bytes']:9.0f} {each['store_bytes']:8.0f} {written:11.0f}", flush=True)
        print(f"        opening: {fresh(args, corpus, flat)}")
        print(f"        first look-up: {fresh(args, corpus, queries[0])}")
        without = fresh(args, corpus, queries[0], lambda: [file.unlink() for file in snapshots])
        print(f"        without snapshots, which it writes: {without}", flush=True)


def videos(args, rows, work):
    corpus = work / "media"
    known = write_list(work / "known.list", [args.media / row["file"] for row in rows if row["role"] == "known"])
    measure([args.refrain, "add", "--quiet", "--corpus", str(corpus), "--list", known])
    print(f"{'clip':24} {'decode s':>9} {'fast':>6} {'normal':>7} {'thorough':>9}")
    for clip in args.clips:
        unit = least_cpu(["ffmpeg", "-v", "error", "-threads", "1", "-i", clip, "-map", "0:v:0", "-f", "null", "-"], args.runs)
        cost = [least_cpu([args.refrain, "find", "--quiet", "--threads", "1", "--corpus", str(corpus), "--effort", effort, clip],
                          args.runs) / unit for effort in ("fast", "normal", "thorough")]
        print(f"{os.path.basename(clip)[:24]:24} {unit:9.2f} {cost[0]:6.2f} {cost[1]:7.2f} {cost[2]:9.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refrain", required=True)
    parser.add_argument("--media", required=True, type=pathlib.Path)
    parser.add_argument("--photos", type=pathlib.Path)
    parser.add_argument("--counts", type=lambda text: [int(word) for word in text.split(",")], default=[1000, 10000])
    parser.add_argument("--clips", nargs="*", default=[])
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    with open(args.media / "manifest.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with tempfile.TemporaryDirectory() as work:
        if args.clips:
            videos(args, rows, pathlib.Path(work))
        if args.photos:
            pictures(args, rows, pathlib.Path(work))


if __name__ == "__main__":
    main()
