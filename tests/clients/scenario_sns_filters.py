"""Filter policies: each operator on attributes and on bodies, what is refused, and changes while messages come."""
import json

from topics import TopicScenario, string


def number(text):
    return {"DataType": "Number", "StringValue": text}


def strings(*texts):
    return {"DataType": "String.Array", "StringValue": json.dumps(texts)}


# What is published, by name.
EVENTS = {
    "none": {},
    "red": {"color": string("red")},
    "RED": {"color": string("RED")},
    "reddish": {"color": string("reddish")},
    "blue": {"color": string("blue"), "price": number("10")},
    "cheap": {"price": number("9.99")},
    "dear": {"price": number("300.5"), "color": string("gold")},
    "list": {"color": strings("blue", "red"), "size": {"DataType": "String.Array", "StringValue": "[1, 2, true, null]"}},
    "near": {"ip": string("10.1.2.3")},
    "far": {"ip": string("192.168.0.1"), "color": string("")} | {"color": string("x")},
    "file": {"path": string("/a/b/photo.jpeg")},
    "bytes": {"color": {"DataType": "Binary", "BinaryValue": b"red"}},
}
# Which events a policy lets through. Without any attribute nothing passes that asks for the absence of one; bytes are none.
POLICIES = (
    ({"color": ["red"]}, "red list"),
    ({"color": ["red", "blue"]}, "red blue list"),
    ({"color": [{"prefix": "red"}]}, "red reddish list"),
    ({"color": [{"suffix": "ish"}]}, "reddish"),
    ({"color": [{"equals-ignore-case": "Red"}]}, "red RED list"),
    ({"color": [{"anything-but": "red"}]}, "RED reddish blue dear list far"),
    ({"color": [{"anything-but": ["red", "blue"]}]}, "RED reddish dear far"),
    ({"color": [{"anything-but": {"prefix": "re"}}]}, "RED blue dear list far"),
    ({"color": [{"anything-but": {"suffix": "h"}}]}, "red RED blue dear list far"),
    ({"color": [{"wildcard": "r*d*"}]}, "red reddish list"),
    ({"path": [{"wildcard": "*/b/*.jpeg"}]}, "file"),
    ({"path": [{"wildcard": "*.png"}]}, ""),
    ({"price": [10]}, "blue"),
    ({"price": [{"numeric": ["=", 9.99]}]}, "cheap"),
    ({"price": [{"numeric": [">", 10]}]}, "dear"),
    ({"price": [{"numeric": [">=", 10, "<", 300.5]}]}, "blue"),
    ({"price": [{"numeric": ["<", 10]}, {"numeric": [">", 300]}]}, "cheap dear"),
    ({"price": [{"anything-but": 10}]}, "cheap dear"),
    ({"price": [{"exists": True}]}, "blue cheap dear"),
    ({"price": [{"exists": False}]}, "red RED reddish list near far file"),
    ({"color": [{"exists": False}], "price": [{"exists": False}]}, "near file"),
    ({"ip": [{"cidr": "10.0.0.0/8"}]}, "near"),
    ({"ip": [{"cidr": "10.1.2.3/32"}, "192.168.0.1"]}, "near far"),
    ({"size": [2]}, "list"),
    ({"size": [True]}, "list"),
    ({"size": [None]}, "list"),
    ({"color": ["blue"], "price": [{"numeric": [">", 5]}]}, "blue"),
    ({"$or": [{"color": ["gold"]}, {"price": [{"numeric": ["<", 10]}]}]}, "cheap dear"),
    ({"color": [{"prefix": "b"}, {"suffix": "ld"}]}, "blue dear list"),
    ({}, " ".join(EVENTS)),
)
BODIES = {
    "order": {"store": "A", "customer": {"age": 30, "interests": ["rugby", "football"]}, "paid": True},
    "young": {"store": "B", "customer": {"age": 12, "interests": []}, "paid": False},
    "many": {"lines": [{"item": "pen", "count": 1}, {"item": "ink", "count": 5}]},
    "null": {"store": None},
}
BODY_POLICIES = (
    ({"store": ["A"]}, "order"),
    ({"store": [None]}, "null"),
    ({"paid": [False]}, "young"),
    ({"customer": {"age": [{"numeric": [">=", 18]}]}}, "order"),
    ({"customer": {"interests": ["football", "chess"]}}, "order"),
    ({"lines": {"item": ["ink"]}}, "many"),
    ({"lines": {"count": [{"numeric": [">", 1]}], "item": [{"prefix": "i"}]}}, "many"),
    ({"store": [{"exists": False}]}, "many"),
    ({"customer": {"$or": [{"age": [12]}, {"interests": ["rugby"]}]}}, "order young"),
)
# Refusals: the policy as text, and what the message says of it.
WRONG = (
    ("{", "FilterPolicy: failed to parse JSON. "),
    ("[]", "FilterPolicy: Filter is not an object"),
    ('{"a":"x"}', 'FilterPolicy: "a" must be an object or an array'),
    ('{"a":[]}', "FilterPolicy: Empty arrays are not allowed"),
    ('{"a":[{"like":"x"}]}', "FilterPolicy: Unrecognized match type like"),
    ('{"a":[{"prefix":1}]}', "FilterPolicy: prefix match pattern must be a string"),
    ('{"a":[{"exists":"true"}]}', "FilterPolicy: exists match pattern must be either true or false."),
    ('{"a":[{"numeric":["<","x"]}]}', "FilterPolicy: Value of < must be numeric"),
    ('{"a":[{"numeric":["!=",1]}]}', "FilterPolicy: Unrecognized numeric range operator: !="),
    ('{"a":[{"numeric":[">",5,"<",1]}]}', "FilterPolicy: Bottom must be less than top"),
    ('{"a":[{"numeric":["=",1e12]}]}', "FilterPolicy: Value must be between -5.0E9 and 5.0E9, inclusive"),
    ('{"a":[{"prefix":"x","suffix":"y"}]}', "FilterPolicy: Only one key allowed in match expression"),
    ('{"a":[{"cidr":"10.0.0.0"}]}', "FilterPolicy: Malformed CIDR, one '/' required"),
    ('{"a":[{"wildcard":"x**"}]}', "FilterPolicy: Consecutive wildcard characters at pos 2"),
    ('{"a":["x"],"b":["x"],"c":["x"],"d":["x"],"e":["x"],"f":["x"]}',
     "FilterPolicy: Filter policy can not have more than 5 keys"),
    (json.dumps({name: list("abcdef") for name in "xyz"}), "FilterPolicy: Filter policy is too complex"),
)


