"""Messages in standard queues: content, attributes, batches, visibility, polling, restarts."""
import hashlib
import threading
import time

from base import Scenario, client
from support.server import Server

BINARY = bytes(range(256))
ATTRIBUTES = {
    "text": {"DataType": "String", "StringValue": "zwölf – 12 🦀"},
    "number": {"DataType": "Number", "StringValue": "-12.50"},
    "bytes": {"DataType": "Binary", "BinaryValue": BINARY},
    "text.custom": {"DataType": "String.json", "StringValue": "{}"},
    "number_custom": {"DataType": "Number.int", "StringValue": "12345678901234567890123456789012345678"},
}
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def md5_of_attributes(attributes):
    """The digest as the service defines it: names sorted; lengths, names, types, one byte for the kind of value."""
    digest = hashlib.md5()

    def part(data):
        digest.update(len(data).to_bytes(4, "big") + data)

    for name in sorted(attributes):
        value = attributes[name]
        part(name.encode())
        part(value["DataType"].encode())
        digest.update(b"\2" if "BinaryValue" in value else b"\1")
        part(value["BinaryValue"] if "BinaryValue" in value else value["StringValue"].encode())
    return digest.hexdigest()


class Content(Scenario):
    def test_body_comes_back_as_it_was(self):
        url = self.queue()
        for body in ("x", "ünï¢ødé – 漢字 🦀", "tab\tnewline\nreturn\r\n end", "<a href=\"x\">&amp;</a>]]>", "%20+%2B&=?#;",
                     " leading and trailing ", '{"json": [1, 2, "\\u00e4"]}', "\u0085\u2028\ud7ff\ue000\ufffd\U0010ffff"):
            with self.subTest(body):
                sent = self.sqs.send_message(QueueUrl=url, MessageBody=body)
                self.assertEqual(sent["MD5OfMessageBody"], hashlib.md5(body.encode()).hexdigest())
                got, = self.receive_all(url, 1)
                self.assertEqual(got["Body"], body)
                self.assertEqual(got["MD5OfBody"], sent["MD5OfMessageBody"])
                self.assertEqual(got["MessageId"], sent["MessageId"])
                self.delete(url, got)

    def test_one_mebibyte(self):
        url = self.queue()
        body = "ü" * (1 << 19)
        self.send(url, body)
        self.assertEqual(self.bodies(url), [body])

    def test_limit_of_the_queue_counts_attributes(self):
        url = self.queue(MaximumMessageSize="1024")
        attribute = {"k": {"DataType": "String", "StringValue": "x"}}  # 1 + 6 + 1 bytes
        self.send(url, "x" * 1024)
        self.send(url, "x" * 1016, MessageAttributes=attribute)
        error = self.fails("InvalidParameterValue", self.sqs.send_message, QueueUrl=url, MessageBody="x" * 1017,
                           MessageAttributes=attribute)
        self.assertEqual(error["Error"]["Message"],
                         "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.")

    def test_attributes_of_all_types(self):
        url = self.queue()
        sent, = self.send(url, "x", MessageAttributes=ATTRIBUTES)
        self.assertEqual(sent["MD5OfMessageAttributes"], md5_of_attributes(ATTRIBUTES))
        got, = self.receive(url, MessageAttributeNames=["All"])
        self.assertEqual(got["MessageAttributes"], ATTRIBUTES)
        self.assertEqual(got["MD5OfMessageAttributes"], md5_of_attributes(ATTRIBUTES))

    def test_attribute_filters(self):
        url = self.queue(VisibilityTimeout="0")
        self.send(url, "x", MessageAttributes=ATTRIBUTES)
        for names, expected in ((["text.*"], {"text", "text.custom"}), (["bytes", "never"], {"bytes"}),
                                ([".*"], set(ATTRIBUTES)), (["never"], None), ([], None)):
            with self.subTest(names):
                got, = self.receive(url, MessageAttributeNames=names)
                if expected is None:
                    self.assertNotIn("MessageAttributes", got)
                    self.assertNotIn("MD5OfMessageAttributes", got)
                    continue
                subset = {name: ATTRIBUTES[name] for name in expected}
                self.assertEqual(got["MessageAttributes"], subset)
                self.assertEqual(got["MD5OfMessageAttributes"], md5_of_attributes(subset))

    def test_system_attributes(self):
        url = self.queue(VisibilityTimeout="0")
        before = int(time.time() * 1000) - 1000
        trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": TRACE}}
        sent, = self.send(url, "x", MessageSystemAttributes=trace)
        self.assertEqual(sent["MD5OfMessageSystemAttributes"], "5ae4d5d7636402d80f4eb6d213245a88")
        self.receive(url)
        found = self.receive(url, AttributeNames=["All"])[0]["Attributes"]
        self.assertEqual(set(found), {"SenderId", "SentTimestamp", "ApproximateReceiveCount",
                                      "ApproximateFirstReceiveTimestamp", "AWSTraceHeader"})
        self.assertEqual(found["ApproximateReceiveCount"], "2")
        self.assertEqual(found["AWSTraceHeader"], TRACE)
        self.assertTrue(before < int(found["SentTimestamp"]) <= int(found["ApproximateFirstReceiveTimestamp"]))
        some = self.receive(url, AttributeNames=["ApproximateReceiveCount", "SequenceNumber"])[0]["Attributes"]
        self.assertEqual(some, {"ApproximateReceiveCount": "3"})
        self.assertNotIn("Attributes", self.receive(url)[0])

    def test_group_of_a_standard_queue(self):
        url = self.queue()
        sent, = self.send(url, "x", MessageGroupId="tenant-1")
        self.assertNotIn("SequenceNumber", sent)
        found = self.receive(url, AttributeNames=["All"])[0]["Attributes"]
        self.assertEqual(found["MessageGroupId"], "tenant-1")
        self.assertNotIn("SequenceNumber", found)


