#!/usr/bin/env python3
"""Shows that the simulation's checks can fail: compiles each mutant, a small deliberate fault, into the simulator and runs it
until a rule breaks.

usage: mutants.py BUILD [--seeds N] [NAME ...]

A mutant is a file of mutants/: what it does wrong, `file: PATH`, and pairs of `--- find` and `--- replace` texts; each text to find
must stand in the file exactly once. The mutated copy of that one source is linked before the library that holds the right one, so
the product's own sources know nothing of this. BUILD is a build directory in which `simulate` is built. Exit 1 if one survives.
"""

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).absolute().parents[2]
FOLDER = Path(__file__).absolute().parent / "mutants"


class Mutant(NamedTuple):
    name: str
    says: str
    file: str
    pairs: list[tuple[str, str]]


def read_mutant(path: Path) -> Mutant:
    head, *blocks = path.read_text().split("--- find\n")
    says, file, *_ = head.strip().splitlines()
    pairs = []
    for block in blocks:
        find, replace = block.split("\n--- replace\n")
        pairs.append((find, replace.rstrip("\n")))
    return Mutant(path.stem, says, file.removeprefix("file: "), pairs)


def mutated(mutant: Mutant) -> str:
    text = (ROOT / mutant.file).read_text()
    for find, replace in mutant.pairs:
        if text.count(find) != 1:
            sys.exit(f"mutant {mutant.name}: its text stands {text.count(find)} times in {mutant.file}, not once:\n{find}")
        text = text.replace(find, replace)
    return text


def compile_command(build: Path, file: str) -> list[str]:
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if Path(entry["file"]).resolve() == (ROOT / file).resolve() and "taktd_core.dir" in entry["command"]:
            return shlex.split(entry["command"])
    sys.exit(f"{file} is not compiled in {build}")


def link_command(build: Path) -> list[str]:
    target = "tests/simulation/simulate"
    lines = subprocess.run(["ninja", "-C", build, "-t", "commands", target], capture_output=True, text=True, check=True).stdout
    last = [line for line in lines.splitlines() if f"-o {target}" in line][-1]
    return shlex.split(last.removeprefix(": && ").removesuffix(" && :"))


def build_mutant(mutant: Mutant, build: Path) -> Path:
    folder = build / "mutants" / mutant.name
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / Path(mutant.file).name
    text = mutated(mutant)
    if not source.exists() or source.read_text() != text:
        source.write_text(text)
    command = compile_command(build, mutant.file)
    output = folder / "mutated.o"
    command[command.index("-o") + 1] = str(output)
    command[command.index("-c") + 1] = str(source)
    command = [word for word in command if word != "-Werror"]
    if "-MF" in command:
        command[command.index("-MF") + 1] = str(folder / "mutated.d")
    subprocess.run(command, cwd=build, check=True)
    link = link_command(build)
    program = folder / "simulate"
    link[link.index("-o") + 1] = str(program)
    first_library = next(i for i, word in enumerate(link) if word.endswith(".a"))
    link.insert(first_library, str(output))
    subprocess.run(link, cwd=build, check=True)
    return program


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--list", action="store_true", help="only say what there is")
    options = parser.parse_args()
    mutants = [read_mutant(path) for path in sorted(FOLDER.glob("*.mutant"))]
    if options.names:
        mutants = [m for m in mutants if m.name in options.names]
        if len(mutants) != len(set(options.names)):
            sys.exit("there is no such mutant")
    if options.list:
        for m in mutants:
            print(f"{m.name:34} {m.says}")
        return 0
    for m in mutants:
        mutated(m)  # each must fit before any is built
    build = options.build.resolve()
    survivors = []
    for m in mutants:
        program = build_mutant(m, build)
        command = [str(program), "--seeds", str(options.seeds), "--until-failure", "--workers", str(os.cpu_count() or 1)]
        result = subprocess.run(command, capture_output=True, text=True)
        told = (result.stdout.strip().splitlines() or result.stderr.strip().splitlines() or ["nothing told"])[-1]
        # A broken rule, or an assertion of the core; a mutant that merely crashes shows nothing.
        caught = result.returncode in (1, -signal.SIGABRT)
        print(f"{m.name:34} {told}" + ("" if caught or result.returncode == 0 else f" (status {result.returncode})"), flush=True)
        if not caught:
            survivors.append(m.name)
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} mutants caught" + (f"; alive: {' '.join(survivors)}" if survivors else ""))
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
