"""What the tests of the load generator share: a run of it against a lookalike, and what to say of its result.

MILLRACE_LOAD names the binary (default: build/release/millrace-load).
"""

import json
import os
import pathlib
import subprocess
import unittest

from sqs_lookalike import Queues

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOAD = os.environ.get("MILLRACE_LOAD", str(ROOT / "build" / "release" / "millrace-load"))


class Loading(unittest.TestCase):
    def run_load(self, mode, *options, fault=None, server=None):
        self.server = server or Queues(fault)
        self.addCleanup(self.server.close)
        command = [LOAD, "--mode", mode, "--address", f"127.0.0.1:{self.server.port}", "--seconds", "0.2", "--warmup", "0",
                   "--size", "100", *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        self.status = done.returncode
        return json.loads(done.stdout)

    def assert_clean(self, result):
        self.assertEqual(result["errors"], {})
        self.assertEqual(self.status, 0)

    def assert_error(self, result, kind):
        self.assertIn(kind, result["errors"])
        self.assertEqual(self.status, 1)
