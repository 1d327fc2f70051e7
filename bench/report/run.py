#!/usr/bin/env python3
"""Runs the performance programs and, with a media folder, the quality program, and writes a report.

    report/run.py --build DIR --out DIR [--media DIR ...] [--against REPORT.json] [--only PROGRAM ...]

--out gets report.json and report.html. The run to compare with is --against, or else the youngest report.json beside --out.
What cannot be run is named in the report, and the exit status is 3; 0: all was measured; 2: nothing was.
"""
import argparse
import datetime
import json
import pathlib
import subprocess
import sys
import time

BENCH = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BENCH))

from report import findings, machine, page, programs  # noqa: E402  (after the path)

SCHEMA = "refrain.bench/1"
QUALITY_TIMEOUT = 1800  # seconds


def say(words):
    print(words, file=sys.stderr, flush=True)


def measure_times(build, samples, wanted, left_out):
    times = {}
    for program in wanted:
        say(f"bench: {program.name}")
        try:
            times[program.name] = programs.run(build, samples, program)
        except programs.Failed as failure:
            left_out.append({"what": program.name, "why": str(failure)})
    return times


def measure_quality(build, media, left_out):
    """What quality/edits.py prints; None where there is no folder or it fails."""
    if not media:
        left_out.append({"what": "quality", "why": "no folder of media was given"})
        return None
    say("bench: quality")
    command = [sys.executable, str(BENCH / "quality" / "edits.py"), "--json", "--refrain", str(build / "src/cli/refrain"),
               "--media", *map(str, media)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=QUALITY_TIMEOUT)
        return json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as failure:
        why = getattr(failure, "stderr", None) or failure
        left_out.append({"what": "quality", "why": str(why).strip()[-500:]})
        return None


def compile_commands(build):
    try:
        return json.loads((build / "compile_commands.json").read_text())
    except (OSError, ValueError):
        return []


def make_run(options):
    began, load = time.monotonic(), machine.load()
    wanted = [program for program in programs.PROGRAMS if not options.only or program.name in options.only]
    left_out = []
    times = measure_times(options.build, BENCH.parent / "samples" / "media", wanted, left_out)
    quality = measure_quality(options.build, options.media, left_out)
    return {
        "schema": SCHEMA,
        "made_at": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **machine.commit(BENCH.parent),
        "machine": machine.describe(),
        "build": machine.compiler_flags(compile_commands(options.build)),
        "load": [load, machine.load()],
        "seconds": round(time.monotonic() - began, 1),
        "times": times,
        "scales": findings.scales(times),
        "rivals": findings.rivals(times),
        "quality": quality,
        "left_out": left_out,
    }


def earlier_run(options):
    """The run to compare with, or None. One that cannot be read is named and passed over."""
    beside = sorted(options.out.resolve().parent.glob("*/report.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in [options.against] if options.against else beside:
        if file.resolve() == (options.out / "report.json").resolve():
            continue
        try:
            run = json.loads(file.read_text())
            if run["schema"] == SCHEMA:
                return run
            say(f"bench: {file}: not a run of {SCHEMA}")
        except (OSError, ValueError, KeyError, TypeError) as failure:
            say(f"bench: {file}: {failure!r}")
    return None


def write(run, before, out):
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(run, indent=1) + "\n")
    (out / "report.html").write_text(page.page(run, before), encoding="utf-8")


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=BENCH.parent / "build")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--media", type=pathlib.Path, nargs="+")
    parser.add_argument("--against", type=pathlib.Path)
    parser.add_argument("--only", nargs="+", choices=[program.name for program in programs.PROGRAMS])
    options = parser.parse_args(arguments)
    before = earlier_run(options)
    run = make_run(options)
    if not run["times"] and not run["quality"]:
        for one in run["left_out"]:
            say(f"bench: {one['what']}: {one['why']}")
        return 2
    write(run, before, options.out)
    say(f"bench: {run['seconds']:.0f} s; wrote {options.out / 'report.html'} and {options.out / 'report.json'}")
    failed = [one for one in run["left_out"] if one["what"] != "quality" or options.media]
    for one in failed:
        say(f"bench: left out: {one['what']}: {one['why']}")
    return 3 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
