"""The fuzzers' first inputs: what the wire tests send, and the samples of the formats on disk."""
import json
import pathlib
import re
import struct
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
CALL = re.compile(r"^(?:call|begin \S+|flood \d+) (\w+) (\{.*)$", re.M)


def calls():
    """(operation, members) of every call in the transcripts; lines that begin with a blank continue the one above."""
    for transcript in sorted((ROOT / "tests/wire").rglob("*.wire")):
        for operation, text in CALL.findall(re.sub(r"\n[ \t]+", " ", transcript.read_text())):
            try:
                yield operation, json.loads(text)
            except ValueError:
                pass  # a placeholder outside a string; the rest is plenty


def form(members, prefix=""):
    """Members as parameters of the query protocol, near enough to begin with."""
    for name, value in members.items():
        name = prefix + name
        if isinstance(value, dict):
            for number, (key, item) in enumerate(value.items(), 1):
                yield f"{name}.{number}.Name", key
                yield from form({"Value": item}, f"{name}.{number}.")
        elif isinstance(value, list):
            for number, item in enumerate(value, 1):
                yield from form(item, f"{name}.{number}.") if isinstance(item, dict) else [(f"{name}.{number}", item)]
        else:
            yield name, value


def cbor(value):
    """A value as CBOR of definite lengths; texts stay texts."""
    def head(major, number):
        return bytes([major << 5 | number]) if number < 24 else bytes([major << 5 | 26]) + number.to_bytes(4, "big")
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(cbor(name) + cbor(item) for name, item in value.items())
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, bool) or value is None:
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
    if isinstance(value, int) and abs(value) < 1 << 32:
        return head(0, value) if value >= 0 else head(1, -1 - value)
    return b"\xfb" + struct.pack(">d", value)


def stored(kind):
    return [path.read_bytes() for path in sorted((ROOT / "tests/format").rglob(f"{kind}*")) if path.is_file()]


# Fuzzers without a line here begin with nothing.
INPUTS = {
    "http_parser_fuzz": lambda: [path.read_bytes() for path in sorted((ROOT / "tests/wire/http").glob("*.http"))],
    "codec_json_fuzz": lambda: [json.dumps(members).encode() for _, members in calls()],
    "codec_cbor_fuzz": lambda: [cbor(members) for _, members in calls()],
    "codec_query_fuzz": lambda: [urllib.parse.urlencode([("Action", operation), *form(members)]).encode()
                                 for operation, members in calls()],
    "log_head_fuzz": lambda: stored("head"),
    "log_journal_fuzz": lambda: stored("journal"),
    "log_checkpoint_fuzz": lambda: stored("checkpoint"),
    "log_segment_fuzz": lambda: stored("segment"),
}


def write(name, folder, bytes_max):
    """Writes the first inputs of a fuzzer into the folder, which is made anew."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for number, content in enumerate(INPUTS.get(name, list)()):
        if len(content) <= bytes_max:
            (folder / f"{number:04}").write_bytes(content)
