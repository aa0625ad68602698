# SPDX-License-Identifier: Apache-2.0
"""Who is told of what happens: receivers that take it, fail, lie, hang, redirect and vanish; and taktd that is killed between."""

import base64
import hashlib
import hmac
import json
import signal
import stat
import subprocess
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import BIN, TestCase, at, hung, perf_job, wait_for

KEY = b"taktd-test-secret-32-bytes-long."


class Receiver:
    """Takes what is posted; answers what `answer` says, each time anew."""

    def __init__(self, answer=(200, "")):
        self.answer, self.got, self.release = answer, [], threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, dict(self.headers.items()), body))
                answer = outer.answer
                if answer == "hang":
                    outer.release.wait(hung())
                    return
                status, text, *headers = answer
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def events(self, kind=None):
        events = [json.loads(body) for _, _, body in self.got]
        return [event for event in events if kind is None or event["type"] == "io.taktd." + kind]

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


class NotifyTest(TestCase):
    def setUp(self):
        super().setUp()
        secret = self.world.folder / "hook-secret"
        secret.write_text("whsec_" + base64.b64encode(KEY).decode())
        secret.chmod(0o600)
        self.secret = "${file:" + str(secret) + "}"
        self.receivers = []

    def tearDown(self):
        for receiver in self.receivers:
            receiver.close()
        super().tearDown()

    def receiver(self, answer=(200, "")):
        self.receivers.append(Receiver(answer))
        return self.receivers[-1]

    def webhook(self, receiver, more="events: [all]"):
        return f'{{kind: webhook, url: "{receiver.url}/taktd", secret: "{self.secret}", {more}}}'

    def configure(self, targets, *jobs):
        lines = "".join(f"\n    {name}: {target}" for name, target in targets.items())
        self.world.write_config(list(jobs), head=f"notify:\n  targets:{lines}\n")

    def secret_file(self, name, value):
        file = self.world.folder / name
        file.write_text(value)
        file.chmod(0o600)
        return "${file:" + str(file) + "}"

    def ctl(self, *arguments):
        return subprocess.run([BIN / "taktctl", "--socket", str(self.world.folder / "control.sock"), *arguments],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=hung())

    def outbox(self):
        return self.world.store.query("SELECT * FROM outbox")

    def assert_signed(self, headers, body):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        digest = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        self.assertEqual(headers["webhook-signature"], "v1," + digest)

    def test_a_run_is_told_of_from_its_start_to_its_end_signed_and_once_each(self):
        hook = self.receiver()
        self.world.start_simcloud()
        self.configure({"bus": self.webhook(hook)}, perf_job("load", at(2), "2s"))
        taktd = self.world.start_taktd().wait_ready()
        self.wait_state("load", "stopped", "completed")
        wait_for(lambda: hook.events("run.stopped") or hook.events("run.completed"), "its end is told")
        self.assertEqual(taktd.terminate(), 0)
        types = [event["type"] for event in hook.events()]
        self.assertEqual(types[0], "io.taktd.daemon.started")
        self.assertEqual(types[-1], "io.taktd.daemon.stopped")
        self.assertEqual(types.count("io.taktd.run.started"), 1)
        ids = [event["id"] for event in hook.events()]
        self.assertEqual(len(ids), len(set(ids)))
        for path, headers, body in hook.got:
            self.assertEqual(path, "/taktd")
            self.assertEqual(headers["Content-Type"], "application/cloudevents+json; charset=utf-8")
            self.assertEqual(headers["webhook-id"], json.loads(body)["id"])
            self.assert_signed(headers, body)
        run = self.world.store.run("load")
        started = hook.events("run.started")[0]
        self.assertEqual(started["subject"], "load")
        self.assertEqual(started["data"]["run"]["id"], run["id"])
        self.assertEqual(self.outbox(), [], "what was delivered does not stay")

    def test_what_a_crash_cuts_off_is_told_by_the_next_daemon_under_the_same_id(self):
        hook = self.receiver("hang")
        self.world.start_simcloud()
        self.configure({"bus": self.webhook(hook, "events: [run.started]")}, perf_job("load", at(2), "600s"))
        taktd = self.world.start_taktd().wait_ready()
        wait_for(lambda: hook.got, "the receiver has got it, and does not answer")
        first = hook.events()[0]["id"]
        taktd.send(signal.SIGKILL)
        taktd.wait_exit()
        self.assertEqual([row["event_id"] for row in self.outbox()], [first])
        hook.answer = (204, "")
        hook.release.set()
        taktd = self.world.start_taktd().wait_ready()
        wait_for(lambda: len(hook.got) == 2, "it is told again")
        self.assertEqual(hook.events()[1]["id"], first)
        wait_for(lambda: not self.outbox(), "it is taken")
        self.assertEqual(self.ctl("stop", "load", "--yes", "--reason", "over").returncode, 0)
        self.wait_state("load", "stopped")
        self.assertEqual(taktd.terminate(), 0)

    def test_a_receiver_that_fails_hangs_or_redirects_delays_no_stop_and_no_other_target(self):
        hangs, fails, elsewhere, good = self.receiver("hang"), self.receiver((500, "")), self.receiver(), self.receiver()
        moved = self.receiver((302, "", ("Location", elsewhere.url + "/taktd")))
        self.world.start_simcloud()
        self.configure({"a-hangs": self.webhook(hangs), "b-fails": self.webhook(fails), "c-moved": self.webhook(moved),
                        "good": self.webhook(good)}, perf_job("load", at(2), "2s"))
        taktd = self.world.start_taktd().wait_ready()
        self.wait_state("load", "stopped", "completed")
        wait_for(lambda: good.events("run.stopped") or good.events("run.completed"), "the good one is told of the end")
        wait_for(lambda: hangs.got and fails.got and moved.got, "the others were tried")
        self.assertEqual(elsewhere.got, [], "no redirect is followed")
        moved_line = taktd.wait_line("a target has not taken a notification; it is tried again")
        self.assertIn("target", moved_line)
        self.assertEqual({row["target"] for row in self.outbox()}, {"a-hangs", "b-fails", "c-moved"})
        metrics = self.ctl("status")  # served while one hangs
        self.assertEqual(metrics.returncode, 0)
        self.assertEqual(taktd.terminate(), 0)

    def test_a_robot_that_answers_200_and_refuses_is_believed(self):
        lies = self.receiver((200, '{"errcode": 310000, "errmsg": "keywords not in content"}'))
        url = self.secret_file("robot-url", lies.url + "/robot/send?access_token=s3cr3t-token")
        self.world.start_simcloud()
        self.configure({"ops": f'{{kind: dingtalk, url: "{url}", events: [life]}}'}, perf_job("load", at(600), "2s"))
        taktd = self.world.start_taktd().wait_ready()
        line = taktd.wait_line("a target has not taken a notification; it is tried again")
        self.assertIn("310000", json.dumps(line))
        self.assertEqual(len(self.outbox()), 1)
        said = self.ctl("notify", "test", "ops")
        self.assertEqual(said.returncode, 1)
        self.assertRegex(said.stdout, r"ops +not delivered: 310000, the word, the signature or our address is refused; "
                                      r"look at notify.targets.ops.secret")
        lies.answer = (200, '{"errcode": 0}')
        self.assertEqual(self.ctl("reload").returncode, 0)
        wait_for(lambda: not self.outbox(), "a reload tries it at once")
        self.assertRegex(self.ctl("notify", "test").stdout, r"ops +delivered in ")
        self.assertEqual(taktd.terminate(), 0)
        self.assertNotIn("s3cr3t-token", taktd.err())

    def test_a_command_gets_the_event_on_its_input_and_a_clean_environment(self):
        told = self.world.folder / "told"
        script = self.world.folder / "tell"
        script.write_text(f'#!/bin/sh\n{{ env | sort; cat; echo; }} >> "{told}"\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        self.world.start_simcloud()
        self.configure({"mine": f'{{kind: command, argv: ["{script}", one], events: [run.started]}}',
                        "none": "{kind: command, argv: [/nonexistent/tell], events: [life]}"}, perf_job("load", at(2), "2s"))
        taktd = self.world.start_taktd(env={"SECRET_OF_TAKTD": "hidden"}).wait_ready()
        wait_for(lambda: told.exists() and told.read_text().endswith("}\n"), "the command has run")
        text = told.read_text()
        self.assertIn("TAKTD_TYPE=run.started\n", text)
        self.assertIn("TAKTD_JOB=load\n", text)
        self.assertNotIn("SECRET_OF_TAKTD", text)
        self.assertEqual(json.loads(text.splitlines()[-1])["type"], "io.taktd.run.started")
        self.assertIn("cannot be run", json.dumps(taktd.wait_line("a target has not taken a notification; it is tried again")))
        self.wait_state("load", "stopped", "completed")
        self.assertEqual(taktd.terminate(), 0)

    def test_a_target_whose_secret_is_missing_is_named_and_the_rest_go_on(self):
        hook = self.receiver()
        self.world.start_simcloud()
        self.configure({"bus": self.webhook(hook, "events: [life]"),
                        "lost": '{kind: slack, url: "${file:/nonexistent/slack-url}"}'}, perf_job("load", at(2), "2s"))
        taktd = self.world.start_taktd().wait_ready()
        line = taktd.wait_line("a target cannot be told anything until this is mended and the config reloaded")
        self.assertIn("notify.targets.lost", json.dumps(line))
        wait_for(lambda: hook.events("daemon.started"), "the other is told")
        self.wait_state("load", "stopped", "completed")
        self.assertEqual(taktd.terminate(), 0)

    def test_without_targets_a_test_says_so(self):
        self.world.start_simcloud()
        self.world.write_config([perf_job("load", at(600), "2s")])
        taktd = self.world.start_taktd().wait_ready()
        self.world.wait_served()
        said = self.ctl("notify", "test")
        self.assertEqual(said.returncode, 1)
        self.assertIn("no 'notify.targets'", said.stderr)
        self.assertEqual(taktd.terminate(), 0)


if __name__ == "__main__":
    unittest.main()
