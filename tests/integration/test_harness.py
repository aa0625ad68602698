# SPDX-License-Identifier: Apache-2.0
"""What the harness promises about speed: instants count from readiness, slow motion slows all that may be slowed, and a story is
told again for want of speed alone: a failure without evidence is a verdict at once, and one that stays is a verdict in the end."""

import contextlib
import time
import unittest
from unittest import mock

import harness
from harness import FAR, World, at, hung, perf_job, rfc3339, run_cases, wait_state
from slowness import MACHINE, TooSlow, evidence_of_slowness

S = 1_000_000_000
SLOWNESS = (1, 2, 4, 8)  # whatever the environment says of the stories


class Watched:
    """Stands in the place of a unittest.TestCase."""

    def __init__(self):
        self.failures = []

    def fail(self, text):
        self.failures.append(text)

    @contextlib.contextmanager
    def subTest(self, _):
        yield


class HarnessTest(unittest.TestCase):
    def setUp(self):
        for patch in (mock.patch.object(MACHINE, "held_up", return_value=0.0), mock.patch.object(harness, "SLOWNESS", SLOWNESS)):
            patch.start()
            self.addCleanup(patch.stop)
        self.held_up = MACHINE.held_up

    def world(self, slowness=1):
        world = World(slowness)
        self.addCleanup(world.close)
        return world

    def tell(self, story):
        watched = Watched()
        with contextlib.redirect_stdout(None):
            run_cases(watched, {"story": story})
        return watched.failures

    def test_an_instant_counts_from_when_it_is_asked_for_and_then_stays(self):
        world, text = self.world(), perf_job("a", at(2)) + perf_job("b", at(3))
        before = time.time_ns()
        told = world.with_instants(text)
        self.assertEqual(world.with_instants(text), told)
        first, second = world.instants.values()
        self.assertGreaterEqual(first, before + 2 * S)
        self.assertEqual(second - first, S)
        self.assertIn(rfc3339(first), told)
        self.assertNotIn("@@", told + at(FAR))

    def test_slow_motion_slows_windows_timeouts_and_leads_but_no_beat(self):
        world = self.world(4)
        self.assertEqual(world.slowed("timeout: 1s\nstop: {after: 2500ms}\nstart: {every: 1s}\nrate: 50/s\nchaos:start:delay=300ms:count=1"),
                         "timeout: 4s\nstop: {after: 10000ms}\nstart: {every: 1s}\nrate: 50/s\nchaos:start:delay=1200ms:count=1")
        self.assertEqual(self.world().slowed("timeout: 1s"), "timeout: 1s")
        before = time.time_ns()
        world.with_instants(at(2))
        self.assertGreaterEqual(min(world.instants.values()), before + 8 * S)

    def test_what_hangs_takes_longer_in_slow_motion(self):
        self.world()
        at_once = hung()
        self.world(8)
        self.assertEqual(hung(), 8 * at_once)

    def test_what_is_over_is_waited_for_no_longer(self):
        world = self.world()
        world.sim = mock.Mock(urls={"perf": "http://127.0.0.1:1", "chaos": "http://127.0.0.1:1"})
        world.write_config([perf_job("load", at(1))])
        world.store = mock.Mock(**{"run.return_value": {"state": "stopped", "reason": "schedule"}})
        with self.assertRaisesRegex(TooSlow, "load was over"):
            wait_state(world, "load", "running")
        with self.assertRaisesRegex(AssertionError, "it is stopped"):
            wait_state(world, "load", "failed", "skipped")
        self.assertEqual(wait_state(world, "load", "stopped")["reason"], "schedule")

    def test_a_failure_without_evidence_is_a_verdict_at_once(self):
        told = []

        def story(world):
            told.append(world.slowness)
            raise AssertionError("it is wrong")
        self.assertIn("it is wrong", self.tell(story)[0])
        self.assertEqual(told, [1])

    def test_a_story_that_wants_time_is_told_again_until_it_has_it(self):
        told = []

        def story(world):
            told.append(world.slowness)
            if world.slowness < 4:
                raise TooSlow("the stop fell due first")
        self.assertEqual(self.tell(story), [])
        self.assertEqual(told, [1, 2, 4])

    def test_a_failure_that_stays_is_a_verdict_in_the_end(self):
        self.held_up.return_value = 5.0
        told = []

        def story(world):
            told.append(world.slowness)
            raise AssertionError("it is wrong")
        self.assertEqual(len(self.tell(story)), 1)
        self.assertEqual(told, list(SLOWNESS))

    def test_evidence(self):
        world = self.world()
        self.assertIsNone(evidence_of_slowness(world, AssertionError("wrong")))
        self.held_up.return_value = 0.7
        self.assertIn("0.7 s", evidence_of_slowness(world, AssertionError("wrong")))
        self.held_up.return_value = 0.0
        run = {"id": "r", "job": "load", "state": "skipped", "reason": "misfire", "stop_due_ns": 5}
        world.store = mock.Mock(**{"runs.return_value": [run]})
        self.assertIn("misfire", evidence_of_slowness(world, AssertionError("wrong")))
        run.update(state="stopped", reason="schedule")
        move = {"from_state": "starting", "to_state": "stopping", "at_ns": 5}
        world.store.transitions.return_value = [move]
        self.assertIn("fell due", evidence_of_slowness(world, AssertionError("wrong")))
        move["at_ns"] = 4
        self.assertIsNone(evidence_of_slowness(world, AssertionError("wrong")), "an operator's stop is none of the clock's")
        world.sim = mock.Mock(**{"requests.return_value": [{"fault": "hang"}], "rules": ["perf:stop:hang"]})
        world.store.query.return_value = [{"n": 1}]
        self.assertIsNone(evidence_of_slowness(world, AssertionError("wrong")), "simcloud held that answer back")
        world.store.query.return_value = [{"n": 2}]
        self.assertIn("timeout", evidence_of_slowness(world, AssertionError("wrong")))
        world.sim.requests.return_value = [{"fault": "delay"}, {"fault": "delay"}]
        world.sim.rules = ["perf:stop:delay=300ms"]
        self.assertIn("timeout", evidence_of_slowness(world, AssertionError("wrong")), "so short a delay explains none")
        world.sim.requests.return_value = [{"fault": "garbage"}, {"fault": "drop_after"}, {"fault": None}]
        self.assertIn("timeout", evidence_of_slowness(world, AssertionError("wrong")), "such faults answer at once")
        world.sim.requests.return_value = [{"fault": "delay"}, {"fault": "delay"}]
        world.sim.rules = ["perf:stop:delay=1500ms"]
        self.assertIsNone(evidence_of_slowness(world, AssertionError("wrong")))
        world.is_lied_to = True
        self.assertIsNone(evidence_of_slowness(world, AssertionError("wrong")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
