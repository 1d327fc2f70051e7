#!/usr/bin/env python3
"""Recall by edit, and how the scores of copies and of strangers lie, on any folder of media.

    edits.py --refrain PATH --media DIR [DIR ...] [--photos 100] [--clips 6] [--seconds 12] [--threads 0] [--json]

Of the photos and clips below the folders half are made known; ffmpeg makes edited copies of these, and all copies and the
other half are looked up. A copy counts as found when the answer names its original with the default score or more. The
others show nothing known, unless the folders hold nearly equal files: those that match are named, for people to look at.
The same files give the same run. Of clips the first --seconds are used.
--json prints one object for programs instead of the table. Exit: 0 measured, 2 could not be. Needs the program `ffmpeg`;
standard library only.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

PHOTOS = {".jpg", ".jpeg", ".png", ".webp"}
CLIPS = {".mp4", ".mov", ".mkv", ".webm"}
MIN_SCORE = 6.0  # what `find` takes for a match by default

# Filters of ffmpeg. The caption is a band without letters, so that no font is needed.
PHOTO_EDITS = {
    "half size": "scale=iw/2:-2",
    "poor jpeg": "null",
    "crop, 60 % each way": "crop=iw*0.6:ih*0.6:iw*0.25:ih*0.15",
    "crop, 35 % each way": "crop=iw*0.35:ih*0.35:iw*0.4:ih*0.3",
    "border": "pad=iw*1.3:ih*1.3:(ow-iw)/2:(oh-ih)/2:color=white",
    "band at the bottom": "drawbox=x=0:y=ih*0.8:w=iw:h=ih*0.2:color=black:t=fill",
    "mirror": "hflip",
    "turned by 90°": "transpose=1",
    "turned by 8°": "rotate=0.14:fillcolor=gray",
    "grey": "format=gray",
    "bright, low contrast": "eq=brightness=0.12:contrast=0.7",
    "blur": "gblur=sigma=2.5",
    "noise": "noise=alls=28:allf=t",
    "stretch 4:3": "scale=iw*1.333:ih",
    "inside a larger picture": "scale=iw/2:-2,pad=iw*2:ih*2:iw*0.6:ih*0.35:color=0x305070",
    "crop, mirror, border": "crop=iw*0.7:ih*0.7,hflip,pad=iw*1.2:ih*1.2:(ow-iw)/2:(oh-ih)/2:color=black",
}
CLIP_EDITS = {
    "clip: half size": "scale=trunc(iw/4)*2:trunc(ih/4)*2",
    "clip: mirror": "hflip",
    "clip: crop": "crop=trunc(iw*0.35)*2:trunc(ih*0.35)*2",
    "clip: border, faster": "pad=trunc(iw*0.65)*2:trunc(ih*0.65)*2:(ow-iw)/2:(oh-ih)/2,setpts=PTS/1.25",
}
POOREST = "31"  # ffmpeg's -q:v of the worst JPEG
GOOD = "4"


class Unmeasurable(Exception):
    """There is nothing to measure, or a program failed."""


def distinct_files(folders, suffixes, count):
    """At most `count` files, in the order of their digests: an order that has nothing to do with what they show."""
    found = {}
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.suffix.lower() in suffixes and path.is_file():
                found.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), path.resolve())
    return [found[digest] for digest in sorted(found)][:count]


def ffmpeg(*words):
    done = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", "1", *map(str, words)],
                          stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def edited_photo(source, folder):
    """All edits of one photo by one process. @return (edit, path) of those that were made"""
    names = list(PHOTO_EDITS)
    graph = [f"[0:v:0]split={len(names)}" + "".join(f"[s{i}]" for i in range(len(names)))]
    words, made = [], []
    for number, name in enumerate(names):
        graph.append(f"[s{number}]{PHOTO_EDITS[name]},format=yuvj420p[o{number}]")
        target = folder / f"{number:02}.jpg"
        quality = POOREST if name == "poor jpeg" else GOOD
        words += ["-map", f"[o{number}]", "-frames:v", "1", "-update", "1", "-q:v", quality, target]
        made.append((name, target))
    is_done = ffmpeg("-i", f"file:{source}", "-filter_complex", ";".join(graph), *words)
    return [(name, path) for name, path in made if path.is_file()] if is_done else []


def edited_clip(source, folder, seconds):
    made = []
    for number, (name, edit) in enumerate(CLIP_EDITS.items()):
        target = folder / f"{number:02}.mp4"
        if ffmpeg("-i", f"file:{source}", "-t", seconds, "-an", "-vf", f"{edit},format=yuv420p", "-c:v", "libx264",
                  "-preset", "veryfast", "-crf", "30", target):
            made.append((name, target))
    return made


def make_copies(sources, work, seconds, threads):
    """(edit, path, original) of all copies; an original of which none could be made is left out."""
    def make(job):
        number, source = job
        folder = work / f"{number:05}"
        folder.mkdir()
        is_clip = source.suffix.lower() in CLIPS
        copies = edited_clip(source, folder, seconds) if is_clip else edited_photo(source, folder)
        return [(edit, path, source) for edit, path in copies]

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        try:
            return [copy for copies in pool.map(make, enumerate(sources)) for copy in copies]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def refrain(program, *words):
    done = subprocess.run([program, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise Unmeasurable(f"refrain {words[0]}: {done.stderr.strip()[:300]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def look_up(options, corpus, paths, work):
    """The answer to each path."""
    listing = work / "list"
    listing.write_text("".join(f"{path}\n" for path in paths))
    answers = refrain(options.refrain, "find", "--json", "--quiet", "--threads", options.threads, "--min-score", "0",
                      "--max-matches", "50", "--corpus", corpus, "--list", listing)
    return {answer["input"]: answer for answer in answers}


def score_of(answer, original=None):
    """The best score of a match; with `original`, of those that name it. 0: there is none."""
    return max((match["score"] for match in answer["matches"] if original in (None, match["source"])), default=0.0)


def table_of(copies, answers):
    """Rows by edit, in the order of the edits, and the scores of all copies."""
    rows, scores = {}, []
    for edit, path, original in copies:
        score = score_of(answers[str(path)], str(original))
        row = rows.setdefault(edit, {"edit": edit, "queries": 0, "found": 0})
        row["queries"] += 1
        row["found"] += score >= MIN_SCORE
        scores.append(score)
    order = [*PHOTO_EDITS, *CLIP_EDITS]
    made = sorted(rows.values(), key=lambda row: order.index(row["edit"]))
    for row in made:
        row["recall"] = row["found"] / row["queries"]
    return made, scores


def measure(options, work):
    photos = distinct_files(options.media, PHOTOS, 2 * options.photos)
    clips = distinct_files(options.media, CLIPS, 2 * options.clips)
    known = photos[::2] + clips[::2]
    strangers = photos[1::2] + clips[1::2]
    if len(photos) + len(clips) < 2:
        raise Unmeasurable("there are fewer than two media of different bytes")
    copies = make_copies(known, work, options.seconds, options.threads or os.cpu_count())
    if not copies:
        raise Unmeasurable("ffmpeg made no copy")
    corpus = work / "corpus"
    listing = work / "known"
    listing.write_text("".join(f"{path}\n" for path in known))
    refrain(options.refrain, "add", "--json", "--quiet", "--threads", options.threads, "--corpus", corpus, "--list", listing)
    answers = look_up(options, corpus, [path for _, path, _ in copies] + strangers, work)
    rows, copy_scores = table_of(copies, answers)
    others = {str(path): score_of(answers[str(path)]) for path in strangers}
    return {"known": len(known), "edits": rows, "min_score": MIN_SCORE,
            "scores": {"copies": copy_scores, "strangers": list(others.values())},
            "strangers_that_match": sorted(pathlib.Path(path).name for path, score in others.items() if score >= MIN_SCORE)}


def print_table(result):
    print(f"{'edit':26} {'queries':>8} {'found':>6} {'recall':>7}")
    for row in result["edits"]:
        print(f"{row['edit']:26} {row['queries']:8} {row['found']:6} {row['recall']:7.3f}")
    alarms = result["strangers_that_match"]
    print(f"{len(result['scores']['strangers'])} strangers, {len(alarms)} of them match{': ' if alarms else ''}{', '.join(alarms)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refrain", required=True)
    parser.add_argument("--media", required=True, nargs="+", type=pathlib.Path)
    parser.add_argument("--photos", type=int, default=100)
    parser.add_argument("--clips", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    options.threads = options.threads or len(os.sched_getaffinity(0))
    try:
        with tempfile.TemporaryDirectory(prefix="refrain-edits-") as folder:
            result = measure(options, pathlib.Path(folder))
    except (Unmeasurable, OSError, KeyError, ValueError) as failure:
        print(f"edits: {failure!r}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("edits: interrupted", file=sys.stderr)
        return 130
    print(json.dumps(result)) if options.json else print_table(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
