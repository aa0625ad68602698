# SPDX-License-Identifier: Apache-2.0
"""Two hundred SIGKILLs of the real daemon, half of them at named crash points, among the faults of both clouds. Nothing starts twice,
nothing is forgotten. More of it, and a failed round again: script/torture."""

import os
import random
import unittest

import torture

KILLS = int(os.environ.get("TAKTD_TEST_KILLS", "200"))


class TortureTest(unittest.TestCase):
    def test_killed_over_and_over(self):
        seed = int(os.environ.get("TAKTD_TEST_SEED", random.SystemRandom().randrange(1_000_000)))
        figures, failures = torture.torture(seed, KILLS)
        print(figures.text(), flush=True)
        self.assertEqual(failures, [])
        self.assertEqual(figures.kills, KILLS)
        # A loop that never reached what it is for would prove nothing.
        self.assertGreater(sum(figures.at_points.values()), KILLS / 10)
        self.assertGreater(figures.starts, KILLS / 4)
        self.assertGreater(figures.recovered, KILLS / 2)
        self.assertGreater(sum(figures.faults.values()), KILLS)


if __name__ == "__main__":
    unittest.main(verbosity=2)