class Batches(Scenario):
    def test_send_receive_delete(self):
        url = self.queue()
        entries = [{"Id": f"e-{i}", "MessageBody": f"body {i}", "MessageAttributes": ATTRIBUTES} for i in range(10)]
        sent = self.sqs.send_message_batch(QueueUrl=url, Entries=entries)
        self.assertNotIn("Failed", sent)
        self.assertEqual([entry["Id"] for entry in sent["Successful"]], [entry["Id"] for entry in entries])
        self.assertEqual({entry["MD5OfMessageAttributes"] for entry in sent["Successful"]}, {md5_of_attributes(ATTRIBUTES)})
        messages = self.receive_all(url, 10)
        self.assertEqual({m["MessageId"] for m in messages}, {entry["MessageId"] for entry in sent["Successful"]})
        deleted = self.sqs.delete_message_batch(QueueUrl=url, Entries=[
            {"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)])
        self.assertEqual(len(deleted["Successful"]), 10)
        self.assertEqual(self.counts(url), (0, 0, 0))

    def test_some_entries_fail(self):
        url = self.queue(MaximumMessageSize="1024")
        result = self.sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": "good", "MessageBody": "good"},
            {"Id": "long", "MessageBody": "x" * 1025},
            {"Id": "characters", "MessageBody": "a\uffff"},
            {"Id": "delay", "MessageBody": "x", "DelaySeconds": 901},
        ])
        self.assertEqual([entry["Id"] for entry in result["Successful"]], ["good"])
        failed = {entry["Id"]: entry for entry in result["Failed"]}
        self.assertEqual({name: entry["Code"] for name, entry in failed.items()}, {
            "long": "InvalidParameterValue", "characters": "InvalidMessageContents", "delay": "InvalidParameterValue"})
        self.assertEqual({entry["SenderFault"] for entry in failed.values()}, {True})
        self.assertEqual(failed["long"]["Message"], "One or more parameters cannot be validated. Reason: Message must be "
                                                    "shorter than 1024 bytes.")
        self.assertEqual(self.bodies(url), ["good"])

    def test_some_deletes_fail(self):
        url = self.queue()
        self.send(url, "x")
        got, = self.receive(url)
        result = self.sqs.delete_message_batch(QueueUrl=url, Entries=[
            {"Id": "good", "ReceiptHandle": got["ReceiptHandle"]}, {"Id": "bad", "ReceiptHandle": "invalid"}])
        self.assertEqual([entry["Id"] for entry in result["Successful"]], ["good"])
        self.assertEqual(result["Failed"], [{
            "Id": "bad", "Code": "ReceiptHandleIsInvalid", "SenderFault": True,
            "Message": 'The input receipt handle "invalid" is not a valid receipt handle.'}])

    def test_visibility_batch(self):
        url = self.queue()
        self.send(url, "a", "b")
        messages = self.receive_all(url, 2)
        result = self.sqs.change_message_visibility_batch(QueueUrl=url, Entries=[
            {"Id": "now", "ReceiptHandle": messages[0]["ReceiptHandle"], "VisibilityTimeout": 0},
            {"Id": "wrong", "ReceiptHandle": messages[1]["ReceiptHandle"], "VisibilityTimeout": 43201},
            {"Id": "bad", "ReceiptHandle": "invalid", "VisibilityTimeout": 0}])
        self.assertEqual([entry["Id"] for entry in result["Successful"]], ["now"])
        self.assertEqual({e["Id"]: e["Code"] for e in result["Failed"]},
                         {"wrong": "InvalidParameterValue", "bad": "ReceiptHandleIsInvalid"})
        self.assertEqual(self.bodies(url), [messages[0]["Body"]])


class Visibility(Scenario):
    def test_hidden_until_the_timeout(self):
        url = self.queue(VisibilityTimeout="1")
        self.send(url, "x")
        first, = self.receive(url, VisibilityTimeout=3600)
        self.assertEqual(self.bodies(url), [])
        self.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=1)
        second, = self.receive(url, WaitTimeSeconds=20, AttributeNames=["ApproximateReceiveCount"])
        self.assertEqual(second["MessageId"], first["MessageId"])
        self.assertNotEqual(second["ReceiptHandle"], first["ReceiptHandle"])
        self.assertEqual(second["Attributes"]["ApproximateReceiveCount"], "2")

    def test_zero_gives_it_back_at_once(self):
        url = self.queue()
        self.send(url, "x")
        got, = self.receive(url)
        self.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
        self.assertEqual(self.bodies(url), ["x"])

    def test_received_with_zero_stays_and_can_be_deleted(self):
        url = self.queue()
        self.send(url, "x")
        first, = self.receive(url, VisibilityTimeout=0)
        self.receive(url, VisibilityTimeout=0)
        self.assertEqual(self.counts(url), (1, 0, 0))
        self.delete(url, first)
        self.delete(url, first)

    def test_delete_twice(self):
        url = self.queue()
        self.send(url, "x")
        got = self.receive(url)
        self.delete(url, *got)
        self.delete(url, *got)
        self.assertEqual(self.counts(url), (0, 0, 0))

    def test_change_after_delete(self):
        url = self.queue()
        self.send(url, "x")
        got, = self.receive(url)
        self.delete(url, got)
        error = self.fails("InvalidParameterValue", self.sqs.change_message_visibility, QueueUrl=url,
                           ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=1)
        self.assertEqual(error["Error"]["Message"], f"Value {got['ReceiptHandle']} for parameter ReceiptHandle is invalid. "
                         "Reason: Message does not exist or is not available for visibility timeout change.")

    def test_no_more_than_twelve_hours_in_all(self):
        url = self.queue()
        self.send(url, "x")
        got, = self.receive(url)
        error = self.fails("InvalidParameterValue", self.sqs.change_message_visibility, QueueUrl=url,
                           ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=43200)
        self.assertIn("Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
                      error["Error"]["Message"])

    def test_handle_of_another_queue(self):
        url, other = self.queue(), self.queue()
        self.send(url, "x")
        got, = self.receive(url)
        error = self.fails("ReceiptHandleIsInvalid", self.sqs.delete_message, QueueUrl=other,
                           ReceiptHandle=got["ReceiptHandle"])
        self.assertEqual(error["Error"]["Message"],
                         f'The receipt handle "{got["ReceiptHandle"]}" is not valid for this queue.')

    def test_delay_of_message_and_queue(self):
        url = self.queue(DelaySeconds="900")
        self.send(url, "queue's delay")
        self.send(url, "a second", DelaySeconds=1)
        self.send(url, "none", DelaySeconds=0)
        self.assertEqual(self.bodies(url), ["none"])
        self.assertEqual(self.bodies(url, WaitTimeSeconds=20), ["a second"])
        self.assertEqual(self.counts(url), (0, 2, 1))


