# SPDX-License-Identifier: Apache-2.0
"""A secret's bytes are taken out only where a signature is made (providers), where they are read (settings, app), registered for
redaction (daemon/log/redaction.cpp), given to OpenSSL (daemon/net/connection.cpp), hashed to be compared
(daemon/control/access.cpp) or made into a notification's address and signature (runtime/notify_front.cpp, notify/message.cpp); everything between carries a type that cannot print itself."""

import re
from typing import Iterator

from tree import Tree, Violation, cxx_files, find_pattern

PATTERN = re.compile(r"(?:\.|->)\s*reveal\s*\(|::reveal\b")
MAY = ("providers/", "daemon/settings/", "daemon/app/", "daemon/log/redaction.cpp", "daemon/net/connection.cpp", "daemon/control/access.cpp",
       "daemon/runtime/notify_front.cpp", "daemon/notify/message.cpp", "tests/")


def find(tree: Tree) -> Iterator[Violation]:
    for path, text in cxx_files(tree):
        if not path.startswith(MAY):
            yield from find_pattern(PATTERN, path, text, "secrets pass through here unopened")


PLANTED = {
    "in the log": {"daemon/log/log.cpp": "line += secret.reveal();"},
    "in the runtime": {"daemon/runtime/dispatcher.cpp": "log::info(key->reveal());"},
    "in ctl": {"daemon/ctl/check.cpp": "std::cout << s . reveal ( );"},
    "in the core": {"daemon/core/call.cpp": "std::transform(a, b, c, std::mem_fn(&Secret::reveal));"},
}
CLEAN = {
    "daemon/core/base/secret.hpp": "const std::string& reveal() const { return value_; }",
    "providers/tencent_cfg/signature.cpp": "hmac(secret.reveal());",
    "daemon/app/app.cpp": "log::register_secret(secret.reveal());",
    "daemon/runtime/a.cpp": "// not .reveal()",
}
