#!/usr/bin/env python3
"""Makes many photos of about 500 pixels out of a few: crops, resized.

    make_photos.py --photos DIR... --count 10000 --out PHOTOS

Every photo of the folders is cropped and resized in as many ways as it takes; each result has a longer side of 440 to 560
pixels. The same photos give the same pictures. Needs the ffmpeg program; Python's standard library otherwise.
"""
import argparse
import concurrent.futures
import os
import pathlib
import random
import subprocess
import sys

KINDS = {".jpg", ".jpeg", ".png", ".webp"}


def variants(photo, names, out):
    """One ffmpeg process, as many outputs as there are names."""
    chance = random.Random(photo.name)
    graph = [f"[0:v:0]split={len(names)}" + "".join(f"[s{i}]" for i in range(len(names)))]
    outputs = []
    for i, name in enumerate(names):
        wide, tall = chance.uniform(0.6, 1), chance.uniform(0.6, 1)
        left, top, side = chance.uniform(0, 1 - wide), chance.uniform(0, 1 - tall), chance.randint(440, 560)
        graph.append(f"[s{i}]crop=iw*{wide:.3f}:ih*{tall:.3f}:iw*{left:.3f}:ih*{top:.3f},"
                     f"scale={side}:{side}:force_original_aspect_ratio=decrease:force_divisible_by=2,format=yuvj420p[o{i}]")
        outputs += ["-map", f"[o{i}]", "-frames:v", "1", "-update", "1", "-q:v", str(chance.randint(2, 6)), str(out / name)]
    made = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", "1", "-i", str(photo),
                           "-filter_complex", ";".join(graph), *outputs], stderr=subprocess.DEVNULL)
    return made.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", required=True, nargs="+", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    args = parser.parse_args()
    photos = sorted(p for folder in args.photos for p in folder.iterdir() if p.suffix.lower() in KINDS)
    if not photos:
        sys.exit("no photos there")
    args.out.mkdir(parents=True, exist_ok=True)
    # A source that ffmpeg cannot read costs its share: one in twenty more are made than wanted.
    each = -(-args.count * 21 // 20 // len(photos))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(variants, photo, [f"{photo.stem}_{i:02}.jpg" for i in range(each)], args.out) for photo in photos]
        failed = sum(not job.result() for job in jobs)
    made = sorted(args.out.glob("*.jpg"))
    for extra in made[args.count:]:
        extra.unlink()
    print(f"{min(len(made), args.count)} pictures from {len(photos)} photos, {failed} of them failed")


if __name__ == "__main__":
    main()
