#!/usr/bin/env python3
"""Peak memory and time of `add` as a video gets longer.

    long_video.py --refrain PATH/TO/refrain --minutes 1,60 [--threads 2] VIDEO...

Each video is repeated, its packets copied, to each length, and made known in an empty corpus: prints length, peak memory,
wall-clock and CPU seconds, codes and bytes of the record. Exits 1 where the longest takes over 300 MiB, or 10 % and 4 MiB more than the
shortest. Needs the ffmpeg program, and room for the longest video in the folder for temporary files.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

MOST_MIB = 300


def seconds_of(video):
    return float(subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", video],
                                capture_output=True, check=True, text=True).stdout)


def add(refrain, threads, corpus, video):
    began = time.monotonic()
    with open(corpus + ".jsonl", "wb") as answer:
        child = subprocess.Popen([refrain, "add", "--quiet", "--json", "--threads", str(threads), "--corpus", corpus, video],
                                 stdin=subprocess.DEVNULL, stdout=answer)
        _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    with open(corpus + ".jsonl", "rb") as answer:
        report = json.loads(answer.readline())
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"add failed: {report}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refrain", required=True)
    parser.add_argument("--minutes", default="1,60", help="lengths, rising")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("videos", nargs="+")
    args = parser.parse_args()
    is_bounded = True
    print(f"{'video':20} {'minutes':>8} {'peak MiB':>9} {'wall s':>8} {'CPU s':>8} {'x real time':>11} {'codes':>8} {'record KiB':>10}")
    for video in args.videos:
        peaks = []
        for minutes in (float(m) for m in args.minutes.split(",")):
            with tempfile.TemporaryDirectory() as work:
                looped = os.path.join(work, "looped.mkv")
                subprocess.run(["ffmpeg", "-v", "error", "-stream_loop", str(int(60 * minutes / seconds_of(video))), "-i", video,
                                "-map", "0:v:0", "-c", "copy", "-t", str(60 * minutes), looped], check=True)
                wall, cpu, peak, report = add(args.refrain, args.threads, os.path.join(work, "corpus"), looped)
            peaks.append(peak)
            made = report["fingerprint"]
            print(f"{os.path.basename(video)[:20]:20} {report['media']['duration_ms'] / 60000:8.2f} {peak:9.1f} {wall:8.1f} {cpu:8.1f} "
                  f"{60 * minutes / wall:11.1f} {made['frames']:8} {made['bytes'] / 1024:10.0f}", flush=True)
        is_bounded = is_bounded and max(peaks) <= MOST_MIB and peaks[-1] <= 1.1 * peaks[0] + 4
    print("memory is bounded" if is_bounded else "memory grows, or is over the target")
    sys.exit(0 if is_bounded else 1)


if __name__ == "__main__":
    main()
