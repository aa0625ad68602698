# SPDX-License-Identifier: Apache-2.0
"""The lying proxy lies as it says, and else not at all: held against a vendor of a few lines that counts what it is asked."""

import http.client
import http.server
import json
import threading
import time
import unittest

from harness import wait_for
from lying_proxy import VENDOR_HANGS, Doubled, Honest, Late, LyingProxy, Replicas, Shifted, Stale, StaleAt


class Vendor(http.server.BaseHTTPRequestHandler):
    """Answers each request with its number; a list names the tasks asked for."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.lock:
            self.server.count += 1
            number = self.server.count
        said = {"number": number}
        asked = json.loads(body or b"{}").get("TaskId")
        if self.headers.get("X-TC-Action") == "DescribeTaskList":
            said = {"Response": {"TaskList": [{"TaskId": task, "TaskStatus": 1002} for task in asked]}}
        elif self.headers.get("X-TC-Action") == "DescribeTask":
            said = {"Response": {"Task": {"TaskId": asked, "TaskStatus": 1001, "number": number}}}
        text = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


class LyingProxyTest(unittest.TestCase):
    def begin(self, lie):
        self.vendor = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
        self.vendor.count, self.vendor.lock = 0, threading.Lock()
        thread = threading.Thread(target=self.vendor.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.vendor.server_close)
        self.addCleanup(self.vendor.shutdown)
        self.proxy = LyingProxy(f"http://127.0.0.1:{self.vendor.server_address[1]}", lie)
        self.addCleanup(lambda: self.proxy.close())
        return self.connect()

    def connect(self):
        connection = http.client.HTTPConnection(self.proxy.url.removeprefix("http://"), timeout=VENDOR_HANGS)
        self.addCleanup(connection.close)
        return connection

    @staticmethod
    def ask(connection, method="GET", target="/v1/p/tasks/101", body=None, action=None):
        connection.request(method, target, body and json.dumps(body), {"X-TC-Action": action} if action else {})
        return json.loads(connection.getresponse().read())

    def look(self, connection, task=101):
        return self.ask(connection, target=f"/v1/p/tasks/{task}")["number"]

    def start(self, connection, task=101):
        return self.ask(connection, "POST", f"/v1/p/test-suites/1/tasks/{task}", {"status": 9})["number"]

    def test_honest_is_nobody_in_the_way(self):
        connection = self.begin(Honest())
        self.assertEqual([self.look(connection), self.start(connection), self.look(self.connect())], [1, 2, 3])
        self.assertEqual([(a.request.action, a.request.tasks) for a in self.proxy.answered],
                         [("query", ("101",)), ("start", ("101",)), ("query", ("101",))])

    def test_requests_are_read_as_simcloud_reads_them(self):
        connection = self.begin(Honest())
        for body, action in (({"TaskId": 7, "Status": 1002}, "ModifyTaskRunStatus"), ({"TaskId": 7, "Status": 1004}, "ModifyTaskRunStatus"),
                             ({"TaskId": 7}, "ExecuteTask"), ({"TaskId": [7, 8]}, "DescribeTaskList"), ({"TaskId": 7}, "DescribeTask")):
            self.ask(connection, "POST", "/", body, action)
        self.ask(connection, "POST", "/v1/p/test-suites/1/tasks/101", {"status": 2})
        self.assertEqual([(a.request.action, a.request.tasks) for a in self.proxy.answered],
                         [("start", ("7",)), ("stop", ("7",)), ("start", ("7",)), ("query", ("7", "8")), ("query", ("7",)),
                          ("stop", ("101",))])

    def test_stale_is_told_once_of_the_task_meant(self):
        lie = Stale()
        connection = self.begin(lie)
        self.assertEqual(self.look(connection), 1)
        lie.replay("101", self.proxy.answered[0].answer)
        self.assertEqual([self.look(connection, 102), self.start(connection), self.look(connection), self.look(connection)],
                         [2, 3, 1, 4])
        self.assertEqual(lie.told, ["101"])

    def test_stale_also_in_lists_until_it_is_told(self):
        lie = Stale()
        connection = self.begin(lie)
        self.ask(connection, "POST", "/", {"TaskId": 7}, "DescribeTask")
        lie.replay("7", self.proxy.answered[0].answer)

        def states():
            said = self.ask(connection, "POST", "/", {"TaskId": [7, 8]}, "DescribeTaskList")
            return [task["TaskStatus"] for task in said["Response"]["TaskList"]]
        self.assertEqual([states(), states()], [[1001, 1002]] * 2)
        self.assertEqual(self.ask(connection, "POST", "/", {"TaskId": 7}, "DescribeTask")["Response"]["Task"]["number"], 1)
        self.assertEqual(states(), [1002, 1002])

    def test_stale_at_a_look_after_each_start(self):
        connection = self.begin(StaleAt(lambda task, answered: answered[0].answer, lambda task: 2))
        seen = [self.look(connection), self.start(connection), *(self.look(connection) for _ in range(3)), self.start(connection),
                *(self.look(connection) for _ in range(2))]
        self.assertEqual(seen, [1, 2, 3, 1, 4, 5, 6, 1])

    def test_replicas_of_which_one_lags(self):
        lie = Replicas(lag=0.3)
        connection = self.begin(lie)
        first = self.look(connection)

        def both():
            a, b = self.look(connection), self.look(connection)
            return (a, b) if first < min(a, b) and lie.told_old > 2 else None
        a, b = wait_for(both, "the lagging one moves on")
        fresh, old = max(a, b), min(a, b)
        self.assertGreater(fresh, old, "the lagging replica tells of an earlier look")
        self.assertGreater(self.start(connection), fresh, "starts come to the one that does not lag")

    def test_doubled_sends_each_twice(self):
        connection = self.begin(Doubled())
        connection.request("GET", "/v1/p/tasks/101")
        stream = connection.sock.makefile("rb")
        text = b""
        while text.count(b'"number": 1}') < 2:
            text += stream.read(1)
        self.assertEqual(self.vendor.count, 1)

    def test_shifted_answers_with_the_one_before(self):
        connection = self.begin(Shifted())
        self.assertEqual([self.look(connection) for _ in range(4)], [1, 1, 2, 3])
        self.assertEqual(self.look(self.connect()), 5, "each connection for itself")

    def test_late_answers_still_come(self):
        connection = self.begin(Late(0.2, every=2))
        self.assertEqual(self.look(connection), 1)
        begun = time.monotonic()
        self.assertEqual(self.look(connection), 2)
        self.assertGreaterEqual(time.monotonic() - begun, 0.2)

    def test_closed_it_leaves_nothing(self):
        before = threading.active_count()
        lie = Replicas(0.1)
        self.look(self.begin(lie))
        self.proxy.close()
        self.assertFalse(any(t.is_alive() for t in [*self.proxy.threads, self.proxy.accepter, lie.sampler]))
        self.assertLessEqual(threading.active_count(), before + 2)  # the vendor's own
        self.proxy.close = lambda: None


if __name__ == "__main__":
    unittest.main(verbosity=2)
