"""Deliveries to functions, mailboxes, phones, devices and streams, each played by a server that speaks its protocol."""
import datetime
import email.header
import email.utils
import json
import pathlib

from outside import OutsideScenario
from topics import UUID, fetch, signature_is_good, string

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:orders"
ROLE = "arn:aws:iam::000000000000:role/firehose"


class Functions(OutsideScenario):
    def invoked(self, topic):
        """The next event of this topic."""
        while True:
            seen = self.world.functions.wait("invoked")
            if topic in seen["payload"]:
                return seen

    def test_an_event(self):
        topic = self.topic()
        arn = self.subscribe(topic, "lambda", FUNCTION)
        sent = self.publish(topic, "Größe", Subject="S", MessageAttributes={
            "a": string("x"), "b": {"DataType": "Binary", "BinaryValue": b"\x00"}})
        seen = self.invoked(topic)
        self.assertEqual((seen["answer"], seen["type"], seen["region"]), (202, "Event", "us-east-1"))
        record, = json.loads(seen["payload"])["Records"]
        self.assertEqual((record["EventSource"], record["EventVersion"], record["EventSubscriptionArn"]),
                         ("aws:sns", "1.0", arn))
        body = record["Sns"]
        self.assertEqual((body["MessageId"], body["Message"], body["Subject"], body["TopicArn"]),
                         (sent["MessageId"], "Größe", "S", topic))
        self.assertEqual(body["MessageAttributes"], {
            "a": {"Type": "String", "Value": "x"}, "b": {"Type": "Binary", "Value": "AA=="}})
        self.assertIn(arn, body["UnsubscribeUrl"])
        self.assertTrue(signature_is_good({**body, "SigningCertURL": body["SigningCertUrl"]}))

    def test_an_alias(self):
        topic = self.topic()
        self.subscribe(topic, "lambda", FUNCTION + ":live")
        self.publish(topic, "x")
        self.assertEqual(self.invoked(topic)["qualifier"], "live")

    def test_a_function_that_is_busy_is_called_again(self):
        topic = self.topic()
        self.subscribe(topic, "lambda", FUNCTION)
        self.world.functions.command(function="orders", status=429, error="TooManyRequestsException", times=2)
        self.publish(topic, "x")
        self.assertEqual([self.invoked(topic)["answer"] for _ in range(3)], [429, 429, 202])

    def test_a_function_that_is_not_there(self):
        topic, dead = self.topic(), self.queue()
        self.subscribe(topic, "lambda", FUNCTION + "-gone", RedrivePolicy=self.redrive(dead))
        self.publish(topic, "x")
        message, = self.receive_all(dead, 1, MessageAttributeNames=["All"])
        self.assertEqual(message["MessageAttributes"]["ErrorCode"]["StringValue"], "404")


