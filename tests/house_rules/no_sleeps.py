# SPDX-License-Identifier: Apache-2.0
"""Tests wait for conditions or use virtual time; a test that sleeps is slow on a fast machine and fails on a slow one."""

import re
from typing import Iterator

from tree import Tree, Violation, find_pattern, line_of

CXX = re.compile(r"\bsleep_(?:for|until)\b|\bu?sleep\s*\(|\b(?:clock_)?nanosleep\s*\(")
SCRIPT = re.compile(r"\btime\.sleep\b|\bimport sleep\b|\basyncio\.sleep\b|(?:^|[;&|]\s*|\b(?:do|then)\s+)sleep\s+[\d.$]", re.MULTILINE)
# The one kind of function that may: it polls a condition and gives up at a deadline.
POLLING = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)
MESSAGE = "wait for what the test needs instead (wait_for)"


def is_polling(path: str, text: str, position: int) -> bool:
    functions = POLLING.findall(text, 0, position) if path.endswith(".py") else []
    return bool(functions) and functions[-1].startswith("wait_for")


def find(tree: Tree) -> Iterator[Violation]:
    for path, text in tree.items():
        if not path.startswith("tests/") or path.startswith("tests/house_rules/"):
            continue
        if path.endswith((".cpp", ".hpp")):
            yield from find_pattern(CXX, path, text, MESSAGE)
        elif path.endswith((".py", ".sh")):
            for match in SCRIPT.finditer(text):
                if is_polling(path, text, match.start()):
                    continue
                yield Violation(path, line_of(text, match.start()), MESSAGE)


PLANTED = {
    "sleep_for": {"tests/unit/store/a_test.cpp": "std::this_thread::sleep_for(10ms);"},
    "sleep_until": {"tests/unit/store/a_test.cpp": "std::this_thread::sleep_until(t);"},
    "usleep": {"tests/unit/store/a_test.cpp": "usleep(10);"},
    "sleep": {"tests/unit/store/a_test.cpp": "::sleep(1);"},
    "nanosleep": {"tests/support/a.hpp": "::nanosleep(&t, nullptr);"},
    "python": {"tests/integration/a.py": "    time.sleep(0.1)"},
    "python, behind a polling function": {"tests/integration/a.py": "def wait_for(c):\n    pass\n\ndef test():\n    time.sleep(1)\n"},
    "python, imported": {"tests/integration/a.py": "from time import sleep"},
    "shell": {"tests/integration/a.sh": "start_it\nsleep 1\n"},
    "shell, in a loop": {"tests/integration/a.sh": "while ! ready; do sleep 0.1; done"},
}
CLEAN = {
    "tests/unit/store/a_test.cpp": "// no sleep_for(1s) here\nwait_until(condition); EXPECT_EQ(asleep(), 1);",
    "tests/integration/a.py": "wait_for(lambda: ready())\nnever_sleeps = 1",
    "tests/integration/harness.py": "def wait_for(condition):\n    while not condition():\n        time.sleep(0.02)\n",
    "tests/integration/a.sh": "wait_for ready # not sleeping\n",
    "daemon/runtime/a.cpp": "sleep_for(1s);",
}
