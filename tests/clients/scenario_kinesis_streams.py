"""Streams from CreateStream to DeleteStream, and their settings."""
import datetime

import base
from support.json_client import Refused
from support.kinesis import Kinesis, encoded
from streams import FIRST, HASH_KEY_MAX, StreamScenario

METRICS = ["IncomingBytes", "IncomingRecords", "IteratorAgeMilliseconds", "OutgoingBytes", "OutgoingRecords",
           "ReadProvisionedThroughputExceeded", "WriteProvisionedThroughputExceeded"]
KEY = f"arn:aws:kms:{base.REGION}:{base.ACCOUNT}:key/12345678-1234-1234-1234-123456789012"


class Streams(StreamScenario):
    def test_a_new_stream(self):
        name = self.name()
        started = datetime.datetime.now(datetime.timezone.utc)
        self.kinesis.create_stream(StreamName=name, ShardCount=3)
        self.active(name)
        found = self.description(name)
        self.assertEqual(found["StreamName"], name)
        self.assertEqual(found["StreamARN"], self.arn(name))
        self.assertEqual(found["StreamStatus"], "ACTIVE")
        self.assertEqual(found["StreamModeDetails"], {"StreamMode": "PROVISIONED"})
        self.assertEqual(found["RetentionPeriodHours"], 24)
        self.assertEqual(found["EnhancedMonitoring"], [{"ShardLevelMetrics": []}])
        self.assertEqual(found["EncryptionType"], "NONE")
        self.assertNotIn("KeyId", found)
        self.assertFalse(found["HasMoreShards"])
        self.assertLess(abs(found["StreamCreationTimestamp"] - started), datetime.timedelta(minutes=1))
        self.assertEqual([shard["ShardId"] for shard in found["Shards"]],
                         [f"shardId-00000000000{i}" for i in range(3)])

    def test_hash_ranges_of_new_shards_cover_all_keys(self):
        at = 0
        for shard in self.description(self.stream(7))["Shards"]:
            self.assertEqual(int(shard["HashKeyRange"]["StartingHashKey"]), at)
            at = int(shard["HashKeyRange"]["EndingHashKey"]) + 1
            self.assertEqual(set(shard), {"ShardId", "HashKeyRange", "SequenceNumberRange"})
            self.assertRegex(shard["SequenceNumberRange"].pop("StartingSequenceNumber"), r"^\d{56}$")
            self.assertEqual(shard["SequenceNumberRange"], {})
        self.assertEqual(at, HASH_KEY_MAX + 1)

    def test_summary(self):
        name = self.stream(2)
        found = self.summary(name)
        self.assertEqual((found["StreamName"], found["StreamARN"], found["StreamStatus"]), (name, self.arn(name), "ACTIVE"))
        self.assertEqual((found["OpenShardCount"], found["ConsumerCount"]), (2, 0))
        self.assertEqual(found["EnhancedMonitoring"], [{"ShardLevelMetrics": []}])
        self.assertNotIn("Shards", found)

    def test_a_name_is_taken_once(self):
        name = self.stream()
        error = self.fails("ResourceInUseException", self.kinesis.create_stream, StreamName=name, ShardCount=1)
        self.assertEqual(error["Error"]["Message"], f"Stream {name} under account {base.ACCOUNT} already exists.")

    def test_regions_are_separate(self):
        name = self.stream()
        elsewhere = base.client(base.server(*self.flags), region="eu-west-1", service="kinesis")
        self.fails("ResourceNotFoundException", elsewhere.describe_stream, StreamName=name)
        self.assertNotIn(name, elsewhere.list_streams()["StreamNames"])

    def test_delete(self):
        name = self.stream()
        self.put(name, b"old")
        self.kinesis.delete_stream(StreamName=name)
        self.gone(name)
        self.fails("ResourceNotFoundException", self.kinesis.put_record, StreamName=name, PartitionKey="k", Data=b"x")
        self.assertNotIn(name, self.kinesis.list_streams(ExclusiveStartStreamName=name[:-1])["StreamNames"])
        self.kinesis.create_stream(StreamName=name, ShardCount=1)
        self.active(name)
        self.assertEqual(self.data(name), [], "a stream of the same name starts empty")

    def test_delete_with_consumers(self):
        name = self.stream()
        self.kinesis.register_stream_consumer(StreamARN=self.arn(name), ConsumerName="c")
        error = self.fails("ResourceInUseException", self.kinesis.delete_stream, StreamName=name)
        self.assertIn(name, error["Error"]["Message"])
        self.kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True)
        self.gone(name)

    def test_pages_of_streams(self):
        prefix = self.name()
        api = base.client(base.server(*self.flags), region="ap-south-1", service="kinesis")
        names = [f"{prefix}-{i}" for i in range(5)]
        for name in reversed(names):
            api.create_stream(StreamName=name, ShardCount=1)
        self.assertEqual(api.list_streams()["StreamNames"], names)
        page = api.list_streams(Limit=2)
        self.assertEqual((page["StreamNames"], page["HasMoreStreams"]), (names[:2], True))
        page = api.list_streams(Limit=3, ExclusiveStartStreamName=names[1])
        self.assertEqual((page["StreamNames"], page["HasMoreStreams"]), (names[2:], False))
        pages = list(api.get_paginator("list_streams").paginate(Limit=2))
        self.assertEqual([name for page in pages for name in page["StreamNames"]], names)
        self.assertEqual(len(pages), 3)

    def test_tokens_and_summaries_of_streams(self):
        api = base.client(base.server(*self.flags), region="ap-south-2", service="kinesis")
        self.needs(api, "ListStreams", "NextToken")
        names = [self.name() for _ in range(3)]
        for name in names:
            api.create_stream(StreamName=name, StreamModeDetails={"StreamMode": "ON_DEMAND"})
        first = api.list_streams(Limit=2)
        second = api.list_streams(NextToken=first["NextToken"])
        self.assertEqual(first["StreamNames"] + second["StreamNames"], sorted(names))
        self.assertNotIn("NextToken", second)
        summary = first["StreamSummaries"][0]
        self.assertEqual(summary["StreamName"], sorted(names)[0])
        self.assertEqual(summary["StreamARN"], self.arn(summary["StreamName"]).replace(base.REGION, "ap-south-2"))
        self.assertEqual(summary["StreamModeDetails"], {"StreamMode": "ON_DEMAND"})
        self.assertIn(summary["StreamStatus"], ("CREATING", "ACTIVE"))
        error = self.fails("InvalidArgumentException", api.list_streams, NextToken="garbage")
        self.assertIn("NextToken", error["Error"]["Message"])

    def test_pages_of_shards(self):
        name = self.stream(5)
        ids = [f"shardId-00000000000{i}" for i in range(5)]
        page = self.kinesis.describe_stream(StreamName=name, Limit=2)["StreamDescription"]
        self.assertEqual(([shard["ShardId"] for shard in page["Shards"]], page["HasMoreShards"]), (ids[:2], True))
        page = self.kinesis.describe_stream(StreamName=name, ExclusiveStartShardId=ids[1])["StreamDescription"]
        self.assertEqual(([shard["ShardId"] for shard in page["Shards"]], page["HasMoreShards"]), (ids[2:], False))
        first = self.kinesis.list_shards(StreamName=name, MaxResults=2)
        second = self.kinesis.list_shards(NextToken=first["NextToken"], MaxResults=2)
        third = self.kinesis.list_shards(NextToken=second["NextToken"])
        pages = (first, second, third)
        self.assertEqual([shard["ShardId"] for page in pages for shard in page["Shards"]], ids)
        self.assertNotIn("NextToken", third)
        self.fails("InvalidArgumentException", self.kinesis.list_shards, NextToken=first["NextToken"], StreamName=name)
        self.fails("InvalidArgumentException", self.kinesis.list_shards)

    def test_streams_by_arn(self):
        self.needs(self.kinesis, "DescribeStreamSummary", "StreamARN")
        name = self.stream()
        arn = self.arn(name)
        for reference in ({"StreamARN": arn}, {"StreamName": name, "StreamARN": arn}):
            with self.subTest(reference):
                found = self.kinesis.describe_stream_summary(**reference)["StreamDescriptionSummary"]
                self.assertEqual(found["StreamName"], name)
                put = self.kinesis.put_record(**reference, PartitionKey="k", Data=b"x")
                iterator = self.kinesis.get_shard_iterator(
                    **reference, ShardId=FIRST, ShardIteratorType="AT_SEQUENCE_NUMBER",
                    StartingSequenceNumber=put["SequenceNumber"])["ShardIterator"]
                records = self.kinesis.get_records(ShardIterator=iterator)["Records"]
                self.assertEqual([record["SequenceNumber"] for record in records], [put["SequenceNumber"]])
        self.fails("ResourceNotFoundException", self.kinesis.describe_stream, StreamARN=arn + "-gone")
        with self.assertRaises(self.kinesis.exceptions.ClientError):
            self.kinesis.describe_stream()

    def test_streams_by_id(self):
        name = self.stream()
        plain = Kinesis(base.server(*self.flags))
        self.addCleanup(plain.close)
        identity = plain.call("DescribeStreamSummary", StreamName=name)["StreamDescriptionSummary"]["StreamId"]
        # With the service's dash in it SDKs would make a host name of it.
        self.assertRegex(identity, r"^[a-z0-9]{24}$")
        found = plain.call("DescribeStreamSummary", StreamId=identity)["StreamDescriptionSummary"]
        self.assertEqual(found["StreamName"], name)
        put = plain.call("PutRecord", StreamId=identity, PartitionKey="k", Data=encoded("x"))
        self.assertEqual([record["SequenceNumber"] for record in self.read(name)], [put["SequenceNumber"]])
        with self.assertRaises(Refused) as caught:
            plain.call("DescribeStream", StreamId="a" * 20 + "-aaa")
        self.assertEqual(caught.exception.kind, "ResourceNotFoundException")


