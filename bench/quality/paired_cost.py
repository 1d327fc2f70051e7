#!/usr/bin/env python3
"""CPU of `find` of two builds beside each other: what a change costs a query that matches nothing.

    paired_cost.py --refrain PATH --before PATH [--option=--no-sandbox] --known FILE ... --queries FILE ... [--runs 7]

Either build makes a corpus of its own of the known files. Then both look all queries up, in turn, --runs times, with one
thread; CPU (user and system) is that of the whole process. --option goes to `find` of the first build alone, since an
older one may not know it. Prints the medians and the median of the ratios of pairs, with the least and greatest, and
how many queries matched. Standard library only.
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile


def cpu_of(command, files):
    """CPU seconds of a run, and its lines."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([*command, "--list", "-"], input="\n".join(files), capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1, 3):
        sys.exit(f"failed with {done.returncode}: {' '.join(command)}\n{done.stderr[-500:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout.splitlines()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refrain", required=True)
    parser.add_argument("--before", required=True)
    parser.add_argument("--option", action="append", default=[])
    parser.add_argument("--known", nargs="+", required=True)
    parser.add_argument("--queries", nargs="+", required=True)
    parser.add_argument("--runs", type=int, default=7)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        commands = []
        for name, program, options in (("before", args.before, []), ("now", args.refrain, args.option)):
            common = ["--quiet", "--json", "--threads", "1", "--corpus", os.path.join(work, name), *options]
            cpu_of([program, "add", *common], args.known)
            commands.append([program, "find", *common])
            cpu_of(commands[-1], args.queries[:1])  # snapshots and caches
        pairs = []
        for run in range(args.runs):
            order = (0, 1) if run % 2 == 0 else (1, 0)
            seconds, matched = [0.0, 0.0], [0, 0]
            for i in order:
                seconds[i], lines = cpu_of(commands[i], args.queries)
                matched[i] = sum(json.loads(line).get("status") == "match" for line in lines)
            pairs.append(seconds)
    ratios = [now / before for before, now in pairs]
    each = [1000 * statistics.median(column) / len(args.queries) for column in zip(*pairs)]
    print(f"{len(args.queries)} queries, {len(args.known)} known, {args.runs} pairs of runs; matched {matched[0]} before, {matched[1]} now")
    print(f"CPU ms a query, medians: before {each[0]:.2f}, now {each[1]:.2f}; "
          f"now over before: {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")


if __name__ == "__main__":
    main()
