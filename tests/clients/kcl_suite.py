"""The real Kinesis Client Library (Java): workers share shards, take leases over, survive a split and a restart.

Needs a JDK and Maven; the jars are fetched once into the build folder. Prints why when they cannot be had.
"""
import collections
import itertools
import pathlib
import shutil
import subprocess
import sys
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[0]))

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402

from support.report import run_modules  # noqa: E402
from support.server import Server  # noqa: E402

MADE = HERE.parents[1] / "build/clients/kcl"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
FETCH_SECONDS_MAX = 240
# The library waits for leases, shard syncs and its own leader; on a busy machine that takes a while.
PATIENCE_SECONDS = 240
_applications = itertools.count(1)


def prepare():
    """Fetches the jars and compiles the worker; gives the reason when that cannot be done."""
    for tool in ("javac", "mvn"):
        if not shutil.which(tool):
            return f"there is no {tool}"
    pom, jars, classes = HERE / "kcl/pom.xml", MADE / "jars", MADE / "classes"
    if not jars.exists() or jars.stat().st_mtime < pom.stat().st_mtime:
        shutil.rmtree(jars, ignore_errors=True)
        fetching = MADE / "fetching"
        try:
            done = subprocess.run(["mvn", "-q", "-B", "-f", str(pom), COPY, f"-DoutputDirectory={fetching}"],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=FETCH_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            return f"Maven did not finish in {FETCH_SECONDS_MAX} s"
        if done.returncode:
            return (done.stdout.strip().splitlines() or ["Maven failed"])[0]
        fetching.rename(jars)
    classes.mkdir(parents=True, exist_ok=True)
    subprocess.run(["javac", "-cp", f"{jars}/*", "-d", str(classes), str(HERE / "kcl/Worker.java")], check=True)
    return ""


class Worker:
    """One process of the consumer; what it says is read as it comes."""

    def __init__(self, server, stream, application, name, retrieval):
        self.name = name
        self.lines = []
        self.heard = threading.Condition()
        self.log = (MADE / f"{application}-{name}.log").open("w+")
        self.process = subprocess.Popen(
            ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{MADE}/classes:{MADE}/jars/*",
             "Worker", server.url, stream, application, name, retrieval],
            stdout=subprocess.PIPE, stderr=self.log, stdin=subprocess.DEVNULL, text=True)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            with self.heard:
                self.lines.append(line.split())
                self.heard.notify_all()

    def said(self, word):
        with self.heard:
            return [line[1:] for line in self.lines if line[0] == word]

    def holds(self):
        """The shards that it has begun and neither lost nor ended."""
        with self.heard:
            held = []
            for line in self.lines:
                if line[0] == "began":
                    held.append(line[1])
                elif line[0] in ("lost", "ended") and line[1] in held:
                    held.remove(line[1])
            return sorted(held)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def logged(self):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text(errors="replace")[-3000:]


class ClientLibrary(unittest.TestCase):
    def setUp(self):
        self.server = Server("--limits", "relaxed")
        self.enterContext(self.server)
        self.kinesis = boto3.client("kinesis", endpoint_url=self.server.url, region_name="us-east-1",
                                    aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret",
                                    config=Config(retries={"max_attempts": 5}))
        self.workers = []
        self.numbers = collections.defaultdict(itertools.count)
        self.application = f"app{next(_applications)}"

    def tearDown(self):
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.kill()

    def make_stream(self, shards):
        self.kinesis.create_stream(StreamName="s", ShardCount=shards)
        self.kinesis.get_waiter("stream_exists").wait(StreamName="s", WaiterConfig={"Delay": 1, "MaxAttempts": 30})

    def start(self, name, retrieval="polling"):
        self.workers.append(Worker(self.server, "s", self.application, name, retrieval))
        return self.workers[-1]

    def put(self, count):
        """Records of 40 keys, each with a number that ascends within its key."""
        for _ in range(count // 40):
            records = [{"PartitionKey": f"k{key}", "Data": f"{next(self.numbers[key])}".encode()} for key in range(40)]
            answer = self.kinesis.put_records(StreamName="s", Records=records)
            self.assertEqual(answer["FailedRecordCount"], 0)

    def until(self, what, condition):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            for worker in self.workers:
                if worker.process.poll() not in (None, -9):
                    self.fail(f"worker {worker.name} ended: {worker.logged()}")
            if time.monotonic() > deadline:
                held = {worker.name: worker.holds() for worker in self.workers}
                self.fail(f"{what} did not happen in {PATIENCE_SECONDS} s; held: {held}; {self.workers[0].logged()}")
            time.sleep(0.1)

    def received(self):
        """Of each key the numbers as they came, by worker and shard."""
        got = collections.defaultdict(list)
        for worker in self.workers:
            for shard, _, key, number in worker.said("record"):
                got[key, worker.name, shard].append(int(number))
        return got

    def all_received(self):
        numbers = collections.defaultdict(set)
        for (key, _, _), came in self.received().items():
            numbers[key].update(came)
        return all(numbers[f"k{key}"] == set(range(self.sent(key))) for key in range(40))

    def sent(self, key):
        # A count that is looked at is not moved: its text is "count(7)".
        return int(repr(self.numbers[key])[6:-1])

    def check_order(self):
        """Within a key nothing is skipped: a number that comes for the first time follows the one before it."""
        for (key, worker, shard), came in self.received().items():
            highest = came[0]
            for number in came:
                self.assertLessEqual(number, highest + 1, f"{key} at {worker} in {shard}: {came}")
                highest = max(highest, number)

    def live(self):
        return [worker for worker in self.workers if worker.process.poll() is None]

    def held(self):
        return sorted(shard for worker in self.live() for shard in worker.holds())

    def share_and_take_over(self, retrieval):
        self.make_stream(4)
        # Two first workers of an application may meet while they set it up, and the library then gives one of them up; a
        # second one that comes later waits minutes for its share.
        first, second = self.start("a", retrieval), self.start("b", retrieval)
        self.put(400)
        self.until("sharing four shards", lambda: len(first.holds()) == 2 and len(second.holds()) == 2)
        self.put(400)
        self.until("receiving everything", self.all_received)
        second.kill()
        self.put(400)
        self.until("taking over what the killed one held", lambda: len(first.holds()) == 4)
        self.until("receiving everything", self.all_received)
        self.check_order()
        return first

    def test_polling_workers_share_take_over_and_survive_a_split(self):
        first = self.share_and_take_over("polling")
        shard = self.kinesis.list_shards(StreamName="s")["Shards"][0]
        low, high = (int(shard["HashKeyRange"][end]) for end in ("StartingHashKey", "EndingHashKey"))
        self.kinesis.split_shard(StreamName="s", ShardToSplit=shard["ShardId"], NewStartingHashKey=str((low + high) // 2))
        self.put(400)
        self.until("reading the children", lambda: len(first.holds()) == 5 and shard["ShardId"] not in first.holds())
        self.put(400)
        self.until("receiving everything", self.all_received)
        self.check_order()
        self.assertIn([shard["ShardId"]], first.said("ended"))
        self.check_metrics()

    def check_metrics(self):
        """What the library reports of itself is there to be looked at."""
        watch = boto3.client("cloudwatch", endpoint_url=self.server.url, region_name="us-east-1",
                             aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret")
        names = {metric["MetricName"] for metric in watch.list_metrics(Namespace=self.application)["Metrics"]}
        self.assertIn("RecordsProcessed", names)

    def test_workers_with_enhanced_fan_out_share_and_take_over(self):
        self.share_and_take_over("fan-out")

    def test_workers_survive_a_crash_of_the_server(self):
        self.make_stream(4)
        worker = self.start("a")
        self.put(400)
        self.until("receiving everything", self.all_received)
        self.server.restart(hard=True)
        self.put(400)
        self.until("receiving everything", self.all_received)
        self.check_order()
        self.assertIsNone(worker.process.poll())


if __name__ == "__main__":
    missing = prepare()
    if missing:
        print(f"note: the Kinesis Client Library was not run: {missing}\n0 passed, 0 failed")
    else:
        run_modules(sys.modules[__name__])
