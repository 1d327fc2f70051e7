"""What the times of a run say: cost over the size of a corpus, and speed against rivals of the same run."""
import re

# Of each line of a plot: the program, and how its benchmarks are named by size. In processor time.
SCALES = (
    ("Whole-frame search: one query by size of the corpus", "codes", (
        ("live index", "index", r"^live/uniform/(\d+)$", 500),
        # With fewer codes none has left the live index's tail, which we scan ourselves.
        ("FAISS flat (stock)", "index", r"^faiss/uniform/(\d{5,})$", None),
        ("FAISS multi-hash (stock)", "index", r"^faiss_multi_hash/uniform/(\d+)$", 500),
        ("our flat scan", "search", r"^flat/(\d+)/1$", 1),
    )),
    ("Local features: 3,000 codes of a picture by size of the corpus", "codes", (
        ("all points", "index", r"^picture_codes/(\d+)$", 1),
    )),
    ("Batches: one of 32 queries by size of the corpus", "codes", (
        ("our flat scan", "search", r"^flat/(\d+)/32$", 32),
        ("FAISS flat (stock)", "search", r"^faiss/(\d+)/32$", 32),
        ("FAISS's loop with popcnt", "search", r"^faiss_popcnt/(\d+)/32$", 32),
    )),
    ("Alignment by number of hits", "hits", (
        ("static scene", "align", r"^align_hits/static_scene/hits:(\d+)$", 1),
        ("shuffled shots", "align", r"^align_hits/shuffled_shots/hits:(\d+)$", 1),
        ("faster excerpt", "align", r"^align_hits/faster_excerpt/hits:(\d+)$", 1),
    )),
)

# (what, program, benchmark of the rival, ours): how many times as long the rival takes.
RIVALS = (
    ("PDQ of 512 x 512: Meta's walk over memory", "hash", "hash_picture_plain/width:512/height:512",
     "hash_picture/width:512/height:512"),
    ("PDQ of 1024 x 768: Meta's walk over memory", "hash", "hash_picture_plain/width:1024/height:768",
     "hash_picture/width:1024/height:768"),
    ("PDQ of 1920 x 1080: Meta's walk over memory", "hash", "hash_picture_plain/width:1920/height:1080",
     "hash_picture/width:1920/height:1080"),
    ("FAST corners of 512 x 384: OpenCV", "local", "opencv_fast/512", "fast/512"),
    ("1,000,000 codes, one query: FAISS flat (stock)", "search", "faiss/1000000/1", "flat/1000000/1"),
    ("1,000,000 codes, 32 queries: FAISS flat (stock)", "search", "faiss/1000000/32", "flat/1000000/32"),
    ("1,000,000 codes, 32 queries: FAISS's loop with popcnt", "search", "faiss_popcnt/1000000/32", "flat/1000000/32"),
    ("100,000 codes, live: FAISS flat (stock)", "index", "faiss/uniform/100000", "live/uniform/100000"),
    ("100,000 codes, live: FAISS multi-hash (stock)", "index", "faiss_multi_hash/uniform/100000", "live/uniform/100000"),
    ("10,000,000 codes, one query: reading them once", "search", "memory_bandwidth", "flat/10000000/1"),
)


def batch_of(count):
    """Queries of one measurement of bench_index."""
    return 500 if count < 500_000 else 32


def scale_series(times, program, pattern, queries):
    """[size, seconds a query], rising by size."""
    points = []
    for name, time in times.get(program, {}).items():
        found = re.match(pattern, name)
        if found:
            size = int(found[1])
            points.append([size, time["cpu"] / (queries or batch_of(size))])
    return sorted(points)


def scales(times):
    """Plots of cost over size; a line without two points is left out, and so is a plot without lines."""
    plots = []
    for title, unit, lines in SCALES:
        series = [{"name": name, "points": scale_series(times, program, pattern, queries)}
                  for name, program, pattern, queries in lines]
        series = [line for line in series if len(line["points"]) > 1]
        if series:
            plots.append({"title": title, "unit": unit, "series": series})
    return plots


def decode_only(times):
    """How many times as long as decoding alone a look-up of the samples takes; None where one was not measured."""
    found = times.get("end_to_end", {}).get("find_samples/edited_copies")
    parts = [time["cpu"] for name, time in times.get("decode", {}).items() if is_edited_sample(name)]
    if not found or not parts:
        return None
    return {"name": "look-up of 7 edited samples: decoding alone", "rival": sum(parts), "ours": found["cpu"],
            "ratio": sum(parts) / found["cpu"]}


def is_edited_sample(name):
    """Edited samples are named after what was done to them."""
    return re.search(r"-(half|320|part|480x270|mirrored|rotated90)|red-panda\.webp$", name) is not None


def rivals(times):
    """Rows of {name, rival, ours, ratio}; what was not measured is left out."""
    rows = []
    for name, program, rival, ours in RIVALS:
        measured = times.get(program, {})
        if rival in measured and ours in measured:
            slow, fast = measured[rival]["cpu"], measured[ours]["cpu"]
            rows.append({"name": name, "rival": slow, "ours": fast, "ratio": slow / fast})
    row = decode_only(times)
    return rows + ([row] if row else [])


def changes(now, before):
    """Ratios and recall of two runs side by side, as far as both have them. `better` is the larger number."""
    rows = []
    for kind, value, share in (("rivals", "ratio", False), ("edits", "recall", True)):
        old = {row.get("name") or row["edit"]: row[value] for row in rows_of(before, kind)}
        for row in rows_of(now, kind):
            name = row.get("name") or row["edit"]
            if name in old:
                change = row[value] - old[name] if share else row[value] / old[name] - 1
                rows.append({"name": name, "before": old[name], "now": row[value], "change": change, "is_share": share})
    return rows


def rows_of(run, kind):
    return run.get("rivals", []) if kind == "rivals" else (run.get("quality") or {}).get("edits", [])
