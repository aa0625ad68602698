# SPDX-License-Identifier: Apache-2.0
"""Disks that fill up, or that become read-only as a failing one does, under runs that owe a stop: every stop goes out in time, nothing
starts, and the history is whole once the store can be written. One story each, on the real binary."""

import contextlib
import functools
import json
import signal
import sqlite3
import subprocess
import unittest

from disks import Filler, can_mount, mount_disk, remount
from ground_truth import (check_all_answered, check_calls_are_the_requests, check_everything, check_histories,
                          check_one_effect_per_run, check_stopped, check_vendor, check_verify, expect, expect_equal)
from harness import BIN, chaos_job, perf_job, at, run_cases, wait_for, wait_state
from test_hardships import BURST, LEAD, NORMAL, OVER, POLICY, PROVIDER, RATE, begin, check_end, states

UNWRITABLE = "THE STORE CANNOT BE WRITTEN"


def begin_on_small_disk(world):
    """Eight runs, four on each cloud, of 3 to 6.5 s; the last start of each cloud is answered only after 800 ms."""
    folder = mount_disk(world, "3m")
    world.start_simcloud(faults=["perf:start:task=104:delay=800ms", "chaos:start:task=204:delay=800ms"])
    jobs = []
    for n in range(4):
        jobs.append(perf_job(f"load-{n}", at(LEAD), f"{3000 + 1000 * n}ms", 101 + n, POLICY))
        jobs.append(chaos_job(f"drill-{n}", at(LEAD), f"{3500 + 1000 * n}ms", 201 + n, POLICY))
        jobs.append(perf_job(f"late-{n}", at(LEAD + 1.5 + n / 2), "2s", 106 + n, "start_grace: 300ms\nmin_window: 100ms"))
    world.write_config(jobs, perf=PROVIDER, chaos=PROVIDER)
    taktd = world.start_taktd().wait_ready()
    wait_for(lambda: len(world.sim.requests("start")) == 8, "eight starts come")
    return folder, taktd


def is_ours(job):
    return not job.startswith("late")


def check_ends_in_time(world):
    by_task = {run["task_key"].rsplit("|", 1)[1]: run for run in world.store.runs() if is_ours(run["job"])}
    for vendor_run in world.sim.runs():
        run = by_task[vendor_run["task_id"]]
        check_stopped(run, vendor_run)


def open_obligations_on_full_disk(world):
    """Nothing, if SQLite finds no room for its own notes of a reader (-shm), which is on the same disk."""
    try:
        return world.store.open_obligations()
    except sqlite3.OperationalError as error:
        if "disk I/O error" not in str(error):
            raise
        return None


def disk_full_under_many_runs(world):
    folder, taktd = begin_on_small_disk(world)
    filler = Filler(folder)
    try:
        told = taktd.wait_line("the store cannot be written; no start is made until it can")
        expect(told["level"] in ("warning", "error"), f"{told}")
        wait_for(lambda: world.sim.truth()["still_running"] == 0, "every run ends while the disk is full")
        expect(open_obligations_on_full_disk(world) != [], "the store knows nothing of it yet")
        expect(UNWRITABLE in taktd.notified()[-1], f"the status while the disk is full: {taktd.notified()[-1]}")
    finally:
        filler.end()
    taktd.wait_line("the store can be written again, and nothing was lost")
    wait_for(lambda: UNWRITABLE not in taktd.notified()[-1], "the status says that all is well again")
    wait_for(lambda: all(run["state"] in OVER for run in world.store.runs()) and len(world.store.runs()) == 12, "the history is whole")
    expect_equal(taktd.terminate(), 0, "exit code")
    check_everything(world, BURST, RATE)
    check_calls_are_the_requests(world)
    check_ends_in_time(world)
    expect_equal(len(world.sim.runs()), 8, "starts; none was made without a store")
    for run in world.store.runs():
        if is_ours(run["job"]):
            expect_equal((states(world, run), run["reason"]), (NORMAL, "schedule"), run["job"])


