# SPDX-License-Identifier: Apache-2.0
"""The last resort: taktctl on the store of a dead daemon. It stops what is owed as the daemon would have, and the daemon that
comes back finds nothing to do; it gives way to a living daemon; it says what it could not do; a damaged store is salvaged."""

import contextlib
import functools
import getpass
import json
import os
import signal
import sqlite3
import time
import unittest

from ground_truth import check_all_answered, check_everything, check_histories, check_stopped, check_verify, expect, expect_equal
from harness import BIN, PATIENCE, Process, TooSlow, at, chaos_job, perf_job, run_cases, wait_for, wait_state

BURST, RATE = 10, 50
PROVIDER = f"timeout: 1s\npoll_interval: 300ms\nsettle: 600ms\nrate_limit: {{rate: {RATE}/s, burst: {BURST}}}"
POLICY = "start_grace: 60s\nmin_window: 100ms"
LEAD = 0.5 * PATIENCE
OPERATOR = os.environ.get("SUDO_USER") or getpass.getuser()


class Taktctl(Process):
    def __init__(self, world, *arguments, env=None):
        name = f"taktctl{sum(isinstance(p, Taktctl) for p in world.processes)}"
        super().__init__(world, name, [BIN / "taktctl", *arguments], {**world.credentials_env, "TZ": "UTC", **(env or {})})


def ctl(world, code, *arguments, env=None):
    """Runs it to its end; its process, with what it said."""
    process = Taktctl(world, *arguments, env=env)
    expect_equal(process.wait_exit(), code, f"exit code of {arguments}\n{process.out()}{process.err()}")
    return process


def offline(world, code, *arguments, **more):
    return ctl(world, code, "stop-all", "--offline", "--db", world.store.path, *arguments, **more)


def leave_running(world, windows, end=signal.SIGKILL, perf="", env=None):
    """A dead daemon's store with a live run for each window, {job: seconds}; perf's and chaos' in turn."""
    world.start_simcloud()
    jobs = []
    for n, (name, window) in enumerate(windows.items()):
        make_job, task = (perf_job, 101 + n) if n % 2 == 0 else (chaos_job, 201 + n)
        jobs.append(make_job(name, at(LEAD), f"{int(window * 1000)}ms", task, POLICY))
    world.write_config(jobs, perf=f"{PROVIDER}\n{perf}", chaos=PROVIDER)
    taktd = world.start_taktd(env=env).wait_ready()
    for name in windows:
        wait_state(world, name, "running")
    taktd.send(end)
    taktd.wait_exit()
    return taktd


def story(world, job):
    run = world.store.run(job)
    last = world.store.transitions(run["id"])[-1]
    return " ".join(world.store.states(run["id"])), run["reason"], run["obligation"], last["actor"]


def check_nothing_is_owed(world, recovered=0):
    """The daemon comes back and finds nothing to stop."""
    world.write_config([], perf=PROVIDER, chaos=PROVIDER)
    taktd = world.start_taktd().wait_ready()
    expect_equal(int(taktd.lines("recovered")[0]["obligations"]), recovered, "obligations that the daemon finds")
    expect_equal(taktd.terminate(), 0, "exit code")
    check_everything(world, BURST, RATE)


STOPPED = "due starting running stopping stopped"


# stop-all.

def all_stopped(world, end):
    leave_running(world, {"load": 600, "drill": 600, "other-load": 600, "other-drill": 600}, end)
    was_clean = world.store.query("SELECT value FROM meta WHERE key = 'clean_stop'")
    done = offline(world, 0, "--reason", "the host is lost")
    expect("4 runs ended; nothing is owed any more" in done.out(), done.out())
    expect("run stopped" in done.err() and "stop call ended" in done.err(), f"no progress is told: {done.err()}")
    expect_equal(world.sim.truth()["still_running"], 0, "tasks that still run")
    for job in ("load", "drill", "other-load", "other-drill"):
        expect_equal(story(world, job), (STOPPED, "operator", "discharged", OPERATOR), job)
    # An end before its time says so to the vendor, with who and why.
    bodies = [c["request_body"] for c in world.store.calls(world.store.run("drill")["id"], "stop")]
    expect(all(f"operator by {OPERATOR}: the host is lost" in body for body in bodies), bodies)
    expect_equal(world.store.query("SELECT value FROM meta WHERE key = 'clean_stop'"), was_clean, "the clean mark")
    check_verify(world.store)
    again = offline(world, 0)
    expect_equal(again.out(), "Nothing is owed.\n", "a second time")
    check_nothing_is_owed(world)


