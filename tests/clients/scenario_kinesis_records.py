"""Records: put one by one and in batches, read from every kind of iterator."""
import datetime
import hashlib

import base
from streams import FIRST, HASH_KEY_MAX, StreamScenario

MIB = 1 << 20


def hash_key(partition_key):
    return int.from_bytes(hashlib.md5(partition_key.encode()).digest(), "big")


class Putting(StreamScenario):
    def test_what_was_put_is_read(self):
        name = self.stream()
        started = datetime.datetime.now(datetime.timezone.utc)
        put, = self.put(name, b"\x00\xff hello", key="ключ")
        self.assertEqual(put["ShardId"], FIRST)
        self.assertRegex(put["SequenceNumber"], r"^[1-9]\d{55}$")
        page = self.page(name)
        record, = page["Records"]
        self.assertEqual((record["Data"], record["PartitionKey"]), (b"\x00\xff hello", "ключ"))
        self.assertEqual(record["SequenceNumber"], put["SequenceNumber"])
        self.assertLess(abs(record["ApproximateArrivalTimestamp"] - started), datetime.timedelta(minutes=1))
        self.assertEqual(page["MillisBehindLatest"], 0)
        self.assertIn("NextShardIterator", page)
        self.assertNotIn("ChildShards", page)

    def test_empty_data(self):
        name = self.stream()
        self.put(name, b"")
        self.assertEqual(self.data(name), [b""])

    def test_keys_find_their_shards_by_md5(self):
        name = self.stream(5)
        ranges = {shard["ShardId"]: range(int(shard["HashKeyRange"]["StartingHashKey"]),
                                          int(shard["HashKeyRange"]["EndingHashKey"]) + 1) for shard in self.shards(name)}
        keys = [f"key-{i}" for i in range(60)]
        entries = [{"PartitionKey": key, "Data": key.encode()} for key in keys]
        answer = self.kinesis.put_records(StreamName=name, Records=entries)
        self.assertEqual(answer["FailedRecordCount"], 0)
        for key, entry in zip(keys, answer["Records"], strict=True):
            self.assertIn(hash_key(key), ranges[entry["ShardId"]], key)
        self.assertEqual({entry["ShardId"] for entry in answer["Records"]}, set(ranges), "every shard has got something")
        for shard, records in self.read_all(name).items():
            there = [(key, entry["SequenceNumber"]) for key, entry in zip(keys, answer["Records"], strict=True)
                     if entry["ShardId"] == shard]
            self.assertEqual([(record["PartitionKey"], record["SequenceNumber"]) for record in records], there)

    def test_explicit_hash_keys(self):
        name = self.stream(2)
        middle = (HASH_KEY_MAX + 1) // 2
        for at, shard in ((0, 0), (middle - 1, 0), (middle, 1), (HASH_KEY_MAX, 1)):
            put, = self.put(name, b"x", ExplicitHashKey=str(at))
            self.assertEqual(put["ShardId"], f"shardId-00000000000{shard}")
        error = self.fails("InvalidArgumentException", self.kinesis.put_record, StreamName=name, PartitionKey="k", Data=b"x",
                           ExplicitHashKey=str(HASH_KEY_MAX + 1))
        self.assertIn(str(HASH_KEY_MAX + 1), error["Error"]["Message"])

    def test_sequence_numbers_increase(self):
        name = self.stream()
        numbers = [int(put["SequenceNumber"]) for put in self.put(name, *[b"x"] * 20)]
        answer = self.kinesis.put_records(StreamName=name, Records=[{"PartitionKey": "k", "Data": b"x"}] * 500)
        numbers += [int(entry["SequenceNumber"]) for entry in answer["Records"]]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertEqual([int(record["SequenceNumber"]) for record in self.read(name)], numbers)

    def test_sequence_number_for_ordering(self):
        name = self.stream()
        first, = self.put(name, b"1")
        second, = self.put(name, b"2", SequenceNumberForOrdering=first["SequenceNumber"])
        self.assertGreater(int(second["SequenceNumber"]), int(first["SequenceNumber"]))
        foreign, = self.put(self.stream(), b"x")
        for number in ("0", "12345", str(int(foreign["SequenceNumber"]) + (1 << 180))):
            with self.subTest(number):
                error = self.fails("InvalidArgumentException", self.kinesis.put_record, StreamName=name, PartitionKey="key",
                                   Data=b"3", SequenceNumberForOrdering=number)
                self.assertIn(number, error["Error"]["Message"])
        self.assertEqual(self.data(name), [b"1", b"2"])

    def test_records_of_one_mebibyte(self):
        name = self.stream()
        # Data and partition key count together against the limit in some texts, the data alone in others.
        largest = b"a" * (MIB - 1)
        self.put(name, largest, key="k")
        with self.assertRaises(self.kinesis.exceptions.ClientError) as caught:
            self.put(name, b"a" * (MIB + 1), key="k")
        self.assertIn(caught.exception.response["Error"]["Code"], ("ValidationException", "InvalidArgumentException"))
        self.assertEqual(self.data(name), [largest])

    def test_records_of_ten_mebibytes(self):
        self.needs(self.kinesis, "UpdateMaxRecordSize")
        name = self.stream()
        self.kinesis.update_max_record_size(StreamARN=self.arn(name), MaxRecordSizeInKiB=10240)
        self.active(name)
        largest = bytes(range(256)) * (10 * MIB // 256 - 1)
        self.put(name, b"small", largest, b"last")
        self.assertEqual(self.data(name), [b"small", largest, b"last"])
        self.fails("ValidationException", self.kinesis.put_record, StreamName=name, PartitionKey="k",
                   Data=b"a" * (10 * MIB + 1))

    def test_batches_with_failures(self):
        """What is wrong with the request is wrong with all of it; nothing of it is put."""
        name = self.stream()
        good = {"PartitionKey": "k", "Data": b"x"}
        for bad in ({"PartitionKey": "", "Data": b"x"}, {"PartitionKey": "k" * 257, "Data": b"x"},
                    {"PartitionKey": "k", "Data": b"x", "ExplicitHashKey": "minus one"}):
            with self.subTest(bad):
                error = self.fails("ValidationException", self.kinesis.put_records, StreamName=name, Records=[good, bad])
                self.assertIn("records.2.member", error["Error"]["Message"])
        self.fails("InvalidArgumentException", self.kinesis.put_records, StreamName=name,
                   Records=[good, {**good, "ExplicitHashKey": str(HASH_KEY_MAX + 1)}])
        self.fails("ValidationException", self.kinesis.put_records, StreamName=name, Records=[good] * 501)
        self.fails("ValidationException", self.kinesis.put_records, StreamName=name, Records=[])
        self.fails("InvalidArgumentException", self.kinesis.put_records, StreamName=name,
                   Records=[{"PartitionKey": "k", "Data": b"x" * (MIB - 8)}] * 11)
        self.assertEqual(self.data(name), [])

    def test_dry_runs(self):
        self.needs(self.kinesis, "PutRecord", "DryRun")
        name = self.stream()
        record = {"PartitionKey": "k", "Data": b"x"}
        self.fails("DryRunOperationException", self.kinesis.put_record, StreamName=name, DryRun=True, **record)
        self.fails("DryRunOperationException", self.kinesis.put_records, StreamName=name, DryRun=True, Records=[record])
        self.assertEqual(self.data(name), [])


class Reading(StreamScenario):
    def test_the_five_kinds_of_iterators(self):
        name = self.stream()
        puts = self.put(name, b"0", b"1", b"2", b"3")
        number = puts[1]["SequenceNumber"]
        latest = self.iterator(name, kind="LATEST")
        self.assertEqual(self.data(name), [b"0", b"1", b"2", b"3"])
        self.assertEqual(self.data(name, kind="AT_SEQUENCE_NUMBER", StartingSequenceNumber=number), [b"1", b"2", b"3"])
        self.assertEqual(self.data(name, kind="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=number), [b"2", b"3"])
        self.assertEqual(self.data(name, kind="LATEST"), [])
        self.assertEqual(self.data(name, kind="AT_TIMESTAMP", Timestamp=0), [b"0", b"1", b"2", b"3"])
        self.put(name, b"4")
        self.assertEqual(self.kinesis.get_records(ShardIterator=latest)["Records"][0]["Data"], b"4")

    def test_at_the_times_of_records(self):
        self.needs(self.kinesis, "GetShardIterator", "StreamARN")  # one so old sends whole seconds only
        name = self.stream()
        self.put(name, *[b"%d" % i for i in range(30)])
        records = self.read(name)
        for record in records[::7]:
            at = record["ApproximateArrivalTimestamp"]
            expected = [other["Data"] for other in records if other["ApproximateArrivalTimestamp"] >= at]
            self.assertEqual(self.data(name, kind="AT_TIMESTAMP", Timestamp=at.timestamp()), expected)
        future = datetime.datetime.now() + datetime.timedelta(hours=1)
        self.fails("InvalidArgumentException", self.kinesis.get_shard_iterator, StreamName=name, ShardId=FIRST,
                   ShardIteratorType="AT_TIMESTAMP", Timestamp=future)

    def test_the_starting_sequence_number_of_a_shard(self):
        name = self.stream()
        self.put(name, b"0")
        start = self.shards(name)[0]["SequenceNumberRange"]["StartingSequenceNumber"]
        for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
            self.assertEqual(self.data(name, kind=kind, StartingSequenceNumber=start), [b"0"])

    def test_pages(self):
        name = self.stream()
        self.put(name, *[b"%d" % i for i in range(10)])
        pages = self.read_on(self.iterator(name), limit=3)
        self.assertEqual([len(page["Records"]) for page in pages if page["Records"]], [3, 3, 3, 1])
        self.assertEqual([r["Data"] for page in pages for r in page["Records"]], [b"%d" % i for i in range(10)])
        self.assertGreaterEqual(pages[0]["MillisBehindLatest"], 0)

    def test_an_iterator_reads_the_same_again(self):
        name = self.stream()
        self.put(name, b"0", b"1", b"2")
        iterator = self.iterator(name)
        pages = [self.kinesis.get_records(ShardIterator=iterator, Limit=2) for _ in range(3)]
        for page in pages:
            self.assertEqual([record["Data"] for record in page["Records"]], [b"0", b"1"])

    def test_a_batch_is_read_from_its_middle(self):
        name = self.stream()
        answer = self.kinesis.put_records(StreamName=name, Records=[
            {"PartitionKey": "k", "Data": b"%d" % i} for i in range(100)])
        number = answer["Records"][41]["SequenceNumber"]
        self.assertEqual(self.data(name, kind="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=number),
                         [b"%d" % i for i in range(42, 100)])
        page = self.page(name, kind="AT_SEQUENCE_NUMBER", StartingSequenceNumber=number, limit=1)
        self.assertEqual([record["Data"] for record in page["Records"]], [b"41"])

    def test_pages_of_large_records(self):
        """The service gives up to 10 MiB in a page; with relaxed limits a page is shorter, so that reading is faster."""
        name = self.stream()
        piece = b"z" * (100 << 10)
        for _ in range(3):
            self.kinesis.put_records(StreamName=name, Records=[{"PartitionKey": "k", "Data": piece}] * 5)
        pages = self.read_on(self.iterator(name))
        for page in pages:
            self.assertLessEqual(sum(len(record["Data"]) for record in page["Records"]), 10 * MIB)
        self.assertGreater(len(pages[0]["Records"]), 1)
        self.assertEqual(sum(len(page["Records"]) for page in pages), 15)

    def test_10_000_records_in_one_page(self):
        name = self.stream()
        for _ in range(21):
            self.kinesis.put_records(StreamName=name, Records=[{"PartitionKey": "k", "Data": b"x"}] * 500)
        page = self.page(name)
        self.assertEqual(len(page["Records"]), 10_000)
        self.assertEqual(len(self.kinesis.get_records(ShardIterator=page["NextShardIterator"])["Records"]), 500)

    def test_iterators_that_are_refused(self):
        name = self.stream(2)
        number = self.put(name, b"x", ExplicitHashKey="0")[0]["SequenceNumber"]
        ask = {"StreamName": name, "ShardId": FIRST}
        for more in ({"ShardIteratorType": "AT_SEQUENCE_NUMBER"}, {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER"},
                     {"ShardIteratorType": "TRIM_HORIZON", "StartingSequenceNumber": number},
                     {"ShardIteratorType": "AT_TIMESTAMP"},
                     {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": "12345"},
                     {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": number,
                      "ShardId": "shardId-000000000001"}):
            with self.subTest(more):
                error = self.fails("InvalidArgumentException", self.kinesis.get_shard_iterator, **{**ask, **more})
                if "StartingSequenceNumber" in more:
                    culprits = f"{more['StartingSequenceNumber']}|{more['ShardIteratorType']}"
                    self.assertRegex(error["Error"]["Message"], culprits)
        error = self.fails("ResourceNotFoundException", self.kinesis.get_shard_iterator, StreamName=name,
                           ShardId="shardId-000000000002", ShardIteratorType="LATEST")
        self.assertIn("shardId-000000000002", error["Error"]["Message"])
        self.assertIn(name, error["Error"]["Message"])

    def test_foreign_and_altered_iterators(self):
        iterator = self.iterator(self.stream())
        middle = len(iterator) // 2
        altered = iterator[:middle] + ("A" if iterator[middle] != "A" else "B") + iterator[middle + 1:]
        for text in ("AAAAAAAAAAGQ", iterator[:-4], altered, "not base64!"):
            with self.subTest(text):
                self.fails("InvalidArgumentException", self.kinesis.get_records, ShardIterator=text)
        self.fails("ValidationException", self.kinesis.get_records, ShardIterator="")
        self.fails("ValidationException", self.kinesis.get_records, ShardIterator="x" * 513)

    def test_an_iterator_of_a_deleted_stream(self):
        name = self.stream()
        iterator = self.iterator(name)
        self.kinesis.delete_stream(StreamName=name)
        self.gone(name)
        self.fails("ResourceNotFoundException", self.kinesis.get_records, ShardIterator=iterator)

    def test_after_a_restart(self):
        name = self.stream(2)
        puts = [*self.put(name, b"0", b"1", ExplicitHashKey="0"), *self.put(name, b"2", ExplicitHashKey=str(HASH_KEY_MAX))]
        iterator = self.iterator(name, kind="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=puts[0]["SequenceNumber"])
        base.server(*self.flags).restart()
        record, = self.kinesis.get_records(ShardIterator=iterator)["Records"]
        self.assertEqual((record["Data"], record["SequenceNumber"]), (b"1", puts[1]["SequenceNumber"]))
        more, = self.put(name, b"3", ExplicitHashKey="0")
        self.assertGreater(int(more["SequenceNumber"]), int(puts[1]["SequenceNumber"]))
        self.assertEqual(self.data(name), [b"0", b"1", b"3"])
