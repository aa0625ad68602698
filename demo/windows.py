# SPDX-License-Identifier: Apache-2.0
"""What the demo runs: ten jobs as data, when each must start and stop, what goes wrong on the way, and the config and
simcloud options that follow from it. Everything counts in seconds from one instant, T."""

import dataclasses
import datetime

END = 29.3  # the last window is over; no job starts again in the 4 s after
PROJECT = "0123456789abcdef0123456789abcdef"
ACCESS_KEY, SECRET_KEY = "SIMCLOUDACCESSKEY", "simcloud-secret-key"

# The demo's clouds answer quickly, so it need not wait as long for them as a real configuration should.
SETTLE, POLL = "1s", "1s"
# The limits that taktd keeps to are its defaults: burst + rate never exceed these in any one second.
LIMITS = {"huawei": 5, "tencent": 10}
TYPES = {"huawei": "huawei-cpts", "tencent": "tencent-cfg"}


@dataclasses.dataclass(frozen=True)
class Job:
    name: str
    provider: str
    task: int
    first: float  # its first start
    lasts: float  # from start to stop
    story: str
    every: float = 0  # 0: one-shot
    task_extra: str = ""
    more: str = ""  # further lines of its config
    behaviour: str = ""  # simcloud's settings of its task
    fault: str = ""  # simcloud's rule for it

    def starts(self):
        """Every start until the end."""
        count = int((END - self.first) // self.every) + 1 if self.every else 1
        return [self.first + i * self.every for i in range(count)]


JOBS = [
    Job("checkout-load", "huawei", 101, 0, 5, "every 12 s, by cron", every=12),
    Job("zone-drill", "tencent", 1698, 1, 16.5, "one-shot; its stop falls due while taktd is dead"),
    Job("busy-drill", "tencent", 1702, 2, 5.5, "one-shot; its start is throttled twice (429)",
        more="start_grace: 4s\nretry: {attempts: 5, initial: 500ms, max: 2s}",
        fault="start:task=1702:throttle:count=2"),
    Job("search-load", "huawei", 102, 4, 8, "every 15 s, by cron; ends by itself after 3 s", every=15, behaviour="ends_after=3s"),
    Job("cart-load", "huawei", 103, 5.5, 5.5, "one-shot; the answer to its start is lost", fault="start:task=103:drop_after:count=1"),
    Job("stock-load", "huawei", 104, 7, 4.5, "every 14 s from a given instant", every=14),
    Job("network-drill", "tencent", 1703, 13, 3, "one-shot; by ExecuteTask", task_extra=", start_by: execute_task"),
    Job("disk-drill", "tencent", 1704, 20, 4, "one-shot; the first answer to its stop is a 500",
        fault="stop:task=1704:status=500:count=1"),
    Job("cache-drill", "tencent", 1705, 20, 5, "one-shot, at the same instant"),
    Job("queue-drill", "tencent", 1706, 20, 5, "one-shot, at the same instant"),
]


@dataclasses.dataclass(frozen=True)
class Window:
    """One start and the stop that belongs to it, as instants in Unix seconds."""
    job: str
    provider: str
    task: int
    start: float
    stop: float


def windows(T):
    return [Window(job.name, job.provider, job.task, T + start, T + start + job.lasts) for job in JOBS for start in job.starts()]


@dataclasses.dataclass(frozen=True)
class Kill:
    """A SIGKILL that taktd gives itself at the n-th passage of a named point; `at` is when that will be."""
    point: str
    at: float
    action: str  # the call that it hits
    story: str


KILLS = [  # stock-load, network-drill, checkout-load
    Kill("intent_committed:8", 7, "start", "{job}'s start is promised to the disk, its request not sent"),
    Kill("start_sent:2", 13, "start", "{job}'s start is accepted, its answer never read"),
    Kill("stop_sent:2", 17, "stop", "{job}'s stop is in flight"),
]
DOWNTIME = 1.0  # what systemd waits before it starts taktd again (RestartSec)


def rfc3339(t):
    return datetime.datetime.fromtimestamp(t, datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def schedule_text(job, T):
    if not job.every:
        return f'{{at: "{rfc3339(T + job.first)}"}}'
    if "cron" in job.story:
        return f'"{int(T + job.first) % int(job.every)}-59/{int(job.every)} * * * * *"'
    return f'{{every: {int(job.every)}s, from: "{rfc3339(T + job.first)}"}}'


def duration(seconds):
    return f"{round(seconds * 1000)}ms"


def config(T, folder, urls, http_port=None):
    """The text of taktd.yaml; with a port the dashboard is served."""
    secrets = 'key: "${file:%s/key}"' % folder
    http = f', http: {{listen: "127.0.0.1:{http_port}"}}' if http_port else ""
    lines = ["version: 1", f"store: {{path: {folder}/taktd.db}}", f"control: {{socket: {folder}/control.sock{http}}}", "providers:"]
    for name, key, scope in (("huawei", "access_key", f"project_id: {PROJECT}"), ("tencent", "secret_id", "")):
        lines += [f"  {name}:", f"    type: {TYPES[name]}", f"    endpoint: {urls[name]}"]
        lines += [f"    {scope}"] if scope else []
        lines += [f'    credentials: {{{key}: "${{file:{folder}/key.id}}", secret_{secrets}}}',
                  f"    poll_interval: {POLL}", f"    settle: {SETTLE}"]
    lines.append("jobs:")
    for job in JOBS:
        ids = f"task_id: {job.task}" if job.provider == "tencent" else f"test_suite_id: 1, task_id: {job.task}"
        end = ', is_expect: true, summary: "{job} {run}: ended on schedule after {elapsed}"' if job.provider == "tencent" else ""
        lines += [f"  {job.name}:", f"    provider: {job.provider}", f"    task: {{{ids}{job.task_extra}}}",
                  f"    start: {schedule_text(job, T)}", f"    stop: {{after: {duration(job.lasts)}{end}}}"]
        lines += [f"    {line}" for line in job.more.splitlines()]
    return "\n".join(lines) + "\n"


def simcloud_arguments(signed=True):
    """Both clouds with their limits, the tasks and what goes wrong."""
    check = "" if signed else ",unsigned"
    arguments = []
    for name, kind in TYPES.items():
        arguments += ["--provider", f"{kind},name={name},scope={PROJECT},rate={LIMITS[name]}/s{check}"]
    for job in JOBS:
        arguments += ["--task", f"{job.provider}:{job.task},name={job.name}" + (job.behaviour and "," + job.behaviour)]
        if job.fault:
            arguments += ["--fault", f"{job.provider}:{job.fault}"]
    return arguments
