"""./mill bench kinesis: puts, reads from the horizon and at the tail, and subscriptions, over shards, encodings, sizes and
durability; and the bars."""

import json
import statistics
import subprocess
import time

import ceilings
import kinesalite
import plot
import report
from harness import BUILD, RESULTS, BenchError, KinesisClient, load, scratch, serving
from matrix import measure_nginx, size_name

KIB = 1024
SIZES = (100, KIB)
SHARDS = (1, 4, 16, 64)
ENCODINGS = ("json", "cbor")
BAR_SHARDS = 4
# One thread does all the work of kinesalite: more connections only make each call last longer than the measured time.
PEER_CONNECTIONS, PEER_SECONDS = 4, 2
MICRO_BENCH = BUILD / "aws_bench"

# name, mode of the generator, options, the call whose latency is shown. What a stream holds when it is read from the
# horizon is what the puts before left in it.
SCENARIOS = (
    ("put 500", "put-records", {"batch": 500, "connections": 16}, "put"),
    ("get horizon", "get-records", {"connections": 8}, "get"),
    ("put one", "put-records", {"batch": 1, "connections": 64}, "put"),
    # 2,000 records a second, and readers that ask again 5 ms after an empty reply.
    ("get tail", "tail", {"batch": 10, "connections": 4, "rate": 200, "gap_ms": 5}, "get"),
    ("subscribe", "subscribe", {"gap_ms": 1}, "from_send"),
)
PACED = {"get tail", "subscribe"}  # their rate is set by pauses


def scenario_named(name):
    return next(scenario for scenario in SCENARIOS if scenario[0] == name)


class Stream:
    """A stream of its own on a server, to be put to and read."""

    def __init__(self, server, shards, subscribed=False):
        self.server, self.shards = server, shards
        client = KinesisClient(server.port)
        self.name = f"bench-{time.monotonic_ns()}"
        arn = client.create_stream(self.name, shards)
        self.consumer = client.register_consumer(arn, "bench") if subscribed else None

    def measure(self, scenario, encoding, size, seconds, **changes):
        name, mode, options, latency = scenario
        options = {"connections": 1, **options, **changes}
        result = load(self.server.port, mode, self.server, stream=self.name, shards=self.shards, size=size, seconds=seconds,
                      consumer=self.consumer, cbor=encoding == "cbor", warmup=0.3, **options)
        row = {"scenario": name, "encoding": encoding, "size": size, "shards": self.shards, "latency": latency,
               "connections": options["connections"], **result}
        row["mb_per_second"] = result["messages_per_second"] * size / 1e6
        report.complain(row)
        return row


