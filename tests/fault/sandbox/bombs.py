#!/usr/bin/env python3
"""Small files that ask for enormous work, each through the program alone.

    bombs.py REFRAIN SEEDS [--max-time SECONDS] [--random COUNT] [--seed SEED]

`make_bombs.py` makes them. Each must get an answer with a documented status, and the program with all its workers
must stay within what SECURITY.md promises of memory and processor time. Prints a table: answer, peak memory,
processor seconds. Memory is the sum of the peaks of all processes, which is at least the peak of their sum.
SEEDS holds small good media that some bombs are made of. Exit: 0 all did; 1 some did not; 2 usage.
"""

import argparse
import collections
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import threading
import time

import make_bombs

# In step with `hash --max-memory` and `--max-time` below: the kernel stops a worker at 4 x that memory, 2 GiB at the
# least, two seconds after its time. What is held against these bombs is less: half as much again as --max-memory, for
# the program and its workers together.
MAX_MEMORY_MIB = 512
MOST_TREE_BYTES = (MAX_MEMORY_MIB + MAX_MEMORY_MIB // 2) << 20
MOST_PROGRAM_BYTES = 64 << 20
GRACE_SECONDS = 2
CODES = {"empty", "unsupported_format", "no_visual_stream", "corrupt", "too_large", "too_many_frames", "timeout",
         "decoder_crashed"}


class Watch(threading.Thread):
    """Remembers the peak resident memory of the program and of each of its descendants. The kernel keeps the peak of a
    process while it lives; what `wait4` says of the largest of them covers one that ended between two looks."""

    def __init__(self, root):
        super().__init__(daemon=True)
        self.root, self.peaks = root, {}
        self.is_over = threading.Event()

    def run(self):
        while not self.is_over.wait(0.02):
            self.look()

    def look(self):
        found = {}
        for status in pathlib.Path("/proc").glob("[0-9]*/status"):
            try:
                fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
                found[int(status.parent.name)] = int(fields["PPid"]), int(fields.get("VmHWM", "0").split()[0]) << 10
            except (OSError, KeyError, ValueError):
                continue
        for process, (_, peak) in found.items():
            ancestor = process
            while ancestor in found and ancestor != self.root:
                ancestor = found[ancestor][0]
            if ancestor == self.root:
                self.peaks[process] = max(self.peaks.get(process, 0), peak)


def explode(program, path, seconds):
    """What is wrong with how the program takes it, its answer, and a row of the table."""
    began = time.monotonic()
    with tempfile.TemporaryFile("w+", errors="replace") as out, tempfile.TemporaryFile("w+", errors="replace") as err:
        run = subprocess.Popen([program, "hash", "--json", "--max-memory", f"{MAX_MEMORY_MIB}M", "--max-time", str(seconds),
                                "--", path], stdout=out, stderr=err)
        watch = Watch(run.pid)
        watch.start()
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        watch.is_over.set()
        watch.join()
        out.seek(0)
        err.seek(0)
        lines = [json.loads(line) for line in out.read().splitlines()]
        complaint = err.read()[-500:]
    if run.returncode not in (0, 3, 4) or len(lines) != 1:
        return [f"exit {run.returncode}, {len(lines)} answers: {complaint}"], "none", path.name
    code = lines[0]["error"]["code"] if lines[0].get("error") else lines[0]["status"]
    own = watch.peaks.pop(run.pid, 0)
    # A forked process begins with the peak of this one.
    is_told = usage.ru_maxrss > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = max(sum(watch.peaks.values()), usage.ru_maxrss << 10 if is_told else 0)
    processor = usage.ru_utime + usage.ru_stime
    found = []
    if code not in CODES | {"hashed", "partial"}:
        found.append(f"no documented answer: {code}")
    if own + children > MOST_TREE_BYTES or own > MOST_PROGRAM_BYTES:
        found.append("more memory than promised")
    # What a processor did, not how long a busy machine let it wait. A single input has two threads at least.
    if processor > (os.cpu_count() + 1) * (seconds + GRACE_SECONDS):
        found.append("more time than promised")
    row = (f"{path.name:34} {path.stat().st_size:9} {code:20} {own >> 20:8} {children >> 20:8} {processor:6.1f} "
           f"{time.monotonic() - began:6.1f}")
    return found, code, row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("refrain")
    parser.add_argument("seeds", type=pathlib.Path)
    parser.add_argument("--max-time", type=int, default=20)
    parser.add_argument("--random", type=int, default=0, help="so many media more, with absurd numbers in their fields")
    parser.add_argument("--seed", type=int, default=15)
    args = parser.parse_args()
    problems, answers = 0, collections.Counter()
    print(f"{'bomb':34} {'bytes':>9} {'answer':20} {'program':>8} {'workers':>8} {'cpu s':>6} {'wall s':>6}   (MiB, peak)")
    with tempfile.TemporaryDirectory() as name:
        all_bombs = make_bombs.bombs(args.seeds) | make_bombs.random_bombs(args.seeds, args.seed, args.random)
        for bomb, data in all_bombs.items():
            path = pathlib.Path(name) / bomb
            path.write_bytes(data)
            found, code, row = explode(args.refrain, path, args.max_time)
            answers[code] += 1
            print(row, flush=True)
            for problem in found:
                print(f"  PROBLEM: {problem}")
                problems += 1
            path.unlink()
    print(f"{len(all_bombs)} bombs: {', '.join(f'{count} {code}' for code, count in answers.most_common())}")
    print(f"{problems} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
