# SPDX-License-Identifier: Apache-2.0
"""The demo (script/demo): taktd on stand-ins of both clouds, killed three times at the worst moments, and the verdict. Begin
with windows.py for what runs, verdict.py for what must hold. Exit status: 0 it holds, 1 it does not, 2 usage, 130
interrupted."""

import argparse
import math
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import control
import processes
import screen
import windows
from processes import Failure
from screen import heading, paint, say
from verdict import STOP_BOUND, judge


class Demo:
    def __init__(self, bin_dir, folder, watched=False):
        self.bin, self.folder, self.watched = bin_dir, folder, watched
        self.config, self.db = folder / "taktd.yaml", folder / "taktd.db"
        self.failures = []
        self.killed_at = []
        self.starts_of_taktd = 0
        self.lost_start = ""

    def run(self):
        self.simcloud = processes.Simcloud(self.bin, self.folder, windows.simcloud_arguments())
        # taktd needs a moment to look at each task before its first start.
        self.T = math.ceil(time.time() + 2)
        self.clock = screen.Clock(self.T)
        self.transitions = screen.Transitions(self.db, self.clock)
        self.write_config()
        self.introduce()
        self.live()
        truth = self.simcloud.truth()
        self.show_store()
        self.give_verdict(truth)
        if self.watched:
            self.watch()
        self.simcloud.close()
        return not self.failures

    def write_config(self, http_port=None):
        for name, text in (("key.id", windows.ACCESS_KEY), ("key", windows.SECRET_KEY)):
            path = self.folder / name
            path.touch(mode=0o600)
            path.write_text(text)
        self.config.write_text(windows.config(self.T, self.folder, self.simcloud.urls, http_port))

    def introduce(self):
        heading("taktd: whatever it may have started, it stops")
        say("The clouds are stand-ins by taktd's authors: this shows what taktd does, not what the real vendors do.", "dim")
        say(f"Two clouds (simcloud, on loopback), {len(windows.JOBS)} jobs, three SIGKILLs. settle {windows.SETTLE} and "
            f"poll_interval {windows.POLL} are short for the demo;\nthe rate limits are taktd's defaults: at most "
            + " and ".join(f"{limit} requests in any second at {name}" for name, limit in windows.LIMITS.items()) + ".")
        for job in windows.JOBS:
            say(f"  {job.name:<14} {windows.TYPES[job.provider]:<12} {job.task:<5} {job.lasts:>4g} s  {job.story}", "dim")
        self.show(self.ctl("check", self.config), 0)

    # -- the thirty seconds in which it happens

    def live(self):
        heading("Live (seconds since the first start)")
        for kill in windows.KILLS:
            taktd = self.start_taktd(kill.point)
            self.follow_until(lambda: taktd.poll() is not None, self.T + kill.at + 4)
            if taktd.poll() is None:
                raise Failure(f"taktd did not come to {kill.point}")
            if taktd.returncode != -signal.SIGKILL:
                raise Failure(f"taktd ended by itself, with {taktd.returncode}: {self.log_path().read_text()[-1500:]}")
            processes.kill(taktd)
            self.killed_at.append(time.time())
            self.transitions.show_new()
            hit = self.transitions.in_flight(kill.action)
            if kill.action == "start":
                self.lost_start = hit.split(" and ")[0]  # in the end the second kill's, whose request had been sent
            story = kill.story.format(job=hit)
            self.clock.say(f"SIGKILL {len(self.killed_at)} of {len(windows.KILLS)} at {kill.point.split(':')[0]}: {story} ", "alarm")
            time.sleep(windows.DOWNTIME)
        taktd = self.start_taktd()
        self.show_status()
        self.follow_until(lambda: taktd.poll() is not None, self.T + windows.END)
        if taktd.poll() is not None:
            raise Failure(f"taktd ended with {taktd.returncode}: {self.log_path().read_text()[-1500:]}")
        # What is owed a stop may be late, never longer than the bound.
        self.follow_until(lambda: self.transitions.open_obligations() == 0, self.T + windows.END + STOP_BOUND)
        taktd.send_signal(signal.SIGTERM)
        self.follow_until(lambda: taktd.poll() is not None, time.time() + 10)
        if taktd.poll() != 0:
            self.failures.append(f"taktd did not end cleanly at SIGTERM: {taktd.returncode}")
        self.clock.say(f"SIGTERM: taktd ended with {taktd.returncode}", "bold")
        processes.kill(taktd)

    def start_taktd(self, crash_point=""):
        self.starts_of_taktd += 1
        log = self.log_path()
        taktd = processes.spawn([self.bin / "taktd", "--config", self.config], log, {"TAKTD_CRASH_AT": crash_point})

        def recovered():
            if taktd.poll() is not None:
                raise Failure(f"taktd ended with {taktd.returncode}: {log.read_text()[-1500:]}")
            return next((line for line in log.read_text().splitlines() if "recovered" in line and "obligations=" in line), None)

        line = processes.wait_for(recovered, "taktd says what it recovered")
        self.transitions.show_new()  # what it did while it recovered comes before the line that says so
        self.clock.say(f"taktd {'starts' if self.starts_of_taktd == 1 else 'is back'}: {line[line.index('recovered'):]}", "bold")
        return taktd

    def log_path(self):
        return self.folder / f"taktd-{self.starts_of_taktd}.log"

    def follow_until(self, condition, deadline):
        """Shows transitions until the condition holds or the deadline has passed."""
        while time.time() < deadline and not condition():
            self.transitions.show_new()
            time.sleep(0.05)
        self.transitions.show_new()

    def show_status(self):
        """What a living daemon says of itself, as soon as it is served."""
        command = [str(part) for part in self.ctl("status", "--config", self.config)]
        said = processes.wait_for(lambda: subprocess.run(command, capture_output=True, text=True, check=False).stdout, "taktctl status is answered")
        self.clock.say("taktctl status", "bold")
        say(said.rstrip(), "dim")

    # -- what is left of it

    def show_store(self):
        heading("taktctl runs --db taktd.db")
        self.show(self.ctl("runs", "--db", self.db), 0)
        job = self.lost_start or "network-drill"
        heading(f"taktctl show {job} --db taktd.db" + ("     (a start's answer was lost with the second kill)" if self.lost_start else ""))
        self.show(self.ctl("show", job, "--db", self.db), 0)
        heading("taktctl verify --db taktd.db")
        self.show(self.ctl("verify", "--db", self.db), 0)

    def ctl(self, *arguments):
        return [self.bin / "taktctl", *arguments]

    def show(self, command, expected):
        """Runs a command as its user would see it."""
        sys.stdout.flush()
        status = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, check=False).returncode
        if status != expected:
            self.failures.append(f"{command[0].name} {command[1]} ended with {status}")

    def give_verdict(self, truth):
        heading("Verdict, from the clouds' own books (simcloud's ground truth) alone")
        plan = windows.windows(self.T)
        verdict = judge(truth, plan, windows.LIMITS, self.killed_at[0])
        for w in verdict.missing:
            say(f"{w.job} at {w.start - self.T:+.0f} s was killed before its request left: given up, for a start happens at most once", "dim")
        for line in verdict.text(len(self.killed_at)):
            say(line, "red" if verdict.faults else "green")
        self.failures += verdict.faults
        for failure in self.failures:
            say(f"FAILED: {failure}", "alarm")
        if not self.failures:
            say(paint("It holds: whatever taktd may have started, it stopped.", "bold"))

    # -- and what goes on, for who asked to watch

    def watch(self):
        """taktd with its dashboard until Ctrl-C: the jobs by cron go on."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        heading("The dashboard")
        self.write_config(port)
        taktd = self.start_taktd()
        self.show_status()  # it is served a moment after it has recovered
        login = self.ctl("dashboard", "--config", self.config)
        self.show(login, 0)
        say("The code in it is good once, for a minute. Another address: " + " ".join(map(str, login)))
        say("Ctrl-C ends it.", "bold")
        try:
            while taktd.poll() is None:
                time.sleep(0.2)
            raise Failure(f"taktd ended with {taktd.returncode}: {self.log_path().read_text()[-1500:]}")
        except KeyboardInterrupt:
            taktd.send_signal(signal.SIGTERM)
            processes.wait_for(lambda: taktd.poll() is not None, "taktd ends at SIGTERM")


def interrupted(number, frame):
    raise KeyboardInterrupt


def main():
    arguments = argparse.ArgumentParser(prog="script/demo", description="taktd on stand-ins of both clouds, killed three times.")
    arguments.add_argument("--control", action="store_true", help="first let curl scripts do the same, and see what they leave running")
    arguments.add_argument("--keep", action="store_true", help="keep the config, store and logs also if all holds")
    arguments.add_argument("--watch", action="store_true", help="afterwards leave taktd with its dashboard running, until Ctrl-C")
    arguments.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("build/dev/bin"), help="where taktd, taktctl and simcloud are")
    options = arguments.parse_args()
    for program in ("taktd", "taktctl", "simcloud"):
        if not os.access(options.bin / program, os.X_OK):
            print(f"demo: there is no {options.bin / program}; script/demo builds it", file=sys.stderr)
            return 2

    folder = pathlib.Path(tempfile.mkdtemp(prefix="taktd-demo-"))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    keep, status = True, 1
    try:
        if options.control:
            control.run(options.bin.resolve(), folder / "control")
        status = 0 if Demo(options.bin.resolve(), folder, options.watch).run() else 1
        keep = options.keep or status != 0
    except KeyboardInterrupt:
        keep, status = options.keep, 130
        print("\ndemo: interrupted", file=sys.stderr)
    except Failure as failure:
        say(f"FAILED: {failure}", "alarm")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave the work half done
        processes.kill_all()
        if keep:
            print(f"demo: config, store and logs are kept in {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
