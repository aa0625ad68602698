# SPDX-License-Identifier: Apache-2.0
"""A statement with co_await has no braces, no ?:, no && or ||, no condition, no lambda: name it, then await it; await it, then
branch. GCC 12.2 miscompiles such statements silently: temporaries are destroyed twice, or never (PR 107288 and its kin)."""

import re
from typing import Iterator, Optional

from tree import Tree, Violation, code_of, cxx_files, line_of

AWAIT = re.compile(r"\bco_await\b")
NAME_IT = "name the braced value or lambda first, then await it"
CONTROL = re.compile(r"\b(if|while|switch|for)\s*(?:constexpr\s*)?\($")
# What stands before the `{` of a block; before any other `{` stands an initialiser.
BLOCK = re.compile(
    r"(^|[;{}:)]|\b(else|do|try|const|mutable|noexcept|override|final)|->\s*[\w:<>,*&\s]+"
    r"|\b(namespace|class|struct|union|enum|extern)\b[^;{}()]*)$")
LAMBDA_WITHOUT_PARAMETERS = re.compile(r"(?:^|[^\w)\]\s])\s*\[[^\[\]]*\]$")


class Statement:
    """A statement while it is read: its own text, without the statements of blocks inside it."""

    def __init__(self, begin: int):
        self.begin = begin
        self.parens: list[int] = []  # positions of the open ( and [
        self.own: list[tuple[int, str]] = []  # its characters, where they stand
        self.has_block = False


def verdict(statement: Statement, code: str) -> Optional[tuple[int, str]]:
    text = "".join(c for _, c in statement.own)
    match = AWAIT.search(text)
    if not match:
        return None
    position = statement.own[match.start()][0]
    control = condition_around(text, match.start())
    if control == "for":
        return position, "await first, then loop over what came"
    if control:
        return position, "await first, then branch"
    if re.search(r"\bthrow\b[^;]*\bco_await\b|\bassert\s*\([^;]*\bco_await\b", text):
        return position, "await first, then throw or assert"
    if "?" in text:
        return position, "await first, then choose"
    if re.search(r"\|\||\s&&\s", text):
        return position, "await first, then combine"
    if "{" in text or statement.has_block:
        return position, NAME_IT
    return None


def condition_around(text: str, position: int) -> Optional[str]:
    """The control keyword in whose parentheses the position stands."""
    depth = 0
    for at in range(position - 1, -1, -1):
        if text[at] == ")":
            depth += 1
        elif text[at] == "(" and depth > 0:
            depth -= 1
        elif text[at] == "(":
            control = CONTROL.search(text[: at + 1])
            if control:
                return control.group(1)
    return None


def statements(code: str) -> Iterator[Statement]:
    """Splits code into statements. A block inside a statement (a body, a lambda) has statements of its own; the braces of an
    initialiser belong to the statement around them."""
    stack = [Statement(0)]
    braces: list[str] = []
    for at, c in enumerate(code):
        current = stack[-1]
        if c == "{":
            # Only the last few hundred characters can matter, and looking at more would cost quadratic time.
            before = code[max(current.begin, at - 400) : at].rstrip()
            is_block = bool(BLOCK.search(before) or LAMBDA_WITHOUT_PARAMETERS.search(before))
            braces.append("block" if is_block else "initialiser")
            if is_block:
                current.has_block = True
                stack.append(Statement(at + 1))
            else:
                current.own.append((at, c))
                current.parens.append(at)
        elif c == "}":
            kind = braces.pop() if braces else "block"
            if kind == "block" and len(stack) > 1:
                yield stack.pop()
                outer = stack[-1]
                if not outer.parens and code[at + 1 : at + 200].lstrip()[:1] not in tuple(";,().") :
                    yield outer
                    stack[-1] = Statement(at + 1)
            elif current.parens:
                current.parens.pop()
                current.own.append((at, c))
        elif c == ";" and not current.parens:
            yield current
            stack[-1] = Statement(at + 1)
        else:
            if c in "([":
                current.parens.append(at)
            elif c in ")]" and current.parens:
                current.parens.pop()
            current.own.append((at, c))
    yield from reversed(stack)


