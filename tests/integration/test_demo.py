# SPDX-License-Identifier: Apache-2.0
"""The demo is a promise in public: it holds, its verdict can also say no, and nothing it starts outlives it."""

import os
import pathlib
import pty
import re
import signal
import subprocess
import sys
import tempfile
import unittest
import uuid

from harness import BIN, wait_for
from slowness import HELD_UP, MACHINE

DEMO = pathlib.Path(__file__).resolve().parents[2] / "demo"
sys.path.insert(0, str(DEMO))

from verdict import judge  # noqa: E402
from windows import KILLS, LIMITS, Window, windows  # noqa: E402

S = 1_000_000_000


class VerdictTest(unittest.TestCase):
    """Truths made up by hand, each with one thing wrong."""

    WINDOWS = [Window("a", "huawei", 1, 100, 105), Window("a", "huawei", 1, 110, 115), Window("b", "tencent", 2, 101, 104)]
    GOOD = [("huawei", 1, 100.2, 105.4, "stop"), ("huawei", 1, 110, 112, "itself"), ("tencent", 2, 101, 104.1, "stop")]

    def judge(self, runs, killed_at=0.0, doubled=0, refused=0, peak=4):
        truth = {"now_ns": 120 * S, "starts": len(runs), "doubled": doubled, "starts_while_running": refused, "providers": [
            {"name": name, "peak_per_second": peak, "runs": [
                {"task_id": str(task), "started_ns": int(start * S), "ended_ns": end and int(end * S), "ended_by": by}
                for provider, task, start, end, by in runs if provider == name]} for name in LIMITS]}
        return judge(truth, self.WINDOWS, LIMITS, killed_at)

    def test_it_holds(self):
        verdict = self.judge(self.GOOD)
        self.assertEqual(verdict.faults, [])
        self.assertEqual((verdict.due, verdict.latest_job), (3, "a"))
        self.assertAlmostEqual(verdict.latest_stop, 0.4)
        self.assertIn("killed 3x; 3 starts due: 3 took effect, 0 given up, 0 doubled, 0 running", verdict.text(3))

    def test_it_does_not(self):
        a, again, b = self.GOOD
        for fault, arguments in {
            "1 starts are doubled": {"runs": [*self.GOOD, ("tencent", 2, 102, 104, "stop")]},
            "2 starts are doubled": {"runs": self.GOOD, "doubled": 1, "refused": 1},
            "1 runs began outside their windows": {"runs": [*self.GOOD, ("tencent", 2, 90, 91, "stop")]},
            "windows that saw no start: b": {"runs": [a, again]},
            "windows that saw no start: a, b": {"runs": [a], "killed_at": 110.1},
            "still running: b": {"runs": [a, again, ("tencent", 2, 101, None, "")]},
            "b was stopped 3.1 s late, 3 s are allowed": {"runs": [a, again, ("tencent", 2, 101, 107.1, "stop")]},
            "huawei got 6 requests within 1 s, 5 are allowed": {"runs": self.GOOD, "peak": 6},
        }.items():
            with self.subTest(fault):
                self.assertEqual(self.judge(**arguments).faults, [fault])

    def test_a_start_killed_before_its_request_may_be_missing(self):
        verdict = self.judge(self.GOOD[:1] + self.GOOD[2:], killed_at=110.1)
        self.assertEqual((verdict.faults, [w.start for w in verdict.missing]), ([], [110]))


class ReadmeTest(unittest.TestCase):
    README = (DEMO.parent / "README.md").read_text()

    def test_its_configs_are_right(self):
        job, config = re.findall(r"```yaml\n(.*?)```", self.README, re.S)
        for text in (config, config[:config.index("jobs:")] + job):
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write(text)
                file.flush()
                check = subprocess.run([BIN / "taktctl", "check", "--strict", file.name], capture_output=True, text=True, check=False)
            self.assertEqual(check.returncode, 0, check.stdout + check.stderr)

    def test_it_shows_the_demo_of_today(self):
        verdict = VerdictTest().judge(VerdictTest.GOOD)
        verdict.due, verdict.missing = len(windows(0)), windows(0)[:1]  # one is killed before its request
        self.assertIn(verdict.text(len(KILLS))[0], self.README)


class DemoTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="taktd-test-")
        self.addCleanup(self.folder.cleanup)
        self.mark = f"TAKTD_DEMO_TEST={uuid.uuid4()}"
        self.output = pathlib.Path(self.folder.name) / "output"

    def start(self, *arguments):
        (pathlib.Path(self.folder.name) / "tmp").mkdir(exist_ok=True)
        name, value = self.mark.split("=")
        environment = {**os.environ, "TMPDIR": self.folder.name + "/tmp", name: value}
        with open(self.output, "wb") as out:
            demo = subprocess.Popen([sys.executable, DEMO / "demo.py", "--bin", BIN, *arguments], stdin=subprocess.DEVNULL,
                                    stdout=out, stderr=out, env=environment)
        self.addCleanup(self.kill, demo)
        return demo

    def kill(self, demo):
        if demo.poll() is None:
            demo.kill()
        demo.wait()

    def said(self):
        return self.output.read_text(errors="replace")

    def wait_said(self, text, demo):
        wait_for(lambda: text in self.said() or demo.poll() is not None, lambda: f"'{text}' in:\n{self.said()}")
        self.assertIn(text, self.said())

    def alive(self):
        """Processes that the demo or its children started, however deep: they inherit the mark."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (path / "environ").read_bytes().split(b"\0"):
                    found.append((path.name, (path / "cmdline").read_bytes()))
            except OSError:
                pass
        return found

    def kept(self):
        return list((pathlib.Path(self.folder.name) / "tmp").iterdir())

    def test_it_holds_where_scripts_do_not(self):
        # It plays in half a minute of real time, which is its point: on a machine that stands still meanwhile it says no, and rightly.
        for left in (2, 1, 0):
            begun = MACHINE.now()
            demo = self.start("--control")
            wait_for(lambda: demo.poll() is not None, lambda: f"the demo ends:\n{self.said()}")
            text = self.said()
            if demo.returncode == 0 or left == 0 or MACHINE.held_up(begun) < HELD_UP:
                break
            print(f"the machine kept everybody waiting for {MACHINE.held_up(begun):.1f} s; once more, as it failed:\n{text}", flush=True)
        self.assertEqual(demo.returncode, 0, text)
        self.assertRegex(text, r"(?m)^killed 3x; 14 starts due: 1[34] took effect, [01] given up, 0 doubled, 0 running$")
        self.assertRegex(text, r"(?m)^control: .* is still running, \d+ s past its stop")
        self.assertNotIn("\x1b", text, "no colours where there is no terminal")
        self.assertEqual((self.alive(), self.kept()), ([], []))

    def test_interrupted_it_leaves_nothing(self):
        for arguments, sign in (((), "taktd starts"), (("--control",), "cart-load")):
            with self.subTest(sign):
                self.setUp()
                demo = self.start(*arguments)
                self.wait_said(sign, demo)
                self.assertGreater(len(self.alive()), 2)
                demo.send_signal(signal.SIGINT)
                wait_for(lambda: demo.poll() is not None, lambda: f"the demo ends:\n{self.said()}")
                self.assertEqual(demo.returncode, 130, self.said())
                wait_for(lambda: not self.alive(), lambda: f"nothing is left: {self.alive()}")
                self.assertEqual(self.kept(), [])

    def test_killed_it_takes_its_children_along(self):
        demo = self.start()
        self.wait_said("taktd starts", demo)
        demo.kill()
        demo.wait()
        wait_for(lambda: not self.alive(), lambda: f"nothing is left: {self.alive()}")

    def test_colours_are_for_terminals(self):
        for environment, expected in (({}, b"\x1b[31mtext\x1b[0m"), ({"NO_COLOR": "1"}, b"text"), ({"TERM": "dumb"}, b"text")):
            with self.subTest(environment):
                ours, theirs = pty.openpty()
                subprocess.run([sys.executable, "-c", "import screen; screen.say('text', 'red')"], cwd=DEMO, check=True, stdout=theirs,
                               env={k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | environment)
                self.assertEqual(os.read(ours, 100).strip(), expected)
                os.close(ours)
                os.close(theirs)


if __name__ == "__main__":
    unittest.main(verbosity=2)
