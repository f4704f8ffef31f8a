"""The AWS CLI as a person types it, against the real binary."""
import datetime
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
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.enterClassContext(cls.server)
        cls.home = cls.enterClassContext(tempfile.TemporaryDirectory())

    def aws(self, *arguments, service="sqs"):
        return subprocess.run([AWS, "--endpoint-url", self.server.url, service, *arguments], capture_output=True,
                              text=True, env={**ENVIRONMENT, "HOME": self.home}, check=False)

    def ok(self, *arguments, service="sqs"):
        done = self.aws(*arguments, service=service)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else {}

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


if __name__ == "__main__":
    print(subprocess.run([AWS, "--version"], capture_output=True, text=True, env=os.environ, check=False).stdout.strip())
    run_modules(sys.modules[__name__])
