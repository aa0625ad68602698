# SPDX-License-Identifier: Apache-2.0
"""Prose in Markdown wraps at 100 columns. Tables, code, and a line that is one long link or command cannot be wrapped."""

import re
from typing import Iterator

from tree import Tree, Violation

COLUMNS_MAX = 100
FENCE = re.compile(r"\s*(```|~~~)")
TABLE = re.compile(r"\s*\|")
# After its indentation, bullet or quote mark nothing but one word, one link or one span of code.
UNBREAKABLE = re.compile(r"\s*([-*+>]\s+|\d+[.)]\s+)?(`[^`]*`|\S*\[[^\]]*\]\(\S*|\S+)\S*$")


def find(tree: Tree) -> Iterator[Violation]:
    for path, text in tree.items():
        if not path.endswith(".md"):
            continue
        in_code = False
        for number, line in enumerate(text.splitlines(), 1):
            if FENCE.match(line):
                in_code = not in_code
            elif len(line) > COLUMNS_MAX and not in_code and not TABLE.match(line) and not UNBREAKABLE.match(line):
                yield Violation(path, number, f"{len(line)} columns, over {COLUMNS_MAX}: wrap it")


_LONG = "word " * 25
PLANTED = {
    "a paragraph": {"docs/a.md": _LONG},
    "an item": {"README.md": "- " + _LONG},
    "a quote": {"docs/a.md": "> " + _LONG},
    "after code": {"docs/a.md": "```\nx\n```\n" + _LONG},
}
CLEAN = {
    "docs/a.md": f"{'word ' * 19}\n\n```\n{_LONG}\n```\n| {_LONG} |\n- [text](https://example.org/{'a' * 100})\n  `{_LONG}`\n",
    "daemon/a.cpp": f"// {_LONG}",
}
