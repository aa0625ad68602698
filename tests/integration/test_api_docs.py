# SPDX-License-Identifier: Apache-2.0
"""Each route of the API has an example in docs/api.md, and each example does what is told of it: curl sends them, as they stand
there, to a daemon on stand-ins of both clouds."""

import http.client
import json
import os
import pathlib
import re
import shlex
import subprocess
import unittest
import urllib.parse

from harness import TestCase, at, chaos_job, hung, perf_job, wait_for
from test_control import manual
from test_control_http import ENV, ControlHttpTest, UnixConnection, free_port

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs/api.md"
LOAD, DRILL = "nightly-checkout-load", "az-failure-drill"


def examples():
    """Each command as it stands in the page's last part."""
    part = DOCS.read_text().partition("\n## Examples\n")[2]
    blocks = re.findall(r"^```\n(.*?)^```$", part, re.DOTALL | re.MULTILINE)
    return [command.strip() for block in blocks for command in re.split(r"^(?=curl )", block, flags=re.MULTILINE) if command.strip()]


def asked(command):
    """The method and the path."""
    words = shlex.split(command.replace("\\\n", " "))
    url = next(word for word in words if word.startswith("http://"))
    method = words[words.index("-X") + 1] if "-X" in words else "POST" if "-d" in words else "GET"
    return method, urllib.parse.urlsplit(url).path


def fits(pattern, path):
    return re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(pattern)), path) is not None


class ApiDocsTest(TestCase):
    serve_at = ControlHttpTest.serve_at

    def start(self):
        self.port = free_port()
        self.world.start_simcloud()
        self.config = self.world.write_config([manual(perf_job(LOAD, at(3600), "1h", more="labels: {team: checkout}")),
                                               manual(chaos_job(DRILL, at(3600), "1h"))],
                                              head="notify: {targets: {ops: {kind: command, argv: [/bin/true]}}}\n")
        self.serve_at(f"127.0.0.1:{self.port}")
        self.socket = self.world.folder / "control.sock"
        taktd = self.world.start_taktd(env=ENV).wait_ready()
        taktd.wait_line("taktctl is served")
        return taktd

    def ask(self, method, path, body=None):
        connection = UnixConnection(self.socket)
        connection.request(method, path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        self.assertLess(answer.status, 300, data)
        return json.loads(data)

    def is_running(self, job):
        run = self.world.store.run(job)
        if run is None or run["state"] in ("stopped", "failed", "completed", "skipped", "cancelled"):
            self.ask("POST", f"/api/v1/jobs/{job}/start", {})
        self.wait_state(job, "running")

    def prepare(self, method, path):
        """What the example takes for granted."""
        if path.endswith((f"/{LOAD}/discharge", f"/{LOAD}/stop", "/v1/stop", "/hooks/alertmanager")):
            self.is_running(LOAD)
        if path.endswith((f"/{DRILL}/pause", f"/{DRILL}/stop")):
            self.is_running(DRILL)
        if path.endswith(f"/{DRILL}/resume"):
            self.wait_state(DRILL, "paused")

    def send(self, command, variables):
        """What curl printed. A stream is listened to until it has begun."""
        text = command.replace("127.0.0.1:8484", f"127.0.0.1:{self.port}")
        text = re.sub(r"^curl ", "curl -sS --fail-with-body ", text)
        child = subprocess.Popen(["bash", "-c", "exec " + text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 env={**os.environ, "S": str(self.socket), **variables, "no_proxy": "*"})
        if "/events" in command:
            line = child.stdout.readline()
            child.kill()
            child.communicate()
            return line
        out, err = child.communicate(timeout=hung())
        self.assertEqual(child.returncode, 0, f"{command}\n{out}{err}")
        return out

    def test_each_route_has_an_example_and_each_does_what_is_told(self):
        taktd = self.start()
        commands = examples()
        routes = [(route["method"], route["path"]) for route in self.ask("GET", "/api/v1")["routes"]]
        shown = [asked(command) for command in commands]
        without = [route for route in routes if not any(route[0] == method and fits(route[1], path) for method, path in shown)]
        self.assertEqual(without, [], "routes without an example")
        self.is_running(DRILL)  # so that lists have something to show
        self.ask("POST", f"/api/v1/runs/{DRILL}/stop", {})
        self.wait_state(DRILL, "stopped")
        variables = {}
        for command, (method, path) in zip(commands, shown):
            with self.subTest(command.replace("\n", " ")):
                self.assertTrue(any(method == each and fits(pattern, path) for each, pattern in routes), "no such route")
                self.prepare(method, path)
                out = self.send(command, variables)
                if "/events" in command:
                    self.assertEqual(out, "retry: 2000\n")
                elif path.startswith("/api/") and "Accept:" not in command and method != "DELETE":
                    answer = json.loads(out)
                    if path.endswith("/login-codes"):
                        variables["CODE"] = answer["code"]
                    if path.endswith("/sessions"):
                        variables["TOKEN"] = answer["token"]
                    self.check(path, answer)
        self.assertEqual(taktd.terminate(), 0)

    def check(self, path, answer):
        """What the example is there for."""
        if path.endswith("/pause"):
            self.wait_state(DRILL, "paused")
        elif path.endswith("/resume"):
            self.wait_state(DRILL, "running")
        elif path.endswith(f"{DRILL}/stop"):
            run = self.wait_state(DRILL, "stopped")
            body = json.loads(self.world.store.calls(run["id"], "stop")[0]["request_body"])
            self.assertEqual((body["IsExpect"], body["Summary"]), (True, "fail-over took 40 s"))
        elif path.endswith((f"/{LOAD}/stop", "/v1/stop", "/alertmanager")):
            self.assertEqual(answer["count"], 1, answer)
            self.wait_state(LOAD, "stopped")
        elif path.endswith("/discharge"):
            self.assertEqual(answer["run"]["obligation"], "discharged")
        elif path.endswith("/v1/holds") and "durable" in answer:
            self.assertEqual(len(answer["holds"]), 1, answer)
        elif path.endswith("/release"):
            self.assertEqual(answer["holds"], [])
        elif path.endswith(("/disable", "/enable")):
            self.assertEqual(answer["job"]["disabled"], path.endswith("/disable"))
        elif path.endswith("/reload"):
            self.assertEqual(answer["errors"], [])


del ControlHttpTest  # its own tests are told in its own file

if __name__ == "__main__":
    unittest.main()
