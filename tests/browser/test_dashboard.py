# SPDX-License-Identifier: Apache-2.0
"""The dashboard in a browser, against taktd and simcloud. Starts both, and does to them what dashboard.mjs asks for while it drives
the page. script/test-browser runs it; TAKTD_PICTURES names the folder of its screenshots."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

from harness import at, chaos_job, perf_job, put_file, wait_for, wait_state  # noqa: E402
from test_control_http import ENV, OPERATOR, TOKENS, VIEWER, ControlHttpTest as ControlHttp, free_port  # noqa: E402

MARKUP = "<img src=x onerror=alert(1)>"


class DashboardTest(ControlHttp):
    def setUp(self):
        super().setUp()
        self.pictures = pathlib.Path(os.environ.get("TAKTD_PICTURES", self.world.folder))
        self.pictures.mkdir(parents=True, exist_ok=True)

    def start_world(self):
        self.start()
        self.jobs = [perf_job("load", at(3600), "1h", more="labels: {team: checkout}"), perf_job("soak", at(7200), "2h", task=102), perf_job("bare", at(9000), task=103)]
        self.proxy_port = free_port()
        self.write_jobs(self.jobs)
        self.taktd.reload()
        self.sim.add_fault("perf:start:task=103:status=400")
        self.sim.add_fault("perf:stop:task=102:status=500")

    def write_jobs(self, jobs):
        self.config = self.world.write_config(jobs, head="time_zone: Asia/Kathmandu\n")
        self.serve_at(f"127.0.0.1:{self.port}", f'{TOKENS}, hosts: ["127.0.0.1:{self.proxy_port}"]')

    def do(self, order):
        """What dashboard.mjs asks for."""
        if order in ("operator", "viewer"):
            return self.login(order)["code"]
        if order == "kill":
            self.taktd.kill()
        elif order == "start":
            self.taktd = self.world.start_taktd(env=ENV).wait_ready()
        elif order == "remove bare":
            self.before = self.config.read_text()
            self.write_jobs(self.jobs[:2])
        elif order == "break the config":
            put_file(self.config, self.before + "nonsense: 1\n")
        elif order == "restore the config":
            put_file(self.config, self.before)
        elif order == "stops":
            actions = self.ask("GET", "/api/v1/actions")[2]["actions"]
            return json.dumps([[each["target"], each["reason"]] for each in reversed(actions)
                               if (each["action"], each["actor"]) == ("stop", "token:operator")])
        elif order.startswith("mend "):
            name = order.split()[1]
            self.stuck.pop(name)
            self.fail_as_before()
            self.ask_socket("POST", f"/api/v1/jobs/{name}/stop", {})  # so that nobody waits for taktd's next one
        elif order == "mend":
            self.sim.clear_faults()
        else:
            raise AssertionError(f"what is '{order}'?")
        return "done"

    def test_dashboard(self):
        self.start_world()
        self.drive("dashboard.mjs")

    def start_incident(self):
        """Two runs that their vendor does not stop, one that nobody knows of, one that runs, and everything on hold."""
        self.start()
        self.proxy_port = free_port()
        self.stuck = {"checkout-load-sg": "perf:stop:task=101:status=503", "payments-spike-sg": "perf:stop:task=102:status=500"}
        ahead = enumerate(("checkout-load-bj", "checkout-spike-fra", "geo-disk-drill-sg"))
        self.write_jobs([perf_job("checkout-load-sg", at(36000), task=101), perf_job("payments-spike-sg", at(37000), task=102),
                         perf_job("shipping-latency-sg", at(38000), task=103), chaos_job("orders-az-drill-sg", at(39000)),
                         *(perf_job(name, at(3600 + 600 * place), task=104 + place) for place, name in ahead)])
        self.taktd.reload()
        self.fail_as_before()
        self.sim.add_fault("chaos:start:task=201:hang_before")
        for name, length in (("checkout-load-sg", "1s"), ("payments-spike-sg", "2s"), ("shipping-latency-sg", "1h"), ("orders-az-drill-sg", "1h")):
            status, _, body = self.ask("POST", f"/api/v1/jobs/{name}/start", {"for": length})
            self.assertEqual(status, 201, body)
        wait_state(self.world, "shipping-latency-sg", "running")
        wait_state(self.world, "orders-az-drill-sg", "starting", "unconfirmed")
        self.stuck["orders-az-drill-sg"] = "chaos:any:task=201:status=503"
        self.fail_as_before()
        wait_state(self.world, "orders-az-drill-sg", "unconfirmed")
        wait_for(lambda: self.ask("GET", "/api/v1/status")[2]["overdue"] == 2, "two runs are overdue")
        self.taktctl("hold", "--for", "2h", "--reason", "checkout is burning, INC-2231")

    def fail_as_before(self):
        self.sim.clear_faults()
        for fault in self.stuck.values():
            self.sim.add_fault(fault)

    def test_incident(self):
        self.start_incident()
        self.drive("incident.mjs")

    def drive(self, script):
        told = {"address": f"http://127.0.0.1:{self.port}/", "operator": OPERATOR, "viewer": VIEWER, "markup": MARKUP,
                "pictures": str(self.pictures), "proxyPort": self.proxy_port}
        driver = subprocess.Popen(["node", HERE / script, json.dumps(told)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(driver.stdin.close)
        self.addCleanup(driver.stdout.close)
        self.addCleanup(driver.kill)
        for line in driver.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "do:":
                driver.stdin.write(self.do(rest) + "\n")
                driver.stdin.flush()
            else:
                print(line, end="", flush=True)
        self.assertEqual(driver.wait(), 0, "a check in the browser failed; see above")


# Its tests run where they are at home.
del ControlHttp

if __name__ == "__main__":
    unittest.main(defaultTest=["DashboardTest.test_incident", "DashboardTest.test_dashboard"])
