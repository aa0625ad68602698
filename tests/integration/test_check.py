# SPDX-License-Identifier: Apache-2.0
"""`taktctl check --resolved` and `--connect` from outside: a config of several files, read back key by key; and every task
read from the vendor once, within the rate limit, with what is wrong told and no secret shown."""

import json
import os
import subprocess
import unittest

from harness import BIN, PROJECT, SECRET_KEY, TestCase, at, chaos_job, hung, job, perf_job


class CheckTest(TestCase):
    def check(self, code, *arguments, env=None):
        environment = {**os.environ, **self.world.credentials_env, "TZ": "UTC", **(env or {})}
        done = subprocess.run([BIN / "taktctl", "check", *map(str, arguments)], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=hung(), env=environment, cwd=self.world.folder)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertNotIn(SECRET_KEY, done.stdout + done.stderr)
        return done


class Resolved(CheckTest):
    def setUp(self):
        super().setUp()
        (self.world.folder / "jobs.d").mkdir()
        (self.world.folder / "taktd.yaml").write_text(
            "version: 1\ntime_zone: Europe/Berlin\ninclude: [jobs.d/*.yaml]\nproviders:\n  perf: {type: huawei-cpts, "
            f"region: r, project_id: {PROJECT}, credentials: {{token: \"${{file:/t}}\"}}}}\n"
            "templates:\n  checkout: {provider: perf, task: {test_suite_id: 1}, stop: {after: 30m}}\n")
        (self.world.folder / "jobs.d" / "a.yaml").write_text(
            "jobs:\n  nightly:\n    use: checkout\n    task: {task_id: 101}\n    start: \"0 2 * * *\"\n")

    def test_each_key_names_its_line(self):
        lines = [line.split() for line in self.check(0, "taktd.yaml", "--resolved", "nightly").stdout.splitlines()]
        for line in (["jobs:"], ["nightly:"], ["provider:", "perf", "#", "taktd.yaml:7"],
                     ["task_id:", "101", "#", "jobs.d/a.yaml:4"], ["cluster_id:", "0", "#", "default"],
                     ["time_zone:", "Europe/Berlin", "#", "taktd.yaml:2"], ["after:", "30m", "#", "taktd.yaml:7"]):
            self.assertIn(line, lines)

    def test_as_json(self):
        answer = json.loads(self.check(0, "taktd.yaml", "--resolved", "nightly", "--output", "json").stdout)
        keys = {key["key"]: key for key in answer["keys"]}
        self.assertEqual(answer["job"], "nightly")
        self.assertEqual(keys["task.task_id"], {"key": "task.task_id", "value": "101", "file": "jobs.d/a.yaml", "line": 4,
                                                "default": False})
        self.assertEqual(keys["misfire"], {"key": "misfire", "value": "skip", "file": None, "line": None, "default": True})

    def test_an_unknown_job(self):
        self.assertIn("no job 'nighly' in the config; did you mean 'nightly'?",
                      self.check(1, "taktd.yaml", "--resolved", "nighly").stderr)

    def test_errors_name_their_file(self):
        (self.world.folder / "jobs.d" / "b.yaml").write_text("jobs:\n  nightly: {use: checkot}\n")
        done = self.check(1, "taktd.yaml", "--resolved", "nightly")
        self.assertIn("jobs.d/b.yaml:2:3: error: job 'nightly' is already in jobs.d/a.yaml:2", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_strict_makes_an_error_of_a_pattern_without_files(self):
        (self.world.folder / "jobs.d" / "a.yaml").unlink()
        self.assertIn("warning: no file matches 'jobs.d/*.yaml'", self.check(0, "taktd.yaml").stderr)
        self.assertIn("error: no file matches 'jobs.d/*.yaml'", self.check(1, "--strict", "taktd.yaml").stderr)


class Connect(CheckTest):
    def begin(self, jobs, rate="off", tasks=("perf:101..110", "chaos:201..210", "chaos:301,name=AZ-3 blackout"), **config):
        self.world.start_simcloud(tasks=tasks, rate=rate)
        return self.world.write_config(jobs, **config)

    def test_each_task_is_read_once(self):
        jobs = [perf_job("a", at(3600)), perf_job("b", at(7200)), perf_job("c", at(3600), task=102), chaos_job("d", at(3600)),
                job("e", "chaos", '{task_id: 301, expect_name: "AZ-3 blackout"}', at(3600),
                    "{after: 3s, is_expect: true, summary: x}")]
        path = self.begin(jobs)
        answer = json.loads(self.check(0, path, "--connect", "--output", "json").stdout)
        tasks = {task["task_key"].rsplit("|", 1)[1]: task for task in answer["tasks"]}
        self.assertEqual(sorted(tasks), ["101", "102", "201", "301"])
        self.assertEqual(tasks["101"]["jobs"], ["a", "b"])
        self.assertEqual((tasks["301"]["name"], tasks["301"]["mode"]), ("AZ-3 blackout", "automatic"))
        self.assertIsNone(tasks["101"]["mode"], "CPTS has none")
        self.assertTrue(all(task["problem"] is None for task in answer["tasks"]), answer)
        self.assertTrue(all(task["remote_state"] in ("idle", "ended") for task in answer["tasks"]), answer)
        self.assertEqual(len(self.world.sim.requests()), 4)
        self.assertEqual(self.world.sim.runs(), [])

    def test_another_name_and_a_task_that_is_not_there(self):
        jobs = [job("a", "chaos", "{task_id: 301, expect_name: AZ-4}", at(3600), "{after: 3s, is_expect: true, summary: x}"),
                chaos_job("b", at(3600), task=999)]
        done = self.check(1, self.begin(jobs), "--connect")
        self.assertIn("it is not called 'AZ-4'", done.stdout)
        self.assertIn("2 tasks cannot be used as configured", done.stderr)

    def test_a_refused_key_is_tried_once(self):
        path = self.begin([perf_job("a", at(3600)), perf_job("b", at(3600), task=102), perf_job("c", at(3600), task=103)])
        done = self.check(1, path, "--connect", env={"TAKTD_TEST_SECRET": "another-secret-key"})
        self.assertIn("unauthorized", done.stdout)
        self.assertIn("not asked: the provider has refused the credentials", done.stdout)
        self.assertNotIn("another-secret-key", done.stdout + done.stderr)
        self.assertEqual(len(self.world.sim.requests()), 1)

    def test_nobody_answers(self):
        self.world.start_simcloud()
        path = self.world.write_config([perf_job("a", at(3600))], perf="endpoint: http://127.0.0.1:9")
        self.assertIn("127.0.0.1", self.check(1, path, "--connect").stdout)

    def test_the_pace_is_kept(self):
        """The vendor counts for itself and refuses what comes too fast."""
        limit = "rate_limit: {rate: 10/s, burst: 2}"
        jobs = [chaos_job(f"j{task}", at(3600), task=task) for task in range(201, 211)]
        path = self.begin(jobs, rate="10/s", chaos=limit)
        answer = json.loads(self.check(0, path, "--connect", "--output", "json").stdout)
        self.assertEqual([task["problem"] for task in answer["tasks"]], [None] * 10)


if __name__ == "__main__":
    unittest.main()