class Settings(StreamScenario):
    def test_modes(self):
        name = self.stream(StreamModeDetails={"StreamMode": "ON_DEMAND"})
        found = self.description(name)
        self.assertEqual(found["StreamModeDetails"], {"StreamMode": "ON_DEMAND"})
        self.assertEqual(len(found["Shards"]), 4, "the capacity that an on-demand stream begins with")
        self.fails("ValidationException", self.kinesis.update_shard_count, StreamName=name, TargetShardCount=8,
                   ScalingType="UNIFORM_SCALING")
        self.kinesis.update_stream_mode(StreamARN=self.arn(name), StreamModeDetails={"StreamMode": "PROVISIONED"})
        self.active(name)
        self.assertEqual(self.summary(name)["StreamModeDetails"], {"StreamMode": "PROVISIONED"})
        self.assertEqual(self.summary(name)["OpenShardCount"], 4)

    def test_a_stream_that_becomes_on_demand_keeps_its_shards(self):
        name = self.stream()
        self.kinesis.update_stream_mode(StreamARN=self.arn(name), StreamModeDetails={"StreamMode": "ON_DEMAND"})
        self.active(name)
        self.assertEqual(self.summary(name)["StreamModeDetails"], {"StreamMode": "ON_DEMAND"})
        self.assertEqual(len(self.description(name)["Shards"]), 1)

    def test_retention(self):
        name = self.stream()
        self.kinesis.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=8760)
        self.active(name)
        self.assertEqual(self.summary(name)["RetentionPeriodHours"], 8760)
        self.kinesis.decrease_stream_retention_period(StreamName=name, RetentionPeriodHours=25)
        self.active(name)
        self.assertEqual(self.description(name)["RetentionPeriodHours"], 25)
        for call, hours, says in ((self.kinesis.increase_stream_retention_period, 24, "24"),
                                  (self.kinesis.increase_stream_retention_period, 8761, "8761"),
                                  (self.kinesis.decrease_stream_retention_period, 26, "26"),
                                  (self.kinesis.decrease_stream_retention_period, 23, "23")):
            with self.subTest(f"{call.__name__} {hours}"):
                error = self.fails("InvalidArgumentException", call, StreamName=name, RetentionPeriodHours=hours)
                self.assertIn(says, error["Error"]["Message"])
        self.assertEqual(self.summary(name)["RetentionPeriodHours"], 25)

    def test_enhanced_monitoring(self):
        name = self.stream()
        answer = self.kinesis.enable_enhanced_monitoring(StreamName=name,
                                                         ShardLevelMetrics=["OutgoingBytes", "IncomingBytes"])
        self.assertEqual(answer["StreamName"], name)
        self.assertEqual(answer["CurrentShardLevelMetrics"], [])
        self.assertEqual(sorted(answer["DesiredShardLevelMetrics"]), ["IncomingBytes", "OutgoingBytes"])
        self.active(name)
        self.assertEqual(self.monitored(name), ["IncomingBytes", "OutgoingBytes"])
        answer = self.kinesis.enable_enhanced_monitoring(StreamName=name, ShardLevelMetrics=["ALL"])
        self.assertEqual(sorted(answer["CurrentShardLevelMetrics"]), ["IncomingBytes", "OutgoingBytes"])
        self.active(name)
        self.assertEqual(self.monitored(name), METRICS)
        answer = self.kinesis.disable_enhanced_monitoring(StreamName=name, ShardLevelMetrics=METRICS[1:])
        self.assertEqual(sorted(answer["CurrentShardLevelMetrics"]), METRICS)
        self.assertEqual(answer["DesiredShardLevelMetrics"], METRICS[:1])
        self.active(name)
        self.kinesis.disable_enhanced_monitoring(StreamName=name, ShardLevelMetrics=["ALL"])
        self.active(name)
        self.assertEqual(self.monitored(name), [])

    def monitored(self, name):
        metrics, = self.description(name)["EnhancedMonitoring"]
        return sorted(metrics["ShardLevelMetrics"])

    def test_encryption(self):
        name = self.stream()
        before, = self.put(name, b"plain")
        self.kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=KEY)
        self.active(name)
        found = self.description(name)
        self.assertEqual((found["EncryptionType"], found["KeyId"]), ("KMS", KEY))
        after, = self.put(name, b"sealed")
        self.assertEqual((before.get("EncryptionType", "NONE"), after["EncryptionType"]), ("NONE", "KMS"))
        records = self.read(name)
        self.assertEqual([(r["Data"], r.get("EncryptionType", "NONE")) for r in records],
                         [(b"plain", "NONE"), (b"sealed", "KMS")])
        self.kinesis.stop_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=KEY)
        self.active(name)
        self.assertEqual(self.summary(name)["EncryptionType"], "NONE")
        self.assertNotIn("KeyId", self.summary(name))

    def test_a_key_by_alias(self):
        name = self.stream()
        self.kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId="alias/aws/kinesis")
        self.active(name)
        self.assertEqual(self.summary(name)["EncryptionType"], "KMS")

    def test_largest_record(self):
        self.needs(self.kinesis, "UpdateMaxRecordSize")
        name = self.stream()
        self.assertEqual(self.summary(name)["MaxRecordSizeInKiB"], 1024)
        self.kinesis.update_max_record_size(StreamARN=self.arn(name), MaxRecordSizeInKiB=10240)
        self.active(name)
        self.assertEqual(self.summary(name)["MaxRecordSizeInKiB"], 10240)
        other = self.stream(MaxRecordSizeInKiB=2048)
        self.assertEqual(self.summary(other)["MaxRecordSizeInKiB"], 2048)

    def test_warm_throughput(self):
        self.needs(self.kinesis, "UpdateStreamWarmThroughput")
        name = self.stream(StreamModeDetails={"StreamMode": "ON_DEMAND"})
        answer = self.kinesis.update_stream_warm_throughput(StreamARN=self.arn(name), WarmThroughputMiBps=8)
        self.assertEqual((answer["StreamName"], answer["StreamARN"]), (name, self.arn(name)))
        self.assertEqual(answer["WarmThroughput"]["TargetMiBps"], 8)
        self.active(name)
        self.assertEqual(self.summary(name)["WarmThroughput"], {"TargetMiBps": 8, "CurrentMiBps": 8})
        self.assertGreaterEqual(self.summary(name)["OpenShardCount"], 8)
        provisioned = self.stream()
        with self.assertRaises(self.kinesis.exceptions.ClientError) as caught:
            self.kinesis.update_stream_warm_throughput(StreamName=provisioned, WarmThroughputMiBps=8)
        self.assertIn(caught.exception.response["Error"]["Code"], ("InvalidArgumentException", "ValidationException"))

    def test_account_settings(self):
        self.needs(self.kinesis, "UpdateAccountSettings")
        api = base.client(base.server(*self.flags), region="eu-north-1", service="kinesis")
        self.assertEqual(api.describe_account_settings()["MinimumThroughputBillingCommitment"]["Status"], "DISABLED")
        answer = api.update_account_settings(MinimumThroughputBillingCommitment={"Status": "ENABLED"})
        self.assertEqual(answer["MinimumThroughputBillingCommitment"]["Status"], "ENABLED")
        found = api.describe_account_settings()["MinimumThroughputBillingCommitment"]
        self.assertEqual(found["Status"], "ENABLED")
        self.assertIsInstance(found["StartedAt"], datetime.datetime)
        self.fails("ValidationException", api.update_account_settings,
                   MinimumThroughputBillingCommitment={"Status": "SOMETIMES"})

    def test_limits_of_the_account(self):
        api = base.client(base.server(*self.flags), region="eu-south-1", service="kinesis")
        found = api.describe_limits()
        self.assertEqual((found["OpenShardCount"], found["OnDemandStreamCount"]), (0, 0))
        self.assertGreaterEqual(found["ShardLimit"], 500)
        self.assertGreaterEqual(found["OnDemandStreamCountLimit"], 50)
        name = self.name()
        api.create_stream(StreamName=name, ShardCount=3)
        self.assertEqual(api.describe_limits()["OpenShardCount"], 3)
        api.create_stream(StreamName=name + "-d", StreamModeDetails={"StreamMode": "ON_DEMAND"})
        self.assertEqual(api.describe_limits()["OnDemandStreamCount"], 1)
