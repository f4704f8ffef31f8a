"""Topics: made, changed, listed, deleted."""
import json

from topics import TopicScenario

ROLE = "arn:aws:iam::000000000000:role/feedback"


class Topics(TopicScenario):
    def test_creating_again_gives_the_same_topic(self):
        name = self.name()
        topic = self.sns.create_topic(Name=name, Attributes={"DisplayName": "d"},
                                      Tags=[{"Key": "a", "Value": "b"}])["TopicArn"]
        self.assertEqual(topic, f"arn:aws:sns:us-east-1:000000000000:{name}")
        for again in ({}, {"Attributes": {"DisplayName": "d"}}, {"Tags": [{"Key": "a", "Value": "b"}]}):
            self.assertEqual(self.sns.create_topic(Name=name, **again)["TopicArn"], topic)
        error = self.fails("InvalidParameter", self.sns.create_topic, Name=name, Attributes={"DisplayName": "other"})
        self.assertEqual(error["Error"]["Message"],
                         "Invalid parameter: Attributes Reason: Topic already exists with different attributes")
        error = self.fails("InvalidParameter", self.sns.create_topic, Name=name, Tags=[{"Key": "a", "Value": "other"}])
        self.assertEqual(error["Error"]["Message"],
                         "Invalid parameter: Tags Reason: Topic already exists with different tags")
        self.assertEqual(self.topic_attributes(topic)["DisplayName"], "d")

    def test_attributes_of_a_new_topic(self):
        topic = self.topic()
        found = self.topic_attributes(topic)
        policy = json.loads(found.pop("Policy"))
        self.assertEqual(policy["Statement"][0]["Resource"], topic)
        self.assertEqual(policy["Statement"][0]["Condition"], {"StringEquals": {"AWS:SourceOwner": "000000000000"}})
        retries = json.loads(found.pop("EffectiveDeliveryPolicy"))["http"]["defaultHealthyRetryPolicy"]
        self.assertEqual(retries, {"minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0,
                                   "numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear"})
        self.assertEqual(found, {"TopicArn": topic, "Owner": "000000000000", "DisplayName": "",
                                 "SubscriptionsConfirmed": "0", "SubscriptionsPending": "0", "SubscriptionsDeleted": "0"})

    def test_attributes_are_set_and_removed(self):
        topic = self.topic()
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{
            "Sid": "s", "Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": topic}]})
        wanted = {"DisplayName": "Größe", "Policy": policy, "KmsMasterKeyId": "alias/aws/sns", "SignatureVersion": "2",
                  "TracingConfig": "Active", "HTTPSuccessFeedbackRoleArn": ROLE, "HTTPFailureFeedbackRoleArn": ROLE,
                  "HTTPSuccessFeedbackSampleRate": "50", "SQSFailureFeedbackRoleArn": ROLE,
                  "LambdaSuccessFeedbackSampleRate": "0", "ApplicationFailureFeedbackRoleArn": ROLE}
        for name, value in wanted.items():
            self.sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)
        found = self.topic_attributes(topic)
        self.assertEqual({name: found.get(name) for name in wanted}, wanted)
        self.sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue="")
        self.assertNotIn("KmsMasterKeyId", self.topic_attributes(topic))

    def test_attributes_at_creation(self):
        topic = self.topic(DisplayName="d", SignatureVersion="2", TracingConfig="PassThrough")
        found = self.topic_attributes(topic)
        self.assertEqual((found["DisplayName"], found["SignatureVersion"], found["TracingConfig"]),
                         ("d", "2", "PassThrough"))

    def test_delivery_policy(self):
        retries = {"minDelayTarget": 1, "maxDelayTarget": 60, "numRetries": 50, "numNoDelayRetries": 3,
                   "numMinDelayRetries": 2, "numMaxDelayRetries": 35, "backoffFunction": "exponential"}
        topic = self.topic(DeliveryPolicy=json.dumps({"http": {"defaultHealthyRetryPolicy": retries,
                                                               "defaultThrottlePolicy": {"maxReceivesPerSecond": 10}}}))
        found = self.topic_attributes(topic)
        for name in ("DeliveryPolicy", "EffectiveDeliveryPolicy"):
            policy = json.loads(found[name])["http"]
            self.assertEqual(policy["defaultHealthyRetryPolicy"], retries)
            self.assertEqual(policy["defaultThrottlePolicy"], {"maxReceivesPerSecond": 10})
        arn = self.subscribe(topic, "http", "http://127.0.0.1:9/")
        effective = json.loads(self.subscription_attributes(arn)["EffectiveDeliveryPolicy"])
        self.assertEqual(effective["healthyRetryPolicy"], retries)
        for value in ("{}", ""):
            self.sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=value)
            self.assertNotIn("DeliveryPolicy", self.topic_attributes(topic))

    def test_delivery_policies_that_are_wrong(self):
        topic = self.topic()
        good = {"minDelayTarget": 1, "maxDelayTarget": 2, "numRetries": 3}
        for change in ({"minDelayTarget": 0}, {"maxDelayTarget": 3601}, {"numRetries": 101}, {"minDelayTarget": 5},
                       {"numRetries": None}, {"numNoDelayRetries": 4}, {"backoffFunction": "other"}, {"other": 1}):
            with self.subTest(change):
                policy = {"http": {"defaultHealthyRetryPolicy": {**good, **change}}}
                error = self.fails("InvalidParameter", self.sns.set_topic_attributes, TopicArn=topic,
                                   AttributeName="DeliveryPolicy", AttributeValue=json.dumps(policy))
                self.assertRegex(error["Error"]["Message"], "^Invalid parameter: DeliveryPolicy: ")
        self.assertNotIn("DeliveryPolicy", self.topic_attributes(topic))

    def test_names(self):
        for name in ("a", "x" * 256, "Aa0-_"):
            self.assertTrue(self.sns.create_topic(Name=name)["TopicArn"].endswith(":" + name))
        for name in ("", "x" * 257, "a b", "ä", "a.fifo", "a.b", "a:b"):
            error = self.fails("InvalidParameter", self.sns.create_topic, Name=name)
            self.assertEqual(error["Error"]["Message"], "Invalid parameter: Topic Name")
        for name in ("a", ".fifo", "a b.fifo", "x" * 252 + ".fifo"):
            error = self.fails("InvalidParameter", self.sns.create_topic, Name=name, Attributes={"FifoTopic": "true"})
            self.assertIn("Fifo Topic names must end with .fifo", error["Error"]["Message"])

    def test_deleting(self):
        topic, other = self.topic(), self.topic()
        url = self.listener(topic)
        self.listener(other, url)
        self.sns.delete_topic(TopicArn=topic)
        error = self.fails("NotFound", self.publish, topic=topic, message="x")
        self.assertEqual((error["Error"]["Message"], error["ResponseMetadata"]["HTTPStatusCode"]),
                         ("Topic does not exist", 404))
        self.fails("NotFound", self.sns.get_topic_attributes, TopicArn=topic)
        self.fails("NotFound", self.sns.list_subscriptions_by_topic, TopicArn=topic)
        listed = [one["TopicArn"] for page in self.sns.get_paginator("list_subscriptions").paginate()
                  for one in page["Subscriptions"] if one["Endpoint"] == self.arn(url)]
        self.assertEqual(listed, [other])
        self.sns.delete_topic(TopicArn=topic)
        self.sns.create_topic(Name=topic.rsplit(":", 1)[1])
        self.assertEqual(self.subscriptions(topic), [])
        self.publish(topic, "to nobody")
        self.publish(other, "x")
        self.assertEqual([one["Message"] for one in self.envelopes(url)], ["x"])

    def test_lists_have_pages(self):
        sns = self.client("sns", region="eu-west-3")
        self.assertEqual(sns.list_topics()["Topics"], [])
        made = sorted(sns.create_topic(Name=f"page-{i:03}")["TopicArn"] for i in range(105))
        self.assertEqual(made[0], "arn:aws:sns:eu-west-3:000000000000:page-000")
        pages = [[one["TopicArn"] for one in page["Topics"]] for page in sns.get_paginator("list_topics").paginate()]
        self.assertEqual([len(page) for page in pages], [100, 5])
        self.assertEqual(sorted(pages[0] + pages[1]), made)
        self.fails("InvalidParameter", sns.list_topics, NextToken="garbage")

    def test_accounts_and_regions_are_apart(self):
        name = self.name()
        topics = {sns.create_topic(Name=name)["TopicArn"] for sns in (
            self.sns, self.client("sns", region="eu-west-1"), self.client("sns", key="111111111111"))}
        self.assertEqual(topics, {f"arn:aws:sns:{place}:{name}" for place in (
            "us-east-1:000000000000", "eu-west-1:000000000000", "us-east-1:111111111111")})
        error = self.fails("InvalidParameter", self.client("sns", region="eu-west-1").get_topic_attributes,
                           TopicArn=f"arn:aws:sns:us-east-1:000000000000:{name}")
        self.assertEqual(error["Error"]["Message"], "Invalid parameter: TopicArn")

    def test_topics_survive_a_restart(self):
        topic = self.topic(DisplayName="kept")
        url = self.listener(topic, raw=True, FilterPolicy='{"a":["x"]}')
        before, subscriptions = self.topic_attributes(topic), self.subscriptions(topic)
        self.server.restart()
        self.assertEqual(self.topic_attributes(topic), before)
        self.assertEqual(self.subscriptions(topic), subscriptions)
        for value in ("y", "x"):
            self.publish(topic, value, MessageAttributes={"a": {"DataType": "String", "StringValue": value}})
        self.assertEqual(self.texts(url, 1), ["x"])
