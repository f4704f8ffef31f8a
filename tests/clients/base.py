"""What the boto3 scenarios share: servers, clients, fresh names, and a base class for the queues.

The same scenarios run with Debian's boto3 and with a current one. For SQS the former speaks the query protocol and the
latter JSON; of the younger operations and members of other services the former knows nothing (`needs`).
"""
import itertools
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import boto3  # noqa: E402
import botocore  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

from support.server import Server  # noqa: E402

ACCOUNT = "000000000000"
REGION = "us-east-1"
_servers = {}
_names = itertools.count(1)


def server(*flags):
    """The server of this process with these flags; stopped by stop_servers()."""
    if flags not in _servers:
        _servers[flags] = Server(*flags)
        _servers[flags].start()
    return _servers[flags]


def stop_servers():
    for one in _servers.values():
        one.__exit__()


def client(at=None, region=REGION, key="test", service="sqs", **config):
    """A client that reports every error at once and leaves checking to the server."""
    settings = Config(retries={"max_attempts": 0}, parameter_validation=False, read_timeout=40,
                      max_pool_connections=32, **config)
    return boto3.client(service, endpoint_url=(at or server()).url, region_name=region, aws_access_key_id=key,
                        aws_secret_access_key="test", config=settings)


def speaks_json(sqs):
    return sqs.meta.service_model.metadata["protocol"] == "json"


def has_move_tasks(sqs):
    """Debian's botocore is older than these operations."""
    return "StartMessageMoveTask" in sqs.meta.service_model.operation_names


class Case(unittest.TestCase):
    """What a scenario of any service needs."""
    maxDiff = None

    def name(self, suffix=""):
        return f"q{next(_names)}-{self._testMethodName[:40]}{suffix}"

    def fails(self, code, call, **arguments):
        """Makes the call, which must fail with this code; gives the error."""
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception.response

    def needs(self, api, operation, *members):
        """Skips the test where botocore is older than the operation or these members of its input."""
        model = api.meta.service_model
        if operation not in model.operation_names:
            self.skipTest(f"botocore {botocore.__version__} has no {operation}")
        known = model.operation_model(operation).input_shape.members
        for member in members:
            if member not in known:
                self.skipTest(f"botocore {botocore.__version__} has no {member} in {operation}")


class Scenario(Case):
    """Of queues."""

    def setUp(self):
        self.sqs = client()

    def queue(self, **attributes):
        return self.sqs.create_queue(QueueName=self.name(), Attributes=attributes)["QueueUrl"]

    def fifo(self, **attributes):
        attributes["FifoQueue"] = "true"
        return self.sqs.create_queue(QueueName=self.name(".fifo"), Attributes=attributes)["QueueUrl"]

    def attribute(self, url, name):
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name]).get("Attributes", {}).get(name)

    def attributes(self, url):
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    def arn(self, url):
        return self.attribute(url, "QueueArn")

    def counts(self, url):
        """Waiting, in flight, delayed."""
        found = self.attributes(url)
        return tuple(int(found[f"ApproximateNumberOfMessages{what}"]) for what in ("", "NotVisible", "Delayed"))

    def send(self, url, *bodies, **options):
        return [self.sqs.send_message(QueueUrl=url, MessageBody=body, **options) for body in bodies]

    def receive(self, url, **options):
        """All that one call returns, at once; `wait` seconds at most for the first."""
        options.setdefault("MaxNumberOfMessages", 10)
        return self.sqs.receive_message(QueueUrl=url, **options).get("Messages", [])

    def receive_all(self, url, count, **options):
        """Exactly `count` messages, by as many calls as it takes; each call waits for the first of its messages."""
        messages = []
        while len(messages) < count:
            got = self.receive(url, **{"WaitTimeSeconds": 10, **options})
            self.assertTrue(got, f"only {len(messages)} of {count} messages came")
            messages += got
        self.assertEqual(len(messages), count)
        return messages

    def bodies(self, url, **options):
        return [message["Body"] for message in self.receive(url, **options)]

    def delete(self, url, *messages):
        for message in messages:
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def policy(target, count):
    return json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": count})


def versions():
    return f"boto3 {boto3.__version__}, botocore {botocore.__version__}, {'JSON' if speaks_json(client()) else 'query'}"
