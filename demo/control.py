# SPDX-License-Identifier: Apache-2.0
"""The control group: the same windows, clouds and kills, but cron-like scripts (control.sh) in taktd's place. What a kill
takes with it nobody brings back, as with cron: a window that has begun is not begun again."""

import math
import pathlib
import time

import processes
import screen
import windows
from verdict import judge

SCRIPT = pathlib.Path(__file__).with_name("control.sh")


def run(bin_dir, folder):
    """Runs the control group, shows what it leaves running, and cleans up after it."""
    screen.heading("Control group: the same windows as curl scripts, one per window: start; sleep; stop")
    screen.say("its simcloud checks no signatures, so that curl will do; same tasks, limits, faults and kills.\n"
               "Each kill ends cron and its scripts alike, as a reboot or an OOM kill of the whole unit does", "dim")
    folder.mkdir()
    simcloud = processes.Simcloud(bin_dir, folder, windows.simcloud_arguments(signed=False))
    T = math.ceil(time.time() + 0.5)
    clock = screen.Clock(T)
    plan = windows.windows(T)
    _play(plan, simcloud, clock, folder)
    truth = simcloud.truth()
    verdict = judge(truth, plan, windows.LIMITS, T + windows.KILLS[0].at)
    for line in verdict.text(len(windows.KILLS)):
        screen.say(f"control: {line}", "yellow")
    for job, late in verdict.still_running:
        screen.say(f"control: {job} is still running, {late:.0f} s past its stop, and nobody knows", "red")
    if verdict.missing:
        screen.say("control: never ran: " + ", ".join(f"{w.job} at {w.start - T:+.0f}" for w in verdict.missing), "yellow")
    simcloud.close()


def _play(plan, simcloud, clock, folder):
    """cron and its scripts, until the last window is over."""
    events = [(w.start, 1, w) for w in plan]
    for kill in windows.KILLS:
        # A kill before the request comes just before it, any other just after it.
        moment = clock.T + kill.at + (-0.02 if kill.point.startswith("intent") else 0.05)
        events += [(moment, 0, None), (moment + windows.DOWNTIME, 2, None)]
    events.append((clock.T + windows.END + 0.5, 3, None))
    events.sort(key=lambda event: event[:2])

    scripts, is_down = [], False
    for moment, kind, window in events:
        time.sleep(max(0.0, moment - time.time()))
        if kind == 0:
            live = [script for script, w in scripts if script.poll() is None]
            for script, _ in scripts:
                processes.kill(script)
            clock.say(f"SIGKILL: cron and its {len(live)} live scripts ", "alarm")
            is_down = True
        elif kind == 1 and not is_down:
            arguments = [SCRIPT, window.provider, simcloud.urls[window.provider], window.task, f"{window.stop - window.start:g}"]
            scripts.append((processes.spawn(arguments, folder / f"{window.job}.log"), window))
            clock.say(f"{window.job:<14} curl start; sleep {window.stop - window.start:g}; curl stop")
        elif kind == 1:
            clock.say(f"{window.job:<14} missed: cron is down", "yellow")
        elif kind == 2:
            clock.say("cron is back")
            is_down = False
    for script, _ in scripts:
        processes.kill(script)
