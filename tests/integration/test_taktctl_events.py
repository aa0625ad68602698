# SPDX-License-Identifier: Apache-2.0
"""taktctl events: each transition once, whatever becomes of the stream, of taktd and of whoever reads."""

import json
import os
import signal
import socket
import subprocess
import threading
import unittest

from harness import BIN, TestCase, at, hung, perf_job, wait_for


class Follower:
    """A taktctl that goes on; its output in files, or in a pipe that is read when the test wants."""

    def __init__(self, folder, *arguments, stdout=None, name="follower"):
        self.out_path, self.err_path = folder / f"{name}.out", folder / f"{name}.err"
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.child = subprocess.Popen([f"{BIN}/taktctl", *arguments], stdin=subprocess.DEVNULL, stderr=err,
                                          stdout=out if stdout is None else stdout, env={**os.environ, "TZ": "UTC"})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        if self.child.stdout:
            self.child.stdout.close()

    def out(self):
        return self.out_path.read_text()

    def err(self):
        return self.err_path.read_text()

    def wait_out(self, text):
        wait_for(lambda: text in self.out(), lambda: f"{text!r} is told\n{self.out()}{self.err()}")

    def wait_err(self, text):
        wait_for(lambda: text in self.err(), lambda: f"{text!r} is said\n{self.out()}{self.err()}")

    def transitions(self):
        told = [json.loads(line) for line in self.out().splitlines()]
        return [(e["data"]["run_id"], e["data"]["seq"]) for e in told if e["event"] == "transition"]

    def end(self, number=signal.SIGINT):
        self.child.send_signal(number)
        return self.child.wait(hung())


class FakeDaemon:
    """Answers each connection with the next of `answers`: bytes, and whether it stays open."""

    def __init__(self, path, answers):
        self.requests, self.answers, self.open = [], list(answers), []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(path))
        self.socket.listen()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            request = b""
            while b"\r\n\r\n" not in request:
                part = peer.recv(65536)
                if not part:
                    break
                request += part
            self.requests.append(request.decode())
            if b"/events" not in request:
                body = b'{"ok": true}'
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                peer.close()
            elif self.answers:
                answer, stays = self.answers.pop(0)
                try:
                    peer.sendall(answer)
                except OSError:
                    stays = False  # it reads no more
                if stays:
                    self.open.append(peer)
                else:
                    peer.close()
            else:
                peer.close()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()
        for peer in self.open:
            peer.close()

    def streams(self):
        return [request for request in self.requests if "/events" in request]


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(text):
    return b"%x\r\n%s\r\n" % (len(text), text.encode())


def store_event(number, up="true"):
    return chunk(f'id: e-{number}\nevent: store\ndata: {{"up": {up}}}\n\n')


class TaktctlEventsTest(TestCase):
    def config(self):
        return ("--config", str(self.world.folder / "taktd.yaml"))

    def start(self, *jobs):
        self.world.start_simcloud()
        self.world.write_config(list(jobs))
        return self.start_again()

    def start_again(self):
        taktd = self.world.start_taktd().wait_ready()
        self.world.wait_served()
        return taktd

    def follow(self, *arguments, **more):
        return Follower(self.world.folder, "events", *arguments, *self.config(), **more)

    def kept(self, job=None):
        return sorted((run["id"], row["seq"]) for run in self.world.store.runs(job) for row in self.world.store.transitions(run["id"]))

    def test_what_happens_is_told_in_lines_and_in_json(self):
        taktd = self.start(perf_job("load", at(3), "2s"), perf_job("other", at(3), "2s", 102))
        with self.follow("--job", "load") as text, self.follow("--output", "json", "--since", "-1h", name="json") as lines:
            self.wait_state("load", "stopped")
            self.wait_state("other", "stopped")
            text.wait_out("stopped")
            self.assertRegex(text.out(), r"(?m)^\d\d:\d\d:\d\d\.\d{3}  load  \w{8}  running -> stopping \(schedule\)$")
            self.assertRegex(text.out(), r"(?m)  load  \w{8}  start #1: accepted, HTTP 200")
            self.assertNotIn("other", text.out())
            wait_for(lambda: sorted(lines.transitions()) == self.kept(), lambda: f"each transition is told once: {lines.out()}")
            self.assertEqual(text.end(signal.SIGINT), 130)
            self.assertEqual(lines.end(signal.SIGTERM), 143)
        run = self.world.store.run("load")["id"]
        with self.follow("--run", run[-8:], "--since", "-1h", "--output", "json") as one:
            wait_for(lambda: sorted(one.transitions()) == self.kept("load"), lambda: f"what has been is told: {one.out()}{one.err()}")
        self.assertEqual(taktd.terminate(), 0)

    def test_a_daemon_that_is_killed_is_waited_for_and_no_transition_is_lost_or_doubled(self):
        taktd = self.start(perf_job("load", at(2), "4s"))
        with self.follow("--output", "json", "--since", "-1h") as follower:
            wait_for(lambda: "running" in follower.out(), "the start is told")
            taktd.kill()
            follower.wait_err("trying again")
            taktd = self.start_again()
            follower.wait_err("could not be resumed")
            self.wait_state("load", "stopped")
            wait_for(lambda: sorted(follower.transitions()) == self.kept(), lambda: f"each once: {follower.out()}{follower.err()}")
            self.assertIn('"event":"reset"', follower.out())
            self.assertEqual(taktd.terminate(), 0)
            follower.wait_err("taktd is stopping")
            self.assertEqual(follower.end(), 130)

    def test_whoever_has_gone_ends_it_also_when_nothing_happens(self):
        taktd = self.start()
        with self.follow(stdout=subprocess.PIPE) as follower:
            follower.child.stdout.close()
            self.assertEqual(follower.child.wait(hung()), 0)
        self.assertEqual(taktd.terminate(), 0)

    def test_what_cannot_be_followed_is_refused(self):
        taktd = self.start()
        for arguments, code, why in ((("--types", "transitions"), 1, "there is no event type 'transitions'"),
                                     (("--since", "soon"), 2, "--since"),
                                     (("--since", "-1h", "--types", "call"), 2, "--types leaves out"),
                                     (("--run", "nobody"), 1, "nobody"),
                                     (("--run", "a", "--job", "b"), 2, "excludes")):
            with self.follow(*arguments) as follower:
                self.assertEqual(follower.child.wait(hung()), code, follower.err())
                self.assertIn(why, follower.err())
        self.assertEqual(taktd.terminate(), 0)
        with self.follow() as follower:
            self.assertEqual(follower.child.wait(hung()), 3)
            self.assertIn("nobody answers", follower.err())


