# SPDX-License-Identifier: Apache-2.0
"""What an administrator of the booted machine does: a config with two accounts at simcloud, secrets, taktctl, systemctl. Each
check begins with anew(): no store, no drop-ins, a new simcloud, the units as the package has them."""

import json
import secrets
import shlex

from machine import Failed, expect, wait_for

PROJECT = "0123456789abcdef0123456789abcdef"
ADMIN = "http://127.0.0.1:8400/_simcloud/"
STORE = "/var/lib/taktd"
OVER = ("completed", "stopped", "failed", "skipped", "cancelled")

SIMCLOUD = """[Unit]
Description=stand-ins of two clouds
[Service]
ExecStart=/usr/bin/simcloud --admin 127.0.0.1:8400 \\
  --provider huawei-cpts,name=perf,listen=127.0.0.1:8401,rate=off,scope={project},access_key={perf_id},secret_key={perf_key} \\
  --provider tencent-cfg,name=chaos,listen=127.0.0.1:8402,rate=off,access_key={chaos_id},secret_key={chaos_key} \\
  --task perf:101..109 --task chaos:201..209
# The journal keeps the command line with each line of a service, and this one has the keys.
StandardOutput=null
StandardError=null
"""

CONFIG = """version: 1
time_zone: UTC
providers:
  perf:
    type: huawei-cpts
    endpoint: http://127.0.0.1:8401
    project_id: {project}
    credentials: {{access_key: "${{credential:perf-id}}", secret_key: "${{credential:perf-key}}"}}
    rate_limit: {{rate: 8/s, burst: 2}}
    poll_interval: 1s
    settle: 1s
    timeout: 5s
  chaos:
    type: tencent-cfg
    endpoint: http://127.0.0.1:8402
    credentials: {{secret_id: "${{credential:chaos-id}}", secret_key: "${{credential:chaos-key}}"}}
    rate_limit: {{rate: 8/s, burst: 2}}
    poll_interval: 1s
    settle: 1s
    timeout: 5s
jobs:
  load:
    provider: perf
    task: {{test_suite_id: 1, task_id: 101}}
    start: manual
    stop: {{after: 1h}}
  drill:
    provider: chaos
    task: {{task_id: 201}}
    start: manual
    stop: {{after: 1h, is_expect: true, summary: "{{job}} is over"}}
"""

EVERY_TEN_SECONDS = """  rounds:
    provider: perf
    task: {test_suite_id: 1, task_id: 105}
    start: "*/10 * * * * *"
    stop: {after: 4s}
"""


