"""./mill bench sqs: throughput and latency over scenarios, sizes, connections and durability, and the bars."""

import statistics
import time

import ceilings
import plot
import report
from harness import RESULTS, Client, load, scratch, serving

KIB = 1024
SIZES = (100, KIB, 64 * KIB)
CONNECTIONS = (1, 8, 64, 256)

# name, mode of the generator, options, the call whose latency is shown
SCENARIOS = (
    ("send", "send", {"batch": 1}, "send"),
    ("send batch", "send", {"batch": 10}, "send"),
    ("receive+delete", "receive-delete", {"batch": 10}, "receive"),
    ("receive+delete one", "receive-delete", {"batch": 1}, "receive"),
    ("cycle", "cycle", {"batch": 1}, "cycle"),
    ("fifo send", "send", {"batch": 1, "fifo": True}, "send"),
    ("fifo send batch", "send", {"batch": 10, "fifo": True}, "send"),
    ("long poll", "long-poll", {}, "from_send"),
)
QUICK = {"send", "send batch", "receive+delete", "cycle", "fifo send batch", "long poll"}
# As many as a fast server takes within the measured time, and not more bytes than keep the filling short.
PREFILL_MESSAGES = {1: 40_000, 10: 300_000}
PREFILL_BYTES = 400_000_000


def size_name(size):
    return f"{size} B" if size < KIB else f"{size // KIB} KiB"


def measure(server, scenario, size, connections, seconds):
    """One cell of the matrix, on a queue of its own."""
    name, mode, options, latency = scenario
    options = dict(options)
    client = Client(server.port)
    queue = f"bench-{time.monotonic_ns()}" + (".fifo" if options.get("fifo") else "")
    url = client.create_queue(queue)
    if mode == "receive-delete":
        prefill = PREFILL_MESSAGES[options["batch"]] // (4 if connections == 1 else 1)
        options["prefill"] = max(100, min(prefill, PREFILL_BYTES // size))
        options["warmup"] = 0
    result = load(server.port, mode, server, connections=connections, size=size, seconds=seconds, queue=queue,
                  **{"warmup": 0.3, **options})
    client.delete_queue(url)
    return {"scenario": name, "size": size, "connections": connections, "latency": latency, **result}


def scenario_named(name):
    return next(scenario for scenario in SCENARIOS if scenario[0] == name)


def measure_bars(rounds, seconds):
    """The bars of the project, each a ratio within one round; the median of the rounds counts, since the machine's own
    speed changes from one second to the next."""
    samples = []
    with ceilings.nginx() as nginx:
        for number in range(rounds):
            with scratch("bars") as folder, serving(folder / "data") as server:
                round_ = {"start_ms": server.serving_seconds * 1000, "idle_rss_mb": server.rss() / 1e6}
                disk = ceilings.synced_append()
                single = measure(server, scenario_named("send"), KIB, 1, seconds)
                round_["disk_us"] = disk["p50_us"]
                round_["disk_per_second"] = disk["per_second"]
                round_["single_us"] = single["calls"].get("send", {}).get("p50_us", float("nan"))
                if nginx:
                    constant = load(nginx.port, "constant", nginx, connections=64, size=KIB, seconds=seconds)
                    round_["nginx"] = constant["messages_per_second"]
                results = {name: measure(server, scenario_named(name), KIB, 64, seconds)
                           for name in ("send", "send batch", "receive+delete")}
                for name, result in results.items():
                    round_[name] = result["messages_per_second"]
                    report.complain(result)
            samples.append(round_)
            report.progress(f"bars {number + 1}/{rounds}: " + ", ".join(f"{k} {v:,.1f}" for k, v in round_.items()))

    def middle(value):
        return statistics.median(value(sample) for sample in samples)

    def over(upper, lower):
        return middle(lambda sample: sample[upper] / sample[lower] if sample[lower] else 0)

    bars = []
    if "nginx" in samples[0]:
        bars.append(report.at_least("single sends / nginx's constant replies", over("send", "nginx"), 0.5))
    bars += [
        report.at_least("messages of batches of ten / single sends", over("send batch", "send"), 4),
        report.at_least("receive+delete in tens / single sends", over("receive+delete", "send"), 3),
        report.at_most("idle synced send, median, over the disk's own (ms)",
                       middle(lambda sample: (sample["single_us"] - sample["disk_us"]) / 1000), 0.3),
        report.at_most("start to serving, empty directory (ms)", middle(lambda sample: sample["start_ms"]), 50),
        report.at_most("resident memory, idle (MB)", middle(lambda sample: sample["idle_rss_mb"]), 25),
    ]
    return samples, bars


def measure_nginx(sizes, connections, seconds):
    rows = []
    with ceilings.nginx() as nginx:
        if nginx is None:
            print("nginx is not installed: no ceiling for HTTP")
            return rows
        for size in sizes:
            for count in connections:
                result = load(nginx.port, "constant", nginx, connections=count, size=size, seconds=seconds, warmup=0.2)
                rows.append({"scenario": "nginx constant", "size": size, "connections": count, "latency": "constant",
                             **result})
                report.progress(report.row_line(rows[-1]))
    return rows


def run(quick, seconds=None):
    begun = time.monotonic()
    sizes = (KIB,) if quick else SIZES
    connections = (1, 64) if quick else CONNECTIONS
    seconds = seconds or (1.0 if quick else 2.0)
    scenarios = [scenario for scenario in SCENARIOS if not quick or scenario[0] in QUICK]
    results = {"quick": quick, "machine": report.machine()}
    print(report.machine())

    results["bar_samples"], results["bars"] = measure_bars(2 if quick else 5, seconds)
    results["disk"] = [ceilings.synced_append(size) for size in (4 * KIB, 64 * KIB, 1024 * KIB)]
    results["nginx"] = measure_nginx(sizes, connections, seconds)
    rows = results["rows"] = []
    for durability in ("sync", "os"):
        for size in sizes:
            for scenario in scenarios:
                if quick and durability == "os" and scenario[0] == "long poll":
                    continue
                with scratch("data") as folder, serving(folder / "data", durability) as server:
                    for count in connections:
                        row = {"durability": durability, **measure(server, scenario, size, count, seconds)}
                        rows.append(row)
                        report.progress(f"{durability:4} {size_name(size):>6} " + report.row_line(row))
                        report.complain(row)
    peer = results["peer"] = ceilings.measure_peer(connections=(1, 64), seconds=seconds)

    report.print_tables(results, size_name)
    plots = plot.write_all(results, RESULTS, size_name)
    no_peer = "no peer installed (ELASTICMQ_JAR, build/peers/elasticmq*.jar or moto_server): not compared"
    report.finish(RESULTS / "sqs.json", results, begun, plots, [no_peer] if peer is None else [])
