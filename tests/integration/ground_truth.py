# SPDX-License-Identifier: Apache-2.0
"""What the store tells held against what the vendors' stand-ins saw: no start took effect twice, nothing was left running,
each history is whole and legal, each request has its call. Written from the design and not from the daemon's code."""

import json
import subprocess

from harness import BIN, hung

S = 1_000_000_000

# From section "The life of a run" of docs/rules.md.
LEGAL = {
    None: {"due"},
    "due": {"starting", "skipped", "failed", "cancelled"},
    "starting": {"running", "due", "failed", "unconfirmed", "skipped", "cancelled"},
    "unconfirmed": {"running", "completed", "failed", "stopped", "stopping"},
    "running": {"paused", "completed", "failed", "stopped", "stopping"},
    "paused": {"running", "completed", "failed", "stopped", "stopping"},
    "stopping": {"stopped", "completed", "failed"},
}
OWING = {"starting", "unconfirmed", "running", "paused", "stopping"}


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def expect_equal(seen, wanted, what):
    expect(seen == wanted, f"{what}: {seen!r}, expected {wanted!r}")


def check_histories(store):
    """Gap-free, legal, and at one with the run's own row."""
    for run in store.runs():
        before = None
        story = store.transitions(run["id"])
        expect_equal([t["seq"] for t in story], list(range(1, len(story) + 1)), f"sequence of {run['job']}")
        for t in story:
            expect_equal(t["from_state"], before, f"where {run['job']} comes from at {t['seq']}")
            expect(t["to_state"] in LEGAL.get(before, ()), f"{run['job']}: {before} -> {t['to_state']} is not legal")
            before = t["to_state"]
        expect_equal(run["state"], before, f"state of {run['job']} against its last transition")
        opened = any(t["to_state"] in OWING for t in story)
        if before in OWING:
            expect_equal(run["obligation"], "open", f"obligation of {run['job']} in {before}")
        elif before == "due" or not opened:
            expect_equal(run["obligation"], "none", f"obligation of {run['job']} in {before}")


def check_vendor(world):
    """What may never have happened, whatever else did."""
    truth = world.sim.truth()
    expect_equal(truth["doubled"], 0, "doubled starts")
    expect_equal(truth["starts_while_running"], 0, "start requests that came to a running task")
    expect_equal(truth["still_running"], 0, "tasks still running at the vendor")


def check_all_answered(store):
    """Every call has an outcome, also those that a crash cut off."""
    for call in store.query("SELECT * FROM calls"):
        expect(call["outcome"] is not None and call["done_ns"] is not None, f"a call without an outcome: {call}")
        expect(call["method"] and call["target"], f"a call that does not say what it sent: {call}")
        if call["action"] in ("start", "stop"):
            expect(call["run_id"] is not None, f"a {call['action']} of no run: {call}")


def check_rate(world, burst, per_second):
    for provider in world.sim.truth()["providers"]:
        peak = provider["peak_per_second"]
        expect(peak <= burst + per_second, f"{provider['name']} got {peak} requests within a second, over {burst} + {per_second}")


def check_calls_are_the_requests(world, delays_are_lost=False):
    """Without a crash: each request that came has its call and the other way round, in order, with the status seen. Of looks
    that only confirmed the one before the newest alone is there."""
    for provider in world.sim.urls.keys() - {"admin"}:
        calls = world.store.query("SELECT * FROM calls WHERE provider = ? AND action = 'query' AND sent_ns IS NOT NULL "
                                  "ORDER BY sent_ns", provider)
        requests = [r for r in world.sim.requests("query") if r["provider"] == provider]
        check_looks(calls, requests, [status_seen(r, delays_are_lost) for r in requests])
    for action in ("start", "stop"):
        for provider in world.sim.urls.keys() - {"admin"}:
            calls = world.store.query("SELECT * FROM calls WHERE provider = ? AND action = ? AND sent_ns IS NOT NULL "
                                      "ORDER BY sent_ns", provider, action)
            requests = [r for r in world.sim.requests(action) if r["provider"] == provider]
            seen, told = [c["http_status"] for c in calls], [status_seen(r, delays_are_lost) for r in requests]
            expect_equal(seen, told, f"statuses of the {action} calls at {provider}, as requests {requests}")
            for call, request in zip(calls, requests):
                in_order = call["intent_ns"] <= call["sent_ns"] <= request["at_ns"]
                expect(in_order, f"{action}: {request} came before it was meant or sent: {call}")
                expect(call["sent_ns"] <= call["done_ns"], f"{action} ended before it was sent: {call}")


def check_looks(calls, requests, told):
    found = []
    for call in calls:
        first = found[-1] + 1 if found else 0
        n = next((i for i in range(first, len(requests)) if requests[i]["at_ns"] >= call["sent_ns"]), None)
        expect(n is not None, f"a look without its request: {call}")
        expect_equal(call["http_status"], told[n], f"status of the look {call}, as request {requests[n]}")
        expect(call["intent_ns"] <= call["sent_ns"] <= call["done_ns"], f"a look ended before it was sent: {call}")
        found.append(n)
    if requests:
        expect(len(requests) - 1 in found, f"the newest look is missing: {requests[-1]}")
    for n in set(range(len(requests))) - set(found):
        expect(told[n] == 200 or (n > 0 and told[n] == told[n - 1]), f"a look that failed is missing: {requests[n]}")


def status_seen(request, delays_are_lost):
    lost = request["fault"] in ("drop_before", "drop_after", "hang_before", "hang", "half")
    return None if lost or (delays_are_lost and request["fault"] == "delay") else request["status"]


