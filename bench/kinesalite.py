"""The peer of Kinesis: kinesalite, installed with npm into the build folder. It is measured in JSON alone: its CBOR
replies end after 16 KiB and its records come back changed."""

import contextlib
import shutil
import subprocess

from ceilings import answering
from harness import ROOT, BenchError, free_port, scratch

VERSION = "3.3.3"
INSTALL_SECONDS_MAX = 180
FOLDER = ROOT / "build" / "peers" / "kinesalite"
PROGRAM = FOLDER / "node_modules" / "kinesalite" / "cli.js"


def install():
    """Installs it unless it is there; the reason when it cannot be had."""
    if PROGRAM.exists():
        return None
    if subprocess.run(["./mill", "need-node"], cwd=ROOT, check=False).returncode or not shutil.which("npm"):
        return "there is no Node.js"
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(FOLDER),
               f"kinesalite@{VERSION}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired:
        return f"npm did not finish in {INSTALL_SECONDS_MAX} s"
    if done.returncode or not PROGRAM.exists():
        return (done.stderr.strip() or "npm failed").splitlines()[-1]
    return None


@contextlib.contextmanager
def kinesalite():
    """Yields the process with its port. It keeps everything in memory, as it does by itself."""
    with scratch("kinesalite") as folder:
        port = free_port()
        command = ["node", str(PROGRAM), "--port", str(port), "--createStreamMs", "10", "--shardLimit", "100000"]
        with answering(command, folder, port, "kinesalite") as process:
            yield process


def missing():
    """Why there is no peer, or None; never an exception, since a bench goes on without one."""
    try:
        return install()
    except (OSError, BenchError) as error:
        return str(error)
