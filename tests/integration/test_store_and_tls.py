# SPDX-License-Identifier: Apache-2.0
"""The world around the daemon misbehaves: stores that are taken, broken, foreign or full, bad reloads, certificates that prove
nothing, a wall clock that steps. Each is refused in words that help, or survived without a run that goes on too long."""

import contextlib
import functools
import os
import signal
import sqlite3
import subprocess
import time
import unittest

from disks import Filler, can_mount, mount_disk, remount
from ground_truth import (S, check_all_answered, check_calls_are_the_requests, check_everything, check_histories, check_stopped, check_vendor,
                          check_verify, expect, expect_equal)
from harness import BIN, PATIENCE, at, chaos_job, perf_job, run_cases, wait_for, wait_state

BURST, RATE = 10, 50
PROVIDER = f"timeout: 1s\npoll_interval: 300ms\nsettle: 600ms\nrate_limit: {{rate: {RATE}/s, burst: {BURST}}}"
POLICY = "start_grace: 60s\nmin_window: 100ms"
LEAD = 1.5 * PATIENCE
NORMAL = "due starting running stopping stopped"


def configure(world, jobs, perf="", chaos="", **more):
    return world.write_config(jobs, perf=f"{PROVIDER}\n{perf}", chaos=f"{PROVIDER}\n{chaos}", **more)


def states(world, job):
    return " ".join(world.store.states(world.store.run(job)["id"]))


def check_stopped_once(world, provider, run):
    (vendor_run,) = world.sim.runs(provider)
    check_stopped(run, vendor_run)


def refused(world, *words):
    """taktd does not start, and says why."""
    taktd = world.start_taktd()
    expect_equal(taktd.wait_exit(), 1, f"exit code\n{taktd.err()}")
    cause = taktd.lines("cannot open the store")[0]["cause"]
    for word in (str(world.store.path), *words):
        expect(word in cause, f"'{word}' is not in: {cause}")
    expect("READY=1" not in taktd.notified(), "a daemon that cannot start is not ready")


# Stores.

def two_daemons(world):
    world.start_simcloud()
    configure(world, [perf_job("load", at(LEAD), "2s", more=POLICY)])
    first = world.start_taktd().wait_ready()
    refused(world, "in use by another taktd", f"pid {first.child.pid}", "store.path")
    wait_state(world, "load", "running")
    refused(world, "in use by another taktd")
    run = wait_state(world, "load", "stopped")
    expect_equal(first.terminate(), 0, "exit code of the first")
    check_everything(world, BURST, RATE)
    check_calls_are_the_requests(world)  # so none came of the second
    check_stopped_once(world, "perf", run)


def newer_schema(world):
    world.start_simcloud()
    configure(world, [])
    expect_equal(world.start_taktd().wait_ready().terminate(), 0, "exit code")
    with contextlib.closing(sqlite3.connect(world.store.path)) as connection, connection:
        connection.execute("INSERT INTO schema_migrations VALUES (9999, '9999_tomorrow', '0000000000000000', 0)")
    refused(world, "newer than this taktd", "9999_tomorrow")
    expect_equal(len(world.store.query("SELECT * FROM schema_migrations WHERE number = 9999")), 1, "the migration of tomorrow")


def foreign_file(world, content):
    world.start_simcloud()
    configure(world, [])
    world.store.path.write_bytes(content)
    refused(world, "not an SQLite database", "store.path")
    expect_equal(world.store.path.read_bytes(), content, "the foreign file")


def other_database(world):
    world.start_simcloud()
    configure(world, [])
    with contextlib.closing(sqlite3.connect(world.store.path)) as connection:
        connection.executescript("CREATE TABLE runs (id TEXT); INSERT INTO runs VALUES ('mine');")
    refused(world, "another program", "store.path")
    expect_equal(world.store.query("SELECT * FROM runs"), [{"id": "mine"}], "the other program's rows")


