#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds one house rule: check.py RULE ROOT.

A rule is a module of this folder with
  find(tree)   yields the violations in a tree;
  PLANTED      trees that break the rule, by a few words each: the rule must find something in every one;
  CLEAN        a tree that keeps it: the rule must find nothing.
The planted ones are tried first, so a rule that has stopped seeing fails instead of passing for ever.
"""

import importlib
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from tree import cxx_files, read_tree  # noqa: E402


def self_test(rule) -> list[str]:
    failures = [f"a planted violation is not found: {words}" for words, tree in rule.PLANTED.items() if not list(rule.find(tree))]
    failures += [f"found in a clean tree: {violation}" for violation in rule.find(rule.CLEAN)]
    if not rule.PLANTED:
        failures.append("the rule has no planted violation")
    return failures


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    name, root = sys.argv[1], Path(sys.argv[2])
    rule = importlib.import_module(name)

    failures = self_test(rule)
    if failures:
        print(f"{name} cannot be trusted:", *failures, sep="\n  ")
        return 1

    tree = read_tree(root)
    files = sum(1 for _ in cxx_files(tree))
    if files == 0:
        print(f"{name}: no C++ file under {root}")
        return 1
    violations = sorted(set(rule.find(tree)))
    for path, line, message in violations:
        print(f"{path}:{line}: {message}" if line else f"{path}: {message}")
    print(f"{name}: {len(violations)} violations; {len(rule.PLANTED)} planted ones found; {files} C++ files")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
