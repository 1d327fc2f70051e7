#!/usr/bin/env python3
"""Compare the ratios of two benchmarks in one run with those of a stored baseline.

    bench/compare.py                         run what bench/baseline.json names, fail on a regression
    bench/compare.py --only search           only the ratios of one program
    bench/compare.py --results FILE...       do not run: take Google Benchmark's JSON, or the report.json of scripts/bench
    bench/compare.py --results NEW --against OLD    two runs of scripts/bench: what became slower between them
    bench/compare.py --update                write what was measured into the baseline

A ratio says how many times as long `slow` takes as `fast` does, both measured by one process, so
that the speed of the machine cancels out. Of repeated runs the shortest counts.

How much one processor does better than another differs by code: their caches, vector units and memories are not
alike. So on a processor of the kind that the baseline was measured on (`measured_on`), a ratio has regressed when it is
below the baseline by more than its tolerance, a share of it. On any other kind it has only when it is below
`at_least`, what is claimed of every machine. What looks like a regression is measured again, up to twice, and is one
only if it stays.

Between two stored runs all benchmarks are compared, as report/between.py says: rivals and plain loops tell how fast the
machine was and how much it was disturbed.

Exit status: 0 no regression, 1 regression, 2 wrong usage or a benchmark is missing.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

BENCH = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH))

from report import between, machine  # noqa: E402  (after the path)
from report.times import shortest_times  # noqa: E402

MOST_TURNS = 3


class Missing(Exception):
    """Something to compare with is not there."""


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


def least(ratio, is_same_kind):
    """The number below which a ratio has regressed."""
    return max(ratio["at_least"], ratio["ratio"] * (1 - ratio["tolerance"])) if is_same_kind else ratio["at_least"]


def judge(ratios, times_of, is_same_kind):
    """Puts `now` into each ratio that can be had here. @return those that look like a regression"""
    regressed = []
    for ratio in ratios:
        ratio["now"] = measured(ratio, times_of[ratio["program"]])
        if ratio["now"] < least(ratio, is_same_kind):
            regressed.append(ratio)
    return regressed


def compare(baseline, collect, is_same_kind):
    """@param collect  measures programs: from ratios to times by program. @return what regressed"""
    ratios = [ratio for ratio in baseline["ratios"] if usable(ratio)]
    times_of = collect(ratios)
    regressed = judge(ratios, times_of, is_same_kind)
    for _ in range(MOST_TURNS - 1):
        if not regressed:
            break
        for program, times in collect(regressed).items():
            times_of[program] = merged(times_of[program], times)
        regressed = judge(regressed, times_of, is_same_kind)
    return regressed


def merged(times, more):
    """The shorter of both, by benchmark."""
    made = {name: dict(time) for name, time in times.items()}
    for name, time in more.items():
        for kind, seconds in time.items():
            best = made.setdefault(name, dict(time))
            best[kind] = min(best[kind], seconds)
    return made


def print_table(baseline, regressed, is_same_kind):
    print(f"{'ratio':44} {'baseline':>9} {'least':>9} {'now':>9} {'change':>8}")
    for ratio in baseline["ratios"]:
        if "now" not in ratio:
            print(f"{ratio['name']:44} not on this processor")
            continue
        change = ratio["now"] / ratio["ratio"] - 1
        mark = "  REGRESSION" if ratio in regressed else ""
        print(f"{ratio['name']:44} {ratio['ratio']:9.2f} {least(ratio, is_same_kind):9.2f} {ratio['now']:9.2f} {change:+8.1%}{mark}")


def stored_times(files):
    """All that the files hold; names of benchmarks are those of one program each."""
    stored = {}
    for file in files:
        results = json.loads(file.read_text())
        shortest_times(results, stored)
        for times in results.get("times", {}).values():
            stored = merged(stored, times)
    return stored


def kind_of(options):
    """The kind of processor that is judged: of the stored run, if it says so."""
    for file in options.results or []:
        known = json.loads(file.read_text()).get("machine")
        if known:
            return known["key"]
    return options.kind or machine.processor()["key"]


def collector(options):
    """Measures what some ratios need. Stored results are the same each time."""
    if options.results:
        stored = stored_times(options.results)
        return lambda ratios: {ratio["program"]: stored for ratio in ratios}

    def collect(ratios):
        wanted = {}
        for ratio in ratios:
            wanted.setdefault(ratio["program"], set()).update((ratio["slow"], ratio["fast"]))
        return {program: shortest_times(run_program(options.build, program, names, options.repetitions))
                for program, names in wanted.items()}

    return collect


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=BENCH.parent / "build")
    parser.add_argument("--baseline", type=pathlib.Path, default=BENCH / "baseline.json")
    parser.add_argument("--results", type=pathlib.Path, nargs="+")
    parser.add_argument("--against", type=pathlib.Path, help="an earlier report.json to compare the one of --results with")
    parser.add_argument("--kind", help="kind of the processor, instead of this one's")
    parser.add_argument("--only", help="a program, e.g. search")
    parser.add_argument("--repetitions", type=int, default=10)
    parser.add_argument("--update", action="store_true")
    return parser.parse_args(arguments)


def stored_run(file):
    run = json.loads(file.read_text())
    if not isinstance(run, dict) or "times" not in run or "machine" not in run:
        raise Missing(f"{file}: not a report.json of scripts/bench")
    return run


def compare_runs(now, before):
    """Prints what changed between two stored runs. @return names of what regressed"""
    rows, least, slower = between.changes(now, before)
    print(f"the machine took {slower:.2f} times as long; what takes {least:.0%} more than that has regressed")
    for row in sorted(rows, key=lambda row: -row["change"]):
        mark = "  REGRESSION" if row["change"] > least else ""
        print(f"{row['name']:64} {row['before']:10.3g} s {row['now']:10.3g} s {row['change']:+8.1%}{mark}")
    return [row["name"] for row in rows if row["change"] > least]


def end(regressed):
    if regressed:
        print("regression: " + ", ".join(regressed), file=sys.stderr)
    return 1 if regressed else 0


def update(options, baseline, everything, kind):
    """Writes what was measured. A ratio below what is claimed of every machine is not written."""
    for ratio in everything:
        if "now" in ratio:
            ratio["ratio"] = round(ratio.pop("now"), 2)
            if ratio["ratio"] < ratio["at_least"]:
                raise Missing(f"{ratio['name']}: {ratio['ratio']} is below what is claimed, {ratio['at_least']}")
    baseline["ratios"] = everything
    if options.only is None:
        baseline["measured_on"] = kind
    elif baseline.get("measured_on") != kind:
        raise Missing("the rest of the baseline was measured on another kind of processor: update all of it")
    options.baseline.write_text(json.dumps(baseline, indent=2) + "\n")


def main(arguments):
    options = parse(arguments)
    try:
        if options.against:
            if not options.results or len(options.results) != 1 or options.update:
                raise Missing("--against takes one report of --results, and no --update")
            return end(compare_runs(stored_run(options.results[0]), stored_run(options.against)))
        kind = kind_of(options)
        baseline = json.loads(options.baseline.read_text())
        everything = baseline["ratios"]
        baseline["ratios"] = [r for r in everything if options.only in (None, r["program"])]
        if not baseline["ratios"]:
            raise Missing(f"no ratio of {options.only}")
        is_same_kind = kind == baseline.get("measured_on")
        if not is_same_kind:
            print(f"another kind of processor ({kind}) than the baseline's ({baseline.get('measured_on')}): "
                  "only what is claimed of every machine is held against it")
        regressed = compare(baseline, collector(options), is_same_kind)
        print_table(baseline, regressed, is_same_kind)
        if options.update:
            update(options, baseline, everything, kind)
            return 0
    except (Missing, between.Unlike) as failure:
        print(f"compare: {failure}", file=sys.stderr)
        return 2
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as failure:
        # Files of another shape than ours.
        print(f"compare: {failure!r}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("compare: interrupted", file=sys.stderr)
        return 130
    return end([ratio["name"] for ratio in regressed])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
