#!/usr/bin/env python3
"""Broken media, made of good ones by a seeded random generator, through the program.

    broken_files.py REFRAIN SAMPLES COUNT [SEED]

Every file must get an answer with a documented status within its time. No worker, descriptor or shared memory
may be left behind. One run of the program takes them all, so that what leaks adds up.
Prints a table of outcomes. Exit: 0 all did; 1 some did not; 2 nothing to do.
"""

import collections
import json
import os
import pathlib
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

CODES = {"not_found", "unreadable", "empty", "unsupported_format", "no_visual_stream", "corrupt", "too_large",
         "too_many_frames", "timeout", "decoder_crashed", "internal"}
BATCH = 100
SECONDS_PER_FILE = 10  # --max-time; the worker is killed two seconds later
FFMPEG_KINDS = {  # what ffmpeg makes of a sample, for formats that the samples do not have
    "gif": [], "bmp": [], "tiff": [], "png": [], "webp": [], "jxl": [], "mkv": ["-t", "1"], "avi": ["-t", "1"],
    "ts": ["-t", "1"], "avif": ["-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8"],
}


def convert(folder, samples):
    """Small good files of many formats. Formats that the installed ffmpeg cannot write are left out, aloud."""
    good = [path for path in sorted(samples.rglob("*.*")) if path.suffix != ".md"]
    if shutil.which("ffmpeg") is None:
        print("SKIPPED: no ffmpeg: broken files of the samples' formats alone")
        return good
    for kind, options in FFMPEG_KINDS.items():
        source = samples / "known" / ("flower.mp4" if options[:1] == ["-t"] or kind == "gif" else "bear.jpg")
        target = folder / f"made.{kind}"
        limit = ["-t", "0.5"] if kind == "gif" else []
        done = subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", source, *limit, "-vf", "scale=160:-2", *options,
                               target], capture_output=True, check=False)
        if done.returncode == 0:
            good.append(target)
        else:
            print(f"SKIPPED: ffmpeg makes no {kind}")
    heic = folder / "made.heic"
    png = folder / "made.png"
    try:
        done = subprocess.run(["heif-enc", png, "-o", heic], capture_output=True, check=False)
        if done.returncode == 0:
            good.append(heic)
    except FileNotFoundError:
        print("SKIPPED: no heif-enc")
    return good


