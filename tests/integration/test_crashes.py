# SPDX-License-Identifier: Apache-2.0
"""The daemon is killed at each named point, during its recovery, and at random instants of a dense schedule; then it comes
back. Nothing starts twice, nothing runs on past its stop, and the store's story has no hole."""

import functools
import os
import random
import signal
import unittest
from typing import NamedTuple

import torture
from ground_truth import check_everything, check_stopped, expect, expect_equal
from harness import PATIENCE, TooSlow, at, chaos_job, perf_job, run_cases, wait_for, wait_state

BURST, RATE = 10, 50
PROVIDER = f"timeout: 2s\npoll_interval: 300ms\nsettle: 600ms\nrate_limit: {{rate: {RATE}/s, burst: {BURST}}}"
POLICY = "start_grace: 60s\nmin_window: 100ms"
LEAD, WINDOW = 0.5 * PATIENCE, 4.0 * PATIENCE  # a window holds two restarts
KILLS = 20

NORMAL = "due starting running stopping stopped"
UNCERTAIN = "due starting unconfirmed running stopping stopped"


class Story(NamedTuple):
    """What is expected of the one run that the crash hits; `stops` are the outcomes of its stop calls, None for any."""

    states: str
    reasons: tuple = ("schedule",)
    starts: tuple = ("accepted",)
    stops: tuple = ("accepted",)
    effects: int = 1
    recovered: int = 1  # obligations that the next life finds


# After a stop whose answer was lost, the next life may see the task stopped before or after it has said so again.
STOP_LOST = Story(NORMAL, ("schedule", "remote"), stops=None)
NOT_SENT = Story("due starting unconfirmed failed", ("start_unconfirmed",), ("uncertain",), (), effects=0)
CRASHES = {
    "due_committed": NOT_SENT,  # its baseline is there, so it is due and admitted in one commit
    "intent_committed": NOT_SENT,
    "start_sent": Story(UNCERTAIN, starts=("uncertain",)),
    "start_answered": Story(UNCERTAIN, starts=("uncertain",)),
    "outcome_committed": Story(NORMAL),
    "stop_intent_committed": Story(NORMAL, stops=("uncertain", "accepted")),
    "stop_sent": STOP_LOST,
    "stop_answered": STOP_LOST,
    "discharged": Story(NORMAL, recovered=0),
}
OVER = ("completed", "stopped", "failed", "skipped", "cancelled")


def begin(world, provider):
    world.start_simcloud()
    make_job = perf_job if provider == "perf" else chaos_job
    job = make_job("job", at(LEAD), f"{int(WINDOW * 1000)}ms", more=POLICY)
    world.write_config([job], perf=PROVIDER, chaos=PROVIDER)


def live_until_crash(world, point):
    taktd = world.start_taktd(env={"TAKTD_CRASH_AT": point})

    def is_over():
        return not taktd.is_running() or (world.store.run("job") or {}).get("state") in OVER
    wait_for(is_over, f"taktd crashes at {point}")
    # A restart that took longer than the window leaves no way past some points.
    if taktd.is_running() and point != "discharged":
        raise TooSlow(f"the run was over before it came to {point}")
    expect_equal(taktd.wait_exit(), -signal.SIGKILL, f"end of the life that is to crash at {point}\n{taktd.err()[-2000:]}")
    return taktd


def finish(world, taktd):
    run = wait_state(world, "job", *OVER)
    expect_equal(taktd.terminate(), 0, "exit code of the last life")
    check_everything(world, BURST, RATE)
    return run


def check_story(world, provider, run, story):
    expect_equal(" ".join(world.store.states(run["id"])), story.states, "states")
    expect(run["reason"] in story.reasons, f"reason {run['reason']}, expected {story.reasons}")
    for action, outcomes in (("start", story.starts), ("stop", story.stops)):
        seen = tuple(c["outcome"] for c in world.store.calls(run["id"], action))
        expect(outcomes is None or seen == outcomes, f"{action} calls {seen}, expected {outcomes}")
    expect_equal(len(world.sim.runs(provider)), story.effects, "starts that took effect")
    for vendor_run in world.sim.runs(provider):
        check_stopped(run, vendor_run)