def due_only(world):
    leave_running(world, {"late": 2, "drill": 3600})
    drill = world.store.run("drill")
    before = drill, world.store.calls(drill["id"]), world.store.transitions(drill["id"])
    wait_for(lambda: time.time_ns() > world.store.run("late")["stop_due_ns"], "the stop falls due")
    done = offline(world, 0, "--due")
    expect("1 run ended; nothing due is owed any more" in done.out(), done.out())
    expect_equal(story(world, "late"), (STOPPED, "schedule", "discharged", "taktd"), "the run that was due")
    drill = world.store.run("drill")
    expect_equal((drill, world.store.calls(drill["id"]), world.store.transitions(drill["id"])), before, "the run that was not due")
    expect_equal(world.sim.truth()["still_running"], 1, "tasks that still run")
    quiet = offline(world, 0, "--due")
    expect_equal(quiet.out() + quiet.err(), "", "a second time")
    expect_equal(len(json.loads(offline(world, 0, "--output", "json").out())["runs"]), 1, "runs in JSON")
    check_nothing_is_owed(world)


def falls_due_meanwhile(world):
    """A session that cannot finish with one run still stops another when its time comes."""
    leave_running(world, {"stuck": 1, "drill": 3})
    world.sim.add_fault("perf:any:drop_before")
    wait_for(lambda: time.time_ns() > world.store.run("stuck")["stop_due_ns"], "the stop falls due")
    process = Taktctl(world, "stop-all", "--offline", "--db", world.store.path, "--due")
    wait_for(lambda: world.store.run("drill")["obligation"] == "discharged", "the other run is stopped when its time has come")
    process.send(signal.SIGTERM)
    expect_equal(process.wait_exit(), 1, "exit code")
    expect("1 run ended, 1 run is still owed a stop: interrupted" in process.out(), process.out())
    (run,) = world.sim.runs("chaos")
    check_stopped(world.store.run("drill"), run)
    world.sim.clear_faults()
    offline(world, 0, "--due")
    check_nothing_is_owed(world)


def nothing_due_costs_nothing(world):
    leave_running(world, {"load": 600})
    files = lambda: {f.name: f.read_bytes() for f in world.folder.glob("taktd.db*") if not f.name.endswith("-shm")}
    before = files()
    begin = time.monotonic()
    done = ctl(world, 0, "stop-all", "--offline", "--due", "--config", world.folder / "taktd.yaml")
    took = time.monotonic() - begin
    expect_equal(done.out() + done.err(), "", "words about nothing")
    expect_equal(files(), before, "the store")
    print(f"nothing due: {took * 1000:.0f} ms", flush=True)
    offline(world, 0)
    check_nothing_is_owed(world)


def living_daemon(world):
    world.start_simcloud()
    world.write_config([perf_job("load", at(LEAD), "600s", more=POLICY)], perf=PROVIDER, chaos=PROVIDER)
    taktd = world.start_taktd().wait_ready()
    run = wait_state(world, "load", "running")
    done = offline(world, 1)
    expect(f"pid {taktd.child.pid}" in done.err(), done.err())
    offline(world, 0, "--due")
    done = ctl(world, 3, "discharge", run["id"], "--reason", "x", "--db", world.store.path)
    expect("stop it first" in done.err(), done.err())
    done = ctl(world, 1, "salvage", "--db", world.store.path, "--to", world.folder / "new.db")
    expect("in use" in done.err(), done.err())
    expect_equal(world.store.run("load")["state"], "running", "state")
    taktd.kill()
    offline(world, 0)
    check_nothing_is_owed(world)


