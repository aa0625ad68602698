# SPDX-License-Identifier: Apache-2.0
"""Whoever starts work joins it: nothing is detached, no event loop is stopped from outside; cancel, join, and run() returns."""

import re
from typing import Iterator

from tree import Tree, Violation, cxx_files, find_pattern

PATTERN = re.compile(r"\bdetached\b(?!_t?_?\w)|[.>]detach\s*\(\s*\)|\b(?:ioc|io|io_context|context)_?\s*(?:\.|->)\s*stop\s*\(\s*\)")


def find(tree: Tree) -> Iterator[Violation]:
    for path, text in cxx_files(tree):
        yield from find_pattern(PATTERN, path, text, "whoever starts work joins it (TaskGroup); cancel instead of stopping the loop")


PLANTED = {
    "a detached coroutine": {"daemon/net/server.cpp": "asio::co_spawn(executor, serve(), asio::detached);"},
    "a detached coroutine in a test": {"tests/unit/net/client_test.cpp": "co_spawn(io, f(), boost::asio::detached);"},
    "a detached thread": {"daemon/store/writer.cpp": "std::thread{run}.detach();"},
    "a detached thread, by pointer": {"daemon/store/writer.cpp": "thread_->detach();"},
    "a stopped loop": {"daemon/app/app.cpp": "io_context.stop();"},
    "a stopped loop, as a member": {"daemon/app/app.cpp": "ioc_.stop();"},
    "a stopped loop, by pointer": {"daemon/app/app.cpp": "io_->stop();"},
}
CLEAN = {"daemon/net/server.cpp": "// not detached\ngroup_.spawn(serve());\nengine.stop();\nlog(\"detached\"); run.stop(run_id);"}
