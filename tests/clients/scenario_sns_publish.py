"""Publishing to queues: what arrives, in its own shape or in the envelope, one at a time and in batches."""
import datetime
import hashlib
import json

from topics import SIGNED, UUID, TopicScenario, signature_is_good, string

LIMIT = 262_144


class Publishing(TopicScenario):
    def test_the_envelope(self):
        topic = self.topic()
        url = self.listener(topic)
        sent = self.publish(topic, 'Grüße "w" </x>\n\\ 😀', Subject="About", MessageAttributes={
            "text": string("ä"), "number": {"DataType": "Number", "StringValue": "1.50"},
            "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
            "list": {"DataType": "String.Array", "StringValue": '["a", 1]'}})
        message, = self.receive_all(url, 1, MessageAttributeNames=["All"])
        self.assertEqual(message["MD5OfBody"], hashlib.md5(message["Body"].encode()).hexdigest())
        self.assertNotIn("MessageAttributes", message)
        self.assertNotEqual(message["MessageId"], sent["MessageId"])
        found = json.loads(message["Body"])
        self.assertEqual(list(found), [
            "Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature",
            "SigningCertURL", "UnsubscribeURL", "MessageAttributes"])
        self.assertEqual({name: found[name] for name in SIGNED if name != "Timestamp"}, {
            "Type": "Notification", "MessageId": sent["MessageId"], "TopicArn": topic, "Subject": "About",
            "Message": 'Grüße "w" </x>\n\\ 😀'})
        self.assertEqual(found["MessageAttributes"], {
            "text": {"Type": "String", "Value": "ä"}, "number": {"Type": "Number", "Value": "1.50"},
            "bytes": {"Type": "Binary", "Value": "AP8="}, "list": {"Type": "String.Array", "Value": '["a", 1]'}})
        self.assertRegex(found["Timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(
            found["Timestamp"].replace("Z", "+00:00"))
        self.assertLess(abs(age.total_seconds()), 60)
        self.assertRegex(found["SigningCertURL"], r"/SimpleNotificationService-[0-9a-f]{32}\.pem$")
        self.assertTrue(signature_is_good(found))
        self.assertFalse(signature_is_good({**found, "Message": "another"}))

    def test_signatures_of_both_versions(self):
        for version in ("1", "2"):
            with self.subTest(version):
                topic = self.topic(SignatureVersion=version)
                url = self.listener(topic)
                self.publish(topic, "x")
                found, = self.envelopes(url)
                self.assertEqual(found["SignatureVersion"], version)
                self.assertNotIn("Subject", found)
                self.assertNotIn("MessageAttributes", found)
                self.assertTrue(signature_is_good(found))

    def test_raw(self):
        topic = self.topic()
        url = self.listener(topic, raw=True)
        attributes = {"text": string("ä"), "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
                      "number": {"DataType": "Number.int", "StringValue": "7"}}
        self.publish(topic, "Größe", Subject="is lost", MessageAttributes=attributes)
        message, = self.receive_all(url, 1, MessageAttributeNames=["All"])
        self.assertEqual(message["Body"], "Größe")
        self.assertEqual(message["MD5OfBody"], hashlib.md5("Größe".encode()).hexdigest())
        self.assertEqual(message["MessageAttributes"], attributes)
        direct, = self.send(self.queue(), "x", MessageAttributes=attributes)
        self.assertEqual(message["MD5OfMessageAttributes"], direct["MD5OfMessageAttributes"])

    def test_raw_with_more_attributes_than_a_queue_takes(self):
        topic, dead = self.topic(), self.queue()
        enveloped, discards = self.listener(topic), self.listener(topic, raw=True)
        redrives = [self.listener(topic, raw=True, RedrivePolicy=self.redrive(dead)) for _ in range(2)]
        ten = {f"a{number}": string("x") for number in range(10)}
        self.publish(topic, "ten", MessageAttributes=ten)
        self.publish(topic, "eleven", MessageAttributes=ten | {"b": string("x")})
        self.assertEqual([each["Message"] for each in self.envelopes(enveloped, 2)], ["ten", "eleven"])
        for url in (discards, *redrives):
            message, = self.receive_all(url, 1)
            self.assertEqual(message["Body"], "ten")
        letters = self.receive_all(dead, 2, MessageAttributeNames=["All"])
        for letter in letters:
            self.assertEqual(json.loads(letter["Body"])["Message"], "eleven")
            self.assertEqual(letter["MessageAttributes"]["ErrorCode"]["StringValue"], "400")
            self.assertEqual(letter["MessageAttributes"]["ErrorMessage"]["StringValue"],
                             "Number of message attributes [11] exceeds the allowed maximum [10].")
        for url in (enveloped, discards, *redrives, dead):
            self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0))

    def test_what_is_read_again_is_the_same(self):
        topic = self.topic()
        url = self.listener(topic, self.queue(VisibilityTimeout="0"))
        self.publish(topic, "x")
        bodies = [self.receive_all(url, 1)[0]["Body"] for _ in range(3)]
        self.assertEqual(len(set(bodies)), 1)
        self.server.restart()
        self.assertEqual(self.receive_all(url, 1)[0]["Body"], bodies[0])
        self.assertTrue(signature_is_good(json.loads(bodies[0])))

    def test_one_message_for_many_queues(self):
        topic = self.topic()
        urls = [self.listener(topic, raw=bool(i % 2)) for i in range(20)]
        sent = self.publish(topic, "to all")
        found = [self.receive_all(url, 1)[0] for url in urls]
        self.assertEqual(len({message["MessageId"] for message in found}), 20)
        self.assertEqual({message["Body"] for message in found[1::2]}, {"to all"})
        self.assertEqual({json.loads(message["Body"])["MessageId"] for message in found[::2]}, {sent["MessageId"]})

    def test_a_structure_with_a_text_for_each_protocol(self):
        topic = self.topic()
        raw, wrapped = self.listener(topic, raw=True), self.listener(topic)
        for structure, text in (({"default": "d", "sqs": "for queues", "http": "h"}, "for queues"),
                                ({"default": "d", "email": "e"}, "d")):
            self.publish(topic, json.dumps(structure), MessageStructure="json")
            self.assertEqual(self.texts(raw, 1), [text])
            envelope, = (json.loads(body) for body in self.texts(wrapped, 1))
            self.assertEqual(envelope["Message"], text)
            self.assertTrue(signature_is_good(envelope))
        start = "Invalid parameter: "
        for message, structure, wanted in (
                ("no JSON", "json", start + "Message Structure - JSON message body failed to parse"),
                ("{}", "json", start + "Message Structure - No default entry in JSON message body"),
                ('{"sqs":"x"}', "json", start + "Message Structure - No default entry in JSON message body"),
                ("x", "xml", start + "MessageStructure")):
            error = self.fails("InvalidParameter", self.publish, topic=topic, message=message, MessageStructure=structure)
            self.assertEqual(error["Error"]["Message"], wanted)

    def test_subjects(self):
        topic = self.topic()
        url = self.listener(topic)
        for subject in ("x" * 100, "ä"):
            self.publish(topic, "x", Subject=subject)
            self.assertEqual(json.loads(self.texts(url, 1)[0])["Subject"], subject)
        for subject in ("", "x" * 101, "two\nlines", " blank ahead"):
            error = self.fails("InvalidParameter", self.publish, topic=topic, message="x", Subject=subject)
            self.assertEqual(error["Error"]["Message"], "Invalid parameter: Subject")

    def test_sizes(self):
        topic = self.topic()
        raw, wrapped = self.listener(topic, raw=True), self.listener(topic)
        self.publish(topic, "x" * LIMIT)
        self.assertEqual(self.texts(raw, 1), ["x" * LIMIT])
        self.assertEqual(json.loads(self.texts(wrapped, 1)[0])["Message"], "x" * LIMIT)
        attribute = {"abc": string("d")}  # 3 + 6 + 1
        self.publish(topic, "x" * (LIMIT - 10), MessageAttributes=attribute)
        for message, options in (("x" * (LIMIT + 1), {}), ("ä" * (LIMIT // 2 + 1), {}),
                                 ("x" * (LIMIT - 9), {"MessageAttributes": attribute})):
            error = self.fails("InvalidParameter", self.publish, topic=topic, message=message, **options)
            self.assertEqual(error["Error"]["Message"], "Invalid parameter: Message too long")
        error = self.fails("InvalidParameter", self.publish, topic=topic, message="")
        self.assertEqual(error["Error"]["Message"], "Invalid parameter: Empty message")

    def test_a_group_reaches_queues(self):
        topic = self.topic()
        url = self.listener(topic, raw=True)
        self.publish(topic, "x", MessageGroupId="tenant")
        message, = self.receive_all(url, 1, AttributeNames=["All"])
        self.assertEqual(message["Attributes"]["MessageGroupId"], "tenant")

    def test_a_trace_reaches_queues(self):
        trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
        topic = self.topic()
        url = self.listener(topic)

        def add_trace(params, **_):
            params["headers"]["X-Amzn-Trace-Id"] = trace

        self.sns.meta.events.register("before-call.sns.Publish", add_trace)
        self.publish(topic, "x")
        message, = self.receive_all(url, 1, AttributeNames=["All"])
        self.assertEqual(message["Attributes"]["AWSTraceHeader"], trace)

    def test_target_arn_names_a_topic_too(self):
        topic = self.topic()
        url = self.listener(topic, raw=True)
        self.sns.publish(TargetArn=topic, Message="x")
        self.assertEqual(self.texts(url, 1), ["x"])
        for options in ({}, {"TopicArn": topic, "TargetArn": topic}, {"TopicArn": topic, "PhoneNumber": "+41791234567"}):
            error = self.fails("InvalidParameter", self.sns.publish, Message="x", **options)
            self.assertIn("TopicArn or TargetArn", error["Error"]["Message"])

    def test_attributes_that_are_wrong(self):
        topic = self.topic()
        for name, value, message in (
                ("a", {"DataType": "Other", "StringValue": "x"}, "has an invalid message attribute type"),
                ("a", {"DataType": "Number", "StringValue": "x"}, "Could not cast message attribute 'a' value to number."),
                ("a", {"DataType": "String"}, "must contain non-empty message attribute value"),
                ("a", {"DataType": "Binary", "StringValue": "x"},
                 "The message attribute 'a' with type 'Binary' must use field 'Binary'."),
                ("a b", string("x"), "Invalid non-alphanumeric character '#x20' was found"),
                (".a", string("x"), "starting with character '.'"), ("a.", string("x"), "ending with character '.'"),
                ("a..b", string("x"), "can not have successive '.'"), ("x" * 257, string("x"), "less than 256 bytes")):
            with self.subTest(name=name, value=value):
                error = self.fails("ParameterValueInvalid", self.publish, topic=topic, message="x",
                                   MessageAttributes={name: value})
                self.assertIn(message, error["Error"]["Message"])

    def test_messages_survive_kill(self):
        topic = self.topic()
        urls = [self.listener(topic, raw=True) for _ in range(5)]
        sent = [f"m{i}" for i in range(20)]
        for text in sent:
            self.publish(topic, text)
        self.server.restart(hard=True)
        for url in urls:
            self.assertEqual(sorted(self.texts(url, 20)), sorted(sent))


class Batches(TopicScenario):
    def entries(self, count, **options):
        return [{"Id": f"e{i}", "Message": f"m{i}", **options} for i in range(count)]

    def batch(self, topic, entries):
        return self.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)

    def test_ten_at_once(self):
        topic = self.topic()
        raw, wrapped = self.listener(topic, raw=True), self.listener(topic)
        entries = self.entries(10)
        entries[3].update(Subject="s", MessageAttributes={"a": string("x")})
        entries[4].update(MessageStructure="json", Message='{"default":"d","sqs":"q"}')
        sent = self.batch(topic, entries)
        self.assertEqual(sent["Failed"], [])
        self.assertEqual([one["Id"] for one in sent["Successful"]], [f"e{i}" for i in range(10)])
        for one in sent["Successful"]:
            self.assertRegex(one["MessageId"], f"^{UUID}$")
        self.assertEqual(sorted(self.texts(raw, 10)), sorted([f"m{i}" for i in range(10) if i != 4] + ["q"]))
        found = {one["Message"]: one for one in map(json.loads, self.texts(wrapped, 10))}
        self.assertEqual({one["MessageId"] for one in found.values()}, {one["MessageId"] for one in sent["Successful"]})
        self.assertEqual((found["m3"]["Subject"], found["m3"]["MessageAttributes"]),
                         ("s", {"a": {"Type": "String", "Value": "x"}}))

    def test_batches_that_are_wrong(self):
        topic = self.topic()
        url = self.listener(topic)
        one = {"Id": "a", "Message": "x"}
        for code, entries in (("EmptyBatchRequest", []), ("TooManyEntriesInBatchRequest", self.entries(11)),
                              ("BatchEntryIdsNotDistinct", [one, one]), ("InvalidBatchEntryId", [{**one, "Id": "a b"}]),
                              ("InvalidBatchEntryId", [{**one, "Id": "x" * 81}]),
                              ("BatchRequestTooLong", [one, {"Id": "b", "Message": "x" * LIMIT}]),
                              ("InvalidParameter", [one, {"Id": "b", "Message": ""}])):
            with self.subTest(code):
                self.fails(code, self.batch, topic=topic, entries=entries)
        self.fails("NotFound", self.batch, topic=topic + "-gone", entries=[one])
        self.assertEqual(self.counts(url), (0, 0, 0))
