# SPDX-License-Identifier: Apache-2.0
"""What the black-box tests stand on: simcloud and taktd as child processes, conditions awaited (never a fixed sleep), the
store read with sqlite3, the truth asked of simcloud. Nothing that a test starts outlives it.

No verdict depends on the machine's speed. Instants of a config count from the daemon's readiness; a wait ends with its condition,
or after so long that something hangs; how late something may be is a question for the simulation and for script/bench. A story
that needs one thing to come before another (an answer before its timeout, a restart before the stop) can fail for want of speed
alone. Where there is evidence of that (slowness.py) it is told again in slow motion, and the slowest telling decides."""

import concurrent.futures
import datetime
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import traceback
import unittest
import urllib.request

from slowness import MACHINE, SLOWNESS, TooSlow, evidence_of_slowness

BIN = pathlib.Path(os.environ.get("TAKTD_BIN_DIR", "build/dev/bin")).resolve()
# Sanitizers make everything slower: times of configs that must hold work, and what counts as hung, are stretched by this.
PATIENCE = float(os.environ.get("TAKTD_TEST_PATIENCE", "1"))
# What has not come after so many seconds never comes, on the busiest machine that tests run on, in a story told at full speed.
HUNG = 60.0 * PATIENCE
ACCESS_KEY = "SIMCLOUDACCESSKEY"
SECRET_KEY = "simcloud-secret-key"
PROJECT = "0123456789abcdef0123456789abcdef"


TELLING = threading.local()  # what each thread tells is told by one world, the last one that it made


def hung():
    """After how many seconds something hangs, in the story that this thread tells: in slow motion its windows are longer too."""
    return HUNG * getattr(TELLING, "slowness", SLOWNESS[-1])


