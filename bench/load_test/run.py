#!/usr/bin/env python3
"""Tests of the load generator itself, against small lookalikes of the services that can be told to misbehave."""

import pathlib
import sys
import unittest

if __name__ == "__main__":
    tests = unittest.defaultTestLoader.discover(str(pathlib.Path(__file__).resolve().parent))
    outcome = unittest.TextTestRunner().run(tests)
    broken = len(outcome.failures) + len(outcome.errors)
    print(f"{outcome.testsRun - broken} passed, {broken} failed")
    sys.exit(broken != 0)