class TaktctlFeedTest(TestCase):
    """The stream as no daemon of ours tells it, but one that is cut, lies or stalls would."""

    def follow(self, answers, *arguments, **more):
        path = self.world.folder / "fake.sock"
        fake = FakeDaemon(path, answers)
        self.addCleanup(fake.close)
        return fake, Follower(self.world.folder, "events", "--types", "store", "--output", "json", "--socket", str(path), *arguments, **more)

    def test_a_stream_that_is_cut_anywhere_goes_on_behind_the_last_event(self):
        whole = HEAD + store_event(1) + store_event(2, "false")
        fake, follower = self.follow([(whole[:-7], False), (HEAD[:20], False), (HEAD + store_event(2, "false") + b"zz\r\n", False),
                                      (HEAD + store_event(3), True)])
        with follower:
            follower.wait_out("e-3")
            self.assertEqual([json.loads(line)["id"] for line in follower.out().splitlines()], ["e-1", "e-2", "e-3"])
            asked = [request.partition("Last-Event-ID: ")[2].partition("\r\n")[0] for request in fake.streams()]
            self.assertEqual(asked, ["", "e-1", "e-1", "e-2"])
            self.assertEqual(follower.end(), 130)

    def test_one_that_is_cut_before_it_bore_an_id_tells_the_gap(self):
        _, follower = self.follow([(HEAD + chunk(": here\n\n"), False), (HEAD + store_event(9), True)])
        with follower:
            follower.wait_out("e-9")
            follower.wait_err("could not be resumed")

    def test_a_daemon_without_room_is_asked_again_and_a_refusal_ends_it(self):
        def refusal(status, why):
            body = json.dumps({"detail": why}).encode()
            return b"HTTP/1.1 %d No\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(body), body), False

        _, follower = self.follow([refusal(503, "as many listen as may"), (HEAD + store_event(1), False), refusal(403, "not you")])
        with follower:
            self.assertEqual(follower.child.wait(hung()), 1)
            self.assertIn("as many listen as may", follower.err())
            self.assertIn("e-1", follower.out())
            self.assertIn("not you", follower.err())

    def test_a_reader_that_stalls_keeps_no_signal_from_ending_it(self):
        many = HEAD + b"".join(store_event(number) for number in range(20000))
        _, follower = self.follow([(many, True)], stdout=subprocess.PIPE)
        with follower:
            self.assertTrue(follower.child.stdout.readline())  # and no more: the pipe is full soon
            self.assertEqual(follower.end(signal.SIGTERM), 143)

    def test_a_reader_that_stalls_and_goes_on_has_missed_nothing(self):
        count = 20000
        many = HEAD + b"".join(store_event(number) for number in range(count))
        _, follower = self.follow([(many, True)], stdout=subprocess.PIPE)
        with follower:
            told = [json.loads(follower.child.stdout.readline())["id"] for _ in range(count)]
            self.assertEqual(told, [f"e-{number}" for number in range(count)])
            self.assertEqual(follower.end(), 130)


if __name__ == "__main__":
    unittest.main()
