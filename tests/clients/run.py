"""Runs the client suites against the real binary, two at a time, and ends with "N passed, N failed".

Each suite has servers of its own. A suite that needs something from outside (a current boto3 from PyPI) is left out
with a note that says why.
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
MADE = HERE.parents[1] / "build/clients"
DEBIAN_PYTHON = "/usr/bin/python3"
NETWORK_SECONDS_MAX = 180
SUITE_SECONDS_MAX = 900
MAKING = threading.Lock()


def quiet(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          check=False, **options)


def current_packages():
    """Gives a Python that has the current boto3 and kombu, or the reason why there is none."""
    python = MADE / "venv/bin/python"
    # Several suites want it.
    with MAKING:
        if not python.exists():
            done = quiet([DEBIAN_PYTHON, "-m", "venv", str(MADE / "venv")])
            if done.returncode:
                return None, done.stdout.strip().splitlines()[-1]
        if quiet([python, "-c", "import boto3, kombu"]).returncode:
            try:
                done = quiet([python, "-m", "pip", "install", "--quiet", "--retries", "1", "boto3", "kombu"],
                             timeout=NETWORK_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                return None, f"pip did not finish in {NETWORK_SECONDS_MAX} s"
            if done.returncode:
                return None, done.stdout.strip().splitlines()[-1]
    return python, ""


def node_modules():
    """Installs the packages of the lock file unless they are there; gives npm's complaint, if any."""
    lock, installed = HERE / "js/package-lock.json", HERE / "js/node_modules/.package-lock.json"
    if installed.exists() and installed.stat().st_mtime > lock.stat().st_mtime:
        return ""
    done = quiet(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=HERE / "js", timeout=NETWORK_SECONDS_MAX)
    return done.stdout + "npm ci failed\n" if done.returncode else ""


def suite(name, command, cwd=HERE):
    try:
        done = quiet(command, cwd=cwd, timeout=SUITE_SECONDS_MAX)
        output, status = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        output, status = (late.stdout or b"").decode(errors="replace") + f"\nnot done after {SUITE_SECONDS_MAX} s\n", 1
    counts = re.findall(r"^(\d+) passed, (\d+) failed$", output, re.M)
    tap = dict(re.findall(r"^# (pass|fail|cancelled) (\d+)$", output, re.M))
    if counts:
        passed, failed = map(int, counts[-1])
    else:
        passed, failed = int(tap.get("pass", 0)), int(tap.get("fail", 0)) + int(tap.get("cancelled", 0))
    # A suite that could not be run says why.
    left_out = passed == 0 and re.search(r"^note: ", output, re.M)
    if failed == 0 and (status or (passed == 0 and not left_out)):
        failed = 1
    return name, passed, failed, output


def python_suite(name, file, python=DEBIAN_PYTHON):
    return lambda: suite(name, [str(python), file])


def javascript_suite():
    complaint = node_modules()
    if complaint:
        return "javascript", 0, 1, complaint
    tests = sorted(str(path) for path in (HERE / "js/test").glob("*.test.mjs"))
    return suite("javascript", ["node", "--test", "--test-reporter=tap", *tests], HERE / "js")


def current_suite(name, file):
    def run():
        python, why = current_packages()
        if not python:
            return name, 0, 0, f"note: {name} was not run, for PyPI did not give the current packages: {why}\n"
        return suite(name, [str(python), file])

    return run


# The longest first, so that no one is left alone at the end.
SUITES = {
    "kcl": python_suite("kcl", "kcl_suite.py"),
    "aws-cli": python_suite("aws-cli", "aws_cli_suite.py"),
    "boto3-query": python_suite("boto3-query", "boto3_suite.py"),
    "javascript": javascript_suite,
    "boto3-json": current_suite("boto3-json", "boto3_suite.py"),
    "kombu": python_suite("kombu", "kombu_suite.py"),
    "kombu-fanout": current_suite("kombu-fanout", "kombu_fanout_suite.py"),
}


# Run when they are named: their own waiting is longer than all the others together.
BY_NAME_ONLY = {"kcl"}


def main(names):
    unknown = set(names) - set(SUITES)
    if unknown:
        sys.exit(f"there is no suite {', '.join(unknown)}; there are {', '.join(SUITES)}")
    MADE.mkdir(parents=True, exist_ok=True)
    # Before the suites, since some of the servers that topics deliver to are programs for node. What it complains of fails
    # the suite that is written for it.
    node_modules()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        results = list(pool.map(lambda name: SUITES[name](), names or [name for name in SUITES if name not in BY_NAME_ONLY]))
    for name, _, failed, output in results:
        log = MADE / f"{name}.log"
        log.write_text(output)
        if failed:
            print(output)
        print("\n".join(line for line in output.splitlines() if line.startswith("note: ")))
    for name, passed, failed, _ in results:
        print(f"{name:14} {passed:4} passed, {failed} failed")
    passed, failed = (sum(result[i] for result in results) for i in (1, 2))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
