"""Runs the tiers of tests, one line for each, and closes with "N passed, N failed". Called by ./mill test.

What a tier prints goes to build/test-logs/; it is shown when the tier fails. A tier that cannot run (its program was
not built, its runner is missing) has failed: nothing is skipped in silence.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOGS = ROOT / "build/test-logs"
RELEASE = ROOT / "build/release"
SANITIZED = ROOT / "build/test"
WORKERS = os.cpu_count() or 2
SIMULATOR_SEEDS = 300
WIRE = "wire_test"  # transcripts of the wire: built like a unit test, counted on its own
LOG_LINES_SHOWN = 120
# Client libraries are Debian's, for Debian's Python.
PYTHON = "/usr/bin/python3"


class Tally:
    """What a tier found. `notes` are shown, whatever the outcome."""

    def __init__(self, passed=0, failed=0, notes=()):
        self.passed, self.failed, self.notes = passed, failed, list(notes)

    def __add__(self, other):
        return Tally(self.passed + other.passed, self.failed + other.failed, self.notes + other.notes)


def run(command, log):
    """Runs a command with everything it prints in the file `log`; gives its exit status."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as out:
        out.write(f"$ {' '.join(map(str, command))}\n".encode())
        out.flush()
        return subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT, check=False,
                              env={"UBSAN_OPTIONS": "print_stacktrace=1", **os.environ}).returncode


def failure(what, log=None):
    notes = [f"FAILED: {what}"]
    if log:
        lines = log.read_text(errors="replace").splitlines()
        if len(lines) > LOG_LINES_SHOWN:
            notes.append(f"  | (the last {LOG_LINES_SHOWN} lines of {log.relative_to(ROOT)})")
        notes += [f"  | {line}" for line in lines[-LOG_LINES_SHOWN:]]
    return Tally(failed=1, notes=notes)


def counted(name, command):
    """For a runner that says "N passed, N failed" itself, and may print lines "note: …" for the reader."""
    log = LOGS / f"{name}.log"
    status = run(command, log)
    text = log.read_text(errors="replace")
    found = re.findall(r"^(\d+) passed, (\d+) failed$", text, re.M)
    if not found:
        return failure(f"{name}: no result (exit status {status})", log)
    passed, failed = map(int, found[-1])
    tally = Tally(passed, 0, [line for line in text.splitlines() if line.startswith("note: ")])
    if failed or status:
        tally += failure(name, log)
        tally.failed = max(failed, 1)
    return tally


def together(tasks):
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        return sum(pool.map(lambda task: task(), tasks), Tally())


def built(listing):
    return [line for line in listing.read_text().split() if line] if listing.exists() else []


def unit_program(name):
    program, log, result = SANITIZED / name, LOGS / f"{name}.log", LOGS / f"{name}.json"
    if not program.exists():
        return failure(f"{name} was not built")
    result.unlink(missing_ok=True)
    status = run([program, f"--gtest_output=json:{result}", "--gtest_brief=1"], log)
    if not result.exists():
        return failure(f"{name}: exit status {status}", log)
    cases = [case for suite in json.loads(result.read_text())["testsuites"] for case in suite["testsuite"]]
    ran = [case for case in cases if case["result"] == "COMPLETED"]
    failed = sum("failures" in case for case in ran)
    notes = [f"note: {name} skipped {case['name']}" for case in cases if case["result"] == "SKIPPED"]
    tally = Tally(len(ran) - failed, 0, notes)
    if failed or status:
        tally += failure(name, log)
        tally.failed = max(failed, 1)
    return tally


def unit():
    names = [name for name in built(SANITIZED / "unit_tests.txt") if name != WIRE]
    if not names:
        return failure("no unit tests were built")
    return together([lambda name=name: unit_program(name) for name in names])


def simulator(first, last):
    program, log = SANITIZED / "millrace-sim", LOGS / f"sim-{first}.log"
    if not program.exists():
        return failure("millrace-sim was not built")
    status = run([program, "--seeds", f"{first}..{last}"], log)
    return failure(f"a seed of {first}..{last}", log) if status else Tally(passed=last - first + 1)


def sim():
    share = SIMULATOR_SEEDS // WORKERS
    ranges = [(1 + share * i, SIMULATOR_SEEDS if i == WORKERS - 1 else share * (i + 1)) for i in range(WORKERS)]
    return together([lambda r=r: simulator(*r) for r in ranges])


def bench_program(name):
    program, log = RELEASE / name, LOGS / f"{name}.log"
    if not program.exists():
        return failure(f"{name} was not built")
    result = LOGS / f"{name}.json"
    status = run([program, "--benchmark_min_time=0.01", f"--benchmark_out={result}"], log)
    if status:
        return failure(f"{name}: exit status {status}", log)
    runs = json.loads(result.read_text())["benchmarks"]
    broken = [r["name"] for r in runs if r.get("error_occurred")]
    return Tally(len(runs) - len(broken)) + sum((failure(f"{name}: {b}", log) for b in broken), Tally())


def bench():
    micro = together([lambda name=name: bench_program(name) for name in built(RELEASE / "micro_benches.txt")])
    return micro + counted("load", [PYTHON, "bench/load_test/run.py"])


def tidy():
    return counted("tidy", [sys.executable, "tools/tidy.py", "--test"])


def wire():
    return unit_program(WIRE)


def crash():
    return counted("crash", [PYTHON, "tests/crash/run.py"])


def clients():
    status = subprocess.run(["./mill", "need-node"], cwd=ROOT, check=False).returncode
    if status:
        return failure("Node.js could not be installed")
    return counted("clients", [PYTHON, "tests/clients/run.py"])


def build(kind, targets):
    # -k 0: whatever can be built is, so that one folder that does not compile hides no other folder's result.
    log = LOGS / f"build-{kind}.log"
    status = run(["./mill", "build-for-test", kind, "-k", "0", *targets], log)
    return failure(f"the build in build/{kind}", log) if status else Tally()


# Name, what to build for it (pairs of a kind of build and a target), and the function.
TIERS = {
    "tidy": ((), tidy),
    "unit": ((("test", "unit_tests"),), unit),
    "sim": ((("test", "millrace-sim"),), sim),
    "wire": ((("test", WIRE),), wire),
    "crash": ((("release", "millrace"),), crash),
    "clients": ((("release", "millrace"),), clients),
    "bench": ((("release", "micro_benches"), ("release", "millrace-load")), bench),
}


def main(names):
    unknown = [name for name in names if name not in TIERS]
    if unknown:
        sys.exit(f"mill: there is no tier \"{unknown[0]}\"; the tiers are {', '.join(TIERS)}")
    names = [name for name in TIERS if not names or name in names]
    total = Tally()

    def step(name, function):
        nonlocal total
        began = time.monotonic()
        tally = function()
        total += tally
        if tally.notes:
            print("\n".join(tally.notes))
        counts = f"{tally.passed:5} passed, {tally.failed} failed"
        print(f"{name:14} {counts:24} {time.monotonic() - began:6.1f} s", flush=True)

    wanted = {}
    for name in names:
        for kind, target in TIERS[name][0]:
            wanted.setdefault(kind, []).append(target)
    for kind, targets in sorted(wanted.items()):
        step(f"build {kind}", lambda: build(kind, sorted(set(targets))))
    for name in names:
        step(name, TIERS[name][1])
    print(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
