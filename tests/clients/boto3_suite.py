"""Runs the boto3 scenarios with whatever boto3 this Python has."""
import sys

import base
import scenario_dead_letters
import scenario_errors
import scenario_fifo
import scenario_messages
import scenario_queues
from support.report import run_modules

if __name__ == "__main__":
    print(base.versions())
    sys.stdout.flush()
    try:
        run_modules(scenario_queues, scenario_messages, scenario_fifo, scenario_dead_letters, scenario_errors)
    finally:
        base.stop_server()
