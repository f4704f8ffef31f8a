"""./mill bench scale-streams: what must hold for a reader that catches up beside those at the tail, and for many streams."""

import base64
import concurrent.futures
import json
import shutil
import signal
import statistics
import subprocess
import time

import report
from harness import BUILD, RESULTS, BenchError, KinesisClient, Server, disk_usage, load, scratch, serving

MB, GB = 1e6, 1e9
RECORD_BYTES = 1024
SHARDS = 4
DISK_SHARE_MAX = 0.4  # of what is free


def say(line):
    report.progress(f"  {line}")


def generator(port, mode, **options):
    """The command of a generator that runs beside another one."""
    command = [str(BUILD / "millrace-load"), "--mode", mode, "--address", f"127.0.0.1:{port}", "--cbor"]
    for name, value in options.items():
        command += ["--" + name.replace("_", "-"), str(value)]
    return command


class CatchUp:
    """Readers at the tail of each shard, with and without one that reads the same stream from the horizon."""

    def __init__(self, server, seconds):
        self.server, self.seconds = server, seconds

    def fill(self, gigabytes):
        KinesisClient(self.server.port).create_stream("deep", SHARDS)
        result = load(self.server.port, "put-records", self.server, timeout=3600, stream="deep", size=RECORD_BYTES,
                      cbor=True, batch=500, connections=16, count=int(gigabytes * GB) // RECORD_BYTES)
        report.complain({"scenario": "fill", **result})
        return result["messages_per_second"] * RECORD_BYTES / MB

    def tail(self):
        """The 99th percentiles of a read at the tail and of a record's age when it arrives, ms."""
        result = load(self.server.port, "tail", self.server, stream="deep", shards=SHARDS, size=RECORD_BYTES, cbor=True,
                      batch=10, connections=4, rate=200, gap_ms=5, seconds=self.seconds, warmup=0.5)
        report.complain({"scenario": "tail", **result})
        return [result["calls"].get(call, {}).get("p99_us", float("inf")) / 1000 for call in ("get", "from_send")]

    def tail_beside(self):
        """The same, and the MB a second that the other reader gets. Its generator gives way to what is measured."""
        other = subprocess.Popen(["nice", "-n", "19", *generator(
            self.server.port, "get-records", stream="deep", shards=SHARDS, size=RECORD_BYTES, connections=1, warmup=0.5,
            seconds=self.seconds + 1)], stdout=subprocess.PIPE, text=True)
        time.sleep(0.5)
        figures = self.tail()
        result = json.loads(other.communicate(timeout=120)[0])
        report.complain({"scenario": "catching up", **result})
        return figures, result["messages_per_second"] * RECORD_BYTES / MB


def catch_up(quick, gigabytes):
    """catch-up: tail reads beside a reader from the horizon"""
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
    for name, value in figures.items():
        if name != "rounds":
            say(f"{name}: {value:,.2f}")
    ratio = statistics.median(one["beside"][0] / one["alone"][0] for one in rounds)
    age = statistics.median(one["beside"][1] / one["alone"][1] for one in rounds)
    return figures, [report.at_most("tail reads' p99, with / without catching up", ratio, 2),
                     report.at_most("age of records at the tail, p99, with / without", age, 2)]


def create_streams(port, count, shards, threads=8):
    def create(first):
        client = KinesisClient(port)
        for number in range(first, count, threads):
            client.create_stream(f"stream-{number}", shards)

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(create, range(threads)))


def read_one(port, stream, shard):
    client = KinesisClient(port)
    iterator = client.call("GetShardIterator", StreamName=stream, ShardId=shard,
                           ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = client.call("GetRecords", ShardIterator=iterator)["Records"]
    if not records:
        raise BenchError("no record after the restart")


def many(quick, _):
    """many: a thousand streams of ten shards"""
    count, shards = 1000, 10
    figures = {"streams": count, "shards of each": shards}
    with scratch("streams") as folder:
        server = Server(folder / "data")
        try:
            begin = time.monotonic()
            create_streams(server.port, count, shards)
            figures["created per second"] = count / (time.monotonic() - begin)
            last = f"stream-{count - 1}"
            put = KinesisClient(server.port).call("PutRecord", StreamName=last, PartitionKey="k",
                                                  Data=base64.b64encode(b"first").decode())
            time.sleep(2)
            figures["rss, MB"] = server.rss() / MB
            before, begin = server.cpu_seconds(), time.monotonic()
            time.sleep(5 if quick else 20)
            figures["idle, % of a core"] = (server.cpu_seconds() - before) / (time.monotonic() - begin) * 100
            bars = [report.at_most("resident memory with 10,000 shards (MB)", figures["rss, MB"], 400),
                    report.at_most("processor with 10,000 idle shards (% of a core)", figures["idle, % of a core"], 1)]
            for how, name in ((signal.SIGTERM, "restart"), (signal.SIGKILL, "restart after kill -9")):
                server.stop(how)
                server = Server(folder / "data")
                figures[f"{name} to serving, s"] = server.serving_seconds
                read_one(server.port, last, put["ShardId"])
                seconds = time.monotonic() - server.started
                figures[f"{name} to first record, s"] = seconds
                figures[f"rss after {name}, MB"] = server.rss() / MB
                bars.append(report.at_most(f"{name} to first record (s)", seconds, 3))
        finally:
            server.stop()
    for name, value in figures.items():
        say(f"{name}: {value:,.2f}")
    return figures, bars


PARTS = {"many": many, "catch-up": catch_up}


def run(quick, only, gigabytes):
    results = {"quick": quick, "machine": report.machine()}
    bars = []
    for name, part in PARTS.items():
        if only and name not in only:
            continue
        report.progress(part.__doc__)
        try:
            results[name], part_bars = part(quick, gigabytes)
            bars += part_bars
        except BenchError as error:
            print(f"{name}: could not be measured: {error}")
    results["bars"] = bars
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "scale-streams.json").write_text(json.dumps(results, indent=1))
    report.print_bars(bars)
    print(f"\nresults in {RESULTS / 'scale-streams.json'}")
