# SPDX-License-Identifier: Apache-2.0
"""The kill loop: lives of random length, ended by SIGKILL at random instants and at named crash points, over a dense schedule on
both clouds with faults. After each life the store and the vendors' books are judged, at the end everything is. Everything is drawn
from the seed; `script/torture` runs rounds of it, test_torture.py some, test_crashes.py one without faults."""

import argparse
import collections
import concurrent.futures
import dataclasses
import random
import signal
import sys
import time
import traceback

from ground_truth import (S, check_everything, check_integrity, check_occurrences, check_verify_after_kill, expect, expect_equal,
                          seconds_past_stops)
from harness import MACHINE, PATIENCE, World, chaos_job, last_words, perf_job, wait_for

POLL, TIMEOUT, SLACK = 0.3, 1.0, 1.0 * PATIENCE
OVER = ("completed", "stopped", "failed", "skipped", "cancelled")
JOBS = {  # name: (period, window, task); the windows of one task never meet
    "load-a": (1200, 500, 101), "load-b": (1500, 700, 102), "load-c": (1700, 900, 103), "load-d": (2300, 1500, 104),
    "drill-a": (1200, 500, 201), "drill-b": (1500, 700, 202), "drill-c": (1700, 900, 203), "drill-d": (2300, 1500, 204),
}
CRASH_POINTS = ("due_committed", "intent_committed", "start_sent", "start_answered", "outcome_committed", "stop_intent_committed",
                "stop_sent", "stop_answered", "discharged", "recovery_half_done")
LIMITS = ((50, 10), (30, 5), (20, 3))  # rate, burst
FAULTS = ("delay=50ms", "delay=300ms", "delay=1500ms", "drop_before", "drop_after", "throttle", "status=503", "status_after=500",
          "garbage", "half", "hang_before", "hang")
LIVES_PER_WEATHER = 8
KILLS_PER_ROUND = 100


@dataclasses.dataclass
class Figures:
    """What a round, or many, went through."""

    rounds: int = 0
    kills: int = 0
    at_points: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    in_recovery: int = 0  # killed before it was ready
    faults: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    runs: int = 0
    starts: int = 0
    ends: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    latest: float = 0.0       # longest that a run went on past its stop while a daemon was up, no fault in its way
    latest_faulty: float = 0.0
    recovered: int = 0        # obligations, over all recoveries
    seconds: float = 0.0

    def add(self, other):
        for field in dataclasses.fields(self):
            mine, its = getattr(self, field.name), getattr(other, field.name)
            joined = max(mine, its) if field.name.startswith("latest") else mine + its
            setattr(self, field.name, joined)

    def text(self):
        points = ", ".join(f"{name} {self.at_points[name]}" for name in CRASH_POINTS if self.at_points[name])
        faults = ", ".join(f"{name} {n}" for name, n in sorted(self.faults.items())) or "none"
        ends = ", ".join(f"{name} {n}" for name, n in sorted(self.ends.items()))
        return (f"{self.kills} kills in {self.rounds} rounds: {sum(self.at_points.values())} at crash points ({points}), "
                f"{self.kills - sum(self.at_points.values())} at random instants, {self.in_recovery} before the daemon was ready\n"
                f"faults: {faults}\n"
                f"{self.runs} runs ({ends}); {self.starts} starts took effect, doubled 0, still running 0; "
                f"{self.recovered} obligations recovered\n"
                f"latest stop {self.latest:+.2f} s of the daemon's time, {self.latest_faulty:+.2f} s where faults held it up")


