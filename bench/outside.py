"""Deliveries over HTTP, to nginx, which answers everything at once: the ceiling is what wrk posts to it."""

import http.client
import time

import ceilings
import report
from harness import BenchError, SnsClient, free_port, load, scratch, serving
from sinks import Sink

RAW = {"RawMessageDelivery": "true"}
# Number of subscriptions, and what they ask for.
SCENARIOS = ((1, RAW), (10, RAW), (1, {}), (10, {}))


class Posts:
    """How many posts the sink has had, of which the questions are none."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.asked = 0

    def count(self):
        self.asked += 1
        self.connection.request("GET", "/requests")
        words = self.connection.getresponse().read().split()
        return int(words[9]) - self.asked


class HttpTopic:
    """A topic that delivers to nginx."""

    def __init__(self, server, port, subscriptions, attributes):
        self.server = server
        client = SnsClient(server.port)
        self.arn = client.create_topic("outside")
        self.subscriptions = subscriptions
        with Sink(port) as sink:
            for number in range(subscriptions):
                client.subscribe(self.arn, "http", f"http://127.0.0.1:{port}/{number}", **attributes)
            sink.confirm(client, self.arn, subscriptions)

    def measure(self, posts, deliveries, size):
        """Deliveries a second while there is a backlog, without what is published meanwhile."""
        before, begin = posts.count(), time.monotonic()
        result = load(self.server.port, "publish", self.server, topic=self.arn, size=size, batch=10, connections=8,
                      count=max(10, deliveries // self.subscriptions))
        report.complain({"scenario": "publish to HTTP", **result})
        wanted = before + result["sent"] * self.subscriptions
        filled, at = posts.count(), time.monotonic()
        if filled - before > (wanted - before) * 0.8:
            filled, at = before, begin  # deliveries keep up with the publications
        enough = filled + (wanted - filled) * 0.9
        cpu, last, seen = self.server.cpu_seconds(), filled, time.monotonic()
        while True:
            now, count = time.monotonic(), posts.count()
            if count >= enough:
                break
            if count > last:
                last, seen = count, now
            elif now - seen > 10:
                raise BenchError(f"{wanted - count} of {wanted - before} messages were not delivered within 10 s")
            time.sleep(0.01)
        rate = (count - filled) / (now - at)
        cpu = (self.server.cpu_seconds() - cpu) / (now - at)
        while count < wanted and time.monotonic() - now < 30:
            time.sleep(0.05)
            count = posts.count()
        if count < wanted:
            raise BenchError(f"{wanted - count} of {wanted - before} messages were not delivered")
        return {"per_second": rate, "server_cpu": cpu, "extra": count - wanted}


def ceiling(size, seconds):
    """What wrk posts a second, or None where nginx or wrk is missing."""
    with ceilings.nginx() as nginx:
        return ceilings.wrk(nginx.port, size, seconds=seconds) if nginx else None


def measure_http(seconds, size, subscriptions, attributes):
    """One figure, with a server and a sink of its own."""
    port = free_port()
    with scratch("http") as folder, serving(folder / "data") as server:
        topic = HttpTopic(server, port, subscriptions, attributes)
        with ceilings.nginx(port) as nginx:
            posts = Posts(port)
            first = topic.measure(posts, 1000, size)
            deliveries = int(min(max(first["per_second"] * seconds * 2, 1000), 200_000))
            return {"subscriptions": subscriptions, "kind": "raw" if attributes else "enveloped",
                    **topic.measure(posts, deliveries, size)}


def measure_all(seconds, size):
    return [measure_http(seconds, size, *scenario) for scenario in SCENARIOS]


def line(row):
    return (f"{row['kind']:<10} {row['subscriptions']:>3} subscriptions {row['per_second']:>10,.0f} deliveries/s"
            f"  {row['extra']} more than once  cpu {row['server_cpu']:.2f}")
