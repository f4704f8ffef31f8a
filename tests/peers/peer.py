"""Starts the peers of this folder, gives them commands, and waits for what they say.

    with Peer("smsc.mjs", "--password", "secret") as smsc:
        address = f"127.0.0.1:{smsc.ready['port']}"
        smsc.command(status=88, times=1)
        smsc.wait("submitted", phone="41791234567")
"""
import json
import pathlib
import queue
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
SECONDS_MAX = 30
# Which has the packages that some of them are made with, whichever Python runs the tests.
DEBIAN_PYTHON = "/usr/bin/python3"


class Peer:
    """A running peer; a context manager that ends it. `seen` has everything that it has said so far."""

    def __init__(self, program, *arguments):
        self.name = program
        runner = {".mjs": ["node"], ".py": [DEBIAN_PYTHON]}.get(pathlib.Path(program).suffix, [])
        # Another program than those here is named with its path.
        path = str(HERE / program) if runner else program
        self.process = subprocess.Popen([*runner, path, *map(str, arguments)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.seen = []
        self._lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self._taken = set()
        self.ready = self.wait("listening")

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(json.loads(line))
        self._lines.put(None)

    def command(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        self.wait("done")

    def take(self):
        """What it has said since the last time, without waiting."""
        while not self._lines.empty():
            self._add(self._lines.get())
        return self.seen

    def wait(self, event, seconds=SECONDS_MAX, **fields):
        """The next event of this kind with these fields that no earlier wait has given."""
        deadline = time.monotonic() + seconds
        looked_at = 0
        while True:
            for i in range(looked_at, len(self.seen)):
                one = self.seen[i]
                if i not in self._taken and one["event"] == event and all(one.get(k) == v for k, v in fields.items()):
                    self._taken.add(i)
                    return one
            looked_at = len(self.seen)
            try:
                self._add(self._lines.get(timeout=max(0, deadline - time.monotonic())))
            except queue.Empty:
                raise AssertionError(f"{self.name} did not say {event} {fields} in {seconds} s; "
                                     f"it said {self.seen[-5:]}") from None

    def _add(self, one):
        if one is None:
            raise AssertionError(f"{self.name} has ended; it said {self.seen[-5:]}")
        self.seen.append(one)