def find(tree: Tree) -> Iterator[Violation]:
    for path, text in cxx_files(tree):
        if "co_await" not in text:
            continue
        code = code_of(text)
        for statement in statements(code):
            found = verdict(statement, code)
            if found:
                yield Violation(path, line_of(text, found[0]), f"co_await: {found[1]}")


def _coroutine(statement: str) -> Tree:
    return {"daemon/runtime/planted.cpp": f"Async<void> f(bool c) {{\n    int x = 0;\n    {statement}\n    co_return;\n}}\n"}


# The shapes that were measured to go wrong, and their neighbours.
_BAD = [
    "if (co_await g()) x = 1;",
    "if (co_await g()) { x = 1; }",
    "if (auto r = co_await g()) { x = 1; }",
    "if (auto r = co_await g(); r) { x = 1; }",
    "if (x == 1 && co_await g()) { x = 1; }",
    "} else if (co_await g()) { x = 1;",
    "while (co_await g()) { x = 1; }",
    "while (!done(co_await g())) x = 1;",
    "do { x = 1; } while (co_await g());",
    "switch (co_await g()) { default: break; }",
    "for (auto v : co_await g()) { x = v; }",
    "for (auto v : co_await g()) x = v;",
    "x = c ? co_await a() : co_await b();",
    "x = c ? co_await a() : 2;",
    "co_await (c ? a() : b());",
    "x = co_await g(c ? 1 : 2);",
    "bool b = c && co_await g();",
    "bool b = co_await g() || c;",
    "co_await g(Aggregate{1, 2});",
    "co_await g({1, 2});",
    "co_await g({.a = 1, .b = 2});",
    "co_await g(std::vector<int>{1, 2});",
    "co_await g(Aggregate{});",
    "Aggregate v{1, co_await g()};",
    "Aggregate v = {.a = 1, .b = co_await g()};",
    "co_return Aggregate{1, co_await g()};",
    "co_await Aggregate{1}.run();",
    "throw Failure(co_await g());",
    "throw Failure{co_await g()};",
    "assert(co_await g());",
    "co_await g([x] { return x; });",
    "co_await g([x]() { return x; });",
    "co_await g([x]() -> int { return x; });",
    "co_await g([x, y = 2](int z) mutable noexcept { return x + y + z; }, 1);",
    "co_await co_spawn(e, [x]() -> Async<void> { co_await h(x); }, use_awaitable);",
    "spawn(co_await this_coro::executor, [x] { return x; }, token);",
    "auto r = co_await async_initiate<T, void()>([x](auto h) { h(x); }, token);",
]
PLANTED = {statement: _coroutine(statement) for statement in _BAD}

_GOOD = """
    auto r = co_await g(1, "text { ? }", 'c', 1'000);
    if (r) co_await g();
    if (r) co_return;
    else co_await h();
    if (r) {
        co_await g();
    } else {
        co_await h();
    }
    for (;;) co_await g();
    for (int i = 0; i < 3; ++i) { co_await g(i); }
    while (r) co_await g();
    do { co_await g(); } while (r);
    switch (x) {
        case 1: co_await g(); break;
        case A::b: { co_await g(); break; }
        default: break;
    }
    try {
        co_await g();
    } catch (const E& e) {
        x = e.c ? 1 : 2;
    }
    const Aggregate named{1, {2, 3}};
    auto&& v = co_await g(named);
    auto [a, b] = co_await g(std::move(v));
    auto lambda = [x] { return x ? 1 : 2; };
    co_await g(std::move(lambda));
    auto task = [](int n) -> Async<void> { co_await g(n); };
    spawn(e, [](int n) -> Async<int> { co_return co_await g(n); }, token);
    auto other = [this]() -> Async<std::vector<std::map<int, int>>> { co_return co_await g(); };
    co_await (g());
    x = (co_await g()).value;
    // if (co_await g()) { x ? 1 : 2 }
    co_return co_await g();
"""
CLEAN = {
    "daemon/net/clean.cpp": "namespace a {\nclass C final : public B {\n    C() : x_{1}, y_(2) {}\n"
    "    Async<void> f(bool c) const override {" + _GOOD + "    }\n    int x_ = 1, y_{2};\n};\n"
    "struct D { int a = 1; Async<void> g() { co_await h(); } };\n}\n",
}
