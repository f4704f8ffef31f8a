"""The table of errors of topics, sns_error_cases.json: code, HTTP status, and what the message says."""
import json
import pathlib
import urllib.error
import urllib.parse
import urllib.request

from botocore import xform_name
from botocore.exceptions import ClientError

from scenario_errors import filled
from topics import TopicScenario

CASES = json.loads((pathlib.Path(__file__).parent / "sns_error_cases.json").read_text())


class TopicErrors(TopicScenario):
    def test_table(self):
        topic, fifo, queue_arn = self.topic(), self.fifo_topic(), self.arn(self.queue())
        self.sns.add_permission(TopicArn=topic, Label="there", AWSAccountId=["111111111111"], ActionName=["Publish"])
        names = {"topic": topic, "fifo": fifo, "queue_arn": queue_arn,
                 "subscription": self.subscribe(topic, "sqs", queue_arn)}
        before = self.topic_attributes(topic), self.subscription_attributes(names["subscription"])
        for case in CASES:
            with self.subTest(case["name"]):
                self.check_case(case, names)
        self.assertEqual((self.topic_attributes(topic), self.subscription_attributes(names["subscription"])), before,
                         "what is refused changes nothing")

    def check_case(self, case, names):
        with self.assertRaises(ClientError) as caught:
            getattr(self.sns, xform_name(case["operation"]))(**filled(case["input"], names))
        response = caught.exception.response
        error = response["Error"]
        self.assertEqual((error["Code"], response["ResponseMetadata"]["HTTPStatusCode"], error["Type"]),
                         (case["code"], case["status"], "Sender"), error.get("Message"))
        self.assertIn(filled(case["message"], names), error["Message"])
        self.assertRegex(response["ResponseMetadata"]["RequestId"], r"^[0-9a-f-]{36}$")

    def test_every_operation_has_a_case_or_cannot_fail(self):
        never = {"GetSMSAttributes", "GetSMSSandboxAccountStatus"}
        self.assertEqual(set(self.sns.meta.service_model.operation_names) - {case["operation"] for case in CASES}, never)

    def test_exception_classes(self):
        with self.assertRaises(self.sns.exceptions.NotFoundException):
            self.publish(self.topic() + "-gone", "x")
        with self.assertRaises(self.sns.exceptions.InvalidParameterException):
            self.publish(self.topic(), "")
        with self.assertRaises(self.sns.exceptions.ResourceNotFoundException):
            self.sns.list_tags_for_resource(ResourceArn=self.topic() + "-gone")

    def plain(self, **parameters):
        """The status and the text of the error, without an SDK."""
        form = urllib.parse.urlencode({"Version": "2010-03-31", **parameters}).encode()
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(self.server.url, form)
        with caught.exception as error:
            return error.code, error.read().decode()

    def test_plain_requests(self):
        topic = self.topic()
        for parameters, code in (({"Action": "Publish", "TopicArn": topic}, "ValidationError"),
                                 ({"Action": "Publish", "TopicArn": topic, "Message": "x",
                                   "MessageAttributes.entry.1.Name": "a",
                                   "MessageAttributes.entry.1.Value.DataType": "Binary",
                                   "MessageAttributes.entry.1.Value.BinaryValue": "no base64!"}, "MalformedInput")):
            with self.subTest(parameters):
                status, text = self.plain(**parameters)
                self.assertEqual(status, 400)
                self.assertIn("http://sns.amazonaws.com/doc/2010-03-31/", text)
                self.assertIn(f"<Code>{code}</Code>", text)
        self.assertEqual(self.plain(Action="NoSuch")[0], 400)
