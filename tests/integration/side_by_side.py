# SPDX-License-Identifier: Apache-2.0
"""Tests of one module told at the same time, for those that mostly wait and have a world each; heard in order, as if told one by one.
A module's load_tests() returns them so; tests that are named on the command line are told one after the other."""

import concurrent.futures
import unittest


class Heard(unittest.TestResult):
    """Notes what one test says of itself."""

    def __init__(self):
        super().__init__()
        self.said = []

    def addSuccess(self, *what):
        self.said.append(("addSuccess", what))

    def addError(self, *what):
        self.said.append(("addError", what))

    def addFailure(self, *what):
        self.said.append(("addFailure", what))

    def addSkip(self, *what):
        self.said.append(("addSkip", what))

    def addSubTest(self, *what):
        self.said.append(("addSubTest", what))


class SideBySide(unittest.TestSuite):
    def __init__(self, tests, workers):
        super().__init__(tests)
        self.workers = workers

    def run(self, result, debug=False):
        def tell(test):
            heard = Heard()
            test.run(heard)
            return heard.said
        tests = [test for group in self for test in (group if isinstance(group, unittest.TestSuite) else [group])]
        with concurrent.futures.ThreadPoolExecutor(self.workers) as pool:
            for test, said in zip(tests, pool.map(tell, tests)):
                result.startTest(test)
                for name, what in said:
                    getattr(result, name)(*what)
                result.stopTest(test)
        return result