class Filters(TopicScenario):
    def test_operators_on_attributes(self):
        topic = self.topic()
        queues = [self.listener(topic, raw=True, FilterPolicy=json.dumps(policy)) for policy, _ in POLICIES]
        for name, attributes in EVENTS.items():
            self.publish(topic, name, MessageAttributes=attributes)
        for (policy, wanted), url in zip(POLICIES, queues):
            with self.subTest(policy):
                self.assertEqual(sorted(self.texts(url, len(wanted.split()))), sorted(wanted.split()))

    def test_bodies(self):
        topic = self.topic()
        queues = [self.listener(topic, raw=True, FilterPolicy=json.dumps(policy), FilterPolicyScope="MessageBody")
                  for policy, _ in BODY_POLICIES]
        for name, body in BODIES.items():
            self.publish(topic, json.dumps({"name": name, **body}), MessageAttributes={"store": string("A")})
        self.publish(topic, "no JSON")
        for (policy, wanted), url in zip(BODY_POLICIES, queues):
            with self.subTest(policy):
                got = [json.loads(text)["name"] for text in self.texts(url, len(wanted.split()))]
                self.assertEqual(sorted(got), sorted(wanted.split()))

    def test_policies_that_are_wrong(self):
        topic = self.topic()
        arn = self.subscribe(topic, "sqs", self.arn(self.queue()))
        endpoint = self.arn(self.queue())
        for policy, message in WRONG:
            with self.subTest(policy):
                error = self.fails("InvalidParameter", self.sns.set_subscription_attributes, SubscriptionArn=arn,
                                   AttributeName="FilterPolicy", AttributeValue=policy)
                self.assertIn("Invalid parameter: " + message, error["Error"]["Message"])
                error = self.fails("InvalidParameter", self.subscribe, topic=topic, protocol="sqs", endpoint=endpoint,
                                   FilterPolicy=policy)
                self.assertIn("Invalid parameter: Attributes Reason: " + message, error["Error"]["Message"])
        error = self.fails("InvalidParameter", self.subscribe, topic=topic, protocol="sqs", endpoint=endpoint,
                           FilterPolicy='{"a":{"b":["x"]}}')
        self.assertIn("Filter policy scope MessageAttributes does not support nested filter policy",
                      error["Error"]["Message"])
        error = self.fails("InvalidParameter", self.subscribe, topic=topic, protocol="sqs", endpoint=endpoint,
                           FilterPolicy='{"a":["x"]}', FilterPolicyScope="Other")
        self.assertIn("FilterPolicyScope: Invalid value [Other]", error["Error"]["Message"])
        self.assertEqual(len(self.subscriptions(topic)), 1)
        self.assertNotIn("FilterPolicy", self.subscription_attributes(arn))

    def test_a_policy_changes(self):
        topic, url = self.topic(), self.queue()
        arn = self.subscribe(topic, "sqs", self.arn(url), RawMessageDelivery="true", FilterPolicy='{"a":["x"]}')

        def both():
            for value in ("x", "y"):
                self.publish(topic, value, MessageAttributes={"a": string(value)})

        for policy, wanted in ((None, ["x"]), ('{"a":["y"]}', ["y"]), ("{}", ["x", "y"])):
            if policy:
                self.sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicy",
                                                     AttributeValue=policy)
            both()
            self.assertEqual(sorted(self.texts(url, len(wanted))), wanted)

    def test_batches_are_filtered_one_by_one(self):
        topic = self.topic()
        url = self.listener(topic, raw=True, FilterPolicy='{"a":["x"]}')
        sent = self.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[
            {"Id": str(i), "Message": str(i), "MessageAttributes": {"a": string("xy"[i % 2])}} for i in range(6)])
        self.assertEqual(len(sent["Successful"]), 6)
        self.assertEqual(sorted(self.texts(url, 3)), ["0", "2", "4"])

    def test_at_most_200_policies_for_a_topic(self):
        topic = self.topic()
        for i in range(200):
            self.subscribe(topic, "sms", f"+4178{i:07}", FilterPolicy='{"a":["x"]}')
        error = self.fails("FilterPolicyLimitExceeded", self.subscribe, topic=topic, protocol="sms", endpoint="+41780009999",
                           FilterPolicy='{"a":["x"]}')
        self.assertEqual(error["ResponseMetadata"]["HTTPStatusCode"], 403)
        self.subscribe(topic, "sms", "+41780009999")