def decode_and_append():
    """One core's rate without network and disk, MB/s of record data by encoding; None where it was not built."""
    if not MICRO_BENCH.exists():
        return None
    done = subprocess.run([str(MICRO_BENCH), "--benchmark_filter=^decode_and_append_.*/1024$", "--benchmark_format=json",
                           "--benchmark_min_time=0.3"], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise BenchError(f"{MICRO_BENCH}: {done.stderr}")
    rates = {run["name"]: run["bytes_per_second"] / 1e6 for run in json.loads(done.stdout)["benchmarks"]}
    return {encoding: rates[f"decode_and_append_{encoding}/1024"] for encoding in ENCODINGS}


def disk_bandwidth():
    """Of synced sequential writes of the size that suits the disk best, MB/s; and its median for 4 KiB, in us."""
    best = max((ceilings.synced_append(size) for size in (1024 * KIB, 4096 * KIB)),
               key=lambda disk: disk["bytes"] * disk["per_second"])
    return best["bytes"] * best["per_second"] / 1e6, ceilings.synced_append()["p50_us"]


def measure_round(seconds, peer):
    """Everything that the bars compare, measured within a minute."""
    figures = {}
    figures["disk MB/s"], figures["disk us"] = disk_bandwidth()
    rates = decode_and_append()
    for encoding in ENCODINGS:
        if rates:
            figures[f"core {encoding} MB/s"] = rates[encoding]
        with scratch("bars") as folder, serving(folder / "data") as server:
            stream = Stream(server, BAR_SHARDS, subscribed=True)
            put = stream.measure(scenario_named("put 500"), encoding, KIB, seconds)
            get = stream.measure(scenario_named("get horizon"), encoding, KIB, seconds)
            subscribed = Stream(server, BAR_SHARDS, subscribed=True).measure(scenario_named("subscribe"), encoding, KIB,
                                                                            seconds)
            figures[f"put {encoding} MB/s"] = put["mb_per_second"]
            figures[f"get {encoding} MB/s"] = get["mb_per_second"]
            figures[f"subscribe {encoding} us"] = subscribed["calls"].get("from_send", {}).get("p50_us", float("inf"))
            if encoding == "json":
                figures[f"put {size_name(KIB)}/s"] = put["messages_per_second"]
                small = Stream(server, BAR_SHARDS).measure(scenario_named("put 500"), encoding, 100, seconds)
                figures[f"put {size_name(100)}/s"] = small["messages_per_second"]
    if peer:
        with kinesalite.kinesalite() as process:
            for size in SIZES:
                stream = Stream(process, BAR_SHARDS)
                row = stream.measure(scenario_named("put 500"), "json", size, max(seconds, PEER_SECONDS),
                                     connections=PEER_CONNECTIONS)
                figures[f"kinesalite {size_name(size)}/s"] = row["messages_per_second"]
    return figures


def measure_bars(rounds, seconds, peer):
    samples = []
    for number in range(rounds):
        samples.append(measure_round(seconds, peer))
        report.progress(f"bars {number + 1}/{rounds}: " + ", ".join(f"{k} {v:,.1f}" for k, v in samples[-1].items()))

    def middle(value):
        return statistics.median(value(sample) for sample in samples)

    def over(upper, lower):
        return middle(lambda sample: sample[upper] / sample[lower] if sample[lower] else 0)

    print("\nMedians of the rounds")
    for key in samples[0]:
        print(f"  {key:<24} {middle(lambda sample, key=key: sample[key]):>12,.1f}")
    bars = []
    for encoding in ENCODINGS:
        name = encoding.upper()
        put = f"put {encoding} MB/s"
        shares = [(over(put, "disk MB/s"), 0.4, "the disk's synced bandwidth")]
        if f"core {encoding} MB/s" in samples[0]:
            shares.append((over(put, f"core {encoding} MB/s"), 0.5, "one core's decode-and-append"))
        # The lower of the two requirements is the bar; both are printed.
        lowest = max(shares, key=lambda share: share[0] / share[1])
        for share in shares:
            bars.append({**report.at_least(f"{name}: synced PutRecords / {share[2]}", share[0], share[1]),
                         "counts": share is lowest})
        bars.append(report.at_least(f"{name}: GetRecords from the horizon / PutRecords, bytes",
                                    over(f"get {encoding} MB/s", put), 2))
        bars.append(report.at_most(f"{name}: put to subscriber, median, beside the sync (ms)",
                                   middle(lambda sample, key=f"subscribe {encoding} us":
                                          (sample[key] - sample["disk us"]) / 1000), 2))
    if peer:
        bars += [report.at_least(f"records per second / kinesalite's, {size_name(size)}",
                                 over(f"put {size_name(size)}/s", f"kinesalite {size_name(size)}/s"), 20)
                 for size in reversed(SIZES)]
    return samples, bars


def measure_peer(shards, seconds):
    rows = []
    for count in shards:
        for size in SIZES:
            with kinesalite.kinesalite() as process:
                stream = Stream(process, count)
                for name in ("put 500", "get horizon", "put one"):
                    # It takes seconds to read what a fast put leaves, so it reads before the single puts.
                    rows.append(stream.measure(scenario_named(name), "json", size, max(seconds, PEER_SECONDS),
                                               connections=PEER_CONNECTIONS))
                    report.progress(f"kinesalite {size_name(size):>6} " + row_line(rows[-1]))
    return rows


def measure_matrix(quick, sizes, shards, seconds):
    rows = []
    for durability in ("sync", "os"):
        for size in sizes:
            for encoding in ENCODINGS:
                for count in shards:
                    with scratch("data") as folder, serving(folder / "data", durability) as server:
                        stream = Stream(server, count, subscribed=True)
                        for scenario in SCENARIOS:
                            if quick and durability == "os" and scenario[0] in PACED:
                                continue
                            if scenario[0] in PACED:
                                # Its data says when it was sent, so it has a stream of its own.
                                stream = Stream(server, count, subscribed=True)
                            row = {"durability": durability, **stream.measure(scenario, encoding, size, seconds)}
                            rows.append(row)
                            report.progress(f"{durability:4} {size_name(size):>6} {encoding} " + row_line(row))
    return rows


def row_line(row):
    latency = report.latency_of(row)
    age = row["calls"].get("from_send", {})
    return (f"{row['scenario']:<12} {row['shards']:>3} shards {row['messages_per_second']:>10,.0f} rec/s "
            f"{row['mb_per_second']:>8,.1f} MB/s  p50 {latency.get('p50_us', 0):>9,.0f}"
            f"  p99 {latency.get('p99_us', 0):>9,.0f} us"
            + (f"  age p50 {age['p50_us']:>7,.0f}  p99 {age['p99_us']:>7,.0f} us" if age else "")
            + f"  cpu {row.get('server_cpu', 0):.2f}+{row['generator_cpu']:.2f}" + ("  ERRORS" if row["errors"] else ""))


def print_tables(results):
    print("\nThe disk's own synced append (prewritten file, O_DIRECT, fdatasync)")
    for disk in results["disk"]:
        mb_per_second = disk["bytes"] * disk["per_second"] / 1e6
        print(f"  {size_name(disk['bytes']):>8} {disk['per_second']:>10,.0f} /s {mb_per_second:>8,.0f} MB/s"
              f"  p50 {disk['p50_us']:>9,.0f}  p99 {disk['p99_us']:>9,.0f} us")
    if results["nginx"]:
        print("\nnginx, constant reply")
        for row in results["nginx"]:
            print(f"  {size_name(row['size']):>8}  {report.row_line(row)}")
    print("\nLatency is that of the call (put, get), or of a record from its put to the subscriber; age is that of a record "
          "when it arrives;\nMB are of record data; cpu is cores of server+generator")
    groups = {}
    for row in results["rows"]:
        groups.setdefault((row["durability"], row["size"], row["encoding"]), []).append(row)
    for (durability, size, encoding), rows in groups.items():
        print(f"\n{durability}, records of {size_name(size)}, {encoding.upper()}")
        for row in sorted(rows, key=lambda row: [scenario[0] for scenario in SCENARIOS].index(row["scenario"])):
            print(f"  {row_line(row)}")
    if results["peer"]:
        print("\nkinesalite, in memory, JSON")
        for row in results["peer"]:
            print(f"  {size_name(row['size']):>8}  {row_line(row)}")


def write_plots(results):
    paths = []
    for durability in ("sync", "os"):
        for size in sorted({row["size"] for row in results["rows"]}):
            rows = [{**row, "scenario": f"{row['scenario']} {row['encoding']}"} for row in results["rows"]
                    if (row["durability"], row["size"]) == (durability, size)]
            rows += [{**row, "scenario": "kinesalite"} for row in results["peer"]
                     if (row["size"], row["scenario"]) == (size, "put 500")]
            svg = plot.draw(f"Kinesis over HTTP, durability = {durability}, records of {size_name(size)}", rows,
                            plot.STREAM_COLOURS, axis="shards", unit="records",
                            paced=lambda name: name.startswith(tuple(PACED)))
            if svg:
                paths.append(RESULTS / f"kinesis-{durability}-{size}.svg")
                paths[-1].write_text(svg)
    return paths


def run(quick, seconds=None):
    begun = time.monotonic()
    sizes, shards = ((KIB,), (1, 16)) if quick else (SIZES, SHARDS)
    seconds = seconds or (1.0 if quick else 2.0)
    results = {"quick": quick, "machine": report.machine()}
    print(report.machine())
    no_peer = kinesalite.missing()
    results["bar_samples"], results["bars"] = measure_bars(2 if quick else 5, seconds, no_peer is None)
    results["disk"] = [ceilings.synced_append(size) for size in (4 * KIB, 64 * KIB, 1024 * KIB, 4096 * KIB)]
    results["nginx"] = measure_nginx((KIB,), (1, 64), seconds)
    results["rows"] = measure_matrix(quick, sizes, shards, seconds)
    results["peer"] = [] if no_peer else measure_peer(shards[:2] if quick else (1, 4), seconds)
    print_tables(results)
    remarks = [f"no peer: kinesalite could not be installed: {no_peer}"] if no_peer else []
    if not MICRO_BENCH.exists():
        remarks.append(f"{MICRO_BENCH} is missing: nothing to compare with one core's decode-and-append rate")
    report.finish(RESULTS / "kinesis.json", results, begun, write_plots(results), remarks)
