"""The fuzzers' first inputs: what the wire tests send, and the samples of the formats on disk."""
import json
import pathlib
import re
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


def stored(kind):
    return [path.read_bytes() for path in sorted((ROOT / "tests/format").rglob(f"{kind}*")) if path.is_file()]


# Fuzzers without a line here begin with nothing.
INPUTS = {
    "http_parser_fuzz": lambda: [path.read_bytes() for path in sorted((ROOT / "tests/wire/http").glob("*.http"))],
    "codec_json_fuzz": lambda: [json.dumps(members).encode() for _, members in calls()],
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