class Round:
    """One store, one pair of clouds, many lives."""

    def __init__(self, world, seed, kills, with_faults=True):
        self.world, self.kills, self.with_faults = world, kills, with_faults
        self.draw = random.Random(seed)
        self.rate, self.burst = self.draw.choice(LIMITS) if with_faults else LIMITS[0]
        self.lives, self.figures = [], Figures(rounds=1)
        provider = (f"timeout: {int(TIMEOUT * 1000)}ms\npoll_interval: {int(POLL * 1000)}ms\nsettle: 1s\n"
                    f"rate_limit: {{rate: {self.rate}/s, burst: {self.burst}}}")
        self.providers = {"perf": provider, "chaos": provider}

    def run(self):
        begun = time.monotonic()
        seed = self.draw.randrange(1 << 31)
        self.sim = self.world.start_simcloud(extra=["--seed", str(seed)])
        jobs = []
        for name, (period, window, task) in JOBS.items():
            make_job = perf_job if name.startswith("load") else chaos_job
            jobs.append(make_job(name, f"{{every: {period}ms}}", f"{window}ms", task, "min_window: 100ms\nretry: {initial: 100ms}"))
        self.world.write_config(jobs, **self.providers)
        for n in range(self.kills):
            if self.with_faults and n % LIVES_PER_WEATHER == 0:
                self.change_weather()
            self.live()
            self.judge_between_lives()
        self.count_faults()
        self.sim.clear_faults()
        self.live_to_the_end()
        self.judge_at_the_end()
        self.figures.seconds = time.monotonic() - begun
        return self.figures

    def change_weather(self):
        """A few faults for the next lives; now and then none, or a cloud that is away."""
        self.count_faults()
        self.sim.clear_faults()
        kind = self.draw.random()
        if kind < 0.15:
            return
        if kind < 0.25:
            self.sim.add_fault(f"{self.draw.choice(('perf', 'chaos', '*'))}:any:drop_before:count=40")
            return
        for _ in range(self.draw.randint(3, 8)):
            provider, action = self.draw.choice(("perf", "chaos", "*")), self.draw.choice(("start", "stop", "query", "any"))
            self.sim.add_fault(f"{provider}:{action}:{self.draw.choice(FAULTS)}:p={self.draw.choice((0.05, 0.1, 0.2))}")

    def count_faults(self):
        for rule in self.sim.ask("faults")["faults"]:
            kind = next(word for word in rule["rule"].split(":")[2:] if not word.startswith("task="))
            self.figures.faults[kind.split("=")[0]] += rule["fired"]

    def live(self):
        """A life, and how it is to end: at a crash point (or, if it passes none, a while later) or at an instant."""
        kind = self.draw.random()
        point, length = None, self.draw.uniform(0.02, 1.2)
        if kind > 0.92:
            length = self.draw.uniform(1.2, 3.0)
        elif kind > 0.45 and self.with_faults:
            point, length = self.draw.choice(CRASH_POINTS), self.draw.uniform(1.0, 2.5)
            passage = 1 if point == "recovery_half_done" else self.draw.choice((1, 1, 1, 2, 3, 5))
        pause = self.draw.choice((0, 0, 0, 0, 0, 0.8))  # long enough to miss some starts
        owed = len(self.world.store.open_obligations())
        taktd = self.world.start_taktd(env={"TAKTD_CRASH_AT": f"{point}:{passage}"} if point else None)
        self.lives.append(taktd)
        self.wait_for_end(taktd, length)
        if not taktd.is_running():
            expect(point and taktd.child.returncode == -signal.SIGKILL, f"taktd ended by itself: {taktd.err()[-3000:]}")
            self.figures.at_points[point] += 1
        taktd.kill()
        taktd.ended_ns = time.time_ns()
        taktd.close()
        self.figures.kills += 1
        self.figures.in_recovery += taktd.ready_ns is None
        for line in taktd.lines("recovered"):
            expect_equal(int(line["obligations"]), owed, "obligations recovered")
            self.figures.recovered += owed
        if pause:
            wait_until(time.monotonic() + pause)

    @staticmethod
    def wait_for_end(taktd, length):
        instant = time.monotonic() + length
        wait_for(lambda: time.monotonic() >= instant or not taktd.is_running(), "the life is over", pause=0.002)

    def judge_between_lives(self):
        """Whatever must hold at any moment."""
        truth = self.sim.truth()
        expect_equal(truth["doubled"], 0, "doubled starts")
        expect_equal(truth["starts_while_running"], 0, "start requests that came to a running task")
        check_integrity(self.world.store)
        check_verify_after_kill(self.world.store)

    def live_to_the_end(self):
        last = self.world.start_taktd().wait_ready()
        self.lives.append(last)
        begun = self.sim.truth()["starts"]
        wait_for(lambda: self.sim.truth()["starts"] >= begun + 3, "the schedule goes on after the last crash")
        self.world.write_config([], **self.providers)
        last.reload()
        wait_for(lambda: not self.unfinished(), lambda: f"every run is over; there are {self.unfinished()}", pause=0.1)
        expect_equal(last.terminate(), 0, "exit code of the last life")
        last.ended_ns = time.time_ns()

    def unfinished(self):
        return self.world.store.query(f"SELECT * FROM runs WHERE state NOT IN {OVER}")

    def judge_at_the_end(self):
        check_everything(self.world, self.burst, self.rate)
        check_integrity(self.world.store)
        check_occurrences(self.world, {name: period for name, (period, _, _) in JOBS.items()})
        # Whatever ran was owed a stop at every moment.
        expect_equal(self.world.store.query("SELECT * FROM foreign_runs"), [], "foreign runs")
        self.judge_ends()
        runs = self.world.store.runs()
        self.figures.runs = len(runs)
        self.figures.starts = self.sim.truth()["starts"]
        self.figures.ends.update(run["state"] for run in runs)
        expect(self.figures.starts >= self.kills / 10, f"only {self.figures.starts} starts took effect: the schedule was not dense")

    def judge_ends(self):
        """Nothing runs past its stop, while there is a daemon, by more than a poll and a second, and what faults explain."""
        requests = self.sim.requests()
        for vendor_run, run, seconds, lives in seconds_past_stops(self.world, self.lives):
            held_up = seconds_explained(requests, run, vendor_run)
            # After a crash the bucket begins empty: each life's stop may wait for its share.
            # While the machine keeps everybody waiting, the daemon waits too, once for each of the steps to a stop.
            bound = POLL + SLACK + lives * (len(JOBS) / 2 + 1) / self.rate + held_up + 10 * MACHINE.held_up(self.world.begun)
            expect(seconds <= bound, f"{vendor_run} ran {seconds:.3f} s past its stop while taktd was up, bound {bound:.3f} s; {run}")
            if held_up:
                self.figures.latest_faulty = max(self.figures.latest_faulty, seconds)
            else:
                self.figures.latest = max(self.figures.latest, seconds)


