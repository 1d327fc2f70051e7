#!/usr/bin/env python3
"""How many edited screenshots of known videos are found, and whether at the right time.

    screenshots.py --refrain PATH --media DIR [--count 200] [--seed 1] [--effort normal] [--work DIR]

DIR holds manifest.csv with the columns id, file, media, role, tier and duration, and the media. All media
whose role is `known` are made known. From each known video in turn frames at random times are taken and
edited: cropped, captioned, framed, mirrored, made 720 pixels wide or saved as a poor JPEG, or several of
these. A screenshot is found if one of its matches is the video, and found in time if the end or the middle
of a segment's reference time that is nearest to the true time is at most 0.5 s from it.

Frames without any detail (PDQ quality below 20: fades, black) are drawn anew, and counted. Targets: 95 %
found, 95 % found in time. Exit: 0 met, 1 missed. Needs the ffmpeg program; Python's standard library otherwise.
"""
import argparse
import collections
import csv
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

TARGET = 0.95
NEAR_MS = 500
LEAST_QUALITY = 20
WORDS = "when you finally see the end of a very long day and nobody told me about that part wait for it".split()
# Five by seven dots, column by column, the lowest bit on top: the caption needs no font.
LETTERS = dict(zip("abcdefghijklmnopqrstuvwxyz", (bytes.fromhex(columns) for columns in (
    "7e1111117e 7f49494936 3e41414122 7f4141221c 7f49494941 7f09090901 3e4149497a 7f0808087f 00417f4100 2040413f01 "
    "7f08142241 7f40404040 7f020c027f 7f0408107f 3e4141413e 7f09090906 3e4151215e 7f09192946 4649494931 01017f0101 "
    "3f4040403f 1f2040201f 3f4038403f 6314081463 0708700807 6151494543").split())))


def run(words, **options):
    done = subprocess.run(words, capture_output=True, check=False, **options)
    if done.returncode not in (0, 1):
        sys.exit(f"failed: {' '.join(map(str, words[:6]))} ...: {done.stderr.decode(errors='replace')[:500]}")
    return done.stdout


def write_caption(path, width, chance):
    """A white band with a line or two of black words, as a PGM picture."""
    dot = max(1, width // 240)
    lines = [chance.sample(WORDS, 5) for _ in range(chance.randint(1, 2))]
    height = (11 * len(lines) + 5) * dot
    rows = [bytearray(b"\xff" * width) for _ in range(height)]
    for number, words in enumerate(lines):
        left = 4 * dot
        for letter in " ".join(words):
            for bit in range(35):
                if letter in LETTERS and LETTERS[letter][bit // 7] >> (bit % 7) & 1 and left + 5 * dot < width:
                    for y in range(dot):
                        start = left + bit // 7 * dot
                        rows[(4 + 11 * number + bit % 7) * dot + y][start:start + dot] = bytes(dot)
            left += 6 * dot
    path.write_bytes(b"P5\n%d %d\n255\n" % (width, height) + b"".join(rows))


def crop(chance):
    share = 1 - chance.uniform(0.10, 0.30)  # of the area
    wide = chance.uniform(share ** 0.5, 1) if chance.random() < 0.5 else share ** 0.5
    tall = share / wide
    return f"crop=iw*{wide:.3f}:ih*{tall:.3f}:iw*{chance.uniform(0, 1 - wide):.3f}:ih*{chance.uniform(0, 1 - tall):.3f}"


def edit(name, chance):
    """Filters, and whether there is a caption. JPEG's losses come with every edit."""
    filters = []
    if "mirror" in name:
        filters.append("hflip")
    if "crop" in name:
        filters.append(crop(chance))
    if "720" in name or "combination" in name:
        filters.append("scale=720:-2")
    if "border" in name:
        size = chance.randint(10, 60)
        filters.append(f"pad=iw+{2 * size}:ih+{2 * size}:{size}:{size}:color={chance.choice(['black', 'white', 'navy'])}")
    return filters, "caption" in name


EDITS = ["crop", "caption", "poor jpeg", "720 pixels", "border", "mirror", "crop, caption", "crop, mirror, 720 pixels",
         "combination: crop, caption, border"]


def ffmpeg_qscale(quality):
    """The scale of ffmpeg's own JPEG encoder that quantises about as libjpeg does at this quality."""
    scale = 5000 / quality if quality < 50 else 200 - 2 * quality
    return max(2, round(scale / 100 * 8))


def make_screenshot(video, milliseconds, name, chance, target):
    """The frame shown at that time, edited. Returns nothing where ffmpeg gives no frame."""
    frame = target.with_suffix(".png")
    run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-ss", f"{milliseconds / 1000:.3f}", "-i", str(video), "-map", "0:v:0",
         "-frames:v", "1", "-update", "1", str(frame)])
    if not frame.is_file():
        return None
    filters, has_caption = edit(name, chance)
    quality = chance.randint(40, 70)
    inputs, graph = ["-i", str(frame)], ",".join(["[0:v]null", *filters])
    if has_caption:
        width = int(run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=width", "-of", "csv=p=0",
                         str(frame)]).split()[0])
        band = target.with_suffix(".pgm")
        write_caption(band, width, chance)
        inputs += ["-i", str(band)]
        graph += (f"[p];[1:v]format=rgb24[b];[b][p]scale2ref=w=iw:h=ow/mdar[s][q];[s][q]vstack,format=yuvj420p" if chance.random() < 0.5
                  else f"[p];[1:v]format=rgb24[b];[b][p]scale2ref=w=iw:h=ow/mdar[s][q];[q][s]overlay=0:H-h,format=yuvj420p")
    else:
        graph += ",format=yuvj420p"
    run(["ffmpeg", "-v", "error", "-nostdin", "-y", *inputs, "-filter_complex", graph, "-frames:v", "1", "-update", "1",
         "-q:v", str(ffmpeg_qscale(quality)), str(target)])
    return target if target.is_file() else None


