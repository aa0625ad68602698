# SPDX-License-Identifier: Apache-2.0
"""What can be read of a living daemon over its socket."""

import csv
import datetime
import io
import json
import os
import sqlite3
import subprocess
import unittest

import jsonschema
import test_control
from harness import BIN, TestCase, at, chaos_job, hung, perf_job, wait_for


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Reading(TestCase):
    # How to ask; the tests of that class are run where they stand.
    socket_path, ask, get = test_control.ControlTest.socket_path, test_control.ControlTest.ask, test_control.ControlTest.get
    post, start = test_control.ControlTest.post, test_control.ControlTest.start

    def start_two(self):
        """A load test that has been stopped, a drill that runs, a job to come."""
        started = self.start(perf_job("load", at(1), "2s"), chaos_job("drill", at(1), "1h"), perf_job("later", at(600), "1m", 102))
        self.wait_state("load", "stopped")
        self.wait_state("drill", "running")
        return started

    def raw(self, path, headers):
        """Status, headers and bytes."""
        connection = test_control.UnixConnection(self.socket_path(), hung())
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, answer.headers, data

    def test_runs_are_found_by_every_filter(self):
        self.start_two()
        def jobs(query):
            return [run["job"] for run in self.get(f"/api/v1/runs?{query}")["runs"]]
        self.assertEqual(jobs("live=true"), ["drill"])
        self.assertEqual(jobs("state=stopped"), ["load"])
        self.assertEqual(sorted(jobs("state=stopped,running")), ["drill", "load"])
        self.assertEqual(sorted(jobs("state=stopped&state=running")), ["drill", "load"])
        self.assertEqual(jobs("provider=chaos"), ["drill"])
        self.assertEqual(jobs("reason=schedule"), ["load"])
        self.assertEqual(sorted(jobs("origin=schedule&fields=brief")), ["drill", "load"])
        self.assertEqual(jobs("overdue=true"), [])
        self.assertEqual(jobs("until=2020-01-01T00:00:00Z"), [])
        self.assertEqual(jobs("label=team=none"), [])
        brief = self.get("/api/v1/runs?job=load&fields=brief")["runs"][0]
        self.assertLessEqual(instant(brief["start_due"]), instant(brief["started"]))
        self.assertLess(instant(brief["started"]), instant(brief["ended"]))
        status, _, problem = self.ask("GET", "/api/v1/runs?job=laod")
        self.assertEqual((status, problem["code"]), (404, "no_such_job"))
        self.assertIn("did you mean 'load'", problem["detail"])
        for query in ("live=yes", "overdue=1", "reason=no", "origin=no", "state=stopped,no", "label=team", "fields=few", "before=x"):
            self.assertEqual(self.ask("GET", f"/api/v1/runs?{query}")[0], 400, query)

    def test_pages_go_on_where_they_ended_and_a_pruned_place_is_gone(self):
        self.start_two()
        for path, member in (("runs", "runs"), ("transitions", "transitions")):
            whole = self.get(f"/api/v1/{path}")
            self.assertIsNone(whole["next"])
            pages, query = [], ""
            while query is not None:
                page = self.get(f"/api/v1/{path}?limit=1{query}")
                self.assertEqual(len(page[member]), 1)
                pages += page[member]
                query = f"&before={page['next']}" if page["next"] else None
            self.assertEqual([p.get("id", (p.get("run_id"), p.get("seq"))) for p in pages],
                             [p.get("id", (p.get("run_id"), p.get("seq"))) for p in whole[member]])
        self.assertEqual(self.ask("GET", "/api/v1/runs?before=" + "0" * 31 + "9")[2]["code"], "gone")
        gone = "0" * 32 + "01a23029-6548-72aa-9e4a-a40aa5eeb8c8"
        self.assertEqual(self.ask("GET", f"/api/v1/transitions?before={gone}")[0], 410)

    def test_transitions_are_told_in_both_orders_and_as_csv(self):
        self.start_two()
        told = self.get("/api/v1/transitions?job=load")["transitions"]
        self.assertEqual([t["to_state"] for t in told][-2:], ["starting", "due"])
        self.assertEqual(told[0]["to_state"], "stopped")
        oldest = self.get("/api/v1/transitions?job=load&order=asc")["transitions"]
        self.assertEqual([(t["run_id"], t["seq"]) for t in reversed(oldest)], [(t["run_id"], t["seq"]) for t in told])
        self.assertEqual({t["job"] for t in self.get("/api/v1/transitions")["transitions"]}, {"load", "drill"})
        self.assertEqual([t["job"] for t in self.get("/api/v1/transitions?state=stopped")["transitions"]], ["load"])
        status, headers, data = self.raw("/api/v1/transitions?job=load&order=asc", {"Accept": "text/csv"})
        self.assertEqual((status, headers["Content-Type"].partition(";")[0]), (200, "text/csv"))
        self.assertTrue(data.endswith(b"\r\n"))
        rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
        self.assertEqual([(r["at"], r["run_id"], int(r["seq"]), r["to_state"]) for r in rows],
                         [(t["at"], t["run_id"], t["seq"], t["to_state"]) for t in oldest])

    def test_why_is_told_as_json_and_as_text(self):
        self.start_two()
        why = self.get("/api/v1/jobs/load/why")["why"]
        self.assertEqual((why["job"], why["disposition"]), ("load", "started"))
        due = self.get("/api/v1/jobs/later")["job"]["next_start"]
        ahead = self.get(f"/api/v1/jobs/later/why?at={due}")["why"]
        self.assertEqual((ahead["disposition"], ahead["forecast"]), ("expected", "started"))
        status, headers, data = self.raw("/api/v1/jobs/load/why?time_zone=Asia/Shanghai", {"Accept": "text/plain"})
        self.assertEqual((status, headers["Content-Type"].partition(";")[0]), (200, "text/plain"))
        self.assertIn("+08:00", data.decode())
        self.assertIn("did you mean 'load'", self.ask("GET", "/api/v1/jobs/laod/why")[2]["detail"])
        self.assertEqual(self.ask("GET", "/api/v1/jobs/load/why?at=soon")[0], 400)
        self.assertEqual(self.ask("GET", "/api/v1/jobs/load/why?time_zone=Moon/Base")[0], 400)

    def test_the_plan_knows_holds_at_once_and_is_not_sent_twice(self):
        self.start_two()
        plan = self.get("/api/v1/plan")
        self.assertEqual([(w["job"], w["skip"]) for w in plan["windows"]], [("later", None)])
        self.assertEqual(self.get("/api/v1/plan?job=drill")["windows"], [])
        self.assertEqual(self.ask("GET", "/api/v1/plan?job=laetr")[0], 404)
        self.assertEqual(self.ask("GET", "/api/v1/plan?from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z")[0], 400)
        self.post("/api/v1/holds", {"scope": "job:later", "reason": "deploy freeze"})
        self.assertEqual([w["skip"] for w in self.get("/api/v1/plan")["windows"]], ["hold"])
        for path in ("/api/v1/jobs/load", "/api/v1/jobs", "/api/v1/timeline?from=2020-01-01T00:00:00Z&until=2020-01-02T00:00:00Z"):
            _, headers, _ = self.ask("GET", path)
            status, again, body = self.ask("GET", path, headers={"If-None-Match": headers["ETag"]})
            self.assertEqual((status, body, again["ETag"]), (304, None, headers["ETag"]), path)
            self.assertEqual(self.ask("GET", path, headers={"If-None-Match": '"0"'})[0], 200)

    def test_the_timeline_shows_runs_that_overlap_and_lanes_by_what_matters(self):
        self.start_two()
        drawn = self.get("/api/v1/timeline")
        self.assertEqual([lane["job"] for lane in drawn["lanes"]], ["drill", "later", "load"])
        columns = drawn["run_columns"]
        lanes = {lane["job"]: lane for lane in drawn["lanes"]}
        run = dict(zip(columns, lanes["load"]["runs"][0]))
        self.assertEqual((run["state"], run["overdue"]), ("stopped", 0))
        self.assertLessEqual(run["started"], run["ended"])
        due = instant(self.get("/api/v1/runs?job=load")["runs"][0]["start_due"]) - instant(drawn["from"])
        self.assertEqual(run["start_due"], int(due.total_seconds()))
        self.assertEqual(len(lanes["later"]["plan"]), 1)
        self.assertIsNone(lanes["later"]["plan"][0][2])
        start = (instant(self.get("/api/v1/runs?job=drill")["runs"][0]["start_due"]) + datetime.timedelta(seconds=60)).isoformat().replace("+00:00", "Z")
        later = self.get(f"/api/v1/timeline?from={start}&q=drill")
        self.assertEqual([lane["job"] for lane in later["lanes"]], ["drill"])
        self.assertLess(later["lanes"][0]["runs"][0][columns.index("start_due")], 0)
        first = self.get("/api/v1/timeline?limit=2")
        rest = self.get(f"/api/v1/timeline?limit=2&after={first['next']}")
        self.assertEqual([lane["job"] for lane in first["lanes"] + rest["lanes"]], ["drill", "later", "load"])
        self.assertIsNone(rest["next"])

    def test_a_timeline_without_a_plan_has_the_lanes_in_the_same_order(self):
        self.start(perf_job("a", at(7200)), perf_job("b", at(3600), task=102), perf_job("off", at(5400), task=103, more="enabled: false"))
        past = self.get(f"/api/v1/timeline?until={(datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=1)).strftime('%Y-%m-%dT%H:%M:%SZ')}")
        self.assertIsNone(past["plan_made"])
        self.assertEqual([(lane["job"], lane["plan"]) for lane in past["lanes"]], [("b", []), ("off", []), ("a", [])])
        self.assertEqual([lane["job"] for lane in self.get("/api/v1/timeline")["lanes"]], ["b", "off", "a"])

    def test_the_timeline_is_narrowed_to_words_providers_labels_and_what_runs_did(self):
        self.start(perf_job("load", at(1), "2s", more="labels: {team: checkout}"), chaos_job("drill", at(1), "1h"), perf_job("later", at(600), "1m", 102))
        self.wait_state("load", "stopped")
        self.wait_state("drill", "running")
        lanes = lambda query: [lane["job"] for lane in self.get(f"/api/v1/timeline?{query}")["lanes"]]  # noqa: E731
        by_job = {lane["job"]: lane for lane in self.get("/api/v1/timeline")["lanes"]}
        self.assertEqual({job: (lane["provider"], lane["labels"]) for job, lane in by_job.items()},
                         {"load": ("perf", {"team": "checkout"}), "drill": ("chaos", {}), "later": ("perf", {})})
        for query, expected in (("q=l", ["drill", "later", "load"]), ("q=l+at", ["later"]), ("provider=perf", ["later", "load"]),
                                ("label=team%3Dcheckout", ["load"]), ("provider=chaos&label=team%3Dcheckout", []), ("state=running", ["drill"]),
                                ("state=running,stopped", ["drill", "load"]), ("live=true", ["drill"]), ("overdue=true", []),
                                ("live=true&state=stopped", []), ("provider=perf&q=lo", ["load"])):
            self.assertEqual(lanes(query), expected, query)
        for query in ("state=none", "label=team", "live=yes"):
            self.assertEqual(self.ask("GET", f"/api/v1/timeline?{query}")[0], 400, query)

    def test_a_plan_is_kept_for_who_asks_a_little_later(self):
        self.start(perf_job("load", at(600), "2s"))

        def made(seconds):
            until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=24, seconds=seconds)
            return self.get(f"/api/v1/timeline?until={until.strftime('%Y-%m-%dT%H:%M:%SZ')}")["plan_made"]
        # It is kept for a minute, which may be over on a machine that is held up; not each time.
        self.assertTrue(any(made(0) == made(5) for _ in range(2)))

    def test_a_job_tells_its_schedule_in_words_and_disabled_ones_are_found(self):
        self.start(perf_job("load", at(600), "2s"), perf_job("later", at(1200), "1m", 102))
        job = self.get("/api/v1/jobs/load")["job"]
        self.assertRegex(job["starts"][0], "^Once, at .* 20..-..-.. ")
        self.assertEqual((len(job["starts"]), job["stop"]), (1, "2s after its start."))
        self.assertEqual(self.get("/api/v1/jobs?disabled=true")["jobs"], [])
        self.post("/api/v1/jobs/later/disable", {"reason": "a drill"})
        self.assertEqual([each["job"] for each in self.get("/api/v1/jobs?disabled=true")["jobs"]], ["later"])
        self.assertEqual(self.get("/api/v1/status")["time_zone"], "UTC")

    def test_the_end_of_several_ids_is_told_with_all_that_are_meant(self):
        _, taktd = self.start(perf_job("load", at(1), "2s"))
        self.wait_state("load", "stopped")
        self.assertEqual(taktd.terminate(), 0)
        run = self.world.store.run("load")["id"]
        twin = "01a23029-6548-72aa-9e4a-a40aa5ee" + run[-4:]
        store = sqlite3.connect(self.world.store.path)
        names = [row[1] for row in store.execute("PRAGMA table_info(runs)")]
        values = ", ".join({"id": "?", "occurrence_ns": "NULL", "origin": "'manual'"}.get(name, name) for name in names)
        store.execute(f"INSERT INTO runs ({', '.join(names)}) SELECT {values} FROM runs WHERE id = ?", (twin, run))
        store.execute("INSERT INTO transitions SELECT ?, seq, from_state, to_state, at_ns, reason, actor, detail FROM transitions "
                      "WHERE run_id = ?", (twin, run))
        store.commit()
        store.close()
        self.world.start_taktd().wait_ready()
        self.world.wait_served()
        status, _, problem = self.ask("GET", f"/api/v1/runs/{run[-4:]}")
        self.assertEqual((status, problem["code"]), (409, "ambiguous"), problem)
        self.assertEqual({each["id"] for each in problem["candidates"]}, {run, twin})
        self.assertIn(f"{run[-8:]} (load)", problem["detail"])


    def test_answers_are_as_openapi_says(self):
        self.start_two()
        document = self.get("/api/v1/openapi.json")
        def check(answer, schema):
            jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(answer)
        paths = {"{job}": "load", "{run}": "load"}
        self.post("/api/v1/holds", {"scope": "job:later", "reason": "deploy freeze", "for": "1h"})
        checked = 0
        for pattern, methods in document["paths"].items():
            if "get" not in methods:
                continue
            path = pattern
            for part, name in paths.items():
                path = path.replace(part, name)
            with self.subTest(path):
                content = methods["get"]["responses"]["200"]["content"]
                if "application/json" not in content:
                    continue
                check(self.get(path), content["application/json"]["schema"])
                checked += 1
        self.assertGreater(checked, 12)
        check(self.get("/api/v1/runs?fields=brief"), {"properties": {"runs": {"items": {"$ref": "#/components/schemas/RunBrief"}}}})
        check(self.get("/api/v1/runs"), {"properties": {"runs": {"items": {"$ref": "#/components/schemas/Run"}}}})
        check(self.ask("GET", "/api/v1/runs/none")[2], {"$ref": "#/components/schemas/Problem"})
        stopped = self.post("/api/v1/runs/drill/stop", {"reason": "enough"})
        check(stopped, document["paths"]["/api/v1/runs/{run}/stop"]["post"]["responses"]["200"]["content"]["application/json"]["schema"])
        with self.assertRaises(jsonschema.ValidationError):
            check({"runs": [{"id": "x"}], "next": None}, {"$ref": "#/components/schemas/Runs"})

    def taktctl(self, *arguments, expected=0, config=True):
        more = ["--config", str(self.world.folder / "taktd.yaml")] if config else []
        done = subprocess.run([f"{BIN}/taktctl", *arguments, *more], text=True, capture_output=True, timeout=hung(),
                              env={**os.environ, "TZ": "UTC"}, check=False)
        self.assertEqual(done.returncode, expected, done.stdout + done.stderr)
        return done

    def test_taktctl_over_the_socket_its_store_and_curl_tell_the_same(self):
        _, taktd = self.start_two()
        store = str(self.world.store.path)
        commands = [("runs",), ("runs", "--state", "stopped", "--state", "running"), ("runs", "--live"), ("runs", "--provider", "chaos"),
                    ("runs", "--reason", "schedule", "--since", "-1h", "--until", "+1h"), ("show", "load", "--wire"),
                    ("history",), ("history", "--job", "load", "--format", "csv"), ("foreign",), ("why", "load")]
        told = {}
        for command in commands:
            with self.subTest(command):
                living = self.taktctl(*command)
                self.assertEqual(living.stderr, "")
                self.assertEqual(living.stdout, self.taktctl(*command, "--db", store).stdout)
                told[command] = living.stdout
        runs = json.loads(self.taktctl("runs", "--output", "json").stdout)["runs"]
        self.assertEqual(runs, self.get("/api/v1/runs")["runs"])
        self.assertEqual(runs, json.loads(self.taktctl("runs", "--output", "json", "--db", store).stdout)["runs"])
        shown = json.loads(self.taktctl("show", "load", "--output", "json").stdout)
        self.assertEqual(shown, self.get("/api/v1/runs/load"))
        history = json.loads(self.taktctl("history", "--format", "json").stdout)["transitions"]
        self.assertEqual(history, self.get("/api/v1/transitions?order=asc")["transitions"])
        self.assertIn("later", self.taktctl("plan").stdout)
        for command in (("runs", "--job", "laod"), ("show", "laod"), ("why", "laod"), ("history", "--job", "laod"), ("plan", "--job", "laod")):
            self.assertIn("did you mean 'load'", self.taktctl(*command, expected=1).stderr, command)
        self.assertEqual(self.taktctl("__complete", "--", "stop", "dr", config=False).stdout, "")
        words = ("__complete", "--", "--socket", str(self.socket_path()), "stop", "dr")
        wait_for(lambda: self.taktctl(*words, config=False).stdout == "drill\n", "the daemon has answered in time")
        self.assertEqual(taktd.terminate(), 0)
        for command in (("runs",), ("show", "load"), ("history",), ("why", "load"), ("plan",)):
            with self.subTest(command):
                dead = self.taktctl(*command)
                self.assertIn("this is what its store knew at", dead.stderr)
        self.assertEqual(self.taktctl("history", "--job", "load", "--format", "csv").stdout, told[("history", "--job", "load", "--format", "csv")])


if __name__ == "__main__":
    unittest.main()
