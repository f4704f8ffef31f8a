"""HTTP endpoints that topics deliver to: one that confirms subscriptions and takes messages, and dead ones."""

import asyncio
import json
import queue
import socket
import threading
import time

from harness import BenchError

CONFIRM_SECONDS_MAX = 60
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Sink:
    """Answers 200 to everything on a port, at every address of this machine. `tokens` has the tokens of confirmations,
    `arrivals` each message with the time (monotonic, ns) at which it was there."""

    def __init__(self, port):
        self.port = port
        self.tokens = queue.Queue()
        self.arrivals = []
        self.loop = asyncio.new_event_loop()
        self.writers = set()
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def _run(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(
            asyncio.start_server(self._connection, "0.0.0.0", self.port, backlog=4096, reuse_address=True))
        ready.set()
        self.loop.run_forever()
        server.close()
        for writer in self.writers:
            writer.transport.abort()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.close()

    async def _connection(self, reader, writer):
        self.writers.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                fields = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
                body = await reader.readexactly(int(fields.get("content-length", 0)))
                now_ns = time.monotonic_ns()
                writer.write(OK)
                if fields.get("x-amz-sns-message-type") == "subscriptionconfirmation":
                    self.tokens.put(json.loads(body)["Token"])
                else:
                    self.arrivals.append((now_ns, body))
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    def confirm(self, client, topic, count):
        """Confirms the next `count` subscriptions that ask for it."""
        for _ in range(count):
            try:
                client.confirm(topic, self.tokens.get(timeout=CONFIRM_SECONDS_MAX))
            except queue.Empty:
                raise BenchError(f"no confirmation after {CONFIRM_SECONDS_MAX} s") from None


class Silent:
    """Connects, and never answers."""

    def __init__(self, port):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("0.0.0.0", port))
        self.socket.listen(4096)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