def wait_for(condition, what, pause=0.02):
    """The first true value of condition(); fails with `what` when it does not come: it hangs."""
    seconds = hung()
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen within {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(pause)


def rfc3339(ns):
    """An instant for a config, to the millisecond, rounded down."""
    t = datetime.datetime.fromtimestamp(ns // 1_000_000 / 1000, datetime.timezone.utc)
    return t.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Process:
    """A child with its output in files; killed when the test ends."""

    def __init__(self, world, name, arguments, env=None, stderr=None):
        """`stderr`: a descriptor that takes the place of the file."""
        self.world, self.name = world, name
        self.out_path = world.folder / f"{name}.out"
        self.err_path = world.folder / f"{name}.err"
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.child = subprocess.Popen([str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=err if stderr is None else stderr,
                                          env={**os.environ, **(env or {})}, cwd=world.folder)
        world.processes.append(self)

    def out(self):
        return self.out_path.read_text(errors="replace")

    def err(self):
        return self.err_path.read_text(errors="replace")

    def is_running(self):
        return self.child.poll() is None

    def send(self, number):
        self.child.send_signal(number)

    def wait_exit(self):
        """The exit code; negative: the signal that killed it."""
        wait_for(lambda: not self.is_running(), lambda: f"{self.name} ends\n{self.err()[-3000:]}")
        return self.child.returncode

    def kill(self):
        if self.is_running():
            self.send(signal.SIGKILL)
        return self.child.wait()


class Simcloud(Process):
    """The vendors' stand-ins on free ports; `urls` by provider name."""

    def __init__(self, world, providers, tasks, faults=(), extra=()):
        arguments, self.rules = [BIN / "simcloud", "--verbose"], list(faults)
        for flag, values in (("--provider", providers), ("--task", tasks), ("--fault", faults)):
            for value in values:
                arguments += [flag, value]
        super().__init__(world, "simcloud", [*arguments, *extra])
        wait_for(lambda: "simcloud: ready" in self.out() or not self.is_running(), "simcloud starts")
        if not self.is_running():
            raise AssertionError("simcloud ended: " + self.err())
        lines = [line.split() for line in self.out().splitlines() if " on " in line]
        self.urls = {words[1]: words[3] for words in lines}

    def ask(self, path, body=None, method=None):
        request = urllib.request.Request(self.urls["admin"] + "/_simcloud/" + path, data=body and body.encode(),
                                         method=method)
        with urllib.request.urlopen(request, timeout=hung()) as answer:
            return json.load(answer)

    def truth(self):
        return self.ask("truth")

    def runs(self, provider=None):
        """Every run there ever was at the vendor, in order of start."""
        return [run for p in self.truth()["providers"] if provider in (None, p["name"]) for run in p["runs"]]

    def requests(self, action=None):
        return [r for r in self.ask("log")["requests"] if action in (None, r["action"])]

    def add_fault(self, rule):
        rule = self.world.slowed(rule)
        self.rules.append(rule)
        return self.ask("faults", body=rule)

    def clear_faults(self):
        return self.ask("faults", method="DELETE")


class Taktd(Process):
    """The daemon, with a notification socket in systemd's place; its log is JSON lines."""

    numbers = itertools.count(1)

    def __init__(self, world, config, arguments=(), env=None, stderr=None, through=()):
        """`through`: a program, with its arguments, that becomes taktd."""
        name = f"taktd{next(Taktd.numbers)}"
        path = world.folder / f"{name}.notify"
        self.notify_socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify_socket.bind(str(path))
        self.notifications, self.marked = [], {}
        self.spawned_ns, self.ready_ns, self.ended_ns = time.time_ns(), None, None
        # A thread: what is not read is told again, and late.
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()
        env = {"NOTIFY_SOCKET": str(path), **world.credentials_env, **(env or {})}
        super().__init__(world, name, [*through, BIN / "taktd", "--config", config, "--log-format", "json", "--log-level", "debug",
                                       *arguments], env, stderr)

    def _listen(self):
        while message := self.notify_socket.recv(65536):
            words = message.decode().splitlines()
            if self.ready_ns is None and "READY=1" in words:
                self.ready_ns = time.time_ns()
            self.notifications += words

    def notified(self):
        """Everything told to the service manager so far, one `KEY=value` an entry."""
        return list(self.notifications)

    def close(self):
        if self.notify_socket.fileno() < 0:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", self.notify_socket.getsockname())  # ends the listener
        self.listener.join()
        self.notify_socket.close()

    def wait_notified_ready(self):
        """Ready by its notification alone, for a daemon whose log nobody can read."""
        def ready():
            if not self.is_running():
                raise AssertionError(f"taktd ended with {self.child.returncode} before it was ready:\n{self.err()}")
            return "READY=1" in self.notified()
        wait_for(ready, lambda: f"taktd is ready\n{self.err()[-3000:]}")
        return self

    def wait_ready(self):
        self.wait_notified_ready()
        # The log has a thread of its own: its lines may come after the notification.
        wait_for(lambda: "recovered" in self.err(), lambda: f"the log has caught up\n{self.err()[-3000:]}")
        return self

    def lines(self, message=None):
        """The log so far, as objects; those with `message` only, if given."""
        objects = []
        for line in self.err().splitlines():
            if line.startswith("{") and line.endswith("}"):
                objects.append(json.loads(line))
        return [o for o in objects if message in (None, o.get("message"))]

    def wait_line(self, message):
        """The newest line of this message, once there is one after what mark_log() marked."""
        return wait_for(lambda: self.lines(message)[self.marked.get(message, 0):],
                        lambda: f"log line '{message}'\n{self.err()[-3000:]}")[-1]

    def mark_log(self, message):
        self.marked[message] = len(self.lines(message))

    def reload(self):
        self.mark_log("reloaded")
        self.send(signal.SIGHUP)
        return self.wait_line("reloaded")

    def terminate(self):
        self.send(signal.SIGTERM)
        return self.wait_exit()


class Store:
    """Reads a store as anybody may: with SQLite, read-only."""

    def __init__(self, path):
        self.path = path

    def query(self, sql, *parameters):
        if not self.path.exists():
            return []
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=5)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(sql, parameters)]
        except sqlite3.OperationalError as error:
            if "no such table" in str(error) or "locked" in str(error):
                return []
            raise
        finally:
            connection.close()

    def runs(self, job=None):
        where = " WHERE job = ?" if job else ""
        return self.query(f"SELECT * FROM runs{where} ORDER BY start_due_ns, id", *([job] if job else []))

    def run(self, job):
        """The job's newest run, or nothing."""
        runs = self.runs(job)
        return runs[-1] if runs else None

    def states(self, run_id):
        """The states that a run went through."""
        return [t["to_state"] for t in self.transitions(run_id)]

    def transitions(self, run_id):
        return self.query("SELECT * FROM transitions WHERE run_id = ? ORDER BY seq", run_id)

    def calls(self, run_id, action=None):
        calls = self.query("SELECT * FROM calls WHERE run_id = ? ORDER BY intent_ns, id", run_id)
        return [c for c in calls if action in (None, c["action"])]

    def open_obligations(self):
        return self.query("SELECT * FROM runs WHERE obligation = 'open'")


class World:
    """One test's folder, processes and defaults."""

    def __init__(self, slowness=1):
        self.slowness = TELLING.slowness = slowness  # how many times slower than written the story is told
        self.begun, self.closed = MACHINE.now(), False
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="taktd-test-"))
        self.processes = []
        self.instants = {}  # of marks (see at()): nanoseconds
        self.starts = {}  # of each job: every start that a config gave it
        self.sim = None
        self.is_lied_to = False  # answers are held back on purpose, so that they miss their timeouts proves nothing
        self.keep = False  # the folder, for whoever wants to see what happened
        self.store = Store(self.folder / "taktd.db")
        self.cleanups = []
        self.credentials_env = {"TAKTD_TEST_KEY_ID": ACCESS_KEY, "TAKTD_TEST_SECRET": SECRET_KEY}

    def wait_served(self):
        """Until somebody listens at the control socket: its file may be that of the taktd before, or not be listened at yet."""
        def is_served():
            with socket.socket(socket.AF_UNIX) as client:
                return client.connect_ex(str(self.folder / "control.sock")) == 0
        wait_for(is_served, "the control socket is served")

    def start_simcloud(self, tasks=("perf:101..110", "chaos:201..210"), faults=(), rate="off", extra=(), chaos=""):
        providers = [f"huawei-cpts,name=perf,scope={PROJECT},rate={rate}", f"tencent-cfg,name=chaos,rate={rate}{chaos}"]
        faults = [self.slowed(fault) for fault in faults]
        self.sim = Simcloud(self, providers, tasks, faults, extra)
        return self.sim

    def start_taktd(self, config="taktd.yaml", arguments=(), env=None, **more):
        """The daemon on its config. Jobs whose instants count from readiness are left out when it starts, and come by a reload as
        soon as it is ready."""
        path = self.folder / config
        text = MARK.sub(lambda mark: rfc3339(self.instants[mark[1]]) if mark[1] in self.instants else mark[0], path.read_text())
        new = MARK.findall(text)
        if not new:
            put_file(path, text)
            return Taktd(self, path, arguments, env, **more)
        head, _, jobs = text.partition("\njobs:\n")
        there = [job for job in JOB.findall(jobs) if not MARK.search(job)]
        put_file(path, head + ("\njobs:\n" + "".join(there) if there else "\njobs: {}\n"))
        taktd = Taktd(self, path, arguments, env, **more).wait_ready()
        put_file(path, self.with_instants(text))
        taktd.mark_log("reloaded")
        taktd.send(signal.SIGHUP)
        wait_for(lambda: taktd.lines("reloaded") or not taktd.is_running(), lambda: f"the jobs are loaded\n{taktd.err()[-3000:]}")
        first = min(self.instants[number] for number, _ in new)
        loaded = [ns_of(line) for line in taktd.lines("reloaded")]
        if loaded and loaded[0] >= first or not loaded and time.time_ns() >= first:
            raise TooSlow("the daemon had its jobs only after the first of them was due")
        taktd.mark_log("reloaded")
        return taktd

    def with_instants(self, text):
        """With an instant in each mark's place: its seconds from now, or what it was when it was first asked for."""
        now = time.time_ns()

        def instant(mark):
            number, seconds = mark.groups()
            return rfc3339(self.instants.setdefault(number, now + int(float(seconds) * self.slowness * 1e9)))
        return MARK.sub(instant, text)

    def slowed(self, text):
        """A config or a fault in slow motion: each duration but periods, which are beats of the wall clock."""
        if self.slowness == 1:
            return text
        return DURATION.sub(lambda found: f"{int(found[1]) * self.slowness}{found[2]}", text)

    def write_config(self, jobs, name="taktd.yaml", perf="", chaos="", head=""):
        """A config with both of simcloud's providers. `jobs` is a list of perf_job() and chaos_job(); `perf` and `chaos`
        are further lines of a provider, unindented."""
        def more(lines):
            return "".join(f"    {line}\n" for line in lines.strip().splitlines())
        secrets = '"${env:TAKTD_TEST_KEY_ID}", secret_key: "${env:TAKTD_TEST_SECRET}"'
        common = "    rate_limit: {rate: 50/s, burst: 10}\n    poll_interval: 1s\n    settle: 1s\n    timeout: 2s\n"
        text = f"version: 1\n{head}store: {{path: {self.store.path}}}\n"
        text += f"control: {{socket: {self.folder / 'control.sock'}}}\nproviders:\n"
        for provider, kind, key, lines in (("perf", "huawei-cpts", "access_key", f"project_id: {PROJECT}\n{perf}"),
                                           ("chaos", "tencent-cfg", "secret_id", chaos)):
            own = {line.split(":")[0] for line in lines.strip().splitlines()}
            text += f"  {provider}:\n    type: {kind}\n"
            if "endpoint" not in own:
                text += f"    endpoint: {self.sim.urls[provider]}\n"
            if "credentials" not in own:
                text += f"    credentials: {{{key}: {secrets}}}\n"
            text += "".join(line + "\n" for line in common.splitlines() if line.strip().split(":")[0] not in own)
            text += more(lines)
        for name_of_job, start in START.findall("".join(jobs)):
            self.starts.setdefault(name_of_job, set()).add(start)
        text = self.slowed(text + ("jobs:\n" + "".join(jobs) if jobs else "jobs: {}\n"))
        path = self.folder / name
        is_up = any(isinstance(process, Taktd) and process.is_running() for process in self.processes)
        put_file(path, self.with_instants(text) if is_up else text)
        return path

    def starts_once(self, job_name):
        starts = self.starts.get(job_name, set())
        return len(starts) == 1 and all(re.fullmatch(r'\{at: "[^"]*"\}', start) for start in starts)

    def close(self):
        if self.closed:
            return
        self.closed = True
        for process in self.processes:
            process.kill()
        for process in self.processes:
            if isinstance(process, Taktd):
                process.close()
        for clean_up in reversed(self.cleanups):
            clean_up()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def job(name, provider, task, start, stop, more=""):
    lines = [f"  {name}:", f"    provider: {provider}", f"    task: {task}", f"    start: {start}", f"    stop: {stop}"]
    lines += [f"    {line}" for line in more.strip().splitlines()]
    return "\n".join(lines) + "\n"


