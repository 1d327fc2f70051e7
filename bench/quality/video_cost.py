#!/usr/bin/env python3
"""What videos cost: CPU of add and find beside that of decoding every frame once.

    video_cost.py --refrain PATH/TO/refrain VIDEO...

For each video, in one run: the CPU seconds of `ffmpeg -threads 1 -i X -f null -` (the unit), and in
that unit those of `add` and of `find` with each effort, on one thread, in a corpus that holds the
video under other bytes; the wall-clock ratio of two decoder threads to one; peak memory; bytes an
hour. Medians of --runs. Needs the ffmpeg program; Python's standard library otherwise.
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time


def measure(command, runs):
    """Median CPU seconds, median wall seconds, largest peak in MiB."""
    cpu, wall, peak = [], [], 0.0
    for _ in range(runs):
        began = time.monotonic()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        if os.waitstatus_to_exitcode(status) not in (0, 1):
            sys.exit(f"failed: {command}")
        wall.append(time.monotonic() - began)
        cpu.append(usage.ru_utime + usage.ru_stime)
        peak = max(peak, usage.ru_maxrss / 1024)
    return statistics.median(cpu), statistics.median(wall), peak


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refrain", required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("videos", nargs="+")
    args = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(f"{'video':24} {'decode s':>9} {'add':>6} {'fast':>6} {'normal':>7} {'thorough':>9} "
          f"{'wall 2/1':>9} {'add MiB':>8} {'KiB/hour':>9}")
    for video in args.videos:
        with tempfile.TemporaryDirectory() as work:
            copy = os.path.join(work, "known.mkv")
            subprocess.run(["ffmpeg", "-v", "error", "-i", video, "-map", "0:v:0", "-c", "copy", copy], check=True)
            unit, _, _ = measure(["ffmpeg", "-v", "error", "-threads", "1", "-i", video, "-map", "0:v:0", "-f", "null", "-"],
                                 args.runs)

            def add(threads, name):
                return [args.refrain, "add", "--quiet", "--threads", str(threads), "--corpus", os.path.join(work, name), copy]
            cost, one, peak = [], [], []
            for run in range(args.runs):
                c, w, p = measure(add(1, f"one{run}"), 1)
                cost.append(c), one.append(w), peak.append(p)
            two = [measure(add(2, f"two{run}"), 1)[1] for run in range(args.runs)]
            find = {effort: measure([args.refrain, "find", "--quiet", "--threads", "1", "--corpus", os.path.join(work, "one0"),
                                     "--effort", effort, video], args.runs)[0] for effort in ("fast", "normal", "thorough")}
            item = json.loads(subprocess.run([args.refrain, "list", "--json", "--corpus", os.path.join(work, "one0")],
                                             capture_output=True, check=True).stdout.splitlines()[0])
            hours = item["media"]["duration_ms"] / 3.6e6
            print(f"{os.path.basename(video)[:24]:24} {unit:9.2f} {statistics.median(cost) / unit:6.2f} "
                  f"{find['fast'] / unit:6.2f} {find['normal'] / unit:7.2f} {find['thorough'] / unit:9.2f} "
                  f"{statistics.median(two) / statistics.median(one):9.2f} {max(peak):8.0f} "
                  f"{item['fingerprint']['bytes'] / 1024 / hours:9.0f}", flush=True)


if __name__ == "__main__":
    main()
