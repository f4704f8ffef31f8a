"""Runs the boto3 scenarios with whatever boto3 this Python has.

    boto3_suite.py [NAME...]     all of scenario_*.py, or the named ones: kinesis_streams fifo
"""
import importlib
import pathlib
import sys

import base
from support.report import run_modules

if __name__ == "__main__":
    here = pathlib.Path(__file__).resolve().parent
    names = sys.argv[1:] or sorted(path.stem.removeprefix("scenario_") for path in here.glob("scenario_*.py"))
    print(base.versions())
    sys.stdout.flush()
    try:
        run_modules(*(importlib.import_module(f"scenario_{name}") for name in names))
    finally:
        base.stop_servers()
