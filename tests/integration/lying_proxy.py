# SPDX-License-Identifier: Apache-2.0
"""An HTTP proxy between taktd and one of simcloud's providers that tells what some cache, replica or confused proxy on the way
may tell: a stale answer, the answer of a replica that lags, an answer twice, another request's answer, one that comes too late.
What a lie is stands in its class; the proxy moves bytes, keeps what it answered, and leaves nothing behind when closed."""

import functools
import json
import socket
import threading
import time
import urllib.parse
from typing import NamedTuple

QUERIES = ("DescribeTask", "DescribeTaskList")
VENDOR_HANGS = 600.0  # seconds


class Request(NamedTuple):
    """One request as it came. `tasks` are those that it is about, `question` is the same for two that ask the same."""

    raw: bytes
    action: str  # start, stop, query or other
    tasks: tuple
    question: tuple
    at: float    # time.monotonic()


class Answered(NamedTuple):
    request: Request
    answer: bytes


def read_message(stream):
    """The bytes of the next request or answer; nothing at the end of the stream. Both sides send Content-Length."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return b""
        head += line
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return head + stream.read(length)


def body_of(raw):
    return raw.partition(b"\r\n\r\n")[2]


def read_request(raw):
    """What it asks for, read as simcloud does: CPTS by path and `status`, CFG by X-TC-Action and `Status`."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target = first.split()[:2]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    try:
        said = json.loads(body)
    except ValueError:
        said = {}
    name = headers.get("x-tc-action")
    if name:
        tasks = said.get("TaskId", ())
        tasks = tuple(map(str, tasks if isinstance(tasks, list) else [tasks] if tasks else ()))
        action = "query" if name in QUERIES else "start" if name == "ExecuteTask" or said.get("Status") == 1002 else \
            "stop" if said.get("Status") == 1004 else "other"
    else:
        path = target.partition("?")[0].split("/")
        tasks = (path[-1],) if "tasks" in path else ()
        action = "query" if method == "GET" else {9: "start", 2: "stop"}.get(said.get("status"), "other")
    return Request(raw, action, tasks, (method, target, name, body), time.monotonic())


# The lies. Each is asked `answers(request, ask, connection)` and yields what is sent, bytes by bytes, on that connection;
# `ask()` gives the vendor's answer; `connection` is a dict that lives as long as the client's connection.

class Honest:
    """And what all lies share: `ended` is set when the proxy closes, so whoever holds an answer back waits for that."""

    def __init__(self):
        self.ended = threading.Event()

    def answers(self, request, ask, connection):
        yield ask()

    def close(self):
        pass


class Stale(Honest):
    """Answers a query about a task with an older answer, once for each time that it is told to. A list that names the task
    shows the old state until then: whoever has not heard of the change has not heard of it there either."""

    def __init__(self):
        super().__init__()
        self.lock, self.waiting, self.told = threading.Lock(), {}, []

    def replay(self, task, answer):
        with self.lock:
            self.waiting.setdefault(task, []).append(answer)

    def answers(self, request, ask, connection):
        if request.action == "query" and request.question[2] != "DescribeTaskList":
            with self.lock:
                old = self.waiting.get(request.tasks[0]) or [None]
                stale = old.pop(0)
                if stale:
                    self.told.append(request.tasks[0])
            if stale:
                yield stale
                return
        answer = ask()
        if request.question[2] == "DescribeTaskList":
            answer = self._aged(answer)
        yield answer

    def _aged(self, answer):
        said = json.loads(body_of(answer))
        for entry in said.get("Response", {}).get("TaskList") or ():
            with self.lock:
                old = next(iter(self.waiting.get(str(entry["TaskId"]), ())), None)
            if old:
                then = json.loads(body_of(old))["Response"]["Task"]
                entry.update({name: then.get(name) for name in entry if name in then})
        return with_body(answer, json.dumps(said).encode())


def with_body(answer, body):
    head = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")
    head = [line for line in head if not line.lower().startswith(b"content-length:")]
    return b"\r\n".join([*head, b"Content-Length: %d" % len(body)]) + b"\r\n\r\n" + body


class StaleAt(Stale):
    """Of the stale answers of each task, one is told at the n-th look at it after each of its starts. `choose(task, answered)`
    picks it from all that was answered about the task so far, or nothing."""

    def __init__(self, choose, looks):
        super().__init__()
        self.choose, self.looks, self.answered, self.seen = choose, looks, {}, {}

    def answers(self, request, ask, connection):
        for task in request.tasks:
            with self.lock:
                if request.action == "start":
                    self.seen[task] = 0
                elif request.action == "query" and task in self.seen:
                    self.seen[task] += 1
                due = request.action == "query" and self.seen.get(task) == self.looks(task)
                chosen = self.choose(task, self.answered.get(task, [])) if due else None
            if chosen:
                self.replay(task, chosen)
        for answer in super().answers(request, ask, connection):
            yield answer
        # Lists say too little to pass for an answer about one task.
        if request.tasks and request.question[2] != "DescribeTaskList":
            with self.lock:
                self.answered.setdefault(request.tasks[0], []).append(Answered(request, answer))


