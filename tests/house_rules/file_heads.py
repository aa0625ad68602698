"""A file opens with what it is, what it guarantees and where the story goes next; a header has `#pragma once` behind that."""

import re
from typing import Iterator

from tree import Tree, Violation, cxx_files

WORDS_MIN = 5
PRAGMA = re.compile(r"^#pragma once$", re.MULTILINE)


def opening_comment(text: str) -> str:
    lines = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        lines.append(line.lstrip("/ "))
    return " ".join(lines)


def find(tree: Tree) -> Iterator[Violation]:
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


_HEAD = "// Turns calls into requests; the twin answers.\n"
PLANTED = {
    "no comment": {"daemon/core/a.cpp": "#include <map>\n"},
    "a comment that says nothing": {"daemon/core/a.cpp": "// Adapter.\n#include <map>\n"},
    "the comment comes too late": {"daemon/core/a.cpp": "\n" + _HEAD},
    "no pragma": {"daemon/core/a.hpp": _HEAD},
    "the pragma comes too late": {"daemon/core/a.hpp": _HEAD + "#include <map>\n#pragma once\n"},
    "a header leans on its source": {"daemon/core/a.hpp": "#pragma once\n", "daemon/core/a.cpp": _HEAD},
}
CLEAN = {
    "daemon/core/a.hpp": _HEAD + "#pragma once\n\n#include <map>\n",
    "daemon/core/a.cpp": '#include "daemon/core/a.hpp"\n',
    "daemon/main.cpp": _HEAD + "int main() {}\n",
}
