# SPDX-License-Identifier: Apache-2.0
"""A store that is damaged, absent, busy or out of reach is never "nothing owed": not by any command, not under a living daemon, and
not at its start. One story each, on the real binaries."""

import contextlib
import functools
import os
import shutil
import sqlite3
import subprocess
import unittest

from ground_truth import check_everything, check_verify, expect, expect_equal
from harness import BIN, at, chaos_job, perf_job, run_cases, wait_for, wait_state
from test_offline import BURST, LEAD, POLICY, PROVIDER, RATE, check_nothing_is_owed, ctl, leave_running, offline

ANEW = "files of the store were removed or cut while in use; taktd recreates them"


# Stores that are damaged, absent or out of reach.

def files_of(world):
    return {f.name: f.stat().st_size for f in world.store.path.parent.glob(world.store.path.name + "*") if not f.name.endswith(".lock")}


def half_a_store(world, arrange, words):
    """No command takes it for nothing, or makes a store of it; what salvage finds is stopped."""
    leave_running(world, {"load": 600, "drill": 600})
    arrange(world.store.path)
    before = files_of(world)
    for arguments in (("stop-all", "--offline"), ("stop-all", "--offline", "--due"), ("hold", "--reason", "x"), ("release",), ("runs",),
                      ("discharge", "load", "--reason", "x")):
        done = ctl(world, 1, *arguments, "--db", world.store.path)
        expect(words in done.err() and "taktctl salvage" in done.err(), f"{arguments}: {done.err()}")
    taktd = world.start_taktd()
    expect_equal(taktd.wait_exit(), 1, "exit code of taktd")
    expect("taktctl salvage" in taktd.lines("cannot open the store")[0]["cause"], taktd.err())
    expect_equal(files_of(world), before, "the store's files")
    new = world.folder / "new.db"
    ctl(world, 0, "salvage", "--db", world.store.path, "--to", new)
    world.store.path = new
    expect_equal(len(world.store.open_obligations()), 2, "obligations that salvage finds")
    offline(world, 0)
    expect_equal(world.sim.truth()["still_running"], 0, "tasks that still run")
    check_verify(world.store)


def empty_file(path):
    os.truncate(path, 0)


def no_store_yet(world):
    nowhere = world.folder / "tt.db"
    done = ctl(world, 0, "stop-all", "--offline", "--due", "--db", nowhere)
    expect(f"there is no store {nowhere} yet" in done.err() and len(done.err().splitlines()) == 1, done.err())
    done = ctl(world, 1, "stop-all", "--offline", "--db", nowhere)
    expect(f"there is no store {nowhere}" in done.err(), done.err())
    expect_equal(files_of(world), {}, "files that are made")


def out_of_reach(world):
    """Another user may not look into the store's directory."""
    if os.geteuid() != 0:
        return
    folder = world.folder / "own"
    folder.mkdir(mode=0o700)
    world.folder.chmod(0o755)
    world.store.path = folder / "taktd.db"
    program = shutil.copy(BIN / "taktctl", world.folder)
    leave_running(world, {"load": 600})
    for more in ((), ("--due",)):
        done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", program, "stop-all", "--offline",
                               "--db", world.store.path, *more], capture_output=True, text=True)
        expect_equal(done.returncode, 1, f"exit code: {done.stderr}")
        expect("Permission denied" in done.stderr, done.stderr)
    offline(world, 0)
    check_nothing_is_owed(world)


def tidied_up(world, tidy):
    """Somebody removes or empties a file of the living store, and then the machine dies: the next daemon knows what runs."""
    world.start_simcloud()
    world.write_config([perf_job("load", at(LEAD), "600s", 101, POLICY), chaos_job("drill", at(LEAD), "600s", 201, POLICY)],
                       perf=PROVIDER, chaos=PROVIDER)
    taktd = world.start_taktd().wait_ready()
    for name in ("load", "drill"):
        wait_state(world, name, "running")
    tidy(world.store.path)
    expect_equal(taktd.wait_line(ANEW)["nothing_lost"], True, "nothing lost")
    taktd.kill()
    expect_equal({run["job"]: run["state"] for run in world.store.runs()}, {"load": "running", "drill": "running"}, "runs")
    offline(world, 0)
    check_nothing_is_owed(world)


