"""kombu, the transport beneath Celery, with its SQS transport against the real binary."""
import pathlib
import socket
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import kombu  # noqa: E402

from support.report import run_modules  # noqa: E402
from support.server import Server  # noqa: E402


class Kombu(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.enterClassContext(cls.server)

    def connection(self, **options):
        return kombu.Connection(f"sqs://test:test@{self.server.address}/", transport_options={
            "region": "us-east-1", "is_secure": False, "wait_time_seconds": 1, **options})

    def consume(self, connection, queue, count, accept=True):
        """Gives the payloads of `count` messages, acknowledged or given back."""
        got = []

        def take(payload, message):
            got.append(payload)
            message.ack() if accept else message.requeue()

        with connection.Consumer(queue, callbacks=[take]):
            while len(got) < count:
                connection.drain_events(timeout=20)
        return got

    def test_simple_queue(self):
        with self.connection() as connection:
            queue = connection.SimpleQueue("simple")
            for i in range(3):
                queue.put({"number": i, "text": "ü"})
            got = []
            for _ in range(3):
                message = queue.get(timeout=20)
                got.append(message.payload["number"])
                message.ack()
            self.assertEqual(sorted(got), [0, 1, 2])
            queue.close()

    def test_producer_and_consumer(self):
        with self.connection() as connection:
            queue = kombu.Queue("work", routing_key="work")
            with connection.Producer() as producer:
                for i in range(20):
                    producer.publish({"task": i}, routing_key="work", exchange="", declare=[queue])
            got = self.consume(connection, queue, 20)
            self.assertEqual(sorted(payload["task"] for payload in got), list(range(20)))
            with self.assertRaises(socket.timeout):
                self.consume(connection, queue, 1)

    def test_requeue(self):
        with self.connection() as connection:
            queue = kombu.Queue("again", routing_key="again")
            with connection.Producer() as producer:
                producer.publish("x", routing_key="again", exchange="", declare=[queue])
            self.assertEqual(self.consume(connection, queue, 1, accept=False), ["x"])
            self.assertEqual(self.consume(connection, queue, 1), ["x"])

    def test_predefined_fifo_queue(self):
        with self.connection() as connection:
            sqs = connection.channel().sqs()
            url = sqs.create_queue(QueueName="orders.fifo", Attributes={
                "FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
        with self.connection(predefined_queues={"orders.fifo": {"url": url}}) as connection:
            queue = kombu.Queue("orders.fifo", routing_key="orders.fifo")
            with connection.Producer() as producer:
                for i in range(5):
                    producer.publish(i, routing_key="orders.fifo", exchange="", MessageGroupId="g")
            self.assertEqual(self.consume(connection, queue, 5), list(range(5)))


if __name__ == "__main__":
    print(f"kombu {kombu.__version__}")
    run_modules(sys.modules[__name__])