class Mail(OutsideScenario):
    def confirmed_mailbox(self, topic, protocol, address):
        self.subscribe(topic, protocol, address)
        mail = self.world.mail.wait("mail", to=[address])
        return mail

    def test_mail(self):
        topic, address = self.topic(), f"{self.name()}@example.com"
        asked = self.confirmed_mailbox(topic, "email", address)
        self.assertEqual((asked["from"], asked["secure"], asked["user"]), ("topics@example.com", True, "millrace"))
        self.assertEqual(asked["subject"], "AWS Notification - Subscription Confirmation")
        self.assertIn("topics@example.com", asked["headers"]["From"])
        link = next(word for word in asked["text"].split() if "ConfirmSubscription" in word)
        self.assertIn("ConfirmSubscriptionResponse", fetch(link))
        self.publish(topic, "Grüße 😀\n.\nlast line", Subject="Größe")
        mail = self.world.mail.wait("mail", to=[address])
        self.assertEqual(mail["subject"], "Größe")
        self.assertTrue(mail["text"].replace("\r\n", "\n").startswith("Grüße 😀\n.\nlast line\n"), mail["text"])
        self.publish(topic, "no subject")
        self.assertEqual(self.world.mail.wait("mail", to=[address])["subject"], "AWS Notification Message")
        link = next(word for word in mail["text"].split() if "Action=Unsubscribe" in word)
        fetch(link)
        self.assertEqual(self.subscriptions(topic), [])
        gone = self.world.mail.wait("mail", to=[address])
        self.assertEqual(gone["subject"], "AWS Notification - Unsubscribe Confirmation")

    def test_mail_of_a_topic_with_a_name(self):
        topic, address = self.topic(DisplayName="Größe des Lagers"), f"{self.name()}@example.com"
        fetch(next(word for word in self.confirmed_mailbox(topic, "email", address)["text"].split() if "Token=" in word))
        self.publish(topic, "x")
        sender = email.utils.parseaddr(self.world.mail.wait("mail", to=[address])["headers"]["From"])
        name = str(email.header.make_header(email.header.decode_header(sender[0])))
        self.assertEqual((name, sender[1]), ("Größe des Lagers", "topics@example.com"))

    def test_mail_as_json(self):
        topic, address = self.topic(), f"{self.name()}@example.com"
        asked = json.loads(self.confirmed_mailbox(topic, "email-json", address)["text"])
        self.assertEqual((asked["Type"], asked["TopicArn"]), ("SubscriptionConfirmation", topic))
        self.assertTrue(signature_is_good(asked))
        self.sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])
        sent = self.publish(topic, "Grüße " + "x" * 2000, Subject="S")
        body = json.loads(self.world.mail.wait("mail", to=[address])["text"])
        self.assertEqual((body["MessageId"], body["Message"]), (sent["MessageId"], "Grüße " + "x" * 2000))
        self.assertTrue(signature_is_good(body))

    def test_a_mailbox_that_refuses(self):
        topic, dead, address = self.topic(), self.queue(), f"{self.name()}@example.com"
        link = next(word for word in self.confirmed_mailbox(topic, "email", address)["text"].split() if "Token=" in word)
        fetch(link)
        arn = self.subscriptions(topic)[0]["SubscriptionArn"]
        self.sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RedrivePolicy",
                                             AttributeValue=self.redrive(dead))
        self.world.mail.command(to=address, answer="550 No such user")
        self.publish(topic, "x")
        self.assertEqual(json.loads(self.receive_all(dead, 1)[0]["Body"])["Message"], "x")


