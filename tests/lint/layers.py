#!/usr/bin/env python3
"""Checks who includes whom: the arrows of docs/architecture.md and the owner of each third-party header.

Usage: layers.py SOURCE_ROOT
Exit: 0 all arrows hold; 1 some do not, one line each; 2 nothing to check.
"""

import pathlib
import re
import sys

# What a stage may include beyond itself, `base` and the public headers.
ARROWS = {
    "base": set(),
    "frame": set(),
    "media": {"frame"},
    "keyframe": {"frame"},
    "hash": {"frame"},
    "local": {"frame"},
    "fingerprint": {"frame", "media", "keyframe", "hash", "local"},
    "sandbox": {"frame", "media", "fingerprint"},
    "store": set(),
    "index": set(),
    "align": set(),
    "verdict": {"align"},
    "evidence": {"frame", "local", "index", "align", "verdict"},
    "match": {"frame", "evidence", "align", "verdict"},
    "corpus": {"fingerprint", "sandbox", "store", "evidence", "match"},
    "feeds": set(),
    "exchange": {"media", "fingerprint"},
    "json": set(),
    "explain": {"frame", "media", "sandbox"},
    "decoders": {"frame", "media", "fingerprint", "explain"},
    "server": set(),
    "access": set(),
    "audit": {"access"},
    "service": {"server", "access", "audit"},
    "cli": {"service", "access", "audit"},
}

# These see the library as any outside user does: not even `base`.
OUTSIDE = {"cli", "server", "access", "audit", "service"}

# The stages that may include a third-party header, by the beginning of its name.
OWNERS = [
    (re.compile(r"^lib(av|sw)\w+/"), {"media"}),
    (re.compile(r"^(libheif|webp|jxl)/"), {"media"}),
    (re.compile(r"^(tiffio|zlib)\.h$"), {"media"}),
    (re.compile(r"^opencv2?/"), {"explain"}),
    (re.compile(r"^(faiss/|omp\.h$)"), {"index"}),
    (re.compile(r"^seccomp\.h$"), {"sandbox"}),
    (re.compile(r"^sqlite3"), {"store"}),
    (re.compile(r"^openssl/"), {"media", "store", "server", "access"}),
    (re.compile(r"^nlohmann/"), {"feeds", "json", "server", "access", "audit", "service"}),
    (re.compile(r"^expat\.h$"), {"feeds"}),
    (re.compile(r"^boost/"), {"server"}),
    (re.compile(r"^toml\+\+/"), {"service"}),
    (re.compile(r"^(spdlog|fmt)/"), set(ARROWS) - OUTSIDE),
    (re.compile(r"^CLI/"), {"cli"}),
    (re.compile(r"^benchmark/"), {"bench"}),
    (re.compile(r"^(gtest|gmock)/"), {"tests"}),
]

# Single includes against the rules, each with its reason.
EXCEPTIONS = {
    ("src/corpus/version.cpp", "index/hash_index.h"): "names the FAISS in use",
    ("src/corpus/version.cpp", "media/frame_reader.h"): "names the FFmpeg in use",
    ("src/evidence/channels.cpp", "evidence/edges/edges_channel.h"): "lists the kinds of evidence",
    ("src/evidence/channels.cpp", "evidence/frames/frames_channel.h"): "lists the kinds of evidence",
    ("src/evidence/channels.cpp", "evidence/local/local_channel.h"): "lists the kinds of evidence",
    ("src/evidence/channels.cpp", "evidence/pdq_list/pdq_list_channel.h"): "lists the kinds of evidence",
    ("src/evidence/pdq_list/pdq_list_channel.cpp", "evidence/frames/seed_search.h"): "the same search, over other codes",
    ("src/corpus/version.cpp", "opencv2/core/version.hpp"): "names the OpenCV in use",
}

# The room of one kind of evidence.
KIND = re.compile(r"^evidence/\w+/")

