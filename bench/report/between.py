"""What became slower between two stored runs, machine and noise set aside.

Times of two runs differ for three reasons: the machine, its other work, and the code. The machine tells on all benchmarks
alike, so it is taken from those that no change of ours touches: rivals and plain loops. What is left of a benchmark is its
change. Other work tells on single benchmarks at random: how far the untouched ones scatter says how much.
"""
import math
import re
import statistics

# Program and benchmark, of what is not ours or never tuned.
UNTOUCHED = re.compile(r"^(hash: hash_picture_plain/|search: (faiss|faiss_popcnt|memory_bandwidth|kernel/portable)(/|$)|"
                       r"index: (faiss|faiss_multi_hash)/|decode: decode/frames/|local: opencv_fast/)")
FEWEST_UNTOUCHED = 5
# A benchmark has to be so much slower in any case, as a share.
LEAST = 0.25
# Code meets other caches, vectors and memories on another kind of processor.
LEAST_ON_ANOTHER_KIND = 1.0
# Of so many times the scatter of the untouched ones, three benchmarks in a million are beyond it by chance.
SCATTERS = 4.5


class Unlike(Exception):
    """The two runs have too little in common."""


def rows_of(run):
    """Processor seconds by `program: benchmark`."""
    return {f"{program}: {name}": time["cpu"] for program, times in run["times"].items() for name, time in times.items()
            if time["cpu"] > 0}


def scatter(values, middle):
    """The standard deviation, as a few far values leave it alone."""
    return 1.4826 * statistics.median(abs(value - middle) for value in values)


def changes(now, before):
    """What is ours in both runs. Raises Unlike.

    @return rows of {name, before, now, change}, where `change` is the share by which it takes longer than the machine
    explains; the change beyond which it has regressed; and how many times as long the machine takes
    """
    new, old = rows_of(now), rows_of(before)
    shared = [name for name in new if name in old]
    untouched = [math.log(new[name] / old[name]) for name in shared if UNTOUCHED.match(name)]
    if len(untouched) < FEWEST_UNTOUCHED:
        raise Unlike(f"the runs share {len(untouched)} benchmarks of rivals and plain loops; {FEWEST_UNTOUCHED} are needed")
    machine = statistics.median(untouched)
    is_same_kind = now["machine"]["key"] == before["machine"]["key"]
    least = max(LEAST if is_same_kind else LEAST_ON_ANOTHER_KIND, math.expm1(SCATTERS * scatter(untouched, machine)))
    rows = [{"name": name, "before": old[name], "now": new[name], "change": new[name] / old[name] / math.exp(machine) - 1}
            for name in shared if not UNTOUCHED.match(name)]
    return rows, least, math.exp(machine)
