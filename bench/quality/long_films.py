#!/usr/bin/env python3
"""Whether films of hours are found again, where, and what the search costs.

    long_films.py --refrain PATH/TO/refrain --hours 3,6 --clips FOLDER --photos FOLDER --work FOLDER [--threads 2]

Makes films out of clips that come again and again, with a shot of a photo between any two, and the same films encoded again from the
same sources: smaller, harder, other groups of pictures. Each film is made known and its other encoding looked up. Prints status, score,
segments, their greatest error in time (query time against known time: both films have the same times), and the seconds of processor
time of decoding and of the search. Exits 1 where a film is not found, a segment is wrong by more than a second, less than 0.95 of the
film is covered, or the search takes over 5 % of the decoding. Pieces are encoded once and joined by copying: they stay in --work, and
are used again. Needs the ffmpeg program.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

SHOT_SECONDS = 3
PHOTOS = 239           # of which no other number of clips than a multiple comes out even
CLIP_SECONDS = 8
ENCODINGS = {
    "known": (["scale=320:180:force_original_aspect_ratio=increase,crop=320:180,setsar=1,fps=25"], ["-crf", "25", "-g", "50"]),
    "query": (["scale=288:162:force_original_aspect_ratio=increase,crop=288:162,setsar=1,fps=25"], ["-crf", "33", "-g", "125"]),
}


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-nostdin", *map(str, arguments)], check=True)


def make_pieces(sources, folder, encoding):
    """Encodes each source once."""
    folder.mkdir(parents=True, exist_ok=True)
    filters, options = ENCODINGS[encoding]
    pieces = []
    for number, source in enumerate(sources):
        piece = folder / f"{number:04d}.ts"
        pieces.append(piece)
        if piece.exists():
            continue
        is_photo = source.suffix == ".jpg"
        still = [f"loop={25 * SHOT_SECONDS - 1}:1:0", "setpts=N/25/TB"] if is_photo else []
        part = piece.with_suffix(".part.ts")
        ffmpeg("-t", CLIP_SECONDS, "-i", source, "-an", "-vf", ",".join(filters + still), "-c:v", "libx264", "-preset", "ultrafast",
               "-threads", 1, "-pix_fmt", "yuv420p", *options, part)
        part.rename(piece)
    return pieces


def make_film(clips, shots, seconds, film):
    """Clips in turn, a shot after each, until the film is long enough."""
    if film.exists():
        return
    listing = film.with_suffix(".txt")
    lines, length, number = [], 0.0, 0
    while length < seconds:
        for piece in (clips[number % len(clips)], shots[number % len(shots)]):
            lines.append(f"file '{piece.resolve()}'\n")
        length += CLIP_SECONDS + SHOT_SECONDS
        number += 1
    listing.write_text("".join(lines))
    part = film.with_suffix(".part.mkv")
    ffmpeg("-f", "concat", "-safe", "0", "-i", listing, "-c", "copy", "-t", seconds, part)
    part.rename(film)


def run(command):
    """The JSON line of a command, its processor seconds and peak MiB."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    answer = child.stdout.read()
    _, _, usage = os.wait4(child.pid, 0)
    return json.loads(answer.splitlines()[-1]), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def judge(answer):
    """Prints what was found. @return whether it is right"""
    seconds = answer["media"]["duration_ms"] / 1000  # clips that end early make the film shorter than it was meant to be
    segments = [s for m in answer["matches"][:1] for s in m["segments"]]
    worst = max((abs(s["query_ms"][i] - s["reference_ms"][i]) / 1000 for s in segments for i in (0, 1)), default=0)
    covered = sum(s["query_ms"][1] - s["query_ms"][0] for s in segments) / 1000 / seconds
    timing = answer["timing_ms"]
    share = timing["search"] / max(1, timing["decode"] + timing["hash"])
    score = answer["matches"][0]["score"] if answer["matches"] else 0
    print(f"  {answer['status']}, score {score}, segments {len(segments)}, covered {covered:.4f} of {seconds / 3600:.2f} h, worst error {worst:.2f} s; decode "
          f"{timing['decode'] / 1000:.1f} s, hash {timing['hash'] / 1000:.1f} s, search {timing['search'] / 1000:.2f} s "
          f"= {100 * share:.1f} %, bounded: {answer.get('bounded', 'no')}", flush=True)
    return answer["status"] == "match" and worst <= 1 and covered >= 0.95 and share <= 0.05


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refrain", required=True)
    parser.add_argument("--hours", default="3,6")
    parser.add_argument("--clips", type=pathlib.Path, required=True)
    parser.add_argument("--photos", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--most-clips", type=int, default=30)
    parser.add_argument("--reuse", action="store_true", help="take the corpus of an earlier run")
    args = parser.parse_args()
    clips = sorted(args.clips.glob("*.mp4"))[:args.most_clips]
    photos = sorted(args.photos.glob("*.jpg"))[:PHOTOS]
    pieces = {name: (make_pieces(clips, args.work / name / "clips", name), make_pieces(photos, args.work / name / "shots", name))
              for name in ENCODINGS}
    is_right = True
    for hours in (float(h) for h in args.hours.split(",")):
        films = {name: args.work / f"{name}-{hours:g}h.mkv" for name in ENCODINGS}
        for name, film in films.items():
            make_film(*pieces[name], 3600 * hours, film)
        corpus = args.work / f"corpus-{hours:g}h"
        common = ["--json", "--quiet", "--threads", str(args.threads), "--corpus", str(corpus)]
        print(f"{hours:g} hours", flush=True)
        if not (args.reuse and corpus.exists()):
            shutil.rmtree(corpus, ignore_errors=True)
            added, cpu, peak = run([args.refrain, "add", *common, str(films["known"])])
            print(f"  add: {added['status']}, frames {added['fingerprint']['frames']}, {cpu:.1f} s of processor, {peak:.0f} MiB",
                  flush=True)
        answer, cpu, peak = run([args.refrain, "find", *common, str(films["query"])])
        print(f"  find: {cpu:.1f} s of processor, {peak:.0f} MiB", flush=True)
        is_right = judge(answer) and is_right
    sys.exit(0 if is_right else 1)


if __name__ == "__main__":
    main()
