"""Worker: a thread that loads a server which may vanish at any moment."""
import threading
import time

from support.json_client import NO_ANSWER, Refused


class Worker(threading.Thread):
    """Repeats step() until told to stop; a connection that breaks is opened anew once the server is back. What is refused
    is noted in the book as something that must never happen."""

    def __init__(self, client, book):
        super().__init__(daemon=True)
        self.client, self.book, self.ending = client, book, threading.Event()
        self.start()

    def run(self):
        while not self.ending.is_set():
            try:
                self.step()
            except NO_ANSWER:
                time.sleep(0.01)  # the server is down; how long does not matter
            except Refused as refusal:
                self.book.wrong.append(str(refusal))
                return
        self.client.close()

    def end(self):
        self.ending.set()
        self.join()
