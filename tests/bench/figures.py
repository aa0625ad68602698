# SPDX-License-Identifier: Apache-2.0
"""Figures as the benchmarks leave them: one JSON object a line, appended to one file (figures.hpp writes the same)."""

import json


def record(path, bench, name, value, unit, size=0):
    line = {"bench": bench, "figure": name, "value": round(value, 4), "unit": unit, "size": size}
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]
