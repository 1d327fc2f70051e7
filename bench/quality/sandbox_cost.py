#!/usr/bin/env python3
"""What the sandbox costs: CPU and wall time of `find` over many photos and clips, and the latency of one small picture.

    sandbox_cost.py --refrain PATH --photos DIR_OR_FILE ... [--clips DIR_OR_FILE ...] [--threads 2] [--runs 3] [--single 40]

Each series runs with the sandbox and with --no-sandbox in turn, against one corpus of every fiftieth photo. CPU is user
and system of the program and of its workers. The latency is the wall time of a whole `find` of one picture, which is made
small by the program ffmpeg. Prints medians and the median of the ratios of pairs. Beside them stands the wall time of
`refrain list`, which decodes nothing. Standard library only.
"""
import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

PICTURES = {".jpg", ".jpeg", ".png", ".webp"}
FILMS = {".mp4", ".webm", ".mkv"}


def files_of(places, endings):
    """All files with these endings, folders walked."""
    found = []
    for place in map(pathlib.Path, places):
        found += sorted(place.rglob("*")) if place.is_dir() else [place]
    return [str(path) for path in found if path.suffix.lower() in endings]


def run(command, files):
    """CPU and wall seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([*command, "--list", "-"] if files else command, input="\n".join(files), capture_output=True,
                          text=True, check=False)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1, 3):
        sys.exit(f"failed with {done.returncode}: {' '.join(command)}\n{done.stderr[-500:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def compare(find, files, runs):
    """Pairs of (CPU, wall): with the sandbox, without."""
    pairs = []
    for number in range(runs):
        order = ([], ["--no-sandbox"]) if number % 2 == 0 else (["--no-sandbox"], [])
        measured = {len(option): run([*find, *option], files) for option in order}
        pairs.append((measured[0], measured[1]))
    return pairs


def show(name, count, pairs):
    text = []
    for column, what in ((0, "CPU"), (1, "wall")):
        with_it, without = ([pair[side][column] for pair in pairs] for side in (0, 1))
        ratio = statistics.median(a / b for a, b in zip(with_it, without))
        text.append(f"{what} {statistics.median(with_it):.2f} s with, {statistics.median(without):.2f} s without, ratio {ratio:.3f}")
    print(f"{name}: {count} files, {len(pairs)} pairs: {'; '.join(text)}", flush=True)


def show_latency(find, small, runs):
    pairs = compare([*find, small], [], runs)
    ends = {}
    for side, name in ((0, "with"), (1, "without")):
        walls = sorted(1000 * pair[side][1] for pair in pairs)
        cpus = sorted(1000 * pair[side][0] for pair in pairs)
        ends[name] = walls
        print(f"one small picture, {name}: wall ms least {walls[0]:.1f}, median {statistics.median(walls):.1f}; "
              f"CPU ms median {statistics.median(cpus):.1f}")
    print(f"latency: with minus without: least {ends['with'][0] - ends['without'][0]:+.1f} ms, median "
          f"{statistics.median(ends['with']) - statistics.median(ends['without']):+.1f} ms, of {runs} pairs")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refrain", required=True)
    parser.add_argument("--photos", nargs="+", required=True)
    parser.add_argument("--clips", nargs="+", default=[])
    parser.add_argument("--threads", default="2")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--single", type=int, default=40)
    args = parser.parse_args()
    photos, clips = files_of(args.photos, PICTURES)[:1000], files_of(args.clips, FILMS)[:20]
    with tempfile.TemporaryDirectory() as work:
        common = ["--quiet", "--json", "--corpus", os.path.join(work, "corpus"), "--threads", args.threads]
        find = [args.refrain, "find", *common]
        run([args.refrain, "add", *common], photos[::50])
        run(find, photos[:1])  # snapshots and caches
        small = os.path.join(work, "small.jpg")
        subprocess.run(["ffmpeg", "-v", "error", "-i", photos[0], "-vf", "scale=320:-2", small], check=True)
        if args.single:
            show_latency(find, small, args.single)
            walls = sorted(1000 * run([args.refrain, "list", *common[:4]], [])[1] for _ in range(args.single))
            print(f"refrain list: wall ms least {walls[0]:.1f}, median {statistics.median(walls):.1f}")
        show("photos", len(photos), compare(find, photos, args.runs))
        if clips:
            show("clips", len(clips), compare(find, clips, args.runs))


if __name__ == "__main__":
    main()
