# SPDX-License-Identifier: Apache-2.0
"""A real Alertmanager with the config of the cookbook: an alert that fires stops the run that its label names, once; one that is
resolved changes nothing. Left out where Alertmanager is not installed."""

import datetime
import http.client
import json
import pathlib
import re
import shutil
import unittest
import urllib.request

import yaml

from harness import Process, TestCase, at, hung, perf_job, put_file, wait_for
from test_control import manual
from test_control_http import OPERATOR, ControlHttpTest, UnixConnection, free_port

COOKBOOK = pathlib.Path(__file__).resolve().parents[2] / "docs/cookbook.md"
PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
HOOK = "/api/v1/hooks/alertmanager"
JOB = "nightly-checkout-load"


def of_cookbook(program):
    """The block of YAML that is `program`'s."""
    return re.search(rf"^```yaml\n# {program}\n(.*?)^```$", COOKBOOK.read_text(), re.DOTALL | re.MULTILINE)[1]


def replaced(text, *changes):
    """Each of them stands in the recipe once."""
    for old, new in changes:
        if text.count(old) != 1:
            raise AssertionError(f"the recipe has '{old}' {text.count(old)} times")
        text = text.replace(old, new)
    return text


class Alertmanager(Process):
    def __init__(self, world, config):
        path = world.folder / "alertmanager.yml"
        put_file(path, config)
        self.port = free_port()
        super().__init__(world, "alertmanager", [PROGRAM, f"--config.file={path}", f"--storage.path={world.folder / 'alerts'}",
                                                 f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="])
        wait_for(self.is_ready, lambda: f"Alertmanager is ready\n{self.err()[-3000:]}")

    def ask(self, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body and json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=hung()) as answer:
            return answer.read()

    def is_ready(self):
        if not self.is_running():
            raise AssertionError(f"Alertmanager ended:\n{self.err()}")
        try:
            self.ask("/-/ready")
        except OSError:
            return False
        return True

    def post(self, labels, is_firing=True):
        now = datetime.datetime.now(datetime.timezone.utc)
        ends = now + datetime.timedelta(hours=1) if is_firing else now
        began = now - datetime.timedelta(hours=1)  # the same each time, for Alertmanager: it goes by the labels
        self.ask("/api/v2/alerts", [{"labels": labels, "startsAt": began.isoformat(), "endsAt": ends.isoformat()}])

    def receivers(self):
        return {receiver["name"] for alert in json.loads(self.ask("/api/v2/alerts")) for receiver in alert["receivers"]}


@unittest.skipUnless(PROGRAM, "Alertmanager is not installed (Debian: prometheus-alertmanager; script/setup installs it)")
class AlertmanagerTest(TestCase):
    serve_at, send, ask = ControlHttpTest.serve_at, ControlHttpTest.send, ControlHttpTest.ask

    def start_all(self, *changes):
        """Two jobs run, and Alertmanager has the recipe with `changes`."""
        self.port = free_port()
        self.sim = self.world.start_simcloud()
        self.config = self.world.write_config([manual(perf_job(JOB, at(3600), "1h")), manual(perf_job("other", at(3600), "1h", 102))])
        self.serve_at(f"127.0.0.1:{self.port}")
        self.taktd = self.world.start_taktd(env={"TAKTD_TEST_OPERATOR": OPERATOR, "TAKTD_TEST_VIEWER": "nobody-needs-to-look"}).wait_ready()
        for job in (JOB, "other"):
            self.begin(job)
        token = self.world.folder / "token"
        put_file(token, OPERATOR)
        recipe = replaced(of_cookbook("Alertmanager"), ("127.0.0.1:8484", f"127.0.0.1:{self.port}"),
                          ("/etc/alertmanager/taktd-operator-token", str(token)), *changes)
        self.alertmanager = Alertmanager(self.world, recipe)
        rule, = yaml.safe_load(of_cookbook("Prometheus"))["groups"][0]["rules"]
        self.alert = {"alertname": rule["alert"], **rule["labels"]}

    def begin(self, job):
        self.assertEqual(self.ask("POST", f"/api/v1/jobs/{job}/start", {})[0], 201)
        self.wait_state(job, "running")

    def heard(self):
        """How often the hook was called, by status."""
        connection = UnixConnection(self.world.folder / "control.sock")
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        found = re.findall(r'^taktd_api_requests_total\{([^}]*)\} (\d+)$', text, re.MULTILINE)
        return {re.search(r'status="(\d+)"', labels)[1]: int(count) for labels, count in found if f'route="{HOOK}"' in labels}

    def wait_heard(self, times):
        wait_for(lambda: sum(self.heard().values()) >= times, lambda: f"called {times} times; {self.heard()}\n{self.alertmanager.err()[-2000:]}")
        self.assertEqual(list(self.heard()), ["200"])

    def stops_asked(self):
        return [(row["target"], row["reason"], row["via"], row["actor"]) for row in self.ask("GET", "/api/v1/actions")[2]["actions"]
                if row["action"] == "stop"]

    def test_an_alert_that_fires_stops_the_run_and_tells_people_too(self):
        self.start_all()
        self.alertmanager.post(self.alert)
        run = self.wait_state(JOB, "stopped")
        self.assertEqual(run["reason"], "operator")
        self.assertEqual(self.stops_asked(), [(f"job:{JOB}", self.alert["alertname"], "hook", "token:operator")])
        self.assertEqual(self.alertmanager.receivers(), {"taktd", "people"})
        # A second one of the same alert is sent at once as well, and finds nothing to stop.
        self.alertmanager.post({**self.alert, "pod": "b"})
        self.wait_heard(2)
        self.assertEqual(self.world.store.run("other")["state"], "running")
        self.assertEqual(len(self.sim.runs("perf")), 2)

    def test_a_repeat_changes_nothing(self):
        self.start_all(("group_interval: 10s", "group_interval: 1s"), ("repeat_interval: 1m", "repeat_interval: 1s"))
        self.alertmanager.post(self.alert)
        run = self.wait_state(JOB, "stopped")
        before = (self.world.store.transitions(run["id"]), len(self.world.store.calls(run["id"], "stop")))
        self.wait_heard(sum(self.heard().values()) + 3)
        self.assertEqual((self.world.store.transitions(run["id"]), len(self.world.store.calls(run["id"], "stop"))), before)
        self.assertEqual(self.world.store.run("other")["state"], "running")

    def test_a_resolved_alert_changes_nothing(self):
        self.start_all(("send_resolved: false", "send_resolved: true"), ("group_interval: 10s", "group_interval: 1s"),
                       ("repeat_interval: 1m", "repeat_interval: 1h"))
        self.alertmanager.post(self.alert)
        self.wait_state(JOB, "stopped")
        self.begin(JOB)
        self.alertmanager.post(self.alert, is_firing=False)
        self.wait_heard(2)
        self.assertEqual(self.world.store.run(JOB)["state"], "running")
        self.alertmanager.post(self.alert)
        self.wait_state(JOB, "stopped")
        self.assertEqual(self.world.store.run("other")["state"], "running")


del ControlHttpTest  # its own tests are told in its own file

if __name__ == "__main__":
    unittest.main()
