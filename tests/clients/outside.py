"""The world outside for the scenarios of topics: a server that delivers, and peers that it delivers to.

There is one world for all scenarios of a process. It begins when it is first asked for and ends with the process.
"""
import atexit
import concurrent.futures
import json
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "peers"))

import base  # noqa: E402
from peer import Peer  # noqa: E402
from suite import Keys  # noqa: E402
from topics import TopicScenario  # noqa: E402

# How long anything may take to happen.
SECONDS_MAX = 30
# Of each part of a text message: twenty-five of them are what an account may spend in a month unless it says otherwise.
SMS_PRICE = "0.04"
_world = []


class World:
    """`sink` takes HTTP and HTTPS, `functions` invocations, `mail` mail, `smsc` text messages, `push` pushes."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-world-"))
        self.keys = Keys(self.folder)
        for name in ("lambda", "sms", "mail"):
            (self.folder / f"{name}.password").write_text(f"{name}-pass\n")
        self.sink = Peer("https_sink.mjs", "--folder", self.folder)
        tls = self.folder / "server.key", self.folder / "server.pem"
        start = {
            "functions": ("lambda.py", "--access-key", "AK", "--secret-key", "lambda-pass", "--functions", "orders"),
            "mail": ("mail.py", "--key", tls[0], "--certificate", tls[1], "--user", "millrace", "--password", "mail-pass"),
            "smsc": ("smsc.mjs", "--system-id", "me", "--password", "sms-pass"),
            "push": ("apns_fcm.mjs", "--apns-key", self.keys.apns_public, "--service-account", self.keys.account_file,
                     "--adm-id", "client", "--adm-secret", "secret", "--tls-key", tls[0], "--tls-certificate", tls[1]),
        }
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for name, peer in zip(start, pool.map(lambda arguments: Peer(*arguments), start.values())):
                setattr(self, name, peer)
        self.server = base.server(*self.flags())

    def flags(self):
        push = f"https://localhost:{self.push.ready['http']}"
        apns = f"https://localhost:{self.push.ready['apns']}"
        options = {
            "delivery-ca-file": self.sink.ready["ca"], "lambda-url": f"http://127.0.0.1:{self.functions.ready['port']}",
            "lambda-access-key": "AK", "lambda-secret-key-file": self.folder / "lambda.password",
            "smtp-url": f"smtp://localhost:{self.mail.ready['port']}", "smtp-user": "millrace",
            "smtp-password-file": self.folder / "mail.password", "mail-from": "Topics <topics@example.com>",
            "smpp-address": f"localhost:{self.smsc.ready['port']}", "smpp-system-id": "me",
            "smpp-password-file": self.folder / "sms.password", "sms-price": SMS_PRICE,
            "apns-url": apns, "apns-sandbox-url": apns, "fcm-url": push, "fcm-token-url": push + "/token",
            "adm-url": push, "adm-token-url": push + "/auth/O2/token", "kinesis-delay": 0}
        return tuple(part for name, value in options.items() for part in (f"--{name}", str(value)))

    def end(self):
        for peer in (self.sink, self.functions, self.mail, self.smsc, self.push):
            peer.__exit__()
        shutil.rmtree(self.folder, ignore_errors=True)


def world():
    if not _world:
        _world.append(World())
        atexit.register(_world[0].end)
    return _world[0]


def headers_of(request):
    """Of what the sink has seen, which keeps them as they came."""
    raw = request["headers"]
    return {raw[i].lower(): raw[i + 1] for i in range(0, len(raw), 2)}


class OutsideScenario(TopicScenario):
    @classmethod
    def setUpClass(cls):
        cls.world = world()
        cls.server = cls.world.server
        cls.sink = cls.world.sink

    def path(self):
        """A path of the sink for this test alone."""
        return "/" + self.name()

    def url(self, path, scheme="http"):
        return f"{scheme}://localhost:{self.sink.ready[scheme]}{path}"

    def request(self, path, seconds=SECONDS_MAX, **fields):
        """The next request that the sink has got there, with its body read as JSON if it is some."""
        request = self.sink.wait("request", seconds, path=path, **fields)
        try:
            request["json"] = json.loads(request["body"])
        except ValueError:
            request["json"] = None
        return request

    def confirmed(self, topic, path, scheme="http", **attributes):
        """Subscribes a path of the sink and confirms it; gives the subscription's ARN."""
        self.subscribe(topic, scheme, self.url(path, scheme), **attributes)
        return self.sns.confirm_subscription(TopicArn=topic, Token=self.request(path)["json"]["Token"])["SubscriptionArn"]

    def eventually(self, check, what):
        """Waits until check() gives something true; gives that."""
        deadline = time.monotonic() + SECONDS_MAX
        while not (found := check()):
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)
        return found
