"""A run as one page of HTML that needs nothing beside itself."""
import html

from report import svg
from report.findings import changes

STYLE = """
body{font-family:sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;margin:1em 0}td,th{padding:2px 10px;border-bottom:1px solid #ddd;text-align:right}
td:first-child,th:first-child{text-align:left}h2{margin-top:2em}svg{max-width:100%;height:auto}.worse{color:#b00020}
dt{float:left;clear:left;width:9em;color:#666}dd{margin-left:9em;overflow-wrap:anywhere}
"""


def escaped(value):
    return html.escape(str(value))


def table(heads, rows):
    """@param rows  lists of cells, each text or (text, class)"""
    made = "".join(f"<th>{escaped(head)}</th>" for head in heads)
    lines = [f"<tr>{made}</tr>"]
    for row in rows:
        cells = []
        for cell in row:
            words, kind = cell if isinstance(cell, tuple) else (cell, "")
            cells.append(f'<td class="{kind}">{escaped(words)}</td>' if kind else f"<td>{escaped(words)}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>{''.join(lines)}</table>"


def head_of(run):
    machine, build = run["machine"], run["build"]
    facts = {
        "commit": run["commit"] + (" and changes" if run["is_changed"] else ""),
        "made": run["made_at"] + f", in {run['seconds']:.0f} s",
        "processor": f"{machine['name']} ({machine['key']}), {machine['cores']} cores",
        "memory": f"{machine['memory_bytes'] / 2**30:.1f} GiB",
        "load": f"{run['load'][0]:.1f} before, {run['load'][1]:.1f} after",
        "compiler": build["compiler"],
        "flags": " ".join(build["flags"]),
    }
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{escaped(value)}</dd>" for name, value in facts.items()) + "</dl>"


def rivals_part(run):
    rows = run["rivals"]
    if not rows:
        return ""
    plot = svg.bars("Speed against rivals", [(row["name"], row["ratio"], f"{row['ratio']:.3g}") for row in rows], True, 1.0)
    cells = [[row["name"], svg.seconds_text(row["rival"]), svg.seconds_text(row["ours"]), f"{row['ratio']:.2f}"] for row in rows]
    return ("<h2>Speed against rivals</h2><p>How many times as long the rival takes, measured in the same run; right of the "
            "line ours is faster.</p>" + plot + table(["rival", "its time", "ours", "ratio"], cells))


def scales_part(run):
    return "".join(f"<h2>{escaped(plot['title'])}</h2>" + svg.log_lines(plot["title"], plot["unit"], plot["series"])
                   for plot in run["scales"])


def quality_part(run):
    quality = run["quality"]
    if not quality:
        return ""
    bars = svg.bars("Recall by edit", [(row["edit"], row["recall"], f"{row['found']} of {row['queries']}")
                                       for row in quality["edits"]])
    scores = svg.histogram("Scores", [{"name": name, "values": values} for name, values in quality["scores"].items()],
                           "score: -log10 of the expected false alarms", quality["min_score"])
    alarms = quality["strangers_that_match"]
    named = f"Strangers that match: {', '.join(alarms)}." if alarms else "No stranger matches."
    return ("<h2>Recall by edit</h2>" + bars + f"<h2>Scores of copies and of strangers</h2><p>The line is the default "
            f"threshold. {escaped(named)}</p>" + scores)


def changes_part(run, before):
    if before is None:
        return "<h2>Change</h2><p>There is no earlier run to compare with.</p>"
    rows = []
    for row in changes(run, before):
        kind = "worse" if row["change"] < (-0.005 if row["is_share"] else -0.15) else ""
        number = "{:.3f}" if row["is_share"] else "{:.2f}"
        change = f"{row['change']:+.3f}" if row["is_share"] else f"{row['change']:+.1%}"
        rows.append([row["name"], number.format(row["before"]), number.format(row["now"]), (change, kind)])
    same = before["machine"]["key"] == run["machine"]["key"]
    warning = "" if same else " It was made on another kind of processor: ratios of speed differ for that alone."
    return (f"<h2>Change since {escaped(before['made_at'])}</h2><p>Commit {escaped(before['commit'][:12])}.{warning} Larger is "
            "better: ratios over rivals, and recall.</p>" + table(["", "before", "now", "change"], rows))


def programs_part(run):
    rows = [[f"{program}: {name}", svg.seconds_text(time["cpu"]), svg.seconds_text(time["real"])]
            for program, times in sorted(run["times"].items()) for name, time in sorted(times.items())]
    left = "".join(f"<li>{escaped(one['what'])}: {escaped(one['why'])}</li>" for one in run["left_out"])
    return ("<h2>All times</h2><p>The shortest of the repetitions.</p>" + table(["benchmark", "processor", "wall clock"], rows)
            + (f"<h2>Left out</h2><ul>{left}</ul>" if left else ""))


def page(run, before=None):
    """@param before  an earlier run, or None"""
    parts = [head_of(run), rivals_part(run), scales_part(run), quality_part(run), changes_part(run, before), programs_part(run)]
    return (f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>refrain: benchmark run</title>'
            f"<style>{STYLE}</style></head><body><h1>refrain: benchmark run</h1>{''.join(parts)}</body></html>\n")
