# SPDX-License-Identifier: Apache-2.0
"""The table of budgets: each with what was seen, and with the floor where the machine has one.

Reads figures that the benchmarks appended to a file (TAKTD_BENCH_JSON); of several figures of one name it takes the median.
"To budget" and "to floor" say how many times as good what was seen is: 1 meets it, below 1 does not.
usage: table.py FILE
"""

import statistics
import sys
from typing import NamedTuple, Optional

import figures


class Figure(NamedTuple):
    bench: str
    name: str
    size: int = 0
    scale: float = 1.0


class Line(NamedTuple):
    words: str
    unit: str
    seen: Figure
    budget: Optional[float] = None
    floor: Optional[Figure] = None
    more_is_better: bool = False


HERD = "everything, due instant to last outcome"
LATE = "due instant -> request bytes"
STOP = "stop due -> bytes, less its turn"
# A rate is one million by the microseconds of a start.
LINES = [
    Line("herd, durable starts", "/s", Figure("herd", HERD), 20000, Figure("floors", "exchange, a connection each"), True),
    Line("- engine alone", "/s", Figure("herd", "engine alone"), None, None, True),
    Line("- store alone, all queued", "/s", Figure("herd", "store alone (the same rows, all queued)"), None, None, True),
    Line("- HTTP alone", "/s", Figure("herd", "http alone (sign, exchange, decode)"), None,
         Figure("floors", "exchange, a connection each"), True),
    Line("store, 28 starts a commit, processors", "us", Figure("store", "a start, of processors", 28), None,
         Figure("store", "raw, a start, of processors", 28)),
    Line("store, 113 starts a commit, processors", "us", Figure("store", "a start, of processors", 113), None,
         Figure("store", "raw, a start, of processors", 113)),
    Line("store, 452 starts a commit, processors", "us", Figure("store", "a start, of processors", 452), None,
         Figure("store", "raw, a start, of processors", 452)),
    Line("store, 113 starts a commit, by the clock", "us", Figure("store", "a start", 113), None, Figure("store", "raw, a start", 113)),
    Line("log of a start, 113 starts a commit", "bytes", Figure("store", "a start, log", 113)),
    Line("bytes of a finished run", "bytes", Figure("store", "a finished run"), 1300),
    Line("lateness p99, 10,000 jobs", "ms", Figure("lateness", LATE + ", p99", 10000), 2,
         Figure("floors", "write + fdatasync, 4 KiB, p99", 4096)),
    Line("lateness p99.9, 10,000 jobs", "ms", Figure("lateness", LATE + ", p99.9", 10000), 8,
         Figure("floors", "write + fdatasync, 4 KiB, p99.9", 4096)),
    Line("stop behind 10,000 starts, at most", "ms", Figure("lateness", STOP + ", max", 10000), 5),
    Line("config of 10,000 jobs ready", "s", Figure("config", "plain, ready", 10000), 0.3),
    Line("config of 100,000 jobs ready", "s", Figure("config", "plain, ready", 100000), 2.5),
    Line("RSS at 10,000 jobs", "MiB", Figure("config", "plain, after", 10000), 40),
    Line("RSS at 100,000 jobs", "MiB", Figure("config", "plain, after", 100000), 200),
    Line("10,000 live runs re-armed, from exec", "s", Figure("recovery", "from exec", 0, 0.001), 0.3),
]


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def as_markdown(seen, lines):
    """Lines whose benchmark did not run are left out."""
    medians = {}
    for figure in seen:
        medians.setdefault((figure["bench"], figure["figure"], figure["size"]), []).append(figure["value"])

    def find(figure):
        values = figure and medians.get(figure[:3])
        return statistics.median(values) * figure.scale if values else None

    def ratio(value, other, more_is_better):
        if not value or not other:
            return "-"
        return number(value / other if more_is_better else other / value)

    yield "| | budget | seen | to budget | floor | to floor |"
    yield "|---|---|---|---|---|---|"
    for line in lines:
        value, floor = find(line.seen), find(line.floor)
        if value is not None:
            yield (f"| {line.words} ({line.unit}) | {number(line.budget)} | {number(value)} | "
                   f"{ratio(value, line.budget, line.more_is_better)} | {number(floor)} | {ratio(value, floor, line.more_is_better)} |")
    for name, unit in (("load average", ""), ("a durable 4 KiB write", " ms")):
        values = [figure["value"] for figure in seen if figure["figure"] == name]
        if values:
            yield f"\n{name}: {number(min(values))} to {number(max(values))}{unit}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print("\n".join(as_markdown(figures.read(sys.argv[1]), LINES)))
