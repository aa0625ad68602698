# SPDX-License-Identifier: Apache-2.0
"""A type of the product has few data members: what one class may touch, a reader must be able to hold in mind. Plain rows are exempt."""

import re
from typing import Iterator

from tree import Tree, Violation, code_of, cxx_files, line_of

SOURCES = ("daemon/", "providers/")
CORE = "daemon/core/"
MEMBERS_MAX = 25
PLAIN_ROWS = ("RunRow", "Series")  # values without behaviour, one member per column, key or series of metrics
HEAD = re.compile(r"\b(?:struct|class)\s+(?:\w+::)*(\w+)(?:\s+final)?(?:\s*:\s*[^;{]+)?\s*\{")
NO_MEMBER = re.compile(r"\s*(?:using|friend|static|typedef|template|enum|struct|class|explicit|virtual|public|private|protected)\b")


def body_of(code: str, begin: int) -> str:
    """What stands between the braces, the inner ones emptied."""
    depth, body = 1, []
    for character in code[begin:]:
        if character == "}":
            depth -= 1
            if depth == 0:
                break
        if depth == 1 or depth == 2 and character == "{":
            body.append(character)
        if character == "{":
            depth += 1
        elif character == "}" and depth == 1:
            body.append(character)
    return "".join(body)


def without_arguments(text: str) -> str:
    """Without template arguments, innermost first: their commas and parentheses say nothing of members."""
    while (shorter := re.sub(r"<[^<>;]*>", "", text)) != text:
        text = shorter
    return text


def members(body: str) -> int:
    body = re.sub(r"\b(?:public|private|protected)\s*:", ";", body)
    count = 0
    for statement in re.split(r";|(?<=\})(?=\s*(?:[\w~:\[]|$))", without_arguments(body)):
        declared = re.split(r"[={]", statement, maxsplit=1)[0]
        if not declared.strip() or "(" in declared or "operator" in declared or NO_MEMBER.match(declared) or not re.search(r"\w\s*[&*]?\s+[&*]?\w", declared):
            continue
        count += 1 + re.sub(r"\{[^{}]*\}|\[[^\]]*\]", "", statement).count(",")
    return count


def find(tree: Tree) -> Iterator[Violation]:
    for path, text in cxx_files(tree):
        if not path.startswith(SOURCES):
            continue
        code = code_of(text)
        for match in HEAD.finditer(code):
            count = members(body_of(code, match.end()))
            if count > MEMBERS_MAX and match.group(1) not in PLAIN_ROWS:
                yield Violation(path, line_of(text, match.start()), f"{match.group(1)} has {count} data members, over {MEMBERS_MAX}: part of it is an owner of its own")


_MANY = "".join(f"    std::map<std::string, int> member_{n}{{}};\n" for n in range(20))
PLANTED = {
    "a state of everything": {CORE + "a.hpp": f"struct State {{\n{_MANY}    int a = 0, b = 0, c = 0;\n    bool d;\n    std::string e, f{{}};\n}};\n"},
    "a class": {CORE + "a.cpp": f"class Engine::State final : public Base {{\npublic:\n    void run();\nprivate:\n{_MANY}    int a_, b_, c_, d_, e_, f_;\n}};\n"},
}
CLEAN = {
    CORE + "a.hpp": f"struct State {{\n{_MANY}    using A = int;\n    void f(int a, int b);\n    static constexpr int k = 1;\n"
                    "    bool is_a() const { int b = 0, c = 0; return b == c; }\n    std::function<void(int, int)> g;\n};\n",
}
