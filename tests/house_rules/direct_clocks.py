# SPDX-License-Identifier: Apache-2.0
"""Only the shell reads a clock or draws chance: daemon/runtime/clock.cpp, daemon/net and programs. The core is handed `Now`,
providers are handed the signing time, so that the same events give the same effects."""

import re
from typing import Iterator

from tree import Tree, Violation, cxx_files, find_pattern

PATTERN = re.compile(
    r"\b(?:system|steady|high_resolution|utc|file)_clock\s*::\s*now\b"
    r"|\b(?:clock_gettime|gettimeofday|timespec_get|ftime)\s*\("
    r"|(?<![\w.>])(?:std::|::)?time\s*\(\s*(?:nullptr|NULL|0|&\w+)\s*\)|(?:std|\s)::clock\s*\(\s*\)"
    r"|\brandom_device\b|(?<![\w.>])(?:std::|::)?s?rand\s*\(")

MAY = ("daemon/runtime/clock.cpp", "daemon/net/", "daemon/main.cpp", "daemon/app/", "daemon/ctl/", "providers/simcloud/")


def find(tree: Tree) -> Iterator[Violation]:
    for path, text in cxx_files(tree):
        if not path.startswith(("tests/", *MAY)):
            yield from find_pattern(PATTERN, path, text, "be handed the time (or the seed) instead")


PLANTED = {
    "system clock in the core": {"daemon/core/engine/engine.cpp": "auto t = std::chrono::system_clock::now();"},
    "steady clock in a provider": {"providers/huawei_cpts/adapter.cpp": "auto t = steady_clock::now();"},
    "steady clock in the store": {"daemon/store/writer.cpp": "auto t = std::chrono::steady_clock::now();"},
    "clock_gettime in the dispatcher": {"daemon/runtime/dispatcher.cpp": "::clock_gettime(CLOCK_BOOTTIME, &t);"},
    "time(nullptr)": {"providers/tencent_cfg/signature.cpp": "const auto t = std::time(nullptr);"},
    "time()": {"daemon/core/calendar/zone.cpp": "auto t = ::time( NULL );"},
    "time(&t)": {"daemon/core/calendar/zone.cpp": "time(&t);"},
    "clock()": {"daemon/core/calendar/zone.cpp": "auto t = std::clock();"},
    "gettimeofday": {"daemon/settings/loader.cpp": "gettimeofday(&tv, nullptr);"},
    "chance in the core": {"daemon/core/base/random.cpp": "std::random_device device;"},
    "rand": {"daemon/core/rules/retry.cpp": "auto jitter = std::rand() % 100;"},
}
CLEAN = {
    "daemon/core/engine/engine.cpp": "// never steady_clock::now()\nWallTime time(Now now); auto u = time();\nauto t = now.time(); std::string s = \"time(0)\";",
    "daemon/runtime/clock.cpp": "::clock_gettime(CLOCK_REALTIME, &t);",
    "daemon/net/client.cpp": "const auto begin = std::chrono::steady_clock::now();",
    "daemon/ctl/main.cpp": "const auto now = std::chrono::system_clock::now();",
}