STANDARD = re.compile(r"^[a-z0-9_]+$")
SYSTEM = re.compile(
    r"^((sys|linux|netinet|arpa|net)/\w+|assert|dirent|dlfcn|errno|fcntl|limits|locale|math|poll|pthread|sched"
    r"|malloc|signal|spawn|stdarg|stdint|stdio|stdlib|string|termios|time|unistd|immintrin|arm_neon|getopt|fnmatch|pwd)\.h$"
)
GENERATED = {"refrain_config.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(<([^>]+)>|"([^"]+)")')
FOLDERS = ("include", "src", "tests", "bench", "samples")


class Checker:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.problems = []
        self.files = 0
        self.includes = 0

    def run(self):
        for folder in FOLDERS:
            for path in sorted((self.root / folder).rglob("*")):
                if path.suffix in (".h", ".cpp", ".hpp", ".cc") and path.is_file():
                    self.check_file(path)
        return self.problems

    def check_file(self, path):
        self.files += 1
        name = path.relative_to(self.root).as_posix()
        text = path.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), start=1):
            match = INCLUDE.match(line)
            if match is None:
                continue
            self.includes += 1
            header = match.group(2) or match.group(3)
            if (name, header) in EXCEPTIONS:
                continue
            reason = self.objection(name, header, is_quoted=match.group(3) is not None)
            if reason is not None:
                self.problems.append(f"{name}:{number}: {header}: {reason}")

    def objection(self, name, header, is_quoted):
        area, _, rest = name.partition("/")
        if area == "include":
            return public_objection(header, is_quoted)
        if name.startswith("samples/http/"):  # clients of the service: they need nothing of refrain
            return "a client of the service does not see the library" if is_quoted else None
        if area == "samples":
            return sample_objection(header, is_quoted)
        if area == "src":
            stage = rest.split("/")[0]
            kind = KIND.match(header)
            if is_quoted and kind is not None and not rest.startswith(kind.group(0)):
                return "a kind of evidence is seen by itself alone; others see evidence/channel.h"
            if stage not in ARROWS:
                return f"unknown stage '{stage}'; give it a place in ARROWS"
            return quoted_objection(stage, header) if is_quoted else owner_objection(stage, header)
        # Tests and benchmarks see every stage, and may look into a file the library wrote.
        if not is_quoted and header.startswith("benchmark/") and area != "bench":
            return "Google Benchmark belongs to bench"
        return None


def public_objection(header, is_quoted):
    if is_quoted:
        return None if header.startswith("refrain/") else "a public header includes only public headers"
    return None if STANDARD.match(header) else "a public header includes nothing but refrain/ and C++ standard headers"


def sample_objection(header, is_quoted):
    if is_quoted or header.startswith("refrain/"):
        return None if header.startswith("refrain/") else "a sample sees the public headers alone"
    return None if STANDARD.match(header) or SYSTEM.match(header) else "a sample needs nothing but refrain"


def quoted_objection(stage, header):
    if header in GENERATED:
        return None
    target = header.split("/")[0] if "/" in header else ""
    if target == "refrain" or target == stage:
        return None
    if target not in ARROWS:
        return "write the path from src/ or include/, with its stage"
    if stage in OUTSIDE:
        also = "".join(f", {room}" for room in sorted(ARROWS[stage]))
        return None if target in ARROWS[stage] else f"{stage} sees refrain/{also} alone"
    if target == "base" or target in ARROWS[stage]:
        return None
    allowed = ", ".join(sorted(ARROWS[stage] | {"base"}))
    return f"{stage} must not include {target} (it may: {allowed})"


def owner_objection(stage, header):
    for pattern, owners in OWNERS:
        if pattern.match(header):
            if stage in owners:
                return None
            return f"belongs to {', '.join(sorted(owners))}, not to {stage}"
    if STANDARD.match(header) or SYSTEM.match(header):
        return None
    return "third-party header without an owner; add it to OWNERS"


def main():
    if len(sys.argv) != 2:
        sys.stderr.write(__doc__)
        return 2
    checker = Checker(sys.argv[1])
    problems = checker.run()
    for problem in problems:
        print(problem)
    print(f"{checker.files} files, {checker.includes} includes, {len(problems)} against the layers")
    if checker.includes == 0:
        print("nothing was checked: is the argument the root of the source tree?")
        return 2
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
