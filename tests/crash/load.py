"""Workers that load a server which may vanish at any moment, and the book of what was acknowledged."""
import threading

from support.sqs import Sqs
from worker import Worker

BATCH = 10


class Book:
    """What a client knows: acknowledged for certain, or asked for and never answered."""

    def __init__(self):
        self.lock = threading.Lock()
        self.tried, self.sent, self.delete_tried, self.deleted = set(), set(), set(), set()
        self.received = []  # bodies, in the order of arrival
        self.wrong = []  # what must never happen

    def add(self, kind, *bodies):
        with self.lock:
            getattr(self, kind).update(bodies)


class QueueWorker(Worker):
    def __init__(self, server, url, book):
        self.url = url
        super().__init__(Sqs(server), book)


class Sender(QueueWorker):
    """Sends bodies that no one else sends, one by one and in batches in turn."""

    def __init__(self, server, url, book, name):
        self.name_, self.next = name, 0
        super().__init__(server, url, book)

    def step(self):
        count = 1 if self.next % 3 == 0 else BATCH
        bodies = [f"{self.name_}-{self.next + i}" for i in range(count)]
        self.next += count
        self.book.add("tried", *bodies)
        if count == 1:
            self.client.call("SendMessage", QueueUrl=self.url, MessageBody=bodies[0])
            self.book.add("sent", bodies[0])
            return
        answer = self.client.call("SendMessageBatch", QueueUrl=self.url, Entries=[
            {"Id": str(i), "MessageBody": body} for i, body in enumerate(bodies)])
        self.book.add("sent", *(bodies[int(entry["Id"])] for entry in answer["Successful"]))


class GroupSender(QueueWorker):
    """Sends 0, 1, 2 … of its group, each again with the same deduplication id until it is acknowledged."""

    def __init__(self, server, url, book, group):
        self.group, self.next = group, 0
        super().__init__(server, url, book)

    def step(self):
        body = f"{self.group}-{self.next}"
        self.book.add("tried", body)
        self.client.call("SendMessage", QueueUrl=self.url, MessageBody=body, MessageGroupId=self.group,
                      MessageDeduplicationId=body)
        self.book.add("sent", body)
        self.next += 1


class Consumer(QueueWorker):
    """Receives and deletes all it gets; what was deleted for certain must not come again."""

    VISIBILITY = 2

    def step(self):
        answer = self.client.call("ReceiveMessage", QueueUrl=self.url, MaxNumberOfMessages=BATCH, WaitTimeSeconds=1,
                               VisibilityTimeout=self.VISIBILITY)
        messages = answer.get("Messages", [])
        if not messages:
            return
        with self.book.lock:
            for message in messages:
                if message["Body"] in self.book.deleted:
                    self.book.wrong.append(f"{message['Body']} came back after its delete was acknowledged")
                self.book.received.append(message["Body"])
        self.book.add("delete_tried", *(message["Body"] for message in messages))
        answer = self.client.call("DeleteMessageBatch", QueueUrl=self.url, Entries=[
            {"Id": str(i), "ReceiptHandle": message["ReceiptHandle"]} for i, message in enumerate(messages)])
        self.book.add("deleted", *(messages[int(entry["Id"])]["Body"] for entry in answer.get("Successful", [])))
