# SPDX-License-Identifier: Apache-2.0
"""A config on a mount that hangs: stops go out, SIGTERM ends the daemon, and it goes on when the mount does."""

import signal
import unittest

from ground_truth import expect, expect_equal
from harness import TestCase, Taktd, at, perf_job, run_cases, wait_for, wait_state
from hung_mount import HungMount, can_mount

SLOW = "the config is still being read; stops go out meanwhile"
FAR_OFF = at(3600)


def begin(world, jobs, with_store_path=True):
    world.start_simcloud()
    lines = world.with_instants(world.write_config(jobs).read_text()).splitlines(keepends=True)
    text = "".join(line for line in lines if with_store_path or not line.startswith("store:"))
    return HungMount(world, {"taktd.yaml": text})


def usual_place_in(folder):
    """Becomes a program in a mount namespace of its own, in which /var/lib/taktd is `folder`."""
    return ("unshare", "--mount", "sh", "-c", "mount -t tmpfs tmpfs /var/lib && mkdir /var/lib/taktd && "
            f"mount --bind {folder} /var/lib/taktd && exec \"$@\"", "sh")


def hang_in_a_reload(world, taktd, mount):
    mount.hang()
    taktd.send(signal.SIGHUP)
    wait_for(mount.is_awaited, "the config is being read")


def hung_at_a_reload(world):
    mount = begin(world, [perf_job("load", at(3), "4s", more="start_grace: 10s")])
    taktd = Taktd(world, mount.folder / "taktd.yaml").wait_ready()
    wait_state(world, "load", "running")
    hang_in_a_reload(world, taktd, mount)
    expect_equal(wait_state(world, "load", "stopped")["reason"], "schedule", "why it was stopped")
    taktd.wait_line(SLOW)
    for _ in range(5):
        taktd.send(signal.SIGHUP)
    mount.files["taktd.yaml"] = mount.files["taktd.yaml"].replace("load:", "another:")
    mount.recover()
    wait_for(lambda: len(taktd.lines("reloaded")) == 2, lambda: f"what was asked for meanwhile is one reload\n{taktd.err()[-3000:]}")
    expect_equal(taktd.terminate(), 0, "exit code")


def ended_while_it_hangs(world):
    mount = begin(world, [perf_job("load", FAR_OFF)])
    taktd = Taktd(world, mount.folder / "taktd.yaml").wait_ready()
    hang_in_a_reload(world, taktd, mount)
    expect_equal(taktd.terminate(), 0, "exit code")
    expect(taktd.lines("the config is still being read; taktd ends without it"), taktd.err()[-3000:])


def ended_before_it_has_a_config(world):
    mount = begin(world, [perf_job("load", FAR_OFF)])
    mount.hang()
    taktd = Taktd(world, mount.folder / "taktd.yaml")
    wait_for(mount.is_awaited, "the config is being read")
    expect_equal(taktd.terminate(), 0, "exit code")
    expect(not world.store.path.exists(), "a store was made without a config")


def nothing_in_the_usual_place(world):
    mount = begin(world, [perf_job("load", FAR_OFF)])
    mount.hang()
    empty = world.folder / "empty"
    empty.mkdir()
    taktd = Taktd(world, mount.folder / "taktd.yaml", through=usual_place_in(empty))
    taktd.wait_line("the config cannot be read yet, and only the config says where the store is: nothing is stopped until then")
    mount.recover()
    taktd.wait_ready()
    expect_equal(taktd.terminate(), 0, "exit code")


def stopped_from_the_usual_place(world):
    """Nobody can read where the store is; it is where it is by default."""
    mount = begin(world, [perf_job("load", at(3), "25s", more="start_grace: 10s")], with_store_path=False)
    taktd = Taktd(world, mount.folder / "taktd.yaml", through=usual_place_in(world.folder)).wait_ready()
    wait_state(world, "load", "running")
    taktd.kill()
    mount.hang()
    again = Taktd(world, mount.folder / "taktd.yaml", through=usual_place_in(world.folder))
    again.wait_line(SLOW)
    expect_equal(again.wait_line("recovered")["obligations"], 1, "obligations")
    wait_for(lambda: world.sim.truth()["still_running"] == 0, "it is stopped")
    expect_equal(wait_state(world, "load", "stopped")["reason"], "schedule", "why it was stopped")
    expect(mount.is_awaited(), "the config is not to be had yet")
    mount.recover()
    again.wait_ready()
    again.wait_line("config loaded")
    expect_equal(again.terminate(), 0, "exit code")


def found_to_be_another_store(world):
    mount = begin(world, [perf_job("load", FAR_OFF)], with_store_path=False)
    taktd = Taktd(world, mount.folder / "taktd.yaml", through=usual_place_in(world.folder)).wait_ready()
    taktd.kill()
    mount.files["taktd.yaml"] += f"store: {{path: {world.folder}/other.db}}\n"
    mount.hang()
    again = Taktd(world, mount.folder / "taktd.yaml", through=usual_place_in(world.folder))
    again.wait_line("recovered")
    mount.recover()
    expect_equal(again.wait_exit(), 1, "exit code")
    again.wait_line("the config names another store than the default one, whose stops went out meanwhile; taktd ends, and opens the named store at its next start")


CASES = {case.__name__: case for case in (
    hung_at_a_reload, ended_while_it_hangs, ended_before_it_has_a_config, nothing_in_the_usual_place, stopped_from_the_usual_place,
    found_to_be_another_store)}


class HungConfig(TestCase):
    def test_every_case(self):
        if not can_mount():
            self.skipTest("only root may mount a file system of its own, and not in every container")
        run_cases(self, CASES)


if __name__ == "__main__":
    unittest.main()
