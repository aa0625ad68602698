# SPDX-License-Identifier: Apache-2.0
"""A test's name says what is tested, under which condition and what comes of it: two or three UpperCamel parts, joined by single underscores.
A test that is switched off by its name is refused as well."""

import re
from typing import Iterator

from tree import Tree, Violation, code_of, cxx_files, line_of

MACRO = re.compile(r"(?<![A-Za-z0-9_])(?:TYPED_)?TEST(?:_[FP])?\s*\(\s*(?P<suite>\w+)\s*,\s*(?P<name>\w+)\s*\)")
STYLE = re.compile(r"[A-Z][A-Za-z0-9]*(?:_[A-Z][A-Za-z0-9]*){1,2}")
LONGEST = 70
OFF = "DISABLED_"


def wrong_with(suite: str, name: str) -> str:
    if suite.startswith(OFF) or name.startswith(OFF):
        return f"a test runs or is not there: no {OFF}"
    if not STYLE.fullmatch(name):
        return "two or three UpperCamel parts, joined by single underscores: Subject_Condition_Outcome"
    if len(name) > LONGEST:
        return f"{len(name)} characters; at most {LONGEST} can be read in a list"
    return ""


def find(tree: Tree) -> Iterator[Violation]:
    for path, text in cxx_files(tree):
        for match in MACRO.finditer(code_of(text)):
            if message := wrong_with(match["suite"], match["name"]):
                yield Violation(path, line_of(text, match.start()), f"`{match['suite']}.{match['name']}`: {message}")


PATH = "tests/unit/core/a_test.cpp"
PLANTED = {
    "a sentence in lower case": {PATH: "TEST(Line, a_line_that_came_once_is_told)\n{}"},
    "one lower-case word": {PATH: "TEST(Line, told) {}"},
    "one part": {PATH: "TEST_F(Line, ThatCameOnceIsTold) {}"},
    "a second part in lowerCamel": {PATH: "TEST_F(Line, ThatCameOnce_isTold) {}"},
    "a third part in lowerCamel": {PATH: "TEST_P(Line, Line_ThatCameOnce_isTold) {}"},
    "words joined by underscores": {PATH: "TEST(Line, Line_that_came_once_is_told) {}"},
    "four parts": {PATH: "TEST(Line, Line_ThatCame_Once_IsTold) {}"},
    "two underscores": {PATH: "TEST(Line, Line__IsTold) {}"},
    "an underscore at the end": {PATH: "TEST(Line, Line_IsTold_) {}"},
    "an underscore at the beginning": {PATH: "TEST(Line, _Line_IsTold) {}"},
    "a part that begins with a digit": {PATH: "TEST(Line, Line_2AreTold) {}"},
    "a typed test": {PATH: "TYPED_TEST(Line, Line_isTold) {}"},
    "a macro over two lines": {PATH: "TEST_F(Line,\n       isTold) {}"},
    "a name that is too long": {PATH: f"TEST(Line, Line_{'X' * (LONGEST - 4)}) {{}}"},
    "a test that is switched off": {PATH: "TEST(Line, DISABLED_Line_IsTold) {}"},
    "a suite that is switched off": {PATH: "TEST_F(DISABLED_Line, Line_IsTold) {}"},
    "a test outside of tests": {"providers/x/a_test.cpp": "TEST(Line, isTold) {}"},
}
CLEAN = {
    PATH: "// TEST(Line, told)\nTEST(Line, Line_IsTold) {}\nTEST_F(Line, Line_ThatCameOnce_IsNotToldTwice) {}\n"
    "TEST_P(Line, Rfc3339_OfAnExitCode3_IsRead) {}\nTYPED_TEST(Line, X_Y) {}\nMY_TEST(Line, told);\n"
    f"TEST(Line, Line_{'X' * (LONGEST - 5)}) {{}}\nTYPED_TEST_SUITE(Line, Kinds);\n",
}
