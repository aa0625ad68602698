# SPDX-License-Identifier: Apache-2.0
"""A file names its licence, then opens with what it is, what it guarantees and where the story goes next; a header has `#pragma once`
behind that."""

import re
from typing import Iterator

from tree import LICENCE, Tree, Violation, cxx_files

WORDS_MIN = 5
PRAGMA = re.compile(r"^#pragma once$", re.MULTILINE)


def opening_comment(text: str) -> str:
    lines = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        if LICENCE not in line:
            lines.append(line.lstrip("/ "))
    return " ".join(lines)


def is_licensed_by_itself(path: str) -> bool:
    """Texts, data, and what CMake fills in have no place for it; LICENSE is theirs, too."""
    return path.endswith((".cpp", ".hpp", ".py", ".sh", ".js", ".mjs", ".css", ".cmake", "CMakeLists.txt")) or path.startswith("script/")


def find(tree: Tree) -> Iterator[Violation]:
    for path, text in tree.items():
        if is_licensed_by_itself(path) and LICENCE not in "".join(text.splitlines(keepends=True)[:2]):
            yield Violation(path, 1, f"the first line, or the second behind `#!`, is a comment: {LICENCE}")
    for path, text in cxx_files(tree):
        # A source beside a header of its name continues the story that the header opens.
        continues_header = path.endswith(".cpp") and path[:-4] + ".hpp" in tree
        if len(opening_comment(text).split()) < WORDS_MIN and not continues_header:
            yield Violation(path, 1, "open the file with one to three sentences: what it is, what it guarantees, what comes next")
        if path.endswith(".hpp"):
            pragma = PRAGMA.search(text)
            if not pragma:
                yield Violation(path, 1, "a header has `#pragma once`")
            elif "#include" in text[: pragma.start()]:
                yield Violation(path, 1, "`#pragma once` stands before the first include")


_LICENCE = f"// {LICENCE}\n"
_HEAD = _LICENCE + "// Turns calls into requests; the twin answers.\n"
PLANTED = {
    "no licence in a source": {"daemon/core/a.cpp": "// Turns calls into requests; the twin answers.\n"},
    "no licence in a script": {"script/a": "#!/bin/sh\ntrue\n"},
    "the licence comes too late": {"daemon/dashboard/a.js": f"\n\n// {LICENCE}\n"},
    "no comment": {"daemon/core/a.cpp": _LICENCE + "#include <map>\n"},
    "a comment that says nothing": {"daemon/core/a.cpp": _LICENCE + "// Adapter.\n#include <map>\n"},
    "the comment comes too late": {"daemon/core/a.cpp": _LICENCE + "\n// Turns calls into requests; the twin answers.\n"},
    "no pragma": {"daemon/core/a.hpp": _HEAD},
    "the pragma comes too late": {"daemon/core/a.hpp": _HEAD + "#include <map>\n#pragma once\n"},
    "a header leans on its source": {"daemon/core/a.hpp": _LICENCE + "#pragma once\n", "daemon/core/a.cpp": _HEAD},
}
CLEAN = {
    "daemon/core/a.hpp": _HEAD + "#pragma once\n\n#include <map>\n",
    "daemon/core/a.cpp": _LICENCE + '#include "daemon/core/a.hpp"\n',
    "daemon/main.cpp": _HEAD + "int main() {}\n",
    "script/a": f"#!/bin/sh\n# {LICENCE}\ntrue\n",
    "docs/a.md": "Nothing.\n",
}
