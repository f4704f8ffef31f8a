"""What the peers written in Python share: a line of JSON on standard output for each thing that happens, commands as lines
of JSON on standard input, and an end when that closes."""
import json
import sys
import threading

said = threading.Lock()


def say(event, **fields):
    with said:
        print(json.dumps({"event": event, **fields}), flush=True)


def take_commands(handle):
    """Runs `handle` for each command and says "done" after it, or "failed" with the reason."""
    for line in sys.stdin:
        try:
            handle(json.loads(line))
            say("done")
        except (ValueError, KeyError) as wrong:
            say("failed", why=repr(wrong))
