# SPDX-License-Identifier: Apache-2.0
"""A type's name is given once in a namespace: two types of one name link without a word, and one's destructor frees the other."""

import re
from typing import Iterator

from tree import Tree, Violation, cxx_files, line_of

# What stands at the margin: a namespace's beginning and end, or a type in it.
MARGIN = re.compile(r"^(?:(?P<anonymous>(?:inline )?namespace \{)|namespace (?P<name>[\w:]+) \{|(?P<end>\}  // namespace)"
                    r"|(?:template <[^\n]*>\n)?(?:struct|class|enum class|enum) (?P<type>\w+)\b(?!::)[^;()]*?\{)", re.MULTILINE)


def types(path: str, text: str) -> Iterator[tuple[str, int]]:
    """Each type that the file gives to a namespace, with the namespace, and its line."""
    spaces: list[str] = []
    for match in MARGIN.finditer(text):
        if match.group("anonymous"):
            spaces.append("")
        elif match.group("name"):
            spaces.append(match.group("name"))
        elif match.group("end"):
            if spaces:
                spaces.pop()
        elif spaces and "" not in spaces:
            yield "::".join((*spaces, match.group("type"))), line_of(text, match.start())


def find(tree: Tree) -> Iterator[Violation]:
    given: dict[str, tuple[str, int]] = {}
    for path, text in cxx_files(tree):
        for name, line in types(path, text):
            if name in given and given[name][0] != path:
                yield Violation(path, line, f"{name} is another type in {given[name][0]}:{given[name][1]}")
            given.setdefault(name, (path, line))


PLANTED = {
    "two structs": {"daemon/a.hpp": "namespace taktd {\n\nstruct A {\n    int a;\n};\n\n}  // namespace taktd\n",
                    "daemon/b.hpp": "namespace taktd {\n\nclass A {\n    int b;\n};\n\n}  // namespace taktd\n"},
    "in a source, outside an anonymous namespace": {
        "daemon/a.hpp": "namespace taktd {\nnamespace {\n\nstruct B {\n};\n\n}  // namespace\n\nstruct A final : B {\n};\n\n}  // namespace taktd\n",
        "daemon/b.cpp": "namespace taktd {\n\nenum class A : int {\n    a\n};\n\n}  // namespace taktd\n"},
}
CLEAN = {
    "daemon/a.cpp": "namespace taktd {\nnamespace {\n\nstruct A {\n    int a;\n};\n\n}  // namespace\n}  // namespace taktd\n",
    "daemon/b.cpp": "namespace taktd {\nnamespace {\n\nstruct A {\n    int b;\n};\n\n}  // namespace\n}  // namespace taktd\n",
    "daemon/c.hpp": "namespace taktd::ctl {\n\nstruct A {\n    int c;\n};\n\n}  // namespace taktd::ctl\n",
    "daemon/d.hpp": "namespace taktd {\n\nstruct A {\n    int c;\n};\nstruct B;\n\n}  // namespace taktd\n",
}
