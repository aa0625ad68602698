#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows that the simulation's checks can fail: compiles each mutant, a small deliberate fault, into the simulator and runs it
until a rule breaks.

usage: mutants.py BUILD [--seeds N] [NAME ...]      each must be caught by its rule; exit 1 if one survives
       mutants.py BUILD --run NAME [OPTION ...]     runs the mutated simulator itself, with its options

A mutant is a file of mutants/: what it does wrong, `rule: R9` or `rule: R3, R5` (which rules may catch it; any, if the line is
missing), and pairs of `--- find` and `--- replace` texts. Each text to find must be in exactly one place of all sources of daemon/core
and providers, whatever its blanks and line breaks: so a mutant survives code that moves and is formatted anew. The mutated copies are
linked before the library that holds the right ones, so the product's own sources know nothing of this. It is compiled without assertions: what they would stop, the checks must find. BUILD is a build directory in which `simulate`
is built.
"""

import argparse
import concurrent.futures
import functools
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent / "mutants"
FOLDERS = ("daemon/core", "providers")  # what is mutated


class Mutant(NamedTuple):
    name: str
    says: str
    rules: list[str]
    pairs: list[tuple[str, str]]


def read_mutant(path: Path) -> Mutant:
    head, *blocks = path.read_text().split("--- find\n")
    says, *lines = head.strip().splitlines()
    keys = dict(line.split(": ", 1) for line in lines)
    if set(keys) - {"rule"}:
        sys.exit(f"mutant {path.stem}: its head may have `rule:`, not {', '.join(keys)}")
    rules = [rule.strip() for rule in keys["rule"].split(",")] if "rule" in keys else []
    pairs = []
    for block in blocks:
        find, replace = block.split("\n--- replace\n")
        pairs.append((find, replace.rstrip("\n")))
    return Mutant(path.stem, says, rules, pairs)


@functools.cache
def sources() -> dict[str, str]:
    paths = itertools.chain.from_iterable((ROOT / folder).rglob("*.cpp") for folder in FOLDERS)
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(paths)}


def without_blanks(text: str) -> tuple[str, list[int]]:
    """The text without blanks, and where each of its characters was."""
    places = [place for place, character in enumerate(text) if not character.isspace()]
    return "".join(text[place] for place in places), places


@functools.cache
def squeezed() -> dict[str, str]:
    return {file: without_blanks(text)[0] for file, text in sources().items()}


def mutated(mutant: Mutant) -> dict[str, str]:
    """Each source that it changes, changed."""
    texts: dict[str, str] = {}
    for find, replace in mutant.pairs:
        key = without_blanks(find)[0]
        found = {file: count for file, text in squeezed().items() if (count := text.count(key))}
        if list(found.values()) != [1]:
            sys.exit(f"mutant {mutant.name}: its text must be in one place, and is in {found or 'none'}:\n{find}")
        (file,) = found
        text = texts.get(file, sources()[file])
        squeeze, places = without_blanks(text)
        begin = squeeze.index(key)
        texts[file] = text[:places[begin]] + replace + text[places[begin + len(key) - 1] + 1:]
    return texts


def compile_command(build: Path, file: str) -> list[str]:
    for entry in json.loads((build / "compile_commands.json").read_text()):
        is_ours = any(f"{library}.dir" in entry["command"] for library in ("taktd_core", "taktd_providers"))
        if Path(entry["file"]).resolve() == (ROOT / file).resolve() and is_ours:
            return shlex.split(entry["command"])
    sys.exit(f"{file} is not compiled in {build}")


def link_command(build: Path) -> list[str]:
    target = "tests/simulation/simulate"
    lines = subprocess.run(["ninja", "-C", build, "-t", "commands", target], capture_output=True, text=True, check=True).stdout
    last = [line for line in lines.splitlines() if f"-o {target}" in line][-1]
    return shlex.split(last.removeprefix(": && ").removesuffix(" && :"))


def compile_mutated(file: str, text: str, folder: Path, build: Path) -> Path:
    source = folder / Path(file).name
    if not source.exists() or source.read_text() != text:
        source.write_text(text)
    command = compile_command(build, file)
    output = source.with_suffix(".o")
    command[command.index("-o") + 1] = str(output)
    command[command.index("-c") + 1] = str(source)
    command = [word for word in command if word != "-Werror"] + ["-DTAKTD_CHECK(condition,rule)=static_cast<void>(0)"]
    if "-MF" in command:
        command[command.index("-MF") + 1] = str(source.with_suffix(".d"))
    subprocess.run(command, cwd=build, check=True)
    return output


def build_mutant(mutant: Mutant, build: Path) -> Path:
    folder = build / "mutants" / mutant.name
    folder.mkdir(parents=True, exist_ok=True)
    outputs = [compile_mutated(file, text, folder, build) for file, text in mutated(mutant).items()]
    link = link_command(build)
    program = folder / "simulate"
    link[link.index("-o") + 1] = str(program)
    first_library = next(i for i, word in enumerate(link) if word.endswith(".a"))
    link[first_library:first_library] = map(str, outputs)
    subprocess.run(link, cwd=build, check=True)
    return program


def run(mutant: Mutant, program: Path, options: list[str]) -> subprocess.CompletedProcess[str]:
    command = [str(program), *options, "--workers", "1"]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TAKTD_MUTANT": mutant.name})


def verdict(mutant: Mutant, result: subprocess.CompletedProcess[str]) -> tuple[bool, str]:
    """Whether a rule of the mutant's has caught it, and how. A program that merely crashes shows nothing."""
    told = (result.stdout.strip().splitlines() or result.stderr.strip().splitlines() or ["nothing told"])[-1]
    caught = re.fullmatch(r"caught after (\d+) seeds, (\d+) simulated hours: (.*)", told)
    if result.returncode == 0:
        return False, "ALIVE: " + told
    if result.returncode != 1 or not caught:
        return False, f"NOT CAUGHT BY A RULE: {told} (status {result.returncode})"
    seeds, hours, failure = caught.groups()
    rule = failure.split(":", 1)[0]
    found = f"{rule if re.fullmatch(r'[A-Za-z0-9]+', rule) else '-':4} after {seeds:>4} seeds, {hours:>6} simulated hours: {failure}"
    if mutant.rules and rule not in mutant.rules:
        return False, f"CAUGHT BY ANOTHER RULE than {', '.join(mutant.rules)}: {found}"
    return True, found


