"""kombu's fan-out exchanges, which are topics: each queue bound to one gets every message.

Debian's kombu (5.2) cannot do it yet, so this is run with a current one.
"""
import contextlib
import pathlib
import socket
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import kombu  # noqa: E402

from support.report import run_modules  # noqa: E402
from support.server import Server  # noqa: E402


class Fanout(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.enterClassContext(cls.server)

    def setUp(self):
        self.connection = self.enterContext(kombu.Connection(f"sqs://test:test@{self.server.address}/", transport_options={
            "region": "us-east-1", "is_secure": False, "wait_time_seconds": 1, "supports_fanout": True}))

    def exchange(self, name):
        return kombu.Exchange(name, type="fanout", durable=True)

    def test_every_queue_gets_every_message(self):
        exchange = self.exchange("news")
        queues = [kombu.Queue(f"news-{i}", exchange) for i in range(3)]
        got = [[] for _ in queues]

        def taker(numbers):
            def take(payload, message):
                numbers.append(payload["number"])
                message.ack()
            return take

        with contextlib.ExitStack() as stack:
            channel = stack.enter_context(self.connection.channel())
            # A queue is subscribed when somebody consumes it.
            for queue, numbers in zip(queues, got):
                stack.enter_context(self.connection.Consumer(queue, channel=channel, callbacks=[taker(numbers)]))
            producer = self.connection.Producer(channel)
            for i in range(5):
                producer.publish({"number": i, "text": "ü"}, exchange=exchange, declare=[exchange])
            while sum(map(len, got)) < 15:
                self.connection.drain_events(timeout=20)
            with self.assertRaises(socket.timeout):
                self.connection.drain_events(timeout=2)
        self.assertEqual([sorted(numbers) for numbers in got], [list(range(5))] * 3)

    def test_the_topic_is_found_again(self):
        for _ in range(2):
            with self.connection.channel() as channel, self.connection.Consumer(
                    kombu.Queue("again", self.exchange("again")), channel=channel):
                sns = channel.fanout.get_client()
        topic = sns.create_topic(Name="again")["TopicArn"]
        self.assertIn({"Key": "ManagedBy", "Value": "Celery/Kombu"}, sns.list_tags_for_resource(ResourceArn=topic)["Tags"])
        subscriptions = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        self.assertEqual([one["Endpoint"] for one in subscriptions], ["arn:aws:sqs:us-east-1:000000000000:again"])


if __name__ == "__main__":
    print(f"kombu {kombu.__version__}")
    run_modules(sys.modules[__name__])
