# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the unittest cases of a program and reports them in the Test Anything Protocol, which meson reads
and counts. Names given on the command line choose cases."""

import sys
import traceback
import unittest


class Result(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.number = 0

    def _line(self, verdict, test, directive=''):
        self.number += 1
        name = test.id().removeprefix('__main__.').replace('#', ' ')
        print(f'{verdict} {self.number} {name}{directive}', flush=True)

    def _failed(self, test, error):
        for line in ''.join(traceback.format_exception(*error)).splitlines():
            print('#', line)
        self._line('not ok', test)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._line('ok', test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._failed(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._failed(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is None:
            self._line('ok', subtest)
        else:
            self._failed(subtest, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._line('ok', test, f' # SKIP {reason}')


def main():
    loader = unittest.TestLoader()
    module = sys.modules['__main__']
    suite = loader.loadTestsFromNames(sys.argv[1:], module) if sys.argv[1:] else loader.loadTestsFromModule(module)
    result = Result()
    suite.run(result)
    print(f'1..{result.number}')
    sys.exit(0 if result.wasSuccessful() else 1)
