"""Registered consumers, and SubscribeToShard as an event stream over HTTP/1.1."""
import datetime
import threading
import time

from botocore.exceptions import EventStreamError

import base
from streams import FIRST, HASH_KEY_MAX, POLL_SECONDS, POLLS_MAX, StreamScenario

TAKE_OVER_SECONDS = 5


class ConsumerScenario(StreamScenario):
    def consumer(self, name, consumer="c"):
        """The ARN of a new consumer, which is ACTIVE."""
        arn = self.kinesis.register_stream_consumer(StreamARN=self.arn(name),
                                                    ConsumerName=consumer)["Consumer"]["ConsumerARN"]
        for _ in range(POLLS_MAX):
            if self.described(arn)["ConsumerStatus"] == "ACTIVE":
                return arn
            time.sleep(POLL_SECONDS)
        self.fail(f"{arn} does not become ACTIVE")

    def described(self, arn):
        return self.kinesis.describe_stream_consumer(ConsumerARN=arn)["ConsumerDescription"]

    def unregistered(self, arn):
        for _ in range(POLLS_MAX):
            try:
                self.described(arn)
            except self.kinesis.exceptions.ResourceNotFoundException:
                return
            time.sleep(POLL_SECONDS)
        self.fail(f"{arn} is still there")


class Consumers(ConsumerScenario):
    def test_life_of_a_consumer(self):
        name = self.stream()
        answer = self.kinesis.register_stream_consumer(StreamARN=self.arn(name), ConsumerName="reader")["Consumer"]
        self.assertEqual(answer["ConsumerName"], "reader")
        self.assertRegex(answer["ConsumerARN"], f"^{self.arn(name)}/consumer/reader:[0-9]+$")
        self.assertIn(answer["ConsumerStatus"], ("CREATING", "ACTIVE"))
        self.assertIsInstance(answer["ConsumerCreationTimestamp"], datetime.datetime)
        self.assertEqual(int(answer["ConsumerARN"].split(":")[-1]), int(answer["ConsumerCreationTimestamp"].timestamp()))
        by_arn = self.described(answer["ConsumerARN"])
        by_name = self.kinesis.describe_stream_consumer(StreamARN=self.arn(name),
                                                        ConsumerName="reader")["ConsumerDescription"]
        for found in (by_arn, by_name):
            self.assertEqual({key: found[key] for key in ("ConsumerName", "ConsumerARN", "ConsumerCreationTimestamp")},
                             {key: answer[key] for key in ("ConsumerName", "ConsumerARN", "ConsumerCreationTimestamp")})
            self.assertEqual(found["StreamARN"], self.arn(name))
        self.assertEqual(self.summary(name)["ConsumerCount"], 1)
        self.kinesis.deregister_stream_consumer(ConsumerARN=answer["ConsumerARN"])
        self.unregistered(answer["ConsumerARN"])
        self.assertEqual(self.kinesis.list_stream_consumers(StreamARN=self.arn(name))["Consumers"], [])

    def test_a_name_is_taken_once(self):
        name = self.stream()
        arn = self.consumer(name)
        error = self.fails("ResourceInUseException", self.kinesis.register_stream_consumer, StreamARN=self.arn(name),
                           ConsumerName="c")
        self.assertIn("c", error["Error"]["Message"])
        self.kinesis.deregister_stream_consumer(StreamARN=self.arn(name), ConsumerName="c")
        self.unregistered(arn)
        other = self.stream()
        self.consumer(other)

    def test_pages_of_consumers(self):
        name = self.stream()
        names = [f"c{i}" for i in range(5)]
        for consumer in names:
            self.consumer(name, consumer)
        pages = list(self.kinesis.get_paginator("list_stream_consumers").paginate(StreamARN=self.arn(name), MaxResults=2))
        self.assertEqual([len(page["Consumers"]) for page in pages], [2, 2, 1])
        found = [consumer for page in pages for consumer in page["Consumers"]]
        self.assertEqual(sorted(consumer["ConsumerName"] for consumer in found), names)
        self.assertEqual({consumer["ConsumerStatus"] for consumer in found}, {"ACTIVE"})

    def test_what_is_not_there(self):
        name = self.stream()
        error = self.fails("ResourceNotFoundException", self.kinesis.describe_stream_consumer, StreamARN=self.arn(name),
                           ConsumerName="nobody")
        self.assertIn("nobody", error["Error"]["Message"])
        self.fails("ResourceNotFoundException", self.kinesis.deregister_stream_consumer, StreamARN=self.arn(name),
                   ConsumerName="nobody")
        self.fails("ResourceNotFoundException", self.kinesis.describe_stream_consumer,
                   ConsumerARN=f"{self.arn(name)}/consumer/nobody:1500000000")
        for asked in ({}, {"ConsumerName": "c"}, {"StreamARN": self.arn(name)}):
            with self.subTest(asked):
                self.fails("InvalidArgumentException", self.kinesis.describe_stream_consumer, **asked)


