# SPDX-License-Identifier: Apache-2.0
"""Upgrades of the store: one as each earlier version of the schema would have left it, with live runs of both vendors in it, is
brought up to date by taktd; its runs are owed their stops at once, are stopped in time, and their story is whole.

What an earlier version wrote is told by its migrations: shipped_migrations.txt keeps their checksums, so that a change to one that
has been shipped shows here, as it would in every store that is out there."""

import functools
import pathlib
import signal
import sqlite3
import unittest

from ground_truth import check_everything, expect_equal
from harness import TestCase, at, chaos_job, perf_job, run_cases, wait_state

FOLDER = pathlib.Path(__file__).parent
SHIPPED = [line.split() for line in (FOLDER / "shipped_migrations.txt").read_text().splitlines()]
MIGRATIONS = FOLDER.parents[1] / "migrations"
PROVIDER = "timeout: 1s\npoll_interval: 300ms\nsettle: 600ms"
POLICY = "start_grace: 60s\nmin_window: 100ms"


def columns(store, table):
    return [row[1] for row in store.execute(f"PRAGMA table_info({table})")]


def tables(store):
    return [row[0] for row in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def make_old(path, level):
    """Puts a store of that level in the place of this one: of each table that it had then, the columns that it had then."""
    new_path = path.with_name("new.db")
    for suffix in ("", "-wal", "-shm"):
        if (file := pathlib.Path(f"{path}{suffix}")).exists():
            file.rename(f"{new_path}{suffix}")
    now, old = sqlite3.connect(new_path), sqlite3.connect(path, isolation_level=None)
    for pragma in ("application_id", "auto_vacuum"):
        old.execute(f"PRAGMA {pragma} = {now.execute(f'PRAGMA {pragma}').fetchone()[0]}")
    old.execute("PRAGMA journal_mode = wal")
    old.execute("CREATE TABLE schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, "
                "applied_ns INTEGER NOT NULL) STRICT")
    for number, (name, checksum) in enumerate(SHIPPED[:level], 1):
        old.executescript((MIGRATIONS / f"{name}.sql").read_text())
        old.execute("INSERT INTO schema_migrations VALUES (?, ?, ?, 1700000000000000000)", (number, name, checksum))
    kept = set(tables(now))
    for table in tables(old):
        names = [name for name in columns(old, table) if name in columns(now, table)]
        if table == "schema_migrations" or table not in kept or table == "outbox":  # outbox was another table, and never written
            continue
        for row in now.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall():
            old.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", row)
    now.close()
    old.close()


def live_runs_of(level, world):
    world.start_simcloud()
    world.write_config([perf_job("load", at(0.5), "12s", 101, POLICY), chaos_job("drill", at(0.5), "12s", 201, POLICY),
                        perf_job("done", at(0.5), "1s", 102, POLICY)], perf=PROVIDER, chaos=PROVIDER)
    taktd = world.start_taktd().wait_ready()
    wait_state(world, "done", "stopped")
    for job in ("load", "drill"):
        wait_state(world, job, "running")
    taktd.send(signal.SIGKILL)
    taktd.wait_exit()
    before = {run["job"]: run for run in world.store.runs()}
    make_old(world.store.path, level)
    expect_equal(len(world.store.query("SELECT * FROM schema_migrations")), level, "migrations of the old store")
    taktd = world.start_taktd().wait_ready()
    expect_equal(taktd.lines("recovered")[0]["obligations"], 2, "stops that are owed")
    for job in ("load", "drill"):
        run = wait_state(world, job, "stopped")
        expect_equal((run["id"], run["reason"], run["stop_due_ns"]), (before[job]["id"], "schedule", before[job]["stop_due_ns"]), job)
    expect_equal(world.store.run("done")["updated_ns"], before["done"]["updated_ns"], "the run that was over is as it was")
    rows = world.store.query("SELECT name, checksum FROM schema_migrations ORDER BY number")
    expect_equal([[row["name"], row["checksum"]] for row in rows], SHIPPED, "migrations after the upgrade")
    taktd.terminate()
    check_everything(world, burst=10, per_second=50)


class OldStores(TestCase):
    def test_Upgrade_ofAStoreOfEachEarlierLevelWithLiveRuns_stopsThemInTime(self):
        run_cases(self, {f"level {level}": functools.partial(live_runs_of, level) for level in range(1, len(SHIPPED))})

    def test_ShippedMigrations_areThoseOfANewStore(self):
        self.world.start_simcloud()
        self.world.write_config([])
        self.world.start_taktd().wait_ready()
        rows = self.world.store.query("SELECT name, checksum FROM schema_migrations ORDER BY number")
        self.assertEqual([f"{row['name']} {row['checksum']}" for row in rows], [" ".join(line) for line in SHIPPED],
                         "a migration stays as it was shipped; a new one adds its line to shipped_migrations.txt")


if __name__ == "__main__":
    unittest.main()