class Phones(OutsideScenario):
    def verified(self, phone, sns=None):
        """In the sandbox only numbers that were verified get messages."""
        sns = sns or self.sns
        sns.create_sms_sandbox_phone_number(PhoneNumber=phone)
        text = self.world.smsc.wait("submitted", phone=phone.lstrip("+"))["text"]
        code = next(word for word in text.rstrip(".").split() if word.isdigit())
        sns.verify_sms_sandbox_phone_number(PhoneNumber=phone, OneTimePassword=code)
        return phone

    def test_messages(self):
        phone = self.verified("+41791111111")
        self.assertIn({"PhoneNumber": phone, "Status": "Verified"},
                      self.sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"])
        self.sns.publish(PhoneNumber=phone, Message="Grüße, 5 €", MessageAttributes={
            "AWS.SNS.SMS.SenderID": string("Shop"), "AWS.SNS.SMS.SMSType": string("Transactional")})
        seen = self.world.smsc.wait("submitted", phone=phone.lstrip("+"))
        self.assertEqual((seen["text"], seen["sender"], seen["parts"]), ("Grüße, 5 €", "Shop", 1))
        topic = self.topic(DisplayName="News")
        self.subscribe(topic, "sms", phone)
        text = "日本語😀" * 41
        self.publish(topic, json.dumps({"default": "d", "sms": text}), MessageStructure="json")
        seen = self.world.smsc.wait("submitted", phone=phone.lstrip("+"))
        self.assertEqual((seen["text"], seen["parts"] > 1), ("News> " + text, True))

    def test_a_centre_that_throttles_or_breaks(self):
        phone = self.verified("+41792222222")
        self.world.smsc.command(drop=True)
        self.sns.publish(PhoneNumber=phone, Message="after a break")
        self.assertEqual(self.world.smsc.wait("submitted", phone=phone.lstrip("+"))["text"], "after a break")

    def test_numbers_outside_the_sandbox(self):
        topic, dead = self.topic(), self.queue()
        self.subscribe(topic, "sms", "+41793333333", RedrivePolicy=self.redrive(dead))
        self.publish(topic, "x")
        message, = self.receive_all(dead, 1)
        self.assertEqual(json.loads(message["Body"])["Message"], "x")
        self.assertNotIn("41793333333", [one.get("phone") for one in self.world.smsc.take()])


    def test_who_answers_stop_gets_no_more(self):
        account = "666666666666"
        sns, phone = self.client("sns", key=account), "+41795555555"
        self.verified(phone, sns)
        sns.publish(PhoneNumber=phone, Message="one")
        self.world.smsc.wait("submitted", phone=phone.lstrip("+"))
        self.answer(phone, "thanks")
        self.assertIs(sns.check_if_phone_number_is_opted_out(phoneNumber=phone)["isOptedOut"], False)
        self.answer(phone, "Stop")
        self.assertIs(sns.check_if_phone_number_is_opted_out(phoneNumber=phone)["isOptedOut"], True)
        self.assertEqual(sns.list_phone_numbers_opted_out()["phoneNumbers"], [phone])
        self.fails("OptedOut", sns.create_sms_sandbox_phone_number, PhoneNumber=phone)
        self.assertEqual(self.refusal(account, phone), "Phone number is opted out")
        sns.publish(PhoneNumber=phone, Message="is taken all the same")
        sns.opt_in_phone_number(phoneNumber=phone)
        self.assertEqual(sns.list_phone_numbers_opted_out()["phoneNumbers"], [])
        sns.publish(PhoneNumber=phone, Message="three")
        while self.world.smsc.wait("submitted", phone=phone.lstrip("+"))["text"] != "three":
            pass
        # Once in thirty days.
        self.answer(phone, "UNSUBSCRIBE")
        self.fails("InvalidParameter", sns.opt_in_phone_number, phoneNumber=phone)
        self.assertIs(sns.check_if_phone_number_is_opted_out(phoneNumber=phone)["isOptedOut"], True)

    def answer(self, phone, text):
        self.world.smsc.command(message={"phone": phone.lstrip("+"), "text": text})
        self.assertEqual(self.world.smsc.wait("message-taken")["status"], 0)

    def test_what_an_account_may_spend(self):
        account = "555555555555"
        sns = self.client("sns", key=account)
        phone = self.verified("+41794444444", sns)
        sns.set_sms_attributes(attributes={"DeliveryStatusIAMRole": f"arn:aws:iam::{account}:role/logs"})
        sns.publish(PhoneNumber=phone, Message="x" * (153 * 24 + 1))
        self.assertEqual(self.world.smsc.wait("submitted", phone=phone.lstrip("+"))["parts"], 25)
        self.assertEqual(self.spent(account), 1.0)
        self.assertEqual(self.refusal(account, phone), "No quota left for account")
        sns.set_sms_attributes(attributes={"MonthlySpendLimit": "2"})
        sns.publish(PhoneNumber=phone, Message="again")
        self.assertEqual(self.world.smsc.wait("submitted", phone=phone.lstrip("+"))["text"], "again")
        self.assertEqual(self.spent(account), 1.04)
        rate = self.eventually(lambda: self.success_rate(account, "CH", "Promotional", 3), "all three have ended")
        self.assertEqual(rate, 2)
        long, refused, _ = sorted((line for line in pathlib.Path(self.server.log).read_text().splitlines()
                                   if "sns delivery" in line and phone in line),
                                  key=lambda line: line.split('"timestamp":')[1])
        self.assertIn('"numberOfMessageParts":25,', long)
        self.assertIn('"priceInUSD":1,', long)
        self.assertIn('"status":"SUCCESS"', long)
        self.assertIn('"providerResponse":"No quota left for account"', refused)
        self.assertIn('"status":"FAILURE"', refused)

    def refusal(self, account, phone):
        """Why a message of this account for this phone fails."""
        sns, sqs = self.client("sns", key=account), self.client("sqs", key=account)
        topic = sns.create_topic(Name=self.name())["TopicArn"]
        dead = sqs.create_queue(QueueName=self.name())["QueueUrl"]
        dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=phone,
                      Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn})})
        sns.publish(TopicArn=topic, Message="x")
        message, = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=20, MessageAttributeNames=["All"])["Messages"]
        return message["MessageAttributes"]["ErrorMessage"]["StringValue"]

    def measured(self, account, metric, **dimensions):
        now = datetime.datetime.now(datetime.timezone.utc)
        return self.client("cloudwatch", key=account).get_metric_statistics(
            Namespace="AWS/SNS", MetricName=metric, Statistics=["Maximum", "Sum", "SampleCount"], Period=3600,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - datetime.timedelta(hours=1), EndTime=now + datetime.timedelta(hours=1))["Datapoints"]

    def spent(self, account):
        """What CloudWatch says that text messages of an account have cost this month."""
        return round(max(point["Maximum"] for point in self.measured(account, "SMSMonthToDateSpentUSD")), 6)

    def success_rate(self, account, country, kind, ended):
        """How many were delivered, once so many have ended."""
        points = self.measured(account, "SMSSuccessRate", Country=country, SMSType=kind)
        return sum(point["Sum"] for point in points) if sum(point["SampleCount"] for point in points) == ended else None


