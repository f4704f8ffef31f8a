"""Dead letters, and the tasks that move them back."""
import json
import re
import urllib.error
import urllib.parse
import urllib.request

from base import Scenario, has_move_tasks, policy, server


class Pairs(Scenario):
    def pair(self, count=1, fifo=False):
        make = self.fifo if fifo else self.queue
        target = make()
        return make(VisibilityTimeout="0", RedrivePolicy=policy(self.arn(target), count)), target


class DeadLetters(Pairs):
    def test_moved_after_too_many_receives(self):
        url, target = self.pair(2)
        sent, = self.send(url, "x", MessageAttributes={"a": {"DataType": "String", "StringValue": "b"}})
        for _ in range(2):
            first, = self.receive(url, AttributeNames=["SentTimestamp"])
        self.assertEqual(self.bodies(url), [])
        dead, = self.receive_all(target, 1, AttributeNames=["All"], MessageAttributeNames=["All"])
        self.assertEqual((dead["Body"], dead["MessageId"]), ("x", sent["MessageId"]))
        self.assertEqual(dead["MessageAttributes"]["a"]["StringValue"], "b")
        self.assertEqual(dead["Attributes"]["ApproximateReceiveCount"], "3")
        self.assertEqual(dead["Attributes"]["SentTimestamp"], first["Attributes"]["SentTimestamp"])
        self.assertEqual(dead["Attributes"]["DeadLetterQueueSourceArn"], self.arn(url))

    def test_fifo_group_goes_on(self):
        url, target = self.pair(1, fifo=True)
        for body in ("m0", "m1"):
            self.send(url, body, MessageGroupId="g", MessageDeduplicationId=body)
        self.assertEqual(self.bodies(url, MaxNumberOfMessages=1), ["m0"])
        self.assertEqual(self.bodies(url, MaxNumberOfMessages=1, WaitTimeSeconds=5), ["m1"])
        dead, = self.receive_all(target, 1, AttributeNames=["All"])
        self.assertEqual((dead["Body"], dead["Attributes"]["MessageGroupId"], dead["Attributes"]["MessageDeduplicationId"]),
                         ("m0", "g", "m0"))

    def test_policy_is_returned(self):
        url, target = self.pair(42)
        self.assertEqual(json.loads(self.attribute(url, "RedrivePolicy")),
                         {"deadLetterTargetArn": self.arn(target), "maxReceiveCount": 42})
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})
        self.assertIsNone(self.attribute(url, "RedrivePolicy"))

    def test_sources_are_listed_in_pages(self):
        target = self.queue()
        self.assertEqual(self.sqs.list_dead_letter_source_queues(QueueUrl=target).get("queueUrls", []), [])
        sources = sorted(self.queue(RedrivePolicy=policy(self.arn(target), 3)) for _ in range(3))
        found = self.sqs.list_dead_letter_source_queues(QueueUrl=target)
        self.assertEqual(sorted(found["queueUrls"]), sources)
        page = self.sqs.list_dead_letter_source_queues(QueueUrl=target, MaxResults=2)
        rest = self.sqs.list_dead_letter_source_queues(QueueUrl=target, MaxResults=2, NextToken=page["NextToken"])
        self.assertEqual(sorted(page["queueUrls"] + rest["queueUrls"]), sources)
        self.assertNotIn("NextToken", rest)

    def test_a_target_may_refuse(self):
        target = self.queue(RedriveAllowPolicy=json.dumps({"redrivePermission": "denyAll"}))
        with self.assertRaises(self.sqs.exceptions.ClientError):
            self.queue(RedrivePolicy=policy(self.arn(target), 1))


class MoveTasks(Pairs):
    """Through the SDK where it has the operations, with plain query requests where it does not."""

    def call(self, operation, **parameters):
        """Gives the answer's members as text, or raises urllib's HTTPError."""
        if has_move_tasks(self.sqs):
            method = {"StartMessageMoveTask": "start_message_move_task", "CancelMessageMoveTask": "cancel_message_move_task",
                      "ListMessageMoveTasks": "list_message_move_tasks"}[operation]
            answer = getattr(self.sqs, method)(**parameters)
            members = answer["Results"][0] if answer.get("Results") else answer
            return {name: str(value) for name, value in members.items()}
        form = urllib.parse.urlencode({"Action": operation, "Version": "2012-11-05", **parameters})
        with urllib.request.urlopen(server().url, form.encode()) as answer:
            return dict(re.findall(r"<(\w+)>([^<]*)</\1>", answer.read().decode()))

    def dead_letters(self, count):
        url, target = self.pair(1)
        bodies = [f"m{i}" for i in range(count)]
        self.send(url, *bodies)
        for _ in bodies:
            self.receive(url)
        self.receive(url)
        while self.counts(target)[0] < count:
            self.receive(url)
        return url, target, bodies

    def finished(self, target):
        """Waits for the task by polling what it reports; the messages' arrival is awaited by the callers' long polls."""
        while (task := self.call("ListMessageMoveTasks", SourceArn=self.arn(target)))["Status"] == "RUNNING":
            pass
        return task

    def test_back_to_their_source(self):
        url, target, bodies = self.dead_letters(5)
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "600"})
        started = self.call("StartMessageMoveTask", SourceArn=self.arn(target))
        self.assertTrue(started["TaskHandle"])
        self.assertEqual(sorted(m["Body"] for m in self.receive_all(url, 5)), bodies)
        task = self.finished(target)
        self.assertEqual((task["Status"], task["ApproximateNumberOfMessagesMoved"]), ("COMPLETED", "5"))
        self.assertEqual(task["SourceArn"], self.arn(target))
        self.assertNotIn("TaskHandle", task)
        self.assertNotIn("DestinationArn", task)
        self.assertEqual(self.counts(target), (0, 0, 0))

    def test_to_a_named_queue_slowly_and_cancelled(self):
        _, target, bodies = self.dead_letters(5)
        other = self.queue()
        started = self.call("StartMessageMoveTask", SourceArn=self.arn(target), DestinationArn=self.arn(other),
                            MaxNumberOfMessagesPerSecond=1)
        with self.assertRaises((urllib.error.HTTPError, self.sqs.exceptions.ClientError)):
            self.call("StartMessageMoveTask", SourceArn=self.arn(target))
        moved = self.receive_all(other, 1)
        self.assertIn(moved[0]["Body"], bodies)
        task = self.call("ListMessageMoveTasks", SourceArn=self.arn(target))
        self.assertEqual((task["Status"], task["DestinationArn"], task["MaxNumberOfMessagesPerSecond"]),
                         ("RUNNING", self.arn(other), "1"))
        self.call("CancelMessageMoveTask", TaskHandle=started["TaskHandle"])
        while (task := self.call("ListMessageMoveTasks", SourceArn=self.arn(target)))["Status"] == "CANCELLING":
            pass
        self.assertEqual(task["Status"], "CANCELLED")
        self.assertEqual(self.counts(target)[0] + self.counts(other)[0] + self.counts(other)[1], 5)
        self.assertGreater(self.counts(target)[0], 0)
