# SPDX-License-Identifier: Apache-2.0
"""When a story failed, was it for want of speed? The evidence is in what the daemon wrote down (a start that came too late, an
answer that nobody held back and that still missed its timeout, a stop that fell due before the run was up) and in the machine's
pulse: a thread that only sleeps and notes when it was woken late. Evidence is no verdict: the story is told again, slower."""

import collections
import os
import re
import threading
import time

# How many times slower than written a story is told, one after the other, while there is evidence. To see whether a story holds
# in slow motion at all: TAKTD_TEST_SLOWNESS=8.
SLOWNESS = tuple(int(times) for times in os.environ.get("TAKTD_TEST_SLOWNESS", "1,2,4,8").split(","))
BEAT, HELD_UP = 0.02, 0.3
SHORT_DELAY_MS = 1000  # no timeout of these tests is shorter


class TooSlow(Exception):
    """The machine was too slow for what a story takes for granted, so nothing can be said about the daemon."""


class Machine:
    """Its pulse, from the first time that somebody asks."""

    def __init__(self):
        self.late = collections.deque(maxlen=10_000)  # (when, seconds late)
        self.thread, self.lock = None, threading.Lock()

    def now(self):
        with self.lock:
            if self.thread is None:
                self.thread = threading.Thread(target=self._beat, daemon=True)
                self.thread.start()
        return time.monotonic()

    def _beat(self):
        never, before = threading.Event(), time.monotonic()
        while True:
            never.wait(BEAT)
            now = time.monotonic()
            if now - before - BEAT > BEAT:
                self.late.append((now, now - before - BEAT))
            before = now

    def held_up(self, since):
        """The longest that anybody was kept waiting for a processor since then, as far as this thread is anybody, in seconds."""
        return max((seconds for when, seconds in list(self.late) if when >= since), default=0.0)


MACHINE = Machine()


def evidence_of_slowness(world, error):
    """One sentence, or nothing."""
    if isinstance(error, TooSlow):
        return str(error)
    held_up = MACHINE.held_up(world.begun)
    if held_up >= HELD_UP:
        return f"the machine kept everybody waiting for {held_up:.1f} s"
    try:
        return None if world.is_lied_to else evidence_in_store(world)
    except Exception:  # a store that is broken on purpose, a simcloud that is gone: there is none
        return None


def evidence_in_store(world):
    store, sim = world.store, world.sim
    for run in store.runs():
        if run["state"] == "skipped" and run["reason"] in ("misfire", "window_too_short", "no_baseline"):
            return f"{run['job']} was skipped: {run['reason']}"
        for move in store.transitions(run["id"]):
            too_late = move["from_state"] in ("starting", "unconfirmed") and move["to_state"] == "stopping"
            if too_late and move["at_ns"] >= run["stop_due_ns"]:
                return f"the stop of {run['job']} fell due before the run was seen running"
    if sim is None or not sim.is_running():
        return None
    # Some faults hold answers back as well, but simcloud knows of those; a short delay alone makes no answer miss its timeout.
    delays = [int(found) for rule in sim.rules for found in re.findall(r"delay=(\d+)ms", rule)]
    is_short = all(delay < SHORT_DELAY_MS * world.slowness for delay in delays)
    holding_back = {"hang", "hang_before"} | (set() if is_short else {"delay"})
    faulty = sum(1 for request in sim.requests() if request["fault"] in holding_back)
    timeouts = store.query("SELECT count(*) AS n FROM calls WHERE vendor_message LIKE 'no answer from % within %'")
    if timeouts and timeouts[0]["n"] > faulty:
        return "an answer that nobody held back came after its timeout"
    return None
