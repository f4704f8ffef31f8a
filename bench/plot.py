"""Plots as SVG, written by hand: throughput, median and 99th percentile of latency against connections, one file per
durability and body size."""

import math
from xml.sax.saxutils import escape

COLOURS = {
    "send": "#1f5fa8", "send batch": "#d1661d", "receive+delete": "#2f8f4e", "receive+delete one": "#8a5fb0",
    "cycle": "#b8323a", "fifo send": "#17899c", "fifo send batch": "#8a6d1b", "long poll": "#c2508f",
    "nginx constant": "#777777",
}
# Of ./mill bench kinesis: a colour for each scenario, darker in JSON.
STREAM_COLOURS = {
    "put 500 json": "#9a4510", "put 500 cbor": "#e8873c", "get horizon json": "#1d6b36", "get horizon cbor": "#54b878",
    "put one json": "#163f78", "put one cbor": "#5b94d6", "get tail json": "#8f1f28", "get tail cbor": "#dc6b73",
    "subscribe json": "#5f3c85", "subscribe cbor": "#a884cc", "kinesalite": "#777777",
}
# Of ./mill bench sns: a colour for each scenario, darker in the envelope.
TOPIC_COLOURS = {
    "publish, enveloped": "#163f78", "publish, raw": "#5b94d6", "publish batch, enveloped": "#9a4510",
    "publish batch, raw": "#e8873c", "receive+delete, enveloped": "#1d6b36", "receive+delete, raw": "#54b878",
    "publish to receive, enveloped": "#5f3c85", "publish to receive, raw": "#a884cc",
}
PANEL_WIDTH, PANEL_HEIGHT = 330, 340
LEFT, TOP, GAP = 64, 84, 72
PANELS_RIGHT = LEFT + 3 * PANEL_WIDTH + 2 * GAP
LEGEND_NAMES, LETTER_WIDTH = PANELS_RIGHT + 56, 8  # where the names begin, and the most that a letter takes
HEIGHT = TOP + PANEL_HEIGHT + 70
LATENCIES = (("p50_us", "Latency of a call, median"), ("p99_us", "Latency of a call, 99th percentile"))


def text(x, y, content, anchor="start", size=12, colour="#222", extra=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}" {extra}>'
            f"{escape(content)}</text>")


def line(x1, y1, x2, y2, colour, width=1.0):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
            f'stroke-width="{width}"/>')


def short(value):
    for limit, suffix in ((1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:g}{suffix}"
    return f"{value:g}"


def time_name(us):
    return f"{us / 1e6:g} s" if us >= 1e6 else f"{us / 1e3:g} ms" if us >= 1e3 else f"{us:g} µs"


class Panel:
    """One pair of axes: connections (or shards), evenly spaced, against a logarithmic scale."""

    def __init__(self, left, title, connections, values, name, axis):
        self.left, self.connections = left, connections
        self.low = math.floor(math.log10(max(min(values), 1e-9)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)
        self.parts = [text(left, TOP - 14, title, size=14, extra='font-weight="600"')]
        for decade in range(self.low, self.high + 1):
            y = self.y(10.0**decade)
            self.parts.append(line(left, y, left + PANEL_WIDTH, y, "#d5d5d5"))
            self.parts.append(text(left - 8, y + 4, name(10.0**decade), "end"))
            if decade < self.high:
                self.parts += [line(left, self.y(k * 10.0**decade), left + PANEL_WIDTH, self.y(k * 10.0**decade),
                                    "#f0f0f0") for k in (2, 5)]
        for count in connections:
            self.parts.append(line(self.x(count), TOP + PANEL_HEIGHT, self.x(count), TOP + PANEL_HEIGHT + 5, "#666"))
            self.parts.append(text(self.x(count), TOP + PANEL_HEIGHT + 21, str(count), "middle"))
        self.parts.append(line(left, TOP + PANEL_HEIGHT, left + PANEL_WIDTH, TOP + PANEL_HEIGHT, "#666"))
        self.parts.append(text(left + PANEL_WIDTH / 2, TOP + PANEL_HEIGHT + 44, axis, "middle"))

    def x(self, count):
        steps = max(len(self.connections) - 1, 1)
        return self.left + 24 + (PANEL_WIDTH - 48) * self.connections.index(count) / steps

    def y(self, value):
        share = (math.log10(max(value, 1e-9)) - self.low) / (self.high - self.low)
        return TOP + PANEL_HEIGHT * (1 - share)

    def series(self, points, colour):
        points = [(self.x(count), self.y(value)) for count, value in points if value > 0]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        self.parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]


def latency(row, key):
    return row["calls"].get(row["latency"], {}).get(key, 0)


def draw(title, rows, colours, axis="connections", unit="messages", paced=lambda name: name == "long poll"):
    connections = sorted({row[axis] for row in rows})
    names = [name for name in colours if any(row["scenario"] == name for row in rows)]
    rates = [row["messages_per_second"] for row in rows if row["messages_per_second"] > 0]
    times = [latency(row, key) for row in rows for key, _ in LATENCIES if latency(row, key) > 0]
    if not rates or not times:
        return None
    throughput = Panel(LEFT, f"Throughput, {unit} per second", connections, rates, short, axis)
    # One scale for both, so that they can be compared.
    latencies = [(key, Panel(LEFT + (PANEL_WIDTH + GAP) * number, name, connections, times, time_name,
                            axis))
                 for number, (key, name) in enumerate(LATENCIES, 1)]
    legend = []
    legend_x, y = PANELS_RIGHT + 22, TOP + 10
    width = LEGEND_NAMES + LETTER_WIDTH * max(len(name) for name in names)
    for name in names:
        mine = sorted((row for row in rows if row["scenario"] == name), key=lambda row: row[axis])
        if not paced(name):  # its rate is set by pauses
            throughput.series([(row[axis], row["messages_per_second"]) for row in mine], colours[name])
        for key, panel in latencies:
            panel.series([(row[axis], latency(row, key)) for row in mine], colours[name])
        legend.append(line(legend_x, y - 4, legend_x + 26, y - 4, colours[name], 3))
        legend.append(text(LEGEND_NAMES, y, name))
        y += 22
    parts = [part for panel in (throughput, *(panel for _, panel in latencies)) for part in panel.parts]
    body = "\n".join([text(LEFT, 34, title, size=17, extra='font-weight="600"'), *parts, *legend])
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" '
            f'font-family="Helvetica, Arial, sans-serif">\n<rect width="{width}" height="{HEIGHT}" fill="white"/>\n'
            f"{body}\n</svg>\n")


def write_all(results, folder, size_name):
    paths = []
    for durability in ("sync", "os"):
        for size in sorted({row["size"] for row in results["rows"]}):
            rows = [row for row in results["rows"] if (row["durability"], row["size"]) == (durability, size)]
            rows += [row for row in results["nginx"] if row["size"] == size]
            svg = draw(f"SQS over HTTP, durability = {durability}, bodies of {size_name(size)}", rows, COLOURS)
            if svg:
                path = folder / f"sqs-{durability}-{size}.svg"
                path.write_text(svg)
                paths.append(path)
    return paths
