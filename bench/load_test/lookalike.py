"""What the lookalikes of services have in common: HTTP, and the faults that a test wants."""

import asyncio
import json
import threading


class Lookalike:
    """A server in a thread of its own. A service answers in handle(action, body): with a reply, or with something to call
    that writes one. `fault` is called with (action, reply) before a reply leaves and returns what to send instead:
    (status, reply), None to close the connection, or bytes."""

    def __init__(self, fault=None):
        self.fault = fault or (lambda action, reply: (200, reply))
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait()

    def _run(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._connection, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.close()

    def close(self):
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join()

    async def _connection(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                pairs = (line.split(": ", 1) for line in head[1:] if line)
                headers = {name.lower(): value for name, value in pairs}
                body = self.decode(headers, await reader.readexactly(int(headers["content-length"])))
                action = headers["x-amz-target"].split(".")[1] if "x-amz-target" in headers else body["Action"]
                answer = await self.handle(action, body)
                if callable(answer):
                    await answer(writer)
                    continue
                answer = self.fault(action, answer)
                if answer is None:
                    break
                if not isinstance(answer, bytes):
                    status, reply = answer
                    text = self.encode(reply) if reply is not None else b""
                    answer = b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n%s" % (status, len(text), text)
                writer.write(answer)
                if b"Connection: close" in answer:
                    break
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    def decode(self, headers, raw):
        return json.loads(raw)

    def encode(self, reply):
        return json.dumps(reply).encode()