def main() -> int:
    if sys.argv[2:3] == ["--run"]:
        if len(sys.argv) < 4:
            sys.exit(__doc__)
        build, name, *options = [Path(sys.argv[1]).resolve(), *sys.argv[3:]]
        if not (FOLDER / f"{name}.mutant").exists():
            sys.exit(f"there is no mutant '{name}'")
        mutant = read_mutant(FOLDER / f"{name}.mutant")
        program = build_mutant(mutant, build)
        print(f"{mutant.name}: {mutant.says}", flush=True)
        os.environ["TAKTD_MUTANT"] = mutant.name
        os.execv(program, [str(program), "--workers", str(os.cpu_count() or 1), *options])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--list", action="store_true", help="only say what there is, and whether its texts still fit")
    options = parser.parse_args()
    mutants = [read_mutant(path) for path in sorted(FOLDER.glob("*.mutant"))]
    if options.names:
        mutants = [m for m in mutants if m.name in options.names]
        if len(mutants) != len(set(options.names)):
            sys.exit("there is no such mutant")
    for m in mutants:
        mutated(m)  # each must fit before any is built
    if options.list:
        for m in mutants:
            print(f"{m.name:34} {m.says}")
        return 0
    build = options.build.resolve()

    def judge(m: Mutant) -> tuple[bool, str]:
        program = build_mutant(m, build)
        answer = verdict(m, run(m, program, ["--seeds", str(options.seeds), "--until-failure"]))
        program.unlink()
        return answer
    survivors = []
    # Compilers and simulators have one thread each here, so one mutant for each processor keeps all of them at work.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for m, (is_caught, found) in zip(mutants, pool.map(judge, mutants)):
            print(f"{m.name:34} {found}", flush=True)
            if not is_caught:
                survivors.append(m.name)
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} mutants caught" + (f"; alive: {' '.join(survivors)}" if survivors else ""))
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
