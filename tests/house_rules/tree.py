# SPDX-License-Identifier: Apache-2.0
"""The sources as the rules see them: a tree maps paths to texts, so that a self-test can plant a tree of its own."""

import re
from pathlib import Path
from typing import Iterator, NamedTuple

FOLDERS = ("cmake", "daemon", "demo", "docs", "providers", "script", "tests")
TOP_FILES = ("CHANGELOG.md", "CMakeLists.txt", "CONTRIBUTING.md", "README.md")
TEXT_ENDINGS = (".cpp", ".hpp", ".py", ".sh", ".txt", ".md", ".js", ".mjs", ".css", ".cmake")
LICENCE = "SPDX-License-Identifier: Apache-2.0"
CXX_ENDINGS = (".cpp", ".hpp")

Tree = dict[str, str]


class Violation(NamedTuple):
    path: str
    line: int  # from 1; 0: the whole file or folder
    message: str


def read_tree(root: Path) -> Tree:
    """Every file that the rules know about; the text of those that are none of C++, Python, shell, CMake, Markdown and the dashboard's is
    empty."""
    tree: Tree = {}
    for name in TOP_FILES:
        tree[name] = (root / name).read_text()
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                text = path.read_text(errors="replace") if path.name.endswith(TEXT_ENDINGS) or folder == "script" else ""
                tree[path.relative_to(root).as_posix()] = text
    return tree


def cxx_files(tree: Tree) -> Iterator[tuple[str, str]]:
    return ((path, text) for path, text in tree.items() if path.endswith(CXX_ENDINGS))


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


_NOT_CODE = re.compile(
    r"""
      //[^\n]*                                                # comment
    | /\*.*?\*/
    | (?<![A-Za-z0-9_])(?:u8|[uUL])?R"(?P<raw>[^(\s]*)\(.*?\)(?P=raw)"     # raw string
    | "(?:\\.|[^"\\\n])*"                                     # string
    | (?<![A-Za-z0-9_])'(?:\\[^'\n]*|[^'\\\n])'               # character; not the ' in 1'000
    """,
    re.VERBOSE | re.DOTALL,
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)


def _blank(match: re.Match) -> str:
    found = match.group()
    blank = re.sub(r"[^\n]", " ", found)
    return '"' + blank[1:-1] + '"' if found.endswith('"') and len(found) > 1 else blank


def code_of(text: str) -> str:
    """The text with comments, literals and preprocessor lines blanked; every position stays where it was."""
    return _DIRECTIVE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), _NOT_CODE.sub(_blank, text))


def find_pattern(pattern: re.Pattern, path: str, text: str, message: str) -> Iterator[Violation]:
    """Each place in the code of a C++ file (comments and literals do not count) that matches."""
    for match in pattern.finditer(code_of(text)):
        yield Violation(path, line_of(text, match.start()), f"`{match.group().strip()}`: {message}")
