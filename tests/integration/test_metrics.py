# SPDX-License-Identifier: Apache-2.0
"""What Prometheus would scrape, and what is written for it: the table of docs/metrics.md, the alerts, the dashboard."""

import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

from harness import TestCase, at, hung, perf_job, wait_for

DOCS = Path(__file__).resolve().parents[2] / "docs"
SERIES = re.compile(r"\b(?:taktd|process)_[a-z0-9_]+\b")
MADE_BY_HISTOGRAMS = re.compile(r"_(bucket|sum|count)$")


class Scrape:
    """The text of one, its families' types and its samples."""

    def __init__(self, text):
        self.text, self.types, self.samples = text, {}, {}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split()
                self.types[name] = kind
            elif line and not line.startswith("#"):
                series, value = line.rsplit(" ", 1)
                name, _, labels = series.partition("{")
                found = frozenset(re.findall(r'(\w+)="([^"]*)"', labels))
                self.samples.setdefault(name, {})[found] = float(value)

    def value(self, name, **labels):
        """The sum of all series with these labels."""
        return sum(v for found, v in self.samples.get(name, {}).items() if labels.items() <= dict(found).items())


def documented():
    """Of the table: name, and its type, labels and text."""
    rows = {}
    for line in (DOCS / "metrics.md").read_text().splitlines():
        found = re.match(r"\| `(\w+)` \| (\w+)[^|]*\| ([^|]*)\| (.*) \|$", line)
        if found:
            rows[found[1]] = (found[2], set(re.findall(r"`(\w+)`", found[3])), found[4])
    return rows


