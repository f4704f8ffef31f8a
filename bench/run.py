#!/usr/bin/env python3
"""Measures Millrace: `run.py sqs` (throughput and latency, and the bars) or `run.py scale` (many messages, many queues,
start and idle cost, fair queues). A bar that is missed is printed as SHORT and fails nothing."""

import argparse
import sys

import matrix
import scale
from harness import BUILD, BenchError


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", default="sqs", choices=("sqs", "scale"))
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs, about two minutes")
    parser.add_argument("--seconds", type=float, help="sqs: length of each run (2; with --quick 1)")
    parser.add_argument("--only", action="append", choices=sorted(scale.PARTS), help="scale: only this part (repeatable)")
    options = parser.parse_args()
    for program in ("millrace", "millrace-load", "synced-append"):
        if not (BUILD / program).exists():
            sys.exit(f"{BUILD / program} is missing: ./mill bench builds it")
    try:
        if options.what == "sqs":
            matrix.run(options.quick, options.seconds)
        else:
            scale.run(options.quick, options.only)
    except BenchError as error:
        sys.exit(f"bench: {error}")


if __name__ == "__main__":
    main()
