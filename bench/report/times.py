"""What Google Benchmark measured, as the shortest time of each benchmark."""
import re

UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
SUFFIX = re.compile(r"/(real_time|process_time|repeats:\d+|min_time:[\d.]+)")


def shortest_times(results, times=None):
    """Name of each benchmark -> {"real": s, "cpu": s}, the shortest of its repetitions.

    `results` is the JSON object of one run. `times` of an earlier run of the same program are kept where shorter.
    """
    times = {} if times is None else times
    for entry in results.get("benchmarks", []):
        if entry.get("run_type") == "aggregate" or entry.get("error_occurred"):
            continue
        name = SUFFIX.sub("", entry.get("run_name", entry["name"]))
        unit = UNITS[entry["time_unit"]]
        best = times.setdefault(name, {"real": float("inf"), "cpu": float("inf")})
        best["real"] = min(best["real"], entry["real_time"] * unit)
        best["cpu"] = min(best["cpu"], entry["cpu_time"] * unit)
    return times
