# SPDX-License-Identifier: Apache-2.0
"""Blocks and bytes that a start takes from the heap, by layer, from two profiles of herds of different sizes.

The profiles are valgrind's (dhat), with whole paths in their frames. A block belongs to the layer of the innermost frame
that has one.
usage: allocations.py SMALL LARGE STARTS-BETWEEN [--json FILE]
"""

import argparse
import json
import re
from collections import defaultdict

import figures
from layers import LAYERS, MALLOC, REST, layer_of

FRAME = re.compile(r"^0x[0-9A-F]+: (?P<function>.*) \((?P<place>(?:in )?[^()]*)\)$")


def frame_layer(text):
    found = FRAME.match(text)
    if not found:
        return None
    place = found["place"]
    in_library = place.startswith("in ")
    layer = layer_of(found["function"], "" if in_library else place, place if in_library else "")
    return None if layer == MALLOC else layer


def read(path):
    """By thread and layer: blocks and bytes."""
    with open(path, encoding="utf-8") as file:
        profile = json.load(file)
    layers = [frame_layer(text) for text in profile["ftbl"]]
    is_main = [": main (" in text for text in profile["ftbl"]]
    sums = defaultdict(lambda: [0, 0])
    for point in profile["pps"]:
        frames = point["fs"]
        thread = "loop" if any(is_main[frame] for frame in frames) else "writer"
        layer = next((layers[frame] for frame in frames if layers[frame]), REST)
        sums[thread, layer][0] += point["tbk"]
        sums[thread, layer][1] += point["tb"]
    return sums


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("small")
    arguments.add_argument("large")
    arguments.add_argument("starts", type=int)
    arguments.add_argument("--json", help="append the figures to this file")
    given = arguments.parse_args()
    small, large = read(given.small), read(given.large)

    def each(thread, layer, what):
        return (large[thread, layer][what] - small[thread, layer][what]) / given.starts

    print("heap of a start        loop: blocks     bytes     writer: blocks     bytes")
    wholes = [0.0] * 4
    for layer in LAYERS:
        row = [each(thread, layer, what) for thread in ("loop", "writer") for what in (0, 1)]
        wholes = [whole + part for whole, part in zip(wholes, row)]
        if layer != MALLOC:
            print(f"{layer:22s} {row[0]:12.1f}{row[1]:10,.0f}{row[2]:19.1f}{row[3]:10,.0f}")
    print(f"{'all':22s} {wholes[0]:12.1f}{wholes[1]:10,.0f}{wholes[2]:19.1f}{wholes[3]:10,.0f}")
    if given.json:
        for place, name in enumerate(("loop, blocks", "loop, bytes", "writer, blocks", "writer, bytes")):
            figures.record(given.json, "allocations", name, wholes[place], name.split(", ")[1] + "/start")


if __name__ == "__main__":
    main()
