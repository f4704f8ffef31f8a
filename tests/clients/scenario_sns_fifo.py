"""FIFO topics: order, deduplication, sequence numbers, and what they may not do."""
import datetime
import hashlib
import json

from topics import TopicScenario


class Fifo(TopicScenario):
    def put(self, topic, text, group="g", dedup=None):
        more = {} if dedup is None else {"MessageDeduplicationId": dedup}
        return self.publish(topic, text, MessageGroupId=group, **more)

    def drain(self, url, count):
        """Exactly `count` messages in the order of their arrival, each deleted."""
        messages = []
        while len(messages) < count:
            got = self.receive(url, WaitTimeSeconds=10, AttributeNames=["All"])
            self.assertTrue(got, f"only {len(messages)} of {count} messages came")
            self.delete(url, *got)
            messages += got
        self.assertEqual((len(messages), self.counts(url)), (count, (0, 0, 0)))
        return messages

    def test_order_and_sequence_numbers(self):
        topic = self.fifo_topic()
        urls = [self.listener(topic, self.fifo(), raw=True) for _ in range(3)]
        sent = [self.put(topic, f"{group}{i}", group, f"{group}{i}") for i in range(10) for group in "ab"]
        numbers = [one["SequenceNumber"] for one in sent]
        self.assertEqual((sorted(numbers), len(set(numbers)), {len(number) for number in numbers}), (numbers, 20, {20}))
        for url in urls:
            found = self.drain(url, 20)
            for group in "ab":
                mine = [one for one in found if one["Attributes"]["MessageGroupId"] == group]
                self.assertEqual([one["Body"] for one in mine], [f"{group}{i}" for i in range(10)])
                self.assertEqual([one["Attributes"]["MessageDeduplicationId"] for one in mine],
                                 [f"{group}{i}" for i in range(10)])

    def test_the_envelope(self):
        topic = self.fifo_topic(ContentBasedDeduplication="true")
        url = self.listener(topic, self.fifo())
        sent = self.put(topic, "x")
        found, = self.envelopes(url)
        self.assertEqual(list(found), ["Type", "MessageId", "SequenceNumber", "TopicArn", "Message", "Timestamp",
                                       "UnsubscribeURL"])
        self.assertEqual((found["Message"], found["MessageId"], found["SequenceNumber"], found["TopicArn"]),
                         ("x", sent["MessageId"], sent["SequenceNumber"], topic))

    def test_duplicates_by_id(self):
        topic = self.fifo_topic()
        url = self.listener(topic, self.fifo(), raw=True)
        first, again = self.put(topic, "one", dedup="d"), self.put(topic, "two", dedup="d")
        self.assertEqual((again["MessageId"], again["SequenceNumber"]), (first["MessageId"], first["SequenceNumber"]))
        self.server.restart()
        self.put(topic, "three", dedup="d")
        self.put(topic, "four", dedup="e")
        self.assertEqual([one["Body"] for one in self.drain(url, 2)], ["one", "four"])

    def test_duplicates_by_content(self):
        topic = self.fifo_topic(ContentBasedDeduplication="true")
        url = self.listener(topic, self.fifo(), raw=True)
        self.put(topic, "one")
        self.put(topic, "one")
        self.put(topic, "one", dedup="its-own")
        self.put(topic, "two")
        found = self.drain(url, 3)
        self.assertEqual([one["Body"] for one in found], ["one", "one", "two"])
        self.assertEqual(found[0]["Attributes"]["MessageDeduplicationId"], hashlib.sha256(b"one").hexdigest())

    def test_the_scope_of_duplicates(self):
        for scope, wanted in (("Topic", ["a"]), ("MessageGroup", ["a", "b"])):
            with self.subTest(scope):
                name = self.name(f"-{scope}.fifo")
                topic = self.sns.create_topic(Name=name, Attributes={
                    "FifoTopic": "true", "FifoThroughputScope": scope})["TopicArn"]
                self.assertEqual(self.topic_attributes(topic)["FifoThroughputScope"], scope)
                url = self.sqs.create_queue(QueueName=name, Attributes={
                    "FifoQueue": "true", "DeduplicationScope": "messageGroup",
                    "FifoThroughputLimit": "perMessageGroupId"})["QueueUrl"]
                self.listener(topic, url, raw=True)
                for group in "ab":
                    self.put(topic, group, group, "same")
                self.assertEqual(sorted(one["Body"] for one in self.drain(url, len(wanted))), wanted)

    def test_batches_keep_their_order(self):
        topic = self.fifo_topic(ContentBasedDeduplication="true")
        url = self.listener(topic, self.fifo(), raw=True)
        for start in (0, 10):
            sent = self.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[
                {"Id": str(i), "Message": f"m{start + i:02}", "MessageGroupId": "g"} for i in range(10)])
            numbers = [one["SequenceNumber"] for one in sent["Successful"]]
            self.assertEqual((len(numbers), sorted(numbers)), (10, numbers))
        self.assertEqual([one["Body"] for one in self.drain(url, 20)], [f"m{i:02}" for i in range(20)])

    def test_standard_queues_may_listen(self):
        topic = self.fifo_topic(ContentBasedDeduplication="true")
        url = self.listener(topic, raw=True)
        for i in range(5):
            self.put(topic, str(i))
        found = self.drain(url, 5)
        self.assertEqual(sorted(one["Body"] for one in found), list("01234"))
        for one in found:
            self.assertNotIn("MessageGroupId", one["Attributes"], "groups are the FIFO queues'")

    def test_filters(self):
        topic = self.fifo_topic(ContentBasedDeduplication="true")
        url = self.listener(topic, self.fifo(), raw=True, FilterPolicy='{"a":["x"]}')
        for i in range(6):
            self.publish(topic, str(i), MessageGroupId="g",
                         MessageAttributes={"a": {"DataType": "String", "StringValue": "xy"[i % 2]}})
        self.assertEqual([one["Body"] for one in self.drain(url, 3)], ["0", "2", "4"])

    def test_order_survives_kill(self):
        topic = self.fifo_topic(ContentBasedDeduplication="true")
        urls = [self.listener(topic, self.fifo(), raw=True) for _ in range(3)]
        for i in range(20):
            self.put(topic, f"{i:02}")
            if i == 9:
                self.server.restart(hard=True)
        for url in urls:
            self.assertEqual([one["Body"] for one in self.drain(url, 20)], [f"{i:02}" for i in range(20)])

    def test_attributes(self):
        topic = self.fifo_topic()
        found = self.topic_attributes(topic)
        self.assertEqual((found["FifoTopic"], found["ContentBasedDeduplication"]), ("true", "false"))
        self.sns.set_topic_attributes(TopicArn=topic, AttributeName="ContentBasedDeduplication", AttributeValue="true")
        self.assertEqual(self.topic_attributes(topic)["ContentBasedDeduplication"], "true")
        for name, value in (("ContentBasedDeduplication", "true"), ("FifoThroughputScope", "Topic")):
            self.fails("InvalidParameter", self.sns.set_topic_attributes, TopicArn=self.topic(), AttributeName=name,
                       AttributeValue=value)

    def test_archive_policy(self):
        topic = self.fifo_topic()
        self.sns.set_topic_attributes(TopicArn=topic, AttributeName="ArchivePolicy",
                                      AttributeValue='{"MessageRetentionPeriod":"30"}')
        found = self.topic_attributes(topic)
        self.assertIn("30", found["ArchivePolicy"])
        self.assertRegex(found["BeginningArchiveTime"], r"^20\d\d-")
        self.fails("InvalidState", self.sns.delete_topic, TopicArn=topic)
        for days in (0, 366):
            self.fails("InvalidParameter", self.sns.set_topic_attributes, TopicArn=topic, AttributeName="ArchivePolicy",
                       AttributeValue=f'{{"MessageRetentionPeriod":{days}}}')
        self.sns.set_topic_attributes(TopicArn=topic, AttributeName="ArchivePolicy", AttributeValue="{}")
        self.sns.delete_topic(TopicArn=topic)

    def test_replay(self):
        topic = self.fifo_topic(ContentBasedDeduplication="true", ArchivePolicy='{"MessageRetentionPeriod":"1"}')
        began = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1)
        for i in range(5):
            self.put(topic, f"old {i}")
        policy = json.dumps({"PointType": "Timestamp", "StartingPoint": began.strftime("%Y-%m-%dT%H:%M:%S.000Z")})
        url = self.fifo()
        arn = self.subscribe(topic, "sqs", self.arn(url), RawMessageDelivery="true", ReplayPolicy=policy)
        self.assertEqual([one["Body"] for one in self.drain(url, 5)], [f"old {i}" for i in range(5)])
        self.put(topic, "new")
        self.assertEqual([one["Body"] for one in self.drain(url, 1)], ["new"])
        self.assertIn("StartingPoint", self.subscription_attributes(arn)["ReplayPolicy"])
        wrapped = self.fifo()
        self.subscribe(topic, "sqs", self.arn(wrapped), ReplayPolicy=policy)
        envelopes = [json.loads(one["Body"]) for one in self.drain(wrapped, 6)]
        self.assertEqual([one["Message"] for one in envelopes], [f"old {i}" for i in range(5)] + ["new"])
        self.assertEqual([one["Replayed"] for one in envelopes], ["true"] * 6)
        self.put(topic, "newest")
        envelope, = self.drain(wrapped, 1)
        self.assertNotIn("Replayed", json.loads(envelope["Body"]))

    def test_what_is_refused(self):
        topic, standard = self.fifo_topic(), self.topic()
        start = "Invalid parameter: "
        for where, options, message in (
                (topic, {}, start + "The MessageGroupId parameter is required for FIFO topics"),
                (topic, {"MessageGroupId": "g"}, start + "The topic should either have ContentBasedDeduplication enabled or "
                                                         "MessageDeduplicationId provided explicitly"),
                (topic, {"MessageGroupId": "x" * 129, "MessageDeduplicationId": "d"}, start + "MessageGroupId Reason: "),
                (topic, {"MessageGroupId": "g", "MessageDeduplicationId": "a b"}, start + "MessageDeduplicationId Reason: "),
                (standard, {"MessageDeduplicationId": "d"}, start + "MessageDeduplicationId Reason: The request includes "
                 "MessageDeduplicationId parameter that is not valid for this topic type")):
            with self.subTest(options):
                error = self.fails("InvalidParameter", self.publish, topic=where, message="x", **options)
                self.assertTrue(error["Error"]["Message"].startswith(message), error["Error"]["Message"])