class FilterMetrics(TopicScenario):
    def test_what_is_filtered_out_is_counted(self):
        topic = self.topic()
        url = self.listener(topic, raw=True, FilterPolicy='{"a":["x"]}')
        self.listener(topic, FilterPolicy='{"a":["x"]}', FilterPolicyScope="MessageBody")
        for attributes in ({}, {"a": string("x")}, {"a": string("y")}):
            self.publish(topic, '{"a":"z"}', MessageAttributes=attributes)
        self.publish(topic, "no JSON")
        self.publish(topic, '{"a":"z"}', MessageAttributes={"a": {"DataType": "String.Array", "StringValue": '["x"'}})
        self.texts(url, 1)
        wanted = {"NumberOfMessagesPublished": 5, "NumberOfNotificationsDelivered": 1, "NumberOfNotificationsFilteredOut": 5,
                  "NumberOfNotificationsFilteredOut-MessageAttributes": 1,
                  "NumberOfNotificationsFilteredOut-NoMessageAttributes": 2,
                  "NumberOfNotificationsFilteredOut-InvalidAttributes": 1,
                  "NumberOfNotificationsFilteredOut-MessageBody": 4,
                  "NumberOfNotificationsFilteredOut-InvalidMessageBody": 1}
        self.assertEqual(self.metrics(topic, *wanted), wanted)