def unreachable(world):
    """It keeps trying until its time is over, and says what is left; the others are stopped."""
    leave_running(world, {"load": 600, "drill": 600})
    world.sim.add_fault("perf:any:drop_before")
    begin = time.monotonic()
    patience = 3 * PATIENCE * world.slowness
    done = offline(world, 1, "--timeout", f"{patience:g}s", "--output", "json")
    took = time.monotonic() - begin
    expect(took >= patience, f"it took {took:.1f} s")
    answer = json.loads(done.out())
    if world.store.run("drill")["obligation"] == "open" and world.store.calls(world.store.run("drill")["id"], "stop"):
        raise TooSlow("the time was over before the vendor that can be reached had shown the end")
    expect_equal({r["job"]: r["obligation"] for r in answer["runs"]}, {"load": "open", "drill": "discharged"}, "runs")
    expect(answer["timed_out"] and not answer["interrupted"], answer)
    stops = world.store.calls(world.store.run("load")["id"], "stop")
    expect(len(stops) >= 2, f"tried only {len(stops)} times")
    check_all_answered(world.store)
    check_histories(world.store)
    check_verify(world.store)
    done = offline(world, 1, "--timeout", "1s")
    expect("0 runs ended, 1 run is still owed a stop: the time is over" in done.out(), done.out())
    world.sim.clear_faults()
    offline(world, 0)
    check_nothing_is_owed(world)


def interrupted(world):
    leave_running(world, {"load": 600, "drill": 600})
    world.sim.add_fault("*:stop:drop_before")
    process = Taktctl(world, "stop-all", "--offline", "--db", world.store.path)
    wait_for(lambda: world.store.query("SELECT * FROM calls WHERE action = 'stop' AND outcome IS NOT NULL"), "a stop has failed")
    process.send(signal.SIGTERM)
    expect_equal(process.wait_exit(), 1, "exit code")
    expect("2 runs are still owed a stop: interrupted" in process.out(), process.out())
    check_all_answered(world.store)
    check_verify(world.store)
    world.sim.clear_faults()
    offline(world, 0)
    check_nothing_is_owed(world)


def missing_secret(world):
    own = 'credentials: {access_key: "${env:TAKTD_TEST_KEY_ID}", secret_key: "${env:TAKTD_TEST_OWN_SECRET}"}'
    secret = {"TAKTD_TEST_OWN_SECRET": world.credentials_env["TAKTD_TEST_SECRET"]}
    leave_running(world, {"load": 600, "drill": 600}, perf=own, env=secret)
    done = offline(world, 1)
    expect("${env:TAKTD_TEST_OWN_SECRET} is not set" in done.err(), done.err())
    expect("1 run ended, 1 run is still owed a stop" in done.out(), done.out())
    expect_equal(story(world, "drill")[0], STOPPED, "the run whose secrets are there")
    expect_equal(world.store.run("load")["state"], "running", "the run whose secrets are not")
    offline(world, 0, env=secret)
    everything = "".join(p.out() + p.err() for p in world.processes if isinstance(p, Taktctl))
    expect(secret["TAKTD_TEST_OWN_SECRET"] not in everything, "a secret is told")
    check_nothing_is_owed(world)


def config_is_not_needed(world):
    leave_running(world, {"load": 600})
    config = world.folder / "taktd.yaml"
    config.write_text(config.read_text().replace("jobs:", "jobz:").replace("type:", "tipe:"))
    ctl(world, 0, "stop-all", "--offline", "--config", config)
    expect_equal(story(world, "load")[0], STOPPED, "states")
    check_nothing_is_owed(world)


