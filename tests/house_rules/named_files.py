# SPDX-License-Identifier: Apache-2.0
"""A source that a page names is there: who follows the path of one run must not end at a file that was renamed. And each house
rule has its row in CONTRIBUTING.md."""

import re
from typing import Iterator

from tree import Tree, Violation, line_of

# In backticks, with a folder: `core/engine/sending.cpp`. What an administrator has (/etc/...) and patterns are none of ours.
NAMED = re.compile(r"`((?:[\w-]+/)+[\w-]+\.(?:cpp|hpp|py|sql|inc|cmake))`")
HISTORY = ("CHANGELOG.md",)  # tells of what was


RULES = "tests/house_rules/"
NO_RULES = ("check", "tree")  # what the rules stand on


def find(tree: Tree) -> Iterator[Violation]:
    for path in tree:
        rule = path.removeprefix(RULES).removesuffix(".py")
        if path == f"{RULES}{rule}.py" and rule not in NO_RULES and f"`{rule}`" not in tree.get("CONTRIBUTING.md", ""):
            yield Violation(path, 0, "has no row in CONTRIBUTING.md")
    for path, text in tree.items():
        if not path.endswith(".md") or path in HISTORY:
            continue
        folder = path.rpartition("/")[0]
        for match in NAMED.finditer(text):
            name = match.group(1)
            if name not in tree and f"{folder}/{name}" not in tree:
                yield Violation(path, line_of(text, match.start(1)), f"names {name}, which is not there")


PLANTED = {
    "a source that was renamed": {"daemon/README.md": "See `core/engine/heal.cpp`.\n", "daemon/core/engine/healing.cpp": ""},
    "a rule that nobody is told of": {"tests/house_rules/new_rule.py": "", "CONTRIBUTING.md": "| `other_rule` | holds |\n"},
    "a test that is gone": {"docs/a.md": "`tests/unit/gone_test.cpp` shows it.\n"},
}
CLEAN = {
    "tests/house_rules/check.py": "",
    "tests/house_rules/a_rule.py": "",
    "CONTRIBUTING.md": "| `a_rule` | holds |\n",
    "daemon/README.md": "See `core/engine/healing.cpp`, `daemon/core/engine/healing.cpp`, `heal.cpp` and `/etc/a/b.py`.\n",
    "daemon/core/engine/healing.cpp": "",
    "CHANGELOG.md": "`core/engine/heal.cpp` was renamed.\n",
}
