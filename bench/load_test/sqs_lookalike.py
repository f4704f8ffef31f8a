"""A small SQS lookalike: the few operations that the generator uses, in memory."""

import asyncio
import collections
import hashlib

from lookalike import Lookalike


class Queues(Lookalike):
    def __init__(self, fault=None):
        self.queues = collections.defaultdict(collections.deque)
        self.in_flight = {}
        self.waiters = collections.defaultdict(collections.deque)
        self.groups = []
        self.dedup_ids = set()
        self.number = 0
        super().__init__(fault)

    def send(self, url, entry):
        self.number += 1
        if "MessageGroupId" in entry:
            self.groups.append(entry["MessageGroupId"])
            self.dedup_ids.add(entry.get("MessageDeduplicationId"))
        self.queues[url].append((str(self.number), entry["MessageBody"]))
        if self.waiters[url]:
            self.waiters[url].popleft().set()
        md5 = hashlib.md5(entry["MessageBody"].encode()).hexdigest()
        return {"MD5OfMessageBody": md5, "MessageId": f"id-{self.number}"}

    async def handle(self, action, body):
        url = body["QueueUrl"]
        if action == "SendMessage":
            return self.send(url, body)
        if action == "SendMessageBatch":
            return {"Successful": [{"Id": e["Id"], **self.send(url, e)} for e in body["Entries"]], "Failed": []}
        if action == "DeleteMessage":
            self.in_flight.pop(body["ReceiptHandle"])
            return None
        if action == "DeleteMessageBatch":
            for entry in body["Entries"]:
                self.in_flight.pop(entry["ReceiptHandle"], None)
            return {"Successful": [{"Id": e["Id"]} for e in body["Entries"]]}
        if not self.queues[url] and body["WaitTimeSeconds"]:
            event = asyncio.Event()
            self.waiters[url].append(event)
            try:
                await asyncio.wait_for(event.wait(), body["WaitTimeSeconds"])
            except asyncio.TimeoutError:
                self.waiters[url].remove(event)
        messages = []
        while self.queues[url] and len(messages) < body["MaxNumberOfMessages"]:
            number, text = self.queues[url].popleft()
            handle = f"handle-{number}-\"quoted\""
            self.in_flight[handle] = text
            messages.append({"MessageId": f"id-{number}", "ReceiptHandle": handle, "Body": text,
                             "MD5OfBody": hashlib.md5(text.encode()).hexdigest()})
        return {"Messages": messages} if messages else {}
