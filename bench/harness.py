"""What every measurement needs: a server process of our own, calls to it, the load generator, and a scratch folder on
the disk of the project."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "build" / "bench"
# Another build may be measured with MILLRACE_BUILD=FOLDER.
BUILD = pathlib.Path(os.environ.get("MILLRACE_BUILD", ROOT / "build" / "release"))
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/sqs/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64
)
START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 60


class BenchError(Exception):
    """Something could not be measured; the message says what."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def scratch(name):
    """A folder that goes away afterwards, on the disk where ./data would be."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    folder = tempfile.mkdtemp(prefix=f"{name}-", dir=RESULTS)
    try:
        yield pathlib.Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def disk_usage(folder, prefix=""):
    """Bytes that the files below a folder occupy, or those whose name begins with `prefix`."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in (name for name in names if name.startswith(prefix)):
            with contextlib.suppress(FileNotFoundError):
                total += os.stat(os.path.join(parent, name)).st_blocks * 512
    return total


class Process:
    """A process that we started, its memory and its processor time."""

    def __init__(self, command, log):
        self.log = open(log, "ab")
        self.started = time.monotonic()
        self.child = subprocess.Popen(command, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)

    def _status(self, key):
        with open(f"/proc/{self.child.pid}/status") as status:
            for line in status:
                if line.startswith(key + ":"):
                    return int(line.split()[1]) * 1024
        raise BenchError(f"no {key} for process {self.child.pid}")

    def rss(self):
        return self._status("VmRSS")

    def rss_peak(self):
        return self._status("VmHWM")

    def cpu_seconds(self):
        """Of the process and of the children that it still has (nginx works in children)."""
        tick = os.sysconf("SC_CLK_TCK")
        total = 0
        with open(f"/proc/{self.child.pid}/task/{self.child.pid}/children") as children:
            pids = [self.child.pid, *map(int, children.read().split())]
        for pid in pids:
            with open(f"/proc/{pid}/stat") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
                total += int(fields[11]) + int(fields[12])
        return total / tick

    def stop(self, how=signal.SIGTERM):
        if self.child.poll() is None:
            self.child.send_signal(how)
            try:
                self.child.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.log.close()


class Server(Process):
    """millrace serve on a free port; serving when the constructor returns."""

    def __init__(self, data, durability="sync", flags=()):
        self.port = free_port()
        self.data = pathlib.Path(data)
        self.log_path = self.data.parent / f"{self.data.name}.log"
        command = [str(BUILD / "millrace"), "serve", "--listen", f"127.0.0.1:{self.port}", "--data", str(data),
                   "--durability", durability, "--limits", "relaxed", *flags]
        super().__init__(command, self.log_path)
        self.serving_seconds = self._wait()

    def _wait(self):
        request = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        while time.monotonic() - self.started < START_SECONDS_MAX:
            if self.child.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as probe:
                    probe.sendall(request)
                    if b" 200" in probe.recv(64):
                        return time.monotonic() - self.started
            except OSError:
                pass
            time.sleep(0.0005)
        log = self.log_path.read_text(errors="replace")[-2000:]
        self.stop(signal.SIGKILL)
        raise BenchError(f"the server does not answer\n{log}")


@contextlib.contextmanager
def serving(*args, **kwargs):
    server = Server(*args, **kwargs)
    try:
        yield server
    finally:
        server.stop()


class Client:
    """Calls over one connection, for what is not measured."""

    TARGET, CONTENT_TYPE = "AmazonSQS", "application/x-amz-json-1.0"

    def __init__(self, port):
        self.port = port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, action, **members):
        headers = {"Content-Type": self.CONTENT_TYPE, "X-Amz-Target": f"{self.TARGET}.{action}",
                   "X-Amz-Date": "20260101T000000Z", "Authorization": AUTHORIZATION}
        self.connection.request("POST", "/", json.dumps(members), headers)
        reply = self.connection.getresponse()
        text = reply.read()
        if reply.status != 200:
            raise BenchError(f"{action}: {reply.status} {text.decode(errors='replace')}")
        return json.loads(text) if text else {}

    def create_queue(self, name, **attributes):
        if name.endswith(".fifo"):
            attributes["FifoQueue"] = "true"
        return self.call("CreateQueue", QueueName=name, Attributes=attributes)["QueueUrl"]

    def delete_queue(self, url):
        self.call("DeleteQueue", QueueUrl=url)