def alerts():
    groups = yaml.safe_load((DOCS / "taktd-alerts.yml").read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def unknown_series(expression):
    names = {MADE_BY_HISTOGRAMS.sub("", name) if name not in documented() else name for name in SERIES.findall(expression)}
    return names - documented().keys()


def promtool(*arguments, given=None):
    done = subprocess.run(["promtool", *map(str, arguments)], input=given, capture_output=True, text=True, timeout=hung())
    return done.returncode, done.stdout + done.stderr


class MetricsTest(TestCase):
    def scrape(self):
        connection = http.client.HTTPConnection("taktd", timeout=hung())
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(hung())
        connection.sock.connect(str(self.world.folder / "control.sock"))
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        self.assertEqual(answer.status, 200, text)
        self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        return Scrape(text)

    def start(self, *jobs, faults=(), perf=""):
        sim = self.world.start_simcloud(faults=faults)
        # A target that is told nothing here has its series all the same.
        head = "notify: {targets: {quiet: {kind: command, argv: [/bin/true], events: [store]}}}\n"
        self.world.write_config(list(jobs), perf=perf, head=head)
        taktd = self.world.start_taktd().wait_ready()
        self.world.wait_served()
        return sim, taktd

    def test_the_table_and_a_scrape_have_the_same_series(self):
        self.start(perf_job("load", at(1), "1h"), perf_job("later", at(3600), "1h", 102))
        self.wait_state("load", "running")
        scrape = self.scrape()
        rows = documented()
        self.assertGreater(len(rows), 30)
        absent = {name for name in rows.keys() - scrape.types.keys() if "only while" not in rows[name][2]}
        self.assertEqual((absent, scrape.types.keys() - rows.keys()), (set(), set()))
        for name, (kind, labels, _) in rows.items():
            if name not in scrape.types:
                continue
            self.assertEqual(scrape.types[name], kind, name)
            samples = scrape.samples[name + "_count" if kind == "histogram" else name]
            self.assertEqual({key for found in samples for key, _ in found}, labels, name)
        status, findings = promtool("check", "metrics", given=scrape.text)
        self.assertEqual((status, findings), (0, ""))

    def test_a_run_is_counted_from_its_start_to_its_end(self):
        _, taktd = self.start(perf_job("load", at(1), "2s"))
        before = self.scrape()
        self.assertEqual(before.value("taktd_runs_ended_total"), 0)
        self.assertGreater(len(before.samples["taktd_runs_ended_total"]), 30)
        self.wait_state("load", "stopped")
        wait_for(lambda: self.scrape().value("taktd_runs_ended_total") == 1, "the end is counted")
        after = self.scrape()
        self.assertEqual(after.value("taktd_runs_ended_total", provider="perf", state="stopped", reason="schedule"), 1)
        self.assertEqual(after.value("taktd_calls_total", provider="perf", action="start", outcome="accepted"), 1)
        for name in ("taktd_start_lateness_seconds", "taktd_stop_lateness_seconds", "taktd_stop_settle_seconds"):
            self.assertEqual(after.value(name + "_count", provider="perf"), 1, name)
        self.assertEqual(after.value("taktd_runs"), 0)
        self.assertGreater(after.value("taktd_store_commit_rows_sum"), 5)
        self.assertGreater(after.value("taktd_store_size_bytes", file="database"), 4096)
        self.assertGreater(after.value("taktd_step_duration_seconds_count"), 3)
        self.assertEqual(after.value("taktd_config_last_reload_successful"), 1)
        self.assertGreater(after.value("taktd_api_requests_total", route="/metrics", method="GET", status="200"), 1)
        self.assertGreater(after.value("taktd_log_lines_total", level="info"), 2)
        self.assertGreater(after.value("process_resident_memory_bytes"), 1e6)

        (self.world.folder / "taktd.yaml").write_text("version: 1\njobs: [\n")
        taktd.send(signal.SIGHUP)
        wait_for(lambda: self.scrape().value("taktd_config_last_reload_successful") == 0, "the refusal is shown")

    def test_a_start_that_a_kill_forgot_was_not_counted(self):
        # The answer to the start hangs, so the daemon is killed while the call is in flight.
        sim, taktd = self.start(perf_job("load", at(1), "1h"), faults=["perf:start:hang"], perf="timeout: 60s")
        wait_for(lambda: sim.requests("start"), "the start is on its way")
        scrape = self.scrape()
        taktd.kill()
        run = self.world.store.run("load")
        kept = [call for call in self.world.store.calls(run["id"], "start") if call["outcome"] is not None]
        self.assertEqual((scrape.value("taktd_calls_total", action="start"), kept), (0, []))
        self.assertEqual(scrape.value("taktd_runs", state="starting"), 1)  # its intent is on the disk
        self.assertEqual(run["state"], "starting")
        sim.clear_faults()
        self.world.start_taktd().wait_ready()
        wait_for(lambda: self.scrape().value("taktd_obligations", provider="perf") == 1, "what is owed is shown again")


class RulesTest(unittest.TestCase):
    def test_promtool_accepts_the_alerts_and_what_they_fire_on(self):
        status, said = promtool("check", "rules", DOCS / "taktd-alerts.yml")
        self.assertEqual(status, 0, said)
        with tempfile.TemporaryDirectory() as folder:
            for file in (DOCS / "taktd-alerts.yml", Path(__file__).with_name("alert_cases.yml")):
                shutil.copy(file, folder)
            status, said = promtool("test", "rules", Path(folder) / "alert_cases.yml")
        self.assertEqual(status, 0, said)

    def test_every_alert_names_series_that_exist(self):
        self.assertGreater(len(alerts()), 15)
        for name, rule in alerts().items():
            self.assertEqual(unknown_series(rule["expr"]), set(), name)

    def test_every_alert_says_what_to_do(self):
        headings = set(re.findall(r"^### (Taktd\w+)$", (DOCS / "operating.md").read_text(), re.MULTILINE))
        self.assertEqual(headings, set(alerts()))

    def test_every_panel_names_series_that_exist(self):
        board = json.loads((DOCS / "grafana-dashboard.json").read_text())
        queries = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
        self.assertGreater(len(queries), 10)
        for query in queries:
            self.assertEqual(unknown_series(query), set(), query)
            self.assertTrue(SERIES.search(query), query)

    def test_the_check_of_names_sees_what_is_unknown(self):
        self.assertEqual(unknown_series("rate(taktd_calls_totals[5m]) > taktd_runs"), {"taktd_calls_totals"})


if __name__ == "__main__":
    unittest.main()