def second_daemon(world, name):
    """Without the lock's file, and by another name: the first goes on, the second is refused."""
    world.start_simcloud()
    world.write_config([perf_job("load", at(LEAD), "2s", more=POLICY)], perf=PROVIDER, chaos=PROVIDER)
    taktd = world.start_taktd().wait_ready()
    path = world.store.path
    path.with_name("taktd.db.lock").unlink()
    other = path.with_name("other.db")
    name(path, other)
    world.store.path = other
    world.write_config([], name="other.yaml", perf=PROVIDER, chaos=PROVIDER)
    world.store.path = path
    second = world.start_taktd("other.yaml")
    expect_equal(second.wait_exit(), 1, "exit code of the second")
    expect("in use by another taktd" in second.lines("cannot open the store")[0]["cause"], second.err())
    expect("in use by another taktd" in ctl(world, 1, "stop-all", "--offline", "--db", other).err(), "stop-all")
    wait_state(world, "load", "stopped")
    expect_equal(taktd.terminate(), 0, "exit code")
    check_everything(world, BURST, RATE)


def busy_at_start(world):
    """Another program has the store locked: what is owed is stopped all the same, and written down when it lets go."""
    leave_running(world, {"load": 2})
    world.write_config([], perf=PROVIDER, chaos=PROVIDER)
    with contextlib.closing(sqlite3.connect(world.store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        taktd = world.start_taktd().wait_ready()
        told = taktd.wait_line("the store cannot be written: owed stops still go out, and nothing is started")
        expect("locked by another program" in told["cause"], told)
        wait_for(lambda: world.sim.truth()["still_running"] == 0, "the run is stopped meanwhile")
        expect_equal(other.execute("SELECT state FROM runs").fetchall(), [("running",)], "what the store knows meanwhile")
        other.execute("ROLLBACK")
    wait_state(world, "load", "stopped")
    expect_equal(taktd.terminate(), 0, "exit code")
    check_everything(world, BURST, RATE)


def relative_path(world):
    """Started elsewhere, taktd and taktctl find the same store."""
    (world.folder / "elsewhere").mkdir()
    absolute = world.store.path
    world.store.path = "taktd.db"
    world.start_simcloud()
    config = world.write_config([perf_job("load", at(LEAD), "600s", more=POLICY)], perf=PROVIDER, chaos=PROVIDER)
    world.store.path = absolute
    taktd = world.start_taktd().wait_ready()
    wait_state(world, "load", "running")
    taktd.kill()
    done = subprocess.run([BIN / "taktctl", "stop-all", "--offline", "--config", config], cwd=world.folder / "elsewhere",
                          env={**os.environ, **world.credentials_env}, capture_output=True, text=True)
    expect_equal((done.returncode, world.sim.truth()["still_running"]), (0, 0), f"exit code, tasks that run: {done.stderr}")
    done = subprocess.run([BIN / "taktctl", "runs", "--config", f"../{config.name}"], cwd=world.folder / "elsewhere", capture_output=True, text=True)
    expect("stopped" in done.stdout, done.stdout + done.stderr)
    expect_equal(list((world.folder / "elsewhere").iterdir()), [], "files made elsewhere")
    check_nothing_is_owed(world)


def removed(*ends):
    return lambda path: [path.with_name(path.name + end).unlink() for end in ends]


CASES = {
    "an empty store beside its log": functools.partial(half_a_store, arrange=empty_file, words="is empty (0 bytes)"),
    "a log without its store": functools.partial(half_a_store, arrange=removed(""), words="is not there, but"),
    "no store yet": no_store_yet,
    "a store out of reach": out_of_reach,
    "a removed log": functools.partial(tidied_up, tidy=removed("-wal")),
    "a removed log and index": functools.partial(tidied_up, tidy=removed("-wal", "-shm")),
    "an emptied log": functools.partial(tidied_up, tidy=lambda path: empty_file(path.with_name(path.name + "-wal"))),
    "a second daemon by a symbolic link": functools.partial(second_daemon, name=lambda path, other: other.symlink_to(path)),
    "a second daemon by a hard link": functools.partial(second_daemon, name=lambda path, other: other.hardlink_to(path)),
    "a store that is locked at the start": busy_at_start,
    "a relative path": relative_path,
}


class StoreFilesTest(unittest.TestCase):
    def test_each_store(self):
        run_cases(self, CASES)


if __name__ == "__main__":
    unittest.main(verbosity=2)
