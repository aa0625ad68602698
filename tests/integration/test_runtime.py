# SPDX-License-Identifier: Apache-2.0
"""The daemon's life from outside: it starts and stops on both clouds, reloads, ends and comes back."""

import os
import signal
import subprocess
import time
import unittest

from harness import ACCESS_KEY, BIN, SECRET_KEY, TestCase, at, chaos_job, hung, perf_job, rfc3339, wait_for
from side_by_side import SideBySide


class RuntimeTest(TestCase):
    def test_a_job_of_each_provider_starts_and_stops(self):
        sim = self.world.start_simcloud()
        self.world.write_config([perf_job("load", at(2), "3s"), chaos_job("drill", at(2), "3s")])
        taktd = self.world.start_taktd().wait_ready()
        for name, provider in (("load", "perf"), ("drill", "chaos")):
            run = self.wait_state(name, "stopped", "completed", "failed", "skipped")
            self.assertEqual(run["state"], "stopped", run)
            self.assertEqual(run["reason"], "schedule")
            self.assertEqual(run["obligation"], "discharged")
            self.assertEqual(self.world.store.states(run["id"]), ["due", "starting", "running", "stopping", "stopped"])
            sequence = [t["seq"] for t in self.world.store.transitions(run["id"])]
            self.assertEqual(sequence, list(range(1, len(sequence) + 1)))

            vendor_runs = sim.runs(provider)
            self.assertEqual(len(vendor_runs), 1)
            self.assertEqual(vendor_runs[0]["ended_by"], "stop")
            self.assertGreaterEqual(vendor_runs[0]["started_ns"], run["start_due_ns"])
            self.assertGreaterEqual(vendor_runs[0]["ended_ns"], run["stop_due_ns"])

            for action in ("start", "stop"):
                calls = self.world.store.calls(run["id"], action)
                self.assertEqual([c["outcome"] for c in calls], ["accepted"])
                self.assertTrue(calls[0]["method"] and calls[0]["target"] and calls[0]["request_body"])
                self.assertLessEqual(calls[0]["intent_ns"], calls[0]["sent_ns"])
                self.assertLessEqual(calls[0]["sent_ns"], calls[0]["done_ns"])

        self.assertEqual(taktd.terminate(), 0, taktd.err())
        self.assertIn("STOPPING=1", taktd.notified())
        self.assertTrue(taktd.lines("stopped; no run is owed a stop"))
        self.assertTrue(any(line.get("job") == "load" for line in taktd.lines("run running")))
        self.assertNotIn(SECRET_KEY, taktd.err())
        self.assertNotIn(SECRET_KEY.encode(), b"".join(p.read_bytes() for p in self.world.folder.glob("taktd.db*")))

    def test_a_bad_file_changes_nothing_and_a_good_one_everything(self):
        self.world.start_simcloud()
        first = perf_job("load", at(0.5), "10s")
        config = self.world.write_config([first])
        taktd = self.world.start_taktd().wait_ready()
        self.wait_state("load", "running")
        ready = taktd.notified().count("READY=1")

        good = config.read_text()
        config.write_text(good.replace("provider: perf", "provider: pref"))
        taktd.send(signal.SIGHUP)
        taktd.wait_line("reload refused; the config in force stays")
        errors = [line["error"] for line in taktd.lines("config") if "error" in line]
        self.assertTrue(any("taktd.yaml:" in e and "pref" in e for e in errors), errors)
        wait_for(lambda: taktd.notified().count("READY=1") == ready + 1, "ready again after the refused reload")
        self.assertIn("RELOADING=1", taktd.notified())

        self.world.write_config([first, chaos_job("drill", at(1.5), "1s")])
        taktd.reload()
        self.assertEqual(self.wait_state("drill", "stopped")["reason"], "schedule")
        self.assertEqual(self.wait_state("load", "stopped")["reason"], "schedule")
        self.assertEqual(taktd.terminate(), 0)

    def test_a_config_that_lost_its_jobs_is_refused_unless_it_says_so(self):
        self.world.start_simcloud()
        config = self.world.write_config([perf_job("load", at(3600), "1h")])
        taktd = self.world.start_taktd().wait_ready()
        text = config.read_text()
        head = text[:text.index("jobs:")]
        config.write_text(head + "jobs:\n")
        taktd.send(signal.SIGHUP)
        taktd.wait_line("reload refused; the config in force stays")
        self.assertIn("the 1 in force would all leave", taktd.lines("config")[-1]["error"])
        config.write_text(head + "jobs: {}\n")
        taktd.reload()
        self.assertEqual(taktd.lines("reloaded")[-1]["jobs"], 0)
        self.assertEqual(taktd.terminate(), 0)

    def test_a_config_that_becomes_a_pipe_is_refused_at_a_reload(self):
        self.world.start_simcloud()
        config = self.world.write_config([])
        taktd = self.world.start_taktd().wait_ready()
        config.unlink()
        os.mkfifo(config)
        taktd.send(signal.SIGHUP)
        taktd.wait_line("reload refused; the config in force stays")
        self.assertIn("Not a regular file but a pipe", taktd.lines("config")[-1]["error"])
        self.assertEqual(taktd.terminate(), 0)

    def test_sigterm_is_heeded_behind_a_thousand_reloads(self):
        self.world.start_simcloud()
        self.world.write_config([perf_job(f"job-{n}", at(3600), "4s", 1000 + n) for n in range(2000)])
        taktd = self.world.start_taktd().wait_ready()
        for _ in range(1000):
            taktd.send(signal.SIGHUP)
        self.assertEqual(taktd.terminate(), 0)
        self.assertLess(len(taktd.lines("reloaded")), 1000)

    def test_what_is_owed_is_armed_before_the_config_is_read(self):
        self.world.start_simcloud()
        self.world.write_config([perf_job("load", at(1.5), "60s")])
        taktd = self.world.start_taktd().wait_ready()
        self.wait_state("load", "running")
        taktd.kill()
        again = self.world.start_taktd().wait_ready()
        said = [line["message"] for line in again.lines()]
        self.assertLess(said.index("recovered"), said.index("config loaded"))
        again.wait_line("the store has been checked and is in good order")
        self.assertEqual(again.terminate(), 0)

    def test_a_provider_that_owes_a_stop_cannot_vanish(self):
        self.world.start_simcloud()
        job = perf_job("load", at(0.5), "60s")
        config = self.world.write_config([job])
        taktd = self.world.start_taktd().wait_ready()
        self.wait_state("load", "running")
        config.write_text(config.read_text().replace("127.0.0.1", "localhost"))
        taktd.send(signal.SIGHUP)
        taktd.wait_line("reload refused; the config in force stays")
        self.assertTrue(any("perf" in line.get("error", "") for line in taktd.lines("config")))

    def test_a_job_that_leaves_the_config_is_stopped(self):
        sim = self.world.start_simcloud()
        self.world.write_config([perf_job("load", at(0.5), "60s")])
        taktd = self.world.start_taktd().wait_ready()
        self.wait_state("load", "running")
        self.world.write_config([])
        taktd.send(signal.SIGHUP)
        self.assertEqual(self.wait_state("load", "stopped")["reason"], "removed")
        self.assertEqual([r["ended_by"] for r in sim.runs()], ["stop"])

    def test_a_second_daemon_on_one_store_is_refused(self):
        self.world.start_simcloud()
        self.world.write_config([])
        first = self.world.start_taktd().wait_ready()
        second = self.world.start_taktd()
        self.assertEqual(second.wait_exit(), 1)
        self.assertIn(str(self.world.store.path), second.lines("cannot open the store")[0]["cause"])
        self.assertNotIn("READY=1", second.notified())
        self.assertEqual(first.terminate(), 0)
        self.assertEqual(self.world.start_taktd().wait_ready().terminate(), 0)

    def test_sigterm_leaves_live_runs_says_so_and_the_next_start_stops_them(self):
        sim = self.world.start_simcloud()
        self.world.write_config([perf_job("load", at(0.5), "6s")])
        taktd = self.world.start_taktd().wait_ready()
        run = self.wait_state("load", "running")
        self.assertEqual(taktd.terminate(), 0)
        farewell = taktd.lines("stopped; runs are left to the next start")[0]
        self.assertEqual(int(farewell["owed_stops"]), 1)
        self.assertIn("T", farewell["next_stop_due"])
        self.assertEqual(sim.truth()["still_running"], 1)

        again = self.world.start_taktd().wait_ready()
        self.assertEqual(int(again.lines("recovered")[0]["obligations"]), 1)
        stopped = self.wait_state("load", "stopped")
        self.assertEqual(stopped["id"], run["id"])
        self.assertEqual(sim.truth()["still_running"], 0)
        self.assertEqual(len(sim.requests("start")), 1)
        self.assertEqual(again.terminate(), 0)

    def test_sigkill_leaves_nothing_running_after_a_restart(self):
        sim = self.world.start_simcloud()
        self.world.write_config([perf_job("load", at(0.5), "3s"), chaos_job("drill", at(0.5), "3s")])
        taktd = self.world.start_taktd().wait_ready()
        self.wait_state("load", "running")
        self.wait_state("drill", "running")
        taktd.kill()
        again = self.world.start_taktd().wait_ready()
        recovered = again.lines("recovered")[0]  # said before READY
        self.assertEqual(int(recovered["obligations"]), 2)
        self.assertGreaterEqual(int(recovered["elapsed_ms"]), 0)
        self.wait_state("load", "stopped")
        self.wait_state("drill", "stopped")
        self.assertEqual(sim.truth()["still_running"], 0)
        self.assertEqual(len(sim.requests("start")), 2)

    def test_a_broken_config_does_not_keep_owed_stops_from_going_out(self):
        sim = self.world.start_simcloud()
        config = self.world.write_config([perf_job("load", at(0.5), "4s")])
        taktd = self.world.start_taktd().wait_ready()
        self.wait_state("load", "running")
        good = config.read_text()
        taktd.kill()
        config.write_text(good.replace("jobs:", "jbos:"))
        again = self.world.start_taktd().wait_ready()
        self.assertEqual(len(again.lines("only owed stops are delivered until the config is corrected and reloaded")), 1)
        self.wait_state("load", "stopped")
        self.assertEqual(again.wait_exit(), 78)  # nothing is owed any more, and there is no config to live by
        self.assertEqual(sim.truth()["still_running"], 0)
        self.assertEqual(self.world.start_taktd().wait_exit(), 78)

    def test_a_mended_config_ends_the_stops_only_mode(self):
        sim = self.world.start_simcloud()
        load = perf_job("load", at(0.5), "60s")
        config = self.world.write_config([load])
        taktd = self.world.start_taktd().wait_ready()
        self.wait_state("load", "running")
        good = config.read_text()
        taktd.kill()
        config.write_text(good + "nonsense: true\n")
        again = self.world.start_taktd().wait_ready()
        self.world.write_config([load, chaos_job("drill", at(0.5), "2s")])
        again.send(signal.SIGHUP)
        self.wait_state("drill", "stopped")
        self.assertEqual(again.terminate(), 0)
        self.assertEqual(sim.truth()["still_running"], 1)

    def test_stop_all_on_exit_stops_first(self):
        sim = self.world.start_simcloud()
        self.world.write_config([perf_job("load", at(0.5), "60s"), chaos_job("drill", at(0.5), "60s")])
        taktd = self.world.start_taktd(arguments=["--stop-all-on-exit"]).wait_ready()
        self.wait_state("load", "running")
        self.wait_state("drill", "running")
        self.assertEqual(taktd.terminate(), 0)
        self.assertEqual(sim.truth()["still_running"], 0)
        self.assertEqual(self.world.store.open_obligations(), [])
        self.assertTrue(any(n.startswith("EXTEND_TIMEOUT_USEC=") for n in taktd.notified()))

    def test_a_second_sigterm_ends_the_wait(self):
        sim = self.world.start_simcloud(faults=["perf:stop:status=503"])
        self.world.write_config([perf_job("load", at(0.5), "60s")])
        taktd = self.world.start_taktd(arguments=["--stop-all-on-exit"]).wait_ready()
        self.wait_state("load", "running")
        taktd.send(signal.SIGTERM)
        wait_for(lambda: sim.requests("stop"), "a stop is tried")
        self.assertTrue(taktd.is_running())
        self.assertEqual(taktd.terminate(), 0)
        self.assertEqual(len(self.world.store.open_obligations()), 1)
        self.assertTrue(taktd.lines("stopped; runs are left to the next start"))

    def test_a_clock_that_steps_is_noticed(self):
        offset = self.world.folder / "offset"
        offset.write_text("0")
        sim = self.world.start_simcloud()
        due = time.time_ns() + 3600 * 10**9
        self.world.write_config([perf_job("load", f'{{at: "{rfc3339(due)}"}}', "8s", more="start_grace: 60s")], perf="baseline: false")
        taktd = self.world.start_taktd(env={"TAKTD_TEST_WALL_OFFSET_FILE": str(offset)}).wait_ready()
        self.assertEqual(self.world.store.runs("load"), [])
        offset.write_text(str(due + 10**7 - time.time_ns()))
        taktd.wait_line("the wall clock was set")
        run = self.wait_state("load", "running", "skipped")
        self.assertEqual(run["state"], "running")
        # Back again: what was started still ends when its window is over, for that is also known on the boot clock.
        offset.write_text("0")
        stopped = self.wait_state("load", "stopped")
        self.assertEqual(stopped["id"], run["id"])
        self.assertEqual(sim.truth()["still_running"], 0)
        self.assertEqual(sim.truth()["starts"], 1)  # the vendor refused a first one for the clock's sake

    def test_credentials_that_come_late_are_read_late(self):
        sim = self.world.start_simcloud()
        secret = self.world.folder / "secret"
        credentials = f'credentials: {{access_key: "${{env:TAKTD_TEST_KEY_ID}}", secret_key: "${{file:{secret}}}"}}'
        self.world.write_config([perf_job("load", at(1.5), "20s", more="start_grace: 60s")], perf=credentials)
        taktd = self.world.start_taktd().wait_ready()
        self.assertTrue(any(str(secret) in line["cause"] for line in taktd.lines()
                            if line["message"].startswith("cannot read credentials")))
        wait_for(lambda: "not_sent" in taktd.err(), "a call without credentials")
        secret.touch(0o600)
        secret.write_text(SECRET_KEY + "\n")
        self.wait_state("load", "running")
        self.assertEqual(len(sim.requests("start")), 1)
        self.assertNotIn(SECRET_KEY, taktd.err())