class Administrator:
    def __init__(self, machine):
        self.machine = machine
        self.keys = {name: secrets.token_hex(16) for name in ("perf-id", "perf-key", "chaos-id", "chaos-key")}
        self.config = CONFIG.format(project=PROJECT)

    def run(self, command, **more):
        return self.machine.run(command, **more)

    def stop_all_units(self):
        self.run("systemctl stop taktd-stops.timer taktd-stops.service taktd.service; systemctl unmask --quiet taktd taktd-stops.timer; "
                 "rm -rf /etc/systemd/system/taktd*.d /run/systemd/system/taktd*.d; systemctl daemon-reload; "
                 "systemctl reset-failed 'taktd*'; true")

    def anew(self, jobs="", start=True):
        """The accounts, their secrets, a config with two jobs that start by hand, and no past."""
        self.stop_all_units()
        self.run(f"umount {STORE} 2>/dev/null; rm -rf {STORE}/* /etc/taktd/credentials/*; install -d -m 700 /etc/taktd/credentials")
        names = {name.replace("-", "_"): key for name, key in self.keys.items()}
        self.machine.write("/etc/systemd/system/simcloud.service", SIMCLOUD.format(project=PROJECT, **names))
        self.run("systemctl daemon-reload && systemctl restart simcloud")
        wait_for(self.is_simcloud_up, "simcloud answers")
        for name, key in self.keys.items():
            self.machine.write(f"/etc/taktd/credentials/{name}", key, mode=0o400)
        self.configure(self.config + jobs)
        if start:
            self.start_units()

    def configure(self, text):
        self.machine.write("/etc/taktd/taktd.yaml", text)

    def drop_in(self, unit, text):
        self.machine.write(f"/etc/systemd/system/{unit}.d/test.conf", text)
        self.run("systemctl daemon-reload")

    def start_units(self):
        # It has notified when this comes back.
        self.run("systemctl start taktd.service taktd-stops.timer")

    def is_simcloud_up(self):
        return self.run("systemctl is-active --quiet simcloud", fails=None).returncode == 0 and self.answers()

    def answers(self):
        try:
            return bool(self.truth())
        except Exception:  # not there yet
            return False

    def truth(self):
        return json.loads(self.machine.fetch(ADMIN + "truth"))

    def add_fault(self, rule):
        self.machine.fetch(ADMIN + "faults", body=rule)

    def still_running(self):
        """How many tasks run at the vendors, by the vendors' own books."""
        return self.truth()["still_running"]

    def started(self, provider):
        return sum(len(p["runs"]) for p in self.truth()["providers"] if p["name"] == provider)

    def taktctl(self, arguments, user="root", **more):
        return self.run(f"runuser -u {user} -- taktctl {arguments}", **more)

    def json(self, arguments, user="root"):
        return json.loads(self.taktctl(arguments + " --output json", user).stdout)

    def runs(self, job=None):
        """From the daemon, or from the store of a dead one; newest first. A broken config does not say where they are."""
        arguments = "runs --output json" + (f" --job {job}" if job else "")
        done = self.taktctl(arguments, user="taktd", fails=None)
        if done.returncode != 0:
            done = self.taktctl(f"{arguments} --db {STORE}/taktd.db", user="taktd")
        return json.loads(done.stdout)["runs"]

    def start(self, job, lasts):
        """A run by hand; it is running when this comes back."""
        before = self.still_running()
        self.taktctl(f"start {job} --for {lasts} --reason test")
        wait_for(lambda: self.newest(job)["state"] == "running" and self.still_running() == before + 1,
                 lambda: f"{job} is running: {self.runs(job)}")

    def newest(self, job):
        runs = self.runs(job)
        return runs[0] if runs else {"state": None, "reason": None, "obligation": None}

    def wait_over(self, job, reason="schedule", left=0):
        """The job's newest run has ended so, and the vendors still run `left` other tasks."""
        run = wait_for(lambda: (r := self.newest(job))["state"] in OVER and r, lambda: f"{job} ends: {self.runs(job)}")
        expect((run["state"], run["reason"]) == ("stopped", reason), f"{job} was to be stopped ({reason}): {run}")
        expect(self.still_running() == left, f"by the vendors' books something else runs: {self.truth()}")

    def wait_over_at_vendor(self):
        wait_for(lambda: self.still_running() == 0, lambda: f"nothing runs at the vendors: {self.truth()}")

    def files_with(self, name, places):
        """The files that hold the secret of this name."""
        self.machine.write("/run/pattern", self.keys[name] + "\n", mode=0o600)
        return self.machine.says(f"grep -r -a -l -F -f /run/pattern {places} 2>/dev/null", fails=None).split()

    def main_pid(self):
        return int(self.machine.show("taktd", "MainPID"))

    def is_active(self, unit="taktd.service"):
        return self.machine.show(unit, "ActiveState") == "active"

    def wait_active(self):
        wait_for(self.is_active, lambda: f"taktd is active: {self.machine.says('systemctl status taktd', fails=None)}")

    def wait_said(self, since, words, options="--unit=taktd --unit=taktd-stops --unit=init.scope"):
        """The journal has a line with these words after that cursor."""
        return wait_for(lambda: [line for line in self.machine.journal(since, options).splitlines() if words in line],
                        lambda: f"the journal says '{words}'", pause=0.5)