class Subscriptions(ConsumerScenario):
    def subscribe(self, consumer, shard=FIRST, kind="TRIM_HORIZON", **position):
        stream = self.kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId=shard,
                                                 StartingPosition={"Type": kind, **position})["EventStream"]
        self.addCleanup(stream.close)
        return stream

    def records(self, stream, count):
        """The first `count` records, and the last event."""
        records = []
        for event in stream:
            event = event["SubscribeToShardEvent"]
            records += event["Records"]
            if len(records) >= count:
                self.assertEqual(len(records), count)
                return records, event
        self.fail(f"the stream ended after {len(records)} of {count} records")

    def test_records_are_pushed(self):
        name = self.stream()
        consumer = self.consumer(name)
        self.put(name, b"before")
        stream = self.subscribe(consumer, kind="LATEST")
        for i in range(5):
            put, = self.put(name, b"%d" % i, key=f"k{i}")
            records, event = self.records(stream, 1)
            self.assertEqual((records[0]["Data"], records[0]["PartitionKey"]), (b"%d" % i, f"k{i}"))
            self.assertEqual(records[0]["SequenceNumber"], put["SequenceNumber"])
            self.assertIsInstance(records[0]["ApproximateArrivalTimestamp"], datetime.datetime)
            self.assertEqual(event["ContinuationSequenceNumber"], put["SequenceNumber"])
            self.assertGreaterEqual(event["MillisBehindLatest"], 0)

    def test_the_five_starting_positions(self):
        name = self.stream()
        puts = self.put(name, b"0", b"1", b"2")
        number = puts[1]["SequenceNumber"]
        for i, (position, expected) in enumerate((({"kind": "TRIM_HORIZON"}, [b"0", b"1", b"2"]),
                                                  ({"kind": "AT_SEQUENCE_NUMBER", "SequenceNumber": number}, [b"1", b"2"]),
                                                  ({"kind": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": number}, [b"2"]),
                                                  ({"kind": "AT_TIMESTAMP", "Timestamp": 0}, [b"0", b"1", b"2"]))):
            with self.subTest(position["kind"]):
                records, _ = self.records(self.subscribe(self.consumer(name, f"c{i}"), **position), len(expected))
                self.assertEqual([record["Data"] for record in records], expected)

    def test_continuation(self):
        name = self.stream()
        self.put(name, b"0", b"1")
        _, event = self.records(self.subscribe(self.consumer(name, "a")), 2)
        self.put(name, b"2")
        again = self.subscribe(self.consumer(name, "b"), kind="AFTER_SEQUENCE_NUMBER",
                               SequenceNumber=event["ContinuationSequenceNumber"])
        records, _ = self.records(again, 1)
        self.assertEqual(records[0]["Data"], b"2")

    def test_a_backlog_and_then_the_tail(self):
        name = self.stream()
        for start in range(0, 3000, 500):
            self.kinesis.put_records(StreamName=name, Records=[
                {"PartitionKey": "k", "Data": b"%d " % i + b"x" * 1000} for i in range(start, start + 500)])
        stream = self.subscribe(self.consumer(name))
        tail = threading.Thread(target=lambda: self.put(name, *[b"%d " % i for i in range(3000, 3020)]))
        tail.start()
        try:
            records, _ = self.records(stream, 3020)
        finally:
            tail.join()
        self.assertEqual([int(record["Data"].split()[0]) for record in records], list(range(3020)))

    def test_large_records(self):
        name = self.stream()
        pieces = [bytes([i]) * ((1 << 20) - 100) for i in range(6)]
        stream = self.subscribe(self.consumer(name))
        self.put(name, *pieces)
        records, _ = self.records(stream, 6)
        self.assertEqual([record["Data"] for record in records], pieces)

    def test_the_end_of_a_shard(self):
        name = self.stream()
        self.put(name, b"0")
        stream = self.subscribe(self.consumer(name))
        self.records(stream, 1)
        self.kinesis.split_shard(StreamName=name, ShardToSplit=FIRST, NewStartingHashKey=str((HASH_KEY_MAX + 1) // 2))
        events = [event["SubscribeToShardEvent"] for event in stream]
        self.assertEqual([record for event in events for record in event["Records"]], [])
        self.assertEqual([child["ShardId"] for child in events[-1]["ChildShards"]],
                         ["shardId-000000000001", "shardId-000000000002"])
        self.assertEqual({parent for child in events[-1]["ChildShards"] for parent in child["ParentShards"]}, {FIRST})
        self.active(name)
        child = self.subscribe(self.consumer(name, "d"), "shardId-000000000001")
        self.put(name, b"1", ExplicitHashKey="0")
        self.assertEqual(self.records(child, 1)[0][0]["Data"], b"1")

    def test_shards_of_one_consumer_at_once(self):
        name = self.stream(3)
        consumer = self.consumer(name)
        streams = [self.subscribe(consumer, shard["ShardId"], "LATEST") for shard in self.shards(name)]
        for i, shard in enumerate(self.shards(name)):
            self.put(name, b"%d" % i, ExplicitHashKey=shard["HashKeyRange"]["EndingHashKey"])
        self.assertEqual([self.records(stream, 1)[0][0]["Data"] for stream in streams], [b"0", b"1", b"2"])

    def test_one_subscription_for_each_shard_and_consumer(self):
        """A second one is refused in the first seconds of the first, and takes over later."""
        name = self.stream()
        consumer = self.consumer(name)
        ask = {"ConsumerARN": consumer, "ShardId": FIRST, "StartingPosition": {"Type": "TRIM_HORIZON"}}
        first = self.subscribe(consumer)
        began = time.monotonic()
        error = self.fails("ResourceInUseException", self.kinesis.subscribe_to_shard, **ask)
        self.assertIn(FIRST, error["Error"]["Message"])
        while True:
            try:
                second = self.kinesis.subscribe_to_shard(**ask)["EventStream"]
                break
            except self.kinesis.exceptions.ResourceInUseException:
                self.assertLess(time.monotonic() - began, 4 * TAKE_OVER_SECONDS)
                time.sleep(POLL_SECONDS)
        self.addCleanup(second.close)
        try:
            for event in first:
                self.assertEqual(event["SubscribeToShardEvent"]["Records"], [])
        except EventStreamError as ended:
            self.assertIn("ResourceInUseException", str(ended))
        self.put(name, b"x")
        self.assertEqual(self.records(second, 1)[0][0]["Data"], b"x")

    def test_subscriptions_that_are_refused(self):
        name = self.stream()
        consumer = self.consumer(name)
        start = {"Type": "LATEST"}
        self.fails("ResourceNotFoundException", self.kinesis.subscribe_to_shard, ConsumerARN=consumer,
                   ShardId="shardId-000000000007", StartingPosition=start)
        self.fails("ResourceNotFoundException", self.kinesis.subscribe_to_shard, ShardId=FIRST, StartingPosition=start,
                   ConsumerARN=f"{self.arn(name)}/consumer/nobody:1500000000")
        self.fails("ValidationException", self.kinesis.subscribe_to_shard, ConsumerARN=consumer, ShardId=FIRST,
                   StartingPosition={"Type": "SOMEWHERE"})
        for position in ({"Type": "AT_SEQUENCE_NUMBER"}, {"Type": "AT_TIMESTAMP"},
                         {"Type": "AT_SEQUENCE_NUMBER", "SequenceNumber": "12345"}):
            with self.subTest(position):
                self.fails("InvalidArgumentException", self.kinesis.subscribe_to_shard, ConsumerARN=consumer, ShardId=FIRST,
                           StartingPosition=position)

    def test_a_server_that_stops_ends_its_subscriptions(self):
        with base.Server(*self.flags) as server:
            api = base.client(server, service="kinesis")
            api.create_stream(StreamName="s", ShardCount=1)
            api.get_waiter("stream_exists").wait(
                StreamName="s", WaiterConfig={"Delay": POLL_SECONDS, "MaxAttempts": POLLS_MAX})
            arn = api.register_stream_consumer(StreamARN=self.arn("s"), ConsumerName="c")["Consumer"]["ConsumerARN"]
            while api.describe_stream_consumer(ConsumerARN=arn)["ConsumerDescription"]["ConsumerStatus"] != "ACTIVE":
                time.sleep(POLL_SECONDS)
            stream = api.subscribe_to_shard(ConsumerARN=arn, ShardId=FIRST,
                                            StartingPosition={"Type": "TRIM_HORIZON"})["EventStream"]
            server.stop()
            try:
                for event in stream:
                    self.assertEqual(event["SubscribeToShardEvent"]["Records"], [])
            except Exception as cut:  # noqa: BLE001 - a connection that was cut off is an end too
                self.assertNotIsInstance(cut, AssertionError)
