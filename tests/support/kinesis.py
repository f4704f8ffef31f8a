"""A small Kinesis client over http.client: no SDK, no retries, so that a test knows what was answered and what was not."""
import base64
import http.client
import json


class Refused(Exception):
    """The server answered with an error."""

    def __init__(self, operation, status, body):
        super().__init__(f"{operation}: {status} {body.decode(errors='replace')}")
        self.kind = json.loads(body).get("__type", "").split("#")[-1] if body.startswith(b"{") else ""


class Kinesis:
    """One keep-alive connection; not shared between threads. Raises OSError or HTTPException when there is no answer."""

    def __init__(self, server, timeout=30):
        self.server, self.timeout, self.connection = server, timeout, None

    def call(self, operation, **members):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=self.timeout)
        try:
            self.connection.request("POST", "/", json.dumps(members).encode(), {
                "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"Kinesis_20131202.{operation}"})
            response = self.connection.getresponse()
            body = response.read()
        except Exception:
            self.close()
            raise
        if response.status != 200:
            raise Refused(operation, response.status, body)
        return json.loads(body) if body else {}

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

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


def encoded(text):
    return base64.b64encode(text.encode()).decode()
