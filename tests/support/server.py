"""The real binary on a free port, for tests: started, stopped, killed and started again on the same data."""
import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("MILLRACE_BINARY", str(ROOT / "build/release/millrace"))
START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server with a data directory of its own; a context manager that removes both."""

    def __init__(self, *flags):
        self.flags = flags
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.address}"
        self.data = tempfile.mkdtemp(prefix="millrace-test-")
        self.log = os.path.join(self.data, "server.log")
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *failure):
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)

    def start(self):
        self.launch()
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self.healthy():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start ({self.process.poll()}):\n{self.said()}")
            time.sleep(0.005)

    def launch(self):
        """Starts the process and waits for nothing."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [BINARY, "serve", "--listen", self.address, "--data", os.path.join(self.data, "data"), *self.flags],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def healthy(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def kill(self):
        """As a power switch for the process: nothing is drained, nothing is written any more."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """As an operator would; fails when the server ended badly."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"the server did not stop in {STOP_SECONDS_MAX} s:\n{self.said()}") from None
        if status != 0:
            raise RuntimeError(f"the server ended with status {status}:\n{self.said()}")

    def restart(self, hard=True):
        self.kill() if hard else self.stop()
        self.start()

    def said(self):
        return pathlib.Path(self.log).read_text(errors="replace")[-4000:]
