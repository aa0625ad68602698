# SPDX-License-Identifier: Apache-2.0
"""A link from page to page leads to a page and to a heading that are there, so that no text can be moved from under its links."""

import posixpath
import re
from typing import Iterator

from tree import TOP_FILES, FOLDERS, Tree, Violation, line_of

LINK = re.compile(r"\]\(([^)\s]*)\)")
FENCE = re.compile(r"^[ ]*```.*?^[ ]*```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def _without_code(text: str) -> str:
    return FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def _anchor(heading: str) -> str:
    """As GitHub makes it: letters, digits, hyphens and underscores of the words that are shown."""
    shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip()).lower()
    return re.sub(r"[^\w\- ]", "", shown).replace(" ", "-")


def _anchors(text: str) -> set[str]:
    return {_anchor(heading) for heading in HEADING.findall(_without_code(text))}


def find(tree: Tree) -> Iterator[Violation]:
    for path, text in tree.items():
        if not path.endswith(".md"):
            continue
        text = _without_code(text)
        for match in LINK.finditer(text):
            name, _, anchor = match.group(1).partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) if name else path
            if not target.endswith(".md") or ":" in name or target.split("/")[0] not in (*FOLDERS, *TOP_FILES):
                continue
            if target not in tree:
                yield Violation(path, line_of(text, match.start()), f"links to {target}, which is not there")
            elif anchor and anchor not in _anchors(tree[target]):
                yield Violation(path, line_of(text, match.start()), f"links to {target}#{anchor}, which has no such heading")


PLANTED = {
    "a page that was renamed": {"README.md": "See [rules](docs/rule.md).\n", "docs/rules.md": "# Rules\n"},
    "a heading that was moved": {"docs/a.md": "See [life](b.md#a-life).\n", "docs/b.md": "# Other\n"},
    "a heading of its own": {"docs/a.md": "# A\n\nSee [below](#b).\n"},
    "a heading in code": {"docs/a.md": "See [b](#b).\n\n```\n# b\n```\n"},
}
CLEAN = {
    "README.md": "[a](docs/a.md), [b](docs/a.md#the-api-on-tcp), [c](LICENSE), [d](https://example.org/x.md), [e](#its-b)\n\n# It's `b`\n",
    "docs/a.md": "# A\n\n## The [API](../README.md) on TCP\n\n```\n[not a link](gone.md)\n```\n",
}
