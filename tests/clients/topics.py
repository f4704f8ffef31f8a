"""What the scenarios of topics share: clients, topics and queues with fresh names, and readers of what arrives.

Signatures are verified with the command openssl, as a receiver in any language would do it.
"""
import base64
import datetime
import json
import pathlib
import subprocess
import tempfile
import urllib.request

import base

# What a notification's signature covers, in this order; a subject only where there is one.
SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
SIGNED_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_certificates = {}


def fetch(url, **headers):
    """The text at a URL, as a browser gets it."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
        return answer.read().decode()


def signature_is_good(envelope):
    """Whether openssl takes the signature of an envelope for that of its certificate."""
    url = envelope["SigningCertURL"]
    if url not in _certificates:
        _certificates[url] = fetch(url)
    kinds = SIGNED if envelope["Type"] == "Notification" else SIGNED_CONFIRMATION
    text = "".join(f"{name}\n{envelope[name]}\n" for name in kinds if name in envelope)
    digest = {"1": "-sha1", "2": "-sha256"}[envelope["SignatureVersion"]]
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        (here / "signature").write_bytes(base64.b64decode(envelope["Signature"]))
        key = subprocess.run(["openssl", "x509", "-pubkey", "-noout"], input=_certificates[url], text=True,
                             capture_output=True, check=True).stdout
        (here / "key").write_text(key)
        return subprocess.run(["openssl", "dgst", digest, "-verify", here / "key", "-signature", here / "signature"],
                              input=text.encode(), capture_output=True, check=False).returncode == 0


def string(text):
    return {"DataType": "String", "StringValue": text}


class TopicScenario(base.Scenario):
    flags = ()

    @classmethod
    def setUpClass(cls):
        cls.server = base.server(*cls.flags)

    def setUp(self):
        self.sns, self.sqs = self.client("sns"), self.client("sqs")

    def client(self, service, **options):
        return base.client(self.server, service=service, **options)

    def topic(self, **attributes):
        return self.sns.create_topic(Name=self.name(), Attributes=attributes)["TopicArn"]

    def fifo_topic(self, **attributes):
        return self.sns.create_topic(Name=self.name(".fifo"), Attributes={"FifoTopic": "true", **attributes})["TopicArn"]

    def subscribe(self, topic, protocol, endpoint, **attributes):
        return self.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes,
                                  ReturnSubscriptionArn=True)["SubscriptionArn"]

    def listener(self, topic, url=None, raw=False, **attributes):
        """A queue, a new one unless it is given, that is subscribed; gives its URL."""
        url = url or self.queue()
        if raw:
            attributes["RawMessageDelivery"] = "true"
        self.subscribe(topic, "sqs", self.arn(url), **attributes)
        return url

    def redrive(self, url):
        """The policy by which what cannot be delivered goes to this queue."""
        return json.dumps({"deadLetterTargetArn": self.arn(url)})

    def topic_attributes(self, topic):
        return self.sns.get_topic_attributes(TopicArn=topic)["Attributes"]

    def subscription_attributes(self, subscription):
        return self.sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]

    def subscriptions(self, topic):
        pages = self.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        return [one for page in pages for one in page["Subscriptions"]]

    def metrics(self, topic, *names):
        """What CloudWatch says of a topic so far, by name."""
        now = datetime.datetime.now(datetime.timezone.utc)
        span = datetime.timedelta(minutes=10)
        found = {}
        for name in names:
            points = self.client("cloudwatch").get_metric_statistics(
                Namespace="AWS/SNS", MetricName=name, Dimensions=[{"Name": "TopicName", "Value": topic.rsplit(":", 1)[1]}],
                StartTime=now - span, EndTime=now + span, Period=60, Statistics=["Sum"])["Datapoints"]
            found[name] = sum(point["Sum"] for point in points)
        return found

    def publish(self, topic, message, **options):
        return self.sns.publish(TopicArn=topic, Message=message, **options)

    def envelopes(self, url, count=1):
        return [json.loads(message["Body"]) for message in self.receive_all(url, count)]

    def texts(self, url, count):
        """The bodies of exactly so many messages, which are removed, and then there is none."""
        messages = self.receive_all(url, count) if count else []
        self.delete(url, *messages)
        self.assertEqual(self.counts(url), (0, 0, 0))
        return [message["Body"] for message in messages]