def has_detail(refrain, picture):
    answer = json.loads(run([refrain, "hash", "--json", "--quiet", str(picture)]))
    return max(frame["quality"] for frame in answer["frames"]) >= LEAST_QUALITY


def time_error(match, milliseconds):
    """Milliseconds from the nearest end or middle of a segment; none where no time is given."""
    spans = [segment["reference_ms"] for segment in match.get("segments") or [] if segment.get("reference_ms")]
    return min((abs(at - milliseconds) for begin, end in spans for at in (begin, (begin + end) / 2, end)), default=None)


def draw(args, videos, work):
    """The screenshots: (picture, id, edit, milliseconds)."""
    chance = random.Random(args.seed)
    shots, dull = [], 0
    while len(shots) < args.count and dull < 10 * args.count:
        video = videos[len(shots) % len(videos)]
        milliseconds = int(1000 * chance.uniform(0.02, 0.98) * float(video["duration"]))
        name = EDITS[len(shots) % len(EDITS)]
        target = work / f"shot{len(shots):03}.jpg"
        target.unlink(missing_ok=True)
        made = make_screenshot(args.media / video["file"], milliseconds, name, chance, target)
        if made is None or not has_detail(args.refrain, target.with_suffix(".png")):
            dull += 1
            continue
        shots.append((made, video["id"], name, milliseconds))
    print(f"{len(shots)} screenshots of {len(videos)} videos; {dull} frames without detail drawn anew")
    return shots


def measure(args, work):
    with open(args.media / "manifest.csv", encoding="utf-8", newline="") as file:
        known = [row for row in csv.DictReader(file) if row["role"] == "known"]
    videos = [row for row in known if row["media"] == "video"]
    corpus = work / "corpus"
    listing = work / "known.list"
    listing.write_text("".join(f"{(args.media / row['file']).resolve()}\n" for row in known))
    run([args.refrain, "add", "--quiet", "--corpus", str(corpus), "--list", str(listing)])
    shots = draw(args, videos, work)
    listing.write_text("".join(f"{shot[0].resolve()}\n" for shot in shots))
    lines = run([args.refrain, "find", "--json", "--quiet", "--effort", args.effort, "--corpus", str(corpus),
                 "--list", str(listing)]).splitlines()
    tallies, misses = collections.defaultdict(lambda: [0, 0, 0]), []
    for (picture, video, name, milliseconds), line in zip(shots, lines, strict=True):
        answer = json.loads(line)
        own = [match for match in answer["matches"] if pathlib.Path(match["name"]).stem == video]
        error = time_error(own[0], milliseconds) if own else None
        is_near = error is not None and error <= NEAR_MS
        for tally in (tallies[name], tallies["all"]):
            tally[0] += 1
            tally[1] += bool(own)
            tally[2] += is_near
        if not is_near:
            others = " ".join(match["name"] for match in answer["matches"] if match not in own)
            misses.append(f"{picture.name} {video} at {milliseconds / 1000:.2f} s, {name}: "
                          + (f"time off by {error / 1000:.2f} s" if error is not None else "found without a time" if own
                             else f"not found ({answer['status']})") + (f"; found {others}" if others else ""))
    return tallies, misses


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refrain", required=True)
    parser.add_argument("--media", required=True, type=pathlib.Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--effort", default="normal")
    parser.add_argument("--work", type=pathlib.Path, help="kept; without it a folder that is dropped at the end")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as dropped:
        work = args.work or pathlib.Path(dropped)
        os.makedirs(work, exist_ok=True)
        tallies, misses = measure(args, work)
    print(f"{'edit':36} {'queries':>7} {'found':>6} {'in time':>8}")
    for name in [*EDITS, "all"]:
        count, found, near = tallies[name]
        print(f"{name:36} {count:7} {found / max(count, 1):6.3f} {near / max(count, 1):8.3f}")
    print("\n".join(misses))
    count, found, near = tallies["all"]
    is_met = count and found >= TARGET * count and near >= TARGET * count
    print("target met" if is_met else "TARGET MISSED")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
