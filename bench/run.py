#!/usr/bin/env python3
"""Measures Millrace: `run.py sqs`, `run.py kinesis` or `run.py sns` (throughput and latency, and the bars), `run.py scale`
(many messages, many queues, start and idle cost, fair queues), `run.py scale-streams` (a reader that catches up, many
streams) or `run.py scale-topics` (many topics and subscriptions, many filters, dead endpoints). A bar that is missed is
printed as SHORT and fails nothing."""

import argparse
import sys

import matrix
import scale
import scale_streams
import scale_topics
import streams
import topics
from harness import BUILD, BenchError


RUNS = {
    "sqs": lambda options: matrix.run(options.quick, options.seconds),
    "kinesis": lambda options: streams.run(options.quick, options.seconds),
    "sns": lambda options: topics.run(options.quick, options.seconds),
    "scale": lambda options: scale.run(options.quick, options.only),
    "scale-streams": lambda options: scale_streams.run(options.quick, options.only, options.gigabytes),
    "scale-topics": lambda options: scale_topics.run(options.quick, options.only),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", default="sqs", choices=RUNS)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs, about two minutes")
    parser.add_argument("--seconds", type=float, help="sqs, kinesis, sns: length of each run (2; with --quick 1)")
    parser.add_argument("--only", action="append", choices=sorted(scale.PARTS | scale_streams.PARTS | scale_topics.PARTS),
                        help="scale, scale-streams, scale-topics: only this part (repeatable)")
    parser.add_argument("--gigabytes", type=float, help="scale-streams: what a reader catches up over (10; with --quick 1)")
    options = parser.parse_args()
    for program in ("millrace", "millrace-load", "synced-append"):
        if not (BUILD / program).exists():
            sys.exit(f"{BUILD / program} is missing: ./mill bench builds it")
    try:
        RUNS[options.what](options)
    except BenchError as error:
        sys.exit(f"bench: {error}")


if __name__ == "__main__":
    main()
