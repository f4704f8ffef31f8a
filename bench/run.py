#!/usr/bin/env python3
"""Measures Millrace: `run.py sqs` or `run.py kinesis` (throughput and latency, and the bars), `run.py scale` (many
messages, many queues, start and idle cost, fair queues) or `run.py scale-streams` (a reader that catches up, many
streams). A bar that is missed is printed as SHORT and fails nothing."""

import argparse
import sys

import matrix
import scale
import scale_streams
import streams
from harness import BUILD, BenchError


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", default="sqs", choices=("sqs", "kinesis", "scale", "scale-streams"))
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs, about two minutes")
    parser.add_argument("--seconds", type=float, help="sqs, kinesis: length of each run (2; with --quick 1)")
    parser.add_argument("--only", action="append", choices=sorted(scale.PARTS | scale_streams.PARTS),
                        help="scale, scale-streams: only this part (repeatable)")
    parser.add_argument("--gigabytes", type=float, help="scale-streams: what a reader catches up over (10; with --quick 1)")
    options = parser.parse_args()
    for program in ("millrace", "millrace-load", "synced-append"):
        if not (BUILD / program).exists():
            sys.exit(f"{BUILD / program} is missing: ./mill bench builds it")
    try:
        if options.what == "sqs":
            matrix.run(options.quick, options.seconds)
        elif options.what == "kinesis":
            streams.run(options.quick, options.seconds)
        elif options.what == "scale-streams":
            scale_streams.run(options.quick, options.only, options.gigabytes)
        else:
            scale.run(options.quick, options.only)
    except BenchError as error:
        sys.exit(f"bench: {error}")


if __name__ == "__main__":
    main()
