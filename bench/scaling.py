"""What the benches of scale share: their parts, run in turn with the bars they have; servers that are filled and started
again."""

import signal
import time

import report
from harness import RESULTS, BenchError, Server, load

MB = 1e6
GB = 1e9


def say(line):
    report.progress(f"  {line}")


def say_figures(figures):
    for name, value in figures.items():
        if isinstance(value, (int, float)):
            say(f"{name}: {value:,.2f}")


def measure(server, mode, scenario=None, **options):
    """One run of the generator; its result, and a word beside it if there were errors."""
    result = load(server.port, mode, server, timeout=3600, **options)
    report.complain({"scenario": scenario or mode, **result})
    return result


class Filled:
    """What a server holds is measured, and again when it was stopped and started; stopped at the end of the `with`."""

    def __init__(self, data, figures):
        self.data, self.figures, self.bars = data, {}, []
        self.server = Server(data)
        self.note(figures)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.stop()

    def note(self, figures):
        self.figures |= figures
        say_figures(figures)

    def restart(self, what, try_it, seconds_max, memory_max=None):
        """Starts it again, after a clean end and after a kill: how long it takes until `what`, when try_it() has returned,
        and its memory then."""
        for how, name in ((signal.SIGTERM, "restart"), (signal.SIGKILL, "restart after kill -9")):
            self.server.stop(how)
            self.server = Server(self.data)
            try_it()
            seconds, memory = time.monotonic() - self.server.started, self.server.rss() / MB
            self.note({f"{name} to serving, s": self.server.serving_seconds, f"{name} to {what}, s": seconds,
                       f"rss after {name}, MB": memory, f"rss peak after {name}, MB": self.server.rss_peak() / MB})
            self.bars.append(report.at_most(f"{name} to {what} (s)", seconds, seconds_max))
            if memory_max:
                self.bars.append(report.at_most(f"resident memory after {name} (MB)", memory, memory_max))


def run(name, parts, only, *given):
    """Each part is called with `given` and returns its figures and its bars; the first line of its text says what it is."""
    begun = time.monotonic()
    results = {"quick": given[0], "machine": report.machine()}
    bars = []
    for part_name, part in parts.items():
        if only and part_name not in only:
            continue
        report.progress(f"{part_name}: {part.__doc__.splitlines()[0]}")
        try:
            results[part_name], part_bars = part(*given)
            bars += part_bars
        except BenchError as error:
            print(f"{part_name}: could not be measured: {error}")
    results["bars"] = bars
    report.finish(RESULTS / f"{name}.json", results, begun)
