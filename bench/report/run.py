#!/usr/bin/env python3
"""Runs the performance programs and, with a media folder, the quality program, and writes a report.

    report/run.py --build DIR --out DIR [--media DIR ...] [--against REPORT.json] [--only PROGRAM ...]

--out gets report.json and report.html. The run to compare with is --against, or else the youngest report.json beside --out.
What cannot be run is named in the report, and the exit status is 3; 0: all was measured; 2: wrong usage, or nothing was
measured or written (then what was measured goes to standard output); 130: interrupted, and nothing was written.
"""
import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys
import time

BENCH = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BENCH))

from report import children, findings, machine, page, programs  # noqa: E402  (after the path)

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
        return json.loads(children.output(command, QUALITY_TIMEOUT))
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
    commit = machine.commit(BENCH.parent)  # of what is measured: it may move on meanwhile
    wanted = [program for program in programs.PROGRAMS if not options.only or program.name in options.only]
    left_out = []
    times = measure_times(options.build, BENCH.parent / "samples" / "media", wanted, left_out)
    quality = measure_quality(options.build, options.media, left_out)
    return {
        "schema": SCHEMA,
        "made_at": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **commit,
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


class Unusable(Exception):
    """A file that is not a stored run."""


def stored(file):
    """A run with all that a page shows of an earlier one. Raises Unusable."""
    try:
        run = json.loads(file.read_text())
        if run["schema"] != SCHEMA:
            raise Unusable(f"{file}: not a run of {SCHEMA}")
        page.changes_part(run, run)  # all that is shown of it
        return run
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as failure:
        raise Unusable(f"{file}: {failure!r}") from failure


def earlier_run(options):
    """The run to compare with, or None. One beside --out that cannot be read is named and passed over."""
    if options.against:
        return stored(options.against)
    beside = [file for file in options.out.resolve().parent.glob("*/report.json") if file.is_file()]
    beside.sort(key=lambda file: file.stat().st_mtime, reverse=True)
    for file in beside:
        if file.resolve() == (options.out / "report.json").resolve():
            continue
        try:
            return stored(file)
        except Unusable as failure:
            say(f"bench: {failure}")
    return None


def write_whole(file, text):
    """The whole file or none: a disk that fills up leaves what was there."""
    part = file.with_name(file.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def write(run, before, out):
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / "report.json", json.dumps(run, indent=1) + "\n")
    write_whole(out / "report.html", page.page(run, before))


def problems(options):
    """What would make ten minutes of measuring useless."""
    found = [f"--media {folder}: not a folder" for folder in options.media or [] if not folder.is_dir()]
    if options.out.exists() and not options.out.is_dir():
        found.append(f"--out {options.out}: not a folder")
    nearest = next(folder for folder in [options.out, *options.out.resolve().parents] if folder.exists())
    if not os.access(nearest, os.W_OK):
        found.append(f"--out {options.out}: {nearest} cannot be written")
    if not (options.build / "bench").is_dir():
        found.append(f"--build {options.build}: no benchmarks were built there")
    return found


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=BENCH.parent / "build")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--media", type=pathlib.Path, nargs="+")
    parser.add_argument("--against", type=pathlib.Path)
    parser.add_argument("--only", nargs="+", choices=[program.name for program in programs.PROGRAMS])
    options = parser.parse_args(arguments)
    wrong = problems(options)
    try:
        before = earlier_run(options)
    except Unusable as failure:
        wrong.append(f"--against {failure}")
    if wrong:
        for words in wrong:
            say(f"bench: {words}")
        return 2
    run = make_run(options)
    if not run["times"] and not run["quality"]:
        for one in run["left_out"]:
            say(f"bench: {one['what']}: {one['why']}")
        return 2
    try:
        write(run, before, options.out)
    except OSError as failure:
        say(f"bench: cannot write the report: {failure}")
        print(json.dumps(run))  # what took so long to measure
        return 2
    say(f"bench: {run['seconds']:.0f} s; wrote {options.out / 'report.html'} and {options.out / 'report.json'}")
    failed = [one for one in run["left_out"] if one["what"] != "quality" or options.media]
    for one in failed:
        say(f"bench: left out: {one['what']}: {one['why']}")
    return 3 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        say("bench: interrupted; nothing was written")
        sys.exit(130)
