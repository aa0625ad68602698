# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema of a config and the loader agree: both get the same configs, good and bad, and give the same verdict; where a
schema cannot see what is wrong, the case says so. Editors check against the schema, the daemon loads: nobody is to be told two
things."""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import jsonschema

import schema_cases
from core_yaml import core_yaml
from harness import BIN

ENVIRONMENT = {"REGION": "cn-north-4", "PORT": "8081", "PROJECT": "0123"}


def taktctl(*arguments):
    return subprocess.run([BIN / "taktctl", *map(str, arguments)], capture_output=True, text=True, env={**os.environ, **ENVIRONMENT})


def errors_of_loader(folder, name, text):
    """None, or its errors."""
    path = pathlib.Path(folder) / f"{name}.yaml"
    path.write_text(text)
    done = taktctl("check", path, "--output", "json")
    answer = json.loads(done.stdout)
    assert (done.returncode == 0) == (not answer["errors"]), done.stderr
    return "; ".join(error["message"] for error in answer["errors"])


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schema = json.loads(taktctl("schema").stdout)
        jsonschema.Draft7Validator.check_schema(cls.schema)
        cls.validator = jsonschema.Draft7Validator(cls.schema)

    def verdicts(self, cases):
        """(case, config, the loader's errors, the schema's) of each; the loader runs in two processes at a time."""
        texts = [(f"{where}: {case}", schema_cases.config_text(where, case)) for where, case in cases]
        with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
            loaded = pool.map(lambda n: errors_of_loader(folder, f"case-{n}", texts[n][1]), range(len(texts)))
            for (case, text), of_loader in zip(texts, loaded):
                of_schema = "; ".join(error.message[:200] for error in self.validator.iter_errors(core_yaml(text)))
                yield case, text, of_loader, of_schema

    def cases(self, table):
        return [(where, case) for where, group in table.items() for case in group]

    def test_both_accept_what_is_good(self):
        for case, text, of_loader, of_schema in self.verdicts(self.cases(schema_cases.GOOD)):
            with self.subTest(case):
                self.assertFalse(of_loader, f"the loader refuses it\n{text}")
                self.assertFalse(of_schema, f"the schema refuses it\n{text}")

    def test_both_refuse_what_is_bad(self):
        for case, text, of_loader, of_schema in self.verdicts(self.cases(schema_cases.BAD)):
            with self.subTest(case):
                self.assertTrue(of_loader, f"the loader accepts it\n{text}")
                self.assertTrue(of_schema, f"the schema accepts it\n{text}")

    def test_what_a_schema_cannot_see_the_loader_does(self):
        cases = [(where, case) for where, group in schema_cases.BEYOND_A_SCHEMA.items() for case, _ in group]
        for case, text, of_loader, of_schema in self.verdicts(cases):
            with self.subTest(case):
                self.assertTrue(of_loader, f"the loader accepts it\n{text}")
                self.assertFalse(of_schema, f"a schema can see it after all: this is a case for BAD\n{text}")

    def test_there_are_enough_cases_and_none_stands_twice(self):
        tables = [self.cases(schema_cases.GOOD), self.cases(schema_cases.BAD)]
        self.assertGreaterEqual(len(tables[0]), 80)
        self.assertGreaterEqual(len(tables[1]), 160)
        for table in tables:
            self.assertEqual(len(set(table)), len(table))

    def test_included_files(self):
        """What a file may hold that others include, as the editor's line in it says: #/definitions/included_file."""
        included = jsonschema.Draft7Validator({"$ref": "#/definitions/included_file", "definitions": self.schema["definitions"]})
        main = "version: 1\ninclude: [part.yaml]\n"
        good = ["", "x-notes: 1\n", "jobs:\n", "defaults: {start_grace: 5s}\ntemplates: {t: {stop: {after: 1h}}}\n", "include: []\n"]
        bad = ["version: 1\n", "time_zone: UTC\n", "store: {}\n", "control: {}\n", "jobs: [a]\n", "colour: red\n", "[]\n", "text\n"]
        for is_good, texts in ((True, good), (False, bad)):
            for text in texts:
                with self.subTest(text), tempfile.TemporaryDirectory() as folder:
                    (pathlib.Path(folder) / "part.yaml").write_text(text)
                    self.assertEqual(not errors_of_loader(folder, "taktd", main), is_good)
                    self.assertEqual(included.is_valid(core_yaml(text)), is_good)

    def test_every_key_says_what_it_is_for(self):
        def walk(node, path):
            if not isinstance(node, dict):
                return
            for name, schema in node.get("properties", {}).items():
                # A provider's keys of every type are described once, beside its type.
                is_elsewhere = isinstance(schema, bool) or ".provider" in path or "whole" in path or "$ref" in schema
                if not is_elsewhere and path.startswith("definitions"):
                    self.assertRegex(schema.get("description", ""), r"^[A-Z`].*\.$", f"{path}.{name}")
                walk(schema, f"{path}.{name}")
            for keyword in ("anyOf", "allOf"):
                for n, schema in enumerate(node.get(keyword, [])):
                    walk(schema, f"{path}.{keyword}{n}")
            if "items" in node:
                walk(node["items"], f"{path}[]")

        for name in ("provider", "huawei-cpts.task", "huawei-cpts.stop", "tencent-cfg.task", "tencent-cfg.stop", "start"):
            walk(self.schema["definitions"][name], f"definitions.{name}")
        for name in self.schema["definitions"]["job"]["properties"].values():
            self.assertIn("description", name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
