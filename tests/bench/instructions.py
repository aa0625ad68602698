# SPDX-License-Identifier: Apache-2.0
"""Instructions of a start, by layer, from two callgrind profiles of herds of different sizes.

What the difference costs, divided by the starts between, holds nothing of the beginning and the end. Counts differ by few
per cent from run to run, whatever else the machine does. A profile is what --separate-threads=yes writes: FILE-01 is the
loop's, and the bench's other threads are the store's writers.
usage: instructions.py SMALL LARGE STARTS-BETWEEN [--functions N] [--json FILE]
"""

import argparse
import glob
import sys
from collections import defaultdict

import figures
from layers import LAYERS, REST, layer_of


class Profile:
    """One thread's: what each function costs itself, and what its calls of others cost with all below."""

    def __init__(self):
        self.names, self.places = {}, {}
        self.own, self.calls = defaultdict(int), defaultdict(int)

    def read(self, path):
        known = defaultdict(dict)  # names by number, one table for objects, files and functions each

        def name_of(kind, text):
            number, _, name = text.partition(" ")
            return known[kind].setdefault(number, name)

        obj = file = function = ""
        place = callee = None
        is_call = False
        with open(path, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                line = line.rstrip("\n")
                key, equals, text = line.partition("=")
                if line[:1] in "0123456789+-*" and line:
                    cost = int(line.split(" ")[-1])
                    if is_call:
                        self.calls[(function, callee)] += cost
                    else:
                        self.own[function] += cost
                    is_call = False
                elif not equals:
                    continue
                elif key == "ob":
                    obj = name_of("ob", text)
                elif key == "cob":
                    name_of("ob", text)
                elif key in ("fl", "fi", "fe", "cfi", "cfl"):
                    name = name_of("fl", text)
                    if key == "fl":
                        file = name
                elif key == "fn":
                    function = name_of("fn", text)
                    place = (file, obj)
                    self.places.setdefault(function, place)
                elif key == "cfn":
                    callee = name_of("fn", text)
                elif key == "calls":
                    is_call = True
        return self


def shares_of(profile):
    """By function, the layers that its own cost belongs to, as shares: of a function without a layer they are its callers'."""
    functions = set(profile.own) | {callee for _, callee in profile.calls}
    shares, open_ones, callers = {}, [], defaultdict(list)
    for (caller, callee), cost in profile.calls.items():
        if caller != callee and cost > 0:
            callers[callee].append((caller, cost))
    for function in functions:
        layer = layer_of(function, *profile.places.get(function, ("", "")))
        if layer:
            shares[function] = {layer: 1.0}
        else:
            open_ones.append(function)
    # Callers without a layer have callers in turn; a few dozen rounds reach all, around the circles of recursion, too.
    for _ in range(40):
        for function in open_ones:
            sums = defaultdict(float)
            for caller, cost in callers[function]:
                for layer, share in shares.get(caller, {}).items():
                    sums[layer] += share * cost
            whole = sum(sums.values())
            if whole > 0:
                shares[function] = {layer: part / whole for layer, part in sums.items()}
    return shares


def by_layer(profile):
    shares, sums = shares_of(profile), defaultdict(float)
    for function, cost in profile.own.items():
        for layer, share in shares.get(function, {REST: 1.0}).items():
            sums[layer] += share * cost
    return sums


def read_threads(path):
    """The loop's profile, and that of all writers."""
    parts = sorted(glob.glob(path + "-[0-9]*"))
    if len(parts) < 2:
        sys.exit(f"instructions: {path}-01 and {path}-02 are not there: callgrind wrote {parts or 'nothing'}")
    writers = Profile()
    for part in parts[1:]:
        writers.read(part)
    return Profile().read(parts[0]), writers


def tell_functions(small, large, starts, count):
    own = {name: (cost - small.own.get(name, 0)) / starts for name, cost in large.own.items()}
    for name in sorted(own, key=own.get, reverse=True)[:count]:
        print(f"  {own[name]:9,.0f}  {layer_of(name, *large.places.get(name, ('', ''))) or '-':16s} {name[:110]}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("small")
    arguments.add_argument("large")
    arguments.add_argument("starts", type=int)
    arguments.add_argument("--functions", type=int, default=0, help="also the functions that cost most, so many of each thread")
    arguments.add_argument("--json", help="append the figures to this file")
    given = arguments.parse_args()
    small, large = read_threads(given.small), read_threads(given.large)
    columns = []
    for before, after in zip(small, large):
        first, second = by_layer(before), by_layer(after)
        columns.append({layer: (second[layer] - first[layer]) / given.starts for layer in LAYERS})
    print("instructions of a start        loop      writer        both")
    for layer in LAYERS + ["all"]:
        loop, writer = (sum(c.values()) if layer == "all" else c[layer] for c in columns)
        print(f"{layer:22s} {loop:12,.0f}{writer:12,.0f}{loop + writer:12,.0f}")
        if given.json:
            figures.record(given.json, "instructions", f"loop, {layer}", loop, "instructions/start")
            figures.record(given.json, "instructions", f"writer, {layer}", writer, "instructions/start")
    for thread, before, after in zip(("loop", "writer"), small, large):
        if given.functions:
            print(f"what costs most, {thread}:")
            tell_functions(before, after, given.starts, given.functions)


if __name__ == "__main__":
    main()