class Devices(OutsideScenario):
    DEVICE = "0123456789abcdef" * 4

    def application(self, platform):
        keys = self.world.keys
        attributes = {
            "APNS": {"PlatformCredential": keys.apns, "PlatformPrincipal": "KEYID", "ApplePlatformTeamID": "TEAM",
                     "ApplePlatformBundleID": "org.app"},
            "GCM": {"PlatformCredential": json.dumps(keys.account)},
            "ADM": {"PlatformCredential": "secret", "PlatformPrincipal": "client"}}[platform]
        return self.sns.create_platform_application(Name=self.name(), Platform=platform,
                                                    Attributes=attributes)["PlatformApplicationArn"]

    def endpoint(self, platform, token):
        return self.sns.create_platform_endpoint(PlatformApplicationArn=self.application(platform),
                                                 Token=token)["EndpointArn"]

    def test_apple(self):
        token = self.DEVICE[::-1]
        arn = self.endpoint("APNS", token)
        sent = self.sns.publish(TargetArn=arn, Message="hello", MessageAttributes={
            "AWS.SNS.MOBILE.APNS.TTL": string("600"), "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": string("game")})
        self.assertRegex(sent["MessageId"], f"^{UUID}$")
        seen = self.world.push.wait("push", token=token)
        self.assertEqual(json.loads(seen["payload"])["aps"]["alert"], "hello")
        self.assertEqual((seen["headers"]["apns-topic"], seen["headers"]["apns-collapse-id"]), ("org.app", "game"))
        own = {"aps": {"alert": {"title": "T"}}}
        self.sns.publish(TargetArn=arn, MessageStructure="json",
                         Message=json.dumps({"default": "d", "APNS": json.dumps(own)}))
        self.assertEqual(json.loads(self.world.push.wait("push", token=token)["payload"]), own)

    def test_google(self):
        topic, arn = self.topic(), self.endpoint("GCM", "device-1")
        self.subscribe(topic, "application", arn)
        self.publish(topic, "hello")
        seen = self.world.push.wait("push", token="device-1")
        self.assertIn("hello", seen["payload"])
        own = {"notification": {"title": "T"}, "data": {"n": 1}}
        self.publish(topic, json.dumps({"default": "d", "GCM": json.dumps(own)}), MessageStructure="json")
        message = json.loads(self.world.push.wait("push", token="device-1")["payload"])["message"]
        self.assertEqual((message["notification"], message["data"]), ({"title": "T"}, {"n": "1"}))

    def test_amazon(self):
        arn = self.endpoint("ADM", "amzn1.adm-1")
        self.sns.publish(TargetArn=arn, Message="hello")
        self.assertIn("hello", self.world.push.wait("push", token="amzn1.adm-1")["payload"])

    def test_a_token_that_is_dead_disables_the_endpoint(self):
        topic, dead = self.topic(), self.queue()
        arn = self.endpoint("APNS", self.DEVICE)
        self.subscribe(topic, "application", arn, RedrivePolicy=self.redrive(dead))
        self.world.push.command(device=self.DEVICE, answer="unregistered")
        self.publish(topic, "x")
        self.receive_all(dead, 1)
        self.eventually(lambda: self.sns.get_endpoint_attributes(EndpointArn=arn)["Attributes"]["Enabled"] == "false",
                        "the endpoint is disabled")
        self.fails("EndpointDisabled", self.sns.publish, TargetArn=arn, Message="x")

    def test_a_topic_hears_of_failures(self):
        topic, token = self.topic(), self.DEVICE[2:] + "ff"
        url = self.listener(topic, raw=True)
        arn = self.endpoint("APNS", token)
        application = arn.replace(":endpoint/", ":app/").rsplit("/", 1)[0]
        self.sns.set_platform_application_attributes(PlatformApplicationArn=application,
                                                     Attributes={"EventDeliveryFailure": topic})
        self.world.push.command(device=token, answer="unregistered")
        sent = self.sns.publish(TargetArn=arn, Message="x")
        message, = self.receive_all(url, 1)
        event = json.loads(message["Body"])
        self.assertEqual((event["EventType"], event["FailureType"], event["EndpointArn"], event["MessageId"],
                          event["Resource"]),
                         ("DeliveryFailure", "InvalidPlatformToken", arn, sent["MessageId"], application))


