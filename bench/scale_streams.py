"""./mill bench scale-streams: what must hold for a reader that catches up beside those at the tail, and for many streams."""

import base64
import json
import shutil
import statistics
import subprocess
import time

import report
import scaling
from harness import RESULTS, BenchError, KinesisClient, disk_usage, in_parallel, load_command, scratch, serving
from scaling import GB, MB, measure, say

RECORD_BYTES = 1024
SHARDS = 4
DISK_SHARE_MAX = 0.4  # of what is free


class CatchUp:
    """Readers at the tail of each shard, with and without one that reads the same stream from the horizon."""

    def __init__(self, server, seconds):
        self.server, self.seconds = server, seconds

    def fill(self, gigabytes):
        KinesisClient(self.server.port).create_stream("deep", SHARDS)
        result = measure(self.server, "put-records", "fill", stream="deep", size=RECORD_BYTES, cbor=True, batch=500,
                         connections=16, count=int(gigabytes * GB) // RECORD_BYTES)
        return result["messages_per_second"] * RECORD_BYTES / MB

    def tail(self):
        """The 99th percentiles of a read at the tail and of a record's age when it arrives, ms."""
        result = measure(self.server, "tail", stream="deep", shards=SHARDS, size=RECORD_BYTES, cbor=True, batch=10,
                         connections=4, rate=200, gap_ms=5, seconds=self.seconds, warmup=0.5)
        return [result["calls"].get(call, {}).get("p99_us", float("inf")) / 1000 for call in ("get", "from_send")]

    def tail_beside(self):
        """The same, and the MB a second that the other reader gets. Its generator gives way to what is measured."""
        other = subprocess.Popen(["nice", "-n", "19", *load_command(
            self.server.port, "get-records", cbor=True, stream="deep", shards=SHARDS, size=RECORD_BYTES, connections=1,
            warmup=0.5, seconds=self.seconds + 1)], stdout=subprocess.PIPE, text=True)
        time.sleep(0.5)
        figures = self.tail()
        result = json.loads(other.communicate(timeout=120)[0])
        report.complain({"scenario": "catching up", **result})
        return figures, result["messages_per_second"] * RECORD_BYTES / MB


def catch_up(quick, gigabytes):
    """tail reads beside a reader from the horizon"""
    RESULTS.mkdir(parents=True, exist_ok=True)
    room = shutil.disk_usage(RESULTS).free * DISK_SHARE_MAX / GB
    wanted = gigabytes or (1 if quick else 10)
    figures = {"GB": min(wanted, room)}
    if room < wanted:
        say(f"the disk allows {room:.1f} GB in place of {wanted:g}")
    with scratch("catch-up") as folder, serving(folder / "data") as server:
        test = CatchUp(server, 3 if quick else 8)
        figures["filled, MB/s"] = test.fill(figures["GB"])
        figures["disk, GB"] = disk_usage(folder / "data") / GB
        rounds = []
        for number in range(3 if quick else 7):
            alone = test.tail()
            beside, rate = test.tail_beside()
            rounds.append({"alone": alone, "beside": beside, "MB/s": rate})
            say(f"round {number + 1}: read p99 {alone[0]:.2f} alone, {beside[0]:.2f} ms beside; age p99 {alone[1]:.2f}, "
                f"{beside[1]:.2f} ms; catching up at {rate:,.0f} MB/s")
        figures["rounds"] = rounds
        figures["catching up, MB/s"] = statistics.median(one["MB/s"] for one in rounds)
        figures["rss peak, MB"] = server.rss_peak() / MB
    for place, name in enumerate(("read at the tail, p99 ms", "age of a record at the tail, p99 ms")):
        for kind in ("alone", "beside"):
            figures[f"{name}, {kind}"] = statistics.median(one[kind][place] for one in rounds)
    scaling.say_figures(figures)
    ratio = statistics.median(one["beside"][0] / one["alone"][0] for one in rounds)
    age = statistics.median(one["beside"][1] / one["alone"][1] for one in rounds)
    return figures, [report.at_most("tail reads' p99, with / without catching up", ratio, 2),
                     report.at_most("age of records at the tail, p99, with / without", age, 2)]


class Many(scaling.Filled):
    """Streams of many shards, and one record in the last."""

    def __init__(self, folder, streams, shards):
        super().__init__(folder / "data", {"streams": streams, "shards of each": shards})
        self.streams, self.shards, self.stream = streams, shards, f"stream-{streams - 1}"

    def fill(self):
        begin = time.monotonic()
        in_parallel(lambda: KinesisClient(self.server.port),
                    lambda client, number: client.create_stream(f"stream-{number}", self.shards), range(self.streams))
        self.note({"created per second": self.streams / (time.monotonic() - begin)})
        put = KinesisClient(self.server.port).call("PutRecord", StreamName=self.stream, PartitionKey="k",
                                                   Data=base64.b64encode(b"first").decode())
        self.shard = put["ShardId"]

    def idle(self, seconds):
        time.sleep(2)
        memory = self.server.rss() / MB
        before, begin = self.server.cpu_seconds(), time.monotonic()
        time.sleep(seconds)
        percent = (self.server.cpu_seconds() - before) / (time.monotonic() - begin) * 100
        self.note({"rss, MB": memory, "idle, % of a core": percent})
        self.bars += [report.at_most("resident memory with 10,000 shards (MB)", memory, 400),
                      report.at_most("processor with 10,000 idle shards (% of a core)", percent, 1)]

    def read_one(self):
        client = KinesisClient(self.server.port)
        iterator = client.call("GetShardIterator", StreamName=self.stream, ShardId=self.shard,
                               ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        if not client.call("GetRecords", ShardIterator=iterator)["Records"]:
            raise BenchError("no record after the restart")


def many(quick, _):
    """a thousand streams of ten shards"""
    with scratch("streams") as folder, Many(folder, 1000, 10) as test:
        test.fill()
        test.idle(5 if quick else 20)
        test.restart("first record", test.read_one, 3)
    return test.figures, test.bars


PARTS = {"many": many, "catch-up": catch_up}


def run(quick, only, gigabytes):
    scaling.run("scale-streams", PARTS, only, quick, gigabytes)