class Replicas(Honest):
    """Two of them, asked in turn; the second lags: it tells of `lag` seconds ago. To know that, a thread keeps asking whatever
    was asked in the last seconds."""

    def __init__(self, lag):
        super().__init__()
        self.lag, self.samples, self.turn, self.lock = lag, {}, 0, threading.Lock()
        self.sampler, self.told_old = None, 0

    def answers(self, request, ask, connection):
        if request.action != "query":
            yield ask()
            return
        asked = time.monotonic()
        with self.lock:
            known = self.samples.setdefault(request.question, {"ask": ask, "wanted": asked, "seen": []})
            known["ask"], known["wanted"] = ask, asked
            old = [answer for at, answer in known["seen"] if at <= asked - self.lag]
            self.turn += 1
            lagging = self.turn % 2 == 0 and old
            self.told_old += bool(lagging)
            if self.sampler is None:
                self.sampler = threading.Thread(target=self._sample, daemon=True)
                self.sampler.start()
        answer = old[-1] if lagging else ask()
        if not lagging:
            self._keep(known, asked, answer)
        yield answer

    def _keep(self, known, at, answer):
        with self.lock:
            known["seen"].append((at, answer))
            known["seen"].sort(key=lambda sample: sample[0])
            old = [n for n, sample in enumerate(known["seen"]) if sample[0] <= at - self.lag - 1]
            del known["seen"][:old[-1] if old else 0]

    def _sample(self):
        while not self.ended.wait(self.lag / 4):
            now = time.monotonic()
            with self.lock:
                wanted = [known for known in self.samples.values() if known["wanted"] > now - 10]
            for known in wanted:
                try:
                    at = time.monotonic()
                    self._keep(known, at, known["ask"]())
                except OSError:
                    return

    def close(self):
        if self.sampler:
            self.sampler.join()


class Doubled(Honest):
    """Each answer comes twice on its connection; the second one `pause` seconds after the first."""

    def __init__(self, pause=0.0):
        super().__init__()
        self.pause = pause

    def answers(self, request, ask, connection):
        answer = ask()
        yield answer
        self.ended.wait(self.pause)
        yield answer


class Shifted(Honest):
    """From the second request on a connection each gets the answer of the one before it."""

    def answers(self, request, ask, connection):
        answer = ask()
        yield connection.get("before", answer)
        connection["before"] = answer


class Late(Honest):
    """The answer of every n-th query of a connection comes after `seconds`, still on that connection."""

    def __init__(self, seconds, every=3):
        super().__init__()
        self.seconds, self.every = seconds, every

    def answers(self, request, ask, connection):
        answer = ask()
        if request.action == "query":
            connection["queries"] = connection.get("queries", 0) + 1
            if connection["queries"] % self.every == 0:
                self.ended.wait(self.seconds)
        yield answer


class LyingProxy:
    """Listens on a free port; `url` is what a provider's `endpoint` should be. `answered` is everything that went through."""

    def __init__(self, upstream, lie=None):
        place = urllib.parse.urlsplit(upstream)
        self.upstream, self.lie = (place.hostname, place.port), lie or Honest()
        self.answered, self.lock, self.ended = [], threading.Lock(), threading.Event()
        self.sockets, self.threads = set(), []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.accepter = threading.Thread(target=self._accept, daemon=True)
        self.accepter.start()

    def close(self):
        self.ended.set()
        self.lie.ended.set()
        # A connection wakes whoever waits in accept().
        socket.create_connection(self.listener.getsockname()).close()
        self.accepter.join()
        self.listener.close()
        with self.lock:
            for each in self.sockets:
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        for thread in self.threads:
            thread.join()
        self.lie.close()

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            if self.ended.is_set():
                client.close()
                return
            with self.lock:
                self.sockets.add(client)
            self.threads.append(threading.Thread(target=self._serve, args=(client,), daemon=True))
            self.threads[-1].start()

    def _serve(self, client):
        connection = {}
        try:
            with client, client.makefile("rb") as stream:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while raw := read_message(stream):
                    request = read_request(raw)
                    for answer in self.lie.answers(request, functools.partial(self.ask, request), connection):
                        with self.lock:
                            self.answered.append(Answered(request, answer))
                        client.sendall(answer)
        except OSError:
            pass  # the client has left, or simcloud has
        finally:
            with self.lock:
                self.sockets.discard(client)

    def ask(self, request):
        """The vendor's own answer, on a connection of its own; OSError if there is none."""
        with socket.create_connection(self.upstream, timeout=VENDOR_HANGS) as vendor, vendor.makefile("rb") as stream:
            vendor.sendall(request.raw)
            answer = read_message(stream)
        if not answer:
            raise ConnectionError("no answer")
        return answer
