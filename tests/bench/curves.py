# SPDX-License-Identifier: Apache-2.0
"""Draws what grows with the number of jobs, from figures that the benchmarks appended to a file, as one SVG.

Both axes are logarithmic: what grows as the jobs do is a line that rises by one decade a decade.
usage: curves.py FILE PICTURE.svg
"""

import math
import statistics
import sys

import figures

LATE = "due instant -> request bytes, p99"
# Title, unit, bench, the figures of it and their colours.
PANELS = [
    ("Config ready", "s", "config", {"plain, ready": "#1f6feb", "templated, ready": "#8250df"}),
    ("Resident memory", "MiB", "config", {"plain, peak": "#bf8700", "plain, after": "#1f6feb"}),
    ("Lateness of starts", "ms", "lateness", {LATE: "#1f6feb", "due instant -> request bytes, p50": "#1a7f37"}),
]
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 300, 260, 52, 34, 16, 62
JOBS = (100, 100_000)


def points_of(seen, bench, name):
    values = {}
    for figure in seen:
        if figure["bench"] == bench and figure["figure"] == name and figure["size"] and figure["value"] > 0:
            values.setdefault(figure["size"], []).append(figure["value"])
    return sorted((size, statistics.median(all_of_it)) for size, all_of_it in values.items())


def text(x, y, words, anchor="middle", size=11, colour="#57606a"):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{words}</text>'


def panel(seen, left, title, unit, bench, names):
    curves = {name: points_of(seen, bench, name) for name in names}
    values = [value for points in curves.values() for _, value in points]
    if not values:
        sys.exit(f"curves: there is no figure of bench_{bench}")
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)
    first, last = (math.log10(jobs) for jobs in JOBS)

    def x_of(jobs):
        return left + LEFT + (math.log10(jobs) - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y_of(value):
        return HEIGHT - BOTTOM - (math.log10(value) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    yield text(left + LEFT, 20, f"{title} ({unit})", "start", 13, "#24292f")
    for decade in range(low, high + 1):
        y = y_of(10.0**decade)
        yield f'<path d="M{x_of(JOBS[0]):.0f} {y:.0f}H{x_of(JOBS[1]):.0f}" stroke="#d0d7de"/>'
        yield text(left + LEFT - 6, y + 4, f"{10.0 ** decade:g}", "end")
    for decade in range(int(first), int(last) + 1):
        yield text(x_of(10**decade), HEIGHT - BOTTOM + 16, f"{10 ** decade:,}")
    for place, (name, points) in enumerate(curves.items()):
        places = [(x_of(jobs), y_of(value)) for jobs, value in points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        yield f'<path d="M{path}" fill="none" stroke="{names[name]}" stroke-width="2"/>'
        for x, y in places:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{names[name]}"/>'
        words = name.rsplit("bytes, ", 1)[-1]
        yield text(left + LEFT + place * 110, HEIGHT - 14, words, "start", 11, names[name])
    yield text(left + (LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 32, "jobs")


def draw(seen):
    whole = WIDTH * len(PANELS)
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {HEIGHT}" width="{whole}" height="{HEIGHT}" '
           'font-family="sans-serif">')
    yield f'<rect width="{whole}" height="{HEIGHT}" fill="#ffffff"/>'
    for place, (title, unit, bench, names) in enumerate(PANELS):
        yield from panel(seen, place * WIDTH, title, unit, bench, names)
    yield "</svg>"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[2], "w", encoding="utf-8") as picture:
        picture.write("\n".join(draw(figures.read(sys.argv[1]))) + "\n")
