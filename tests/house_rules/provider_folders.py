# SPDX-License-Identifier: Apache-2.0
"""A provider's folder is complete: adapter, how answers are read, schema, signature, twin, fixtures, README, tests; the build and the registry know it."""

import re
from typing import Iterator

from tree import Tree, Violation

FILES = ("adapter.cpp", "adapter.hpp", "answer.cpp", "answer.hpp", "outcomes.cpp", "outcomes.hpp", "schema.cpp",
         "signature.cpp", "signature.hpp", "twin.cpp", "twin.hpp", "README.md")
TESTED = ("adapter.hpp", "signature.hpp", "twin.hpp")
NOT_PROVIDERS = {"simcloud"}
FOLDER = re.compile(r"providers/(\w+)/")


def find(tree: Tree) -> Iterator[Violation]:
    names = {match.group(1) for match in map(FOLDER.match, tree) if match} - NOT_PROVIDERS
    if not names:
        yield Violation("providers/", 0, "there is no provider")
    for name in sorted(names):
        folder = f"providers/{name}/"
        for file in FILES:
            if file not in {path[len(folder):] for path in tree if path.startswith(folder)}:
                yield Violation(folder, 0, f"{file} is missing")
        if not any(path.startswith(folder + "fixtures/") for path in tree):
            yield Violation(folder, 0, "fixtures/ holds no answer of the vendor")
        for part in TESTED:
            include = f'#include "{folder}{part}"'
            if not any(path.startswith("tests/unit/") and include in text for path, text in tree.items()):
                yield Violation(folder, 0, f"no unit test includes {folder}{part}")
        if not re.search(rf"\bproviders/{name}\b", tree.get("CMakeLists.txt", "")):
            yield Violation("CMakeLists.txt", 0, f"does not build {folder}")
        if folder not in tree.get("providers/registry.cpp", ""):
            yield Violation("providers/registry.cpp", 0, f"has no line for {folder}")


CLEAN = {
    "CMakeLists.txt": "taktd_layer(providers providers providers/acme LINKS taktd::core)",
    "providers/registry.cpp": '#include "providers/acme/adapter.hpp"',
    "providers/acme/fixtures/start.json": "",
    "providers/simcloud/main.cpp": "",
    **{f"tests/unit/providers/acme_{part}_test.cpp": f'#include "providers/acme/{part}.hpp"' for part in ("adapter", "signature", "twin")},
    **{f"providers/acme/{file}": "" for file in FILES},
}
PLANTED = {f"without {path}": {p: text for p, text in CLEAN.items() if p != path} for path in CLEAN if "simcloud" not in path}
PLANTED["no provider at all"] = {"providers/simcloud/main.cpp": ""}
