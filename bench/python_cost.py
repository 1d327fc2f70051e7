#!/usr/bin/env python3
"""What Python costs beside the library itself and the command line; needs a build with benchmarks.

    bench/python_cost.py --build build [--photos DIR...] [--count 1000] [--threads 2] [--runs 3] [--only NAME...]

- pdq: refrain.pdq of a 512 x 512 x 3 array beside the C++ call of bench_hash, in turns; the shortest of each. Target: 1.1
  times the call and 5 µs.
- import: a process that does `import refrain` beside one that imports nothing; the shortest of 15 each. Target: 60 ms of CPU more.
- interrupt: from a signal to the end of the call that it interrupts, the longest of each kind. Target: 100 ms.
- find_many: photos looked up by `Corpus.find_many` beside `refrain find` with the same threads, whole processes in turns; the
  shortest of each. Needs --photos. Target: 0.95 of the command line's throughput.

Exit: 0 all targets met, 1 one is missed, 2 could not be measured. Standard library and NumPy.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}

PDQ = """
import sys, time, numpy, refrain
picture = numpy.random.default_rng(1).integers(0, 256, (512, 512, 3), dtype=numpy.uint8)
least = 1e9
for _ in range(int(sys.argv[1])):
    began = time.thread_time_ns()
    refrain.pdq(picture)
    least = min(least, time.thread_time_ns() - began)
print(least / 1e3)
"""

FIND = """
import sys, refrain
folder, threads, *paths = sys.argv[1:]
with refrain.Corpus(folder) as corpus:
    found = sum(answer.status == "match" for answer in corpus.find_many(paths, threads=int(threads)))
print(found)
"""

# The signal is sent by a thread of the library's own process once the call runs; what is measured begins there.
INTERRUPT = """
import os, signal, sys, threading, time, refrain
kind, path = sys.argv[1:]
sent = []
def send():
    time.sleep(float(os.environ["DELAY"]))
    sent.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)
corpus = refrain.Corpus(path, mode="create") if kind == "import" else None
threading.Thread(target=send, daemon=True).start()
try:
    if kind == "import":
        read, write = os.pipe()
        corpus.import_(f"/proc/self/fd/{read}", format="pdq")
    else:
        while True:
            refrain.fingerprint(path, purpose=kind)
except KeyboardInterrupt:
    print((time.monotonic() - sent[0]) * 1e3, flush=True)
