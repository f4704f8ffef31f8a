"""./mill bench sns: publishing to queues, one by one and in tens, the way from publish to receive, and deliveries over
HTTP, over numbers of queues, kinds of subscriptions and durability; and the bars."""

import json
import statistics
import time

import ceilings
import matrix
import outside
import plot
import report
from harness import (RESULTS, BenchError, Client, SnsClient, create_queues, disk_usage, load, queue_arn, scratch, serving,
                     subscribe_all)
from matrix import size_name

KIB = 1024
QUEUES = (1, 10, 100, 1000)
CONNECTIONS = (1, 64)
PACED = "publish to receive"  # its rate is set by pauses
BAR_QUEUES, BAR_CONNECTIONS = 100, 64
FILTER = {"FilterPolicy": json.dumps({"colour": ["red", {"prefix": "blue-"}]})}
ATTRIBUTE = "colour=blue-green"
KINDS = {"enveloped": {}, "raw": outside.RAW, "enveloped, filtered": FILTER,
         "raw, filtered": outside.RAW | FILTER}
# Of a topic and its only queue, so that some are on one lane and some on two; the slowest counts.
PAIRS = 6
ARRIVAL_SECONDS_MAX = 120
DRAINED_MAX = 20_000


class Topic:
    """A topic of its own on a server, with queues that nobody else sends to."""

    def __init__(self, server, queues, kind):
        self.server, self.queues, self.kind = server, queues, kind
        self.arn = SnsClient(server.port).create_topic("bench")
        create_queues(server.port, queues)
        subscribe_all(server.port, self.arn, "sqs", [queue_arn(f"queue-{n}") for n in range(queues)], KINDS[kind])
        self.published = 0

    def row(self, scenario, latency, connections, result):
        row = {"scenario": scenario, "kind": self.kind, "queues": self.queues, "connections": connections,
               "latency": latency, **result}
        report.complain(row)
        return row

    def _everywhere(self):
        """Waits until queues on every lane hold what was published."""
        client = Client(self.server.port)
        end = time.monotonic() + ARRIVAL_SECONDS_MAX
        for number in range(0, self.queues, max(1, self.queues // 16)):
            while True:
                counts = client.call("GetQueueAttributes", QueueUrl=f"queue-{number}",
                                     AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
                held = int(counts["ApproximateNumberOfMessages"])
                if held >= self.published:
                    break
                if time.monotonic() > end:
                    raise BenchError(f"queue-{number} has {held} of {self.published} messages")
                time.sleep(0.001)

    def publish(self, connections, batch, size, seconds, warmup=0.3):
        attribute = ATTRIBUTE if "filtered" in self.kind else None
        result = load(self.server.port, "publish", self.server, topic=self.arn, attribute=attribute, size=size, batch=batch,
                      connections=connections, seconds=seconds, warmup=warmup)
        begin = time.monotonic()
        self.published += result["sent"]
        self._everywhere()
        result["lag_ms"] = (time.monotonic() - begin) * 1000
        # Another lane may be behind, so what counts is when all is in the queues.
        whole = warmup + seconds + result["lag_ms"] / 1000
        result["publications_per_second"] = result["messages_per_second"]
        result["messages_per_second"] = result["sent"] * self.queues / whole
        result["disk_mb"] = disk_usage(self.server.data) / 1e6
        return self.row("publish batch" if batch > 1 else "publish", "publish", connections, result)

    def receive(self, connections, size):
        """From one of the queues."""
        count = min(self.published, DRAINED_MAX)
        result = load(self.server.port, "drain", self.server, queue="queue-0", size=size, batch=10, count=count,
                      connections=connections, enveloped=not self.raw)
        return self.row("receive+delete", "receive", connections, result)

    def deliver_one(self, size, seconds, queue="queue-0"):
        """From the publication until a consumer that waits has the message."""
        client = Client(self.server.port)
        client.call("PurgeQueue", QueueUrl=queue)
        result = load(self.server.port, "long-poll", self.server, topic=self.arn, queue=queue, size=size, connections=1,
                      seconds=seconds, warmup=0.3, enveloped=not self.raw,
                      attribute=ATTRIBUTE if "filtered" in self.kind else None)
        self.published = 0
        return self.row(PACED, "from_send", 1, result)

    @property
    def raw(self):
        return self.kind.startswith("raw")


def slowest_pair(server, size, seconds):
    """The slowest median of several topics with one queue each, from publish to receive, us."""
    medians = []
    for number in range(PAIRS):
        client = SnsClient(server.port)
        topic, queue = client.create_topic(f"pair-{number}"), f"pair-{number}"
        Client(server.port).create_queue(queue)
        client.subscribe(topic, "sqs", queue_arn(queue))
        result = load(server.port, "long-poll", server, topic=topic, queue=queue, size=size, connections=1, seconds=seconds,
                      warmup=0.2, enveloped=True)
        report.complain({"scenario": "publish to receive", **result})
        medians.append(result["calls"].get("from_send", {}).get("p50_us", float("inf")))
    return medians


def measure_round(seconds):
    """Everything that the bars compare, measured within a minute."""
    figures = {"disk us": ceilings.synced_append()["p50_us"]}
    with scratch("bars") as folder, serving(folder / "data") as server:
        for connections, name in ((1, "idle"), (BAR_CONNECTIONS, "busy")):
            send = matrix.measure(server, matrix.scenario_named("send"), KIB, connections, seconds)
            report.complain(send)
            figures[f"send, {name}/s"] = send["messages_per_second"]
            figures[f"send, {name} us"] = report.latency_of(send).get("p50_us", float("nan"))
        topic = Topic(server, BAR_QUEUES, "enveloped")
        for connections, name in ((1, "idle"), (BAR_CONNECTIONS, "busy")):
            publish = topic.publish(connections, 1, KIB, seconds)
            figures[f"publish to {BAR_QUEUES}, {name}/s"] = publish["publications_per_second"]
            figures[f"publish to {BAR_QUEUES}, {name} us"] = report.latency_of(publish).get("p50_us", float("nan"))
            figures[f"publish to {BAR_QUEUES}, {name}, delivered/s"] = publish["messages_per_second"]
    with scratch("bars") as folder, serving(folder / "data") as server:
        pairs = slowest_pair(server, KIB, min(seconds, 1))
        figures["publish to receive, fastest us"], figures["publish to receive, slowest us"] = min(pairs), max(pairs)
        figures["disk again us"] = ceilings.synced_append()["p50_us"]
    posts = outside.ceiling(KIB, seconds)
    if posts:
        figures["wrk, posts/s"] = posts
        for subscriptions in (1, 10):
            delivered = outside.measure_http(seconds, KIB, subscriptions, outside.RAW)
            figures[f"HTTP deliveries, {subscriptions} subscriptions/s"] = delivered["per_second"]
    return figures


def measure_bars(rounds, seconds):
    samples = []
    for number in range(rounds):
        samples.append(measure_round(seconds))
        report.progress(f"bars {number + 1}/{rounds}: " + ", ".join(f"{k} {v:,.1f}" for k, v in samples[-1].items()))

    def middle(value):
        return statistics.median(value(sample) for sample in samples)

    def over(upper, lower):
        return middle(lambda sample: sample[upper] / sample[lower] if sample[lower] else float("inf"))

    print("\nMedians of the rounds")
    for key in samples[0]:
        print(f"  {key:<36} {middle(lambda sample, key=key: sample[key]):>12,.1f}")
    to_many = f"publish to {BAR_QUEUES}"
    bars = [
        report.at_most(f"one {to_many} queues / single sends, 64 connections",
                       over("send, busy/s", f"{to_many}, busy/s"), 3),
        report.at_most(f"one {to_many} queues / a single send, idle", over(f"{to_many}, idle us", "send, idle us"), 3),
        report.at_least(f"messages delivered to {BAR_QUEUES} queues / single sends",
                        over(f"{to_many}, busy, delivered/s", "send, busy/s"), 10),
        report.at_most("publish to receive beside two synced appends (ms)",
                       middle(lambda sample: (sample["publish to receive, slowest us"] - sample["disk us"]
                                              - sample["disk again us"]) / 1000), 1),
    ]
    if "wrk, posts/s" in samples[0]:
        bars += [{**report.at_least(f"HTTP deliveries, {subscriptions} subscriptions / wrk's posts",
                                    over(f"HTTP deliveries, {subscriptions} subscriptions/s", "wrk, posts/s"), 0.3),
                  "counts": subscriptions == 1} for subscriptions in (1, 10)]
    return samples, bars


def measure_topic(topic, connections, seconds):
    for count in connections:
        for batch in (1, 10):
            yield topic.publish(count, batch, KIB, seconds)
    yield topic.receive(8, KIB)
    yield topic.deliver_one(KIB, seconds)


def measure_matrix(quick, seconds):
    rows = []
    for durability in ("sync",) if quick else ("sync", "os"):
        for count in (1, 100) if quick else QUEUES:
            for kind in KINDS:
                # What is published stays on the disk until the end, so each has a folder of its own.
                with scratch("data") as folder, serving(folder / "data", durability) as server:
                    for row in measure_topic(Topic(server, count, kind), CONNECTIONS, seconds):
                        rows.append({"durability": durability, "size": KIB, **row})
                        report.progress(f"{durability:4} " + row_line(rows[-1]))
    return rows


def row_line(row):
    latency = report.latency_of(row)
    return (f"{row['kind']:<20} {row['queues']:>5} queues {row['scenario']:<18} {row['connections']:>3} conn "
            f"{row['messages_per_second']:>11,.0f} msg/s  p50 {latency.get('p50_us', 0):>8,.0f}"
            f"  p99 {latency.get('p99_us', 0):>9,.0f} us"
            + (f"  {row['publications_per_second']:>9,.0f} pub/s  lag {row['lag_ms']:>6,.0f} ms"
               f"  disk {row['disk_mb']:>6,.0f} MB" if "lag_ms" in row else "")
            + f"  cpu {row.get('server_cpu', 0):.2f}+{row['generator_cpu']:.2f}" + ("  ERRORS" if row["errors"] else ""))


def print_tables(results):
    print("\nThe disk's own synced append (prewritten file, O_DIRECT, fdatasync)")
    for disk in results["disk"]:
        print(f"  {size_name(disk['bytes']):>8} {disk['per_second']:>10,.0f} /s  p50 {disk['p50_us']:>9,.0f}"
              f"  p99 {disk['p99_us']:>9,.0f} us")
    print("\nmsg/s are messages in queues; latency is that of the call (publish, receive) or from publish to receive;\n"
          "lag is how long after the last reply all queues had all messages; disk is the whole data directory then;\n"
          "cpu is cores of server+generator")
    for durability in ("sync", "os"):
        for count in QUEUES:
            rows = [row for row in results["rows"]
                    if (row["durability"], row["queues"]) == (durability, count)]
            if rows:
                print(f"\n{durability}, messages of {size_name(KIB)} to {count:,} queues")
            for row in rows:
                print(f"  {row_line(row)}")
    if results["outside"]:
        print(f"\nHTTP to nginx, messages of {size_name(KIB)}; wrk posts {results['wrk']:,.0f} a second")
        for row in results["outside"]:
            print(f"  {outside.line(row)}")


def write_plots(results):
    paths = []
    for durability in ("sync", "os"):
        rows = []
        for row in results["rows"]:
            if row["durability"] == durability and "filtered" not in row["kind"]:
                busy = row["connections"] in (CONNECTIONS[-1], 8) or row["scenario"] == PACED
                if busy:
                    rows.append({**row, "scenario": f"{row['scenario']}, {row['kind']}"})
        svg = plot.draw(f"SNS over HTTP, durability = {durability}, messages of {size_name(KIB)} to queues", rows,
                        plot.TOPIC_COLOURS, axis="queues", paced=lambda name: name.startswith(PACED))
        if svg:
            paths.append(RESULTS / f"sns-{durability}.svg")
            paths[-1].write_text(svg)
    return paths


def run(quick, seconds=None):
    begun = time.monotonic()
    seconds = seconds or (1.0 if quick else 2.0)
    results = {"quick": quick, "machine": report.machine()}
    print(report.machine())
    results["bar_samples"], results["bars"] = measure_bars(2 if quick else 5, seconds)
    results["disk"] = [ceilings.synced_append(size) for size in (4 * KIB, 64 * KIB, 1024 * KIB)]
    results["rows"] = measure_matrix(quick, seconds)
    results["wrk"] = outside.ceiling(KIB, seconds)
    results["outside"] = outside.measure_all(seconds, KIB) if results["wrk"] else []
    for row in results["outside"]:
        report.progress(outside.line(row))
    print_tables(results)
    remarks = [] if results["wrk"] else ["nginx or wrk is not installed: no sink for deliveries over HTTP"]
    report.finish(RESULTS / "sns.json", results, begun, write_plots(results), remarks)