def damaged(world):
    """After an unclean stop the store is checked; one whose pages are rubbish is not trusted with stops."""
    world.start_simcloud()
    configure(world, [])
    taktd = world.start_taktd().wait_ready()
    taktd.kill()
    with contextlib.closing(sqlite3.connect(world.store.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(world.store.path, "r+b") as file:
        file.seek(4096)
        file.write(os.urandom(world.store.path.stat().st_size - 4096))
    refused(world, "damaged", "backup")


def missing_directory(world):
    world.start_simcloud()
    world.store.path = world.folder / "nowhere" / "taktd.db"
    configure(world, [])
    refused(world, str(world.folder / "nowhere"), "No such file", "store.path")
    expect(not (world.folder / "nowhere").exists(), "a directory is made by whoever runs taktd, not by it")


def read_only_directory(world):
    folder = mount_disk(world, "1m")
    remount(folder, "ro")
    world.start_simcloud()
    configure(world, [])
    refused(world, str(folder), "not writable", "Read-only file system")


def full_disk(world):
    """A live run's stop needs no disk; what happened meanwhile is told when there is room again."""
    folder = mount_disk(world, "2m")
    world.start_simcloud()
    configure(world, [perf_job("load", at(LEAD), "3s", more=POLICY), chaos_job("drill", at(LEAD + 2), "2s", more="start_grace: 500ms\nmin_window: 100ms")])
    taktd = world.start_taktd().wait_ready()
    wait_state(world, "load", "running")
    filler = Filler(folder)
    try:
        taktd.wait_line("the store cannot be written; no start is made until it can")
        wait_for(lambda: world.sim.runs("perf")[0]["ended_ns"], "the vendor's run ends while the disk is full")
        wait_for(lambda: world.sim.runs("perf")[0]["ended_ns"] + S < world.sim.truth()["now_ns"], "the drill's grace is over")
    finally:
        filler.end()
    run = wait_state(world, "load", "stopped")
    drill = wait_state(world, "drill", "skipped", "stopped")
    taktd.wait_line("the store can be written again, and nothing was lost")
    expect_equal(taktd.terminate(), 0, "exit code")
    check_everything(world, BURST, RATE)
    check_stopped_once(world, "perf", run)
    expect_equal(states(world, "load"), NORMAL, "states")
    expect_equal([c["outcome"] for c in world.store.calls(run["id"], "stop")], ["accepted"], "stop calls")
    expect_equal((drill["state"], drill["reason"]), ("skipped", "misfire"), "the run that came due on a full disk")
    expect_equal(world.sim.runs("chaos"), [], "starts without a store")
    check_calls_are_the_requests(world)


# Reloads and ends.

def bad_reload(world):
    world.start_simcloud()
    job = perf_job("load", at(LEAD), "2s", more=POLICY)
    config = configure(world, [job])
    taktd = world.start_taktd().wait_ready()
    wait_state(world, "load", "running")
    good = config.read_text()
    broken = good.replace("poll_interval: ", "pol_interval: ", 1) + perf_job("other", '"61 2 * * *"')
    broken += world.with_instants(job.replace("load", "third").replace("perf", "pref"))
    config.write_text(broken)
    taktd.send(signal.SIGHUP)
    taktd.wait_line("reload refused; the config in force stays")
    errors = [line["error"] for line in taktd.lines("config") if "error" in line]
    lines = broken.splitlines()
    for word in ("pol_interval", "61 2", "pref"):
        number = next(n for n, line in enumerate(lines, 1) if word in line)
        expect(any(f"taktd.yaml:{number}:" in error for error in errors), f"no error for '{word}', line {number}: {errors}")
    run = wait_state(world, "load", "stopped")
    expect_equal(taktd.terminate(), 0, "exit code")
    check_everything(world, BURST, RATE)
    check_stopped_once(world, "perf", run)
    expect_equal(run["reason"], "schedule", "reason")
    expect_equal([r["job"] for r in world.store.runs()], ["load"], "jobs that ran")


def provider_that_owes(world):
    """It cannot be removed while it owes a stop, and can be right after."""
    world.start_simcloud()
    config = configure(world, [chaos_job("drill", at(LEAD), "2500ms", more=POLICY)])
    taktd = world.start_taktd().wait_ready()
    run = wait_state(world, "drill", "running")
    text = config.read_text()
    config.write_text(text[:text.index("  chaos:")] + "jobs: {}\n")
    taktd.send(signal.SIGHUP)
    taktd.wait_line("reload refused; the config in force stays")
    errors = " ".join(line["error"] for line in taktd.lines("config") if "error" in line)
    for word in ("chaos", "owes a stop", run["id"], "drill"):
        expect(word in errors, f"'{word}' is not in: {errors}")
    expect_equal(world.store.run("drill")["state"], "running", "state after the refused reload")
    run = wait_state(world, "drill", "stopped")
    expect_equal(run["reason"], "schedule", "reason")
    taktd.reload()
    expect_equal(taktd.terminate(), 0, "exit code")
    check_everything(world, BURST, RATE)
    check_stopped_once(world, "chaos", run)


def end_with_live_runs(world):
    world.start_simcloud()
    configure(world, [perf_job("load", at(LEAD), "3s", more=POLICY), chaos_job("drill", at(LEAD), "4s", more=POLICY)])
    taktd = world.start_taktd().wait_ready()
    load, drill = wait_state(world, "load", "running"), wait_state(world, "drill", "running")
    expect_equal(taktd.terminate(), 0, "exit code")
    farewell = taktd.lines("stopped; runs are left to the next start")[0]
    expect_equal(int(farewell["owed_stops"]), 2, "owed stops")
    due = world.store.query("SELECT strftime('%Y-%m-%dT%H:%M:%f', ? / 1e9, 'unixepoch') AS t", load["stop_due_ns"])[0]["t"]
    expect(farewell["next_stop_due"].startswith(due[:19]), f"{farewell} does not name {due}")
    expect_equal(world.sim.truth()["still_running"], 2, "tasks left running")
    again = world.start_taktd().wait_ready()
    expect_equal(int(again.lines("recovered")[0]["obligations"]), 2, "obligations recovered")
    for name, provider, run in (("load", "perf", load), ("drill", "chaos", drill)):
        expect_equal(wait_state(world, name, "stopped")["id"], run["id"], "run")
        check_stopped_once(world, provider, run)
    expect_equal(again.terminate(), 0, "exit code")
    check_everything(world, BURST, RATE)
    check_calls_are_the_requests(world)


# TLS.

def make_certificate(world, names):
    """A certificate that is its own authority."""
    certificate, key = world.folder / "certificate.pem", world.folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=simcloud", "-addext", f"subjectAltName={names}", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


def tls(world, names="IP:127.0.0.1,DNS:localhost", trusted=True, refusal=None, plain_server=False):
    certificate, key = make_certificate(world, names)
    world.start_simcloud(extra=[] if plain_server else ["--tls-cert", certificate, "--tls-key", key])
    urls = {name: world.sim.urls[name].replace("http:", "https:") for name in ("perf", "chaos")}
    urls["chaos"] = urls["chaos"].replace("127.0.0.1", "localhost")
    more = POLICY + "\nretry: {attempts: 2, initial: 100ms, max: 100ms}"
    configure(world, [perf_job("load", at(LEAD), "1s", more=more), chaos_job("drill", at(LEAD), "1s", more=more)],
              *(f"baseline: {'false' if refusal else 'true'}\nendpoint: {urls[name]}" for name in ("perf", "chaos")))
    taktd = world.start_taktd(env={"SSL_CERT_FILE": str(certificate)} if trusted else None).wait_ready()
    runs = {name: wait_state(world, name, "stopped", "failed", "skipped") for name in ("load", "drill")}
    expect_equal(taktd.terminate(), 0, "exit code")
    check_everything(world, BURST, RATE)
    for name, run in runs.items():
        starts = world.store.calls(run["id"], "start")
        if not refusal:
            expect_equal(states(world, name), NORMAL, "states")
            continue
        expect_equal(states(world, name), "due starting due starting due failed", "states")
        expect_equal((run["reason"], run["obligation"]), ("retries_over", "none"), "reason and obligation")
        expect_equal([c["outcome"] for c in starts], ["not_sent"] * 2, "start calls")
        for call in starts:
            expect(call["sent_ns"] is None and not call["bytes_sent"], f"something left us: {call}")
            expect("TLS" in call["vendor_message"] and refusal in call["vendor_message"], f"no TLS, '{refusal}': {call['vendor_message']}")
    expect_equal(len(world.sim.runs()), 0 if refusal else 2, "starts that took effect")
    if refusal:
        expect_equal(world.sim.requests(), [], "requests that came")


def no_start_without_a_look(world):
    """With a baseline it does not even come to a start."""
    certificate, key = make_certificate(world, "IP:127.0.0.1")
    world.start_simcloud(extra=["--tls-cert", certificate, "--tls-key", key])
    configure(world, [perf_job("load", at(LEAD), "1s", more="start_grace: 500ms\nmin_window: 100ms")])
    taktd = world.start_taktd().wait_ready()
    run = wait_state(world, "load", "stopped", "failed", "skipped")
    expect_equal((run["state"], run["reason"]), ("skipped", "no_baseline"), "end")
    expect_equal(world.store.calls(run["id"], "start"), [], "start calls")
    expect_equal(world.sim.requests(), [], "requests that came")
    queries = world.store.query("SELECT * FROM calls WHERE action = 'query'")
    expect(queries and all(c["outcome"] == "not_sent" and "TLS" in c["vendor_message"] for c in queries), f"{queries}")
    expect_equal(taktd.terminate(), 0, "exit code")


def replaced_bundle(world):
    """Trust goes with a reload, and comes back without one once the bundle holds the authority again."""
    certificate, key = make_certificate(world, "IP:127.0.0.1")
    bundle = world.folder / "bundle.pem"
    bundle.write_bytes(certificate.read_bytes())
    world.start_simcloud(extra=["--tls-cert", certificate, "--tls-key", key])
    configure(world, [perf_job("load", at(LEAD), "3s", more=POLICY)])
    taktd = world.start_taktd(env={"SSL_CERT_FILE": str(bundle)}).wait_ready()
    wait_state(world, "load", "running")
    bundle.write_text("")
    taktd.send(signal.SIGHUP)
    taktd.wait_line("reloaded")
    wait_for(lambda: world.store.query("SELECT id FROM calls WHERE outcome = 'not_sent' AND vendor_message LIKE '%TLS%'"),
             "a call that trusts nobody")
    bundle.write_bytes(certificate.read_bytes())
    wait_state(world, "load", "stopped")
    expect_equal(taktd.terminate(), 0, "exit code")
    check_everything(world, BURST, RATE)


def plain_http_elsewhere(world):
    world.start_simcloud()
    config = configure(world, [], perf="endpoint: http://192.0.2.1:8080")
    taktd = world.start_taktd()
    expect_equal(taktd.wait_exit(), 78, "exit code")
    number = next(n for n, line in enumerate(config.read_text().splitlines(), 1) if "192.0.2.1" in line)
    expect(f"taktd.yaml:{number}:" in taktd.err() and "https" in taktd.err(), taktd.err())


# A wall clock that steps.

class Clock:
    """What the daemon's wall clock is off by, in seconds."""

    def __init__(self, world):
        folder = world.folder / "clock"
        folder.mkdir()
        self.path = folder / "offset"
        self.step(0)
        self.env = {"TAKTD_TEST_WALL_OFFSET_FILE": str(self.path)}

    def step(self, offset):
        scratch = self.path.with_suffix(".new")
        scratch.write_text(str(int(offset * S)))
        scratch.rename(self.path)


def check_after_steps(world):
    """As check_everything, but for what compares two wall clocks."""
    check_vendor(world)
    check_histories(world.store)
    check_all_answered(world.store)
    check_verify(world.store)
    expect_equal(world.store.open_obligations(), [], "open obligations")


def step_while_running(world, provider, offset, window, ends_after, restart=False):
    """However the clock steps, a run is stopped when its window is over on the clock that is ahead."""
    clock = Clock(world)
    world.start_simcloud()
    make_job = perf_job if provider == "perf" else chaos_job
    configure(world, [make_job("job", at(LEAD), f"{window}s", more=POLICY)])
    taktd = world.start_taktd(env=clock.env).wait_ready()
    run = wait_state(world, "job", "running")
    if restart:
        taktd.kill()
    clock.step(offset * world.slowness)
    if restart:
        taktd = world.start_taktd(env=clock.env).wait_ready()
    else:
        taktd.wait_line("the wall clock was set")
    expect_equal(wait_state(world, "job", "stopped")["id"], run["id"], "run")
    expect_equal(taktd.terminate(), 0, "exit code")
    check_after_steps(world)
    expect_equal(states(world, "job"), NORMAL, "states")
    (vendor_run,) = world.sim.runs(provider)
    lasted = (vendor_run["ended_ns"] - run["start_due_ns"]) / S
    expect(lasted >= ends_after * world.slowness - 0.05, f"ended {lasted:.3f} s after its start's instant, not after {ends_after}")
    # Whoever heeds but one of the clocks stops it when the window is over there.
    wrong = window if offset > 0 else window - offset
    expect(lasted < wrong * world.slowness, f"ended {lasted:.3f} s after its start's instant, as if the clock had not been set")


GRACE_MS = 200


def occurrences_and_steps(world, provider):
    """Back: nothing fires twice. Forward: what was jumped over is told, once, and not made up for."""
    clock = Clock(world)
    world.start_simcloud()
    make_job = perf_job if provider == "perf" else chaos_job
    # A CFG run on a task that had run before needs two looks, `settle` apart: that must be over before the next second.
    quick = PROVIDER.replace("settle: 600ms", "settle: 50ms").replace("poll_interval: 300ms", "poll_interval: 100ms")
    world.write_config([make_job("job", "{every: 1s}", "400ms", more=f"start_grace: {GRACE_MS}ms\nmin_window: 50ms")], perf=quick, chaos=quick)
    taktd = world.start_taktd(env=clock.env).wait_ready()
    fired = lambda: len(world.sim.runs(provider))
    wait_for(lambda: fired() >= 2, "two starts")
    clock.step(-2)
    taktd.wait_line("the wall clock was set")
    before = fired()
    wait_for(lambda: fired() >= before + 2, "the schedule goes on where it was")
    # What comes due between these two was not reached before the step, and is beyond its grace after it, however long the
    # step itself takes.
    last_beyond_grace = time.time_ns() + 20 * S - GRACE_MS * world.slowness * S // 1000
    clock.step(20)
    last_reached = time.time_ns() - 2 * S
    wait_for(lambda: len(taktd.lines("the wall clock was set")) == 2, "the second step is noticed")
    before = fired()
    wait_for(lambda: fired() >= before + 2, "the schedule goes on ahead")
    taktd.kill()
    clock.step(18)  # behind the store's own past: nothing fires before that is over
    taktd = world.start_taktd(env=clock.env).wait_ready()
    before = fired()
    wait_for(lambda: fired() >= before + 2, "the schedule goes on after the restart")
    configure(world, [])
    taktd.reload()
    wait_for(lambda: world.sim.truth()["still_running"] == 0 and not world.store.open_obligations(), "the last run ends")
    expect_equal(taktd.terminate(), 0, "exit code")
    check_after_steps(world)
    runs = world.store.runs()
    places = [run["occurrence_ns"] for run in runs]
    expect_equal(world.store.query("SELECT * FROM gaps"), [], "gaps")
    expect_equal(places, list(range(places[0], places[-1] + 1, S)), "occurrences")
    started = [run for run in runs if world.store.calls(run["id"], "start")]
    expect(fired() <= len(started), f"{fired()} starts took effect for {len(started)} runs")
    jumped_over = [run for run in runs if last_reached < run["occurrence_ns"] < last_beyond_grace]
    expect(len(jumped_over) >= 15, f"only {len(jumped_over)} of those jumped over are told")
    # Others may have been in the way of a run that a slow machine was late to end.
    expect_equal({(run["state"], run["reason"]) for run in jumped_over}, {("skipped", "misfire")}, "ends of those jumped over")
    vendor_runs = world.sim.runs(provider)
    pause = max((b["started_ns"] - a["started_ns"]) / S for a, b in zip(vendor_runs, vendor_runs[1:]))
    expect(pause >= 2, f"no pause of 2 s when the clock went back, {pause:.2f} s at most")


BEHIND = "the wall clock is behind the store: nothing is started until it has caught up; stops go out"


def ahead_once(world):
    """Life with the clock ten years ahead, then the right time: the cause is named, and the way back works."""
    clock = Clock(world)
    clock.step(10 * 365 * 86400)
    world.start_simcloud()
    configure(world, [perf_job("job", "{every: 1s}", "400ms", more="start_grace: 200ms\nmin_window: 50ms")])
    taktd = world.start_taktd(env=clock.env).wait_ready()
    fired = lambda: len(world.sim.runs("perf"))
    wait_for(lambda: fired() >= 2, "two starts")
    taktd.kill()
    clock.step(0)
    taktd = world.start_taktd(env=clock.env).wait_ready()
    expect(f"taktctl clock --db {world.store.path}" in taktd.wait_line(BEHIND)["remedy"], "the log names the command")
    check = subprocess.run([BIN / "taktctl", "status", "--check", "--socket", world.folder / "control.sock"], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True)
    expect("the clock is behind the store" in check.stdout and check.returncode == 1, f"a check names it: {check}")
    wait_for(lambda: not world.store.open_obligations(), "what was owed is stopped")
    expect_equal(taktd.terminate(), 0, "exit code")

    def ask(*arguments, status=0):
        done = subprocess.run([BIN / "taktctl", *arguments, "--db", world.store.path], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        expect_equal(done.returncode, status, f"{arguments}: {done.stderr}")
        return done

    config = world.folder / "taktd.yaml"
    for arguments in (("runs",), ("plan", "--config", config), ("why", "job")):
        expect("taktctl clock" in ask(*arguments).stderr, f"{arguments} name the cause")
    expect("nothing starts before it" in ask("plan", "--config", config).stdout, "the plan knows")
    expect("With --reason" in ask("clock").stdout, "shown first")
    expect("is taken back" in ask("clock", "--reason", "a dead battery").stdout, "done")
    expect("Nothing in the store is ahead" in ask("clock").stdout, "nothing is left ahead")
    expect_equal(ask("runs").stderr, "", "what `runs` says on stderr")

    before = fired()
    taktd = world.start_taktd(env=clock.env).wait_ready()
    wait_for(lambda: fired() >= before + 2, "starts go on")
    configure(world, [])
    taktd.send(signal.SIGHUP)
    taktd.wait_line("reloaded")
    wait_for(lambda: world.sim.truth()["still_running"] == 0 and not world.store.open_obligations(), "the last run ends")
    expect_equal(taktd.lines(BEHIND), [], "complaints")
    expect_equal(taktd.terminate(), 0, "exit code")
    check_after_steps(world)


CASES = {  # the longest first
    "steps and occurrences, perf": functools.partial(occurrences_and_steps, provider="perf"),
    "steps and occurrences, chaos": functools.partial(occurrences_and_steps, provider="chaos"),
    "a clock that was ahead": ahead_once,
    "two daemons on one store": two_daemons,
    "a newer schema": newer_schema,
    "garbage as a store": functools.partial(foreign_file, content=b"not a database at all\n" * 300),
    "garbage with SQLite's first words": functools.partial(foreign_file, content=b"SQLite format 3\0" + b"\xff" * 9000),
    "another program's database": other_database,
    "a damaged store": damaged,
    "no directory for the store": missing_directory,
    "a bad reload": bad_reload,
    "a provider that owes a stop": provider_that_owes,
    "SIGTERM with live runs": end_with_live_runs,
    "TLS, an unknown authority": functools.partial(tls, trusted=False, refusal="self-signed"),
    "TLS, another host's certificate": functools.partial(tls, names="DNS:elsewhere.example", refusal="mismatch"),
    "TLS against a server without": functools.partial(tls, plain_server=True, refusal="wrong version number"),
    "TLS, the right authority": tls,
    "TLS refused before a look": no_start_without_a_look,
    "TLS, the bundle is replaced": replaced_bundle,
    "plain http to another machine": plain_http_elsewhere,
    "the clock steps forward": functools.partial(step_while_running, provider="perf", offset=40, window=43, ends_after=3),
    "the clock steps forward past the stop": functools.partial(step_while_running, provider="chaos", offset=120, window=60, ends_after=0),
    "the clock steps back": functools.partial(step_while_running, provider="chaos", offset=-60, window=3, ends_after=3),
    "the clock steps back over a crash": functools.partial(step_while_running, provider="perf", offset=-60, window=3, ends_after=3, restart=True),
}
WITH_A_DISK = {"a read-only directory": read_only_directory, "a full disk": full_disk}


class StoreAndTlsTest(unittest.TestCase):
    def test_each_misfortune(self):
        mounts = can_mount()
        run_cases(self, CASES | (WITH_A_DISK if mounts else {}))
        for name in () if mounts else WITH_A_DISK:
            with self.subTest(name):
                self.skipTest("only root may mount a small disk, and not in every container")


if __name__ == "__main__":
    unittest.main(verbosity=2)
