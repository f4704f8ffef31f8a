"""Kinesis for tests that know what was answered and what was not."""
import base64

from support.json_client import JsonClient


class Kinesis(JsonClient):
    TARGET, CONTENT_TYPE = "Kinesis_20131202", "application/x-amz-json-1.1"

    def shards(self, stream):
        """The shards that are known, oldest first."""
        page = self.call("ListShards", StreamName=stream)
        shards = page["Shards"]
        while "NextToken" in page:
            page = self.call("ListShards", NextToken=page["NextToken"])
            shards += page["Shards"]
        return shards

    def read(self, stream, shard, kind="TRIM_HORIZON", **position):
        """All that is there from this iterator on, as (sequence number, text)."""
        iterator = self.call("GetShardIterator", StreamName=stream, ShardId=shard, ShardIteratorType=kind,
                             **position)["ShardIterator"]
        records = []
        while iterator:
            page = self.call("GetRecords", ShardIterator=iterator)
            records += [(record["SequenceNumber"], base64.b64decode(record["Data"]).decode()) for record in page["Records"]]
            iterator = page.get("NextShardIterator")
            if not page["Records"] and page["MillisBehindLatest"] == 0:
                break
        return records


def parents_first(shards):
    """The shards, each after those that it came from."""
    by_id = {shard["ShardId"]: shard for shard in shards}
    order = {}

    def add(shard_id):
        if shard_id in by_id and shard_id not in order:
            add(by_id[shard_id].get("ParentShardId"))
            add(by_id[shard_id].get("AdjacentParentShardId"))
            order[shard_id] = by_id[shard_id]
    for shard_id in by_id:
        add(shard_id)
    return list(order.values())


def encoded(text):
    return base64.b64encode(text.encode()).decode()
