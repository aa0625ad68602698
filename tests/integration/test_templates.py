# SPDX-License-Identifier: Apache-2.0
"""Jobs that make a task of their own from a template for each run, and jobs that say what their task is called. However the
making ends (lost answers, refusals, SIGKILL before and after it), each run starts one task at most, and stops it; a task of
another name is not started."""

import functools
import signal
import unittest

from ground_truth import check_everything, check_stopped, expect, expect_equal, status_seen
from harness import PATIENCE, at, job, run_cases, wait_for, wait_state

TEMPLATE = 33
BURST, RATE = 5, 30
PROVIDER = f"timeout: 1s\npoll_interval: 300ms\nsettle: 600ms\nrate_limit: {{rate: {RATE}/s, burst: {BURST}}}"
POLICY = "start_grace: 60s\nmin_window: 100ms\nretry: {attempts: 5, initial: 200ms, max: 500ms}"
LEAD, WINDOW = 0.5 * PATIENCE, 6.0 * PATIENCE
STOP = '{after: %s, is_expect: true, summary: "{job} {run}: ended on schedule"}'
NORMAL = "due starting running stopping stopped"
OVER = ("completed", "stopped", "failed", "skipped", "cancelled")
TASK = ('{template_id: %d, title: "drill {job} {run}", mode: automatic, pause_after: 90m, '
        'groups: [{instances: [ins-a1, ins-b2]}]}')


def drill(start, window=WINDOW, template=TEMPLATE, more=POLICY):
    return job("drill", "chaos", TASK % template, start, STOP % f"{int(window * 1000)}ms", more)


def begin(world, faults=(), jobs=None, env=None, provider=PROVIDER):
    world.start_simcloud(faults=[f"chaos:{fault}" for fault in faults], extra=["--template", f"chaos:{TEMPLATE},groups=1"])
    world.write_config(jobs or [drill(at(LEAD))], chaos=provider, perf=PROVIDER)
    taktd = world.start_taktd(env=env)
    return taktd if env else taktd.wait_ready()


def created(world):
    return [task for provider in world.sim.truth()["providers"] for task in provider["created"]]


def finish(world, taktd):
    run = wait_state(world, "drill", *OVER)
    expect_equal(taktd.terminate(), 0, "exit code of taktd")
    check_everything(world, BURST, RATE)
    return run


def check_own_task(world, run, vendor_run):
    """The run started the task that was made for it, and stopped it in time."""
    task = {t["task_id"]: t for t in created(world)}.get(vendor_run["task_id"])
    expect(task is not None, f"{vendor_run} is of no task that was made")
    expect_equal(run["vendor_task_id"], vendor_run["task_id"], "the task in the run's row")
    expect_equal(task["title"], f"drill {run['job']} {run['id']}", "title of the task")
    expect_equal(task["template_id"], str(TEMPLATE), "template of the task")
    expect(run["task_key"].endswith("|" + vendor_run["task_id"]), f"task key {run['task_key']}")
    check_stopped(run, vendor_run)


def check_one_drill(world, run, tasks_made=1):
    expect_equal(" ".join(world.store.states(run["id"])), NORMAL, "states")
    expect_equal(run["reason"], "schedule", "reason")
    vendor_runs = world.sim.runs("chaos")
    expect_equal(len(vendor_runs), 1, "starts that took effect")
    check_own_task(world, run, vendor_runs[0])
    expect_equal(len(created(world)), tasks_made, f"tasks made: {created(world)}")


def prepare_calls(world, run):
    """Outcome of each call that made or looked for a task, in order; True behind it if it looked."""
    return [(c["outcome"], "TemplateId" not in c["request_body"]) for c in world.store.calls(run["id"], "prepare")]


def check_makings_are_the_requests(world, run, delays_are_lost):
    """Each request to make a task that came has its call, in order, with the status seen."""
    calls = [c for c in world.store.calls(run["id"], "prepare") if "TemplateId" in c["request_body"]]
    told = [status_seen(r, delays_are_lost) for r in world.sim.requests("prepare")]
    expect_equal([c["http_status"] for c in calls], told, "statuses of the calls that make tasks")


