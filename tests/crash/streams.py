"""kill -9 under load, for streams: what was acknowledged is at its sequence number, in order, from every iterator."""
import base64
import random
import time
import unittest

from stream_load import Producer, Reader, Resharder, StreamBook
from support.json_client import Refused
from support.kinesis import Kinesis, encoded, parents_first
from support.server import Server

KILLS = 5
UNHINDERED_SECONDS = (0.2, 1.2)  # the server's life between two kills
STREAM = "load"
seed = 0  # set by run.py


class StreamCrash(unittest.TestCase):
    def setUp(self):
        self.chance = random.Random(f"{seed} {self._testMethodName}")
        self.server = Server("--limits", "relaxed")
        self.enterContext(self.server)
        self.kinesis = Kinesis(self.server)
        self.book = StreamBook()

    def create(self, shards):
        self.kinesis.call("CreateStream", StreamName=STREAM, ShardCount=shards)
        self.active()

    def active(self):
        while self.summary()["StreamStatus"] != "ACTIVE":
            time.sleep(0.005)

    def summary(self):
        return self.kinesis.call("DescribeStreamSummary", StreamName=STREAM)["StreamDescriptionSummary"]

    def kill_at_random_moments(self, workers):
        for _ in range(KILLS):
            time.sleep(self.chance.uniform(*UNHINDERED_SECONDS))
            self.server.restart()
        self.kinesis.close()
        for worker in workers:
            worker.end()
        self.active()
        self.assertEqual(self.book.wrong, [], f"seed {seed}")
        self.assertGreater(len(self.book.put), 50 * KILLS, "too little load to mean anything")

    def check(self):
        """Compares the book with the stream; gives the records of each shard."""
        book, shards = self.book, parents_first(self.kinesis.shards(STREAM))
        there = {shard["ShardId"]: self.kinesis.read(STREAM, shard["ShardId"]) for shard in shards}
        places = {}
        for shard, records in there.items():
            numbers = [int(number) for number, _ in records]
            self.assertEqual(numbers, sorted(set(numbers)), f"{shard} is not in order (seed {seed})")
            for number, text in records:
                self.assertNotIn(text, places, f"{text} is there twice (seed {seed})")
                places[text] = (shard, number)
        lost = {text: place for text, place in book.put.items() if places.get(text) != place}
        self.assertEqual(lost, {}, f"acknowledged records are lost or elsewhere (seed {seed})")
        self.assertEqual(set(places) - book.tried, set(), f"records that nobody put (seed {seed})")
        for key in {text.split("-")[0] for text in book.tried}:
            got = [int(text.split("-")[1]) for shard in shards for _, text in there[shard["ShardId"]]
                   if text.split("-")[0] == key]
            self.assertEqual(got, sorted(got), f"{key} is out of order (seed {seed})")
        self.check_iterators(there)
        return there

    def check_iterators(self, there):
        """The other kinds of iterators give the same records as the one from the horizon."""
        for shard, records in there.items():
            self.assertEqual(self.kinesis.read(STREAM, shard, "AT_TIMESTAMP", Timestamp=0), records)
            self.assertEqual(self.kinesis.read(STREAM, shard, "LATEST"), [])
            for at in self.chance.sample(range(len(records)), min(5, len(records))):
                position = {"StartingSequenceNumber": records[at][0]}
                self.assertEqual(self.kinesis.read(STREAM, shard, "AT_SEQUENCE_NUMBER", **position), records[at:])
                self.assertEqual(self.kinesis.read(STREAM, shard, "AFTER_SEQUENCE_NUMBER", **position), records[at + 1:])

    def test_records(self):
        self.create(3)
        readers = [Reader(self.server, STREAM, self.book, shard["ShardId"]) for shard in self.kinesis.shards(STREAM)]
        producers = [Producer(self.server, STREAM, self.book, f"k{i}") for i in range(6)]
        self.kill_at_random_moments([*producers, *readers])
        there = self.check()
        for reader in readers:
            seen = [(number, base64.b64decode(data).decode()) for number, data in reader.records]
            self.assertEqual(seen, there[reader.shard][:len(seen)], f"a reader saw what is not there (seed {seed})")

    def test_records_during_reshards(self):
        self.create(2)
        producers = [Producer(self.server, STREAM, self.book, f"k{i}") for i in range(6)]
        self.kill_at_random_moments([*producers, Resharder(self.server, STREAM, self.book)])
        self.check()
        shards = self.kinesis.shards(STREAM)
        self.assertGreater(len(shards), 4, "no reshard took place")
        self.check_lineage(shards)

    def check_lineage(self, shards):
        """The open shards cover all hash keys once; closed ones say where they end."""
        at = 0
        spans = sorted((int(shard["HashKeyRange"]["StartingHashKey"]), int(shard["HashKeyRange"]["EndingHashKey"]))
                       for shard in shards if "EndingSequenceNumber" not in shard["SequenceNumberRange"])
        for first, last in spans:
            self.assertEqual(first, at, f"a gap or an overlap (seed {seed})")
            at = last + 1
        self.assertEqual(at, 1 << 128)
        self.assertEqual(len(spans), self.summary()["OpenShardCount"])

    def test_streams_that_come_and_go(self):
        """What was acknowledged about a stream's existence and settings holds; what was not answered is decided."""
        made, removed, settled = set(), set(), {}
        for i in range(30):
            name, hours = f"s{i}", 24 + i
            try:
                self.kinesis.call("CreateStream", StreamName=name, ShardCount=2)
                made.add(name)
                self.until_active(name)
                self.kinesis.call("IncreaseStreamRetentionPeriod", StreamName=name, RetentionPeriodHours=hours + 1)
                settled[name] = hours + 1
                self.until_active(name)
                self.kinesis.call("PutRecord", StreamName=name, PartitionKey="k", Data=encoded(name))
                if i % 3 == 0:
                    self.kinesis.call("DeleteStream", StreamName=name)
                    removed.add(name)
            finally:
                if i % 5 == 0:
                    self.server.restart()
                    self.kinesis.close()
        self.server.restart()
        self.kinesis.close()
        for name in sorted(made - removed):
            self.until_active(name)
            found = self.kinesis.call("DescribeStreamSummary", StreamName=name)["StreamDescriptionSummary"]
            self.assertEqual(found["RetentionPeriodHours"], settled[name])
            records = [text for shard in self.kinesis.shards(name) for _, text in self.kinesis.read(name, shard["ShardId"])]
            self.assertEqual(records, [name])
        for name in sorted(removed):
            self.until_gone(name)

    def until_active(self, name):
        while self.kinesis.call("DescribeStreamSummary",
                                StreamName=name)["StreamDescriptionSummary"]["StreamStatus"] != "ACTIVE":
            time.sleep(0.005)

    def until_gone(self, name):
        while True:
            try:
                self.kinesis.call("DescribeStreamSummary", StreamName=name)
            except Refused as refusal:
                self.assertEqual(refusal.kind, "ResourceNotFoundException")
                return
            time.sleep(0.005)
