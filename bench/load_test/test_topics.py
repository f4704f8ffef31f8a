"""The load generator with topics."""

import itertools

from loading import Loading
from sns_lookalike import Topics, Xml


class TopicTest(Loading):
    TOPIC = "arn:aws:sns:us-east-1:000000000000:t"

    def run_topic(self, mode, *options, server=None, **lookalike):
        return self.run_load(mode, "--topic", self.TOPIC, *options, server=server or Topics(**lookalike))

    def test_publishes_and_finds_everything_again(self):
        for batch, raw in itertools.product(("1", "10"), (True, False)):
            with self.subTest(batch=batch, raw=raw):
                server = Topics(raw=raw)
                result = self.run_topic("publish", "--batch", batch, "--count", "200", "--connections", "3", "--attribute",
                                        "colour=dark blue", server=server)
                self.assert_clean(result)
                self.assertEqual((result["messages"], result["sent"]), (200, 200))
                self.assertEqual(result["calls"]["publish"]["count"], 200 // int(batch))
                self.assertEqual(server.attributes, ["dark blue"] * 200)
                drained = self.run_load("drain", "--count", "200", "--batch", "10", *([] if raw else ["--enveloped"]),
                                        server=server)
                self.assert_clean(drained)
                self.assertEqual(drained["received"], 200)

    def test_measures_from_publish_to_receive(self):
        server = Topics()
        result = self.run_topic("long-poll", "--enveloped", "--seconds", "0.5", server=server)
        self.assert_clean(result)
        self.assertGreater(result["calls"]["from_send"]["count"], 3)

    def test_makes_topics_and_subscriptions_with_numbers(self):
        server = Topics()
        self.assert_clean(self.run_load("create-topics", "--topic", "name", "--first", "7", "--count", "3", server=server))
        self.assertEqual(server.topics, ["name-7", "name-8", "name-9"])
        self.assert_clean(self.run_topic("add-subscriptions", "--queue", "q", "--count", "2", "--filtered", server=server))
        self.assertEqual(server.endpoints, [(self.TOPIC, "sqs", f"arn:aws:sqs:us-east-1:000000000000:q-{n}")
                                            for n in (0, 1)])
        self.assertEqual(server.policies, ['{"key":["value-0"]}', '{"key":["value-1"]}'])

    def test_notices_what_was_not_accepted(self):
        def one_less(action, reply):
            return 200, Xml(reply.replace("<Id>3</Id>", ""))

        def failed(action, reply):
            return 200, Xml(reply.replace("<Failed/>", "<Failed><member><Code>InternalError</Code></member>"))

        for fault in (one_less, failed):
            with self.subTest(fault=fault):
                result = self.run_topic("publish", "--batch", "10", "--count", "10", fault=fault)
                self.assert_error(result, "reply that is not what it should be")
                self.assertEqual(result["messages"], 0)
        empty = self.run_topic("publish", "--count", "1", fault=lambda action, reply: (200, Xml("<a/>")))
        self.assert_error(empty, "reply that is not what it should be")

    def test_notices_a_changed_envelope(self):
        def fault(action, reply):
            for message in reply.get("Messages", []) if isinstance(reply, dict) else []:
                message["Body"] = message["Body"].replace('"Signature" : "x"', '"Signature" : "y"')
            return 200, reply

        server = Topics(fault)
        self.run_topic("publish", "--count", "1", server=server)
        self.assert_error(self.run_load("drain", "--count", "1", "--enveloped", server=server), "body that was not sent")
