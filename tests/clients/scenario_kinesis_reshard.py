"""Splits, merges and UpdateShardCount: lineage, hash ranges, ends of shards, and the order of each key."""
import threading

from streams import FIRST, HASH_KEY_MAX, StreamScenario
from support.kinesis import parents_first

SECOND, THIRD = "shardId-000000000001", "shardId-000000000002"
MIDDLE = (HASH_KEY_MAX + 1) // 2


class Reshard(StreamScenario):
    def split(self, name, shard=FIRST, at=MIDDLE):
        self.kinesis.split_shard(StreamName=name, ShardToSplit=shard, NewStartingHashKey=str(at))
        self.active(name)

    def merge(self, name, one, other):
        self.kinesis.merge_shards(StreamName=name, ShardToMerge=one, AdjacentShardToMerge=other)
        self.active(name)

    def by_id(self, name):
        return {shard["ShardId"]: shard for shard in self.shards(name)}

    def test_split(self):
        name = self.stream()
        self.put(name, b"parent")
        self.split(name, at=1000)
        parent, low, high = self.shards(name)
        self.assertEqual([shard["ShardId"] for shard in (parent, low, high)], [FIRST, SECOND, THIRD])
        self.assertEqual(low["HashKeyRange"], {"StartingHashKey": "0", "EndingHashKey": "999"})
        self.assertEqual(high["HashKeyRange"], {"StartingHashKey": "1000", "EndingHashKey": str(HASH_KEY_MAX)})
        end = int(parent["SequenceNumberRange"]["EndingSequenceNumber"])
        for child in (low, high):
            self.assertEqual(child["ParentShardId"], FIRST)
            self.assertNotIn("AdjacentParentShardId", child)
            self.assertNotIn("EndingSequenceNumber", child["SequenceNumberRange"])
            self.assertGreater(int(child["SequenceNumberRange"]["StartingSequenceNumber"]), end)
        self.assertEqual(self.summary(name)["OpenShardCount"], 2)
        self.assertEqual(self.put(name, b"low", ExplicitHashKey="999")[0]["ShardId"], SECOND)
        self.assertEqual(self.put(name, b"high", ExplicitHashKey="1000")[0]["ShardId"], THIRD)
        self.assertEqual([self.data(name, shard) for shard in (FIRST, SECOND, THIRD)], [[b"parent"], [b"low"], [b"high"]])

    def test_the_end_of_a_closed_shard(self):
        name = self.stream()
        self.put(name, b"0", b"1")
        early = self.iterator(name)
        latest = self.iterator(name, kind="LATEST")
        self.split(name)
        page = self.kinesis.get_records(ShardIterator=early, Limit=1)
        self.assertEqual([record["Data"] for record in page["Records"]], [b"0"])
        self.assertNotIn("ChildShards", page)
        last = self.read_on(page["NextShardIterator"])
        self.assertEqual([record["Data"] for page in last for record in page["Records"]], [b"1"])
        for page in (last[-1], self.kinesis.get_records(ShardIterator=latest)):
            self.assertNotIn("NextShardIterator", page)
            self.assertEqual(page["MillisBehindLatest"], 0)
            children = page["ChildShards"]
            self.assertEqual([child["ShardId"] for child in children], [SECOND, THIRD])
            self.assertEqual([child["ParentShards"] for child in children], [[FIRST], [FIRST]])
            self.assertEqual(children[1]["HashKeyRange"],
                             {"StartingHashKey": str(MIDDLE), "EndingHashKey": str(HASH_KEY_MAX)})

    def test_the_ending_sequence_number(self):
        name = self.stream()
        puts = self.put(name, b"0", b"1")
        self.split(name)
        end = self.shards(name)[0]["SequenceNumberRange"]["EndingSequenceNumber"]
        self.assertGreaterEqual(int(end), int(puts[-1]["SequenceNumber"]))
        page = self.page(name, kind="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=puts[-1]["SequenceNumber"])
        self.assertEqual(page["Records"], [])

    def test_merge(self):
        name = self.stream(3)
        self.put(name, b"0", ExplicitHashKey="0")
        self.merge(name, SECOND, FIRST)
        shards = self.by_id(name)
        child = shards["shardId-000000000003"]
        self.assertEqual(child["ParentShardId"], SECOND)
        self.assertEqual(child["AdjacentParentShardId"], FIRST)
        self.assertEqual(child["HashKeyRange"]["StartingHashKey"], "0")
        self.assertEqual(child["HashKeyRange"]["EndingHashKey"], shards[SECOND]["HashKeyRange"]["EndingHashKey"])
        self.assertEqual([shard["ShardId"] for shard in self.open_shards(name)], [THIRD, "shardId-000000000003"])
        last = self.read_on(self.iterator(name))[-1]
        self.assertEqual([set(child["ParentShards"]) for child in last["ChildShards"]], [{FIRST, SECOND}])
        self.assertEqual(self.put(name, b"1", ExplicitHashKey="0")[0]["ShardId"], "shardId-000000000003")

    def test_splits_that_are_refused(self):
        name = self.stream(2)
        for at in (0, MIDDLE, MIDDLE + 1, HASH_KEY_MAX):
            with self.subTest(at):
                error = self.fails("InvalidArgumentException", self.kinesis.split_shard, StreamName=name, ShardToSplit=FIRST,
                                   NewStartingHashKey=str(at))
                self.assertIn(str(at), error["Error"]["Message"])
        error = self.fails("ResourceNotFoundException", self.kinesis.split_shard, StreamName=name, ShardToSplit=THIRD,
                           NewStartingHashKey="5")
        self.assertIn(THIRD, error["Error"]["Message"])
        self.split(name, at=5)
        with self.assertRaises(self.kinesis.exceptions.ClientError) as caught:
            self.kinesis.split_shard(StreamName=name, ShardToSplit=FIRST, NewStartingHashKey="5")
        self.assertIn(FIRST, str(caught.exception), "a closed shard is not split again")

    def test_merges_that_are_refused(self):
        name = self.stream(3)
        error = self.fails("InvalidArgumentException", self.kinesis.merge_shards, StreamName=name, ShardToMerge=FIRST,
                           AdjacentShardToMerge=THIRD)
        self.assertIn(FIRST, error["Error"]["Message"])
        self.assertIn(THIRD, error["Error"]["Message"])
        self.fails("InvalidArgumentException", self.kinesis.merge_shards, StreamName=name, ShardToMerge=FIRST,
                   AdjacentShardToMerge=FIRST)
        self.fails("ResourceNotFoundException", self.kinesis.merge_shards, StreamName=name, ShardToMerge=FIRST,
                   AdjacentShardToMerge="shardId-000000000009")

    def test_update_shard_count(self):
        name = self.stream(2)
        answer = self.kinesis.update_shard_count(StreamName=name, TargetShardCount=4, ScalingType="UNIFORM_SCALING")
        self.assertEqual((answer["StreamName"], answer["CurrentShardCount"], answer["TargetShardCount"]), (name, 2, 4))
        self.active(name)
        self.check_uniform(name, 4)
        self.kinesis.update_shard_count(StreamName=name, TargetShardCount=3, ScalingType="UNIFORM_SCALING")
        self.active(name)
        self.check_uniform(name, 3)
        self.kinesis.update_shard_count(StreamName=name, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
        self.active(name)
        self.check_uniform(name, 2)

    def check_uniform(self, name, count):
        ranges = sorted((int(shard["HashKeyRange"]["StartingHashKey"]), int(shard["HashKeyRange"]["EndingHashKey"]))
                        for shard in self.open_shards(name))
        self.assertEqual(len(ranges), count)
        at = 0
        for first, last in ranges:
            self.assertEqual(first, at)
            self.assertAlmostEqual((last - first + 1) / (HASH_KEY_MAX + 1), 1 / count, places=6)
            at = last + 1
        self.assertEqual(at, HASH_KEY_MAX + 1)

    def test_shard_counts_that_are_refused(self):
        name = self.stream(4)
        self.fails("ValidationException", self.kinesis.update_shard_count, StreamName=name, TargetShardCount=0,
                   ScalingType="UNIFORM_SCALING")
        self.fails("ValidationException", self.kinesis.update_shard_count, StreamName=name, TargetShardCount=4,
                   ScalingType="OTHER")

    def test_filters_of_list_shards(self):
        name = self.stream()
        self.put(name, b"x")
        self.split(name)
        time = self.read(name)[0]["ApproximateArrivalTimestamp"].timestamp()
        cases = (({"Type": "AT_LATEST"}, [SECOND, THIRD]), ({"Type": "AT_TRIM_HORIZON"}, [FIRST]),
                 ({"Type": "FROM_TRIM_HORIZON"}, [FIRST, SECOND, THIRD]),
                 ({"Type": "AFTER_SHARD_ID", "ShardId": FIRST}, [SECOND, THIRD]),
                 ({"Type": "AT_TIMESTAMP", "Timestamp": time}, [FIRST]),
                 ({"Type": "FROM_TIMESTAMP", "Timestamp": time}, [FIRST, SECOND, THIRD]))
        for shard_filter, expected in cases:
            with self.subTest(shard_filter["Type"]):
                self.assertEqual([shard["ShardId"] for shard in self.shards(name, ShardFilter=shard_filter)], expected)
        self.assertEqual([shard["ShardId"] for shard in self.shards(name, ExclusiveStartShardId=FIRST)], [SECOND, THIRD])
        for shard_filter in ({"Type": "AFTER_SHARD_ID"}, {"Type": "AT_TIMESTAMP"}):
            with self.subTest(shard_filter):
                self.fails("InvalidArgumentException", self.kinesis.list_shards, StreamName=name, ShardFilter=shard_filter)
        self.fails("ValidationException", self.kinesis.list_shards, StreamName=name, ShardFilter={"Type": "OTHER"})

    def test_the_order_of_a_key_holds(self):
        """Writers never stop while shards are split and merged; parents are read before their children."""
        name = self.stream(2)
        keys, ending, wrong = [f"k{i}" for i in range(4)], threading.Event(), []

        def write(key):
            count = 0
            while not ending.is_set():
                try:
                    self.kinesis.put_record(StreamName=name, PartitionKey=key, Data=b"%d" % count)
                except Exception as failure:  # noqa: BLE001 - reported below
                    wrong.append(failure)
                    return
                count += 1
            written[key] = count

        written = {}
        writers = [threading.Thread(target=write, args=(key,)) for key in keys]
        for writer in writers:
            writer.start()
        try:
            self.kinesis.update_shard_count(StreamName=name, TargetShardCount=4, ScalingType="UNIFORM_SCALING")
            self.active(name)
            one, other = sorted(self.open_shards(name), key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]))[:2]
            self.merge(name, one["ShardId"], other["ShardId"])
            self.split(name, self.open_shards(name)[-1]["ShardId"], at=5)
        finally:
            ending.set()
            for writer in writers:
                writer.join()
        self.assertEqual(wrong, [])
        records = self.read_all(name)
        order = [shard["ShardId"] for shard in parents_first(self.shards(name))]
        for key in keys:
            got = [int(record["Data"]) for shard in order for record in records[shard] if record["PartitionKey"] == key]
            self.assertEqual(got, list(range(written[key])), key)
            self.assertGreater(written[key], 0)