class Polling(Scenario):
    def test_short_poll_of_an_empty_queue(self):
        answer = self.sqs.receive_message(QueueUrl=self.queue())
        self.assertNotIn("Messages", answer)

    def test_default_is_one_message(self):
        url = self.queue()
        self.send(url, "a", "b")
        self.assertEqual(len(self.sqs.receive_message(QueueUrl=url)["Messages"]), 1)

    def test_a_send_wakes_a_poller(self):
        url = self.queue(ReceiveMessageWaitTimeSeconds="20")
        got = []
        poller = threading.Thread(target=lambda: got.extend(self.bodies(url)))
        poller.start()
        self.send(url, "x")
        poller.join(19)
        self.assertEqual(got, ["x"])

    def test_one_message_for_one_of_many_pollers(self):
        url = self.queue()
        got = []
        pollers = [threading.Thread(target=lambda: got.append(self.bodies(url, WaitTimeSeconds=2))) for _ in range(8)]
        for poller in pollers:
            poller.start()
        self.send(url, "only one")
        for poller in pollers:
            poller.join()
        self.assertEqual(sorted(got), [[]] * 7 + [["only one"]])

    def test_an_empty_wait_ends(self):
        url = self.queue()
        self.assertEqual(self.receive(url, WaitTimeSeconds=1), [])


