"""The table of errors of streams, kinesis_error_cases.json: code, HTTP status, and what the message names."""
import json
import pathlib
import urllib.error
import urllib.request

from botocore import xform_name
from botocore.exceptions import ClientError

from base import server
from scenario_errors import filled
from streams import FIRST, StreamScenario

CASES = json.loads((pathlib.Path(__file__).parent / "kinesis_error_cases.json").read_text())


class StreamErrors(StreamScenario):
    def known(self, case):
        """Whether this botocore knows all that the case says."""
        model = self.kinesis.meta.service_model
        if case["operation"] not in model.operation_names:
            return False
        return set(case["input"]) <= set(model.operation_model(case["operation"]).input_shape.members)

    def test_table(self):
        name = self.stream()
        names = {"stream": name, "stream_arn": self.arn(name), "gone": f"{name}-gone", "gone_arn": self.arn(f"{name}-gone"),
                 "shard": FIRST, "iterator": self.iterator(name)}
        names["consumer"] = self.kinesis.register_stream_consumer(StreamARN=self.arn(name),
                                                                  ConsumerName="c")["Consumer"]["ConsumerARN"]
        before = self.description(name)
        for case in CASES:
            if self.known(case):
                with self.subTest(case["name"]):
                    self.check_case(case, names)
        self.assertEqual(self.description(name), before, "what is refused changes nothing")
        self.assertEqual(self.data(name), [])

    def check_case(self, case, names):
        with self.assertRaises(ClientError) as caught:
            getattr(self.kinesis, xform_name(case["operation"]))(**filled(case["input"], names))
        response = caught.exception.response
        self.assertEqual(response["Error"]["Code"], case["code"], caught.exception)
        self.assertIn(filled(case["message"], names), response["Error"]["Message"])
        self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], 400)
        self.assertRegex(response["ResponseMetadata"]["RequestId"], r"^[0-9a-f-]{36}$")

    def test_exception_classes(self):
        with self.assertRaises(self.kinesis.exceptions.ResourceNotFoundException):
            self.kinesis.describe_stream(StreamName="never-was")
        with self.assertRaises(self.kinesis.exceptions.InvalidArgumentException):
            self.kinesis.get_records(ShardIterator="garbage")
        with self.assertRaises(self.kinesis.exceptions.ResourceInUseException):
            self.kinesis.create_stream(StreamName=self.stream(), ShardCount=1)

    def plain(self, operation, body):
        """The status and the type of the error, without an SDK."""
        request = urllib.request.Request(server(*self.flags).url, body, {
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"Kinesis_20131202.{operation}"})
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        with caught.exception as error:
            return error.code, json.load(error)["__type"]

    def test_wrong_types(self):
        name = self.stream()
        wrong = ({"StreamName": [name], "PartitionKey": "k", "Data": "eA=="},
                 {"StreamName": name, "PartitionKey": "k", "Data": "not base64!"},
                 {"StreamName": name, "PartitionKey": "k", "Data": {}})
        for body in (b"[]", b'"text"', b"{", b"", *(json.dumps(members).encode() for members in wrong)):
            with self.subTest(body):
                status, kind = self.plain("PutRecord", body)
                self.assertEqual(status, 400)
                self.assertRegex(kind, r"(^|#)(SerializationException|ValidationException)$")
        self.assertEqual(self.data(name), [])

    def test_unknown_operation(self):
        status, kind = self.plain("FooBar", b"{}")
        self.assertEqual(status, 400)
        self.assertRegex(kind, r"(^|#)UnknownOperationException$")
