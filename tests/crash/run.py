"""kill -9 under load: what was acknowledged is compared with what is there after the restart.

    run.py [SEED]     the seed decides the moments of the kills; the tests print it
"""
import pathlib
import random
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import streams  # noqa: E402
import topics  # noqa: E402
from load import BATCH, Book, Consumer, GroupSender, Sender  # noqa: E402
from support.report import run_modules  # noqa: E402
from support.server import Server  # noqa: E402
from support.sqs import Sqs  # noqa: E402

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(1 << 32)
KILLS = 5
UNHINDERED_SECONDS = (0.2, 1.2)  # the server's life between two kills


class Crash(unittest.TestCase):
    def setUp(self):
        self.chance = random.Random(f"{SEED} {self._testMethodName}")
        self.server = Server("--limits", "relaxed")  # throttling would only thin the load
        self.enterContext(self.server)
        self.sqs = Sqs(self.server)
        self.book = Book()

    def queue(self, name, **attributes):
        return self.sqs.call("CreateQueue", QueueName=name, Attributes=attributes)["QueueUrl"]

    def kill_at_random_moments(self):
        """The load decides nothing here: only when the kill falls is left to chance."""
        for _ in range(KILLS):
            time.sleep(self.chance.uniform(*UNHINDERED_SECONDS))
            self.server.restart()
        self.sqs.close()

    def drain(self, url, visibility=600):
        """Receives without deleting until the queue says that nothing waits or is in flight elsewhere."""
        messages = []
        while True:
            got = self.sqs.call("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=BATCH, WaitTimeSeconds=5,
                                VisibilityTimeout=visibility).get("Messages", [])
            if not got:
                return messages
            messages += got

    def check_sound(self):
        self.assertEqual(self.book.wrong, [], f"seed {SEED}")
        self.assertGreater(len(self.book.sent), 50 * KILLS, "too little load to mean anything")

    def test_standard_queue(self):
        url = self.queue("load")
        workers = [Sender(self.server, url, self.book, f"s{i}") for i in range(6)]
        workers += [Consumer(self.server, url, self.book) for _ in range(4)]
        self.kill_at_random_moments()
        for worker in workers:
            worker.end()
        bodies = [message["Body"] for message in self.drain(url)]
        book, there = self.book, set(bodies)
        self.check_sound()
        self.assertEqual(len(bodies), len(there), f"a message is there twice (seed {SEED})")
        self.assertEqual(book.sent - there - book.delete_tried, set(), f"acknowledged sends are lost (seed {SEED})")
        self.assertEqual(there & book.deleted, set(), f"acknowledged deletes came back (seed {SEED})")
        self.assertEqual(there - book.tried, set(), f"messages that nobody sent (seed {SEED})")

    def test_fifo_queue(self):
        url = self.queue("load.fifo", FifoQueue="true", DeduplicationScope="messageGroup",
                         FifoThroughputLimit="perMessageGroupId")
        groups = [f"g{i}" for i in range(6)]
        workers = [GroupSender(self.server, url, self.book, group) for group in groups]
        workers += [Consumer(self.server, url, self.book) for _ in range(2)]
        self.kill_at_random_moments()
        for worker in workers:
            worker.end()
        rest = []
        while got := self.drain_step(url):
            rest += got
        self.check_sound()
        for group in groups:
            arrived = [int(body.split("-")[1]) for body in self.book.received + rest if body.split("-")[0] == group]
            first = list(dict.fromkeys(arrived))
            self.assertEqual(first, list(range(len(first))), f"group {group} out of order, or with a gap (seed {SEED})")
            sent = sum(body.split("-")[0] == group for body in self.book.sent)
            self.assertGreaterEqual(len(first), sent, f"acknowledged sends of {group} are lost (seed {SEED})")
            self.assertLessEqual(len(first), sent + 1, f"more than was sent to {group} (seed {SEED})")
        self.assertEqual(set(rest) & self.book.deleted, set(), f"acknowledged deletes came back (seed {SEED})")

    def drain_step(self, url):
        """The next messages of the FIFO queue, deleted, so that their groups go on."""
        got = self.sqs.call("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=BATCH, WaitTimeSeconds=5).get("Messages", [])
        if got:
            self.sqs.call("DeleteMessageBatch", QueueUrl=url, Entries=[
                {"Id": str(i), "ReceiptHandle": message["ReceiptHandle"]} for i, message in enumerate(got)])
        return [message["Body"] for message in got]

    def test_handles_from_before_the_kill(self):
        url = self.queue("handles")
        for i in range(20):
            self.sqs.call("SendMessage", QueueUrl=url, MessageBody=str(i))
        held = []
        while len(held) < 10:
            held += self.sqs.call("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10 - len(held),
                                  VisibilityTimeout=3600)["Messages"]
        self.server.restart()
        self.sqs.close()
        waiting = {message["Body"] for message in self.drain(url)}
        self.assertEqual(waiting, {str(i) for i in range(20)} - {message["Body"] for message in held})
        for message in held[:5]:
            self.sqs.call("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        for message in held[5:]:
            self.sqs.call("ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"],
                          VisibilityTimeout=0)
        self.server.restart()
        self.sqs.close()
        self.assertEqual({message["Body"] for message in self.drain(url)}, {message["Body"] for message in held[5:]})

    def test_killed_again_while_recovering(self):
        url = self.queue("again")
        for start in range(0, 500, BATCH):
            self.sqs.call("SendMessageBatch", QueueUrl=url, Entries=[
                {"Id": str(i), "MessageBody": str(i)} for i in range(start, start + BATCH)])
        for _ in range(5):
            self.server.kill()
            self.server.launch()
            time.sleep(self.chance.uniform(0, 0.03))
        self.server.restart()
        self.sqs.close()
        self.assertEqual(sorted(int(message["Body"]) for message in self.drain(url)), list(range(500)))


if __name__ == "__main__":
    print(f"seed {SEED}")
    streams.seed = topics.seed = SEED
    run_modules(sys.modules[__name__], streams, topics)
