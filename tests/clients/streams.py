"""What the scenarios of streams share: a client, streams with fresh names, and readers."""
import base

RELAXED = ("--limits", "relaxed")
HASH_KEY_MAX = (1 << 128) - 1
# Waiting for a state or for records polls; this bounds it.
POLLS_MAX = 400
POLL_SECONDS = 0.05
FIRST = "shardId-000000000000"


class StreamScenario(base.Case):
    # Throttling has scenarios of its own; here it would only slow down.
    flags = RELAXED
    poll_seconds = POLL_SECONDS

    @classmethod
    def setUpClass(cls):
        cls.kinesis = base.client(base.server(*cls.flags), service="kinesis")

    def stream(self, shards=1, **options):
        """The name of a new stream, which is ACTIVE."""
        name = self.name()
        if "StreamModeDetails" not in options:
            options["ShardCount"] = shards
        self.kinesis.create_stream(StreamName=name, **options)
        self.active(name)
        return name

    def active(self, name):
        """Waits until nothing is under way."""
        self.kinesis.get_waiter("stream_exists").wait(
            StreamName=name, WaiterConfig={"Delay": self.poll_seconds, "MaxAttempts": POLLS_MAX})

    def gone(self, name):
        self.kinesis.get_waiter("stream_not_exists").wait(
            StreamName=name, WaiterConfig={"Delay": POLL_SECONDS, "MaxAttempts": POLLS_MAX})

    def description(self, name):
        return self.kinesis.describe_stream(StreamName=name)["StreamDescription"]

    def summary(self, name):
        return self.kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]

    def arn(self, name):
        return f"arn:aws:kinesis:{base.REGION}:{base.ACCOUNT}:stream/{name}"

    def shards(self, name, **options):
        return self.kinesis.list_shards(StreamName=name, **options)["Shards"]

    def open_shards(self, name):
        return [shard for shard in self.shards(name) if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]

    def put(self, name, *data, key="key", **options):
        return [self.kinesis.put_record(StreamName=name, PartitionKey=key, Data=piece, **options) for piece in data]

    def iterator(self, name, shard=FIRST, kind="TRIM_HORIZON", **options):
        return self.kinesis.get_shard_iterator(StreamName=name, ShardId=shard, ShardIteratorType=kind,
                                               **options)["ShardIterator"]

    def page(self, name, shard=FIRST, kind="TRIM_HORIZON", limit=None, **options):
        """One GetRecords from a new iterator."""
        more = {} if limit is None else {"Limit": limit}
        return self.kinesis.get_records(ShardIterator=self.iterator(name, shard, kind, **options), **more)

    def read_on(self, iterator, limit=10_000):
        """All pages from here to the tip or to the end of the shard."""
        pages = []
        while iterator:
            page = self.kinesis.get_records(ShardIterator=iterator, Limit=limit)
            pages.append(page)
            iterator = page.get("NextShardIterator")
            if not page["Records"] and page["MillisBehindLatest"] == 0:
                break
        return pages

    def read(self, name, shard=FIRST, kind="TRIM_HORIZON", limit=10_000, **options):
        """All records from the iterator to the tip."""
        return [record for page in self.read_on(self.iterator(name, shard, kind, **options), limit)
                for record in page["Records"]]

    def data(self, *arguments, **options):
        return [record["Data"] for record in self.read(*arguments, **options)]

    def read_all(self, name):
        """The records of all shards, by shard."""
        return {shard["ShardId"]: self.read(name, shard["ShardId"]) for shard in self.shards(name)}