class Restart(Scenario):
    """Each with a server of its own, since it is killed."""

    def check_survival(self, hard):
        with Server() as server:
            self.sqs = client(server)
            url = self.queue(DelaySeconds="0", VisibilityTimeout="3600")
            self.sqs.tag_queue(QueueUrl=url, Tags={"a": "b"})
            self.send(url, "kept", MessageAttributes=ATTRIBUTES)
            self.send(url, "delayed", DelaySeconds=900)
            self.send(url, "in flight")
            flying = self.receive(url, MaxNumberOfMessages=1)[0]
            self.send(url, "deleted")
            for message in self.receive(url, MaxNumberOfMessages=10):
                if message["Body"] == "deleted":
                    self.delete(url, message)
                else:
                    self.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"],
                                                       VisibilityTimeout=0)
            server.restart(hard)
            self.assertEqual(self.counts(url), (1, 1, 1))
            self.assertEqual(self.sqs.list_queue_tags(QueueUrl=url)["Tags"], {"a": "b"})
            back, = self.receive(url, MessageAttributeNames=["All"], AttributeNames=["ApproximateReceiveCount"])
            self.assertEqual({back["Body"], flying["Body"]}, {"kept", "in flight"})
            self.assertEqual(back["Attributes"]["ApproximateReceiveCount"], "2")
            self.delete(url, flying)  # the handle of before the restart
            self.assertEqual(self.counts(url), (0, 1, 1))

    def test_killed(self):
        self.check_survival(hard=True)

    def test_stopped(self):
        self.check_survival(hard=False)

    def test_many_messages(self):
        with Server() as server:
            self.sqs = client(server)
            url = self.queue()
            for start in range(0, 1000, 10):
                self.sqs.send_message_batch(QueueUrl=url, Entries=[
                    {"Id": str(i), "MessageBody": str(i)} for i in range(start, start + 10)])
            server.restart()
            messages = self.receive_all(url, 1000)
            self.assertEqual(sorted(int(m["Body"]) for m in messages), list(range(1000)))