def check_write_ahead(world):
    """Also across crashes: before each start and stop that came there was an intent of its own for that task."""
    for action in ("start", "stop"):
        for provider in world.sim.urls.keys() - {"admin"}:
            calls = world.store.query(
                "SELECT calls.intent_ns AS intent_ns, runs.task_key AS task_key FROM calls JOIN runs ON runs.id = calls.run_id "
                "WHERE calls.provider = ? AND calls.action = ? ORDER BY calls.intent_ns", provider, action)
            requests = [r for r in world.sim.requests(action) if r["provider"] == provider]
            for task in {r["task_ids"][0] for r in requests}:
                intents = [c["intent_ns"] for c in calls if c["task_key"].endswith("|" + task)]
                came = [r["at_ns"] for r in requests if r["task_ids"][0] == task]
                expect(len(came) <= len(intents), f"{len(came)} {action} requests for {task}, {len(intents)} intents")
                for n, at in enumerate(came):
                    expect(sum(i <= at for i in intents) > n, f"a {action} for {task} came before its intent")


def with_owners(world):
    """Each of the vendors' runs with the run of ours that it belongs to: the last that meant to start its task before it began."""
    intents = world.store.query("SELECT calls.intent_ns AS at, runs.* FROM calls JOIN runs ON runs.id = calls.run_id "
                                "WHERE calls.action = 'start' ORDER BY calls.intent_ns")
    by_task = {}
    for run in intents:
        by_task.setdefault(run["task_key"].rsplit("|", 1)[1], []).append(run)
    pairs = []
    for vendor_run in world.sim.runs():
        meant = [run for run in by_task.get(vendor_run["task_id"], ()) if run["at"] <= vendor_run["started_ns"]]
        expect(meant, f"nobody meant to start {vendor_run}")
        pairs.append((vendor_run, meant[-1]))
    return pairs


def check_one_effect_per_run(world):
    """Each vendor's run belongs to one run of ours, and none of ours has two."""
    owners = [run["id"] for _, run in with_owners(world)]
    expect_equal(len(set(owners)), len(owners), "runs that took effect")


def check_occurrences(world, periods_ms):
    """Of jobs {name: period} that fire on the beat: the occurrences, first to last, have exactly one disposition each: a
    run, or a place in a gap."""
    for name, period in periods_ms.items():
        step = period * 1_000_000
        places = [run["occurrence_ns"] for run in world.store.runs(name)]
        for gap in world.store.query("SELECT * FROM gaps WHERE job = ?", name):
            expect_equal(gap["count"], (gap["last_ns"] - gap["first_ns"]) // step + 1, "occurrences in a gap")
            places += range(gap["first_ns"], gap["last_ns"] + 1, step)
        places.sort()
        expect(places, f"{name} never came due")
        expect_equal(places, list(range(places[0], places[-1] + 1, step)), f"occurrences of {name}")
        expect(all(place % step == 0 for place in places), f"{name} fires off its beat: {places}")


def seconds_past_stops(world, lives):
    """(vendor's run, our run, seconds that it went on past its stop while a daemon was there to stop it, how many daemons)."""
    answers = []
    for vendor_run, run in with_owners(world):
        overlaps = [min(life.ended_ns, vendor_run["ended_ns"]) - max(life.ready_ns, run["stop_due_ns"])
                    for life in lives if life.ready_ns is not None]
        overlaps = [each for each in overlaps if each > 0]
        answers.append((vendor_run, run, sum(overlaps) / S, len(overlaps)))
    return answers


def check_stopped(run, vendor_run):
    """By us, and not before its instant. That it was stopped at all is what a real daemon is asked here; how late a stop may be in
    which circumstances the simulation knows to the nanosecond, and script/bench measures."""
    expect_equal(vendor_run["ended_by"], "stop", "what ended the vendor's run")
    early = (run["stop_due_ns"] - vendor_run["ended_ns"]) / S
    expect(early <= 0, f"{run['job']} was stopped {early:.3f} s before its instant")


def check_integrity(store):
    """SQLite's own judge, on a store that nobody need have closed."""
    if store.path.exists():
        expect_equal(store.query("PRAGMA integrity_check"), [{"integrity_check": "ok"}], "SQLite's integrity check")


def verify(store):
    return subprocess.run([BIN / "taktctl", "verify", "--db", store.path, "--output", "json"], capture_output=True, text=True,
                          timeout=hung())


def check_verify(store, but=()):
    """The daemon's own judge agrees. `but`: rules of which it says more than the test asks."""
    done = verify(store)
    violations = json.loads(done.stdout)["violations"]
    expect_equal([v for v in violations if v["rule"] not in but], [], f"taktctl verify: {done.stderr}")
    expect_equal(done.returncode, 1 if violations else 0, f"taktctl verify: {done.stdout}{done.stderr}")


def check_verify_after_kill(store):
    """As check_verify(); but a kill may have come before the store had all its tables, and then there is nothing to judge."""
    if not store.path.exists():
        return
    done = verify(store)
    if done.returncode == 3 and "is of an older version (migration " in done.stderr:
        return
    expect_equal(done.returncode, 0, f"taktctl verify: {done.stdout}{done.stderr}")


def check_everything(world, burst, per_second, but=()):
    """At the end of any story, however often it was interrupted. `but`: as for check_verify()."""
    check_vendor(world)
    check_one_effect_per_run(world)
    check_histories(world.store)
    check_all_answered(world.store)
    check_write_ahead(world)
    check_rate(world, burst, per_second)
    expect_equal(world.store.open_obligations(), [], "open obligations")
    check_verify(world.store, but)