def mutate(data, rng):
    """One to three faults of the kinds that disks, networks and attackers make."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        if not data:
            break
        kind = rng.randrange(7)
        at = rng.randrange(len(data)) if rng.random() < 0.5 else rng.randrange(min(len(data), 2048))
        if kind == 0:
            del data[at:]
        elif kind == 1:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            for _ in range(rng.randint(1, 64)):
                data[rng.randrange(len(data))] = rng.randrange(256)
        elif kind == 3:
            data[at:at + 4] = rng.choice([b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\x80\0\0\0"])
        elif kind == 4:
            del data[at:at + rng.randint(1, 4096)]
        elif kind == 5:
            data[at:at] = data[at:at + rng.randint(1, 4096)]
        else:
            size = rng.randint(1, 4096)
            data[at:at + size] = bytes(min(size, len(data) - at))
    return bytes(data)


def processes():
    """Process number -> (name, parent) of all that run."""
    found = {}
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:
            continue
        if fields["State"][0] != "Z":
            found[int(status.parent.name)] = (fields["Name"], int(fields["PPid"]))
    return found


def shared_memory():
    return set(pathlib.Path("/dev/shm").glob("*"))


class Program:
    """One run of refrain that hashes what it is given, batch after batch."""

    def __init__(self, program, folder):
        self.notes = open(folder / "stderr", "w+", encoding="utf-8", errors="replace")
        self.run = subprocess.Popen(
            [program, "hash", "--json", "--max-time", str(SECONDS_PER_FILE), "--list", "-"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.notes, text=True, errors="replace")
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.workers = set()
        self.descriptors = []

    def read(self):
        for line in self.run.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def answers(self, paths):
        """One answer a path, or fewer where the program ended or is over every deadline."""
        self.run.stdin.write("".join(f"{path}\n" for path in paths))
        self.run.stdin.flush()
        end = time.monotonic() + len(paths) * (SECONDS_PER_FILE + 4)
        found = []
        while len(found) < len(paths):
            try:
                line = self.lines.get(timeout=max(end - time.monotonic(), 0.01))
            except queue.Empty:
                break
            if line is None:
                break
            found.append(line)
        self.look()
        return found

    def look(self):
        """Counts descriptors while the program waits for more, and remembers its workers."""
        self.descriptors.append(len(list(pathlib.Path(f"/proc/{self.run.pid}/fd").glob("*"))))
        self.workers |= {number for number, (_, parent) in processes().items() if parent == self.run.pid}

    def end(self):
        """Problems at the end."""
        found = []
        self.run.stdin.close()
        try:
            code = self.run.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.run.kill()
            return ["the program does not end"]
        if code not in (0, 3, 4):
            self.notes.seek(0)
            found.append(f"exit {code}: {self.notes.read()[-2000:]}")
        # The first look may be before the second worker; later ones have at most a socket and a handle more.
        if max(self.descriptors) > self.descriptors[0] + 2 * (os.cpu_count() or 1):
            found.append(f"descriptors grow: {self.descriptors}")
        if not self.workers:
            found.append("no workers were seen")
        names = processes()
        left = [number for number in self.workers if names.get(number, ("", 0))[0].startswith("refrain-worker")]
        if left:
            found.append(f"workers left behind: {left}")
        return found


def problem_of(line):
    if line.get("status") == "hashed" or line.get("status") == "partial":
        return None
    error = line.get("error") or {}
    return None if error.get("code") in CODES else f"no documented answer: {line}"


def main():
    if len(sys.argv) < 4:
        sys.stderr.write(__doc__)
        return 2
    program, samples, count = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 15
    rng = random.Random(seed)
    outcomes = collections.defaultdict(collections.Counter)
    problems = []
    slowest = 0.0
    memory_before = shared_memory()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        good = convert(folder, samples)
        if not good:
            return 2
        refrain = Program(program, folder)
        for done in range(0, count, BATCH):
            batch = []
            for number in range(done, min(count, done + BATCH)):
                source = good[number % len(good)]
                path = folder / f"broken-{number}{source.suffix}"
                path.write_bytes(mutate(source.read_bytes(), rng))
                batch.append(path)
            began = time.monotonic()
            answers = refrain.answers(batch)
            slowest = max(slowest, time.monotonic() - began)
            if len(answers) != len(batch):
                problems.append(f"{len(answers)} answers to {len(batch)} files")
                break
            for path, line in zip(batch, answers):
                code = line["error"]["code"] if line.get("error") else line["status"]
                outcomes[path.suffix][code] += 1
                if problem := problem_of(line):
                    problems.append(f"{path.name}: {problem}")
                if line.get("input") != str(path):
                    problems.append(f"{path.name}: the answer is about {line.get('input')}")
                path.unlink()
        problems += refrain.end()
    if left := shared_memory() - memory_before:
        problems.append(f"shared memory left behind: {left}")
    kinds = sorted({code for counter in outcomes.values() for code in counter})
    print("format " + " ".join(f"{kind:>18}" for kind in kinds))
    for suffix in sorted(outcomes):
        print(f"{suffix:6} " + " ".join(f"{outcomes[suffix][kind]:18}" for kind in kinds))
    answered = sum(sum(counter.values()) for counter in outcomes.values())
    print(f"{answered} files, seed {seed}, {len(problems)} problems; slowest {BATCH} files: {slowest:.1f} s")
    print(f"{len(refrain.workers)} workers seen; open descriptors after each batch: "
          f"{min(refrain.descriptors)} to {max(refrain.descriptors)}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
