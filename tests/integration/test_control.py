# SPDX-License-Identifier: Apache-2.0
"""The control API over its Unix socket, with nothing but an HTTP client."""

import getpass
import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import unittest

from harness import BIN, SECRET_KEY, TestCase, at, chaos_job, hung, perf_job, put_file, wait_for

def manual(job):
    """The same job, which no schedule starts."""
    head, _, tail = job.partition("    start:")
    return head + "    start: manual\n" + tail.partition("\n")[2]


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("taktd", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class ControlTest(TestCase):
    def socket_path(self):
        return self.world.folder / "control.sock"

    def ask(self, method, path, body=None, headers=None):
        """Status, headers and what the body says."""
        connection = UnixConnection(self.socket_path(), hung())
        text = body if isinstance(body, (str, bytes)) else json.dumps(body) if body is not None else None
        try:
            connection.request(method, path, text, {"Content-Type": "application/json", **(headers or {})})
        except BrokenPipeError:
            pass  # it has heard enough; what it says of that can be read
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, answer.headers, json.loads(data) if data else None

    def get(self, path):
        status, _, body = self.ask("GET", path)
        self.assertEqual(status, 200, body)
        return body

    def post(self, path, body=None, expected=200, headers=None):
        status, _, answer = self.ask("POST", path, {} if body is None else body, headers)
        self.assertEqual(status, expected, answer)
        return answer

    def start(self, *jobs):
        sim = self.world.start_simcloud()
        self.world.write_config(list(jobs))
        taktd = self.world.start_taktd().wait_ready()
        self.world.wait_served()
        return sim, taktd

    def test_a_start_by_hand_is_one_run_however_often_it_is_asked_for(self):
        sim, taktd = self.start(manual(perf_job("load", at(3600), "1h")))
        key = {"Idempotency-Key": "release-42"}
        first = self.post("/api/v1/jobs/load/start", {"reason": "before the release"}, 201, key)["run"]["id"]
        for _ in range(2):
            again = self.post("/api/v1/jobs/load/start", {}, 200, key)
            self.assertTrue(again["unchanged"])
            self.assertEqual(again["run"]["id"], first)
        self.wait_state("load", "running")
        taktd.kill()
        taktd = self.world.start_taktd().wait_ready()
        self.world.wait_served()
        self.assertEqual(self.post("/api/v1/jobs/load/start", {}, 200, key)["run"]["id"], first)
        self.assertEqual(len(sim.runs("perf")), 1)
        begun = self.world.store.transitions(first)[0]
        self.assertEqual(begun["actor"], getpass.getuser())
        self.assertIn("before the release", begun["detail"])

        stopped = self.post(f"/api/v1/runs/{first[-8:]}/stop", {"reason": "customers notice"})
        self.assertEqual(stopped["run"]["id"], first)
        self.wait_state("load", "stopped")
        late = self.post(f"/api/v1/runs/{first}/stop")
        self.assertTrue(late["unchanged"])
        self.assertEqual(late["run"]["state"], "stopped")
        shown = self.get(f"/api/v1/runs/{first}?bodies=false")
        ending = [t for t in shown["transitions"] if t["to_state"] == "stopping"][0]
        self.assertEqual((ending["actor"], ending["detail"]["note"]), (getpass.getuser(), "customers notice"))
        self.assertTrue(all(call["request_body"] is None for call in shown["calls"]))
        self.assertEqual(taktd.terminate(), 0)
        self.assertFalse(self.socket_path().exists())

    def test_a_hold_with_stop_ends_all_and_nothing_starts_until_it_is_released(self):
        _, taktd = self.start(perf_job("load", at(1), "1h"), chaos_job("drill", at(1), "1h"), manual(perf_job("later", at(9), "1h", 102)))
        self.wait_state("load", "running")
        self.wait_state("drill", "running")
        held = self.post("/api/v1/holds", {"scope": "", "for": "4h", "stop": True, "reason": "incident"})
        self.assertEqual(len(held["runs"]), 2)
        self.assertEqual(held["holds"][0]["actor"], getpass.getuser())
        self.wait_state("load", "stopped")
        self.wait_state("drill", "stopped")
        refused = self.post("/api/v1/jobs/later/start", {}, 409)
        self.assertEqual(refused["code"], "blocked")
        self.assertIn("hold", refused["detail"])
        self.assertEqual(self.get("/api/v1/holds")["holds"][0]["reason"], "incident")
        self.assertEqual(self.post("/api/v1/holds/release", {"scope": ""})["holds"], [])
        self.assertTrue(self.post("/api/v1/holds/release", {"scope": ""})["unchanged"])
        self.post("/api/v1/jobs/later/start", {}, 201)
        self.wait_state("later", "running")
        self.assertEqual(self.post("/api/v1/stop", {"scope": "provider:perf", "reason": "enough"})["count"], 1)
        self.wait_state("later", "stopped")
        self.assertEqual(taktd.terminate(), 0)

    def test_jobs_are_listed_disabled_paused_and_enabled(self):
        _, taktd = self.start(chaos_job("load", at(1), "1h", 201, "    labels: {team: checkout}\n"), manual(perf_job("drill", at(9), "1h")))
        self.wait_state("load", "running")
        self.assertEqual([job["job"] for job in self.get("/api/v1/jobs?label=team%3Dcheckout")["jobs"]], ["load"])
        page = self.get("/api/v1/jobs?limit=1")
        self.assertEqual((page["jobs"][0]["job"], page["next"]), ("drill", "drill"))
        self.assertEqual(self.get("/api/v1/jobs?limit=1&after=drill")["jobs"][0]["last_run"]["state"], "running")
        paused = self.post("/api/v1/runs/load/pause")
        self.assertEqual(paused["run"]["job"], "load")
        self.wait_state("load", "paused")
        self.assertTrue(self.post("/api/v1/runs/load/pause")["unchanged"])
        self.post("/api/v1/runs/load/resume")
        self.wait_state("load", "running")
        off = self.post("/api/v1/jobs/drill/disable", {"reason": "scenario is broken", "for": "2h"})["job"]
        self.assertEqual((off["disabled"], off["disabled_by"]), (True, getpass.getuser()))
        self.assertEqual(self.get("/api/v1/status")["disabled"], 1)
        self.assertFalse(self.post("/api/v1/jobs/drill/enable")["job"]["disabled"])
        self.assertEqual(self.post("/api/v1/jobs/load/stop", {"reason": "done"})["count"], 1)
        self.wait_state("load", "stopped")
        self.assertEqual(taktd.terminate(), 0)

    def test_actions_acted_in_any_way_stand_with_name_way_and_reason(self):
        _, taktd = self.start(manual(perf_job("load", at(3600), "1h")), manual(perf_job("later", at(9), "1h", 102)))
        me = getpass.getuser()
        run = self.post("/api/v1/jobs/load/start", {"reason": "before the release"}, 201)["run"]["id"]
        self.wait_state("load", "running")
        self.post(f"/api/v1/runs/{run}/stop", {"reason": "customers notice"})
        self.post("/api/v1/holds", {"scope": "job:later", "for": "2s", "reason": "incident"})
        self.post("/api/v1/jobs/later/start", {}, 409)
        self.ask("PUT", "/api/v1/log/level", {"level": "debug", "for": "10m"})
        self.post("/api/v1/config/reload", {})
        self.post("/api/v1/jobs/nobody/stop", {}, 404)
        rows = self.get("/api/v1/actions")["actions"]
        told = [(row["action"], row["target"], row["reason"], row["ok"]) for row in reversed(rows)]
        config = str(self.world.folder / "taktd.yaml")
        self.assertEqual(told[:6], [("start", "load", "before the release", True), ("stop", "load", "customers notice", True),
                                    ("hold", "job:later", "incident", True), ("start", "later", None, False),
                                    ("log", "debug", None, True), ("reload", config, None, True)])
        self.assertEqual({(row["actor"], row["via"]) for row in rows}, {(me, "socket")})
        page = self.get("/api/v1/actions?limit=2")
        self.assertEqual([row["id"] for row in self.get(f"/api/v1/actions?limit=2&before={page['next']}")["actions"]],
                         [row["id"] for row in rows[2:4]])
        self.assertEqual(self.get("/api/v1/actions?actor=nobody")["actions"], [])
        wait_for(lambda: self.world.store.query("SELECT count(*) AS n FROM holds")[0]["n"] == 0, "the hold has left the store by itself")
        self.post("/api/v1/jobs/later/start", {}, 201)
        shown = self.taktctl("actions", "--limit", "20")
        for word in ("before the release", "customers notice", "start (refused)", me):
            self.assertIn(word, shown)
        self.assertEqual(taktd.terminate(), 0)

    def test_alerts_that_fire_stop_what_their_labels_name(self):
        sim, taktd = self.start(manual(perf_job("load", at(3600), "1h")), manual(perf_job("other", at(9), "1h", 102)))
        self.post("/api/v1/jobs/load/start", {}, 201)
        self.post("/api/v1/jobs/other/start", {}, 201)
        self.wait_state("load", "running")
        self.wait_state("other", "running")

        def alerts(*each):
            listed = [{"status": status, "labels": {"alertname": "CheckoutErrorsHigh", **labels}} for status, labels in each]
            return {"version": "4", "status": "firing", "receiver": "taktd", "alerts": listed}

        quiet = self.post("/api/v1/hooks/alertmanager", alerts(("resolved", {"taktd_all": "true"}), ("firing", {"severity": "page"})))
        self.assertEqual(quiet["count"], 0)
        named = self.post("/api/v1/hooks/alertmanager", alerts(("firing", {"taktd_job": "load"}), ("firing", {"taktd_job": "load", "pod": "b"})))
        self.assertEqual((named["count"], named["problems"]), (1, []))
        self.wait_state("load", "stopped")
        again = self.post("/api/v1/hooks/alertmanager", alerts(("firing", {"taktd_job": "load"}), ("firing", {"taktd_job": "lode"})))
        self.assertTrue(again["unchanged"])
        self.assertIn("'lode'", again["problems"][0])
        self.assertEqual(self.world.store.run("other")["state"], "running")
        told = self.get("/api/v1/actions?limit=1000")["actions"]
        self.assertIn(("stop", "job:load", "CheckoutErrorsHigh", "hook"),
                      [(row["action"], row["target"], row["reason"], row["via"]) for row in told])
        for bad in ({"version": "3", "alerts": []}, {"version": "4"}, {"version": "4", "alerts": ["x"]}):
            self.assertEqual(self.ask("POST", "/api/v1/hooks/alertmanager", bad)[0], 400)
        self.assertEqual(len(sim.runs("perf")), 2)
        self.assertEqual(taktd.terminate(), 0)

    def test_a_refused_key_is_told_and_tried_again_when_an_operator_says_so(self):
        self.world.start_simcloud()
        self.world.write_config([manual(perf_job("load", at(3600), "1h"))])
        config, secret = self.world.folder / "taktd.yaml", self.world.folder / "secret"
        config.write_text(config.read_text().replace("${env:TAKTD_TEST_SECRET}", f"${{file:{secret}}}"))
        secret.write_text("wrong")
        secret.chmod(0o600)
        taktd = self.world.start_taktd().wait_ready()
        self.world.wait_served()
        self.ask("POST", "/api/v1/jobs/load/start", {})  # started or skipped: the key is refused at once or a moment later

        def perf():
            return next(p for p in self.get("/api/v1/providers")["providers"] if p["provider"] == "perf")

        # The error is told once its row is on the disk, a moment after the account is closed.
        wait_for(lambda: perf()["closed"] and perf()["last_error"], "the account is closed, and says why")
        self.assertEqual(perf()["last_error"]["outcome"], "unauthorized")
        self.assertIn("refuses our key", self.taktctl("providers"))
        secret.write_text(SECRET_KEY)
        self.assertIn("is tried now", self.taktctl("providers", "retry", "perf"))
        wait_for(lambda: not perf()["closed"], "the account is open")
        self.assertIn("nothing to retry", self.taktctl("providers", "retry", "perf"))
        self.assertEqual(self.ask("POST", "/api/v1/providers/pref/retry", {})[2]["code"], "no_such_provider")
        self.assertEqual(taktd.terminate(), 0)

    def test_the_status_says_what_runs(self):
        sim, taktd = self.start(perf_job("load", at(1), "1h"))
        self.wait_state("load", "running")
        status = self.get("/api/v1/status")
        self.assertEqual((status["states"]["running"], status["live_runs"], status["owed_stops"]), (1, 1, 1))
        self.assertEqual(status["runs"][0]["job"], "load")
        self.assertEqual(status["config"]["generation"], 2)  # the second one brought the job
        self.assertEqual(status["actor"], getpass.getuser())
        self.assertEqual(self.get("/healthz"), {"ok": True})
        providers = {p["provider"]: p for p in self.get("/api/v1/providers")["providers"]}
        self.assertEqual((providers["perf"]["live_runs"], providers["chaos"]["live_runs"]), (1, 0))
        self.assertEqual(providers["perf"]["rate"], 50.0)
        self.assertEqual([run["job"] for run in self.get("/api/v1/runs?state=running&fields=brief")["runs"]], ["load"])
        self.assertEqual(self.ask("HEAD", "/api/v1/status")[0], 200)
        self.assertEqual(stat.S_IMODE(self.socket_path().stat().st_mode), 0o660)
        self.assertEqual(taktd.terminate(), 0)
        self.assertEqual(len(sim.runs("perf")), 1)

    def test_a_reload_is_rehearsed_refused_and_carried_out(self):
        _, taktd = self.start(perf_job("load", at(3600), "3s"))
        config = self.world.folder / "taktd.yaml"
        good = config.read_text()
        self.world.write_config([perf_job("load", at(3600), "4s"), chaos_job("drill", at(3600), "3s")])
        rehearsed = self.post("/api/v1/config/reload", {"dry_run": True})
        self.assertEqual((rehearsed["applied"], rehearsed["changes"]["added"]), (False, ["drill"]))
        self.assertEqual(rehearsed["changes"]["changed"], ["load"])
        self.assertEqual(self.get("/api/v1/jobs?q=drill")["jobs"], [])
        self.assertTrue(self.post("/api/v1/config/reload")["applied"])
        self.assertEqual(len(self.get("/api/v1/jobs?q=drill")["jobs"]), 1)
        put_file(config, good.replace("provider: perf", "provider: pref"))
        refused = self.post("/api/v1/config/reload", {}, 422)
        self.assertIn("pref", refused["errors"][0])
        self.assertIn("taktd.yaml:", refused["errors"][0])
        self.assertEqual(len(self.get("/api/v1/jobs?q=drill")["jobs"]), 1)
        put_file(config, good)
        self.assertEqual(self.post("/api/v1/config/reload")["changes"]["removed"], ["drill"])
        self.assertEqual(taktd.terminate(), 0)

    def test_what_cannot_be_done_is_told_and_changes_nothing(self):
        sim, taktd = self.start(manual(perf_job("nightly-load", at(9), "1h")))
        cases = [
            ("GET", "/api/v1/job", None, 404, "no_such_path", "/api/v1/jobs"),
            ("GET", "/api/v1/jobs/nightly-laod", None, 404, "no_such_job", "did you mean 'nightly-load'"),
            ("GET", "/api/v1/runs/ffffffff", None, 404, "no_such_run", "ffffffff"),
            ("GET", "/api/v1/runs?sate=running", None, 400, "form", "did you mean 'state'"),
            ("GET", "/api/v1/runs?state=runing", None, 400, "form", "runing"),
            ("GET", "/api/v1/jobs?limit=0", None, 400, "form", "from 1 to 1000"),
            ("GET", "/api/v1/status?token=abc", None, 400, "form", "Authorization"),
            ("DELETE", "/api/v1/jobs", None, 405, "method", "GET"),
            ("POST", "/api/v1/jobs/nightly-load/start", "{", 400, "form", "not JSON"),
            ("POST", "/api/v1/jobs/nightly-load/start", "[1]", 400, "form", "JSON object"),
            ("POST", "/api/v1/jobs/nightly-load/start", {"resaon": "x"}, 400, "form", "did you mean 'reason'"),
            ("POST", "/api/v1/jobs/nightly-load/start", {"for": "soon"}, 400, "form", "'for'"),
            ("POST", "/api/v1/jobs/nightly-load/disable", {}, 400, "form", "'reason' must say why"),
            ("POST", "/api/v1/stop", {"reason": "x"}, 400, "form", "'scope' is missing"),
            ("POST", "/api/v1/stop", {"scope": "perf", "reason": "x"}, 400, "form", "provider:NAME"),
            ("POST", "/api/v1/holds", {"scope": "provider:pref", "reason": "x"}, 404, "no_such_provider", "did you mean 'perf'"),
            ("POST", "/api/v1/holds", {"scope": "", "reason": " "}, 400, "form", "'reason' must say why"),
            ("POST", "/api/v1/holds", {"scope": "", "reason": "x", "until": "2020-01-01T00:00:00Z"}, 400, "form", "before it begins"),
            ("POST", "/api/v1/runs/nightly-load/stop", {}, 404, "no_such_run", "nightly-load"),
            ("POST", "/api/v1/jobs/nightly-laod/stop", {}, 404, "no_such_job", "nightly-load"),
        ]
        for method, path, body, status, code, words in cases:
            with self.subTest(f"{method} {path} {body}"):
                answered, headers, problem = self.ask(method, path, body)
                self.assertEqual((answered, problem["code"]), (status, code), problem)
                self.assertIn(words, problem["detail"])
                self.assertEqual(headers["Content-Type"], "application/problem+json")
        self.assertEqual(self.ask("OPTIONS", "/api/v1/stop")[1]["Allow"], "OPTIONS, POST")
        status, _, problem = self.ask("POST", "/api/v1/stop", "x" * 300_000)
        self.assertEqual((status, problem["code"]), (413, "form"))
        self.assertEqual(self.get("/api/v1/holds")["holds"], [])
        self.assertEqual(sim.runs("perf"), [])
        self.assertEqual(taktd.terminate(), 0)

    def test_silent_clients_and_a_second_daemon_harm_nobody(self):
        _, taktd = self.start(perf_job("load", at(1), "1h"))
        silent = []
        for _ in range(300):  # more than are served at a time
            client = socket.socket(socket.AF_UNIX)
            client.setblocking(False)
            try:
                client.connect(str(self.socket_path()))
            except BlockingIOError:
                pass  # the queue in front of the socket is full, too
            silent.append(client)
        self.wait_state("load", "running")
        for client in silent:
            client.close()
        wait_for(lambda: self.ask("GET", "/healthz")[0] == 200, "others are served again")
        text = (self.world.folder / "taktd.yaml").read_text()
        put_file(self.world.folder / "second.yaml", text.replace(self.world.store.path.name, "second.db"))
        second = self.world.start_taktd("second.yaml").wait_ready()
        second.wait_line("the control socket cannot be served; schedules go on, and taktctl can only read the store")
        self.assertEqual(second.terminate(), 0)
        self.assertEqual(self.get("/api/v1/status")["live_runs"], 1)
        taktd.send(signal.SIGKILL)
        taktd.wait_exit()
        self.assertTrue(self.socket_path().exists())
        self.world.start_taktd().wait_ready()
        self.world.wait_served()  # what a dead one left is replaced
        wait_for(lambda: self.get("/api/v1/status")["live_runs"] == 1, "the run that it left is live")

    def start_with_hung_socket(self):
        """taktd, and the FIFO whose writer lets its socket be made."""
        gate = self.world.folder / "gate"
        os.mkfifo(gate)
        self.world.start_simcloud()
        self.world.write_config([perf_job("load", at(3600), "1h")])
        # A sanitizer would be loaded first.
        sanitizer = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))
        return self.world.start_taktd(env={"LD_PRELOAD": str(BIN / "slow_bind.so"), "TAKTD_TEST_BIND_GATE": str(gate),
                                           "ASAN_OPTIONS": sanitizer}), gate

    def test_taktd_is_ready_once_it_can_be_asked(self):
        taktd, gate = self.start_with_hung_socket()
        taktd.wait_line("config loaded")
        self.assertNotIn("READY=1", taktd.notified())
        gate.write_bytes(b"")
        taktd.wait_notified_ready()
        self.assertEqual(self.get("/api/v1/status")["live_runs"], 0)

    def test_a_socket_that_cannot_be_made_in_time_does_not_keep_taktd_from_being_ready(self):
        taktd, _ = self.start_with_hung_socket()
        taktd.wait_notified_ready()
        self.assertFalse(self.socket_path().exists())
        self.assertEqual(taktd.terminate(), 0)

    def test_a_stop_goes_out_while_the_store_is_gone_and_is_written_down_later(self):
        sim, taktd = self.start(perf_job("load", at(1), "1h"), manual(chaos_job("drill", at(9), "1h")))
        self.wait_state("load", "running")
        store = self.world.store.path
        away = store.with_suffix(".away")
        store.rename(away)
        status, _, answer = self.ask("POST", "/api/v1/runs/load/stop", {"reason": "customers notice"})
        self.assertEqual((status, answer["durable"]), (202, False), answer)
        wait_for(lambda: sim.runs("perf")[0]["ended_ns"], "the vendor is asked to stop it")
        self.assertEqual(self.ask("POST", "/api/v1/jobs/drill/start", {})[0], 503)
        status = self.get("/api/v1/status")
        self.assertFalse(status["store"]["up"])
        self.assertTrue(status["store"]["problem"])
        self.assertEqual(self.ask("GET", "/healthz")[0], 503)
        away.rename(store)
        run = self.wait_state("load", "stopped")
        ending = [t for t in self.world.store.transitions(run["id"]) if t["to_state"] == "stopping"][0]
        self.assertIn("customers notice", ending["detail"])
        self.assertEqual(sim.runs("chaos"), [])
        self.assertEqual(taktd.terminate(), 0)

    def taktctl(self, *arguments, expected=0):
        done = subprocess.run([f"{BIN}/taktctl", *arguments, "--config", str(self.world.folder / "taktd.yaml")], text=True,
                              capture_output=True, timeout=hung(), env={**os.environ, "TZ": "UTC", "SUDO_USER": "ann"}, check=False)
        self.assertEqual(done.returncode, expected, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_taktctl_says_and_does_the_same(self):
        sim, taktd = self.start(manual(chaos_job("drill", at(9), "1h")), manual(perf_job("load", at(9), "1h")))
        self.assertIn("Nothing runs.", self.taktctl("status"))
        self.assertRegex(self.taktctl("start", "drill", "--for", "30m", "--reason", "a rehearsal"), r"Run \w{8} of drill is \w+.*it will be stopped at")
        self.wait_state("drill", "running")
        begun = self.world.store.transitions(self.world.store.run("drill")["id"])[0]
        self.assertEqual(begun["actor"], "ann (sudo)" if getpass.getuser() == "root" else getpass.getuser())
        self.assertIn("LIVE", self.taktctl("status"))
        self.assertRegex(self.taktctl("jobs", "--provider", "chaos"), r"drill\s+chaos\s+-\s+running, ")
        self.taktctl("pause", "drill")
        self.wait_state("drill", "paused")
        self.assertIn("paused already", self.taktctl("pause", "drill"))
        self.taktctl("resume", "drill")
        self.wait_state("drill", "running")
        self.assertIn("give --yes", self.taktctl("stop", "--all", "--reason", "enough", expected=2))
        self.assertIn("give --yes", self.taktctl("hold", "--stop", "--reason", "incident", expected=2))
        held = self.taktctl("hold", "--stop", "--yes", "--for", "1h", "--reason", "incident")
        self.assertIn("A hold on everything is engaged until", held)
        self.assertIn("Stopping 1.", held)
        self.wait_state("drill", "stopped")
        self.assertIn("incident", self.taktctl("holds"))
        self.assertIn("hold", self.taktctl("start", "load", expected=1))
        self.assertIn("No hold is engaged.", self.taktctl("release"))
        self.assertIn("did you mean 'load'", self.taktctl("start", "laod", expected=1))
        self.assertIn("is disabled", self.taktctl("disable", "load", "--until", "+2h", "--reason", "broken"))
        self.assertIn("load is enabled", self.taktctl("enable", "load"))
        started = json.loads(self.taktctl("start", "load", "--key", "k1", "--output", "json"))
        self.assertEqual(json.loads(self.taktctl("start", "load", "--key", "k1", "--output", "json"))["run"]["id"], started["run"]["id"])
        self.wait_state("load", "running")
        self.assertIn("load is stopping (operator)", self.taktctl("stop", "load", "--reason", "done"))
        self.wait_state("load", "stopped")
        self.assertIn("ended already", self.taktctl("stop", started["run"]["id"]))
        due = self.get("/api/v1/runs?job=load&limit=1")["runs"][0]["start_due"]
        self.assertIn("ended already", self.taktctl("stop", f"load@{due}"))
        self.assertIn("ended already", self.taktctl("stop", f"load@{due[:-1].replace('T', ' ')}"))  # as an operator in UTC writes it
        self.assertIn("No job changes.", self.taktctl("reload", "--dry-run"))
        self.assertIn("Reloaded: generation 2.", self.taktctl("reload"))
        self.assertEqual(len(sim.runs("perf")), 1)
        self.assertEqual(taktd.terminate(), 0)
        self.assertIn("taktd is not running", self.taktctl("status", expected=3))
        self.assertIn("taktd is not running", self.taktctl("stop", "load", expected=3))
        self.assertIn("A hold on everything is engaged", self.taktctl("hold", "--reason", "restored from a backup"))
        self.assertIn("restored from a backup", self.taktctl("holds"))


if __name__ == "__main__":
    unittest.main()