def after_a_crash_at(world, point, states, provider="perf"):
    world.start_simcloud()
    make_job = perf_job if provider == "perf" else chaos_job
    world.write_config([make_job("job", at(LEAD), "600s", more=POLICY)], perf=PROVIDER, chaos=PROVIDER)
    taktd = world.start_taktd(env={"TAKTD_CRASH_AT": point})
    expect_equal(taktd.wait_exit(), -signal.SIGKILL, "end of the daemon")
    if point == "start_sent":
        wait_for(lambda: world.sim.runs(provider), "the start that was sent takes effect")
    offline(world, 0)
    expect_equal(story(world, "job")[0], states, f"states after {point}")
    check_nothing_is_owed(world)


def crashes_itself(world, point):
    """Killed at its worst moment, it begins again; so does the daemon."""
    leave_running(world, {"load": 600, "drill": 600})
    offline(world, -signal.SIGKILL, env={"TAKTD_CRASH_AT": point})
    offline(world, 0)
    for job in ("load", "drill"):
        expect_equal(story(world, job)[0], STOPPED, job)
    check_nothing_is_owed(world)


def hands_over_to_the_daemon(world):
    """What it could not finish, the daemon that starts afterwards does."""
    leave_running(world, {"load": 600})
    world.sim.add_fault("perf:any:drop_before")
    offline(world, 1, "--timeout", "1s")
    world.sim.clear_faults()
    world.write_config([], perf=PROVIDER, chaos=PROVIDER)
    taktd = world.start_taktd().wait_ready()
    wait_state(world, "load", "stopped")
    expect_equal(taktd.terminate(), 0, "exit code")
    check_everything(world, BURST, RATE)


# discharge.

def discharged(world):
    leave_running(world, {"load": 600, "drill": 600})
    load = world.store.run("load")
    done = ctl(world, 0, "discharge", load["id"][-8:], "--reason", "ended in the console", "--db", world.store.path)
    expect("is discharged" in done.out(), done.out())
    expect_equal(story(world, "load"), ("due starting running failed", "discharged", "discharged", OPERATOR), "load")
    last = world.store.transitions(load["id"])[-1]
    expect_equal(json.loads(last["detail"]), {"note": "ended in the console"}, "reason")
    expect_equal(world.store.run("drill")["state"], "running", "the other run")
    done = ctl(world, 1, "discharge", "load", "--reason", "again", "--db", world.store.path)
    expect("owes no stop" in done.err(), done.err())
    offline(world, 0)
    expect_equal(world.sim.truth()["still_running"], 1, "what was taken over is left alone")
    check_verify(world.store)
    world.write_config([], perf=PROVIDER, chaos=PROVIDER)
    taktd = world.start_taktd().wait_ready()
    expect_equal(int(taktd.lines("recovered")[0]["obligations"]), 0, "obligations")
    expect_equal(taktd.terminate(), 0, "exit code")


# hold and release.

def held_and_released(world):
    """A hold in the store of a stopped daemon: until it is released the next one starts nothing, and stops what is owed all the same."""
    leave_running(world, {"load": 600})
    ctl(world, 0, "hold", "--reason", "deploy freeze", "--db", world.store.path)
    world.write_config([perf_job("next", at(LEAD), "2s", 105, POLICY)], perf=PROVIDER, chaos=PROVIDER)
    taktd = world.start_taktd().wait_ready()
    expect_equal(wait_state(world, "next", "skipped")["reason"], "hold", "reason")
    wait_state(world, "load", "stopped")  # it has left the config
    done = ctl(world, 3, "release", "--db", world.store.path)
    expect("stop it first" in done.err(), done.err())
    expect_equal(taktd.terminate(), 0, "exit code")

    done = ctl(world, 0, "release", "--db", world.store.path)
    expect("No hold is engaged" in done.out(), done.out())
    world.write_config([perf_job("after", at(LEAD), "2s", 106, POLICY)], perf=PROVIDER, chaos=PROVIDER)
    taktd = world.start_taktd().wait_ready()
    wait_state(world, "after", "stopped")
    expect_equal(taktd.terminate(), 0, "exit code")
    check_everything(world, BURST, RATE)


