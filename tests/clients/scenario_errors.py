"""The table of errors, error_cases.json: code, HTTP status and message as the SDK shows them."""
import json
import pathlib
import urllib.error
import urllib.request

from base import Scenario, has_move_tasks, server, speaks_json
from botocore import xform_name
from botocore.exceptions import ClientError

CASES = json.loads((pathlib.Path(__file__).parent / "error_cases.json").read_text())


def filled(value, names):
    """The input with its placeholders ($standard, $times:x:81 …) replaced."""
    if isinstance(value, dict):
        return {filled(key, names): filled(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, names) for item in value]
    if not isinstance(value, str):
        return value
    if value.startswith("$times:"):
        _, text, count = value.split(":")
        return text * int(count)
    for name in sorted(names, key=len, reverse=True):
        value = value.replace(f"${name}", names[name])
    return value


class Errors(Scenario):
    def test_table(self):
        names = {"standard": self.queue(), "fifo": self.fifo(), "garbage": "garbage"}
        names["gone"] = names["standard"] + "-gone"
        self.send(names["standard"], "x")
        names["handle"] = self.receive(names["standard"])[0]["ReceiptHandle"]
        names["standard_name"] = names["standard"].rsplit("/", 1)[1]
        names["standard_arn"], names["fifo_arn"] = self.arn(names["standard"]), self.arn(names["fifo"])
        for case in CASES:
            if "MoveTask" in case["operation"] and not has_move_tasks(self.sqs):
                continue  # scenario_dead_letters.py asks for these without the SDK
            with self.subTest(case["name"]):
                self.check_case(case, names)

    def check_case(self, case, names):
        with self.assertRaises(ClientError) as caught:
            getattr(self.sqs, xform_name(case["operation"]))(**filled(case["input"], names))
        response = caught.exception.response
        error = response["Error"]
        self.assertEqual(error["Code"], case["code"], error.get("Message"))
        self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], case["status"])
        self.assertEqual(error["Type"], "Sender")
        message = case.get("message")
        if speaks_json(self.sqs):
            self.assertEqual(error["QueryErrorCode"], case["shape"])
        else:
            message = case.get("query_message", message)
        if message is not None:
            self.assertEqual(error["Message"], filled(message, names))
        self.assertRegex(response["ResponseMetadata"]["RequestId"], r"^[0-9a-f-]{36}$")

    def test_exception_classes(self):
        with self.assertRaises(self.sqs.exceptions.QueueDoesNotExist):
            self.sqs.send_message(QueueUrl=self.queue() + "-gone", MessageBody="x")
        with self.assertRaises(self.sqs.exceptions.ReceiptHandleIsInvalid):
            self.sqs.delete_message(QueueUrl=self.queue(), ReceiptHandle="garbage")
        with self.assertRaises(self.sqs.exceptions.QueueNameExists):
            name = self.name()
            self.sqs.create_queue(QueueName=name)
            self.sqs.create_queue(QueueName=name, Attributes={"DelaySeconds": "1"})

    def test_wrong_types(self):
        """Only JSON has types to get wrong; they are refused before the operation sees them."""
        if not speaks_json(self.sqs):
            return
        url = self.queue()
        for body in ({"QueueUrl": url, "MessageBody": {}}, {"QueueUrl": url, "MessageBody": ["x"]},
                     {"QueueUrl": url, "MessageBody": "x", "DelaySeconds": "soon"},
                     {"QueueUrl": url, "MessageBody": "x", "DelaySeconds": True}, [], "text"):
            with self.subTest(str(body)):
                request = urllib.request.Request(server().url, json.dumps(body).encode(), {
                    "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"})
                with self.assertRaises(urllib.error.HTTPError) as caught:
                    urllib.request.urlopen(request)
                with caught.exception as error:
                    self.assertEqual(error.code, 400)
                    self.assertIn("SerializationException", json.load(error)["__type"])

    def test_unknown_operation(self):
        request = urllib.request.Request(server().url, b"Action=FooBar&Version=2012-11-05")
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        with caught.exception as error:
            self.assertEqual(error.code, 400)
            self.assertIn(b"<Code>InvalidAction</Code>", error.read())
