# SPDX-License-Identifier: Apache-2.0
"""The manual pages and the programs tell the same: every command, option and key stands in the manual, and the manual names no
option that there is not. scdoc takes each page, where it is installed."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import BIN

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGES = ROOT / "docs/man"
SCHEMA = ROOT / "config/taktd.schema.json"
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
# Told by the page of taktd, and of programs that are not ours.
OF_OTHERS = {"taktd.yaml": {"--config"}}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def source(name, *options):
    """The scdoc source of a page, without its escapes."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "page"
        run("python3", "-B", PAGES / "render.py", PAGES / f"{name}.scd.in", out, *options)
        return out.read_text()


def told(page):
    return page.replace("\\", "").replace("*", "")


def help_of(program, *words):
    return run(BIN / program, *words, "--help")


def declared(text):
    """Options in the first column of `--help`, by a reading of their own."""
    found = set()
    for line in text.splitlines():
        if line.startswith("  -"):
            found.update(OPTION.findall(line.split("  ")[1].split(" Excludes: ")[0].split(" Needs: ")[0]))
    return found


def defined(page):
    """Options that a page explains: those at the start of a line."""
    return {option for line in told(page).splitlines() if line.startswith("-") for option in OPTION.findall(re.split(r" [A-Z]", line)[0])}


def commands(*words):
    lines = iter(help_of("taktctl", *words).splitlines())
    for line in lines:
        if line == "Subcommands:":
            break
    for line in lines:
        found = re.match(r"  ([a-z-]+)(?: |$)", line)
        if found:
            yield [*words, found[1]]
            yield from commands(*words, found[1])
        elif line and not line.startswith(" "):
            return


class Manual(unittest.TestCase):
    def test_programs_have_their_options_in_the_manual_and_no_others(self):
        for program, section in (("taktd", 8), ("simcloud", 1)):
            with self.subTest(program):
                page = source(f"{program}.{section}", "--program", BIN / program)
                self.assertIn("--help", declared(help_of(program)))
                self.assertEqual(defined(page), declared(help_of(program)))

    def test_each_command_has_its_options_in_its_own_part_and_no_others(self):
        page = source("taktctl.1", "--program", BIN / "taktctl")
        everywhere = declared(help_of("taktctl"))
        parts = {part.split("\n", 1)[0]: part for part in re.split(r"^## ", page, flags=re.MULTILINE)[1:]}
        self.assertEqual(defined(page.split("# COMMANDS")[0]), everywhere)
        named = list(commands())
        self.assertGreater(len(named), 25)
        for words in named:
            with self.subTest(" ".join(words)):
                part = parts[" ".join(words)].split("\n# ")[0]
                self.assertEqual(defined(part), declared(help_of("taktctl", *words)) - everywhere)
        self.assertEqual(set(parts) - {"Options of every command"}, {" ".join(words) for words in named})

    def test_no_page_speaks_of_an_option_that_there_is_not(self):
        known = {"taktd": declared(help_of("taktd")), "simcloud": declared(help_of("simcloud")), "taktctl": declared(help_of("taktctl"))}
        for words in commands():
            known["taktctl"] |= declared(help_of("taktctl", *words))
        for template in PAGES.glob("*.scd.in"):
            name = template.name.split(".", 1)[0] if template.name != "taktd.yaml.5.scd.in" else "taktd.yaml"
            with self.subTest(template.name):
                spoken = {option for option in OPTION.findall(told(template.read_text())) if option.startswith("--")}
                self.assertLessEqual(spoken, known.get(name, set()) | OF_OTHERS.get(name, set()))

    def test_every_key_of_the_schema_is_in_the_manual_and_no_other(self):
        schema = json.loads(SCHEMA.read_text())
        page = told(source("taktd.yaml.5", "--schema", SCHEMA))
        explained = {line.split(" ")[0].rsplit(".", 1)[-1] for line in page.split("# KEYS")[1].splitlines() if re.match(r"[a-z_.\[\]]+ \(", line)}
        keys = set()

        def collect(node):
            if isinstance(node, dict):
                for name, each in node.get("properties", {}).items():
                    if isinstance(each, dict) and "description" in each:
                        keys.add(name)
                for each in node.values():
                    collect(each)
            elif isinstance(node, list):
                for each in node:
                    collect(each)

        collect(schema)
        self.assertGreater(len(keys), 40)
        self.assertEqual(explained, keys)

    @unittest.skipUnless(shutil.which("scdoc"), "scdoc is not installed (script/setup)")
    def test_scdoc_takes_every_page(self):
        templates = list(PAGES.glob("*.scd.in"))
        self.assertEqual(len(templates), 4)
        for template in templates:
            name = template.name.removesuffix(".scd.in")
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                out = pathlib.Path(folder) / name
                program = BIN / name.rsplit(".", 1)[0]
                given = ["--program", program] if program.exists() else ["--schema", SCHEMA]
                run("python3", "-B", PAGES / "render.py", template, out, *given, "--version", "taktd 1", "--scdoc", "scdoc")
                self.assertIn(f'.TH "{name.rsplit(".", 1)[0]}" "{name[-1]}"', out.read_text())


if __name__ == "__main__":
    unittest.main()