class KinesisClient(Client):
    TARGET, CONTENT_TYPE = "Kinesis_20131202", "application/x-amz-json-1.1"
    ACTIVE_SECONDS_MAX = 60

    def _until_active(self, ask):
        end = time.monotonic() + self.ACTIVE_SECONDS_MAX
        while time.monotonic() < end:
            described = ask()
            if "ACTIVE" in (described.get("StreamStatus"), described.get("ConsumerStatus")):
                return described
            time.sleep(0.01)
        raise BenchError(f"not ACTIVE after {self.ACTIVE_SECONDS_MAX} s")

    def create_stream(self, name, shards):
        """Returns its ARN once it is ACTIVE."""
        self.call("CreateStream", StreamName=name, ShardCount=shards)
        return self._until_active(
            lambda: self.call("DescribeStreamSummary", StreamName=name)["StreamDescriptionSummary"])["StreamARN"]

    def register_consumer(self, stream_arn, name):
        arn = self.call("RegisterStreamConsumer", StreamARN=stream_arn, ConsumerName=name)["Consumer"]["ConsumerARN"]
        self._until_active(lambda: self.call("DescribeStreamConsumer", ConsumerARN=arn)["ConsumerDescription"])
        return arn


class SnsClient(Client):
    """Calls of the query protocol; members are named as they stand in the form."""

    def call(self, action, **members):
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "X-Amz-Date": "20260101T000000Z",
                   "Authorization": AUTHORIZATION.replace("/sqs/", "/sns/")}
        form = urllib.parse.urlencode({"Action": action, "Version": "2010-03-31", **members})
        self.connection.request("POST", "/", form, headers)
        reply = self.connection.getresponse()
        text = reply.read().decode()
        if reply.status != 200:
            raise BenchError(f"{action}: {reply.status} {text}")
        return text

    @staticmethod
    def element(text, name):
        found = re.search(f"<{name}>([^<]*)</{name}>", text)
        if not found:
            raise BenchError(f"no {name} in {text}")
        return found.group(1)

    def create_topic(self, name):
        return self.element(self.call("CreateTopic", Name=name), "TopicArn")

    def subscribe(self, topic, protocol, endpoint, **attributes):
        members = {}
        for number, (key, value) in enumerate(attributes.items(), 1):
            members |= {f"Attributes.entry.{number}.key": key, f"Attributes.entry.{number}.value": value}
        return self.element(self.call("Subscribe", TopicArn=topic, Protocol=protocol, Endpoint=endpoint,
                                      ReturnSubscriptionArn="true", **members), "SubscriptionArn")

    def confirm(self, topic, token):
        self.call("ConfirmSubscription", TopicArn=topic, Token=token)

    def topic_attribute(self, topic, name):
        text = self.call("GetTopicAttributes", TopicArn=topic)
        found = re.search(f"<key>{name}</key>\\s*<value>([^<]*)</value>", text)
        return found.group(1) if found else None


def in_parallel(connect, work, items, threads=8):
    """work(client, item) for each; every thread has a client of its own."""
    items = list(items)

    def share(first):
        client = connect()
        for item in items[first::threads]:
            work(client, item)

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(share, range(threads)))


def create_queues(port, count):
    """queue-0, queue-1 and so on."""
    in_parallel(lambda: Client(port), lambda client, number: client.create_queue(f"queue-{number}"), range(count))


def subscribe_all(port, topic, protocol, endpoints, attributes):
    in_parallel(lambda: SnsClient(port), lambda client, endpoint: client.subscribe(topic, protocol, endpoint, **attributes),
                endpoints)


def queue_arn(name):
    return f"arn:aws:sqs:us-east-1:000000000000:{name}"


def load_command(port, mode, **options):
    """The generator's command; an option that is True is a flag, one that is False or None is left out."""
    command = [str(BUILD / "millrace-load"), "--mode", mode, "--address", f"127.0.0.1:{port}"]
    for name, value in options.items():
        if value is False or value is None:
            continue
        command.append("--" + name.replace("_", "-"))
        if value is not True:
            command.append(str(value))
    return command


def load(port, mode, process=None, timeout=600, **options):
    """One run of the generator; its JSON result, with the processor time of `process` per second as server_cpu."""
    command = load_command(port, mode, **options)
    before, begin = (process.cpu_seconds(), time.monotonic()) if process else (0, 0)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise BenchError(f"no end after {timeout} s: {' '.join(command)}") from None
    if done.returncode not in (0, 1):
        raise BenchError(f"{' '.join(command)}: status {done.returncode}\n{done.stderr}")
    result = json.loads(done.stdout)
    if process:
        result["server_cpu"] = (process.cpu_seconds() - before) / (time.monotonic() - begin)
    return result
