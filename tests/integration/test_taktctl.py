# SPDX-License-Identifier: Apache-2.0
"""taktctl from outside: what it prints where, its exit codes, its JSON, and that no config or store makes it crash, hang or
tell a secret."""

import json
import os
import pty
import random
import sqlite3
import subprocess
import unittest

import harness
from harness import BIN, TestCase, hung

CONFIG = """version: 1
time_zone: Europe/Berlin
store: {path: STORE}
providers:
  perf:
    type: huawei-cpts
    endpoint: http://127.0.0.1:9
    project_id: 0123456789abcdef0123456789abcdef
    credentials: {access_key: "${env:CTL_TEST_KEY}", secret_key: "${file:SECRET}"}
jobs:
  nightly:
    provider: perf
    task: {test_suite_id: 1, task_id: 101}
    start: "30 2 * * *"
    stop: {after: 30m}
  off:
    provider: perf
    task: {test_suite_id: 1, task_id: 102}
    start: "0 4 * * *"
    stop: {after: 30m}
    enabled: false
"""
SECRET = "correct-horse-battery-staple"


class TaktctlTest(TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.world.folder
        self.config = self.write("taktd.yaml", CONFIG)

    def write(self, name, text):
        path = self.folder / name
        text = text.replace("STORE", str(self.folder / "taktd.db")).replace("SECRET", str(self.folder / "secret"))
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def run_ctl(self, *arguments, env=None, stdout=subprocess.PIPE):
        environment = {**os.environ, "TZ": "UTC", "CTL_TEST_KEY": SECRET, **(env or {})}
        return subprocess.run([BIN / "taktctl", *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=stdout,
                              stderr=subprocess.PIPE, text=True, timeout=hung(), env=environment)

    def expect(self, code, *arguments, **more):
        done = self.run_ctl(*arguments, **more)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}{done.stderr}")
        return done

    def expect_json(self, *arguments, code=0):
        return json.loads(self.expect(code, *arguments, "--output", "json").stdout)


class Check(TaktctlTest):
    def test_a_good_config(self):
        done = self.expect(0, "check", self.config)
        self.assertIn("1 provider, 2 jobs, 1 warning", done.stdout)
        self.assertIn("warning:", done.stderr)  # of the secret in the environment
        self.assertEqual(sum(line.startswith("nightly ") for line in done.stdout.splitlines()), 3)
        self.assertIn("disabled", done.stdout)
        self.assertEqual(self.expect(0, "--config", self.config, "check").stdout, done.stdout)

    def test_json(self):
        answer = self.expect_json("check", self.config)
        self.assertEqual(answer["errors"], [])
        self.assertEqual([w["line"] for w in answer["warnings"]], [9])
        self.assertEqual([job["job"] for job in answer["jobs"]], ["nightly", "off"])
        self.assertEqual(len(answer["jobs"][0]["windows"]), 3)
        self.assertEqual(set(answer["jobs"][0]["windows"][0]), {"job", "start_due", "stop_due", "time_zone", "skip", "notes"})

    def test_every_error_is_told_and_nothing_else(self):
        broken = self.write("broken.yaml", CONFIG.replace("start: \"30", "strat: \"30").replace("task_id: 102", "task_id: x")
                            .replace("version: 1", "version: 2"))
        done = self.expect(1, "check", broken)
        self.assertEqual(done.stdout, "")
        for line in ("broken.yaml:1:", "broken.yaml:14:", "broken.yaml:18:", "did you mean 'start'", "errors in"):
            self.assertIn(line, done.stderr)
        answer = self.expect_json("check", broken, code=1)
        self.assertGreaterEqual({e["line"] for e in answer["errors"]}, {1, 14, 18})
        self.assertEqual(answer["jobs"], [])

    def test_strict(self):
        done = self.expect(1, "check", "--strict", self.config)
        self.assertIn("error:", done.stderr)
        self.assertNotIn("warning:", done.stderr)
        self.assertEqual(len(self.expect_json("check", "--strict", self.config, code=1)["errors"]), 1)

    def test_secrets_are_read_only_if_asked_for_and_never_shown(self):
        self.expect(0, "check", self.config)  # the file does not even exist
        done = self.expect(1, "check", "--secrets", self.config)
        self.assertIn("secret_key: ${file:", done.stderr)
        self.assertNotIn("access_key: ${env", done.stderr)
        (self.folder / "secret").write_text(SECRET)
        (self.folder / "secret").chmod(0o644)
        self.assertIn("chmod 600", self.expect(1, "check", "--secrets", self.config).stderr)
        (self.folder / "secret").chmod(0o600)
        done = self.expect(0, "check", "--secrets", self.config)
        self.assertIn("2 secrets can be read", done.stdout)
        answer = self.run_ctl("check", "--secrets", self.config, "--output", "json")
        for text in (done.stdout, done.stderr, answer.stdout):
            self.assertNotIn(SECRET, text)

    def test_a_file_that_cannot_be_read(self):
        for path in (self.folder / "missing.yaml", self.folder):
            done = self.expect(1, "check", path)
            self.assertTrue(done.stderr.startswith(f"{path}: error: cannot be read: "), done.stderr)

    def test_damaged_configs_neither_crash_nor_hang(self):
        draw = random.Random(7)
        source = CONFIG.encode()
        for n in range(150):
            damaged = bytearray(source)
            for _ in range(draw.randint(1, 8)):
                at = draw.randrange(len(damaged))
                damaged[at:at + draw.randint(0, 6)] = draw.choice(
                    [b"", b"{", b"]", b'"', b"\t", b"&a ", b"*a", b"\xff\xfe", b"\x00", b"- ", b": ", b"9" * 40, b"${env:", b"<<: "])
            path = self.folder / f"damaged{n}.yaml"
            path.write_bytes(bytes(damaged))
            done = subprocess.run([BIN / "taktctl", "check", path], capture_output=True, timeout=hung(),
                                  env={**os.environ, "CTL_TEST_KEY": SECRET})
            self.assertIn(done.returncode, (0, 1), f"{path}: {done.stderr}")
            self.assertNotIn(SECRET.encode(), done.stdout + done.stderr)


class Plan(TaktctlTest):
    def plan(self, *arguments):
        return self.expect_json("plan", "--config", self.config, *arguments)["windows"]

    def test_windows_with_skips_and_clock_changes(self):
        windows = self.plan("--from", "2026-03-28T12:00:00Z", "--until", "2026-03-29T12:00:00Z")
        self.assertEqual([(w["job"], w["start_due"], w["stop_due"], w["skip"]) for w in windows],
                         [("nightly", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", None),
                          ("off", "2026-03-29T02:00:00Z", "2026-03-29T02:30:00Z", "disabled")])
        self.assertIn("02:30 does not exist on this day", windows[0]["notes"][0])
        table = self.expect(0, "plan", "--config", self.config, "--from", "2026-03-28T12:00:00Z").stdout
        self.assertIn("Sun 2026-03-29 03:00:00+02:00", table)

    def test_from_is_within_until_is_not(self):
        self.assertEqual(len(self.plan("--from", "2026-12-01T01:30:00Z", "--until", "2026-12-02T01:30:00Z", "--job", "nightly")), 1)

    def test_nothing(self):
        done = self.expect(0, "plan", "--config", self.config, "--from", "2026-12-01T12:00:00Z", "--until", "2026-12-01T13:00:00Z")
        self.assertIn("The next start is that of nightly at 2026-12-02 01:30:00+00:00.", done.stdout)

    def test_a_plan_that_is_too_long_says_where_it_ends(self):
        done = self.expect(0, "plan", "--config", self.config, "--from", "2026-12-01", "--until", "2169-12-31", "--output", "json")
        self.assertEqual(len(json.loads(done.stdout)["windows"]), 10_000)
        self.assertIn("this is the plan up to 20", done.stderr)

    def test_what_cannot_be_planned(self):
        self.assertIn("did you mean 'nightly'", self.expect(1, "plan", "--config", self.config, "--job", "nihgtly").stderr)
        self.expect(2, "plan", "--config", self.config, "--from", "then")
        self.expect(2, "plan", "--config", self.config, "--from", "+2h", "--until", "+1h")
        self.assertIn("cannot be read", self.expect(1, "plan", "--config", self.folder / "missing").stderr)


class Output(TaktctlTest):
    def test_usage(self):
        for arguments in ((), ("rusn",), ("cron",), ("runs", "--limit", "-3"), ("cron", "* * * * *", "--output", "xml")):
            done = self.expect(2, *arguments)
            self.assertEqual(done.stdout, "")
            self.assertNotEqual(done.stderr, "")
        for command in ("check", "plan", "cron", "runs", "show", "verify"):
            text = self.expect(0, command, "--help").stdout
            for part in ("Exit status", "Example", "JSON", "--output", "--config"):
                self.assertIn(part, text, command)

    def test_a_bad_expression(self):
        done = self.expect(1, "cron", "0 25 * * *")
        self.assertEqual(done.stdout, "")
        self.assertTrue(done.stderr.endswith("\n  0 25 * * *\n    ^\n"), done.stderr)
        for expression in ("", " ", "* * * *", "-1 * * * *", "a b c d e", "*/0 * * * *", "@reboot", "é * * * *", "60 * * * *"):
            self.assertEqual(self.expect(1, "cron", expression).stdout, "", expression)

    def test_a_reader_that_leaves_and_a_disk_that_is_full(self):
        command = f"'{BIN}/taktctl' cron '* * * * * *' --count 100000"
        done = subprocess.run(["bash", "-c", f"{command} | head -1"], capture_output=True, text=True, timeout=hung())
        self.assertEqual((done.stdout, done.stderr), ("Every second.\n", ""))
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = self.expect(1, "cron", "* * * * *", stdout=full)
        self.assertEqual(done.stderr, "taktctl: cannot write the output: No space left on device\n")

    def on_terminal(self, env, *arguments):
        ours, theirs = pty.openpty()
        try:
            self.expect(0, *arguments, stdout=theirs, env=env)
            return os.read(ours, 1 << 16).decode()
        finally:
            os.close(theirs)
            os.close(ours)

    def test_colours_on_a_terminal_only(self):
        self.assertNotIn("\x1b", self.expect(0, "cron", "0 2 * * *").stdout)
        terminal = {"TERM": "xterm", "NO_COLOR": ""}
        self.assertIn("\x1b[", self.on_terminal(terminal, "cron", "0 2 * * *"))
        self.assertNotIn("\x1b", self.on_terminal({**terminal, "NO_COLOR": "1"}, "cron", "0 2 * * *"))
        self.assertNotIn("\x1b", self.on_terminal(terminal, "cron", "0 2 * * *", "--output", "json"))


class Stores(TaktctlTest):
    def test_a_store_that_a_daemon_writes(self):
        self.world.start_simcloud()
        config = self.world.write_config([harness.perf_job("load", harness.at(1), after="2s")])
        daemon = self.world.start_taktd().wait_ready()
        run = self.wait_state("load", "stopped", "completed", "failed")
        for arguments in (("--db", self.world.store.path), ("--config", config)):
            runs = self.expect_json("runs", *arguments)["runs"]
            self.assertEqual([(r["id"], r["job"], r["state"], r["reason"]) for r in runs],
                             [(run["id"], "load", "stopped", "schedule")])
        daemon.terminate()

        shown = self.expect_json("show", "load", "--db", self.world.store.path)
        self.assertEqual(set(shown), {"run", "transitions", "calls"})
        columns = {name.removesuffix("_ns") for name in run}
        self.assertEqual(set(shown["run"]), columns)
        self.assertEqual([t["to_state"] for t in shown["transitions"]], self.world.store.states(run["id"]))
        stored = self.world.store.transitions(run["id"])
        self.assertEqual(set(shown["transitions"][0]), {name.removesuffix("_ns") for name in stored[0]})
        calls = self.world.store.query("SELECT * FROM calls WHERE run_id = ? OR id IN (SELECT call_id FROM call_runs WHERE run_id = ?)"
                                       " ORDER BY intent_ns, id", run["id"], run["id"])
        self.assertEqual([c["id"] for c in shown["calls"]], [c["id"] for c in calls])
        self.assertEqual(set(shown["calls"][0]), {name.removesuffix("_ns") for name in calls[0]})
        self.assertEqual([c["request_body"] for c in shown["calls"]], [c["request_body"] for c in calls])

        told = self.expect(0, "show", run["id"][-8:], "--wire", "--db", self.world.store.path).stdout
        for part in ("due -> starting", "starting -> running", "stopping -> stopped", "POST /", '"cluster_id": 0'):
            self.assertIn(part, told)
        self.assertNotIn(harness.SECRET_KEY, told)
        self.assertEqual(self.expect_json("verify", "--db", self.world.store.path), {"violations": []})

        self.expect_no_crash_on_damage(self.world.store.path.read_bytes())

        connection = sqlite3.connect(self.world.store.path)
        connection.execute("UPDATE runs SET obligation = 'open'")
        connection.commit()
        connection.close()
        self.assertNotEqual(self.expect_json("verify", "--db", self.world.store.path, code=1)["violations"], [])

    def expect_no_crash_on_damage(self, good):
        draw = random.Random(11)
        for n in range(40):
            damaged = bytearray(good)
            for _ in range(draw.randint(1, 30)):
                damaged[draw.randrange(len(damaged))] = draw.randrange(256)
            path = self.folder / f"damaged{n}.db"
            path.write_bytes(damaged[:draw.randrange(len(damaged))] if n % 5 == 0 else damaged)
            for arguments in (("runs",), ("show", "load", "--wire"), ("show", "load", "--output", "json"), ("verify",)):
                done = self.run_ctl(*arguments, "--db", path)
                self.assertIn(done.returncode, (0, 1), f"{path}: {done.stderr}")
                self.assertLessEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_without_a_store(self):
        for command in (("runs",), ("show", "load"), ("verify",)):
            self.assertIn("No such file", self.expect(1, *command, "--config", self.config).stderr)
            self.assertIn("--db FILE", self.expect(1, *command, "--config", self.folder / "missing").stderr)
            if not os.path.exists("/etc/taktd/taktd.yaml"):
                self.assertIn("--db FILE", self.expect(3, *command).stderr)

    def test_files_that_are_no_store(self):
        empty, text = self.write("empty.db", ""), self.write("text.db", "no database at all, " * 100)
        other = self.folder / "other.db"
        sqlite3.connect(other).executescript("CREATE TABLE runs (id TEXT);").close()
        for path in (empty, text, other, self.folder):
            done = self.expect(1, "runs", "--db", path)
            self.assertEqual(done.stdout, "")
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertIn(str(path), done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