# The fault hits the first making alone; then: the calls, and how many tasks there are.
MADE, LOST = ("accepted", False), ("uncertain", False)
FOUND, NOT_FOUND = [LOST, ("accepted", True)], [LOST, ("accepted", True), MADE]
MAKING = {
    "delay=300ms": ([MADE], 1),
    "delay=1500ms": (FOUND, 1),
    "drop_before": (NOT_FOUND, 1),
    "drop_after": (FOUND, 1),
    "throttle": ([("throttled", False), MADE], 1),
    "status=503": (NOT_FOUND, 1),
    "status_after=500": (FOUND, 1),
    "garbage": (FOUND, 1),
    "half": (FOUND, 1),
    "hang_before": (NOT_FOUND, 1),
    "hang": (FOUND, 1),
}


def one_fault(world, fault, calls, tasks):
    taktd = begin(world, [f"prepare:{fault}:count=1"])
    run = finish(world, taktd)
    check_one_drill(world, run, tasks)
    expect_equal(prepare_calls(world, run), calls, "calls that made or looked for the task")
    check_makings_are_the_requests(world, run, delays_are_lost=fault == "delay=1500ms")


def undisturbed(world):
    taktd = begin(world)
    run = finish(world, taktd)
    check_one_drill(world, run)
    expect_equal(prepare_calls(world, run), [MADE], "calls")
    body = world.store.calls(run["id"], "prepare")[0]["request_body"]
    expect('"TaskPauseDuration":90' in body and '"TaskMode":2' in body, body)
    expect('"TaskGroupsConfig":[{"TaskGroupInstances":["ins-a1","ins-b2"]}]' in body, body)


def every_run_a_task_of_its_own(world):
    """A weekly drill in fast motion."""
    taktd = begin(world, ["prepare:drop_after:p=0.5:count=2"], [drill("{every: 5s}", 2.5, more="start_grace: 2s\nmin_window: 100ms")])
    wait_for(lambda: sum(r["state"] == "stopped" for r in world.store.runs("drill")) >= 3, "three drills")
    world.write_config([], chaos=PROVIDER, perf=PROVIDER)
    taktd.send(signal.SIGHUP)
    wait_for(lambda: all(r["state"] in OVER for r in world.store.runs("drill")), "no drill is left")
    expect_equal(taktd.terminate(), 0, "exit code of taktd")
    check_everything(world, BURST, RATE)
    runs = [r for r in world.store.runs("drill") if r["vendor_task_id"] in {v["task_id"] for v in world.sim.runs("chaos")}]
    vendor_runs = world.sim.runs("chaos")
    expect_equal(len({v["task_id"] for v in vendor_runs}), len(vendor_runs), "no task was started twice")
    expect_equal({r["vendor_task_id"] for r in runs}, {v["task_id"] for v in vendor_runs}, "each start has its run")


def lost_and_the_search_as_well(world):
    taktd = begin(world, ["prepare:drop_after:count=1", "query:drop_after:count=2"])
    run = finish(world, taktd)
    check_one_drill(world, run)
    expect_equal(prepare_calls(world, run), [LOST, ("uncertain", True), ("uncertain", True), ("accepted", True)], "calls")


def unknown_template(world):
    taktd = begin(world, jobs=[drill(at(LEAD), template=7)])
    run = finish(world, taktd)
    expect_equal((run["state"], run["reason"], run["obligation"]), ("failed", "refused", "none"), "the run")
    expect_equal(prepare_calls(world, run), [("refused_final", False)], "calls")
    detail = world.store.transitions(run["id"])[-1]["detail"]
    expect("does not exist" in detail, f"the vendor's words are in {detail}")
    expect_equal(world.sim.runs(), [], "starts that took effect")


def a_code_means_what_the_config_says(world):
    """The vendor's word for an unknown template is worth another try here; then there is one."""
    taktd = begin(world, jobs=[drill(at(LEAD), template=34)],
                  provider=f"{PROVIDER}\noutcomes: {{InvalidParameterValue: refused_retryable}}")
    wait_for(lambda: len(world.sim.requests("prepare")) >= 2, "it is tried again")
    world.sim.ask("templates", body="chaos:34")
    run = finish(world, taktd)
    expect_equal(" ".join(world.store.states(run["id"])), NORMAL, "states")
    calls = prepare_calls(world, run)
    expect(set(calls[:-1]) == {("refused_retryable", False)} and calls[-1] == MADE, f"calls: {calls}")


def no_task_in_time(world):
    """The vendor makes none until the grace is over: nothing is owed, nothing runs."""
    taktd = begin(world, ["prepare:status=503"], [drill(at(LEAD), more="start_grace: 1500ms\nmin_window: 100ms")])
    run = finish(world, taktd)
    expect_equal((run["state"], run["obligation"]), ("skipped", "none"), "the run")
    expect_equal(world.sim.runs() + created(world), [], "what happened at the vendor")


