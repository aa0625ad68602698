# SPDX-License-Identifier: Apache-2.0
"""What taktd ships and tells about its config is true: the commented config names every key and each line of it loads, the examples
and the cookbook's configs load without a warning, and the tables of the docs are those of the schema."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import jsonschema

from core_yaml import core_yaml
from harness import BIN

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = {"TAKTD_REGION": "ap-southeast-3", "TAKTD_PROJECT": "0123456789abcdef0123456789abcdef"}
COMMENTED_KEY = re.compile(r"^( *)# ([a-z_]+: .*)$")
SNIPPET = re.compile(r"^## (.+?)$.*?^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# Defaults that are no constants; the file shows what they come to, or an example.
NOT_CONSTANT = {"endpoint", "max_duration", "time_zone", "start_grace", "min_window", "rate_limit"}


def check(path, *options):
    return subprocess.run([BIN / "taktctl", "check", path, *options], capture_output=True, text=True, env={**os.environ, **ENVIRONMENT})


class HeldAgainstSchema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        text = subprocess.run([BIN / "taktctl", "schema"], check=True, capture_output=True, text=True).stdout
        cls.schema = json.loads(text)
        cls.validator = jsonschema.Draft7Validator(cls.schema)
        cls.included = jsonschema.Draft7Validator({"$ref": "#/definitions/included_file", "definitions": cls.schema["definitions"]})

    def hold_schema(self, text, validator=None):
        errors = [f"{list(error.path)}: {error.message[:200]}" for error in (validator or self.validator).iter_errors(core_yaml(text))]
        self.assertEqual(errors, [])

    def hold_loader(self, path):
        done = check(path, "--strict")
        self.assertEqual((done.returncode, done.stderr), (0, ""), path)


class Shipped(HeldAgainstSchema):
    def test_schema_and_tables_are_current(self):
        done = subprocess.run([ROOT / "script/config-reference", "--check", "--bin", BIN], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_examples(self):
        mains = [*(ROOT / "config/examples").glob("*.yaml"), *(ROOT / "config/examples").glob("*/taktd.yaml")]
        self.assertGreaterEqual(len(mains), 7)
        for path in mains:
            with self.subTest(path.name):
                self.hold_loader(path)
                self.hold_schema(path.read_text())
        parts = [path for path in (ROOT / "config/examples").rglob("*.yaml") if path not in mains]
        self.assertGreaterEqual(len(parts), 3)
        for path in parts:
            with self.subTest(path.name):
                self.hold_schema(path.read_text(), self.included)

    def test_every_file_leads_its_editor_to_the_schema(self):
        for path in (ROOT / "config").rglob("*.yaml"):
            with self.subTest(path.name):
                line, second = path.read_text().splitlines()[:2]
                self.assertTrue(line.startswith("# yaml-language-server: $schema="))
                file, _, definition = line.split("=", 1)[1].partition("#/definitions/")
                self.assertEqual((path.parent / file).resolve(), ROOT / "config/taktd.schema.json")
                self.assertTrue(not definition or definition in self.schema["definitions"])
                self.assertTrue(second.startswith("#"), "whose situation is it?")

    def test_cookbook(self):
        recipes = SNIPPET.findall((ROOT / "docs/cookbook.md").read_text())
        headings = re.findall(r"^## ", (ROOT / "docs/cookbook.md").read_text(), re.MULTILINE)
        self.assertEqual(len(recipes), len(headings), "a recipe without a config")
        self.assertGreaterEqual(len(recipes), 12)
        with tempfile.TemporaryDirectory() as folder:
            for title, text in recipes:
                with self.subTest(title):
                    path = pathlib.Path(folder) / "taktd.yaml"
                    path.write_text(text)
                    self.hold_loader(path)
                    self.hold_schema(text)


class CommentedConfig(HeldAgainstSchema):
    """config/taktd.yaml."""

    def setUp(self):
        self.lines = (ROOT / "config/taktd.yaml").read_text().splitlines()
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "jobs.d").mkdir()
        (self.folder / "jobs.d/part.yaml").write_text("x-notes: nothing\n")

    def commented(self):
        """The numbers of the lines that hold a key behind a `#`."""
        return [n for n, line in enumerate(self.lines) if COMMENTED_KEY.match(line) and not line.startswith("# yaml-language-server")]

    def text(self, uncommented=()):
        return "\n".join(COMMENTED_KEY.sub(r"\1\2", line) if n in uncommented else line for n, line in enumerate(self.lines)) + "\n"

    def hold(self, text):
        path = self.folder / "taktd.yaml"
        path.write_text(text)
        done = check(path)
        warnings = [line for line in done.stderr.splitlines() if "warning: " in line]
        self.assertEqual((done.returncode, warnings), (0, []), done.stderr)
        self.hold_schema(text)

    def test_it_loads(self):
        self.hold(self.text())

    def test_every_commented_line_may_be_uncommented(self):
        self.assertGreaterEqual(len(self.commented()), 30)
        for n in self.commented():
            with self.subTest(self.lines[n].strip()):
                self.hold(self.text({n}))

    def test_so_may_all_of_them(self):
        self.hold(self.text(set(self.commented())))

    def test_names_every_key_there_is(self):
        written = set()

        def gather(node):
            if isinstance(node, dict):
                written.update(node)
                for item in node.values():
                    gather(item)
            elif isinstance(node, list):
                for item in node:
                    gather(item)

        gather(core_yaml(self.text(set(self.commented()))))
        known = set()

        def walk(node):
            if isinstance(node, dict):
                known.update(node.get("properties", {}))
                for keyword, item in node.items():
                    if keyword != "dependencies":
                        walk(item)
            elif isinstance(node, list):
                for item in node:
                    walk(item)

        walk(self.schema)
        self.assertGreater(len(known), 70)
        self.assertEqual(sorted(known - written), [])

    def test_commented_lines_say_the_defaults_as_they_are(self):
        """Of keys that have a constant default: what stands behind the `#` is that, unless the line is an example."""
        definitions = self.schema["definitions"]
        defaults = {}
        for name in ("provider", "job", "tencent-cfg.task", "huawei-cpts.task"):
            for key, schema in definitions[name]["properties"].items():
                if isinstance(schema, dict) and "default" in schema:
                    defaults[key] = schema["default"]
        held = 0
        for n in self.commented():
            key, value = next(iter(core_yaml(COMMENTED_KEY.match(self.lines[n]).group(2)).items()))
            is_of_a_group = self.lines[n].startswith(" " * 10)
            if is_of_a_group or key in NOT_CONSTANT or key not in defaults or key == "rerun":
                continue
            with self.subTest(key):
                self.assertEqual(value if key != "pause_after" else "1h", defaults[key])
                held += 1
        self.assertGreaterEqual(held, 15)


if __name__ == "__main__":
    unittest.main(verbosity=2)
