"""Runs unittest files and prints one JSON object per test, the summary last: `run_tests.py FILE…`."""

import importlib.util
import json
import os
import sys
import unittest


class Lines(unittest.TestResult):
    def say(self, kind, test, **more):
        sys.stdout.write(json.dumps({"k": kind, "title": str(test), **more}) + "\n")
        sys.stdout.flush()

    def addSuccess(self, test):
        self.say("pass", test)

    def addFailure(self, test, err):
        self.say("fail", test, error=self._exc_info_to_string(err, test))

    def addError(self, test, err):
        self.addFailure(test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.addFailure(subtest, err)

    def addSkip(self, test, reason):
        self.say("skip", test, because=reason)


def load(path):
    name = os.path.splitext(os.path.relpath(path).replace(os.sep, "."))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec.loader.exec_module(module)
    return unittest.defaultTestLoader.loadTestsFromModule(module)


result = Lines()
for file in sys.argv[1:]:
    try:
        tests = load(file)
    except Exception as error:  # noqa: BLE001 (a file that cannot be loaded is a failed test)
        result.say("fail", file, error=repr(error))
        continue
    if tests.countTestCases() == 0:
        result.say("empty", file)
    tests.run(result)
sys.stdout.write('{"k": "end"}\n')