class CommandLineTest(TestCase):
    def run_taktd(self, *arguments):
        return subprocess.run([str(BIN / "taktd"), *map(str, arguments)], capture_output=True, text=True, timeout=hung())

    def test_usage(self):
        self.assertEqual(self.run_taktd("--no-such-option").returncode, 2)
        self.assertEqual(self.run_taktd("--log-level", "loud").returncode, 2)
        version = self.run_taktd("--version")
        self.assertEqual(version.returncode, 0)
        self.assertRegex(version.stdout, r"^taktd \d+\.\d+\.\d+\n$")
        self.assertEqual(self.run_taktd("--help").returncode, 0)

    def test_a_broken_config_is_refused_with_every_error(self):
        config = self.world.folder / "taktd.yaml"
        config.write_text("version: 1\nprovidres: {}\njobs:\n  a: {provider: nowhere, strat: manual}\n")
        refused = self.run_taktd("--config", config)
        self.assertEqual(refused.returncode, 78)
        self.assertIn("taktd.yaml:2:", refused.stderr)
        self.assertIn("taktd.yaml:4:", refused.stderr)
        self.assertFalse(self.world.store.path.exists())

    def test_a_config_that_is_a_pipe_is_refused(self):
        config = self.world.folder / "taktd.yaml"
        os.mkfifo(config)
        refused = self.run_taktd("--config", config)
        self.assertEqual(refused.returncode, 78)
        self.assertIn("cannot be read: Not a regular file but a pipe", refused.stderr)

    def test_a_missing_config_is_refused(self):
        refused = self.run_taktd("--config", self.world.folder / "nowhere.yaml")
        self.assertEqual(refused.returncode, 78)
        self.assertIn("nowhere.yaml", refused.stderr)

    def test_one_account_with_two_limits_is_refused(self):
        self.world.start_simcloud()
        config = self.world.write_config([])
        text = config.read_text()
        block = text[text.index("  perf:"):text.index("  chaos:")]
        # Another name for the same key: only reading it shows that it is one account.
        other = block.replace("  perf:", "  perf-too:").replace("50/s", "40/s").replace("KEY_ID", "SAME_KEY_ID")
        config.write_text(text.replace("  chaos:", other + "  chaos:"))
        taktd = self.world.start_taktd(env={"TAKTD_TEST_SAME_KEY_ID": ACCESS_KEY})
        self.assertEqual(taktd.wait_exit(), 78)
        self.assertIn("'perf' and 'perf-too' use one account", taktd.err())


def load_tests(_loader, tests, _pattern):
    return SideBySide(tests, workers=6)


if __name__ == "__main__":
    unittest.main(verbosity=2)
