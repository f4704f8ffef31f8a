"""./mill bench scale-topics: what must hold for many topics and subscriptions, many filters, and many dead endpoints."""

import statistics
import time

import ceilings
import outside
import report
import scaling
from harness import BenchError, Client, SnsClient, disk_usage, free_port, queue_arn, scratch, serving, subscribe_all
from scaling import MB, measure
from sinks import Silent, Sink

CONNECTIONS = 32
STAMP_DIGITS = 20


class Many(scaling.Filled):
    """Topics, and one of them with many subscriptions of queues that are not there."""

    def __init__(self, folder, topics, subscriptions):
        super().__init__(folder / "data", {"topics": topics, "subscriptions": subscriptions})
        self.topics, self.subscriptions = topics, subscriptions

    def fill(self):
        before = self.server.rss()
        made = measure(self.server, "create-topics", topic="topic", count=self.topics, connections=CONNECTIONS)
        with_topics = self.server.rss()
        self.arn = SnsClient(self.server.port).create_topic("crowd")
        added = measure(self.server, "add-subscriptions", topic=self.arn, queue="subscriber", count=self.subscriptions,
                        connections=CONNECTIONS)
        # Journal files settle in the background, and what that needs is given back.
        time.sleep(5)
        full = self.server.rss()
        paper = before + 10_000_000 * (full - with_topics) / self.subscriptions
        self.note({
            "topics made per second": made["messages_per_second"],
            "subscriptions made per second": added["messages_per_second"],
            # Checkpoints and settling are among these.
            f"Subscribe while filling, {CONNECTIONS} connections, p99 us": added["calls"]["add_subscription"]["p99_us"],
            f"Subscribe while filling, {CONNECTIONS} connections, slowest us": added["calls"]["add_subscription"]["max_us"],
            "rss before, MB": before / MB, "rss with the topics, MB": with_topics / MB, "rss full, MB": full / MB,
            "rss peak while filling, MB": self.server.rss_peak() / MB,
            "bytes of memory for a topic": (with_topics - before) / self.topics,
            "bytes of memory for a subscription": (full - with_topics) / self.subscriptions,
            "disk, MB": disk_usage(self.data) / MB,
            "10 million subscriptions on paper, MB": paper / MB,
        })
        self.bars.append(report.at_most("resident memory with all, full (MB)", full / MB, 600))

    def subscribe_more(self):
        disk = ceilings.synced_append()
        added = measure(self.server, "add-subscriptions", topic=self.arn, queue="subscriber", first=self.subscriptions,
                        count=2000, connections=1)
        self.subscriptions += 2000
        latency = added["calls"].get("add_subscription", {})
        self.note({f"Subscribe when full, {percent} us": latency.get(f"{percent}_us", float("inf"))
                   for percent in ("p50", "p99", "p999")})
        self.note({"disk's own synced append, p50 us": disk["p50_us"], "disk's own, p99 us": disk["p99_us"]})
        self.bars += [report.at_most("Subscribe when full, median (ms)", latency.get("p50_us", float("inf")) / 1000, 1),
                      report.at_most("Subscribe when full, 99th percentile (ms)",
                                     latency.get("p99_us", float("inf")) / 1000, 1)]

    def publish_one(self):
        client = SnsClient(self.server.port)
        there = int(client.topic_attribute(self.arn, "SubscriptionsConfirmed"))
        client.call("Publish", TopicArn=self.arn.replace("crowd", "topic-0"), Message="first")
        if there != self.subscriptions:
            raise BenchError(f"{there} of {self.subscriptions} subscriptions after the restart")


def many(quick):
    """a million subscriptions of one topic and 100,000 topics"""
    counts = (10_000, 100_000) if quick else (100_000, 1_000_000)
    with scratch("topics") as folder, Many(folder, *counts) as test:
        test.fill()
        test.subscribe_more()
        test.restart("first publication", test.publish_one, 5, memory_max=600)
    return test.figures, test.bars


def filters(quick):
    """publications that one of 100,000 filters lets through"""
    count = 10_000 if quick else 100_000
    figures, rounds = {"filters": count}, []
    with scratch("filters") as folder, serving(folder / "data") as server:
        client = SnsClient(server.port)
        Client(server.port).create_queue("taker-0")
        arns = {name: client.create_topic(name) for name in ("crowd", "alone")}
        client.subscribe(arns["alone"], "sqs", queue_arn("taker-0"), FilterPolicy='{"key":["value-0"]}')
        added = measure(server, "add-subscriptions", topic=arns["crowd"], queue="taker", count=count, filtered=True,
                        connections=CONNECTIONS)
        figures["filtered subscriptions made per second"] = added["messages_per_second"]
        figures["rss, MB"] = server.rss() / MB
        for _ in range(3 if quick else 7):
            # "os" and many connections would say more of the processor, but this is what is used.
            rounds.append({name: measure(server, "publish", topic=arn, attribute="key=value-0", connections=64,
                                         seconds=1)["messages_per_second"] for name, arn in arns.items()})
    for name in arns:
        figures[f"publications per second, {name}"] = statistics.median(one[name] for one in rounds)
    scaling.say_figures(figures)
    ratio = statistics.median(one["crowd"] / one["alone"] for one in rounds)
    return figures, [report.at_least(f"publications, one of {count:,} filters passes / the only one", ratio, 0.8)]


