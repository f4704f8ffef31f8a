"""The AWS CLI as a person types it, against the real binary."""
import datetime
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.report import run_modules  # noqa: E402
from support.server import Server  # noqa: E402

AWS = "/usr/bin/aws"  # Debian's
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
               "AWS_DEFAULT_REGION": "us-east-1", "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": "", "LC_ALL": "C.UTF-8"}


class AwsCli(unittest.TestCase):
    service = ""

    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.enterClassContext(cls.server)
        cls.home = cls.enterClassContext(tempfile.TemporaryDirectory())

    def aws(self, *arguments, service=None):
        return subprocess.run([AWS, "--endpoint-url", self.server.url, service or self.service, *arguments],
                              capture_output=True, text=True, env={**ENVIRONMENT, "HOME": self.home}, check=False)

    def ok(self, *arguments, service=None):
        done = self.aws(*arguments, service=service)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else {}


class Queues(AwsCli):
    service = "sqs"

    def test_the_lines_that_mill_run_prints(self):
        url = self.ok("create-queue", "--queue-name", "first")["QueueUrl"]
        self.assertEqual(url, f"{self.server.url}/000000000000/first")
        self.ok("send-message", "--queue-url", url, "--message-body", "hello")
        message, = self.ok("receive-message", "--queue-url", url)["Messages"]
        self.assertEqual(message["Body"], "hello")
        self.ok("delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])
        self.assertEqual(self.ok("receive-message", "--queue-url", url), {})

    def test_life_of_a_fifo_queue(self):
        url = self.ok("create-queue", "--queue-name", "orders.fifo", "--attributes",
                      "FifoQueue=true,ContentBasedDeduplication=true", "--tags", "team=a")["QueueUrl"]
        entries = [{"Id": str(i), "MessageBody": f"ü{i}", "MessageGroupId": "g"} for i in range(3)]
        sent = self.ok("send-message-batch", "--queue-url", url, "--entries", json.dumps(entries))
        self.assertEqual(len(sent["Successful"]), 3)
        got = self.ok("receive-message", "--queue-url", url, "--max-number-of-messages", "10", "--attribute-names", "All")
        self.assertEqual([m["Body"] for m in got["Messages"]], ["ü0", "ü1", "ü2"])
        self.assertEqual(got["Messages"][0]["Attributes"]["MessageGroupId"], "g")
        self.assertEqual(self.ok("list-queue-tags", "--queue-url", url)["Tags"], {"team": "a"})
        self.ok("purge-queue", "--queue-url", url)
        self.ok("delete-queue", "--queue-url", url)
        self.assertNotIn(url, self.ok("list-queues").get("QueueUrls", []))

    def test_attributes_and_binary_message_attributes(self):
        url = self.ok("create-queue", "--queue-name", "attributes")["QueueUrl"]
        self.ok("set-queue-attributes", "--queue-url", url, "--attributes", "VisibilityTimeout=5,DelaySeconds=0")
        found = self.ok("get-queue-attributes", "--queue-url", url, "--attribute-names", "VisibilityTimeout")
        self.assertEqual(found, {"Attributes": {"VisibilityTimeout": "5"}})
        self.ok("send-message", "--queue-url", url, "--message-body", "x", "--message-attributes",
                json.dumps({"b": {"DataType": "Binary", "BinaryValue": "AP8="}}))
        message, = self.ok("receive-message", "--queue-url", url, "--message-attribute-names", "All")["Messages"]
        self.assertEqual(message["MessageAttributes"]["b"], {"BinaryValue": "AP8=", "DataType": "Binary"})

    def test_pages_of_queues_are_followed(self):
        urls = [self.ok("create-queue", "--queue-name", f"page-{i}")["QueueUrl"] for i in range(3)]
        found = self.ok("list-queues", "--queue-name-prefix", "page-", "--page-size", "1")
        self.assertEqual(found["QueueUrls"], urls)

    def test_who_calls(self):
        self.assertEqual(self.ok("get-caller-identity", service="sts"),
                         {"UserId": "test", "Account": "000000000000", "Arn": "arn:aws:iam::000000000000:user/test"})

    def test_a_metric_is_put_and_read(self):
        when = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
        at = when.isoformat()
        self.ok("put-metric-data", "--namespace", "App", "--metric-name", "Latency", "--dimensions", "Host=a", "--unit",
                "Milliseconds", "--value", "1.5", "--timestamp", at, service="cloudwatch")
        self.assertEqual(self.ok("list-metrics", "--namespace", "App", service="cloudwatch")["Metrics"],
                         [{"Namespace": "App", "MetricName": "Latency", "Dimensions": [{"Name": "Host", "Value": "a"}]}])
        until = (when + datetime.timedelta(minutes=1)).isoformat()
        found = self.ok("get-metric-statistics", "--namespace", "App", "--metric-name", "Latency", "--dimensions",
                        "Name=Host,Value=a", "--start-time", at, "--end-time", until, "--period", "60", "--statistics",
                        "Average", "Maximum", service="cloudwatch")
        self.assertEqual(found, {"Label": "Latency", "Datapoints": [
            {"Timestamp": at, "Average": 1.5, "Maximum": 1.5, "Unit": "Milliseconds"}]})

    def test_an_error_as_people_see_it(self):
        done = self.aws("get-queue-url", "--queue-name", "never-was")
        self.assertEqual(done.returncode, 254)
        self.assertRegex(done.stderr, r"\(AWS\.SimpleQueueService\.NonExistentQueue\) when calling the GetQueueUrl operation"
                                      r".*: The specified queue does not exist")


class Streams(AwsCli):
    service = "kinesis"

    def stream(self, name, shards=1):
        self.ok("create-stream", "--stream-name", name, "--shard-count", str(shards))
        self.wait(name)

    def wait(self, name):
        self.ok("wait", "stream-exists", "--stream-name", name)

    def put(self, name, data, *more):
        data = base64.b64encode(data).decode()
        return self.ok("put-record", "--stream-name", name, "--partition-key", "k", "--data", data, *more)

    def read(self, name, shard, kind="TRIM_HORIZON", *more):
        iterator = self.ok("get-shard-iterator", "--stream-name", name, "--shard-id", shard, "--shard-iterator-type", kind,
                           *more)["ShardIterator"]
        page = self.ok("get-records", "--shard-iterator", iterator)
        return [base64.b64decode(record["Data"]) for record in page["Records"]], page

    def test_life_of_a_stream(self):
        self.stream("life", 2)
        self.assertIn("life", self.ok("list-streams")["StreamNames"])
        found = self.ok("describe-stream", "--stream-name", "life")["StreamDescription"]
        self.assertEqual(found["StreamARN"], "arn:aws:kinesis:us-east-1:000000000000:stream/life")
        first, second = (shard["ShardId"] for shard in found["Shards"])
        put = self.put("life", b"first", "--explicit-hash-key", "0")
        self.assertEqual(put["ShardId"], first)
        records = json.dumps([{"PartitionKey": "k", "Data": base64.b64encode(b"%d" % i).decode(), "ExplicitHashKey": "0"}
                              for i in range(3)])
        self.assertEqual(self.ok("put-records", "--stream-name", "life", "--records", records)["FailedRecordCount"], 0)
        self.assertEqual(self.read("life", first)[0], [b"first", b"0", b"1", b"2"])
        self.assertEqual(self.read("life", second)[0], [])
        self.assertEqual(self.read("life", first, "AFTER_SEQUENCE_NUMBER", "--starting-sequence-number",
                                   put["SequenceNumber"])[0], [b"0", b"1", b"2"])
        self.assertEqual(self.read("life", first, "AT_TIMESTAMP", "--timestamp", "2020-01-01T00:00:00Z")[0][0], b"first")
        self.ok("delete-stream", "--stream-name", "life")
        self.ok("wait", "stream-not-exists", "--stream-name", "life")
        self.assertNotIn("life", self.ok("list-streams")["StreamNames"])

    def test_resharding(self):
        self.stream("reshard")
        self.put("reshard", b"parent")
        self.ok("split-shard", "--stream-name", "reshard", "--shard-to-split", "shardId-000000000000",
                "--new-starting-hash-key", str(1 << 127))
        self.wait("reshard")
        self.ok("merge-shards", "--stream-name", "reshard", "--shard-to-merge", "shardId-000000000001",
                "--adjacent-shard-to-merge", "shardId-000000000002")
        self.wait("reshard")
        self.ok("update-shard-count", "--stream-name", "reshard", "--target-shard-count", "2", "--scaling-type",
                "UNIFORM_SCALING")
        self.wait("reshard")
        self.assertEqual(self.ok("describe-stream-summary", "--stream-name", "reshard")["StreamDescriptionSummary"][
            "OpenShardCount"], 2)
        shards = self.ok("list-shards", "--stream-name", "reshard")["Shards"]
        self.assertEqual([shard.get("ParentShardId", "")[-1:] for shard in shards[:4]], ["", "0", "0", "1"])
        data, page = self.read("reshard", "shardId-000000000000")
        self.assertEqual(data, [b"parent"])
        while page.get("NextShardIterator"):
            page = self.ok("get-records", "--shard-iterator", page["NextShardIterator"])
        self.assertEqual([child["ShardId"][-1] for child in page["ChildShards"]], ["1", "2"])

    def test_settings_and_tags(self):
        self.stream("settings")
        name = ("--stream-name", "settings")
        for change in (("increase-stream-retention-period", *name, "--retention-period-hours", "168"),
                       ("enable-enhanced-monitoring", *name, "--shard-level-metrics", "IncomingBytes", "OutgoingBytes"),
                       ("start-stream-encryption", *name, "--encryption-type", "KMS", "--key-id", "alias/aws/kinesis"),
                       ("add-tags-to-stream", *name, "--tags", "team=a,stage=test"),
                       ("remove-tags-from-stream", *name, "--tag-keys", "stage")):
            self.ok(*change)
            self.wait("settings")
        found = self.ok("describe-stream-summary", *name)["StreamDescriptionSummary"]
        self.assertEqual((found["RetentionPeriodHours"], found["EncryptionType"]), (168, "KMS"))
        self.assertEqual(sorted(found["EnhancedMonitoring"][0]["ShardLevelMetrics"]), ["IncomingBytes", "OutgoingBytes"])
        self.assertEqual(self.ok("list-tags-for-stream", *name)["Tags"], [{"Key": "team", "Value": "a"}])

    def test_consumers(self):
        self.stream("consumers")
        arn = "arn:aws:kinesis:us-east-1:000000000000:stream/consumers"
        consumer = self.ok("register-stream-consumer", "--stream-arn", arn, "--consumer-name", "c")["Consumer"]
        found = self.ok("list-stream-consumers", "--stream-arn", arn)["Consumers"]
        self.assertEqual([one["ConsumerARN"] for one in found], [consumer["ConsumerARN"]])
        self.ok("deregister-stream-consumer", "--consumer-arn", consumer["ConsumerARN"])

    def test_an_error_as_people_see_it(self):
        done = self.aws("describe-stream", "--stream-name", "never-was")
        self.assertEqual(done.returncode, 254)
        self.assertIn("(ResourceNotFoundException) when calling the DescribeStream operation", done.stderr)
        self.assertIn("Stream never-was under account 000000000000 not found", done.stderr)


class Topics(AwsCli):
    service = "sns"
    account = "arn:aws:sns:us-east-1:000000000000"

    def queue(self, name):
        """The URL and the ARN of a new queue."""
        url = self.ok("create-queue", "--queue-name", name, service="sqs")["QueueUrl"]
        return url, f"arn:aws:sqs:us-east-1:000000000000:{name}"

    def receive(self, url, count=1):
        messages = []
        while len(messages) < count:
            got = self.ok("receive-message", "--queue-url", url, "--wait-time-seconds", "10", "--max-number-of-messages",
                          "10", "--message-attribute-names", "All", service="sqs")
            self.assertIn("Messages", got, f"only {len(messages)} of {count} messages came")
            messages += got["Messages"]
        return messages

    def test_life_of_a_topic(self):
        topic = self.ok("create-topic", "--name", "life", "--attributes", "DisplayName=Life", "--tags",
                        "Key=a,Value=b")["TopicArn"]
        self.assertEqual(topic, f"{self.account}:life")
        self.assertIn({"TopicArn": topic}, self.ok("list-topics")["Topics"])
        name = ("--topic-arn", topic)
        self.ok("set-topic-attributes", *name, "--attribute-name", "DisplayName", "--attribute-value", "Größe")
        self.assertEqual(self.ok("get-topic-attributes", *name)["Attributes"]["DisplayName"], "Größe")
        self.ok("add-permission", *name, "--label", "l", "--aws-account-id", "111111111111", "--action-name", "Publish")
        self.ok("remove-permission", *name, "--label", "l")
        self.ok("tag-resource", "--resource-arn", topic, "--tags", "Key=c,Value=d")
        self.ok("untag-resource", "--resource-arn", topic, "--tag-keys", "a")
        self.assertEqual(self.ok("list-tags-for-resource", "--resource-arn", topic)["Tags"], [{"Key": "c", "Value": "d"}])
        policy = json.dumps({"Name": "p", "Version": "2021-06-01", "Statement": [{"Sid": "s"}]})
        self.ok("put-data-protection-policy", "--resource-arn", topic, "--data-protection-policy", policy)
        self.assertEqual(self.ok("get-data-protection-policy", "--resource-arn", topic)["DataProtectionPolicy"], policy)
        self.ok("delete-topic", *name)
        self.assertNotIn({"TopicArn": topic}, self.ok("list-topics")["Topics"])

    def test_publishing_to_queues(self):
        topic = self.ok("create-topic", "--name", "news")["TopicArn"]
        name = ("--topic-arn", topic)
        raw, arn = self.queue("raw")
        wrapped, other = self.queue("wrapped")
        first = self.ok("subscribe", *name, "--protocol", "sqs", "--notification-endpoint", arn, "--attributes",
                        json.dumps({"RawMessageDelivery": "true", "FilterPolicy": '{"kind":["a"]}'}))["SubscriptionArn"]
        self.ok("subscribe", *name, "--protocol", "sqs", "--notification-endpoint", other)
        for kind in "ba":
            self.ok("publish", *name, "--message", f"ü {kind}", "--subject", "S", "--message-attributes",
                    json.dumps({"kind": {"DataType": "String", "StringValue": kind}}))
        message, = self.receive(raw)
        self.assertEqual((message["Body"], message["MessageAttributes"]["kind"]["StringValue"]), ("ü a", "a"))
        texts = [json.loads(one["Body"]) for one in self.receive(wrapped, 2)]
        self.assertEqual(sorted((one["Message"], one["Subject"]) for one in texts), [("ü a", "S"), ("ü b", "S")])
        entries = [{"Id": str(i), "Message": str(i)} for i in range(10)]
        sent = self.ok("publish-batch", *name, "--publish-batch-request-entries", json.dumps(entries))
        self.assertEqual((len(sent["Successful"]), sent.get("Failed", [])), (10, []))
        self.assertEqual(len(self.receive(wrapped, 10)), 10)
        self.ok("set-subscription-attributes", "--subscription-arn", first, "--attribute-name", "FilterPolicy",
                "--attribute-value", "{}")
        found = self.ok("get-subscription-attributes", "--subscription-arn", first)["Attributes"]
        self.assertEqual((found["RawMessageDelivery"], "FilterPolicy" in found), ("true", False))
        self.assertEqual(len(self.ok("list-subscriptions-by-topic", *name)["Subscriptions"]), 2)
        self.ok("unsubscribe", "--subscription-arn", first)
        self.assertNotIn(first, [one["SubscriptionArn"] for one in self.ok("list-subscriptions")["Subscriptions"]])

    def test_a_fifo_topic(self):
        topic = self.ok("create-topic", "--name", "orders.fifo", "--attributes",
                        "FifoTopic=true,ContentBasedDeduplication=true")["TopicArn"]
        url = self.ok("create-queue", "--queue-name", "orders.fifo", "--attributes", "FifoQueue=true",
                      service="sqs")["QueueUrl"]
        self.ok("subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint",
                "arn:aws:sqs:us-east-1:000000000000:orders.fifo", "--attributes", "RawMessageDelivery=true")
        for text in ("one", "one", "two"):
            sent = self.ok("publish", "--topic-arn", topic, "--message", text, "--message-group-id", "g")
            self.assertRegex(sent["SequenceNumber"], r"^\d{20}$")
        self.assertEqual([one["Body"] for one in self.receive(url, 2)], ["one", "two"])

    def test_platforms(self):
        application = self.ok("create-platform-application", "--name", "app", "--platform", "GCM", "--attributes",
                              "PlatformCredential=key")["PlatformApplicationArn"]
        self.assertEqual(application, f"{self.account}:app/GCM/app")
        name = ("--platform-application-arn", application)
        endpoint = self.ok("create-platform-endpoint", *name, "--token", "t")["EndpointArn"]
        self.ok("set-endpoint-attributes", "--endpoint-arn", endpoint, "--attributes", "CustomUserData=u")
        found = self.ok("list-endpoints-by-platform-application", *name)["Endpoints"]
        self.assertEqual(found, [{"EndpointArn": endpoint, "Attributes": {
            "CustomUserData": "u", "Enabled": "true", "Token": "t"}}])
        self.ok("delete-endpoint", "--endpoint-arn", endpoint)
        self.ok("delete-platform-application", *name)
        self.assertEqual(self.ok("list-platform-applications")["PlatformApplications"], [])

    def test_text_messages(self):
        self.ok("set-sms-attributes", "--attributes", "DefaultSMSType=Transactional")
        self.assertEqual(self.ok("get-sms-attributes", "--attributes", "DefaultSMSType"),
                         {"attributes": {"DefaultSMSType": "Transactional"}})
        self.assertEqual(self.ok("get-sms-sandbox-account-status"), {"IsInSandbox": True})
        self.ok("create-sms-sandbox-phone-number", "--phone-number", "+41791234567")
        self.assertEqual(self.ok("list-sms-sandbox-phone-numbers")["PhoneNumbers"],
                         [{"PhoneNumber": "+41791234567", "Status": "Pending"}])
        self.assertEqual(self.ok("check-if-phone-number-is-opted-out", "--phone-number", "+41791234567"),
                         {"isOptedOut": False})

    def test_an_error_as_people_see_it(self):
        done = self.aws("publish", "--topic-arn", f"{self.account}:never-was", "--message", "x")
        self.assertEqual(done.returncode, 254)
        self.assertIn("(NotFound) when calling the Publish operation", done.stderr)
        self.assertIn("Topic does not exist", done.stderr)


if __name__ == "__main__":
    print(subprocess.run([AWS, "--version"], capture_output=True, text=True, env=os.environ, check=False).stdout.strip())
    run_modules(sys.modules[__name__])