def killed_on_a_full_disk(world):
    """The next daemon can only read the store, and stops what it finds; stops that were delivered may come again."""
    folder, taktd = begin_on_small_disk(world)
    filler = Filler(folder)
    try:
        taktd.wait_line("the store cannot be written; no start is made until it can")
        wait_for(lambda: world.sim.truth()["still_running"] <= 5, "some runs end while the disk is full")
        taktd.kill()
        again = world.start_taktd().wait_ready()
        # It is opened to be read, or the old log has just enough room to open it and no more.
        wait_for(lambda: any(line["message"].startswith("the store cannot be written") for line in again.lines()),
                 "it says that it cannot write")
        wait_for(lambda: world.sim.truth()["still_running"] == 0, "every run ends while the disk is full")
    finally:
        filler.end()
    wait_for(lambda: all(run["state"] in OVER for run in world.store.runs()), "every run is over")
    expect_equal(again.terminate(), 0, "exit code")
    # All but the write-ahead of stops: those that went out on the full disk are known to the dead daemon only.
    check_vendor(world)
    check_one_effect_per_run(world)
    check_histories(world.store)
    check_all_answered(world.store)
    expect_equal(world.store.open_obligations(), [], "open obligations")
    check_verify(world.store)


def read_only_over_a_restart(world, end):
    """As ext4 does it when the disk fails: what is owed is read and stopped on time, and written down once that is possible."""
    folder = mount_disk(world, "2m")
    first = begin(world, "chaos", window=4)
    run = wait_state(world, "job", "running")
    first.send(end)
    first.wait_exit()
    remount(folder, "ro")
    again = world.start_taktd().wait_ready()
    expect_equal(int(again.lines("recovered")[0]["obligations"]), 1, "obligations recovered")
    told = again.wait_line("the store cannot be written: owed stops still go out, and nothing is started")
    expect("read-only" in told["cause"], f"{told}")
    wait_for(lambda: world.sim.truth()["still_running"] == 0, "the run ends while the disk is read-only")
    wait_for(lambda: any(UNWRITABLE in line for line in again.notified()), "the status says so")
    listed = subprocess.run([BIN / "taktctl", "runs", "--db", world.store.path, "--output", "json"], capture_output=True, text=True)
    expect_equal([run["state"] for run in json.loads(listed.stdout)["runs"]], ["running"], "what the store knows meanwhile")
    remount(folder, "rw")
    wait_state(world, "job", "stopped")
    expect_equal(again.terminate(), 0, "exit code")
    check_everything(world, BURST, RATE)
    check_end(world, "chaos", run)


def no_inode_at_the_start(world, end):
    """A disk with room but without an inode: the log of the store cannot be made."""
    folder = mount_disk(world, "2m,nr_inodes=12")
    first = begin(world, "chaos", window=4)
    run = wait_state(world, "job", "running")
    first.send(end)
    first.wait_exit()
    with contextlib.suppress(OSError):
        for n in range(100):
            (folder / f"inode{n}").touch(exist_ok=False)
    again = world.start_taktd().wait_ready()
    expect_equal(int(again.lines("recovered")[0]["obligations"]), 1, "obligations recovered")
    wait_for(lambda: world.sim.truth()["still_running"] == 0, "the run ends meanwhile")
    for file in folder.glob("inode*"):
        file.unlink()
    wait_state(world, "job", "stopped")
    expect_equal(again.terminate(), 0, "exit code")
    check_everything(world, BURST, RATE)
    check_end(world, "chaos", run)


CASES = {"no inode after SIGKILL": functools.partial(no_inode_at_the_start, end=signal.SIGKILL),
         "no inode after SIGTERM": functools.partial(no_inode_at_the_start, end=signal.SIGTERM),
         "a disk full under many runs": disk_full_under_many_runs, "killed on a full disk": killed_on_a_full_disk,
         "a read-only disk after SIGKILL": functools.partial(read_only_over_a_restart, end=signal.SIGKILL),
         "a read-only disk after SIGTERM": functools.partial(read_only_over_a_restart, end=signal.SIGTERM)}


class DisksTest(unittest.TestCase):
    def test_each_disk(self):
        if not can_mount():
            self.skipTest("only root may mount a small disk, and not in every container")
        run_cases(self, CASES)


if __name__ == "__main__":
    unittest.main(verbosity=2)