# An instant that counts from readiness: its number, and the seconds.
MARK = re.compile(r"@@(\d+)\+([0-9.]+)@@")
MARKS = itertools.count(1)
JOB = re.compile(r"^  \S.*\n(?:    .*\n)*", re.MULTILINE)
START = re.compile(r"^  (\S+):\n(?:    (?!start:).*\n)*    start: (.*)\n", re.MULTILINE)
OVER = ("completed", "stopped", "failed", "skipped", "cancelled")
DURATION = re.compile(r"(?<![\w.@:+-])(?<!every: )(\d+)(ms|s)\b")
FAR = 600.0


def at(seconds):
    """A start so many seconds after the daemon is ready for it: World.start_taktd(), or the config that a running daemon gets, puts
    the instant in its place, the same one wherever this text stands. What is far off simply counts from now."""
    if seconds >= FAR:
        return f'{{at: "{rfc3339(time.time_ns() + int(seconds * 1e9))}"}}'
    return f'{{at: "@@{next(MARKS)}+{seconds:g}@@"}}'


def ns_of(line):
    """The instant of a line of the daemon's log."""
    return int(datetime.datetime.fromisoformat(line["time"].replace("Z", "+00:00")).timestamp() * 1e9)


def put_file(path, text):
    """Whoever reads it finds the old or the new, never a mix."""
    scratch = path.with_suffix(".new")
    scratch.write_text(text)
    scratch.rename(path)


