#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a manual page's scdoc source of a template here. What the program itself says of its commands and options, and the
schema of its config, is put in where the template says @commands@, @options@ or @keys@: it is written down nowhere twice.
usage: render.py TEMPLATE OUT [--program FILE] [--schema FILE] [--version TEXT] [--scdoc FILE]
With --scdoc OUT is the page, without it the source of the page."""

import argparse
import importlib.machinery
import importlib.util
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEAD = re.compile(r"^[A-Z][A-Za-z ]*:$")
ENTRY = re.compile(r"^  (\S.*?)(?: {2,}(\S.*))?$")
EVERYWHERE = "Options of every command"
HELP = ("-h,--help", "--version")


def plain(text):
    """Text in which scdoc finds nothing to format."""
    text = re.sub(r"([\\*_`+<>])", r"\\\1", text)
    return "\\" + text if text[:1] in "#-.|[]:;~" else text


def with_code(text):
    """Text whose `code` is bold."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return plain(text)
    first = plain(pieces[0]) if pieces[0] else ""
    rest = (f"*{plain(piece)}*" if at % 2 else re.sub(r"([\\*_+<>])", r"\\\1", piece) for at, piece in enumerate(pieces[1:], 1))
    return first + "".join(rest)


class Help:
    """What `--help` says: the description, entries by section, and the paragraphs below them."""

    def __init__(self, text):
        self.description, self.sections, self.footer, self.usage = [], {}, [], ""
        section, where = None, self.description
        for line in text.rstrip().splitlines():
            if line.startswith("Usage: "):
                self.usage, where = line.removeprefix("Usage: "), None
            elif where is not None:
                where.append(line)
            elif HEAD.match(line):
                section = self.sections.setdefault(line[:-1], [])
            elif line.startswith(" ") and section is not None:
                entry = ENTRY.match(line)
                if entry:
                    section.append((entry[1], [entry[2]] if entry[2] else []))
                else:
                    section[-1][1].append(line.strip())
            elif line:
                where = self.footer
                where.append(line)


def parse(program, words):
    done = subprocess.run([program, *words, "--help"], check=True, capture_output=True, text=True)
    return Help(done.stdout)


def names_and_note(entry):
    """`--job JOB Excludes: --all` is an option, its value, and a remark."""
    note = ""
    for word, said in (("Excludes", "Not together with"), ("Needs", "Needs")):
        found = re.search(rf" {word}: (.*?)(?= [A-Z][a-z]+: |$)", entry)
        if found:
            note += f" {said} {', '.join(found[1].split())}."
            entry = entry.replace(found[0], "")
    if " REQUIRED" in entry:
        entry, note = entry.replace(" REQUIRED", ""), note + " Required."
    default = re.search(r" (TEXT|U?INT|FLOAT)=(\S+)", entry)
    if default:
        entry, note = entry.replace(default[0], f" {default[1]}"), f" The default is {default[2]}." + note
    entry = re.sub(r"\bENUM:", "", entry)
    return entry, note


def definitions(entries):
    lines = []
    for entry, text in entries:
        names, note = names_and_note(entry)
        head, _, value = names.partition(" ")
        head = ", ".join(f"*{plain(name)}*" for name in head.split(","))
        told = " ".join(text)
        if note and told and not told.endswith((".", ";")):
            told += "."
        lines += [head + (f" {plain(value)}" if value else ""), "\t" + with_code(told + note).strip(), ""]
    return lines


def paragraphs(lines):
    made, paragraph = [], []

    def close():
        if not paragraph:
            return
        if any(line.startswith(" ") for line in paragraph):
            made.extend(["```", *paragraph, "```", ""])
        else:
            made.extend([with_code(" ".join(paragraph)), ""])
        paragraph.clear()

    for line in lines:
        if not line.strip():
            close()
        elif line.startswith("Example: "):
            close()
            made.extend(["Example:", "", "```", line.removeprefix("Example: "), "```", ""])
        else:
            paragraph.append(line)
    close()
    return made


def options(found, wanted=None):
    lines = []
    for section, entries in found.sections.items():
        if section == "Subcommands" or (section == EVERYWHERE) != (wanted == EVERYWHERE):
            continue
        lines += definitions([each for each in entries if each[0] not in HELP or wanted == "all"])
    return lines


def commands(program, words, found):
    lines = []
    for name, _ in found.sections.get("Subcommands", []):
        below = [*words, name]
        told = parse(program, below)
        lines += [f"## {' '.join(below)}", "", *paragraphs(told.description), *options(told), *paragraphs(told.footer)]
        lines += commands(program, below, told)
    return lines


def keys(schema):
    loader = importlib.machinery.SourceFileLoader("config_reference", str(ROOT / "script/config-reference"))
    sys.dont_write_bytecode = True
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("config_reference", loader))
    loader.exec_module(module)
    tables = module.Tables(schema)
    heads = {"top": "The file", "provider": "providers.NAME, of every type", "job": "jobs.NAME, defaults, templates.NAME", "start": "start"}
    lines = []
    for table in tables.names():
        vendor, _, part = table.partition(".")
        head = heads.get(table) or (f"providers.NAME of type {vendor}" if part == "provider" else f"{part} of type {vendor}")
        lines += [f"## {plain(head)}", ""]
        for row in tables.rows(tables.properties(table)):
            key, kind, default, text = (cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1])
            about = with_code(kind) + (f"; default: {with_code(default)}" if default and default != "required" else "")
            about += "; required" if default == "required" else ""
            lines += [f"*{plain(key.strip('`'))}* ({about})", "\t" + with_code(text), ""]
    return lines


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("template", type=pathlib.Path)
    arguments.add_argument("out", type=pathlib.Path)
    for option in ("--program", "--schema", "--version", "--scdoc"):
        arguments.add_argument(option)
    given = arguments.parse_args()
    text = given.template.read_text()
    if given.program:
        found = parse(given.program, [])
        text = text.replace("@options@", "\n".join(options(found, "all"))).replace("@everywhere@", "\n".join(options(found, EVERYWHERE)))
        text = text.replace("@commands@", "\n".join(commands(given.program, [], found)))
    if given.schema:
        text = text.replace("@keys@", "\n".join(keys(json.loads(pathlib.Path(given.schema).read_text()))))
    text = re.sub(r"\n{3,}", "\n\n", text.replace("@version@", given.version or "taktd")).rstrip() + "\n"
    left = re.search(r"^@[a-z]+@$", text, re.MULTILINE)
    if left:
        sys.exit(f"{given.template}: nothing was given for {left[0]}")
    if given.scdoc:
        # The date of the page is SOURCE_DATE_EPOCH's, which scdoc reads itself.
        text = subprocess.run([given.scdoc], input=text, check=True, capture_output=True, text=True).stdout
    given.out.write_text(text)


if __name__ == "__main__":
    main()
