"""What the service's own limits refuse. Every other scenario of streams runs without throttling."""
import base
from streams import StreamScenario

MIB = 1 << 20


class Limits(StreamScenario):
    flags = ()  # limits = aws
    poll_seconds = 0.3  # DescribeStream may be called ten times a second

    def test_calls_of_get_records(self):
        name = self.stream()
        iterator = self.iterator(name)
        with self.assertRaises(self.kinesis.exceptions.ProvisionedThroughputExceededException) as caught:
            for _ in range(100):
                self.kinesis.get_records(ShardIterator=iterator)
        self.assertIn(name, str(caught.exception))
        self.assertIn("shardId-000000000000", str(caught.exception))

    def test_bytes_put_one_by_one(self):
        name = self.stream()
        put = 0
        with self.assertRaises(self.kinesis.exceptions.ProvisionedThroughputExceededException):
            for _ in range(200):
                self.kinesis.put_record(StreamName=name, PartitionKey="k", Data=b"x" * (MIB // 2))
                put += 1
        self.assertGreaterEqual(put, 2, "a second's worth is there at once")

    def test_a_batch_in_which_some_fail(self):
        name = self.stream(2)
        entries = [{"PartitionKey": "k", "Data": b"x" * (MIB // 2), "ExplicitHashKey": "0"} for _ in range(8)]
        entries += [{"PartitionKey": "k", "Data": b"y", "ExplicitHashKey": str((1 << 128) - 1)}]
        answer = self.kinesis.put_records(StreamName=name, Records=entries)
        failed = [entry for entry in answer["Records"] if "ErrorCode" in entry]
        self.assertEqual(answer["FailedRecordCount"], len(failed))
        self.assertGreater(len(failed), 0)
        for entry in failed:
            self.assertEqual(entry["ErrorCode"], "ProvisionedThroughputExceededException")
            self.assertIn(name, entry["ErrorMessage"])
            self.assertNotIn("SequenceNumber", entry)
        self.assertEqual(answer["Records"][-1]["ShardId"], "shardId-000000000001", "the other shard is not concerned")
        done = [entry["SequenceNumber"] for entry in answer["Records"][:-1] if "SequenceNumber" in entry]
        self.assertGreater(len(done), 0)
        self.assertEqual([record["SequenceNumber"] for record in self.page(name)["Records"]], done)

    def test_consumers_of_a_stream(self):
        name = self.stream()
        registered = 0
        with self.assertRaises(self.kinesis.exceptions.LimitExceededException):
            for i in range(30):
                self.kinesis.register_stream_consumer(StreamARN=self.arn(name), ConsumerName=f"c{i}")
                registered += 1
        self.assertGreater(registered, 0)
        self.assertEqual(self.summary(name)["ConsumerCount"], registered)

    def test_shard_counts_in_a_day(self):
        name = self.stream()
        counts = []
        with self.assertRaises(self.kinesis.exceptions.LimitExceededException):
            for i in range(20):
                self.kinesis.update_shard_count(StreamName=name, TargetShardCount=2 - i % 2, ScalingType="UNIFORM_SCALING")
                counts.append(2 - i % 2)
                self.active(name)
        self.assertEqual(len(counts), 10)

    def test_shard_counts_at_most_double_and_at_least_halve(self):
        name = self.stream(4)
        for target in (9, 1):
            with self.subTest(target):
                error = self.fails("InvalidArgumentException", self.kinesis.update_shard_count, StreamName=name,
                                   TargetShardCount=target, ScalingType="UNIFORM_SCALING")
                self.assertIn(f"Target shard count: {target}", error["Error"]["Message"])

    def test_modes_in_a_day(self):
        name = self.stream()
        modes = 0
        with self.assertRaises(self.kinesis.exceptions.LimitExceededException):
            for i in range(5):
                mode = "PROVISIONED" if i % 2 else "ON_DEMAND"
                self.kinesis.update_stream_mode(StreamARN=self.arn(name), StreamModeDetails={"StreamMode": mode})
                modes += 1
                self.active(name)
        self.assertEqual(modes, 2)

    def test_control_operations_a_second(self):
        api = base.client(base.server(), region="sa-east-1", service="kinesis")
        with self.assertRaises(api.exceptions.LimitExceededException):
            for i in range(100):
                api.create_stream(StreamName=f"{self.name()}-{i}", ShardCount=1)
