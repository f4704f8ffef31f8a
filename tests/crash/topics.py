"""kill -9 under publications: what was acknowledged is in every queue that subscribes, and nothing twice."""
import random
import time
import unittest

from load import BATCH, Book
from support.server import Server
from support.sns import Sns
from support.sqs import Sqs
from worker import Worker

KILLS = 5
UNHINDERED_SECONDS = (0.2, 1.2)
QUEUES = 6
seed = 0  # set by run.py


class Publisher(Worker):
    """Publishes 0, 1, 2 … under its name. To a FIFO topic each again with its deduplication id until it is acknowledged."""

    def __init__(self, server, topic, book, name):
        self.topic, self.name_, self.next = topic, name, 0
        self.acknowledged, self.tried = set(), set()
        super().__init__(Sns(server), book)

    def step(self):
        text = f"{self.name_}-{self.next}"
        self.tried.add(text)
        fifo = self.topic.endswith(".fifo")
        if not fifo:
            self.next += 1  # what got no answer is not published again
        group = {"MessageGroupId": self.name_, "MessageDeduplicationId": text} if fifo else {}
        self.client.call("Publish", TopicArn=self.topic, Message=text, **group)
        self.acknowledged.add(text)
        if fifo:
            self.next += 1


class TopicCrash(unittest.TestCase):
    def setUp(self):
        self.chance = random.Random(f"{seed} {self._testMethodName}")
        self.server = Server("--limits", "relaxed")
        self.enterContext(self.server)
        self.sqs, self.sns = Sqs(self.server), Sns(self.server)

    def subscribed_queues(self, topic, suffix="", attributes=None):
        """More than one for each lane."""
        urls = []
        for i in range(QUEUES):
            name = f"q{i}{suffix}"
            urls.append(self.sqs.call("CreateQueue", QueueName=name, Attributes=attributes or {})["QueueUrl"])
            self.sns.call("Subscribe", TopicArn=topic, Protocol="sqs",
                          Endpoint=f"arn:aws:sqs:us-east-1:000000000000:{name}",
                          **{"Attributes.entry.1.key": "RawMessageDelivery", "Attributes.entry.1.value": "true"})
        return urls

    def publish_and_kill(self, topic):
        book = Book()
        publishers = [Publisher(self.server, topic, book, f"p{i}") for i in range(6)]
        for _ in range(KILLS):
            time.sleep(self.chance.uniform(*UNHINDERED_SECONDS))
            self.server.restart()
        for publisher in publishers:
            publisher.end()
        self.sqs.close()
        self.assertEqual(book.wrong, [], f"seed {seed}")
        tried = set().union(*(publisher.tried for publisher in publishers))
        acknowledged = set().union(*(publisher.acknowledged for publisher in publishers))
        self.assertGreater(len(acknowledged), 50 * KILLS, "too little load to mean anything")
        return tried, acknowledged

    def drain(self, url):
        bodies = []
        while got := self.sqs.call("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=BATCH, WaitTimeSeconds=2,
                                   VisibilityTimeout=600).get("Messages", []):
            bodies += [message["Body"] for message in got]
            self.sqs.call("DeleteMessageBatch", QueueUrl=url, Entries=[
                {"Id": str(i), "ReceiptHandle": message["ReceiptHandle"]} for i, message in enumerate(got)])
        return bodies

    def check_everywhere(self, contents, tried, acknowledged):
        first = set(contents[0])
        for bodies in contents:
            there = set(bodies)
            self.assertEqual(len(there), len(bodies), f"a message is there twice (seed {seed})")
            self.assertEqual(acknowledged - there, set(), f"acknowledged publications are lost (seed {seed})")
            self.assertEqual(there - tried, set(), f"messages that nobody published (seed {seed})")
            self.assertEqual(there, first, f"a publication reached some queues and not others (seed {seed})")

    def test_standard_topic(self):
        topic = self.sns.create_topic("load")
        urls = self.subscribed_queues(topic)
        tried, acknowledged = self.publish_and_kill(topic)
        self.check_everywhere([self.drain(url) for url in urls], tried, acknowledged)

    def test_fifo_topic(self):
        topic = self.sns.create_topic("load.fifo", FifoTopic="true")
        urls = self.subscribed_queues(topic, ".fifo", {"FifoQueue": "true"})
        tried, acknowledged = self.publish_and_kill(topic)
        contents = [self.drain(url) for url in urls]
        self.check_everywhere(contents, tried, acknowledged)
        for bodies in contents:
            for name in {body.split("-")[0] for body in bodies}:
                numbers = [int(body.split("-")[1]) for body in bodies if body.split("-")[0] == name]
                self.assertEqual(numbers, list(range(len(numbers))), f"{name} out of order, or a gap (seed {seed})")
