"""Tables and bars for people."""

import json
import os
import sys
import time


def progress(line):
    print(line, file=sys.stderr, flush=True)


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    kernel = os.uname().release
    return f"{os.cpu_count()} x {model}, Linux {kernel}, load {os.getloadavg()[0]:.1f} at the beginning"


def at_least(what, figure, bar):
    return {"what": what, "figure": figure, "bar": bar, "kind": "at least", "ratio": figure / bar, "pass": figure >= bar}


def at_most(what, figure, bar):
    return {"what": what, "figure": figure, "bar": bar, "kind": "at most", "ratio": figure / bar, "pass": figure <= bar}


def bar_line(bar):
    # Of two requirements of which the lower one counts, the other is shown for comparison.
    verdict = "" if not bar.get("counts", True) else "pass" if bar["pass"] else "SHORT"
    return (f"  {verdict:<5}  {bar['what']:<58} {bar['figure']:>10,.3g}   {bar['kind']:>8} "
            f"{bar['bar']:<8g} {bar['ratio']:.2f} of the bar")


def print_bars(bars):
    print("\nBars")
    for bar in bars:
        print(bar_line(bar))


def finish(path, results, begun, plots=(), remarks=()):
    """Keeps the results, and says how the bars were met and where everything is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1))
    print_bars(results["bars"])
    for remark in remarks:
        print(f"\n{remark}")
    print(f"\n{time.monotonic() - begun:.0f} s; results in {path}" + (", plots:" if plots else ""))
    for plot in plots:
        print(f"  {plot}")


def complain(result):
    """A figure of a run with errors is worth nothing, so it says so beside the figure."""
    for kind, error in result.get("errors", {}).items():
        progress(f"  ERROR {result.get('scenario', '')}: {kind}, {error['count']} times: {error['example'][:500]}")


def latency_of(row):
    return row["calls"].get(row["latency"], {})


def row_line(row):
    latency = latency_of(row)
    return (f"{row['scenario']:<18} {row['connections']:>4} conn {row['messages_per_second']:>10,.0f} msg/s"
            f"  p50 {latency.get('p50_us', 0):>9,.0f}  p90 {latency.get('p90_us', 0):>9,.0f}"
            f"  p99 {latency.get('p99_us', 0):>9,.0f}  p99.9 {latency.get('p999_us', 0):>9,.0f} us"
            f"  cpu {row.get('server_cpu', 0):.2f}+{row['generator_cpu']:.2f}"
            + ("  ERRORS" if row["errors"] else ""))


def print_tables(results, size_name):
    print("\nThe disk's own synced append (prewritten file, O_DIRECT, fdatasync)")
    for disk in results["disk"]:
        print(f"  {size_name(disk['bytes']):>8} {disk['per_second']:>10,.0f} /s  p50 {disk['p50_us']:>9,.0f}"
              f"  p90 {disk['p90_us']:>9,.0f}  p99 {disk['p99_us']:>9,.0f} us")
    print("\nLatency is that of the call named first (send, receive, the whole cycle, or send to poller); "
          "cpu is cores of server+generator")
    if results["nginx"]:
        print("\nnginx, constant reply to the bytes of a send")
        for row in results["nginx"]:
            print(f"  {size_name(row['size']):>8}  {row_line(row)}")
    for durability in ("sync", "os"):
        for size in sorted({row["size"] for row in results["rows"]}):
            print(f"\n{durability}, bodies of {size_name(size)}")
            for row in results["rows"]:
                if (row["durability"], row["size"]) == (durability, size):
                    print(f"  {row_line(row)}")
    if results["peer"]:
        print(f"\n{results['peer']['name']}, bodies of 1 KiB")
        for row in results["peer"]["rows"]:
            latency = "receive" if row["scenario"] == "receive+delete" else "send"
            print(f"  {row_line({**row, 'latency': latency})}")
