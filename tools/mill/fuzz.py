"""Runs the fuzzers, as many at once as there are cores. Called by ./mill fuzz, which has built them.

Each begins with what corpus.py takes from the tests and keeps what it finds in build/fuzz/corpus/NAME/.
"""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys

import corpus

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = ROOT / "build/fuzz"
INPUT_BYTES_MAX = 1 << 16


def fuzz(name, seconds):
    grown, given, crashes = BUILT / "corpus" / name, BUILT / "first" / name, BUILT / "crashes"
    corpus.write(name, given, INPUT_BYTES_MAX)
    for folder in (grown, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    limits = [f"-max_total_time={seconds}", f"-max_len={INPUT_BYTES_MAX}", "-timeout=10", "-rss_limit_mb=2048"]
    command = [BUILT / name, *limits, f"-artifact_prefix={crashes}/{name}-", grown, given]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace", check=False)
    lines = done.stdout.splitlines()
    executed = next((line.split()[1] for line in reversed(lines) if line.startswith("Done ")), "?")
    print(f"{'FAILED' if done.returncode else 'ok':6} {name:32} {executed} runs", flush=True)
    if done.returncode:
        print("\n".join(f"  | {line}" for line in lines[-60:]), flush=True)
    return done.returncode == 0


def main():
    parser = argparse.ArgumentParser(prog="./mill fuzz")
    parser.add_argument("--seconds", type=int, default=60, help="time for each fuzzer (60)")
    parser.add_argument("names", nargs="*", help="fuzzers to run (all of them)")
    options = parser.parse_args()
    known = (BUILT / "fuzzers.txt").read_text().split()
    for name in options.names:
        if name not in known:
            parser.error(f"there is no fuzzer \"{name}\"; there are {', '.join(known)}")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        results = list(pool.map(lambda name: fuzz(name, options.seconds), options.names or known))
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