class Outside:
    """A topic with one endpoint that lives and many that do not, each at an address of its own."""

    def __init__(self, server, sink):
        self.client, self.sink, self.port = SnsClient(server.port), sink, server.port
        self.topic = self.client.create_topic("outside")

    def subscribe(self, sink, endpoints):
        subscribe_all(self.port, self.topic, "http", endpoints, outside.RAW)
        sink.confirm(self.client, self.topic, len(endpoints))

    def latencies(self, seconds, per_second):
        """From each publication, made at a steady pace, to its arrival, ms."""
        self.sink.arrivals.clear()
        count, begin = int(seconds * per_second), time.monotonic()
        for number in range(count):
            time.sleep(max(0, begin + number / per_second - time.monotonic()))
            message = f"{time.monotonic_ns():0{STAMP_DIGITS}}".ljust(1024, ".")
            self.client.call("Publish", TopicArn=self.topic, Message=message)
        end = time.monotonic() + 30
        while len(self.sink.arrivals) < count and time.monotonic() < end:
            time.sleep(0.05)
        if len(self.sink.arrivals) < count:
            raise BenchError(f"{len(self.sink.arrivals)} of {count} messages arrived")
        return sorted((now_ns - int(body[:STAMP_DIGITS])) / 1e6 for now_ns, body in self.sink.arrivals)


def address(number):
    return f"127.1.{number // 250}.{number % 250 + 1}"


def beside_dead(count, seconds, per_second):
    """What a live endpoint sees of `count` dead ones, with a server of its own: latencies without them and beside them."""
    live_port, silent_port, refused_port = free_port(), free_port(), free_port()
    with scratch("dead") as folder, serving(folder / "data") as server, Sink(live_port) as live:
        test = Outside(server, live)
        test.subscribe(live, [f"http://127.0.0.1:{live_port}/"])
        test.latencies(2, per_second)
        alone, before = test.latencies(seconds, per_second), server.rss()
        for port, numbers in ((silent_port, range(count // 2)), (refused_port, range(count // 2, count))):
            with Sink(port) as sink:
                test.subscribe(sink, [f"http://{address(number)}:{port}/" for number in numbers])
        with Silent(silent_port):
            test.latencies(2, per_second)
            cpu, begin = server.cpu_seconds(), time.monotonic()
            beside = test.latencies(seconds, per_second)
            cpu = (server.cpu_seconds() - cpu) / (time.monotonic() - begin)
            after = server.rss()
    figures = {"rss alone, MB": before / MB, "rss beside them, MB": after / MB, "processor beside them, cores": cpu}
    for name, times in (("alone", alone), ("beside", beside)):
        for percent in (50, 99):
            figures[f"publish to endpoint, p{percent}, {name}, ms"] = times[min(len(times) * percent // 100, len(times) - 1)]
    figures["p99, beside / alone"] = (figures["publish to endpoint, p99, beside, ms"]
                                      / figures["publish to endpoint, p99, alone, ms"])
    scaling.say(f"round: p99 {figures['publish to endpoint, p99, alone, ms']:.2f} ms alone, "
                f"{figures['publish to endpoint, p99, beside, ms']:.2f} ms beside them; "
                f"p50 {figures['publish to endpoint, p50, alone, ms']:.2f} and "
                f"{figures['publish to endpoint, p50, beside, ms']:.2f} ms")
    return figures


def dead(quick):
    """one endpoint beside a thousand that refuse or never answer"""
    count, rounds, seconds = (200, 1, 5) if quick else (1000, 5, 20)
    results = [beside_dead(count, seconds, 20) for _ in range(rounds)]
    figures = {"dead endpoints": count} | {name: statistics.median(one[name] for one in results) for name in results[0]}
    scaling.say_figures(figures)
    # The 99th percentile of a round is its fifth slowest message: one round alone says little.
    bar = report.at_most(f"the live endpoint's p99 beside {count:,} dead ones / alone", figures["p99, beside / alone"], 2)
    return figures | {"rounds": results}, [bar]


PARTS = {"many": many, "filters": filters, "dead": dead}


def run(quick, only):
    scaling.run("scale-topics", PARTS, only, quick)
