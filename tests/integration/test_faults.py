# SPDX-License-Identifier: Apache-2.0
"""Each fault of simcloud on start, stop and query of both providers: what taktd then did, against what happened. No fault
makes a start take effect twice; whatever may have started is stopped in time; the store tells exactly what the vendor saw."""

import functools
import unittest
from typing import NamedTuple

from ground_truth import S, check_calls_are_the_requests, check_everything, check_stopped, expect, expect_equal
from harness import PATIENCE, at, chaos_job, perf_job, run_cases, wait_for, wait_state

BURST, RATE = 5, 20
# The stories count a run's own queries: the look for foreign runs at the daemon's start would take the fault meant for one.
PROVIDER = f"foreign: ignore\ntimeout: 1s\npoll_interval: 300ms\nsettle: 600ms\nrate_limit: {{rate: {RATE}/s, burst: {BURST}}}"
POLICY = "start_grace: 60s\nmin_window: 100ms\nretry: {attempts: 5, initial: 200ms, max: 1s}"
LEAD, WINDOW = 0.5 * PATIENCE, 2.5 * PATIENCE

NORMAL = "due starting running stopping stopped"
REFUSED_ONCE = "due starting due starting running stopping stopped"
UNCERTAIN = "due starting unconfirmed running stopping stopped"
NO_EFFECT = "due starting unconfirmed failed"


class Story(NamedTuple):
    """What is expected of the one run of a case."""

    states: str
    reason: str = "schedule"
    starts: tuple = ("accepted",)
    stops: tuple = ("accepted",)
    effects: int = 1  # runs at the vendor
    or_reason: str = ""  # another one that is as good


# Each fault hits the first start alone.
START = {
    "delay=300ms": Story(NORMAL),
    "delay=1500ms": Story(UNCERTAIN, starts=("uncertain",)),
    "drop_before": Story(NO_EFFECT, "start_unconfirmed", ("uncertain",), (), 0),
    "drop_after": Story(UNCERTAIN, starts=("uncertain",)),
    "throttle": Story(REFUSED_ONCE, starts=("throttled", "accepted")),
    "status=503": Story(NO_EFFECT, "start_unconfirmed", ("uncertain",), (), 0),
    "status_after=500": Story(UNCERTAIN, starts=("uncertain",)),
    "status_after=501": Story(UNCERTAIN, starts=("uncertain",)),
    "garbage": Story(UNCERTAIN, starts=("uncertain",)),
    "half": Story(UNCERTAIN, starts=("uncertain",)),
    "hang_before": Story(NO_EFFECT, "start_unconfirmed", ("uncertain",), (), 0),
    "hang": Story(UNCERTAIN, starts=("uncertain",)),
}
# A stop that took effect without saying so: the next look shows a task that somebody has stopped.
SEEN_STOPPED = Story(NORMAL, "remote", stops=("uncertain",))
SENT_AGAIN = Story(NORMAL, stops=("uncertain", "accepted"))
STOP = {
    # A look that is on its way meanwhile may show the end before the answer tells of it.
    "delay=300ms": Story(NORMAL, or_reason="remote"),
    "delay=1500ms": SEEN_STOPPED,
    "drop_before": SENT_AGAIN,
    "drop_after": SEEN_STOPPED,
    "throttle": Story(NORMAL, stops=("throttled", "accepted")),
    "status=503": SENT_AGAIN,
    "status_after=500": SEEN_STOPPED,
    "garbage": SEEN_STOPPED,
    "half": SEEN_STOPPED,
    "hang_before": SENT_AGAIN,
    "hang": SEEN_STOPPED,
}
QUERY = ["delay=300ms", "delay=1500ms", "drop_before", "drop_after", "throttle", "status=503", "garbage", "half", "hang"]


def begin(world, provider, faults, window=WINDOW):
    """A world with one job of the provider, about to start."""
    world.start_simcloud(faults=[f"{provider}:{fault}" for fault in faults])
    make_job = perf_job if provider == "perf" else chaos_job
    after = f"{int(window * 1000)}ms"
    world.write_config([make_job("job", at(LEAD), after, more=POLICY)], perf=PROVIDER, chaos=PROVIDER)
    return world.start_taktd().wait_ready()


def finish(world, taktd):
    """The run once it is over, with the daemon gone; whatever must always hold has been checked."""
    run = wait_state(world, "job", "completed", "stopped", "failed", "skipped", "cancelled")
    expect_equal(taktd.terminate(), 0, "exit code of taktd")
    check_everything(world, BURST, RATE)
    return run


def check_story(world, provider, run, story):
    expect_equal(" ".join(world.store.states(run["id"])), story.states, "states")
    reasons = {story.reason, story.or_reason or story.reason}
    expect(run["reason"] in reasons, f"reason: {run['reason']}, expected {reasons}")
    expect_equal(run["obligation"], "discharged", "obligation")
    for action, outcomes in (("start", story.starts), ("stop", story.stops)):
        expect_equal(tuple(c["outcome"] for c in world.store.calls(run["id"], action)), outcomes, f"{action} calls")
    vendor_runs = world.sim.runs(provider)
    expect_equal(len(vendor_runs), story.effects, "starts that took effect")
    for vendor_run in vendor_runs:
        check_times(run, vendor_run)