os._exit(0)
"""


class Unmeasurable(Exception):
    """A program failed, or something to measure is missing."""


def run(*command, environment=None):
    """Standard output and wall-clock seconds."""
    began = time.monotonic()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=environment, check=False)
    if done.returncode not in (0, 1):
        raise Unmeasurable(f"{command[0]}: {done.stderr.strip()[-300:]}")
    return done.stdout, time.monotonic() - began


class Meter:
    def __init__(self, options, cache):
        self.options = options
        # Compiled once, as what is installed is.
        self.environment = {**os.environ, "PYTHONPATH": str(options.build.resolve() / "python"), "PYTHONPYCACHEPREFIX": cache}
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.missed = 0

    def python(self, text, *words, **more):
        return run(sys.executable, "-c", text, *words, environment={**self.environment, **more})

    def tell(self, what, is_met):
        self.missed += not is_met
        print(f"{what}: {'met' if is_met else 'MISSED'}", flush=True)

    def cpp_microseconds(self):
        printed, _ = run(self.options.build / "bench" / "bench_hash", "--benchmark_filter=^hash_picture/width:512", "--benchmark_format=json",
                         "--benchmark_repetitions=5", "--benchmark_min_time=0.05")
        times = [entry["cpu_time"] * 1e3 for entry in json.loads(printed)["benchmarks"] if entry["run_type"] == "iteration"]
        return min(times)

    def pdq(self):
        turns = [(self.cpp_microseconds(), float(self.python(PDQ, 2000)[0])) for _ in range(self.options.runs)]
        call, ours = (min(turn[side] for turn in turns) for side in (0, 1))
        self.tell(f"refrain.pdq of 512 x 512: {ours:.1f} µs, the C++ call {call:.1f} µs, allowed {1.1 * call + 5:.1f} µs", ours <= 1.1 * call + 5)

    def imports(self):
        def least(text):
            """Processor and wall-clock milliseconds of a whole process, the least of 15 each."""
            turns = []
            for _ in range(15):
                began = time.monotonic()
                child = subprocess.Popen([sys.executable, "-c", text], env=self.environment, stdin=subprocess.DEVNULL)
                _, status, usage = os.wait4(child.pid, 0)
                child.returncode = os.waitstatus_to_exitcode(status)
                if child.returncode != 0:
                    raise Unmeasurable(f"{text}: exit status {child.returncode}")
                turns.append(((usage.ru_utime + usage.ru_stime) * 1e3, (time.monotonic() - began) * 1e3))
            return [min(turn[side] for turn in turns) for side in (0, 1)]

        least("import refrain, contextlib, json, typing")  # compiles what is not yet
        (cpu, wall), (empty_cpu, empty_wall) = least("import refrain"), least("pass")
        self.tell(f"import refrain: a process takes {wall:.0f} ms, {cpu:.0f} of them CPU; one that imports nothing {empty_wall:.0f} and "
                  f"{empty_cpu:.0f}", cpu - empty_cpu <= 60)

    def interrupt(self):
        film = SOURCE / "samples/media/known/crystal.mp4"
        photo = SOURCE / "samples/media/known/bear.jpg"
        with tempfile.TemporaryDirectory() as folder:
            for kind, path in (("both", film), ("query", photo), ("import", pathlib.Path(folder) / "corpus")):
                waits = [float(self.python(INTERRUPT, kind, path, DELAY=str(0.3 + 0.037 * turn))[0]) for turn in range(8)]
                self.tell(f"interrupted {'fingerprint of a ' + path.suffix if path.suffix else kind}: {max(waits):.0f} ms at most, "
                          f"{sorted(waits)[len(waits) // 2]:.0f} ms usually", max(waits) <= 100)

    def find_many(self):
        photos = sorted(path for folder in self.options.photos for path in pathlib.Path(folder).rglob("*")
                        if path.suffix.lower() in SUFFIXES)[:self.options.count]
        if not photos:
            raise Unmeasurable("no photos there")
        program, threads = self.options.build / "src/cli/refrain", self.options.threads
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            listing = folder / "list"
            listing.write_text("".join(f"{path}\n" for path in photos))
            run(program, "add", "--quiet", "--corpus", folder / "corpus", "--list", listing)
            ours, theirs = [], []
            for _ in range(self.options.runs):
                printed, seconds = self.python(FIND, folder / "corpus", threads, *photos)
                ours.append(seconds)
                lines, seconds = run(program, "find", "--json", "--quiet", "--threads", threads, "--corpus", folder / "corpus", "--list", listing)
                theirs.append(seconds)
                found = len(re.findall(r'"status":"match"', lines))
                if int(printed) != found:
                    raise Unmeasurable(f"Python found {printed.strip()}, the command line {found}")
        share = min(theirs) / min(ours)
        self.tell(f"find_many of {len(photos)} photos, {threads} threads: {len(photos) / min(ours):.0f} a second, the command line "
                  f"{len(photos) / min(theirs):.0f}, share {share:.3f}", share >= 0.95)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=SOURCE / "build")
    parser.add_argument("--photos", nargs="+", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=["pdq", "imports", "interrupt", "find_many"])
    options = parser.parse_args()
    wanted = options.only or ["pdq", "imports", "interrupt", *(["find_many"] if options.photos else [])]
    try:
        with tempfile.TemporaryDirectory() as cache:
            meter = Meter(options, cache)
            for name in wanted:
                getattr(meter, name)()
    except (Unmeasurable, OSError, ValueError, KeyError) as failure:
        print(f"python_cost: {failure!r}", file=sys.stderr)
        return 2
    return 1 if meter.missed else 0


if __name__ == "__main__":
    sys.exit(main())
