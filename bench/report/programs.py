"""The performance programs: which are run, with what, and for how long at most."""
import dataclasses
import json
import os
import subprocess

from report import children
from report.times import shortest_times

KERNEL_SIZES = "width:(512|1024|1920)"


@dataclasses.dataclass(frozen=True)
class Program:
    """A program of Google Benchmark below build/bench.

    `parts` are filters of benchmarks that are run one after the other, so that what is compared with each other is
    measured within the same minute. `repetitions` of which the shortest counts.
    """

    name: str
    parts: tuple
    repetitions: int = 5
    min_time: float = 0.05
    timeout: float = 600.0  # seconds, of one part


PROGRAMS = (
    Program("hash", (r"^hash_picture(_plain)?/",)),
    Program("search", (r"^(flat|faiss|faiss_popcnt)/(10000|100000|1000000)/(1|32)(/real_time)?$", r"^flat/10000000/|memory_bandwidth",
                       r"^kernel/.*/31$"), 3),
    Program("index", (r"^(faiss|live|faiss_multi_hash)/uniform/(1000|10000|100000)$",
                      r"^(faiss|live|faiss_multi_hash)/uniform/1000000$",
                      r"^scan/uniform/100000$|^match_kernel/.*/48$|^picture_codes/"), 2, 0.02),
    Program("local", (r"^extract|^working_picture|^(opencv_)?fast/",), 3),
    Program("align", (r"^align_hits|^place/",), 3, 0.02),
    Program("decode", (r"^decode/frames/",), 3, 0.1),
    Program("end_to_end", (r"find_samples|find_ready|add_samples",), 3, 0.2),
)


class Failed(Exception):
    """A program could not be run to its end."""


def command_of(build, program, part):
    return [str(build / "bench" / f"bench_{program.name}"), f"--benchmark_filter={part}",
            f"--benchmark_repetitions={program.repetitions}", f"--benchmark_min_time={program.min_time}",
            "--benchmark_format=json"]


def run(build, samples, program):
    """Shortest times by benchmark. Raises Failed with the reason."""
    times = {}
    environment = {**os.environ, "REFRAIN_BENCH_SAMPLES": str(samples)}
    environment.pop("REFRAIN_BENCH_MEDIA", None)
    for part in program.parts:
        try:
            printed = children.output(command_of(build, program, part), program.timeout, environment)
            shortest_times(json.loads(printed), times)
        except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError, AttributeError) as failure:
            raise Failed(f"bench_{program.name}: {failure}") from failure
    if not times:
        raise Failed(f"bench_{program.name}: no benchmark has these names")
    return times
