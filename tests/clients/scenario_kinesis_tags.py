"""Tags of both generations, and resource policies."""
import json

from base import ACCOUNT
from streams import StreamScenario


class Tags(StreamScenario):
    def tags(self, name):
        return {tag["Key"]: tag["Value"] for tag in self.kinesis.list_tags_for_stream(StreamName=name)["Tags"]}

    def resource_tags(self, arn):
        return {tag["Key"]: tag["Value"] for tag in self.kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"]}

    def test_tags_of_a_stream(self):
        name = self.stream()
        self.assertEqual(self.tags(name), {})
        self.kinesis.add_tags_to_stream(StreamName=name, Tags={"team": "a", "Größe": "groß", "empty": ""})
        self.kinesis.add_tags_to_stream(StreamName=name, Tags={"team": "b"})
        self.assertEqual(self.tags(name), {"team": "b", "Größe": "groß", "empty": ""})
        self.kinesis.remove_tags_from_stream(StreamName=name, TagKeys=["team", "never-was"])
        self.assertEqual(self.tags(name), {"Größe": "groß", "empty": ""})

    def test_pages_of_tags(self):
        name = self.stream()
        tags = {f"t{i:02}": str(i) for i in range(25)}
        for part in (dict(list(tags.items())[:10]), dict(list(tags.items())[10:20]), dict(list(tags.items())[20:])):
            self.kinesis.add_tags_to_stream(StreamName=name, Tags=part)
        page = self.kinesis.list_tags_for_stream(StreamName=name, Limit=10)
        self.assertEqual(([tag["Key"] for tag in page["Tags"]], page["HasMoreTags"]), (sorted(tags)[:10], True))
        page = self.kinesis.list_tags_for_stream(StreamName=name, ExclusiveStartTagKey="t14")
        self.assertEqual(([tag["Key"] for tag in page["Tags"]], page["HasMoreTags"]), (sorted(tags)[15:], False))

    def test_at_most_fifty_tags(self):
        name = self.stream()
        for start in range(0, 50, 10):
            self.kinesis.add_tags_to_stream(StreamName=name, Tags={f"t{i}": "v" for i in range(start, start + 10)})
        with self.assertRaises(self.kinesis.exceptions.ClientError) as caught:
            self.kinesis.add_tags_to_stream(StreamName=name, Tags={"one-too-many": "v"})
        self.assertIn(caught.exception.response["Error"]["Code"], ("InvalidArgumentException", "LimitExceededException"))
        self.assertEqual(len(self.kinesis.list_tags_for_stream(StreamName=name, Limit=50)["Tags"]), 50)

    def test_tags_of_resources(self):
        self.needs(self.kinesis, "TagResource")
        name = self.stream(Tags={"born": "with"})
        arn = self.arn(name)
        self.assertEqual(self.resource_tags(arn), {"born": "with"})
        self.kinesis.tag_resource(ResourceARN=arn, Tags={"team": "a", "stage": "test"})
        self.assertEqual(self.tags(name), {"born": "with", "team": "a", "stage": "test"}, "both generations are the same")
        self.kinesis.untag_resource(ResourceARN=arn, TagKeys=["born", "stage"])
        self.assertEqual(self.resource_tags(arn), {"team": "a"})

    def test_tags_of_consumers(self):
        self.needs(self.kinesis, "RegisterStreamConsumer", "Tags")
        name = self.stream(Tags={"of": "stream"})
        consumer = self.kinesis.register_stream_consumer(StreamARN=self.arn(name), ConsumerName="c",
                                                         Tags={"of": "consumer"})["Consumer"]["ConsumerARN"]
        self.kinesis.tag_resource(ResourceARN=consumer, Tags={"more": "1"})
        self.assertEqual(self.resource_tags(consumer), {"of": "consumer", "more": "1"})
        self.assertEqual(self.tags(name), {"of": "stream"})

    def test_tags_that_are_refused(self):
        name = self.stream()
        for tags in ({"k" * 129: "v"}, {"k": "v" * 257}, {"": "v"}):
            with self.subTest(tags), self.assertRaises(self.kinesis.exceptions.ClientError) as caught:
                self.kinesis.add_tags_to_stream(StreamName=name, Tags=tags)
            self.assertIn(caught.exception.response["Error"]["Code"], ("InvalidArgumentException", "ValidationException"))
        self.fails("InvalidArgumentException", self.kinesis.add_tags_to_stream, StreamName=name, Tags={"aws:x": "v"})
        self.fails("ValidationException", self.kinesis.add_tags_to_stream, StreamName=name, Tags={})
        self.fails("ValidationException", self.kinesis.remove_tags_from_stream, StreamName=name, TagKeys=[])
        self.assertEqual(self.tags(name), {})


class Policies(StreamScenario):
    def policy(self, arn, action="kinesis:PutRecord"):
        return json.dumps({"Version": "2012-10-17", "Statement": [{
            "Sid": "put", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": [action],
            "Resource": arn}]})

    def setUp(self):
        self.needs(self.kinesis, "PutResourcePolicy")

    def test_policy_of_a_stream(self):
        arn = self.arn(self.stream())
        for action in ("kinesis:PutRecord", "kinesis:DescribeStreamSummary"):
            self.kinesis.put_resource_policy(ResourceARN=arn, Policy=self.policy(arn, action))
            found = json.loads(self.kinesis.get_resource_policy(ResourceARN=arn)["Policy"])
            self.assertEqual(found, json.loads(self.policy(arn, action)))
        self.kinesis.delete_resource_policy(ResourceARN=arn)
        with self.assertRaises(self.kinesis.exceptions.ClientError):
            self.kinesis.delete_resource_policy(ResourceARN=arn)

    def test_policy_of_a_consumer(self):
        name = self.stream()
        arn = self.kinesis.register_stream_consumer(StreamARN=self.arn(name), ConsumerName="c")["Consumer"]["ConsumerARN"]
        self.kinesis.put_resource_policy(ResourceARN=arn, Policy=self.policy(arn, "kinesis:SubscribeToShard"))
        self.assertIn("SubscribeToShard", self.kinesis.get_resource_policy(ResourceARN=arn)["Policy"])

    def test_policies_that_are_refused(self):
        arn = self.arn(self.stream())
        for policy in ("", "no JSON", "[]", '{"Version":"2012-10-17"}'):
            with self.subTest(policy), self.assertRaises(self.kinesis.exceptions.ClientError) as caught:
                self.kinesis.put_resource_policy(ResourceARN=arn, Policy=policy)
            self.assertIn(caught.exception.response["Error"]["Code"], ("InvalidArgumentException", "ValidationException"))
