"""Workers that put records into and read them from a server which may vanish at any moment."""
import threading
import time

from support.json_client import Refused
from support.kinesis import Kinesis, encoded
from worker import Worker

BATCH = 20


class StreamBook:
    """What the producers know. A record is KEY-NUMBER; the numbers of a key ascend, and none is put twice."""

    def __init__(self):
        self.lock = threading.Lock()
        self.tried = set()
        self.put = {}  # text -> (shard, sequence number), of what was acknowledged
        self.wrong = []  # what must never happen


class StreamWorker(Worker):
    def __init__(self, server, stream, book):
        self.stream = stream
        super().__init__(Kinesis(server), book)


class Producer(StreamWorker):
    """Puts the numbers of one key, one by one and in batches in turn. What got no answer is not put again."""

    def __init__(self, server, stream, book, key):
        self.key, self.next = key, 0
        super().__init__(server, stream, book)

    def step(self):
        count = 1 if self.next % 3 == 0 else BATCH
        texts = [f"{self.key}-{self.next + i}" for i in range(count)]
        self.next += count
        with self.book.lock:
            self.book.tried.update(texts)
        if count == 1:
            answers = [self.client.call("PutRecord", StreamName=self.stream, PartitionKey=self.key, Data=encoded(texts[0]))]
        else:
            answers = self.client.call("PutRecords", StreamName=self.stream, Records=[
                {"PartitionKey": self.key, "Data": encoded(text)} for text in texts])["Records"]
        with self.book.lock:
            for text, answer in zip(texts, answers, strict=True):
                if "SequenceNumber" in answer:
                    self.book.put[text] = (answer["ShardId"], answer["SequenceNumber"])
                else:
                    self.book.wrong.append(f"{text}: {answer}")


class Reader(StreamWorker):
    """Follows one shard from the beginning, and goes on after a kill where it was: it must never see a gap, or a record
    that is not there any more later."""

    def __init__(self, server, stream, book, shard):
        self.shard, self.records, self.iterator = shard, [], None
        super().__init__(server, stream, book)

    def step(self):
        if self.iterator is None:
            position = {"ShardIteratorType": "TRIM_HORIZON"} if not self.records else {
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": self.records[-1][0]}
            self.iterator = self.client.call("GetShardIterator", StreamName=self.stream, ShardId=self.shard,
                                              **position)["ShardIterator"]
        page = self.client.call("GetRecords", ShardIterator=self.iterator)
        self.records += [(record["SequenceNumber"], record["Data"]) for record in page["Records"]]
        self.iterator = page.get("NextShardIterator")
        if self.iterator is None:
            self.ending.set()


class Resharder(StreamWorker):
    """Doubles and halves the shards, over and over; what got no answer may have begun."""

    def step(self):
        summary = self.client.call("DescribeStreamSummary", StreamName=self.stream)["StreamDescriptionSummary"]
        if summary["StreamStatus"] != "ACTIVE":
            time.sleep(0.005)
            return
        target = 4 if summary["OpenShardCount"] <= 2 else 2
        try:
            self.client.call("UpdateShardCount", StreamName=self.stream, TargetShardCount=target,
                              ScalingType="UNIFORM_SCALING")
        except Refused as refusal:
            if refusal.kind != "ResourceInUseException":  # one that was not answered is still under way
                raise
