"""Workers that put records into and read them from a server which may vanish at any moment."""
import http.client
import threading
import time

from support.kinesis import Kinesis, Refused, encoded

NO_ANSWER = (OSError, http.client.HTTPException)
BATCH = 20


class StreamBook:
    """What the producers know. A record is KEY-NUMBER; the numbers of a key ascend, and none is put twice."""

    def __init__(self):
        self.lock = threading.Lock()
        self.tried = set()
        self.put = {}  # text -> (shard, sequence number), of what was acknowledged
        self.wrong = []  # what must never happen


class Worker(threading.Thread):
    """Repeats step() until told to stop; a connection that breaks is opened anew once the server is back."""

    def __init__(self, server, stream, book):
        super().__init__(daemon=True)
        self.kinesis, self.stream, self.book, self.ending = Kinesis(server), stream, book, threading.Event()
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
        self.kinesis.close()

    def end(self):
        self.ending.set()
        self.join()


class Producer(Worker):
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
            answers = [self.kinesis.call("PutRecord", StreamName=self.stream, PartitionKey=self.key, Data=encoded(texts[0]))]
        else:
            answers = self.kinesis.call("PutRecords", StreamName=self.stream, Records=[
                {"PartitionKey": self.key, "Data": encoded(text)} for text in texts])["Records"]
        with self.book.lock:
            for text, answer in zip(texts, answers, strict=True):
                if "SequenceNumber" in answer:
                    self.book.put[text] = (answer["ShardId"], answer["SequenceNumber"])
                else:
                    self.book.wrong.append(f"{text}: {answer}")


class Reader(Worker):
    """Follows one shard from the beginning, and goes on after a kill where it was: it must never see a gap, or a record
    that is not there any more later."""

    def __init__(self, server, stream, book, shard):
        self.shard, self.records, self.iterator = shard, [], None
        super().__init__(server, stream, book)

    def step(self):
        if self.iterator is None:
            position = {"ShardIteratorType": "TRIM_HORIZON"} if not self.records else {
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": self.records[-1][0]}
            self.iterator = self.kinesis.call("GetShardIterator", StreamName=self.stream, ShardId=self.shard,
                                              **position)["ShardIterator"]
        page = self.kinesis.call("GetRecords", ShardIterator=self.iterator)
        self.records += [(record["SequenceNumber"], record["Data"]) for record in page["Records"]]
        self.iterator = page.get("NextShardIterator")
        if self.iterator is None:
            self.ending.set()


class Resharder(Worker):
    """Doubles and halves the shards, over and over; what got no answer may have begun."""

    def step(self):
        summary = self.kinesis.call("DescribeStreamSummary", StreamName=self.stream)["StreamDescriptionSummary"]
        if summary["StreamStatus"] != "ACTIVE":
            time.sleep(0.005)
            return
        target = 4 if summary["OpenShardCount"] <= 2 else 2
        try:
            self.kinesis.call("UpdateShardCount", StreamName=self.stream, TargetShardCount=target,
                              ScalingType="UNIFORM_SCALING")
        except Refused as refusal:
            if refusal.kind != "ResourceInUseException":  # one that was not answered is still under way
                raise
