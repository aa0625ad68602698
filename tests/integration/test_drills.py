# SPDX-License-Identifier: Apache-2.0
"""Drills of CFG: an end undoes no fault. Where the guard rail rolls back, taktd sets it off before the stop, on schedule, after a
SIGKILL and from the last resort; what is left in place is told, in the log, in the store and by taktctl."""

import functools
import json
import signal
import subprocess
import unittest

from ground_truth import check_everything, expect, expect_equal
from harness import BIN, PATIENCE, TooSlow, at, hung, job, run_cases, wait_for, wait_state

BURST, RATE = 10, 50
PROVIDER = f"timeout: 1s\npoll_interval: 300ms\nsettle: 600ms\nrate_limit: {{rate: {RATE}/s, burst: {BURST}}}"
POLICY = "start_grace: 5s\nmin_window: 100ms"
LEAD, WINDOW = 1.0, 3.0
OVER = ("completed", "stopped", "failed", "skipped", "cancelled")
LEFT = "the drill has ended, and faults may still be in place: remove them manually"
WAITS = "an automatic drill waits for a person: execute or skip the action at the vendor's console"


def begin(world, behaviour, stop="", window=WINDOW, faults=()):
    world.start_simcloud(tasks=[f"chaos:201,{behaviour}"], faults=[f"chaos:{fault}" for fault in faults])
    ends = f'{{after: {int(window * 1000)}ms, is_expect: true, summary: "{{job}}: done"{stop}}}'
    world.write_config([job("drill", "chaos", "{task_id: 201}", at(LEAD * PATIENCE), ends, POLICY)], chaos=PROVIDER, perf=PROVIDER)
    return world.start_taktd().wait_ready()


def ctl(world, *arguments):
    found = subprocess.run([BIN / "taktctl", *arguments, "--db", world.store.path], env={**world.credentials_env, "TZ": "UTC"},
                           capture_output=True, text=True, timeout=hung(), check=False)
    expect_equal(found.returncode, 0, f"exit code of {arguments}\n{found.stdout}{found.stderr}")
    return found.stdout


def check_end(world, run, residue, heals=1):
    """What the cloud's own books say, and the run's row."""
    vendor_runs = world.sim.runs("chaos")
    expect_equal(len(vendor_runs), 1, "starts that took effect")
    expect_equal(vendor_runs[0]["residue"], residue, "faults in place, says the cloud")
    expect_equal(len(world.sim.requests("heal")), heals, "guard rails set off")
    expect_equal(bool(run["residue"]), bool(residue), f"faults in place, says the row: {run['residue']}")
    shown = json.loads(ctl(world, "show", run["id"], "--output", "json"))["run"]
    expect_equal(shown["residue"], run["residue"], "residue in JSON")
    told = "faults left" in ctl(world, "runs")
    expect_equal(told, bool(residue), "whether `runs` marks it")


def heals(world, taktd=None):
    taktd = taktd or begin(world, "faults=2,rail=roll_back,recovery=500ms")
    run = wait_state(world, "drill", *OVER)
    expect_equal(taktd.terminate(), 0, "exit code of taktd")
    check_everything(world, BURST, RATE)
    expect_equal(run["state"], "stopped", "state")
    check_end(world, run, "")
    order = [c["action"] for c in world.store.calls(run["id"]) if c["action"] in ("heal", "stop")]
    expect_equal(order, ["heal", "stop"], "the guard rail first")
    expect_equal(taktd.lines(LEFT), [], "lines about faults")


def leaves(world, behaviour, heals_sent, stop="", faults=(), residue="fault 1"):
    taktd = begin(world, behaviour, stop, faults=faults)
    run = wait_state(world, "drill", *OVER)
    line = taktd.wait_line(LEFT)
    expect_equal((line["level"], line["job"]), ("error", "drill"), "the line")
    expect_equal(taktd.terminate(), 0, "exit code of taktd")
    check_everything(world, BURST, RATE)
    if heals_sent and not world.sim.requests("heal"):
        raise TooSlow("heal_within was over before the guard rail could be asked for")
    check_end(world, run, residue, heals_sent)
    expect("may still be in place" in ctl(world, "show", run["id"]), "show tells")


def survives_a_kill(world):
    taktd = begin(world, "faults=1,rail=roll_back,recovery=1500ms")
    wait_for(lambda: world.sim.requests("heal"), "the guard rail is set off")
    taktd.send(signal.SIGKILL)
    taktd.wait_exit()
    heals(world, world.start_taktd().wait_ready())


def last_resort(world):
    taktd = begin(world, "faults=1,rail=roll_back,recovery=500ms", window=60)
    wait_state(world, "drill", "running")
    taktd.send(signal.SIGKILL)
    taktd.wait_exit()
    ctl(world, "stop-all", "--offline")
    check_end(world, world.store.run("drill"), "")


def waits_for_a_person(world):
    taktd = begin(world, "faults=1,turns_manual", window=4)
    line = taktd.wait_line(WAITS)
    expect_equal((line["level"], "fault 2" in line["action"]), ("warning", True), "the line")
    wait_state(world, "drill", *OVER)
    expect_equal(len(taktd.lines(WAITS)), 1, "times that it is told")
    expect_equal(taktd.terminate(), 0, "exit code of taktd")


CASES = {
    "heals": heals,
    "never": functools.partial(leaves, behaviour="faults=1,rail=roll_back", heals_sent=0, stop=", heal: never"),
    "the guard rail pauses": functools.partial(leaves, behaviour="faults=1,rail=pause", heals_sent=0),
    "no guard rail": functools.partial(leaves, behaviour="faults=2", heals_sent=0, residue="fault 1, fault 2"),
    "a recovery fails": functools.partial(leaves, behaviour="faults=1,rail=roll_back,recovery_fails", heals_sent=1),
    "too slow": functools.partial(leaves, behaviour="faults=1,rail=roll_back,recovery=60s", heals_sent=1, stop=", heal_within: 1s"),
    "refused by a proxy": functools.partial(leaves, behaviour="faults=1,rail=roll_back", heals_sent=1, stop=", heal_within: 1s",
                                            faults=["heal:status=403"]),
    "a kill": survives_a_kill,
    "the last resort": last_resort,
    "waits for a person": waits_for_a_person,
}


class Drills(unittest.TestCase):
    def test_cases(self):
        run_cases(self, CASES)


if __name__ == "__main__":
    unittest.main()