def crash_once(world, provider, point, story):
    begin(world, provider)
    live_until_crash(world, point)
    taktd = world.start_taktd().wait_ready()
    expect_equal(int(taktd.lines("recovered")[0]["obligations"]), story.recovered, "obligations recovered")
    run = finish(world, taktd)
    check_story(world, provider, run, story)


def crash_before_admission(world, provider):
    """Due, but not admitted for want of a baseline: the next life may still start it, within its grace."""
    begin(world, provider)
    live_until_due(world, provider)
    taktd = world.start_taktd().wait_ready()
    expect_equal(int(taktd.lines("recovered")[0]["obligations"]), 0, "obligations recovered")
    run = finish(world, taktd)
    check_story(world, provider, run, Story(NORMAL))


def live_until_due(world, provider):
    world.sim.add_fault(f"{provider}:query:status=503")
    live_until_crash(world, "due_committed")
    expect_equal(world.store.run("job")["state"], "due", "state after the crash")
    world.sim.clear_faults()


def crash_in_recovery(world, provider, times):
    """However often recovery is cut short, the next one finds the same and does the same."""
    begin(world, provider)
    first = world.start_taktd().wait_ready()
    wait_state(world, "job", "running")
    first.kill()
    for _ in range(times):
        live_until_crash(world, "recovery_half_done")
    taktd = world.start_taktd().wait_ready()
    expect_equal(int(taktd.lines("recovered")[0]["obligations"]), 1, "obligations recovered")
    run = finish(world, taktd)
    check_story(world, provider, run, Story(NORMAL))


def crash_at_every_step(world, provider):
    """One run whose every life is cut at the next point."""
    begin(world, provider)
    live_until_due(world, provider)
    for point in ("start_sent", "recovery_half_done", "stop_intent_committed", "stop_sent", "stop_answered"):
        live_until_crash(world, point)
        if point == "start_sent":
            wait_for(lambda: world.sim.runs(provider), "the start that was sent takes effect")
    taktd = world.start_taktd().wait_ready()
    run = finish(world, taktd)
    check_story(world, provider, run, Story(UNCERTAIN, ("schedule", "remote"), ("uncertain",), None))


def killed_at_random(world, seed):
    """Eight jobs that start and stop all the time, and twenty lives of random length; with faults: test_torture.py."""
    figures = torture.Round(world, seed, KILLS, with_faults=False).run()
    print(f"seed {seed}: {figures.text()}", flush=True)


def all_cases(seed):
    cases = {f"killed at {KILLS} random instants, seed {seed}": functools.partial(killed_at_random, seed=seed)}
    for provider in ("perf", "chaos"):
        for point, story in CRASHES.items():
            cases[f"{provider} {point}"] = functools.partial(crash_once, provider=provider, point=point, story=story)
        for times in (1, 2):
            cases[f"{provider} recovery_half_done {times}x"] = functools.partial(crash_in_recovery, provider=provider, times=times)
        cases[f"{provider} due_committed, not admitted"] = functools.partial(crash_before_admission, provider=provider)
        cases[f"{provider} at every step"] = functools.partial(crash_at_every_step, provider=provider)
    return cases


class CrashesTest(unittest.TestCase):
    def test_killed_and_restarted(self):
        seed = int(os.environ.get("TAKTD_TEST_SEED", random.SystemRandom().randrange(1_000_000)))
        run_cases(self, all_cases(seed))

    def test_a_crash_point_that_does_not_exist_is_refused(self):
        env = {**os.environ, "TAKTD_CRASH_AT": "nowhere"}
        # It is read at the first passage, which every daemon makes when it recovers.
        def misspelt(world):
            world.start_simcloud()
            world.write_config([], perf=PROVIDER, chaos=PROVIDER)
            taktd = world.start_taktd(env=env)
            expect(taktd.wait_exit() != 0, "exit code")
            expect("nowhere" in taktd.err(), taktd.err())
        run_cases(self, {"misspelt": misspelt})


if __name__ == "__main__":
    unittest.main(verbosity=2)
