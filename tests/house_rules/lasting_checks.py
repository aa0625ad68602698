# SPDX-License-Identifier: Apache-2.0
"""A rule that the program relies on is checked in every build: no assert(), which a release build leaves out."""

import re
from typing import Iterator

from tree import Tree, Violation, cxx_files, find_pattern

PATTERN = re.compile(r"(?<![A-Za-z0-9_])assert\s*\(")


def find(tree: Tree) -> Iterator[Violation]:
    for path, text in cxx_files(tree):
        if not path.startswith(("daemon/", "providers/")):
            continue
        yield from find_pattern(PATTERN, path, text, "TAKTD_CHECK(condition, \"the rule\") (daemon/core/base/check.hpp): NDEBUG removes an assert")


PLANTED = {
    "an assertion": {"daemon/core/engine/runs.cpp": "assert(is_legal(from, to));"},
    "an assertion in a provider": {"providers/x/twin.cpp": "  assert (x);"},
}
CLEAN = {
    "daemon/core/engine/runs.cpp": "static_assert(x); TAKTD_CHECK(x, \"assert(x)\"); // assert(x)",
    "tests/unit/core/x_test.cpp": "assert(x);",
}
