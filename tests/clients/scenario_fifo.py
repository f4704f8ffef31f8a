"""FIFO queues: order, groups, deduplication."""
import hashlib

from base import Scenario, client
from support.server import Server


class Fifo(Scenario):
    def put(self, url, body, group="g", **options):
        return self.sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group, **options)

    def test_order_and_sequence_numbers(self):
        url = self.fifo(ContentBasedDeduplication="true")
        sent = [self.put(url, f"m{i}") for i in range(25)]
        numbers = [int(answer["SequenceNumber"]) for answer in sent]
        self.assertEqual(numbers, sorted(set(numbers)))
        got = []
        while len(got) < 25:
            messages = self.receive(url, WaitTimeSeconds=5, AttributeNames=["All"])
            self.assertTrue(messages)
            self.delete(url, *messages)
            got += messages
        self.assertEqual([m["Body"] for m in got], [f"m{i}" for i in range(25)])
        self.assertEqual([int(m["Attributes"]["SequenceNumber"]) for m in got], numbers)
        self.assertEqual({m["Attributes"]["MessageGroupId"] for m in got}, {"g"})
        self.assertEqual(got[0]["Attributes"]["MessageDeduplicationId"], hashlib.sha256(b"m0").hexdigest())

    def test_group_is_blocked_while_in_flight(self):
        url = self.fifo(ContentBasedDeduplication="true")
        for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
            self.put(url, body, group)
        first, = self.receive(url, MaxNumberOfMessages=1)
        self.assertEqual(first["Body"], "a1")
        self.assertEqual(self.bodies(url), ["b1"])
        self.assertEqual(self.bodies(url), [])
        self.assertEqual(self.counts(url), (1, 2, 0))
        self.delete(url, first)
        self.assertEqual(self.bodies(url), ["a2"])

    def test_one_group_is_drained_before_the_next(self):
        url = self.fifo(ContentBasedDeduplication="true")
        for i in range(3):
            for group in "ab":
                self.put(url, f"{group}{i}", group)
        self.assertEqual(self.bodies(url), ["a0", "a1", "a2", "b0", "b1", "b2"])

    def test_given_back_comes_first_again(self):
        url = self.fifo(ContentBasedDeduplication="true")
        for i in range(3):
            self.put(url, f"m{i}")
        first, = self.receive(url, MaxNumberOfMessages=1)
        self.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
        self.assertEqual(self.bodies(url), ["m0", "m1", "m2"])

    def test_duplicates(self):
        url = self.fifo()
        first = self.put(url, "one", MessageDeduplicationId="d")
        again = self.put(url, "two", MessageDeduplicationId="d")
        self.assertEqual((again["MessageId"], again["SequenceNumber"]), (first["MessageId"], first["SequenceNumber"]))
        self.assertEqual(again["MD5OfMessageBody"], hashlib.md5(b"two").hexdigest())
        got = self.receive(url)
        self.assertEqual([m["Body"] for m in got], ["one"])
        self.delete(url, *got)
        self.put(url, "three", MessageDeduplicationId="d")  # deleted messages are remembered
        self.put(url, "four", "another-group", MessageDeduplicationId="d")
        self.assertEqual(self.bodies(url), [])

    def test_duplicates_within_a_group_only(self):
        url = self.fifo(DeduplicationScope="messageGroup")
        for group in "abab":
            self.put(url, group, group, MessageDeduplicationId="d")
        self.assertEqual(self.bodies(url), ["a", "b"])

    def test_content_is_the_body_alone(self):
        url = self.fifo(ContentBasedDeduplication="true")
        self.put(url, "same", MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}})
        self.put(url, "same", MessageAttributes={"n": {"DataType": "Number", "StringValue": "2"}})
        self.put(url, "same", MessageDeduplicationId="explicit")
        self.assertEqual(self.bodies(url), ["same", "same"])

    def test_batch_keeps_order(self):
        url = self.fifo()
        sent = self.sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": f"e{i}", "MessageBody": f"m{i}", "MessageGroupId": "g", "MessageDeduplicationId": str(i % 8)}
            for i in range(10)])
        self.assertEqual(len(sent["Successful"]), 10)
        self.assertEqual(self.bodies(url), [f"m{i}" for i in range(8)])

    def test_expired_handle(self):
        url = self.fifo(ContentBasedDeduplication="true", VisibilityTimeout="0")
        self.put(url, "x")
        first, = self.receive(url)
        error = self.fails("InvalidParameterValue", self.sqs.delete_message, QueueUrl=url,
                           ReceiptHandle=first["ReceiptHandle"])
        self.assertEqual(error["Error"]["Message"], f"Value {first['ReceiptHandle']} for parameter ReceiptHandle is "
                                                    "invalid. Reason: The receipt handle has expired.")

    def test_attempt_id_gives_the_same_messages(self):
        url = self.fifo(ContentBasedDeduplication="true")
        self.put(url, "m0")
        first = self.receive(url, ReceiveRequestAttemptId="attempt-1")
        again = self.receive(url, ReceiveRequestAttemptId="attempt-1")
        self.assertEqual([m["Body"] for m in again], ["m0"])
        self.assertEqual([m["MessageId"] for m in again], [m["MessageId"] for m in first])
        self.assertEqual(self.receive(url, ReceiveRequestAttemptId="attempt-2"), [])

    def test_purge_forgets_duplicates(self):
        url = self.fifo()
        self.put(url, "one", MessageDeduplicationId="d")
        self.sqs.purge_queue(QueueUrl=url)
        self.put(url, "two", MessageDeduplicationId="d")
        self.assertEqual(self.bodies(url), ["two"])

    def test_restart_in_the_middle(self):
        with Server() as server:
            self.sqs = client(server)
            url = self.fifo()
            for body, group in (("a0", "a"), ("b0", "b"), ("a1", "a")):
                self.put(url, body, group, MessageDeduplicationId=body)
            flying, = self.receive(url, MaxNumberOfMessages=1, VisibilityTimeout=3600)
            self.assertEqual(flying["Body"], "a0")
            server.restart()
            self.put(url, "again", "b", MessageDeduplicationId="b0")
            self.assertEqual(self.bodies(url), ["b0"])  # group a is still in flight, b0 is still known
            self.delete(url, flying)
            self.assertEqual(self.bodies(url), ["a1"])