class DeliveryStreams(OutsideScenario):
    def test_records_are_read_from_the_stream(self):
        kinesis = self.client("kinesis")
        name = self.name()
        kinesis.create_stream(StreamName=name, ShardCount=1)
        kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 400})
        endpoint = f"arn:aws:firehose:us-east-1:000000000000:deliverystream/{name}"
        raw, wrapped = self.topic(), self.topic()
        self.subscribe(raw, "firehose", endpoint, SubscriptionRoleArn=ROLE, RawMessageDelivery="true")
        self.subscribe(wrapped, "firehose", endpoint, SubscriptionRoleArn=ROLE)
        self.publish(raw, "raw ü")
        self.publish(wrapped, "wrapped")
        iterator = kinesis.get_shard_iterator(StreamName=name, ShardId="shardId-000000000000",
                                              ShardIteratorType="TRIM_HORIZON")["ShardIterator"]

        def both():
            records = kinesis.get_records(ShardIterator=iterator)["Records"]
            return records if len(records) == 2 else None

        records = self.eventually(both, "both records are in the stream")
        texts = sorted((record["Data"].decode() for record in records), key=len)
        self.assertEqual(texts[0], "raw ü")
        self.assertEqual(json.loads(texts[1])["Message"], "wrapped")

    def test_a_role_is_needed(self):
        endpoint = "arn:aws:firehose:us-east-1:000000000000:deliverystream/x"
        error = self.fails("InvalidParameter", self.subscribe, topic=self.topic(), protocol="firehose", endpoint=endpoint)
        self.assertIn("SubscriptionRoleArn", error["Error"]["Message"])


class DeadLetters(OutsideScenario):
    def test_a_queue_that_is_gone(self):
        topic, url, dead = self.topic(), self.queue(), self.queue()
        arn = self.subscribe(topic, "sqs", self.arn(url), RawMessageDelivery="true",
                             RedrivePolicy=self.redrive(dead))
        self.assertIn("RedrivePolicy", self.subscription_attributes(arn))
        self.sqs.delete_queue(QueueUrl=url)
        self.publish(topic, "x", MessageAttributes={"a": string("y")})
        message, = self.receive_all(dead, 1)
        self.assertEqual(message["Body"], "x")

    def test_in_a_fifo_topic(self):
        topic = self.fifo_topic(ContentBasedDeduplication="true")
        url, dead = self.fifo(), self.fifo()
        self.subscribe(topic, "sqs", self.arn(url), RawMessageDelivery="true",
                       RedrivePolicy=self.redrive(dead))
        self.sqs.delete_queue(QueueUrl=url)
        for i in range(3):
            self.publish(topic, str(i), MessageGroupId="g")
        bodies = []
        while len(bodies) < 3:
            messages = self.receive(dead, WaitTimeSeconds=10)
            self.assertTrue(messages, f"only {bodies} came")
            bodies += [message["Body"] for message in messages]
            self.delete(dead, *messages)
        self.assertEqual(bodies, ["0", "1", "2"])
