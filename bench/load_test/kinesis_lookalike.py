"""A small Kinesis lookalike: JSON and CBOR, event streams, in memory."""

import asyncio
import base64
import hashlib
import json
import zlib

from lookalike import Lookalike


def cbor(value, open_lengths=False):
    def head(major, number):
        if number < 24:
            return bytes([major << 5 | number])
        power = next(power for power in range(4) if number < 1 << (8 << power))
        return bytes([major << 5 | 24 + power]) + number.to_bytes(1 << power, "big")

    if value is None:
        return b"\xf6"
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    items = list(value.items()) if isinstance(value, dict) else [(item,) for item in value]
    content = b"".join(cbor(part, open_lengths) for item in items for part in item)
    major = 5 if isinstance(value, dict) else 4
    return bytes([major << 5 | 31]) + content + b"\xff" if open_lengths else head(major, len(items)) + content


def from_cbor(raw):
    def item(at):
        major, number = raw[at] >> 5, raw[at] & 31
        at += 1
        if number >= 24:
            size = 1 << number - 24
            number, at = int.from_bytes(raw[at:at + size], "big"), at + size
        if major == 0:
            return number, at
        if major in (2, 3):
            piece = raw[at:at + number]
            return (piece if major == 2 else piece.decode()), at + number
        items = []
        for _ in range(number * (2 if major == 5 else 1)):
            value, at = item(at)
            items.append(value)
        return (dict(zip(items[::2], items[1::2])) if major == 5 else items), at

    value, end = item(0)
    assert end == len(raw), "more than one CBOR item"
    return value


def event(headers, payload):
    head = b"".join(bytes([len(name)]) + name.encode() + b"\x07" + len(value).to_bytes(2, "big") + value.encode()
                    for name, value in headers.items())
    prelude = (16 + len(head) + len(payload)).to_bytes(4, "big") + len(head).to_bytes(4, "big")
    whole = prelude + zlib.crc32(prelude).to_bytes(4, "big") + head + payload
    return whole + zlib.crc32(whole).to_bytes(4, "big")


class Stream(Lookalike):
    def __init__(self, fault=None, shards=3, open_lengths=False):
        self.shards = [[] for _ in range(shards)]
        self.subscribers = [[] for _ in range(shards)]
        self.open_lengths = open_lengths
        self.event_fault = lambda raw: raw
        super().__init__(fault)

    def decode(self, headers, raw):
        self.cbor = headers["content-type"] == "application/x-amz-cbor-1.1"
        return from_cbor(raw) if self.cbor else json.loads(raw)

    def encode(self, reply):
        return cbor(reply, self.open_lengths) if self.cbor else json.dumps(reply).encode()

    def _append(self, record):
        data = record["Data"] if self.cbor else base64.b64decode(record["Data"], validate=True)
        hash_key = int.from_bytes(hashlib.md5(record["PartitionKey"].encode()).digest(), "big")
        number = hash_key * len(self.shards) >> 128
        shard = self.shards[number]
        shard.append({"SequenceNumber": f"{len(shard) + 1:056}", "PartitionKey": record["PartitionKey"], "Data": data})
        for queue in self.subscribers[number]:
            queue.put_nowait(shard[-1])
        return {"SequenceNumber": shard[-1]["SequenceNumber"], "ShardId": f"shardId-{number:012}"}

    def _shown(self, records):
        shown = [{**record, "ApproximateArrivalTimestamp": 1} for record in records]
        return shown if self.cbor else [{**r, "Data": base64.b64encode(r["Data"]).decode()} for r in shown]

    async def handle(self, action, body):
        if action == "PutRecord":
            return self._append(body)
        if action == "PutRecords":
            return {"FailedRecordCount": 0, "Records": [self._append(record) for record in body["Records"]]}
        if action == "GetShardIterator":
            shard = int(body["ShardId"].split("-")[1])
            at = len(self.shards[shard]) if body["ShardIteratorType"] == "LATEST" else 0
            return {"ShardIterator": f"{shard}:{at}"}
        if action == "GetRecords":
            shard, at = map(int, body["ShardIterator"].split(":"))
            records = self.shards[shard][at:at + min(body["Limit"], 300)]
            return {"Records": self._shown(records), "NextShardIterator": f"{shard}:{at + len(records)}",
                    "MillisBehindLatest": 1000 * (len(self.shards[shard]) - at - len(records))}
        assert action == "SubscribeToShard" and body["ConsumerARN"] == "arn:consumer", body
        return self._subscription(int(body["ShardId"].split("-")[1]))

    def _subscription(self, shard):
        queue = asyncio.Queue()
        self.subscribers[shard].append(queue)

        async def write(writer):
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            raw = event({":message-type": "event", ":event-type": "initial-response"}, self.encode({}))
            while raw is not None:
                # In two chunks, as if the framing meant nothing to those in between.
                for piece in (raw[:7], raw[7:]):
                    writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    await writer.drain()
                record = await queue.get()
                payload = {"ContinuationSequenceNumber": record["SequenceNumber"], "MillisBehindLatest": 0,
                           "Records": self._shown([record])}
                raw = self.event_fault(
                    event({":message-type": "event", ":event-type": "SubscribeToShardEvent"}, self.encode(payload)))
            writer.write(b"0\r\n\r\n")
        return write
