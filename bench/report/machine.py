"""Where a run was made: processor, memory, load, compiler, flags and commit."""
import os
import pathlib
import platform
import re
import subprocess


def read(path):
    """The text of a file of the kernel; empty where there is none."""
    try:
        return pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def fields(text):
    """`name : value` lines of the first block, by name."""
    return {name.strip(): value.strip() for name, mark, value in
            (line.partition(":") for line in text.split("\n\n")[0].splitlines()) if mark}


def processor(cpuinfo=None):
    """What tells one kind of processor from another, virtual ones too, whose names say little.

    Two machines with equal `key` are of the same kind: times of one say something about the other.
    """
    known = fields(read("/proc/cpuinfo") if cpuinfo is None else cpuinfo)
    flags = sorted((known.get("flags") or known.get("Features") or "").split())
    parts = [known.get(name, "") for name in ("vendor_id", "cpu family", "model", "stepping", "cache size")]
    return {"name": known.get("model name", platform.machine()), "key": "/".join(parts), "flags": flags}


def memory_bytes(meminfo=None):
    found = re.search(r"^MemTotal:\s+(\d+) kB", read("/proc/meminfo") if meminfo is None else meminfo, re.M)
    return int(found[1]) * 1024 if found else 0


def load():
    """Of the last minute; 0 where the system does not say."""
    try:
        return os.getloadavg()[0]
    except OSError:
        return 0.0


def describe():
    return {**processor(), "cores": len(os.sched_getaffinity(0)), "memory_bytes": memory_bytes(),
            "kernel": platform.release(), "python": platform.python_version()}


def output(*command, where):
    """The first line that a command prints; empty where it fails."""
    try:
        done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def commit(source):
    """The commit of the source tree, and whether files differ from it."""
    return {"commit": output("git", "rev-parse", "HEAD", where=source),
            "is_changed": bool(output("git", "status", "--porcelain", where=source))}


def compiler_flags(commands):
    """Compiler and flags of the first source file of the library. @param commands  of compile_commands.json"""
    for entry in commands:
        if "/src/" in "/" + entry["file"]:
            words = entry["command"].split()
            kept = [word for word in words if re.match(r"-(O|f|m|std|D|U|W)", word) and word != "-MD"]
            return {"compiler": " ".join(word for word in words[:2] if not word.startswith("-")), "flags": kept}
    return {"compiler": "", "flags": []}
