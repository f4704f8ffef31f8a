"""Subscriptions: made, changed, listed, ended. How endpoints confirm them stands in scenario_sns_http.py."""
import json
import urllib.error
import urllib.parse

from topics import UUID, TopicScenario, fetch

NOBODY = "http://127.0.0.1:9/"


class Subscriptions(TopicScenario):
    def test_subscribing_again_gives_the_same_subscription(self):
        topic, endpoint = self.topic(), self.arn(self.queue())
        arn = self.subscribe(topic, "sqs", endpoint, RawMessageDelivery="true")
        self.assertRegex(arn, f"^{topic}:{UUID}$")
        self.assertEqual(self.subscribe(topic, "sqs", endpoint), arn)
        self.assertEqual(self.subscribe(topic, "sqs", endpoint, RawMessageDelivery="true"), arn)
        error = self.fails("InvalidParameter", self.subscribe, topic=topic, protocol="sqs", endpoint=endpoint,
                           RawMessageDelivery="false")
        self.assertEqual(error["Error"]["Message"], "Invalid parameter: Attributes Reason: Subscription already exists with "
                                                    "different attributes")
        self.assertEqual(len(self.subscriptions(topic)), 1)
        self.assertEqual(self.topic_attributes(topic)["SubscriptionsConfirmed"], "1")

    def test_attributes_of_a_new_subscription(self):
        topic, endpoint = self.topic(), self.arn(self.queue())
        arn = self.subscribe(topic, "sqs", endpoint)
        found = self.subscription_attributes(arn)
        self.assertRegex(found.pop("SubscriptionPrincipal"), "^arn:aws:iam::000000000000:")
        self.assertEqual(found, {"SubscriptionArn": arn, "TopicArn": topic, "Owner": "000000000000", "Protocol": "sqs",
                                 "Endpoint": endpoint, "PendingConfirmation": "false", "RawMessageDelivery": "false",
                                 "ConfirmationWasAuthenticated": "true"})
        self.assertEqual(self.subscriptions(topic), [{"SubscriptionArn": arn, "Owner": "000000000000", "Protocol": "sqs",
                                                      "Endpoint": endpoint, "TopicArn": topic}])

    def test_attributes_are_set_and_removed(self):
        topic = self.topic()
        dead = self.queue()
        arn = self.subscribe(topic, "sqs", self.arn(self.queue()))
        wanted = {"RawMessageDelivery": "true", "FilterPolicy": '{"a": ["x", {"prefix": "y"}]}',
                  "FilterPolicyScope": "MessageBody", "RedrivePolicy": self.redrive(dead)}
        for name, value in wanted.items():
            self.sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)
        found = self.subscription_attributes(arn)
        self.assertEqual(json.loads(found["RedrivePolicy"]), json.loads(wanted.pop("RedrivePolicy")))
        self.assertEqual({name: found.get(name) for name in wanted}, wanted)
        for name, value in (("FilterPolicy", "{}"), ("RedrivePolicy", "")):
            self.sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)
        found = self.subscription_attributes(arn)
        self.assertEqual({"FilterPolicy", "FilterPolicyScope", "RedrivePolicy"} & set(found), set())

    def test_a_delivery_policy_of_its_own(self):
        topic = self.topic()
        arn = self.subscribe(topic, "https", "https://localhost:9/x")
        retries = {"minDelayTarget": 1, "maxDelayTarget": 2, "numRetries": 5}
        self.sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="DeliveryPolicy", AttributeValue=json.dumps({
            "healthyRetryPolicy": retries, "throttlePolicy": {"maxReceivesPerSecond": 7},
            "requestPolicy": {"headerContentType": "application/json"}}))
        found = self.subscription_attributes(arn)
        effective = json.loads(found["EffectiveDeliveryPolicy"])
        self.assertEqual(json.loads(found["DeliveryPolicy"])["healthyRetryPolicy"], retries)
        self.assertEqual(effective["healthyRetryPolicy"], {**retries, "numMaxDelayRetries": 0, "numNoDelayRetries": 0,
                                                           "numMinDelayRetries": 0, "backoffFunction": "linear"})
        self.assertEqual(effective["throttlePolicy"], {"maxReceivesPerSecond": 7})
        self.assertEqual(effective["requestPolicy"], {"headerContentType": "application/json"})
        error = self.fails("InvalidParameter", self.subscribe, topic=topic, protocol="sqs", endpoint=self.arn(self.queue()),
                           DeliveryPolicy=json.dumps({"healthyRetryPolicy": retries}))
        self.assertEqual(error["Error"]["Message"], "Invalid parameter: Attributes Reason: Delivery protocol [sqs] does not "
                                                    "support delivery policies.")

    def test_pending(self):
        topic = self.topic()
        for protocol, endpoint in (("http", NOBODY), ("https", "https://localhost:9/"), ("email", "a@example.com"),
                                   ("email-json", "a@example.com")):
            with self.subTest(protocol):
                told = self.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)["SubscriptionArn"]
                self.assertEqual(told, "pending confirmation")
                arn = self.subscribe(topic, protocol, endpoint)
                self.assertRegex(arn, f"^{topic}:{UUID}$")
                found = self.subscription_attributes(arn)
                self.assertEqual((found["PendingConfirmation"], found["ConfirmationWasAuthenticated"]), ("true", "false"))
                self.fails("InvalidParameter", self.sns.unsubscribe, SubscriptionArn=arn)
        self.assertEqual({one["SubscriptionArn"] for one in self.subscriptions(topic)}, {"PendingConfirmation"})
        found = self.topic_attributes(topic)
        self.assertEqual((found["SubscriptionsConfirmed"], found["SubscriptionsPending"]), ("0", "4"))
        self.publish(topic, "reaches nobody")

    def test_tokens_that_are_wrong(self):
        topic = self.topic()
        self.subscribe(topic, "http", NOBODY)
        for token, message in (("short", "Invalid token"), ("0" * 128, "Invalid parameter: Token"),
                               ("0" * 112, "Invalid parameter: Token")):
            error = self.fails("InvalidParameter", self.sns.confirm_subscription, TopicArn=topic, Token=token)
            self.assertEqual(error["Error"]["Message"], message)
        url = f"{self.server.url}/?" + urllib.parse.urlencode({"Action": "ConfirmSubscription", "TopicArn": topic,
                                                               "Token": "0" * 112})
        with self.assertRaises(urllib.error.HTTPError) as caught:
            fetch(url)
        with caught.exception as error:
            self.assertEqual(error.code, 400)
            self.assertIn("<Code>InvalidParameter</Code>", error.read().decode())

    def test_unsubscribing(self):
        topic = self.topic()
        url, other = self.listener(topic), self.listener(topic)
        self.publish(topic, "one")
        one, = self.envelopes(url)
        arn = one["UnsubscribeURL"].split("SubscriptionArn=")[1]
        self.sns.unsubscribe(SubscriptionArn=arn)
        self.sns.unsubscribe(SubscriptionArn=arn)
        self.fails("NotFound", self.sns.get_subscription_attributes, SubscriptionArn=arn)
        self.fails("NotFound", self.sns.set_subscription_attributes, SubscriptionArn=arn, AttributeName="RawMessageDelivery",
                   AttributeValue="true")
        self.publish(topic, "two")
        self.assertEqual(sorted(each["Message"] for each in self.envelopes(other, 2)), ["one", "two"])
        self.assertEqual(self.counts(url), (0, 1, 0))
        found = self.topic_attributes(topic)
        self.assertEqual((found["SubscriptionsConfirmed"], found["SubscriptionsDeleted"]), ("1", "1"))
        again = self.subscribe(topic, "sqs", self.arn(url))
        self.assertNotEqual(again, arn)

    def test_the_link_in_a_notification_unsubscribes(self):
        topic = self.topic()
        url = self.listener(topic)
        self.publish(topic, "x")
        link = self.envelopes(url)[0]["UnsubscribeURL"]
        self.assertIn("UnsubscribeResponse", fetch(link))
        self.assertEqual(self.subscriptions(topic), [])
        self.assertIn("UnsubscribeResponse", fetch(link))

    def test_lists_have_pages(self):
        sns = self.client("sns", region="eu-north-1")
        topics = [sns.create_topic(Name=f"page-{i}")["TopicArn"] for i in range(2)]
        phones = [f"+4179{i:07}" for i in range(105)]
        made = {sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=phone, ReturnSubscriptionArn=True)["SubscriptionArn"]
                for topic, some in zip(topics, (phones, phones[:5])) for phone in some}
        self.assertEqual(len(made), 110)
        pages = [page["Subscriptions"] for page in
                 sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topics[0])]
        self.assertEqual([len(page) for page in pages], [100, 5])
        self.assertEqual({one["Endpoint"] for page in pages for one in page}, set(phones))
        pages = [page["Subscriptions"] for page in sns.get_paginator("list_subscriptions").paginate()]
        self.assertEqual([len(page) for page in pages], [100, 10])
        self.assertEqual({one["SubscriptionArn"] for page in pages for one in page}, made)

    def test_a_queue_of_another_account_and_region(self):
        far = self.client("sqs", region="eu-west-1")
        url = far.create_queue(QueueName=self.name())["QueueUrl"]
        topic = self.topic()
        self.subscribe(topic, "sqs", f"arn:aws:sqs:eu-west-1:000000000000:{url.rsplit('/', 1)[1]}",
                       RawMessageDelivery="true")
        self.publish(topic, "far away")
        message, = far.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
        self.assertEqual(message["Body"], "far away")

    def test_what_cannot_be_subscribed(self):
        topic, fifo = self.topic(), self.fifo_topic()
        standard, ordered = self.arn(self.queue()), self.arn(self.fifo())
        start = "Invalid parameter: "
        for where, protocol, endpoint, message in (
                (topic, "ftp", "ftp://a/", start + "Amazon SNS does not support this protocol string: ftp"),
                (topic, "sqs", "http://a/", start + "SQS endpoint ARN"),
                (topic, "sqs", ordered, start + start + "Endpoint Reason: FIFO SQS Queues can not be subscribed to standard "
                                                        "SNS topics"),
                (topic, "http", "https://a/", start + "Endpoint must match the specified protocol"),
                (topic, "https", "http://a/", start + "Endpoint must match the specified protocol"),
                (topic, "email", "nobody", start + "Email address"),
                (topic, "sms", "12", "Invalid SMS endpoint: 12"),
                (topic, "lambda", standard, start + "Lambda endpoint ARN"),
                (topic, "firehose", standard, start + "Firehose endpoint ARN"),
                (topic, "application", standard, start + "ApplicationEndpoint ARN"),
                (fifo, "http", NOBODY, None)):
            with self.subTest(protocol=protocol, endpoint=endpoint):
                error = self.fails("InvalidParameter", self.subscribe, topic=where, protocol=protocol, endpoint=endpoint)
                if message:
                    self.assertEqual(error["Error"]["Message"], message)
        self.assertEqual(self.subscriptions(topic) + self.subscriptions(fifo), [])

    def test_redrive_policies_that_are_wrong(self):
        arn = self.subscribe(self.topic(), "sqs", self.arn(self.queue()))
        for policy in ("[]", "{", '{"deadLetterTargetArn":"x"}', '{"other":1}', '{"deadLetterTargetArn":1}',
                       json.dumps({"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:000000000000:q"})):
            with self.subTest(policy):
                error = self.fails("InvalidParameter", self.sns.set_subscription_attributes, SubscriptionArn=arn,
                                   AttributeName="RedrivePolicy", AttributeValue=policy)
                self.assertRegex(error["Error"]["Message"], "^Invalid parameter: RedrivePolicy: ")
        self.assertNotIn("RedrivePolicy", self.subscription_attributes(arn))
