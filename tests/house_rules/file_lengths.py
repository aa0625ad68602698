# SPDX-License-Identifier: Apache-2.0
"""A file holds one idea: mostly 50 to 200 lines, never over 500."""

from typing import Iterator

from tree import LICENCE, Tree, Violation

LINES_MAX = 500


def find(tree: Tree) -> Iterator[Violation]:
    for path, text in tree.items():
        lines = len([line for line in text.splitlines() if LICENCE not in line])
        if path.endswith((".cpp", ".hpp", ".py", ".sh")) and lines > LINES_MAX:
            yield Violation(path, lines, f"{lines} lines, over {LINES_MAX}: which two ideas are in it?")


PLANTED = {
    "a long source": {"daemon/core/a.cpp": "\n" * 501},
    "a long header": {"daemon/core/a.hpp": "x\n" * 500 + "x"},
    "a long test": {"tests/integration/a.py": "x\n" * 501},
}
CLEAN = {"daemon/core/a.cpp": "x\n" * 500, "providers/acme/fixtures/a.json": "x\n" * 900, "providers/acme/README.md": "x\n" * 900}
