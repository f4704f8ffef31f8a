"""Deliveries over HTTP and HTTPS: the handshake, what arrives, retries, dead letters, and restarts in between."""
import json
import time
import urllib.error

from outside import OutsideScenario, headers_of
from support.server import Server
from topics import UUID, fetch, signature_is_good, string

# Tried again after a second at most, and soon given up.
IMPATIENT = json.dumps({"healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 2,
                                               "numNoDelayRetries": 2}})
PATIENT = json.dumps({"healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 100}})
# What was under way when the server died is tried again before its lease, of half a minute, is over.
SOON_SECONDS = 15


class Handshake(OutsideScenario):
    def test_a_subscription_is_confirmed_by_token(self):
        topic, path = self.topic(), self.path()
        self.subscribe(topic, "http", self.url(path))
        request = self.request(path)
        headers, body = headers_of(request), request["json"]
        self.assertEqual(request["method"], "POST")
        self.assertEqual({name: headers.get(name) for name in (
            "x-amz-sns-message-type", "x-amz-sns-message-id", "x-amz-sns-topic-arn", "x-amz-sns-subscription-arn",
            "content-type", "user-agent")}, {
            "x-amz-sns-message-type": "SubscriptionConfirmation", "x-amz-sns-message-id": body["MessageId"],
            "x-amz-sns-topic-arn": topic, "x-amz-sns-subscription-arn": None, "content-type": "text/plain; charset=UTF-8",
            "user-agent": "Amazon Simple Notification Service Agent"})
        self.assertEqual(list(body), ["Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp",
                                      "SignatureVersion", "Signature", "SigningCertURL"])
        self.assertTrue(signature_is_good(body))
        self.publish(topic, "too early")
        arn = self.sns.confirm_subscription(TopicArn=topic, Token=body["Token"])["SubscriptionArn"]
        self.assertRegex(arn, f"^{topic}:{UUID}$")
        found = self.subscription_attributes(arn)
        self.assertEqual((found["PendingConfirmation"], found["ConfirmationWasAuthenticated"]), ("false", "true"))
        self.assertEqual(self.sns.confirm_subscription(TopicArn=topic, Token=body["Token"])["SubscriptionArn"], arn)
        self.publish(topic, "in time")
        self.assertEqual(self.request(path)["json"]["Message"], "in time")

    def test_a_subscription_is_confirmed_by_the_link(self):
        topic, path = self.topic(), self.path()
        self.subscribe(topic, "https", self.url(path, "https"))
        request = self.request(path)
        self.assertTrue(request["secure"])
        answer = fetch(request["json"]["SubscribeURL"])
        arn = self.subscriptions(topic)[0]["SubscriptionArn"]
        self.assertIn(f"<SubscriptionArn>{arn}</SubscriptionArn>", answer)
        self.assertEqual(self.subscription_attributes(arn)["ConfirmationWasAuthenticated"], "false")

    def test_subscribing_again_asks_again(self):
        topic, path = self.topic(), self.path()
        self.subscribe(topic, "http", self.url(path))
        first = self.request(path)["json"]["Token"]
        self.subscribe(topic, "http", self.url(path))
        self.request(path)
        # Either question may be answered.
        self.sns.confirm_subscription(TopicArn=topic, Token=first)
        self.assertEqual(self.topic_attributes(topic)["SubscriptionsConfirmed"], "1")

    def test_the_link_of_a_notification_ends_it_and_a_token_takes_it_back(self):
        topic, path = self.topic(), self.path()
        arn = self.confirmed(topic, path)
        self.publish(topic, "x")
        fetch(self.request(path)["json"]["UnsubscribeURL"])
        self.assertEqual(self.subscriptions(topic), [])
        request = self.request(path)
        self.assertEqual(headers_of(request)["x-amz-sns-message-type"], "UnsubscribeConfirmation")
        self.assertEqual(request["json"]["Type"], "UnsubscribeConfirmation")
        self.assertTrue(signature_is_good(request["json"]))
        fetch(request["json"]["SubscribeURL"])
        self.assertEqual([one["SubscriptionArn"] for one in self.subscriptions(topic)], [arn])
        self.publish(topic, "back")
        self.assertEqual(self.request(path)["json"]["Message"], "back")

    def test_only_credentials_may_end_it_where_that_was_asked(self):
        topic, path = self.topic(), self.path()
        self.subscribe(topic, "http", self.url(path))
        token = self.request(path)["json"]["Token"]
        arn = self.sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")["SubscriptionArn"]
        self.publish(topic, "x")
        with self.assertRaises(urllib.error.HTTPError) as caught:
            fetch(self.request(path)["json"]["UnsubscribeURL"])
        with caught.exception as error:
            self.assertEqual(error.code, 403)
        self.sns.unsubscribe(SubscriptionArn=arn)
        self.assertEqual(self.subscriptions(topic), [])

    def test_a_queue_of_another_account_is_asked(self):
        theirs = self.client("sqs", key="222222222222")
        url = theirs.create_queue(QueueName=self.name())["QueueUrl"]
        topic = self.topic()
        self.subscribe(topic, "sqs", f"arn:aws:sqs:us-east-1:222222222222:{url.rsplit('/', 1)[1]}")
        message, = theirs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
        body = json.loads(message["Body"])
        self.assertEqual((body["Type"], body["TopicArn"]), ("SubscriptionConfirmation", topic))
        self.assertTrue(signature_is_good(body))
        theirs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self.sns.confirm_subscription(TopicArn=topic, Token=body["Token"])
        self.publish(topic, "x")
        message, = theirs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
        self.assertEqual(json.loads(message["Body"])["Message"], "x")


class DeniedNetworks(OutsideScenario):
    def test_an_endpoint_in_a_denied_network_is_not_called(self):
        # Its own server: what was confirmed while it was allowed is denied after a restart.
        self.server = self.enterContext(Server())
        self.sns, self.sqs = self.client("sns"), self.client("sqs")
        topic, path, dead = self.topic(), self.path(), self.queue()
        self.confirmed(topic, path, DeliveryPolicy=IMPATIENT, RedrivePolicy=self.redrive(dead))
        self.server.flags = ("--delivery-deny", "private")
        self.server.restart()
        self.publish(topic, "x")
        message, = self.receive_all(dead, 1, MessageAttributeNames=["All"])
        self.assertEqual(message["MessageAttributes"]["ErrorCode"]["StringValue"], "NoResponse")
        self.assertEqual(sum(one.get("path") == path for one in self.sink.take()), 1, "only the question came")


class Notifications(OutsideScenario):
    def test_the_envelope(self):
        for scheme, version in (("http", "1"), ("https", "2")):
            with self.subTest(scheme):
                topic, path = self.topic(SignatureVersion=version), self.path()
                arn = self.confirmed(topic, path, scheme)
                sent = self.publish(topic, "Größe 😀\n", Subject="S", MessageAttributes={"a": string("x")})
                request = self.request(path)
                headers, body = headers_of(request), request["json"]
                self.assertEqual({name: headers.get(name) for name in (
                    "x-amz-sns-message-type", "x-amz-sns-message-id", "x-amz-sns-topic-arn", "x-amz-sns-subscription-arn",
                    "x-amz-sns-rawdelivery", "content-type")}, {
                    "x-amz-sns-message-type": "Notification", "x-amz-sns-message-id": sent["MessageId"],
                    "x-amz-sns-topic-arn": topic, "x-amz-sns-subscription-arn": arn, "x-amz-sns-rawdelivery": None,
                    "content-type": "text/plain; charset=UTF-8"})
                self.assertEqual(list(body), ["Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp",
                                              "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL",
                                              "MessageAttributes"])
                self.assertEqual((body["Message"], body["SignatureVersion"]), ("Größe 😀\n", version))
                self.assertTrue(signature_is_good(body))
                self.assertEqual(request["secure"], scheme == "https")

    def test_raw(self):
        topic, path = self.topic(), self.path()
        arn = self.confirmed(topic, path, RawMessageDelivery="true", DeliveryPolicy=json.dumps({
            "requestPolicy": {"headerContentType": "application/json"}}))
        self.publish(topic, '{"raw":"ü"}', Subject="is lost")
        request = self.request(path)
        headers = headers_of(request)
        self.assertEqual(request["body"], '{"raw":"ü"}')
        self.assertEqual((headers["x-amz-sns-rawdelivery"], headers["content-type"], headers["x-amz-sns-subscription-arn"]),
                         ("true", "application/json", arn))

    def test_texts_and_filters_of_its_own(self):
        topic, path, other = self.topic(), self.path(), self.path()
        self.confirmed(topic, path, RawMessageDelivery="true", FilterPolicy='{"a":["x"]}')
        self.confirmed(topic, other, "https", RawMessageDelivery="true")
        for value in "yx":
            self.publish(topic, json.dumps({"default": "d", "http": f"plain {value}"}), MessageStructure="json",
                         MessageAttributes={"a": string(value)})
        self.assertEqual(self.request(path)["body"], "plain x")
        self.assertEqual([self.request(other)["body"] for _ in range(2)], ["d", "d"])

    def test_connections_are_used_again(self):
        topic, path = self.topic(), self.path()
        self.confirmed(topic, path, "https", RawMessageDelivery="true")
        used = set()
        for i in range(20):
            self.publish(topic, str(i))
            used.add(self.request(path)["connection"])
        self.assertLess(len(used), 5)

    def test_redirects_are_refused(self):
        topic, path, elsewhere = self.topic(), self.path(), self.path()
        dead = self.queue()
        self.confirmed(topic, path, RedrivePolicy=self.redrive(dead))
        self.sink.command(path=path, status=302, headers={"location": elsewhere})
        self.publish(topic, "x")
        self.receive_all(dead, 1)
        self.assertNotIn(elsewhere, [one.get("path") for one in self.sink.take()])


class Retries(OutsideScenario):
    def attempts(self, path):
        return sum(one["event"] == "request" and one["path"] == path and "Notification" in one["headers"]
                   for one in self.sink.take())

    def all_come(self, path, texts, **fields):
        """Waits until each of the texts has come once at least, soon."""
        waiting = set(texts)
        while waiting:
            waiting.discard(self.request(path, SOON_SECONDS, **fields)["body"])

    def test_an_endpoint_that_fails_is_tried_again(self):
        for failure in ({"status": 500}, {"status": 429}, {"close": True}):
            with self.subTest(failure):
                topic, path = self.topic(), self.path()
                self.confirmed(topic, path, DeliveryPolicy=IMPATIENT)
                self.sink.command(path=path, times=2, **failure)
                sent = self.publish(topic, "x")
                self.request(path, answer=200)
                ids = {headers_of(one)["x-amz-sns-message-id"] for one in self.sink.take()
                       if one["event"] == "request" and one["path"] == path and "Notification" in one["headers"]}
                self.assertEqual((self.attempts(path), ids), (3, {sent["MessageId"]}))

    def test_dead_letters_after_the_last_retry(self):
        topic, path, dead = self.topic(), self.path(), self.queue()
        arn = self.confirmed(topic, path, DeliveryPolicy=IMPATIENT, RedrivePolicy=self.redrive(dead))
        self.sink.command(path=path, status=503, body="no service")
        sent = self.publish(topic, "lost", MessageAttributes={"a": string("x")})
        message, = self.receive_all(dead, 1, MessageAttributeNames=["All"])
        self.assertEqual(self.attempts(path), 3)
        body = json.loads(message["Body"])
        self.assertEqual((body["Type"], body["MessageId"], body["Message"]), ("Notification", sent["MessageId"], "lost"))
        self.assertTrue(signature_is_good(body))
        attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        self.assertRegex(attributes.pop("RequestID"), f"^{UUID}$")
        self.assertEqual(attributes, {"ErrorCode": "503", "ErrorMessage": "no service"})
        self.assertIn(arn, body["UnsubscribeURL"])

    def test_what_came_of_deliveries_is_counted(self):
        topic, good, bad, other = self.topic(), self.path(), self.path(), self.path()
        self.confirmed(topic, good)
        self.confirmed(topic, bad, DeliveryPolicy=IMPATIENT, RedrivePolicy=self.redrive(self.queue()))
        self.confirmed(topic, other)
        for path in (bad, other):
            self.sink.command(path=path, status=404)
        for i in range(2):
            self.publish(topic, str(i))
        wanted = {"NumberOfMessagesPublished": 2, "NumberOfNotificationsDelivered": 2, "NumberOfNotificationsFailed": 4,
                  "NumberOfNotificationsRedrivenToDlq": 2}
        self.eventually(lambda: self.metrics(topic, *wanted) == wanted, "everything is counted")

    def test_what_is_not_tried_again(self):
        topic, path, dead = self.topic(), self.path(), self.queue()
        self.confirmed(topic, path, RawMessageDelivery="true", RedrivePolicy=self.redrive(dead))
        self.sink.command(path=path, status=404)
        self.publish(topic, "raw")
        message, = self.receive_all(dead, 1)
        self.assertEqual((message["Body"], self.attempts(path)), ("raw", 1))

    def test_nobody_is_there(self):
        topic, dead = self.topic(), self.queue()
        path = self.path()
        self.confirmed(topic, path, DeliveryPolicy=IMPATIENT, RedrivePolicy=self.redrive(dead))
        self.sink.command(listen=False)
        try:
            self.publish(topic, "x")
            message, = self.receive_all(dead, 1, MessageAttributeNames=["All"])
        finally:
            self.sink.command(listen=True)
        self.assertEqual(message["MessageAttributes"]["ErrorCode"]["StringValue"], "NoResponse")

    def test_an_endpoint_recovers_and_loses_nothing(self):
        topic, path = self.topic(), self.path()
        self.confirmed(topic, path, DeliveryPolicy=PATIENT, RawMessageDelivery="true")
        self.sink.command(path=path, status=500)
        for i in range(30):
            self.publish(topic, str(i))
        self.sink.wait("request", path=path, answer=500)
        self.sink.command(path=path, clear=True)
        self.assertEqual(sorted(int(self.request(path, answer=200)["body"]) for _ in range(30)), list(range(30)))

    def test_retries_survive_kill(self):
        topic, path = self.topic(), self.path()
        self.confirmed(topic, path, DeliveryPolicy=PATIENT, RawMessageDelivery="true")
        self.sink.command(path=path, stall=True)
        texts = {str(i) for i in range(10)}
        for text in texts:
            self.publish(topic, text)
        self.request(path, answer="stall")
        for hard, status in ((True, 500), (True, 502), (False, 503), (True, 200)):
            # Something is under way when the server ends: it has no answer, or perhaps one that was not seen.
            self.sink.command(path=path, status=status)
            self.server.restart(hard)
            self.all_come(path, texts, answer=status)

    def test_an_endpoint_that_stalls_holds_up_nobody(self):
        topic, stalled, live = self.topic(), self.path(), self.path()
        self.confirmed(topic, stalled, RawMessageDelivery="true")
        self.confirmed(topic, live, "https", RawMessageDelivery="true")
        self.sink.command(path=stalled, stall=True)
        for i in range(50):
            self.publish(topic, str(i))
        self.assertEqual({self.request(live)["body"] for _ in range(50)}, {str(i) for i in range(50)})
        self.sns.delete_topic(TopicArn=topic)

    def test_a_throttle(self):
        topic, path = self.topic(), self.path()
        self.confirmed(topic, path, RawMessageDelivery="true",
                       DeliveryPolicy=json.dumps({"throttlePolicy": {"maxReceivesPerSecond": 2}}))
        began = time.monotonic()
        for i in range(6):
            self.publish(topic, str(i))
        self.assertEqual({self.request(path)["body"] for _ in range(6)}, {str(i) for i in range(6)})
        # Two at once and two a second after that; a server without a throttle would be done at once.
        self.assertGreater(time.monotonic() - began, 1)
