# SPDX-License-Identifier: Apache-2.0
"""A Debian tree booted with systemd-nspawn, and commands run inside it as its root would. It has a network of its own with nothing
but loopback. What is asked of it is waited for with a limit that only a machine that hangs exceeds."""

import os
import pathlib
import shlex
import signal
import subprocess
import time

HUNG = 120.0
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", "TERM": "dumb",
               "DEBIAN_FRONTEND": "noninteractive"}
CGROUPS = [pathlib.Path("/sys/fs/cgroup") / name for name in ("", "systemd", "unified")]


class Failed(AssertionError):
    """A check of the machine did not hold; the text says which and how it was instead."""


class DoesNotBoot(Exception):
    """The tree does not come up here, before anything of taktd is in it."""


def wait_for(condition, what, seconds=HUNG, pause=0.1):
    """The first true value of condition(); fails with `what` when it does not come."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"did not happen within {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(pause)


def expect(condition, what):
    if not condition:
        raise Failed(what() if callable(what) else what)


class Machine:
    def __init__(self, tree, console):
        self.tree, self.console, self.leader = pathlib.Path(tree), pathlib.Path(console), None
        self.nspawn = None
        self.has_systemd = os.path.isdir("/run/systemd/system")
        self.cgroups = []

    def boot(self):
        command = ["systemd-nspawn", "--quiet", "--boot", "--directory", str(self.tree), "--register=no", "--private-network",
                   "--machine=taktd-booted", "--console=passive", "--link-journal=no", "--resolv-conf=off", "--timezone=off"]
        if not self.has_systemd:
            # Nobody here hands out cgroups: it boots in one of our own, beside others.
            command.append("--keep-unit")
            for root in CGROUPS:
                if (root / "cgroup.procs").exists():
                    own = root / f"taktd-booted-{os.getpid()}"
                    own.mkdir()
                    self.cgroups.append(own)

        def enter_cgroups():
            for own in self.cgroups:
                (own / "cgroup.procs").write_text("0")
        with open(self.console, "wb") as console:
            self.nspawn = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT,
                                           preexec_fn=enter_cgroups)
        try:
            wait_for(self._is_up, "systemd answers inside")
            # "degraded" will do: what a container lacks is not taktd's.
            self.run("systemctl is-system-running --wait", fails=None)
        except Failed as failed:
            raise DoesNotBoot(f"{failed}; its console said: {self.console.read_text(errors='replace')[-600:]}") from failed

    def _is_up(self):
        if self.nspawn.poll() is not None:
            raise Failed(f"systemd-nspawn ended with {self.nspawn.returncode}")
        children = pathlib.Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split()
        if not children:
            return False
        self.leader = int(children[0])
        return self.run("systemctl show --property=Version", fails=None).returncode == 0

    def run(self, command, fails=False, seconds=HUNG, stdin=None):
        """A line of shell as root. `fails`: that it succeeds (False) or fails (True) is expected; None: either will do."""
        inside = ["nsenter", "--target", str(self.leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd",
                  "/bin/sh", "-c", command]
        try:
            done = subprocess.run(inside, input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL, capture_output=True,
                                  text=True, errors="replace", env=ENVIRONMENT, timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise Failed(f"still at it after {seconds:g} s: {command}") from error
        if fails is not None and fails != (done.returncode != 0):
            raise Failed(f"`{command}` ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done

    def says(self, command, **more):
        """What it printed, without the end of its last line."""
        return self.run(command, **more).stdout.rstrip("\n")

    def show(self, unit, name):
        """A property of a unit."""
        return self.says(f"systemctl show --value --property={name} {unit}")

    def fetch(self, url, body=None):
        """A request from inside its network; the tree itself has no client."""
        command = ["nsenter", "--target", str(self.leader), "--net", "curl", "--silent", "--show-error", "--fail", "--max-time", "20"]
        command += ["--data-binary", body] if body is not None else []
        return subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout

    def write(self, path, text, mode=0o644):
        """A file of root's."""
        self.run(f"mkdir -p {shlex.quote(os.path.dirname(path))} && umask 077 && cat > {path}.new && chmod {mode:o} {path}.new && "
                 f"mv {path}.new {path}", stdin=text)

    def cursor(self):
        """The journal's end, for journal()."""
        return self.says("journalctl --sync; journalctl --lines=0 --show-cursor --quiet | sed -n 's/^-- cursor: //p'")

    def journal(self, since, options=""):
        self.run("journalctl --sync")
        after = f"--after-cursor={shlex.quote(since)}" if since else ""
        return self.says(f"journalctl --quiet --no-pager --output=short-precise {after} {options}")

    def power_off(self):
        if self.nspawn and self.nspawn.poll() is None:
            # systemd's own sign to go down; what hangs is killed.
            os.kill(self.leader or self.nspawn.pid, signal.SIGRTMIN + 4 if self.leader else signal.SIGKILL)
            try:
                self.nspawn.wait(30)
            except subprocess.TimeoutExpired:
                self.nspawn.kill()
                if self.leader:
                    os.kill(self.leader, signal.SIGKILL)
                self.nspawn.wait()
        for own in self.cgroups:
            for folder, _, _ in os.walk(own, topdown=False):
                wait_for(lambda folder=folder: not os.path.isdir(folder) or self._is_removed(folder), f"{folder} is empty", seconds=30)

    @staticmethod
    def _is_removed(folder):
        try:
            os.rmdir(folder)
            return True
        except OSError:
            return False