def seconds_explained(requests, run, vendor_run):
    """What the faults that met this run's stops and looks may have cost: their timeouts and the waits before the next ones."""
    explained, failed = 0.0, 0
    for request in requests:
        # A request may have met its fault just before the stop fell due: a start that hangs, a look.
        in_time = run["stop_due_ns"] - TIMEOUT * S <= request["at_ns"] <= vendor_run["ended_ns"]
        if not in_time or request["provider"] != run["provider"] or not request["fault"]:
            continue
        if request["fault"] == "throttle":
            explained += 1.0  # the account's: everybody waits
        if vendor_run["task_id"] in request["task_ids"]:
            explained += TIMEOUT + min(2.0**failed, 30.0)
            failed += request["action"] == "stop"
    return explained


def wait_until(instant):
    wait_for(lambda: time.monotonic() >= instant, "the instant comes", pause=0.002)


def run_round(seed, kills):
    """The figures of a round, or the words that say why it failed, with its folder."""
    world = World()
    try:
        return Round(world, seed, kills).run()
    except Exception:
        world.keep = True
        (world.folder / "failure.txt").write_text(f"{traceback.format_exc()}\n{last_words(world)}")
        return (f"{traceback.format_exc()}\nseed {seed} failed; folder {world.folder} (failure.txt first)\n"
                f"again: script/torture --kills {kills} --seed {seed}")
    finally:
        if world.keep and world.sim.is_running():
            for name in ("truth", "log", "faults"):
                (world.folder / f"simcloud-{name}.json").write_text(str(world.sim.ask(name)))
        world.close()


def torture(seed, kills, side_by_side=2):
    """Rounds until so many kills are done; the figures, and the failures."""
    rounds = [min(KILLS_PER_ROUND, kills - done) for done in range(0, kills, KILLS_PER_ROUND)]
    total, failures = Figures(), []
    with concurrent.futures.ThreadPoolExecutor(side_by_side) as pool:
        waiting = {pool.submit(run_round, seed + n, each): seed + n for n, each in enumerate(rounds)}
        for done in concurrent.futures.as_completed(waiting):
            answer = done.result()
            if isinstance(answer, str):
                failures.append(answer)
                print(answer, file=sys.stderr, flush=True)
                continue
            total.add(answer)
            print(f"seed {waiting[done]}: {answer.kills} kills, {answer.starts} starts, {answer.seconds:.0f} s; {total.kills} of {kills}",
                  flush=True)
    return total, failures


def main():
    parser = argparse.ArgumentParser(prog="script/torture", description="Kills the real daemon over and over and holds what is "
                                     "left against the vendors' books.")
    parser.add_argument("--kills", type=int, default=200, help="how many SIGKILLs (200), in rounds of 100")
    parser.add_argument("--seed", type=int, default=None, help="of the first round; the next has the next (random)")
    parser.add_argument("--side-by-side", type=int, default=2, help="rounds at a time (2)")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    begun = time.monotonic()
    figures, failures = torture(seed, options.kills, options.side_by_side)
    print(f"{figures.text()}\nseeds from {seed}, {time.monotonic() - begun:.0f} s, {len(failures)} rounds failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
