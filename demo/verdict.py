# SPDX-License-Identifier: Apache-2.0
"""The verdict, from the ground truth alone: what simcloud saw its tasks do, held against the windows that the schedule
promises. taktd's store and log have no say in it."""

import dataclasses

STOP_BOUND = 3.0  # s: a restart, the limiter's wait and a retry; one second of it is downtime
START_SLACK = 0.05  # s: the clock is read in two processes


@dataclasses.dataclass
class Verdict:
    due: int = 0  # windows that the schedule promises
    doubled: int = 0  # a second run in one window, one beside another, or a start sent to a task that was running
    strays: int = 0  # runs that began outside every window
    missing: list = dataclasses.field(default_factory=list)  # windows in which nothing ran
    still_running: list = dataclasses.field(default_factory=list)  # (job, seconds past its stop)
    latest_stop: float = 0.0
    latest_job: str = ""
    peaks: dict = dataclasses.field(default_factory=dict)  # provider -> (peak, limit)
    faults: list = dataclasses.field(default_factory=list)  # what does not hold; empty: all does

    def text(self, kills):
        late = f"{self.latest_stop:+.1f} s ({self.latest_job})" if self.latest_job else "none"
        peaks = ", ".join(f"{name} {peak} of {limit}" for name, (peak, limit) in self.peaks.items())
        return [f"killed {kills}x; {self.due} starts due: {self.due - len(self.missing)} took effect, "
                f"{len(self.missing)} given up, {self.doubled} doubled, {len(self.still_running)} running",
                f"latest stop {late}, bound {STOP_BOUND:g} s; peak requests in any 1 s: {peaks}"]


def judge(truth, windows, limits, killed_before_request):
    """`killed_before_request`: when the process was killed with a start's request not sent yet. That one start may be missing:
    it is not made up for, for a start happens at most once and nobody can know whether it has."""
    verdict = Verdict(due=len(windows))
    runs_of = {window: 0 for window in windows}
    for provider in truth["providers"]:
        name = provider["name"]
        verdict.peaks[name] = (provider["peak_per_second"], limits[name])
        for run in provider["runs"]:
            _judge_run(verdict, runs_of, name, run, truth["now_ns"] / 1e9)
    # simcloud counts runs that overlap; a start sent to a running task is refused by the vendor and counts all the same.
    verdict.doubled = max(verdict.doubled, truth["doubled"]) + truth["starts_while_running"]
    verdict.missing = [window for window, runs in runs_of.items() if runs == 0]
    verdict.faults = list(_faults(verdict, killed_before_request))
    return verdict


def _judge_run(verdict, runs_of, provider, run, now):
    started = run["started_ns"] / 1e9
    window = next((w for w in runs_of if (w.provider, str(w.task)) == (provider, run["task_id"])
                   and w.start - START_SLACK <= started < w.stop), None)
    if window is None:
        verdict.strays += 1
    else:
        runs_of[window] += 1
        verdict.doubled += runs_of[window] > 1
    if run["ended_ns"] is None:
        verdict.still_running.append((window.job if window else run["task_id"], now - window.stop if window else 0.0))
    elif window and run["ended_by"] == "stop" and (not verdict.latest_job or run["ended_ns"] / 1e9 - window.stop > verdict.latest_stop):
        verdict.latest_stop, verdict.latest_job = run["ended_ns"] / 1e9 - window.stop, window.job


def _faults(verdict, killed_before_request):
    unexplained = [w for w in verdict.missing if not w.start <= killed_before_request < w.start + STOP_BOUND]
    if verdict.doubled:
        yield f"{verdict.doubled} starts are doubled"
    if verdict.strays:
        yield f"{verdict.strays} runs began outside their windows"
    if unexplained or len(verdict.missing) > 1:
        yield "windows that saw no start: " + ", ".join(w.job for w in verdict.missing)
    if verdict.still_running:
        yield "still running: " + ", ".join(job for job, _ in verdict.still_running)
    if verdict.latest_stop > STOP_BOUND:
        yield f"{verdict.latest_job} was stopped {verdict.latest_stop:.1f} s late, {STOP_BOUND:g} s are allowed"
    for name, (peak, limit) in verdict.peaks.items():
        if peak > limit:
            yield f"{name} got {peak} requests within 1 s, {limit} are allowed"
