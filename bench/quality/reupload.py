#!/usr/bin/env python3
"""Makes photos and clips known, then looks up the same files and their smaller, poorer copies.

    reupload.py --refrain PATH --media DIR [DIR ...] [--photos 1000] [--clips 20] [--threads 0] [--related NAME=NAME] [--work DIR]

The copies: photos at half the size with the JPEG quantisation tables of quality 40, clips at half
the size re-encoded as H.264 at CRF 32. Where there are too few photos, the largest landscape ones
are replaced by their left and right halves, which have nothing in common, until the number is there.
Pictures and clips without one frame of PDQ quality 50 (test patterns, black) are left out and counted:
there is nothing in them to recognise.

Target: the same files are all `exact` and name themselves; of the copies at least 99 % are found;
no answer names anything else, save what --related says. Exit: 0 target met; 1 missed; 2 could not be measured.
Needs the program `ffmpeg`; standard library only. Nothing is kept unless --work is given.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time

PHOTO_SUFFIXES = {".jpg", ".jpeg"}
CLIP_SUFFIXES = {".mp4", ".mov", ".mkv", ".webm", ".avi"}
TARGET = 0.99
BATCH = 20
QUALITY = 40
LEAST_QUALITY = 50  # below it the authors of PDQ throw a hash away

# ITU-T T.81, annex K: what libjpeg scales by its quality number.
LUMA_TABLE = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29,
    51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121,
    120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
]
CHROMA_TABLE = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99,
    99, 99, 99, 99,
] + [99] * 32


class Unmeasurable(Exception):
    pass


def scaled(table, quality):
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return ",".join(str(min(255, max(1, (value * scale + 50) // 100))) for value in table)


def jpeg_size(path):
    """Width and height from the frame header, or None where there is none."""
    data = path.read_bytes()
    at = 2
    while at + 9 <= len(data) and data[:2] == b"\xff\xd8":
        marker, length = data[at + 1], struct.unpack(">H", data[at + 2:at + 4])[0]
        if data[at] != 0xFF:
            return None
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5:at + 9])
            return width, height
        at += 2 + length
    return None


def distinct_files(folders, suffixes):
    """All files with these suffixes below the folders, by name; the same bytes once."""
    seen = set()
    files = []
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.suffix.lower() not in suffixes or not path.is_file():
                continue
            digest = hashlib.sha256(path.read_bytes()).digest()
            if digest not in seen:
                seen.add(digest)
                files.append(path.resolve())
    return files


def run_ffmpeg(words):
    done = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unmeasurable("ffmpeg: " + done.stderr.strip()[:500])


def run_batches(jobs, workers):
    """Each job is (input, output, options); several go to one ffmpeg, as starting it takes longest."""
    def run(batch):
        words = []
        for source, _, _ in batch:
            words += ["-i", f"file:{source}"]
        for number, (_, target, options) in enumerate(batch):
            words += ["-map", f"{number}:v:0", *options, f"file:{target}"]
        run_ffmpeg(words)

    batches = [jobs[at:at + BATCH] for at in range(0, len(jobs), BATCH)]
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, batches))


def choose_photos(files, count, work, workers):
    """`count` photos without a shared picture. Returns them and how many are halves."""
    missing = count - len(files)
    if missing <= 0:
        step = len(files) / count
        return [files[int(number * step)] for number in range(count)], 0
    sizes = {path: jpeg_size(path) for path in files}
    wide = [path for path in files if sizes[path] and sizes[path][0] > sizes[path][1]]
    wide.sort(key=lambda path: (-sizes[path][0] * sizes[path][1], path.name))
    if len(wide) < missing:
        raise Unmeasurable(f"{len(files)} photos, {len(wide)} of them in landscape: too few for {count}")
    halved = set(wide[:missing])
    folder = work / "halves"
    folder.mkdir()
    jobs = []
    halves = []
    for path in wide[:missing]:
        for side, left in (("left", "0"), ("right", "iw-ow")):
            target = folder / f"{path.stem}-{side}.jpg"
            jobs.append((path, target, ["-vf", f"crop=trunc(iw/2):ih:{left}:0", "-q:v", "2", "-frames:v", "1"]))
            halves.append(target)
    run_batches(jobs, workers)
    return [path for path in files if path not in halved] + halves, len(halves)


def make_copies(photos, clips, work, workers):
    """The copies, by original."""
    folder = work / "copies"
    folder.mkdir()
    quality = ["-q:v", "8", "-qmin", "8", "-qmax", "8", "-intra_matrix", scaled(LUMA_TABLE, QUALITY),
               "-chroma_intra_matrix", scaled(CHROMA_TABLE, QUALITY), "-pix_fmt", "yuvj420p", "-frames:v", "1"]
    copies = {}
    photo_jobs = []
    for number, path in enumerate(photos):
        copies[path] = folder / f"{number:04}.jpg"
        photo_jobs.append((path, copies[path], ["-vf", "scale=trunc(iw/2):trunc(ih/2):flags=area", *quality]))
    run_batches(photo_jobs, workers)

    def shrink(job):
        number, path = job
        copies[path] = folder / f"clip{number:02}.mp4"
        run_ffmpeg(["-i", f"file:{path}", "-map", "0:v:0", "-vf", "scale=trunc(iw/4)*2:trunc(ih/4)*2,format=yuv420p", "-an",
                    "-c:v", "libx264", "-preset", "veryfast", "-crf", "32", f"file:{copies[path]}"])

    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        list(pool.map(shrink, enumerate(clips)))
    return copies


def run_refrain(options, command, paths, work, corpus=True):
    """The answers, one a path in the same order, and the seconds."""
    paths = [os.fspath(path) for path in paths]
    listing = work / f"{command}.list"
    listing.write_text("".join(path + "\n" for path in paths), encoding="utf-8", errors="surrogateescape")
    where = ["--corpus", os.fspath(work / "corpus")] if corpus else []
    begin = time.monotonic()
    done = subprocess.run(
        [options.refrain, command, "--json", "--quiet", *where, "--threads", str(options.threads), "--list",
         os.fspath(listing)], capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begin
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    usable = (0, 3) if command == "hash" else (0, 1)
    if done.returncode not in usable or len(answers) != len(paths):
        raise Unmeasurable(f"{command}: exit code {done.returncode}, {len(answers)} answers to {len(paths)} inputs: "
                           + done.stderr.strip()[:500])
    return answers, seconds


def detailed(options, files, work):
    """Those of the files with something in them that can be recognised."""
    if not files:
        return []
    answers, _ = run_refrain(options, "hash", files, work, corpus=False)
    kept = [path for path, answer in zip(files, answers)
            if any(frame["quality"] >= LEAST_QUALITY for frame in answer.get("frames") or [])]
    if len(kept) < len(files):
        print(f"left out, without detail: {len(files) - len(kept)} of {len(files)} {files[0].suffix} files")
    return kept


def judge(options, originals, answers, ids, needs_exact):
    """How many found themselves, how many answers named a stranger, and a line about each of the rest."""
    found, wrong, remarks = 0, 0, []
    names = {item: path.name for path, item in ids.items()}
    for path, answer in zip(originals, answers):
        matches = answer["matches"]
        own = [m for m in matches if m["id"] == ids[path]]
        others = [m for m in matches if m["id"] != ids[path]
                  and {path.name, names[m["id"]]} not in options.related]
        is_found = bool(own) and (not needs_exact or "exact" in own[0]["evidence"])
        found += is_found
        wrong += bool(others)
        if not is_found:
            remarks.append(f"not found: {path.name} ({answer['status']})")
        for other in others:
            remarks.append(f"wrong: {path.name} is said to be {names[other['id']]}, score {other['score']}")
    return found, wrong, remarks


def measure(options, work):
    workers = os.cpu_count() or 1
    photo_files = detailed(options, distinct_files(options.media, PHOTO_SUFFIXES), work)
    clip_files = detailed(options, distinct_files(options.media, CLIP_SUFFIXES), work)
    if len(clip_files) < options.clips:
        raise Unmeasurable(f"{len(clip_files)} clips: too few for {options.clips}")
    photos, halves = choose_photos(photo_files, options.photos, work, workers)
    clips = [clip_files[number * len(clip_files) // options.clips] for number in range(options.clips)]
    print(f"{len(photos)} photos, {halves} of them halves of {halves // 2} others that are not used whole; {len(clips)} clips")
    copies = make_copies(photos, clips, work, workers)

    added, seconds = run_refrain(options, "add", photos + clips, work)
    refused = [line for line in added if line["status"] != "added"]
    if refused:
        raise Unmeasurable(f"{len(refused)} inputs were not added, the first: {refused[0]}")
    ids = {path: line["id"] for path, line in zip(photos + clips, added)}
    print(f"add: {seconds:.1f} s")

    rows = []
    for title, originals, paths, needs_exact in (
            ("photos, the same files", photos, photos, True),
            ("clips, the same files", clips, clips, True),
            ("photos, half size, quality 40", photos, [copies[path] for path in photos], False),
            ("clips, half size, CRF 32", clips, [copies[path] for path in clips], False)):
        if not paths:
            continue
        answers, seconds = run_refrain(options, "find", paths, work)
        rows.append((title, len(paths), *judge(options, originals, answers, ids, needs_exact), needs_exact, seconds))
    return rows


def report(rows):
    is_met = True
    print(f"{'looked up':32}{'queries':>8}{'found':>8}{'share':>9}{'wrong':>7}{'seconds':>9}")
    for title, queries, found, wrong, _, needs_all, seconds in rows:
        is_met &= wrong == 0 and found >= (queries if needs_all else TARGET * queries)
        print(f"{title:32}{queries:8}{found:8}{found / queries:9.2%}{wrong:7}{seconds:9.1f}")
    for title, _, _, _, remarks, _, _ in rows:
        for remark in remarks:
            print(f"{title}: {remark}")
    print("target met" if is_met else "TARGET MISSED")
    return is_met


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refrain", required=True, help="the program")
    parser.add_argument("--media", required=True, nargs="+", help="folders of photos and clips")
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument("--threads", type=int, default=0, help="of refrain; 0: one a core")
    parser.add_argument("--related", action="append", default=[], metavar="NAME=NAME", type=lambda text: set(text.split("=")),
                        help="two files that do show the same, as a person has seen; may be repeated")
    parser.add_argument("--work", type=pathlib.Path, help="a folder to make, for corpus and copies, that is kept")
    options = parser.parse_args()
    if options.photos < 1 or options.clips < 0:
        parser.error("--photos is at least 1, --clips at least 0")
    work = options.work or pathlib.Path(tempfile.mkdtemp(prefix="refrain-reupload-"))
    try:
        if options.work:
            work.mkdir(parents=True)
        return 0 if report(measure(options, work.resolve())) else 1
    except (Unmeasurable, OSError, ValueError) as problem:
        print(f"reupload.py: {problem}", file=sys.stderr)
        return 2
    finally:
        if not options.work:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
