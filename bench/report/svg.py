"""Plots as SVG text, to stand inside a page: no scripts, no outside resources."""
import html
import math

COLOURS = ("#1f6fb4", "#c4501b", "#3a8f3a", "#8256a8", "#8a6d3b", "#5f6a72")
WIDTH, HEIGHT = 640, 340
LEFT, RIGHT, TOP, BOTTOM = 70, 16, 14, 46


def text(x, y, words, anchor="middle", size=12, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{more}>{html.escape(str(words))}</text>'


def line(x1, y1, x2, y2, stroke="#d8d8d8", width=1):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" stroke-width="{width}"/>'


def frame(parts, title, height=HEIGHT, width=WIDTH):
    return (f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
            f'aria-label="{html.escape(title, quote=True)}" font-family="sans-serif">{"".join(parts)}</svg>')


def seconds_text(seconds):
    """`3.2 ms`, with the unit that fits."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def count_text(count):
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if count >= size:
            return f"{count / size:.3g}{unit}"
    return f"{count:.3g}"


class LogAxis:
    """Positions of positive numbers on a logarithmic axis from `low` to `high`, which are widened to powers of ten."""

    def __init__(self, values, start, end):
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)
        self.start, self.end = start, end

    def at(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self):
        return [10.0 ** power for power in range(self.low, self.high + 1)]


def log_lines(title, unit, series):
    """Lines over logarithmic axes: sizes, and seconds.

    @param series  dicts of `name` and `points`, each [size > 0, seconds > 0]
    """
    points = [point for one in series for point in one["points"]]
    across = LogAxis([point[0] for point in points], LEFT, WIDTH - RIGHT)
    up = LogAxis([point[1] for point in points], HEIGHT - BOTTOM, TOP + 18 * len(series))
    parts = []
    for tick in across.ticks():
        parts += [line(across.at(tick), up.at(up.ticks()[0]), across.at(tick), up.at(up.ticks()[-1])),
                  text(across.at(tick), HEIGHT - BOTTOM + 18, count_text(tick))]
    for tick in up.ticks():
        parts += [line(LEFT, up.at(tick), WIDTH - RIGHT, up.at(tick)), text(LEFT - 6, up.at(tick) + 4, seconds_text(tick), "end")]
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, unit))
    for number, one in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{across.at(x):.1f},{up.at(y):.1f}" for x, y in one["points"])
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for x, y in one["points"]:
            parts.append(f'<circle cx="{across.at(x):.1f}" cy="{up.at(y):.1f}" r="3" fill="{colour}">'
                         f"<title>{html.escape(one['name'])}: {count_text(x)}, {seconds_text(y)}</title></circle>")
        parts += [line(LEFT + 8, TOP + 18 * number, LEFT + 32, TOP + 18 * number, colour, 3),
                  text(LEFT + 38, TOP + 18 * number + 4, one["name"], "start")]
    return frame(parts, title)


def bars(title, rows, is_log=False, mark=None):
    """Bars to the right, one a row of (name, value > 0 where logarithmic, label). `mark` is a line across all."""
    names, step = 300, 24
    height = TOP + step * len(rows) + 10
    end = WIDTH + 60
    if is_log:
        axis = LogAxis([value for _, value, _ in rows] + ([mark] if mark else []), names, end - 70)
        at = axis.at
    else:
        most = max([value for _, value, _ in rows] + [1e-9])
        def at(value):
            return names + value / most * (end - 70 - names)
    parts = []
    for number, (name, value, label) in enumerate(rows):
        y = TOP + step * number
        parts += [text(names - 8, y + 13, name, "end", 11),
                  f'<rect x="{names}" y="{y}" width="{max(1.0, at(value) - names):.1f}" height="17" fill="{COLOURS[0]}"/>',
                  text(max(names + 1, at(value)) + 5, y + 13, label, "start", 11)]
    if mark is not None:
        parts.append(line(at(mark), TOP - 6, at(mark), height - 8, "#333"))
    return frame(parts, title, height, end)


def histogram(title, series, unit, mark=None, bins=40):
    """How often values fall into equal parts of their range, as shares of each series, side by side.

    @param series  dicts of `name` and `values`; one without values is left out
    """
    series = [one for one in series if one["values"]]
    values = [value for one in series for value in one["values"]]
    if not values:
        return frame([text(WIDTH / 2, HEIGHT / 2, "no values")], title)
    low = min(values + ([mark] if mark is not None else []))
    high = max(values + ([mark] if mark is not None else []))
    span = (high - low) or 1.0

    def at(value):
        return LEFT + (value - low) / span * (WIDTH - RIGHT - LEFT)

    shares = []
    for one in series:
        counts = [0] * bins
        for value in one["values"]:
            counts[min(bins - 1, int((value - low) / span * bins))] += 1
        shares.append([count / len(one["values"]) for count in counts])
    most = max(max(counts) for counts in shares)
    floor, top = HEIGHT - BOTTOM, TOP + 18 * len(series)
    width = (WIDTH - RIGHT - LEFT) / bins / len(series)
    parts = [line(LEFT, floor, WIDTH - RIGHT, floor, "#333")]
    for number, counts in enumerate(shares):
        colour = COLOURS[number % len(COLOURS)]
        for place, share in enumerate(counts):
            if share > 0:
                size = max(1.0, share / most * (floor - top))
                x = LEFT + (place * len(series) + number) * width
                parts.append(f'<rect x="{x:.1f}" y="{floor - size:.1f}" width="{width:.1f}" height="{size:.1f}" fill="{colour}"/>')
        parts += [f'<rect x="{LEFT + 8}" y="{TOP + 18 * number - 8}" width="14" height="10" fill="{colour}"/>',
                  text(LEFT + 28, TOP + 18 * number + 1, f"{series[number]['name']} ({len(series[number]['values'])})", "start")]
    for share in range(6):
        value = low + span * share / 5
        parts.append(text(at(value), floor + 18, f"{value:.3g}"))
    if mark is not None:
        parts.append(line(at(mark), top, at(mark), floor, "#333"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, unit))
    return frame(parts, title)