def check_times(run, vendor_run):
    expect(vendor_run["started_ns"] >= run["start_due_ns"], f"{vendor_run} was started before {run['start_due_ns']}")
    check_stopped(run, vendor_run)


def one_fault(world, provider, action, fault, story):
    taktd = begin(world, provider, [f"{action}:{fault}:count=1"])
    run = finish(world, taktd)
    check_story(world, provider, run, story)
    check_calls_are_the_requests(world, delays_are_lost=fault == "delay=1500ms")


def blind(world, provider, fault):
    """The first look fails, and from `running` on every other, until two have failed after the stop."""
    sim_fault = f"query:{fault}"
    taktd = begin(world, provider, [f"{sim_fault}:count=1"])
    wait_state(world, "job", "running")
    world.sim.add_fault(f"{provider}:{sim_fault}")

    def has_looked_in_vain():
        requests = world.sim.requests()
        stops = [n for n, r in enumerate(requests) if r["action"] == "stop"]
        looks = [r for r in requests[stops[0]:] if r["action"] == "query"] if stops else []
        return len(looks) >= 2 or world.store.run("job")["state"] not in ("running", "stopping")
    wait_for(has_looked_in_vain, "two queries after the stop")
    world.sim.clear_faults()
    run = finish(world, taktd)

    stops = [c["outcome"] for c in world.store.calls(run["id"], "stop")]
    # While nobody can see whether the task has ended, the stop is said again; one may be in conflict with what it did, or may not
    # have left when the end is seen.
    expect_equal(stops[0], "accepted", "first stop")
    expect(set(stops) <= {"accepted", "conflict", "not_sent"}, f"stops: {stops}")
    expect(fault != "delay=300ms" or len(stops) == 1, f"a slow answer is an answer: {stops}")
    check_story(world, provider, run, Story(NORMAL, stops=tuple(stops)))
    check_calls_are_the_requests(world, delays_are_lost=fault == "delay=1500ms")


def lost_start_and_blind(world, provider):
    """The start's answer is lost and the next two looks as well: still nothing is started twice, and it is found running."""
    taktd = begin(world, provider, ["start:drop_after:count=1", "query:status=503:skip=1:count=2"])
    run = finish(world, taktd)
    check_story(world, provider, run, Story(UNCERTAIN, starts=("uncertain",)))
    check_calls_are_the_requests(world)


def stop_due_during_start(world, provider, fault, story):
    """The stop falls due while the start hangs: the start is cut, then the stop goes out, effect or not."""
    taktd = begin(world, provider, [f"start:{fault}:count=1"], window=0.6)
    run = finish(world, taktd)
    stops = tuple(c["outcome"] for c in world.store.calls(run["id"], "stop"))
    expect(stops and set(stops) <= {"accepted", "conflict"}, f"stops: {stops}")
    check_story(world, provider, run, story._replace(stops=stops))
    check_calls_are_the_requests(world)


def stops_fail_for_long(world, provider):
    """A vendor that answers no stop for a while gets it again and again; the run ends as soon as it obeys."""
    taktd = begin(world, provider, ["stop:drop_before"], window=0.6)
    wait_for(lambda: len(world.sim.requests("stop")) >= 3, "three stops in vain")
    expect_equal(world.store.run("job")["state"], "stopping", "state meanwhile")
    expect_equal(len(world.store.open_obligations()), 1, "obligations meanwhile")
    world.sim.clear_faults()
    run = finish(world, taktd)
    stops = [c["outcome"] for c in world.store.calls(run["id"], "stop")]
    expect_equal(stops, ["uncertain"] * (len(stops) - 1) + ["accepted"], "stops")
    expect_equal(" ".join(world.store.states(run["id"])), NORMAL, "states")
    sent = [c["sent_ns"] for c in world.store.calls(run["id"], "stop")]
    waits = [(b - a) / S for a, b in zip(sent, sent[1:])]
    expect(all(w >= 0.9 * 2**n for n, w in enumerate(waits)), f"waits between stops do not double: {waits}")


def all_cases():
    cases = {}
    for provider in ("perf", "chaos"):
        for action, stories in (("start", START), ("stop", STOP)):
            for fault, story in stories.items():
                cases[f"{provider} {action} {fault}"] = functools.partial(
                    one_fault, provider=provider, action=action, fault=fault, story=story)
        for fault in QUERY:
            cases[f"{provider} query {fault}"] = functools.partial(blind, provider=provider, fault=fault)
        cases[f"{provider} start drop_after, then blind"] = functools.partial(lost_start_and_blind, provider=provider)
        cut = "due starting unconfirmed stopping"
        for fault, story in {"hang": Story(f"{cut} stopped", starts=("uncertain",)),
                             "hang_before": Story(f"{cut} failed", "no_effect", ("uncertain",), effects=0)}.items():
            cases[f"{provider} stop due during start {fault}"] = functools.partial(
                stop_due_during_start, provider=provider, fault=fault, story=story)
        cases[f"{provider} stops fail for long"] = functools.partial(stops_fail_for_long, provider=provider)
    # The long ones first, so that none begins when the others are done.
    return dict(sorted(cases.items(), key=lambda case: "for long" not in case[0] and "query" not in case[0]))


class FaultsTest(unittest.TestCase):
    def test_each_fault_on_each_action_of_each_provider(self):
        run_cases(self, all_cases())


if __name__ == "__main__":
    unittest.main(verbosity=2)