def perf_job(name, start, after="3s", task=101, more=""):
    return job(name, "perf", f"{{test_suite_id: 1, task_id: {task}}}", start, f"{{after: {after}}}", more)


def chaos_job(name, start, after="3s", task=201, more=""):
    stop = f'{{after: {after}, is_expect: true, summary: "{{job}} {{run}}: ended on schedule"}}'
    return job(name, "chaos", f"{{task_id: {task}}}", start, stop, more)


def last_words(world):
    return "\n".join(f"--- {p.name} {p.child.args}\n{p.out()[-2000:]}{p.err()[-6000:]}" for p in world.processes)


def wait_state(world, job_name, *states):
    """The job's newest run once it is in one of the states. If it is over, and no other is to come, nothing is waited for."""
    def reached():
        run = world.store.run(job_name)
        if run and run["state"] not in states and run["state"] in OVER and world.starts_once(job_name):
            if (run["state"], run["reason"]) == ("stopped", "schedule") and "running" in states:
                raise TooSlow(f"{job_name} was over before anybody saw it running")
            raise AssertionError(f"{job_name} is to be {' or '.join(states)}; it is {run['state']}: {run}")
        return run if run and run["state"] in states else None
    return wait_for(reached, lambda: f"{job_name} is {' or '.join(states)}; it is {world.store.run(job_name)}", pause=0.05)


