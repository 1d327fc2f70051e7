#!/usr/bin/env python3
"""Compare the ratios of two benchmarks in one run with those of a stored baseline.

    bench/compare.py                         run what bench/baseline.json names, fail on a regression
    bench/compare.py --only search           only the ratios of one program
    bench/compare.py --results FILE...       do not run: take Google Benchmark's JSON
    bench/compare.py --update                write what was measured into the baseline

A ratio says how many times as long `slow` takes as `fast` does, both measured by one process, so
that the speed of the machine cancels out. It has regressed when it is below the baseline by more
than its tolerance, a share of it. Of repeated runs the shortest counts.

Exit status: 0 no regression, 1 regression, 2 wrong usage or a benchmark is missing.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

BENCH = pathlib.Path(__file__).resolve().parent
UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}


class Missing(Exception):
    """Something to compare with is not there."""


def shortest_times(results, times=None):
    """Name of each benchmark -> {"real": s, "cpu": s}, the shortest of its repetitions."""
    times = {} if times is None else times
    for entry in results.get("benchmarks", []):
        if entry.get("run_type") == "aggregate" or entry.get("error_occurred"):
            continue
        name = re.sub(r"/(real_time|process_time|repeats:\d+|min_time:[\d.]+)", "", entry.get("run_name", entry["name"]))
        unit = UNITS[entry["time_unit"]]
        best = times.setdefault(name, {"real": float("inf"), "cpu": float("inf")})
        best["real"] = min(best["real"], entry["real_time"] * unit)
        best["cpu"] = min(best["cpu"], entry["cpu_time"] * unit)
    return times


def run_program(build, program, names, repetitions):
    exact = "|".join("^" + re.escape(name) + "($|/real_time)" for name in sorted(names))
    command = [
        str(build / "bench" / f"bench_{program}"),
        f"--benchmark_filter={exact}",
        f"--benchmark_repetitions={repetitions}",
        "--benchmark_min_time=0.05",
        "--benchmark_format=json",
    ]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    except (OSError, subprocess.CalledProcessError) as failure:
        raise Missing(f"{program}: {failure}") from failure
    return json.loads(done.stdout)


def usable(ratio):
    """Whether this processor can run it: `needs` names flags of /proc/cpuinfo."""
    needs = ratio.get("needs", [])
    if not needs:
        return True
    try:
        info = pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    flags = set(re.findall(r"\w+", info))
    return flags.issuperset(needs)


def measured(ratio, times):
    kind = ratio.get("time", "cpu")
    found = []
    for side in ("slow", "fast"):
        name = ratio[side]
        if name not in times:
            raise Missing(f"{ratio['program']}: no benchmark {name}")
        found.append(times[name][kind])
    return found[0] / found[1]


def compare(baseline, times_of):
    """Prints a table. @return names of what regressed"""
    regressed = []
    print(f"{'ratio':44} {'baseline':>9} {'now':>9} {'change':>8}")
    for ratio in baseline["ratios"]:
        if not usable(ratio):
            print(f"{ratio['name']:44} not on this processor")
            continue
        now = measured(ratio, times_of[ratio["program"]])
        change = now / ratio["ratio"] - 1
        is_worse = change < -ratio["tolerance"]
        if is_worse:
            regressed.append(ratio["name"])
        print(f"{ratio['name']:44} {ratio['ratio']:9.2f} {now:9.2f} {change:+8.1%}{'  REGRESSION' if is_worse else ''}")
        ratio["now"] = now
    return regressed


def collect(options, baseline):
    wanted = {}
    for ratio in baseline["ratios"]:
        if usable(ratio):
            wanted.setdefault(ratio["program"], set()).update((ratio["slow"], ratio["fast"]))
    if options.results:
        times = {}
        for file in options.results:
            shortest_times(json.loads(file.read_text()), times)
        return {program: times for program in wanted}
    return {
        program: shortest_times(run_program(options.build, program, names, options.repetitions))
        for program, names in wanted.items()
    }


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=BENCH.parent / "build")
    parser.add_argument("--baseline", type=pathlib.Path, default=BENCH / "baseline.json")
    parser.add_argument("--results", type=pathlib.Path, nargs="+")
    parser.add_argument("--only", help="a program, e.g. search")
    parser.add_argument("--repetitions", type=int, default=10)
    parser.add_argument("--update", action="store_true")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    try:
        baseline = json.loads(options.baseline.read_text())
        everything = baseline["ratios"]
        baseline["ratios"] = [r for r in everything if options.only in (None, r["program"])]
        if not baseline["ratios"]:
            raise Missing(f"no ratio of {options.only}")
        regressed = compare(baseline, collect(options, baseline))
    except (Missing, OSError, ValueError, KeyError) as failure:
        print(f"compare: {failure!r}", file=sys.stderr)
        return 2
    if options.update:
        for ratio in everything:
            if "now" in ratio:
                ratio["ratio"] = round(ratio.pop("now"), 2)
        baseline["ratios"] = everything
        options.baseline.write_text(json.dumps(baseline, indent=2) + "\n")
        return 0
    if regressed:
        print("regression: " + ", ".join(regressed), file=sys.stderr)
    return 1 if regressed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
