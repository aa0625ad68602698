# SPDX-License-Identifier: Apache-2.0
"""How fast the dashboard is: 1,000 jobs with 25 windows a day, 10,000 runs of the past six hours; then 100,000 jobs with a window a
day, and the same runs. bench.mjs measures and prints. script/test-browser --bench runs it. It asserts no figure."""

import sqlite3
import sys
import time
import unittest

from test_dashboard import ENV, TOKENS, DashboardTest as Dashboard, free_port
from harness import at, job, perf_job, wait_for, wait_state

JOBS, RUNS_EACH, MANY_JOBS = 1000, 10, 100_000
MINUTE_NS = 60 * 10**9


class BenchTest(Dashboard):
    def start_world(self):
        self.start()
        self.proxy_port = free_port()
        status, _, body = self.ask("POST", "/api/v1/jobs/load/start", {"for": "1s"})
        self.assertEqual(status, 201, body)
        wait_state(self.world, "load", "stopped")
        self.assertEqual(self.taktd.terminate(), 0)
        self.write_history(self.world.store.run("load"))
        # Every 53 minutes is 25 times in the picture; none of them while the bench runs.
        self.begin_with(self.job(f"job-{number:04}", number, "53m", number % 50 * 60) for number in range(JOBS - 1))

    def begin_with(self, jobs):
        self.config = self.world.write_config([perf_job("load", at(24 * 3600), "1h"), *jobs], perf="foreign: ignore")
        self.serve_at(f"127.0.0.1:{self.port}", TOKENS)
        self.taktd = self.world.start_taktd(env=ENV).wait_ready()

    def job(self, name, number, every, offset):
        begin = time.strftime("%Y-%m-%d %H:%M", time.gmtime(time.time() + 1800 + offset))
        return job(name, "perf", f"{{test_suite_id: 1, task_id: {1000 + number}}}", f'{{every: {every}, from: "{begin}"}}',
                   "{after: 10m}", f"labels: {{team: t{number % 7}}}")

    def do(self, order):
        if order != "100,000 jobs":
            return super().do(order)
        self.assertEqual(self.taktd.terminate(), 0)
        self.begin_with(self.job(f"job-{number:06}", number, "24h", number * 80000 // MANY_JOBS) for number in range(MANY_JOBS - 1))
        wait_for(lambda: self.ask("GET", "/api/v1/status")[2].get("jobs") == MANY_JOBS, lambda: "the config is loaded")
        return "done"

    def write_history(self, like):
        """Runs like the one that has been, 35 minutes apart."""
        store = sqlite3.connect(self.world.store.path)
        now = time.time_ns()
        for table, key in (("runs", "id"), ("calls", "run_id")):
            names = [row[1] for row in store.execute(f"PRAGMA table_info({table})")]
            where = f"{key} = ?" + (" AND action = 'start'" if table == "calls" else "")
            row = dict(zip(names, store.execute(f"SELECT * FROM {table} WHERE {where}", (like["id"],)).fetchone()))
            for number in range((JOBS - 1) * RUNS_EACH):
                owner, place = divmod(number, RUNS_EACH)
                begin = now - (place * 35 + 12 + owner % 20) * MINUTE_NS
                if table == "runs":
                    row.update(id=f"01a20000-0000-7000-8000-{number:012x}", job=f"job-{owner:04}", occurrence_ns=None, request_key=None,
                               start_due_ns=begin, created_ns=begin, stop_due_ns=begin + 10 * MINUTE_NS, max_end_ns=begin + 10 * MINUTE_NS,
                               updated_ns=begin + 10 * MINUTE_NS, origin="manual", state="failed" if number % 7 == 6 else "stopped")
                else:
                    row.update(id=f"01a20000-0000-7000-9000-{number:012x}", run_id=f"01a20000-0000-7000-8000-{number:012x}",
                               intent_ns=begin, sent_ns=begin, done_ns=begin + 10**8)
                store.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", list(row.values()))
        store.commit()
        store.close()

    def test_dashboard(self):
        self.start_world()
        self.drive("bench.mjs")


del Dashboard

if __name__ == "__main__":
    sys.exit(not unittest.main(defaultTest="BenchTest.test_dashboard", exit=False).result.wasSuccessful())