# Cases mostly wait; but with sanitizers a daemon's start alone costs a second of a processor.
WORKERS = 20 if PATIENCE == 1 else 8


def run_cases(test, cases, workers=WORKERS):
    """Runs cases {name: function(world)} side by side, each in a world of its own; each that fails is told with its
    processes' last words. They spend their time waiting, so there may be many more than processors."""
    def run(name):
        for slowness in SLOWNESS:
            world = World(slowness)
            try:
                cases[name](world)
                return None
            except Exception as error:
                slow = evidence_of_slowness(world, error)
                if not slow or slowness == SLOWNESS[-1]:
                    return f"{traceback.format_exc()}\n{last_words(world)}"
                print(f"{name}: {slow}; told again {2 * slowness} times slower, as it failed: {error}", flush=True)
            finally:
                world.close()
    chosen = [name for name in cases if os.environ.get("TAKTD_TEST_CASES", "") in name]
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        failures = dict(zip(chosen, pool.map(run, chosen)))
    for name, failure in failures.items():
        with test.subTest(name):
            if failure:
                test.fail(f"{name}\n{failure}")


class TestCase(unittest.TestCase):
    """A world for each test; on failure the processes' last words are shown."""

    def setUp(self):
        self.world = World(self.slowness)
        self.addCleanup(self.world.close)

    slowness = SLOWNESS[0]

    def _callTestMethod(self, method):
        while True:
            try:
                return method()
            except Exception as error:
                slow = evidence_of_slowness(self.world, error)
                if not slow or self.slowness == SLOWNESS[-1] or isinstance(error, unittest.SkipTest):
                    print(last_words(self.world))
                    raise
                self.slowness *= 2
                print(f"{self.id()}: {slow}; told again {self.slowness} times slower, as it failed: {error}", flush=True)
                self.world.close()
                self.setUp()

    def wait_state(self, job_name, *states):
        return wait_state(self.world, job_name, *states)
