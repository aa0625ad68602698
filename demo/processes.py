# SPDX-License-Identifier: Apache-2.0
"""Child processes that do not outlive the demo: each leads a process group that is killed at the end, and the kernel kills
it should the demo itself be killed (PR_SET_PDEATHSIG)."""

import ctypes
import json
import os
import signal
import subprocess
import time
import urllib.request

_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_groups = set()


class Failure(Exception):
    """The demo cannot go on; the text says why."""


def spawn(arguments, log, env=None):
    """Starts a program in a group of its own; its output goes to the file `log`."""
    parent = os.getpid()

    def in_child():
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died in the meantime
            os._exit(1)

    with open(log, "ab") as out:
        child = subprocess.Popen([str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                 env={**os.environ, **(env or {})}, start_new_session=True, preexec_fn=in_child)
    _groups.add(child.pid)
    return child


def kill(child):
    """Ends a child and whatever it has started."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()
    _groups.discard(child.pid)


def kill_all():
    for group in list(_groups):
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            pass
        _groups.discard(group)


def wait_for(condition, what, seconds=10.0):
    """The first true value of condition()."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"did not happen within {seconds:g} s: {what}")
        time.sleep(0.02)


class Simcloud:
    """Both clouds' stand-ins; they live on while others are killed, so what they saw is the truth."""

    def __init__(self, bin_dir, folder, arguments):
        log = folder / "simcloud.log"
        self.child = spawn([bin_dir / "simcloud", *arguments], log)

        def ready():
            if self.child.poll() is not None:
                raise Failure("simcloud ended: " + log.read_text()[-500:])
            return "simcloud: ready" in log.read_text()

        wait_for(ready, "simcloud is ready")
        words = [line.split() for line in log.read_text().splitlines() if " on http" in line]
        self.urls = {w[1]: w[3] for w in words}

    def truth(self):
        with urllib.request.urlopen(self.urls["admin"] + "/_simcloud/truth", timeout=5) as answer:
            return json.load(answer)

    def close(self):
        kill(self.child)
