# SPDX-License-Identifier: Apache-2.0
"""Somebody between taktd and the vendors tells what was, or what another was told (lying_proxy.py): one stale answer in each run's
life, replicas that lag, answers that come twice, shifted or late. Twenty runs of each vendor under each; whatever is told, each run
that was started is stopped."""

import functools
import unittest

from ground_truth import check_verify, expect, expect_equal, with_owners
from harness import PATIENCE, chaos_job, perf_job, rfc3339, run_cases, wait_for
from lying_proxy import Doubled, Late, LyingProxy, Replicas, Shifted, StaleAt
from slowness import TooSlow

RUNS = 20
POLL, SETTLE, TIMEOUT = 0.5, 2.0, 1.0
# Slower with sanitizers, but three runs of a task one after the other are to be over in a minute there as well.
PACE = min(PATIENCE, 1.5)
WINDOW, SPACING, LEAD = 4.0 * PACE, 12.0 * PACE, 1.0 * PACE
PROVIDER = (f"timeout: {int(TIMEOUT * 1000)}ms\npoll_interval: {int(POLL * 1000)}ms\nsettle: {int(SETTLE * 1000)}ms\n"
            "rate_limit: {rate: 300/s, burst: 100}")
POLICY = "start_grace: 60s\nmin_window: 100ms"
OVER = ("completed", "stopped", "failed", "skipped", "cancelled")
MAKE = {"perf": (perf_job, 101), "chaos": (chaos_job, 201)}


def starts_of(answered):
    return [n for n, each in enumerate(answered) if each.request.action == "start"]


def last_look_before(answered, end):
    looks = [each.answer for each in answered[:end] if each.request.action == "query"]
    return looks[-1] if looks else None


def baseline(task, answered):
    """What the newest start was judged by."""
    starts = starts_of(answered)
    return last_look_before(answered, starts[-1]) if starts else None


def two_back(task, answered):
    """The end of the run before the last one: nobody has said that for long."""
    starts = starts_of(answered)
    return last_look_before(answered, starts[-2]) if len(starts) >= 3 else None


def two_back_active(task, answered):
    """That run while it was on."""
    starts = starts_of(answered)
    looks = [each.answer for each in answered[starts[-3]:starts[-2]] if each.request.action == "query"] if len(starts) >= 3 else []
    return looks[0] if looks else None


def look_of(task):
    """At which look after its start a task's lie is told: each moment of a run's life has its tasks."""
    return int(task) % 8 + 1


def lied_to(world, provider, make_lie, starts=1):
    lie, world.is_lied_to = make_lie(), True
    world.start_simcloud(tasks=(f"perf:101..{100 + RUNS}", f"chaos:201..{200 + RUNS}"))
    proxy = LyingProxy(world.sim.urls[provider], lie)
    world.cleanups.append(proxy.close)
    make_job, first = MAKE[provider]
    lines = f"endpoint: {proxy.url}\n{PROVIDER}"
    window = f"{int(WINDOW * 1000)}ms"

    def jobs():
        now = world.sim.truth()["now_ns"]
        instants = [now + int((LEAD + n * SPACING) * world.slowness * 1e9) for n in range(starts)]
        start = "[" + ", ".join(f'{{at: "{rfc3339(instant)}"}}' for instant in instants) + "]"
        return [make_job(f"job-{n}", start, window, first + n, POLICY) for n in range(RUNS)]
    world.write_config([], **{provider: lines})
    taktd = world.start_taktd().wait_ready()
    world.write_config(jobs(), **{provider: lines})
    taktd.reload()

    def left():
        if len(world.store.runs()) < starts * RUNS:  # first: else the last of them may come between two looks
            return True
        return world.store.query(f"SELECT job, state, reason FROM runs WHERE state NOT IN {OVER}") or world.sim.truth()["still_running"]
    try:
        wait_for(lambda: not left(), "all is over", pause=0.2)
    except AssertionError:
        raise AssertionError(f"{world.sim.truth()['still_running']} tasks run on; {told(world)}") from None
    expect_equal(taktd.terminate(), 0, "exit code")
    expect_equal(world.sim.truth()["doubled"], 0, "doubled starts")
    expect_equal(world.store.open_obligations(), [], "open obligations")
    check_verify(world.store)
    owners = with_owners(world)
    for vendor_run, run in owners:
        expect_equal(vendor_run["ended_by"], "stop", f"what ended {vendor_run}")
    # An answer that is too hard to believe may keep a run from being started; most are, or this proves little.
    # Or the machine was too slow for them.
    if len(owners) < RUNS * starts / 2:
        raise TooSlow(f"{len(owners)} of {RUNS * starts} runs were started; {told(world)}")
    print(f"{provider}, {type(lie).__name__}: {len(owners)} of {RUNS * starts} started, each stopped; {told(world)}", flush=True)
    return lie


def told(world):
    rows = world.store.query("SELECT state, reason, count(*) AS n FROM runs GROUP BY 1, 2 ORDER BY 3 DESC")
    return ", ".join(f"{row['n']} {row['state']} ({row['reason']})" for row in rows)


def one_stale_answer(world, provider, choose, starts):
    lie = lied_to(world, provider, lambda: StaleAt(choose, look_of), starts)
    # How many looks a run gets before its stop is a matter of speed.
    if len(lie.told) < RUNS / 4:
        raise TooSlow(f"only {len(lie.told)} stale answers were told")


def replicas(world, provider, lag):
    # Twice, so that the past has a run to tell of.
    lie = lied_to(world, provider, lambda: Replicas(lag * world.slowness), starts=2)
    expect(lie.told_old >= RUNS, f"the lagging replica was asked {lie.told_old} times")


def late(world, provider):
    lied_to(world, provider, lambda: Late(1.5 * TIMEOUT * world.slowness))


def all_cases():
    cases = {}
    for provider in MAKE:
        for name, choose, starts in (("the baseline's", baseline, 1), ("a run's two back", two_back, 3),
                                     ("a run's two back, active", two_back_active, 3)):
            cases[f"{provider}, one stale answer, {name}"] = functools.partial(one_stale_answer, provider=provider, choose=choose, starts=starts)
        cases[f"{provider}, two replicas, one lags"] = functools.partial(replicas, provider=provider, lag=0.8 * SETTLE)
        cases[f"{provider}, doubled"] = functools.partial(lied_to, provider=provider, make_lie=Doubled)
        cases[f"{provider}, doubled a moment later"] = functools.partial(lied_to, provider=provider, make_lie=lambda: Doubled(0.1))
        cases[f"{provider}, shifted"] = functools.partial(lied_to, provider=provider, make_lie=Shifted)
        cases[f"{provider}, late"] = functools.partial(late, provider=provider)
    return dict(sorted(cases.items(), key=lambda case: "back" not in case[0] and "replicas" not in case[0]))


class StaleAnswersTest(unittest.TestCase):
    def test_whatever_is_told_each_run_is_stopped(self):
        run_cases(self, all_cases(), workers=8)


if __name__ == "__main__":
    unittest.main(verbosity=2)
