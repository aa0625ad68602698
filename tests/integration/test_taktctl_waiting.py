# SPDX-License-Identifier: Apache-2.0
"""taktctl commands that stay: they end when the run does, through restarts of taktd, and never ask where nobody can answer."""

import json
import os
import pty
import select
import signal
import subprocess
import unittest

from harness import BIN, TestCase, at, chaos_job, hung, perf_job, put_file, wait_for
from test_control import manual
from test_taktctl_events import Follower


class TaktctlWaitingTest(TestCase):
    def config(self):
        return ("--config", str(self.world.folder / "taktd.yaml"))

    def start(self, *jobs):
        sim = self.world.start_simcloud()
        self.world.write_config(list(jobs))
        return sim, self.start_again()

    def start_again(self):
        taktd = self.world.start_taktd().wait_ready()
        self.world.wait_served()
        return taktd

    def stay(self, *arguments, name="stays"):
        return Follower(self.world.folder, *arguments, *self.config(), name=name)

    def taktctl(self, *arguments, expected=0):
        done = subprocess.run([f"{BIN}/taktctl", *arguments, *self.config()], text=True, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=hung(), check=False)
        self.assertEqual(done.returncode, expected, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def on_a_terminal(self, answer, *arguments):
        """Exit status and what the terminal showed; `answer` is typed when it asks."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(f"{BIN}/taktctl", ["taktctl", *arguments, *self.config()])
        shown, has_answered = b"", False
        while True:
            self.assertTrue(select.select([terminal], [], [], hung())[0], shown)
            try:
                part = os.read(terminal, 4096)
            except OSError:
                part = b""
            if not part:
                break
            shown += part
            if b"[y/N]" in shown and not has_answered:
                has_answered = True
                os.write(terminal, answer)
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()

    def test_a_start_is_waited_for_through_a_restart_of_taktd(self):
        _, taktd = self.start(manual(perf_job("load", at(3600), "5s")))
        with self.stay("start", "load", "--wait") as text:
            text.wait_out("running")
            with self.stay("show", "load", "--follow", name="show") as shown:
                shown.wait_out("obligation")
                taktd.kill()
                text.wait_err("waiting goes on")
                taktd = self.start_again()
                self.assertEqual(text.child.wait(hung()), 0, text.out() + text.err())
                self.assertEqual(shown.child.wait(hung()), 0, shown.out() + shown.err())
            self.assertRegex(text.out(), r"(?s)Run \w{8} of load is .*running -> stopping \(schedule\).*is stopped \(schedule\)\.")
            self.assertEqual(text.out().count("running -> stopping"), 1)
            self.assertEqual(shown.out().count("running -> stopping"), 1)
            self.assertRegex(shown.out(), r"stop #1: accepted")
        self.assertEqual(taktd.terminate(), 0)

    def test_an_interrupt_stops_the_run_and_with_leave_leaves_it(self):
        sim, taktd = self.start(manual(perf_job("load", at(3600), "1h")), manual(chaos_job("drill", at(3600), "1h")))
        with self.stay("start", "drill", "--wait", "--leave") as left:
            left.wait_out("running")
            self.assertEqual(left.end(signal.SIGINT), 130)
            self.assertIn("left to taktd", left.err())
        with self.stay("start", "load", "--wait", "--output", "json", name="stopped") as stopped:
            stopped.wait_out('"running"')
            self.assertEqual(stopped.end(signal.SIGINT), 1)
            lines = [json.loads(line) for line in stopped.out().splitlines()]
            self.assertEqual((lines[-1]["event"], lines[-1]["data"]["state"], lines[-1]["data"]["reason"]), ("end", "stopped", "operator"))
        self.assertEqual(self.world.store.run("drill")["state"], "running")
        self.assertEqual(len(sim.runs("perf")), 1)
        self.assertEqual(taktd.terminate(), 0)

    def test_a_stop_is_waited_for_and_shown_as_long_as_it_is_asked_for(self):
        sim, taktd = self.start(manual(perf_job("load", at(3600), "1h")))
        self.taktctl("start", "load")
        self.wait_state("load", "running")
        self.assertIn("left", self.taktctl("show", "load"))
        sim.add_fault("perf:stop:status=503")
        self.assertIn("still stopping", self.taktctl("stop", "load", "--wait", "--timeout", "2s", expected=1))
        wait_for(lambda: "stops asked" in self.taktctl("show", "load"), "the attempts are shown")
        run = json.loads(self.taktctl("show", "load", "--output", "json"))["run"]
        self.assertGreater(run["stop_attempts"], 0)
        self.assertIn("next_stop", run)
        with self.stay("stop", "load", "--wait") as waiting:
            waiting.wait_out("is stopping")
            sim.clear_faults()
            self.assertEqual(waiting.child.wait(hung()), 0, waiting.err())
            self.assertRegex(waiting.out(), r"Run \w{8} of load is stopped \(operator\)\.\n$")
        self.taktctl("stop", "load", "--wait")  # what has ended is no error
        self.assertEqual(taktd.terminate(), 0)

    def test_what_is_said_of_a_drill_with_its_stop_outlives_the_daemon(self):
        sim, taktd = self.start(manual(chaos_job("drill", at(3600), "1h")))
        self.taktctl("start", "drill")
        run = self.wait_state("drill", "running")["id"]
        sim.add_fault("chaos:stop:status=503")
        self.taktctl("stop", "drill", "--reason", "enough", "--not-expected", "--summary", "cut short")
        wait_for(lambda: self.world.store.calls(run, "stop"), "a stop is asked for")
        taktd.kill()
        sim.clear_faults()
        taktd = self.start_again()
        self.wait_state("drill", "stopped")
        bodies = [json.loads(call["request_body"]) for call in self.world.store.calls(run, "stop")]
        self.assertEqual({(body["IsExpect"], body["Summary"]) for body in bodies}, {(False, "cut short")})
        self.assertIn("excludes", self.taktctl("stop", "drill", "--expected", "--not-expected", expected=2))
        self.assertEqual(taktd.terminate(), 0)

    def test_a_daemon_that_stays_away_is_told_by_the_exit_status(self):
        _, taktd = self.start(manual(perf_job("load", at(3600), "1h")))
        with self.stay("start", "load", "--wait", "--timeout", "6s") as waiting:
            waiting.wait_out("running")
            taktd.kill()
            self.assertEqual(waiting.child.wait(hung()), 3, waiting.err())
        taktd = self.start_again()
        self.assertEqual(taktd.terminate(), 0)

    def test_what_stops_many_asks_on_a_terminal_and_nowhere_else(self):
        _, taktd = self.start(manual(perf_job("load", at(3600), "1h")))
        self.taktctl("start", "load")
        self.wait_state("load", "running")
        self.assertIn("give --yes", self.taktctl("stop", "--all", "--reason", "enough", expected=2))
        code, shown = self.on_a_terminal(b"n\n", "stop", "--all", "--reason", "enough")
        self.assertEqual(code, 1, shown)
        self.assertRegex(shown, r"(?s)load.*Stop them\? \[y/N\].*nothing is stopped")
        self.assertIn("load", self.taktctl("stop", "--provider", "perf", "--reason", "enough", expected=2))
        self.assertEqual(self.taktctl("stop", "--label", "team=search", "--reason", "enough"), "Nothing runs there.\n")
        self.assertRegex(self.taktctl("hold", "--stop", "--reason", "enough", expected=2), r"(?s)RUN.*load.*running.*give --yes")
        code, shown = self.on_a_terminal(b"\x04", "hold", "--stop", "--reason", "enough")
        self.assertEqual(code, 1, shown)
        self.assertRegex(shown, r"(?s)These are stopped now:.*load.*Go on\? \[y/N\].*nothing is held or stopped")
        self.assertEqual(self.taktctl("holds"), "No hold is engaged.\n")
        self.assertEqual(self.world.store.run("load")["state"], "running")
        code, shown = self.on_a_terminal(b"n\n", "hold", "--stop", "--provider", "chaos", "--reason", "enough")
        self.assertRegex(shown, r"(?s)Nothing runs there now\..*Go on\?")
        code, shown = self.on_a_terminal(b"y\n", "hold", "--stop", "--reason", "enough")
        self.assertEqual(code, 0, shown)
        self.wait_state("load", "stopped")
        self.assertEqual(taktd.terminate(), 0)

    def test_a_picture_is_drawn_anew_until_it_is_interrupted(self):
        _, taktd = self.start(manual(perf_job("load", at(3600), "1h")))
        with self.stay("status", "--watch") as status, self.stay("runs", "--watch", "--output", "json", name="runs") as runs:
            status.wait_out("Nothing runs.")
            self.taktctl("start", "load")
            status.wait_out("LIVE")
            runs.wait_out('"running"')
            self.assertNotIn("\x1b", status.out())
            documents = [json.loads(line) for line in runs.out().splitlines()]
            self.assertEqual(len(documents), len({json.dumps(each) for each in documents}))
            self.assertEqual(status.end(signal.SIGINT), 130)
            self.assertEqual(runs.end(signal.SIGTERM), 143)
        self.assertEqual(taktd.terminate(), 0)

    def test_a_check_says_what_is_wrong_and_nothing_else(self):
        sim, taktd = self.start(manual(perf_job("load", at(3600), "1s")))
        self.assertEqual(self.taktctl("status", "--check"), "")
        self.assertEqual(json.loads(self.taktctl("status", "--check", "--output", "json")), {"wrong": []})
        config = self.world.folder / "taktd.yaml"
        good = config.read_text()
        put_file(config, good + "  other: {provider: nobody}\n")
        taktd.send(signal.SIGHUP)
        self.assertRegex(self.wait_wrong(), r"^the last reload was refused \(\d+ errors?\): taktctl check\n$")
        self.assertIn("the last reload was refused", self.taktctl("status"))
        put_file(config, good)
        taktd.reload()
        self.assertEqual(self.taktctl("status", "--check"), "")
        sim.add_fault("perf:any:status=401")
        self.taktctl("start", "load")
        self.assertIn("refuses our key", self.wait_wrong())
        self.assertEqual(taktd.terminate(), 0)
        self.assertIn("nobody answers", self.taktctl("status", "--check", expected=3))

    def wait_wrong(self):
        """What a check says, once it says anything."""
        def wrong():
            done = subprocess.run([f"{BIN}/taktctl", "status", "--check", *self.config()], stdin=subprocess.DEVNULL, text=True,
                                  capture_output=True, timeout=hung(), check=False)
            return done.stdout if done.returncode == 1 else None
        return wait_for(wrong, "something is wrong")


if __name__ == "__main__":
    unittest.main()
