# SPDX-License-Identifier: Apache-2.0
"""What stands around the daemon and does not do its part: a log whose reader sleeps, a service manager that does not read, closed
standard descriptors, stray signals, a clock centuries ahead. Runs are stopped all the same, and SIGTERM ends the daemon."""

import contextlib
import fcntl
import os
import pathlib
import signal
import socket
import sqlite3
import sys
import time
import unittest

from harness import BIN, Process, TestCase, at, perf_job, run_cases, wait_for

F_SETPIPE_SZ = 1031
RUNS = 30
FIRST_TASK = 101


def full_pipe(world):
    """A pipe that is full and that nobody ever reads; its writing end."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x")
    except BlockingIOError:
        pass
    os.set_blocking(writer, True)
    world.cleanups += [lambda: os.close(reader), lambda: os.close(writer)]
    return writer


def unread_socket(world):
    """A notification socket that is full and that nobody ever reads; its path."""
    path = str(world.folder / "unread.notify")
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        try:
            while True:
                sender.sendto(b"STATUS=filler", path)
        except BlockingIOError:
            pass
    world.cleanups.append(manager.close)
    return path


def thirty_jobs():
    # The window counts from the reload, and is long enough for a machine that is busy.
    return [perf_job(f"job{i}", at(3), after="12s", task=FIRST_TASK + i, more="start_grace: 10s") for i in range(RUNS)]


def all_runs_are_stopped(world):
    runs = world.store.runs()
    return len(runs) == RUNS and all(run["state"] == "stopped" for run in runs)


def stops_thirty_runs(world, taktd):
    world.write_config(thirty_jobs())
    taktd.send(signal.SIGHUP)
    wait_for(lambda: all_runs_are_stopped(world),
             lambda: f"30 runs are stopped: {[(r['job'], r['state'], r['reason']) for r in world.store.runs()]}")
    assert world.sim.truth()["still_running"] == 0, world.sim.truth()
    assert taktd.terminate() == 0


def prepare(world):
    world.start_simcloud(tasks=(f"perf:{FIRST_TASK}..{FIRST_TASK + RUNS - 1}", "chaos:201..202"))
    world.write_config([])


def log_reader_that_never_reads(world):
    prepare(world)
    taktd = world.start_taktd(stderr=full_pipe(world)).wait_notified_ready()
    stops_thirty_runs(world, taktd)


def notify_socket_that_nobody_reads(world):
    prepare(world)
    taktd = world.start_taktd(env={"NOTIFY_SOCKET": unread_socket(world), "WATCHDOG_USEC": "1000000"})
    taktd.wait_line("the service manager takes no notifications; taktd repeats them and waits for nothing")
    taktd.wait_line("recovered")
    stops_thirty_runs(world, taktd)


def refused_config_with_a_reader_that_never_reads(world):
    prepare(world)
    (world.folder / "taktd.yaml").write_text("version: 1\njobs: [\n" * 2000)
    taktd = world.start_taktd(stderr=full_pipe(world))
    assert taktd.wait_exit() == 78


def closed_standard_descriptors(world):
    prepare(world)
    closed = ("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh")
    taktd = world.start_taktd(through=closed).wait_notified_ready()
    taktd.send(signal.SIGHUP)
    wait_for(lambda: taktd.notified().count("READY=1") > 1, "it reloads")
    lock = pathlib.Path(f"{world.store.path}.lock")
    assert "recovered" not in lock.read_text(errors="replace"), lock.read_text(errors="replace")
    assert taktd.terminate() == 0
    taktctl = Process(world, "taktctl", [*closed, BIN / "taktctl", "stop-all", "--offline", "--db", world.store.path])
    assert taktctl.wait_exit() == 0
    assert "stopping" not in lock.read_text(errors="replace")
    for program in ("simcloud", "taktctl"):
        assert Process(world, f"help-{program}", [*closed, BIN / program, "--help"]).wait_exit() == 0


def stray_signals(world):
    prepare(world)
    taktd = world.start_taktd().wait_ready()
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGIO, signal.SIGPWR,
                   signal.SIGPIPE, signal.SIGXFSZ, signal.SIGXCPU, signal.SIGTTIN, signal.SIGTTOU, signal.SIGRTMIN, signal.SIGRTMAX):
        taktd.send(number)
    taktd.send(signal.SIGHUP)
    taktd.wait_line("reloaded")
    assert taktd.terminate() == 0


# A pending signal and its mask outlive exec: it is there before main() begins.
WITH_SIGHUP = (sys.executable, "-c", "import os, signal, sys\n"
               "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])\n"
               "os.kill(os.getpid(), signal.SIGHUP)\n"
               "os.execv(sys.argv[1], sys.argv[1:])")


def sighup_before_the_daemon_is_up(world):
    prepare(world)
    taktd = world.start_taktd(through=WITH_SIGHUP).wait_ready()
    taktd.wait_line("reloaded")
    assert taktd.terminate() == 0


def sighup_before_the_past_is_known(world):
    """No config takes over before all that the store knows of its jobs has been read, however early it is asked for."""
    prepare(world)
    world.write_config([perf_job("load", '"*/2 * * * * *"', "1s")])
    taktd = world.start_taktd().wait_ready()
    wait_for(lambda: world.store.runs("load"), "the job is known to the store")
    assert taktd.terminate() == 0
    with contextlib.closing(sqlite3.connect(world.store.path)) as store, store:
        store.execute("UPDATE job_state SET disabled = 1")
    newest = world.store.query("SELECT max(start_due_ns) AS due FROM runs")[0]["due"]
    taktd = world.start_taktd(through=WITH_SIGHUP).wait_ready()

    def new_runs():
        return world.store.query("SELECT state, reason FROM runs WHERE start_due_ns > ?", newest)
    wait_for(lambda: len(new_runs()) >= 2, "two occurrences have come due")
    assert all(run["reason"] == "disabled" for run in new_runs()), new_runs()
    assert taktd.terminate() == 0


def processor_seconds(taktd):
    fields = pathlib.Path(f"/proc/{taktd.child.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def clock_centuries_ahead(world):
    prepare(world)
    world.write_config([perf_job("nightly", '"0 2 * * *"')])
    fault = world.folder / "wall-offset"
    for years in (220, 230, 280, 300):  # 2246, 2256, and beyond what nanoseconds can count
        fault.write_text(str(min(years * 31_557_600 * 10**9, 2**63 - 1)))
        world.store.path.unlink(missing_ok=True)
        taktd = world.start_taktd(env={"TAKTD_TEST_WALL_OFFSET_FILE": str(fault)}).wait_ready()
        taktd.wait_line("the wall clock is beyond the year 2199, where schedules end: nothing is started by schedule, stops go out")
        before, began = processor_seconds(taktd), time.monotonic()
        wait_for(lambda: time.monotonic() > began + 1, "a second passes")
        spent = processor_seconds(taktd) - before
        assert spent < 0.5, f"{years} years ahead it spent {spent} s of one"
        assert taktd.terminate() == 0


CASES = {case.__name__: case for case in (
    log_reader_that_never_reads, notify_socket_that_nobody_reads, refused_config_with_a_reader_that_never_reads,
    closed_standard_descriptors, stray_signals, sighup_before_the_daemon_is_up,
    sighup_before_the_past_is_known, clock_centuries_ahead)}


class Surroundings(TestCase):
    def test_every_case(self):
        run_cases(self, CASES)


if __name__ == "__main__":
    unittest.main()