# salvage.

def pages_of(path, name):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return [row[0] for row in connection.execute("SELECT pageno FROM dbstat WHERE name = ? ORDER BY pageno", (name,))]


def break_page(path, number):
    with open(path, "r+b") as file:
        file.seek((number - 1) * 4096)
        file.write(os.urandom(4096))


def salvaged(world, table):
    leave_running(world, {"load": 600, "drill": 600, "other-load": 600})
    broken, new = world.store.path, world.folder / "new.db"
    ids = {run["id"] for run in world.store.runs()}
    break_page(broken, pages_of(broken, table)[0])
    world.write_config([perf_job("next", at(3600), "2s", 105, POLICY)], perf=PROVIDER, chaos=PROVIDER)
    taktd = world.start_taktd()
    wait_for(lambda: not taktd.is_running() or "READY=1" in taktd.notified(), "it refuses, or stops what can be read")
    wait_for(lambda: "damaged" in taktd.err() and "salvage" in taktd.err(), taktd.err)
    taktd.kill()

    done = ctl(world, 0, "salvage", "--db", broken, "--to", new)
    expect("pages cannot be read" in done.out(), done.out())
    world.store.path = new
    kept = {run["id"] for run in world.store.open_obligations()}
    for lost in ids - kept:
        expect(lost in done.out() and "MAY BE RUNNING" in done.out(), f"{lost} is lost silently: {done.out()}")
    expect(len(kept) == 3 or table == "runs", f"{len(kept)} of 3 obligations are left: {done.out()}")
    check_histories(world.store)
    check_verify(world.store)

    world.write_config([perf_job("next", at(LEAD), "2s", 105, POLICY)], perf=PROVIDER, chaos=PROVIDER)
    taktd = world.start_taktd().wait_ready()
    expect_equal(int(taktd.lines("recovered")[0]["obligations"]), len(kept), "obligations recovered")
    for job in ("load", "drill", "other-load"):
        if world.store.run(job):
            wait_state(world, job, "stopped")  # their jobs have left the config
    held = wait_state(world, "next", "skipped")
    expect_equal(held["reason"], "hold", "reason")
    expect_equal(taktd.terminate(), 0, "exit code")
    expect_equal(world.sim.truth()["still_running"], 3 - len(kept), "tasks that still run")
    check_verify(world.store)


CASES = {
    "a run that falls due meanwhile": falls_due_meanwhile,
    "killed with live runs": functools.partial(all_stopped, end=signal.SIGKILL),
    "ended in order with live runs": functools.partial(all_stopped, end=signal.SIGTERM),
    "due only": due_only,
    "nothing due": nothing_due_costs_nothing,
    "a living daemon": living_daemon,
    "an unreachable provider": unreachable,
    "interrupted": interrupted,
    "a missing secret": missing_secret,
    "a broken config": config_is_not_needed,
    "after a start that was sent": functools.partial(after_a_crash_at, point="start_sent",
                                                     states="due starting unconfirmed stopping stopped"),
    "after a start that was not sent": functools.partial(after_a_crash_at, point="intent_committed", provider="chaos",
                                                         states="due starting unconfirmed stopping failed"),
    "crashes when a stop is sent": functools.partial(crashes_itself, point="stop_sent"),
    "crashes in recovery": functools.partial(crashes_itself, point="recovery_half_done"),
    "hands over to the daemon": hands_over_to_the_daemon,
    "discharge": discharged,
    "a hold": held_and_released,
    "salvage of runs": functools.partial(salvaged, table="runs"),
    "salvage of transitions": functools.partial(salvaged, table="transitions"),
    "salvage of calls": functools.partial(salvaged, table="calls"),
    "salvage of job_state": functools.partial(salvaged, table="job_state"),
}


class OfflineTest(unittest.TestCase):
    def test_each_last_resort(self):
        run_cases(self, CASES)


if __name__ == "__main__":
    unittest.main(verbosity=2)
