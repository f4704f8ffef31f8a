"""CloudWatch: what clients put, what the server counts, and how both are asked for."""
import contextlib
import datetime
import time
import unittest
import urllib.request

import base

MINUTE = datetime.timedelta(minutes=1)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def floor(moment, seconds=60):
    return datetime.datetime.fromtimestamp(moment.timestamp() // seconds * seconds, datetime.timezone.utc)


class CloudWatch(base.Case):
    def setUp(self):
        self.cloudwatch = base.client(service="cloudwatch")
        self.space = self.name()

    def put(self, *data, **more):
        return self.cloudwatch.put_metric_data(Namespace=self.space, MetricData=list(data), **more)

    def ask(self, metric, statistics=("Sum",), period=60, start=None, end=None, dimensions=(), space=None, **more):
        if statistics:
            more["Statistics"] = list(statistics)
        found = self.cloudwatch.get_metric_statistics(
            Namespace=space or self.space, MetricName=metric, Dimensions=list(dimensions), Period=period,
            StartTime=start or now() - 10 * MINUTE, EndTime=end or now() + 10 * MINUTE, **more)
        self.assertEqual(found["Label"], metric)
        return sorted(found["Datapoints"], key=lambda point: point["Timestamp"])

    def data(self, *queries, start=None, end=None, **more):
        found = self.cloudwatch.get_metric_data(MetricDataQueries=list(queries), StartTime=start or now() - 10 * MINUTE,
                                                EndTime=end or now() + 10 * MINUTE, **more)
        return {result["Id"]: result for result in found["MetricDataResults"]}

    def query(self, id, metric, stat="Sum", period=60, dimensions=(), space=None, **more):
        return {"Id": id, "MetricStat": {"Metric": {"Namespace": space or self.space, "MetricName": metric,
                                                    "Dimensions": list(dimensions)},
                                         "Period": period, "Stat": stat}, **more}


class Putting(CloudWatch):
    def test_values_of_a_minute_are_put_together(self):
        when = floor(now()) - 3 * MINUTE
        self.put({"MetricName": "m", "Value": 1.5, "Timestamp": when, "Unit": "Seconds"})
        self.put({"MetricName": "m", "Values": [2.0, 4.0], "Counts": [2.0, 1.0], "Timestamp": when, "Unit": "Seconds"})
        self.put({"MetricName": "m", "Timestamp": when, "Unit": "Seconds",
                  "StatisticValues": {"SampleCount": 2, "Sum": 3, "Minimum": 0.5, "Maximum": 2.5}})
        point, = self.ask("m", ("SampleCount", "Sum", "Average", "Minimum", "Maximum"))
        self.assertEqual(point, {"Timestamp": when, "SampleCount": 6.0, "Sum": 12.5, "Average": 12.5 / 6, "Minimum": 0.5,
                                 "Maximum": 4.0, "Unit": "Seconds"})

    def test_dimensions_make_another_metric_in_any_order(self):
        a, b = {"Name": "a", "Value": "1"}, {"Name": "b", "Value": "2"}
        for value, dimensions in ((1, []), (2, [a]), (4, [a, b]), (8, [b, a])):
            self.put({"MetricName": "m", "Value": value, "Dimensions": dimensions})
        sums = [sum(point["Sum"] for point in self.ask("m", dimensions=each)) for each in ([], [a], [b, a], [b])]
        self.assertEqual(sums, [1.0, 2.0, 12.0, 0])

    def test_percentiles(self):
        self.put({"MetricName": "m", "Values": [float(i) for i in range(1, 101)]})
        point, = self.ask("m", (), ExtendedStatistics=["p50", "p99"])
        self.assertAlmostEqual(point["ExtendedStatistics"]["p50"], 50, delta=1)
        self.assertAlmostEqual(point["ExtendedStatistics"]["p99"], 99, delta=2)

    def test_a_large_call_comes_compressed(self):
        self.put(*({"MetricName": f"metric-{i:04}", "Value": float(i), "Unit": "Count",
                    "Dimensions": [{"Name": "Host", "Value": "h" * 200}]} for i in range(1000)))
        names = [metric["MetricName"] for page in self.cloudwatch.get_paginator("list_metrics").paginate(
            Namespace=self.space) for metric in page["Metrics"]]
        self.assertEqual(names, [f"metric-{i:04}" for i in range(1000)])

    def test_what_was_put_survives_a_crash(self):
        server = base.Server()
        with server:
            client = base.client(server, service="cloudwatch")
            client.put_metric_data(Namespace="a", MetricData=[{"MetricName": "m", "Value": 7}])
            server.restart(hard=True)
            found = client.get_metric_statistics(Namespace="a", MetricName="m", Period=60, Statistics=["Sum"],
                                                 StartTime=now() - 10 * MINUTE, EndTime=now() + MINUTE)
            self.assertEqual([point["Sum"] for point in found["Datapoints"]], [7.0])

    def test_what_is_wrong_is_refused(self):
        put = self.cloudwatch.put_metric_data
        good = {"MetricName": "m", "Value": 1}
        cases = [
            ("MissingParameter", {"MetricData": [good]}),
            ("MissingParameter", {"Namespace": self.space}),
            ("MissingParameter", {"Namespace": self.space, "MetricData": [{"Value": 1}]}),
            ("MissingParameter", {"Namespace": self.space, "MetricData": [{"MetricName": "m"}]}),
            ("InvalidParameterValue", {"Namespace": "AWS/SQS", "MetricData": [good]}),
            ("InvalidParameterValue", {"Namespace": ":x", "MetricData": [good]}),
            ("InvalidParameterValue", {"Namespace": self.space, "MetricData": [good] * 1001}),
            ("InvalidParameterValue", {"Namespace": self.space, "MetricData": [{**good, "Unit": "Apples"}]}),
            ("InvalidParameterValue", {"Namespace": self.space, "MetricData": [{"MetricName": "x" * 256, "Value": 1}]}),
            ("InvalidParameterValue", {"Namespace": self.space, "MetricData": [{**good, "StorageResolution": 30}]}),
            ("InvalidParameterValue", {"Namespace": self.space, "MetricData": [{**good, "Value": float(2**361)}]}),
            ("InvalidParameterValue", {"Namespace": self.space, "MetricData": [
                {**good, "Dimensions": [{"Name": f"d{i}", "Value": "v"} for i in range(31)]}]}),
            ("InvalidParameterValue", {"Namespace": self.space, "MetricData": [
                {**good, "Dimensions": [{"Name": "d", "Value": "v"}, {"Name": "d", "Value": "w"}]}]}),
            ("InvalidParameterValue", {"Namespace": self.space, "MetricData": [
                {**good, "Timestamp": now() - datetime.timedelta(days=15)}]}),
            ("InvalidParameterValue", {"Namespace": self.space, "MetricData": [
                {**good, "Timestamp": now() + datetime.timedelta(hours=3)}]}),
            ("InvalidParameterValue", {"Namespace": self.space, "MetricData": [
                {"MetricName": "m", "Values": [1.0] * 151}]}),
            ("InvalidParameterCombination", {"Namespace": self.space, "MetricData": [{**good, "Values": [1.0]}]}),
            ("InvalidParameterCombination", {"Namespace": self.space, "MetricData": [
                {"MetricName": "m", "Values": [1.0], "Counts": [1.0, 2.0]}]}),
            ("InvalidParameterCombination", {"Namespace": self.space, "MetricData": [
                {"MetricName": "m", "StatisticValues": {"SampleCount": 1, "Sum": 1, "Minimum": 2, "Maximum": 1}}]}),
        ]
        for code, arguments in cases:
            with self.subTest(arguments=str(arguments)[:200]):
                self.fails(code, put, **arguments)
        # Nothing of a refused call was kept.
        self.fails("InvalidParameterValue", put, Namespace=self.space, MetricData=[good, {**good, "Unit": "Apples"}])
        self.assertEqual(self.cloudwatch.list_metrics(Namespace=self.space)["Metrics"], [])


class Asking(CloudWatch):
    def test_periods_and_ranges(self):
        begin = floor(now() - 30 * MINUTE, 300)
        for i in range(10):
            self.put({"MetricName": "m", "Value": float(i), "Timestamp": begin + i * MINUTE})
        self.assertEqual([point["Sum"] for point in self.ask("m", period=300, start=begin)], [10.0, 35.0])
        self.assertEqual([point["Sum"] for point in self.ask("m", start=begin + 2 * MINUTE, end=begin + 4 * MINUTE)],
                         [2.0, 3.0])
        # Periods of GetMetricStatistics begin where the range does.
        self.assertEqual([point["Sum"] for point in self.ask("m", period=300, start=begin + MINUTE)], [15.0, 30.0])
        result = self.data(self.query("m", "m", period=300), start=begin, ScanBy="TimestampAscending")["m"]
        self.assertEqual((result["Values"], result["Timestamps"]), ([10.0, 35.0], [begin, begin + 5 * MINUTE]))
        self.assertEqual(self.data(self.query("m", "m", period=300), start=begin)["m"]["Values"], [35.0, 10.0])

    def test_metric_math_as_autoscalers_use_it(self):
        begin = floor(now() - 10 * MINUTE)
        for i in (0, 1, 3):
            self.put({"MetricName": "backlog", "Value": 10.0 * (i + 1), "Timestamp": begin + i * MINUTE},
                     {"MetricName": "workers", "Value": 2.0, "Timestamp": begin + i * MINUTE})
        found = self.data(
            self.query("b", "backlog", ReturnData=False), self.query("w", "workers", ReturnData=False),
            {"Id": "each", "Expression": "b / w", "Label": "backlog per worker"},
            {"Id": "filled", "Expression": "FILL(b, 0)"},
            {"Id": "total", "Expression": "SUM([b, w])"},
            {"Id": "high", "Expression": "IF(each > 7, 1, 0)"},
            start=begin, end=begin + 5 * MINUTE, ScanBy="TimestampAscending")
        self.assertEqual(found["each"]["Values"], [5.0, 10.0, 20.0])
        self.assertEqual(found["each"]["Label"], "backlog per worker")
        self.assertEqual(found["filled"]["Values"], [10.0, 20.0, 0.0, 40.0, 0.0])
        self.assertEqual(found["total"]["Values"], [12.0, 22.0, 42.0])
        self.assertEqual(found["high"]["Values"], [0.0, 1.0, 1.0])
        self.assertEqual(set(found), {"each", "filled", "total", "high"})

    def test_pages_of_data(self):
        begin = floor(now() - 20 * MINUTE)
        self.put(*({"MetricName": "m", "Value": float(i), "Timestamp": begin + i * MINUTE} for i in range(10)))
        values, token, calls = [], {}, 0
        while True:
            page = self.cloudwatch.get_metric_data(MetricDataQueries=[self.query("m", "m")], StartTime=begin,
                                                   EndTime=begin + 15 * MINUTE, MaxDatapoints=4,
                                                   ScanBy="TimestampAscending", **token)
            values += page["MetricDataResults"][0]["Values"]
            calls += 1
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        self.assertEqual((values, calls), ([float(i) for i in range(10)], 3))
        self.fails("InvalidNextToken", self.cloudwatch.get_metric_data, MetricDataQueries=[self.query("m", "m")],
                   StartTime=begin, EndTime=begin + MINUTE, NextToken="bm9uc2Vuc2U=")

    def test_listing_by_filters(self):
        host = {"Name": "Host", "Value": "a"}
        self.put({"MetricName": "one", "Value": 1, "Dimensions": [host]}, {"MetricName": "two", "Value": 1})
        self.put({"MetricName": "one", "Value": 1, "Dimensions": [{"Name": "Host", "Value": "b"}]},
                 {"MetricName": "old", "Value": 1, "Timestamp": now() - datetime.timedelta(hours=4)})

        def listed(**filters):
            return [(metric["MetricName"], [each["Value"] for each in metric["Dimensions"]])
                    for metric in self.cloudwatch.list_metrics(Namespace=self.space, **filters)["Metrics"]]

        self.assertEqual(listed(), [("old", []), ("one", ["a"]), ("one", ["b"]), ("two", [])])
        self.assertEqual(listed(MetricName="one"), [("one", ["a"]), ("one", ["b"])])
        self.assertEqual(listed(Dimensions=[host]), [("one", ["a"])])
        self.assertEqual(listed(Dimensions=[{"Name": "Host"}], MetricName="two"), [])
        self.needs(self.cloudwatch, "ListMetrics", "RecentlyActive")
        self.assertEqual([name for name, _ in listed(RecentlyActive="PT3H")], ["one", "one", "two"])
        self.fails("InvalidParameterValue", self.cloudwatch.list_metrics, NextToken="bm9uc2Vuc2U=")

    def test_accounts_and_regions_are_worlds_of_their_own(self):
        self.put({"MetricName": "m", "Value": 1})
        for other in (base.client(service="cloudwatch", region="eu-west-1"),
                      base.client(service="cloudwatch", key="123456789012")):
            self.assertEqual(other.list_metrics(Namespace=self.space)["Metrics"], [])

    def test_what_is_wrong_is_refused(self):
        common = {"Namespace": self.space, "MetricName": "m", "StartTime": now() - 10 * MINUTE, "EndTime": now(),
                  "Period": 60, "Statistics": ["Sum"]}
        for code, change in [
                ("InvalidParameterValue", {"EndTime": now() - 20 * MINUTE}),
                ("InvalidParameterValue", {"Period": 90}),
                ("InvalidParameterValue", {"Statistics": ["Total"]}),
                ("InvalidParameterValue", {"ExtendedStatistics": ["tm90"]}),
                ("InvalidParameterCombination", {"Statistics": []}),
                ("InvalidParameterCombination", {"StartTime": now() - datetime.timedelta(days=2)})]:
            with self.subTest(change=str(change)):
                self.fails(code, self.cloudwatch.get_metric_statistics, **{**common, **change})
        for queries in ([{"Id": "M", "Expression": "1"}], [{"Id": "m"}], [{"Id": "e", "Expression": "nothing * 2"}],
                        [{"Id": "e", "Expression": "e * 2"}], [{"Id": "e", "Expression": "SEARCH('x', 'Sum')"}],
                        [{"Id": "a", "Expression": "b"}, {"Id": "b", "Expression": "a"}],
                        [self.query("m", "m"), {"Id": "e", "Expression": "SUM(m)"}],
                        [self.query("m", "m"), self.query("m", "n")],
                        [self.query("m", "m", stat="Total")], [self.query("m", "m", ReturnData=False)]):
            with self.subTest(queries=str(queries)):
                self.fails("ValidationError", self.cloudwatch.get_metric_data, MetricDataQueries=queries,
                           StartTime=now() - 10 * MINUTE, EndTime=now())

    def test_what_is_not_offered_says_so(self):
        with self.assertRaises(base.ClientError) as caught:
            self.cloudwatch.describe_alarms()
        self.assertIn(caught.exception.response["Error"]["Code"], ("InvalidAction", "UnknownOperationException"))


class Queues(CloudWatch):
    def setUp(self):
        super().setUp()
        self.sqs = base.client()
        self.queue = self.name()
        self.url = self.sqs.create_queue(QueueName=self.queue)["QueueUrl"]

    def sum(self, metric):
        return sum(point["Sum"] for point in self.ask(metric, space="AWS/SQS", start=now() - 15 * MINUTE,
                                                      dimensions=[{"Name": "QueueName", "Value": self.queue}]))

    def test_calls_are_counted(self):
        self.sqs.send_message(QueueUrl=self.url, MessageBody="12345")
        self.sqs.send_message_batch(QueueUrl=self.url, Entries=[{"Id": str(i), "MessageBody": "123"} for i in range(4)])
        got = []
        while len(got) < 5:
            got += self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=5)["Messages"]
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=self.url))
        for message in got:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        counted = {name: self.sum(name) for name in ("NumberOfMessagesSent", "SentMessageSize", "NumberOfMessagesReceived",
                                                     "NumberOfEmptyReceives", "NumberOfMessagesDeleted")}
        self.assertEqual(counted, {"NumberOfMessagesSent": 5.0, "SentMessageSize": 17.0, "NumberOfMessagesReceived": 5.0,
                                   "NumberOfEmptyReceives": 1.0, "NumberOfMessagesDeleted": 5.0})
        listed = self.cloudwatch.list_metrics(Namespace="AWS/SQS", Dimensions=[{"Name": "QueueName", "Value": self.queue}])
        self.assertLessEqual(set(counted), {metric["MetricName"] for metric in listed["Metrics"]})

    def test_repeated_messages_are_counted_apart(self):
        self.queue = self.name(".fifo")
        url = self.sqs.create_queue(QueueName=self.queue, Attributes={"FifoQueue": "true"})["QueueUrl"]
        for _ in range(3):
            self.sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="d")
        self.assertEqual((self.sum("NumberOfMessagesSent"), self.sum("NumberOfDeduplicatedSentMessages")), (1.0, 2.0))

    def test_how_full_a_queue_is_is_measured(self):
        for _ in range(3):
            self.sqs.send_message(QueueUrl=self.url, MessageBody="x")
        deadline = time.monotonic() + 70
        names = ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage")
        while not (points := self.ask(names[0], ("Maximum",), space="AWS/SQS",
                                      dimensions=[{"Name": "QueueName", "Value": self.queue}])):
            self.assertLess(time.monotonic(), deadline, "the queue was not measured within a minute")
            time.sleep(0.2)
        self.assertEqual(points[0]["Maximum"], 3.0)

    def test_the_metrics_page_shows_the_same(self):
        self.sqs.send_message(QueueUrl=self.url, MessageBody="12345")
        with urllib.request.urlopen(f"{base.server().url}/metrics") as page:
            self.assertEqual(page.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
            lines = page.read().decode().splitlines()
        labels = f'{{region="us-east-1",account="000000000000",queue="{self.queue}"}}'
        self.assertIn(f"millrace_queue_sent_bytes_total{labels} 5", lines)
        self.assertIn(f"millrace_queue_messages_visible{labels} 1", lines)


class Streams(CloudWatch):
    def setUp(self):
        super().setUp()
        self.kinesis = base.client(service="kinesis")
        self.stream = self.name()
        self.kinesis.create_stream(StreamName=self.stream, ShardCount=2)
        self.kinesis.get_waiter("stream_exists").wait(StreamName=self.stream, WaiterConfig={"Delay": 1})

    def sum(self, metric, statistic="Sum", **dimensions):
        dimensions = [{"Name": name, "Value": value} for name, value in {"StreamName": self.stream, **dimensions}.items()]
        return sum(point[statistic] for point in self.ask(metric, statistics=(statistic,), space="AWS/Kinesis",
                                                          start=now() - 15 * MINUTE, dimensions=dimensions))

    def samples(self, metric, **dimensions):
        return self.sum(metric, "SampleCount", **dimensions)

    def test_a_stream_is_the_sum_of_its_shards(self):
        shards = {self.kinesis.put_record(StreamName=self.stream, PartitionKey=str(i), Data=b"12345")["ShardId"]
                  for i in range(20)}
        self.assertEqual(len(shards), 2)
        each = [self.sum("IncomingRecords", ShardId=shard) for shard in shards]
        self.assertEqual((sum(each), self.sum("IncomingRecords")), (20.0, 20.0))
        self.assertNotIn(0.0, each)
        # Keys count too.
        self.assertEqual(self.sum("IncomingBytes"), sum(5.0 + len(str(i)) for i in range(20)))
        listed = self.cloudwatch.list_metrics(Namespace="AWS/Kinesis", MetricName="IncomingBytes",
                                              Dimensions=[{"Name": "StreamName", "Value": self.stream}])["Metrics"]
        self.assertEqual(sorted(len(metric["Dimensions"]) for metric in listed), [1, 2, 2])

    def test_reading_is_counted(self):
        self.kinesis.put_records(StreamName=self.stream, Records=[
            {"PartitionKey": str(i), "Data": b"123"} for i in range(10)])
        for shard in self.kinesis.list_shards(StreamName=self.stream)["Shards"]:
            iterator = self.kinesis.get_shard_iterator(StreamName=self.stream, ShardId=shard["ShardId"],
                                                       ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            self.kinesis.get_records(ShardIterator=iterator)
        self.assertEqual((self.sum("GetRecords.Records"), self.sum("OutgoingRecords")), (10.0, 10.0))
        self.assertEqual(self.sum("GetRecords.Success"), 2.0)

    def test_calls_are_timed_once_each(self):
        self.kinesis.put_record(StreamName=self.stream, PartitionKey="k", Data=b"1")
        for _ in range(2):
            self.kinesis.put_records(StreamName=self.stream, Records=[
                {"PartitionKey": str(i), "Data": b"123"} for i in range(10)])
        shard = self.kinesis.list_shards(StreamName=self.stream)["Shards"][0]["ShardId"]
        iterator = self.kinesis.get_shard_iterator(StreamName=self.stream, ShardId=shard,
                                                   ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        for _ in range(3):
            iterator = self.kinesis.get_records(ShardIterator=iterator)["NextShardIterator"]
        self.assertEqual([self.samples(f"{call}.Latency") for call in ("PutRecord", "PutRecords", "GetRecords")], [1, 2, 3])
        self.assertEqual([self.sum(f"PutRecords.{what}Records") for what in ("Total", "Successful", "Failed", "Throttled")],
                         [20, 20, 0, 0])

    def test_subscriptions_are_counted(self):
        arn = self.kinesis.describe_stream_summary(StreamName=self.stream)["StreamDescriptionSummary"]["StreamARN"]
        consumer = self.kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
        described = self.kinesis.describe_stream_consumer
        while described(ConsumerARN=consumer)["ConsumerDescription"]["ConsumerStatus"] != "ACTIVE":
            time.sleep(0.1)
        ask = {"ConsumerARN": consumer, "StartingPosition": {"Type": "LATEST"},
               "ShardId": self.kinesis.list_shards(StreamName=self.stream)["Shards"][0]["ShardId"]}
        with contextlib.closing(self.kinesis.subscribe_to_shard(**ask)["EventStream"]):
            self.fails("ResourceInUseException", self.kinesis.subscribe_to_shard, **ask)
        self.assertEqual((self.sum("SubscribeToShard.Success", ConsumerName="c"),
                          self.samples("SubscribeToShard.Success", ConsumerName="c"),
                          self.sum("SubscribeToShard.RateExceeded", ConsumerName="c")), (1, 2, 1))


if __name__ == "__main__":
    unittest.main()
