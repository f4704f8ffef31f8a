"""./mill bench scale: what must hold for many messages, many queues, an idle server and a noisy neighbour."""

import json
import statistics
import subprocess
import time

import ceilings
import report
import scaling
from harness import BenchError, Client, create_queues, disk_usage, load_command, scratch, serving
from scaling import MB, measure, say

MAX_VISIBILITY = "43200"


def settled(folder, seconds=30):
    """Bytes on disk once they no longer change, since space is given back in the background: all files, and those that
    grow with the backlog (journal files are recycled, a fixed number for each lane)."""
    last, since, end = disk_usage(folder), time.monotonic(), time.monotonic() + seconds
    while time.monotonic() < end and time.monotonic() - since < 5:
        time.sleep(0.5)
        now = disk_usage(folder)
        if now != last:
            last, since = now, time.monotonic()
    return last, disk_usage(folder, "segment-")


class Backlog(scaling.Filled):
    """Many messages of 100 bytes in one queue. What is tried costs memory, time and disk; each part is one method."""

    def __init__(self, folder, count):
        super().__init__(folder / "data", {"messages": count})
        self.count, self.left = count, 0

    def load(self, mode, queue, **options):
        return measure(self.server, mode, f"{mode} {queue}", queue=queue, size=100, **options)

    def drain(self, queue, count, **options):
        result = self.load("drain", queue, count=count, connections=8, batch=10, **options)
        if queue == "big":
            self.left -= result["received"]
        return result["messages_per_second"]

    def receive_small(self, rounds):
        rates = []
        for _ in range(rounds):
            self.load("fill", "small", count=1000, connections=4)
            rates.append(self.drain("small", 1000))
        return statistics.median(rates)

    def fill(self):
        client = Client(self.server.port)
        for name in ("small", "big"):
            client.create_queue(name, VisibilityTimeout=MAX_VISIBILITY)
        self.note({"rss before, MB": self.server.rss() / MB})
        result = self.load("fill", "big", count=self.count, connections=16)
        self.left = self.count
        self.note({"filled, messages/s": result["messages_per_second"], "rss full, MB": self.server.rss() / MB,
                   "rss peak while filling, MB": self.server.rss_peak() / MB,
                   "disk full, MB": disk_usage(self.data) / MB})

    def receive(self):
        # In turn, since the machine's own speed changes within seconds.
        rates = [(self.receive_small(6), self.drain("big", self.count // 50)) for _ in range(7)]
        self.note({"receive+delete with 1,000 messages, /s": statistics.median(small for small, _ in rates),
                   f"receive+delete with {self.count:,}, /s": statistics.median(big for _, big in rates)})
        ratio = statistics.median(big / small for small, big in rates)
        self.bars += [report.at_least("receive throughput with many / with 1,000", ratio, 0.85),
                      report.at_most("resident memory, peak (MB)", self.server.rss_peak() / MB, 300)]

    def receive_one(self):
        if not Client(self.server.port).call("ReceiveMessage", QueueUrl="big", VisibilityTimeout=0).get("Messages"):
            raise BenchError("no message after the restart")

    def note_disk(self, name):
        whole, segments = settled(self.data)
        self.note({f"disk {name}, MB": whole / MB, f"disk {name}, of it segments, MB": segments / MB})
        return segments

    def remove(self):
        full = self.note_disk("before the removal")
        half = self.left // 2
        self.drain("big", half, keep_every=1000)
        self.note_disk("after half is deleted")
        self.drain("big", self.left, keep_every=1000)
        kept = self.note_disk("with one in 1,000 left")
        self.note({"rss with one in 1,000 left, MB": self.server.rss() / MB})
        self.bars.append(report.at_most("segments with one in 1,000 left / full", kept / full, 0.1))
        Client(self.server.port).call("PurgeQueue", QueueUrl="big")
        empty = self.note_disk("after the purge")
        self.bars.append(report.at_most("segments of an empty queue / full", empty / full, 0.05))
        self.note({"rss peak since the restart, MB": self.server.rss_peak() / MB})


def backlog(quick):
    """many messages in one queue"""
    with scratch("backlog") as folder, Backlog(folder, 1_000_000 if quick else 10_000_000) as test:
        test.fill()
        test.receive()
        test.restart("first message", test.receive_one, 3)
        test.remove()
    return test.figures, test.bars


def queues(quick):
    """many queues, and pollers that wait or are woken"""
    count, polled = (2_000, 500) if quick else (10_000, 1_000)
    figures = {"queues": count, "polled": polled}
    with scratch("queues") as folder, serving(folder / "data") as server:
        begin = time.monotonic()
        create_queues(server.port, count)
        figures["created per second"] = count / (time.monotonic() - begin)
        figures["rss, MB"] = server.rss() / MB
        # A pause longer than the run: the pollers wait, are answered empty after 20 s, and wait again.
        poll = load_command(server.port, "long-poll", queue="queue", queues=polled, connections=polled, gap_ms=60000,
                            seconds=26)
        waiting = subprocess.Popen(poll, stdout=subprocess.PIPE, text=True)
        time.sleep(3)
        before, begin = server.cpu_seconds(), time.monotonic()
        time.sleep(20)
        idle = (server.cpu_seconds() - before) / (time.monotonic() - begin)
        figures["rss with pollers, MB"] = server.rss() / MB
        report.complain({"scenario": "idle pollers", **json.loads(waiting.communicate(timeout=60)[0])})
        figures["idle, % of a core"] = idle * 100
        disk = ceilings.synced_append()
        wake = measure(server, "long-poll", "wake", queue="queue", queues=polled, connections=polled, gap_ms=5, size=100,
                       seconds=5 if quick else 15)
        from_send = wake["calls"].get("from_send", {}).get("p50_us", float("nan"))
        figures["disk's own synced append, p50 us"] = disk["p50_us"]
        figures["send to poller, p50 us"] = from_send
        figures["send to poller, p99 us"] = wake["calls"].get("from_send", {}).get("p99_us", float("nan"))
        figures["send's reply to poller, p50 us"] = wake["calls"].get("wake", {}).get("p50_us", float("nan"))
    scaling.say_figures(figures)
    return figures, [
        report.at_most("processor with idle pollers (% of a core)", idle * 100, 1),
        report.at_most("wake of a poller beside the sync, median (ms)", (from_send - disk["p50_us"]) / 1000, 2),
    ]


def start(quick):
    """an empty server"""
    seconds, memory = [], []
    for _ in range(5 if quick else 15):
        with scratch("start") as folder, serving(folder / "data") as server:
            seconds.append(server.serving_seconds * 1000)
            time.sleep(0.5)
            memory.append(server.rss() / MB)
    figures = {"start, median ms": statistics.median(seconds), "start, slowest ms": max(seconds),
               "idle rss, MB": statistics.median(memory)}
    scaling.say_figures(figures)
    return figures, [report.at_most("start to serving, empty directory (ms)", figures["start, median ms"], 50),
                     report.at_most("resident memory, idle (MB)", figures["idle rss, MB"], 25)]


def fair(quick):
    """one noisy group beside nine quiet ones
    Ten consumers take up to ten messages every 50 ms: 2,000 a second at most. Nine groups bring 360 a second; the
    noisy one 4,000."""
    setting = {"connections": 10, "batch": 10, "groups": 9, "rate": 40, "work_ms": 50, "size": 100, "warmup": 3,
               "seconds": 5 if quick else 15}
    waits = {}
    with scratch("fair") as folder, serving(folder / "data") as server:
        for name, options in (("without", {"noisy": 0}), ("with", {"noisy": 100}),
                              ("with, no groups", {"noisy": 100, "ungrouped": True})):
            queue = "fair-" + name.replace(", ", "-").replace(" ", "-")
            Client(server.port).create_queue(queue)
            result = measure(server, "fair", f"fair {name}", queue=queue, **setting, **options)
            waits[name] = {kind: result["calls"].get(f"wait_{kind}", {}) for kind in ("quiet", "noisy")}
            quiet = waits[name]["quiet"]
            say(f"{name} the noisy group: quiet wait p50 {quiet.get('p50_us', 0) / 1000:,.1f} ms, "
                f"p99 {quiet.get('p99_us', 0) / 1000:,.1f} ms; noisy p50 "
                f"{waits[name]['noisy'].get('p50_us', 0) / 1000:,.1f} ms; {result['messages_per_second']:,.0f} msg/s")
    if not all(waits[name]["quiet"] for name in ("without", "with")):
        return waits, [report.at_most("quiet groups' median wait, with / without", float("inf"), 2)]
    ratio = waits["with"]["quiet"]["p50_us"] / waits["without"]["quiet"]["p50_us"]
    return waits, [report.at_most("quiet groups' median wait, with / without", ratio, 2)]


PARTS = {"start": start, "queues": queues, "fair": fair, "backlog": backlog}


def run(quick, only):
    scaling.run("scale", PARTS, only, quick)