def killed_while_it_is_made(world):
    """The task is there, its answer is not: the next life finds it instead of making another."""
    taktd = begin(world, ["prepare:hang:count=1"])
    # The request does not wait for its row: a life that ended between them would know of no task, and make another.
    wait_for(lambda: created(world) and any(prepare_calls(world, run) for run in world.store.runs("drill")),
             "a task is made, as the store knows")
    taktd.kill()
    taktd = world.start_taktd().wait_ready()
    run = finish(world, taktd)
    check_one_drill(world, run)
    expect_equal(prepare_calls(world, run)[-1], ("accepted", True), "the last call finds it")


def killed_between_making_and_start(world):
    """The task's id is durable, its baseline is not read yet."""
    taktd = begin(world, ["query:hang"])
    wait_for(lambda: (world.store.run("drill") or {}).get("vendor_task_id"), "the task's id is in the store")
    taktd.kill()
    expect_equal(world.store.run("drill")["state"], "due", "state after the kill")
    world.sim.clear_faults()
    taktd = world.start_taktd().wait_ready()
    run = finish(world, taktd)
    check_one_drill(world, run)
    expect_equal(prepare_calls(world, run), [MADE], "calls")


def killed_at(world, point, states, effects):
    taktd = begin(world, env={"TAKTD_CRASH_AT": point})
    expect_equal(taktd.wait_exit(), -signal.SIGKILL, f"end of the life that is to crash at {point}")
    taktd = world.start_taktd().wait_ready()
    run = finish(world, taktd)
    expect_equal(" ".join(world.store.states(run["id"])), states, "states")
    vendor_runs = world.sim.runs("chaos")
    expect_equal(len(vendor_runs), effects, "starts that took effect")
    for vendor_run in vendor_runs:
        check_own_task(world, run, vendor_run)
    expect_equal(len(created(world)), 1, "tasks made")


def named(world, provider, name, runs):
    tasks = {"perf": "{test_suite_id: 1, task_id: 101, expect_name: %s}", "chaos": "{task_id: 201, expect_name: %s}"}
    stop = {"perf": "{after: 2s}", "chaos": STOP % "2s"}
    world.start_simcloud(tasks=["perf:101,name=AZ-3 blackout", "chaos:201,name=AZ-3 blackout"])
    world.write_config([job("drill", provider, tasks[provider] % name, at(LEAD), stop[provider], POLICY)],
                       chaos=PROVIDER, perf=PROVIDER)
    taktd = world.start_taktd().wait_ready()
    run = finish(world, taktd)
    expected = ("stopped", "schedule") if runs else ("skipped", "wrong_task")
    expect_equal((run["state"], run["reason"]), expected, "the run")
    expect_equal(len(world.sim.runs(provider)), 1 if runs else 0, "starts that took effect")
    if not runs:
        expect("AZ-3 blackout" in world.store.transitions(run["id"])[-1]["detail"], "the true name is told")


CASES = {
    "undisturbed": undisturbed,
    "every run a task of its own": every_run_a_task_of_its_own,
    "lost, and the search as well": lost_and_the_search_as_well,
    "unknown template": unknown_template,
    "a code means what the config says": a_code_means_what_the_config_says,
    "no task in time": no_task_in_time,
    "killed while it is made": killed_while_it_is_made,
    "killed between making and start": killed_between_making_and_start,
    "killed before the start is sent": functools.partial(killed_at, point="intent_committed",
                                                         states="due starting unconfirmed failed", effects=0),
    "killed once the start is sent": functools.partial(killed_at, point="start_sent",
                                                       states="due starting unconfirmed running stopping stopped", effects=1),
    **{f"making: {fault}": functools.partial(one_fault, fault=fault, calls=calls, tasks=tasks)
       for fault, (calls, tasks) in MAKING.items()},
    **{f"{provider}: {'the' if runs else 'another'} name": functools.partial(named, provider=provider, name=name, runs=runs)
       for provider in ("perf", "chaos") for name, runs in (('"AZ-3 blackout"', True), ('"AZ-3 Blackout"', False))},
}


class Templates(unittest.TestCase):
    def test_templates_and_names(self):
        run_cases(self, CASES)


if __name__ == "__main__":
    unittest.main()
