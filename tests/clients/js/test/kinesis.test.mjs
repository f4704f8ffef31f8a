// Streams through the AWS SDK for JavaScript v3, which speaks HTTP/2 with Kinesis, by prior knowledge.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as kinesis from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { fails, freshName, settings, startServer } from "./support.mjs";

const first = "shardId-000000000000";
const arnOf = (name) => `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`;
const bytes = (text) => new TextEncoder().encode(text);
const text = (data) => new TextDecoder().decode(data);
let server, api;

before(async () => {
  server = await startServer("--limits", "relaxed");
  api = new kinesis.Kinesis(settings(server));
});
after(async () => {
  api.destroy();
  await server.stop();
});

const active = (StreamName) =>
  kinesis.waitUntilStreamExists({ client: api, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.1 }, { StreamName });

async function stream(ShardCount = 1) {
  const StreamName = freshName();
  await api.createStream({ StreamName, ShardCount });
  await active(StreamName);
  return StreamName;
}

async function consumer(name, ConsumerName = "c") {
  const { Consumer } = await api.registerStreamConsumer({ StreamARN: arnOf(name), ConsumerName });
  const { ConsumerARN } = Consumer;
  for (;;) {
    const { ConsumerDescription } = await api.describeStreamConsumer({ ConsumerARN });
    if (ConsumerDescription.ConsumerStatus === "ACTIVE") return ConsumerARN;
  }
}

const put = (StreamName, data, options = {}) =>
  api.putRecord({ StreamName, PartitionKey: "k", Data: bytes(data), ...options });

async function read(StreamName, ShardId = first, ShardIteratorType = "TRIM_HORIZON", options = {}) {
  let { ShardIterator } = await api.getShardIterator({ StreamName, ShardId, ShardIteratorType, ...options });
  const records = [];
  while (ShardIterator) {
    const page = await api.getRecords({ ShardIterator });
    records.push(...page.Records);
    if (page.Records.length === 0 && page.MillisBehindLatest === 0) break;
    ShardIterator = page.NextShardIterator;
  }
  return records;
}

const subscribe = async (ConsumerARN, Type = "TRIM_HORIZON", position = {}, ShardId = first) =>
  (await api.subscribeToShard({ ConsumerARN, ShardId, StartingPosition: { Type, ...position } })).EventStream;

// Reads events until `count` records came; gives them with the last event, and ends the subscription.
async function take(events, count) {
  const records = [];
  for await (const { SubscribeToShardEvent: event } of events) {
    records.push(...event.Records);
    if (records.length >= count) return { records, event };
  }
  assert.fail(`the stream ended after ${records.length} of ${count} records`);
}

test("the client speaks HTTP/2", () => {
  assert.match(api.config.requestHandler.constructor.name, /Http2Handler/);
});

test("CreateStream, DescribeStream, DescribeStreamSummary, ListStreams, DeleteStream", async () => {
  const name = await stream(2);
  const { StreamDescription } = await api.describeStream({ StreamName: name });
  assert.equal(StreamDescription.StreamARN, arnOf(name));
  assert.ok(StreamDescription.StreamCreationTimestamp instanceof Date);
  assert.deepEqual(StreamDescription.Shards.map((shard) => shard.ShardId), [first, "shardId-000000000001"]);
  const { StreamDescriptionSummary } = await api.describeStreamSummary({ StreamName: name });
  assert.equal(StreamDescriptionSummary.OpenShardCount, 2);
  const names = [];
  for await (const page of kinesis.paginateListStreams({ client: api }, { Limit: 1 })) names.push(...page.StreamNames);
  assert.ok(names.includes(name));
  await api.deleteStream({ StreamName: name });
  await kinesis.waitUntilStreamNotExists({ client: api, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.1 }, { StreamName: name });
});

test("PutRecord, GetShardIterator, GetRecords", async () => {
  const name = await stream();
  const { SequenceNumber, ShardId } = await put(name, "\u{1f30a}", { PartitionKey: "ключ" });
  assert.equal(ShardId, first);
  const [record] = await read(name);
  assert.equal(text(record.Data), "\u{1f30a}");
  assert.deepEqual([record.PartitionKey, record.SequenceNumber], ["ключ", SequenceNumber]);
  assert.ok(record.ApproximateArrivalTimestamp instanceof Date);
});

test("the five kinds of iterators", async () => {
  const name = await stream();
  const puts = [];
  for (const data of "abc") puts.push(await put(name, data));
  const at = { StartingSequenceNumber: puts[1].SequenceNumber };
  const data = async (...how) => (await read(name, first, ...how)).map((record) => text(record.Data)).join("");
  assert.equal(await data("TRIM_HORIZON"), "abc");
  assert.equal(await data("AT_SEQUENCE_NUMBER", at), "bc");
  assert.equal(await data("AFTER_SEQUENCE_NUMBER", at), "c");
  assert.equal(await data("AT_TIMESTAMP", { Timestamp: new Date(0) }), "abc");
  assert.equal(await data("LATEST"), "");
});

test("PutRecords of 500 records, many at once over one connection", async () => {
  const name = await stream(2);
  const batch = (id) =>
    api.putRecords({
      StreamName: name,
      Records: Array.from({ length: 500 }, (_, i) => ({ PartitionKey: `${i}`, Data: bytes(`${id}-${i}`) })),
    });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, id) => batch(id)));
  assert.deepEqual(new Set(answers.map((answer) => answer.FailedRecordCount)), new Set([0]));
  const there = (await Promise.all([read(name), read(name, "shardId-000000000001")])).flat();
  assert.equal(new Set(there.map((record) => text(record.Data))).size, 10000);
  assert.equal(there.length, 10000);
  const numbers = new Set(answers.flatMap((answer) => answer.Records.map((entry) => entry.SequenceNumber)));
  assert.deepEqual(new Set(there.map((record) => record.SequenceNumber)), numbers);
});

test("records of 10 MiB", async () => {
  const name = await stream();
  await api.updateMaxRecordSize({ StreamARN: arnOf(name), MaxRecordSizeInKiB: 10240 });
  await active(name);
  const Data = new Uint8Array(10 * 1024 * 1024 - 256).map((_, i) => (i * 7) % 251);
  await api.putRecord({ StreamName: name, PartitionKey: "k", Data });
  const [record] = await read(name);
  assert.ok(Buffer.from(record.Data).equals(Buffer.from(Data)));
});

test("SplitShard, MergeShards, UpdateShardCount, ListShards", async () => {
  const name = await stream();
  await put(name, "parent");
  await api.splitShard({ StreamName: name, ShardToSplit: first, NewStartingHashKey: (1n << 127n).toString() });
  await active(name);
  const { Shards } = await api.listShards({ StreamName: name, ShardFilter: { Type: "AT_LATEST" } });
  assert.deepEqual(Shards.map((shard) => shard.ParentShardId), [first, first]);
  const [one, other] = Shards.map((shard) => shard.ShardId);
  await api.mergeShards({ StreamName: name, ShardToMerge: one, AdjacentShardToMerge: other });
  await active(name);
  await api.updateShardCount({ StreamName: name, TargetShardCount: 2, ScalingType: "UNIFORM_SCALING" });
  await active(name);
  const { StreamDescriptionSummary } = await api.describeStreamSummary({ StreamName: name });
  assert.equal(StreamDescriptionSummary.OpenShardCount, 2);
  const { ShardIterator } = await api.getShardIterator({ StreamName: name, ShardId: first, ShardIteratorType: "LATEST" });
  const end = await api.getRecords({ ShardIterator });
  assert.equal(end.NextShardIterator, undefined);
  assert.deepEqual(end.ChildShards.map((child) => child.ParentShards), [[first], [first]]);
});

test("retention, monitoring, encryption, modes", async () => {
  const StreamName = await stream();
  const summary = async () => {
    await active(StreamName);
    return (await api.describeStreamSummary({ StreamName })).StreamDescriptionSummary;
  };
  await api.increaseStreamRetentionPeriod({ StreamName, RetentionPeriodHours: 48 });
  assert.equal((await summary()).RetentionPeriodHours, 48);
  await api.decreaseStreamRetentionPeriod({ StreamName, RetentionPeriodHours: 24 });
  assert.equal((await summary()).RetentionPeriodHours, 24);
  await api.enableEnhancedMonitoring({ StreamName, ShardLevelMetrics: ["IncomingBytes"] });
  assert.deepEqual((await summary()).EnhancedMonitoring, [{ ShardLevelMetrics: ["IncomingBytes"] }]);
  await api.disableEnhancedMonitoring({ StreamName, ShardLevelMetrics: ["ALL"] });
  await active(StreamName);
  await api.startStreamEncryption({ StreamName, EncryptionType: "KMS", KeyId: "alias/aws/kinesis" });
  assert.equal((await summary()).EncryptionType, "KMS");
  await api.stopStreamEncryption({ StreamName, EncryptionType: "KMS", KeyId: "alias/aws/kinesis" });
  assert.equal((await summary()).EncryptionType, "NONE");
  await api.updateStreamMode({ StreamARN: arnOf(StreamName), StreamModeDetails: { StreamMode: "ON_DEMAND" } });
  assert.equal((await summary()).StreamModeDetails.StreamMode, "ON_DEMAND");
  await api.updateStreamWarmThroughput({ StreamName, WarmThroughputMiBps: 6 });
  assert.equal((await summary()).WarmThroughput.TargetMiBps, 6);
});

test("tags of both generations", async () => {
  const StreamName = await stream();
  const ResourceARN = arnOf(StreamName);
  await api.addTagsToStream({ StreamName, Tags: { a: "1", b: "2" } });
  await api.tagResource({ ResourceARN, Tags: { c: "3" } });
  await api.untagResource({ ResourceARN, TagKeys: ["a"] });
  await api.removeTagsFromStream({ StreamName, TagKeys: ["b"] });
  assert.deepEqual((await api.listTagsForStream({ StreamName })).Tags, [{ Key: "c", Value: "3" }]);
  assert.deepEqual((await api.listTagsForResource({ ResourceARN })).Tags, [{ Key: "c", Value: "3" }]);
});

test("resource policies, account settings, limits", async () => {
  const ResourceARN = arnOf(await stream());
  const Statement = [{ Sid: "s", Effect: "Allow", Principal: { AWS: "000000000000" }, Action: "kinesis:PutRecord", Resource: ResourceARN }];
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await api.putResourcePolicy({ ResourceARN, Policy });
  assert.deepEqual(JSON.parse((await api.getResourcePolicy({ ResourceARN })).Policy), JSON.parse(Policy));
  await api.deleteResourcePolicy({ ResourceARN });
  const { MinimumThroughputBillingCommitment } = await api.describeAccountSettings({});
  assert.equal(MinimumThroughputBillingCommitment.Status, "DISABLED");
  const limits = await api.describeLimits({});
  assert.ok(limits.ShardLimit > 0 && limits.OpenShardCount > 0);
});

test("consumers: registered, listed, described, deregistered", async () => {
  const StreamARN = arnOf(await stream());
  const ConsumerARN = await consumer(StreamARN.split("/")[1], "reader");
  const { Consumers } = await api.listStreamConsumers({ StreamARN });
  assert.deepEqual(Consumers.map((found) => found.ConsumerARN), [ConsumerARN]);
  const { ConsumerDescription } = await api.describeStreamConsumer({ StreamARN, ConsumerName: "reader" });
  assert.equal(ConsumerDescription.StreamARN, StreamARN);
  await api.deregisterStreamConsumer({ ConsumerARN });
  while ((await api.listStreamConsumers({ StreamARN })).Consumers.length > 0);
});

test("SubscribeToShard: records are pushed over HTTP/2", async () => {
  const name = await stream();
  const events = await subscribe(await consumer(name), "LATEST");
  const answer = put(name, "pushed");
  const { records, event } = await take(events, 1);
  assert.equal(text(records[0].Data), "pushed");
  assert.equal(records[0].SequenceNumber, (await answer).SequenceNumber);
  assert.equal(event.ContinuationSequenceNumber, records[0].SequenceNumber);
  assert.equal(typeof event.MillisBehindLatest, "number");
});

test("SubscribeToShard: a backlog, then the tail, then on from the continuation", async () => {
  const name = await stream();
  const batch = async (start) =>
    api.putRecords({
      StreamName: name,
      Records: Array.from({ length: 500 }, (_, i) => ({ PartitionKey: "k", Data: bytes(`${start + i} `.padEnd(1000, "x")) })),
    });
  for (let start = 0; start < 2000; start += 500) await batch(start);
  const events = await subscribe(await consumer(name, "a"));
  const later = batch(2000);
  const { records, event } = await take(events, 2500);
  await later;
  assert.deepEqual(records.map((record) => parseInt(text(record.Data), 10)), Array.from({ length: 2500 }, (_, i) => i));
  await put(name, "on");
  const more = await subscribe(await consumer(name, "b"), "AFTER_SEQUENCE_NUMBER", {
    SequenceNumber: event.ContinuationSequenceNumber,
  });
  assert.equal(text((await take(more, 1)).records[0].Data), "on");
});

test("SubscribeToShard: several subscriptions share a connection with other calls", async () => {
  const name = await stream(4);
  const ConsumerARN = await consumer(name);
  const { Shards } = await api.listShards({ StreamName: name });
  const taken = await Promise.all(
    Shards.map(async ({ ShardId, HashKeyRange }) => {
      const events = await subscribe(ConsumerARN, "LATEST", {}, ShardId);
      const answer = put(name, ShardId, { ExplicitHashKey: HashKeyRange.StartingHashKey });
      const { records } = await take(events, 1);
      assert.equal((await answer).ShardId, ShardId);
      return text(records[0].Data);
    }),
  );
  assert.deepEqual(taken, Shards.map((shard) => shard.ShardId));
});

test("SubscribeToShard: the end of a shard names its children and ends the stream", async () => {
  const name = await stream();
  const events = await subscribe(await consumer(name));
  await put(name, "last");
  await api.splitShard({ StreamName: name, ShardToSplit: first, NewStartingHashKey: "1000" });
  const seen = [];
  for await (const { SubscribeToShardEvent: event } of events) seen.push(event);
  assert.deepEqual(seen.flatMap((event) => event.Records.map((record) => text(record.Data))), ["last"]);
  assert.deepEqual(seen.at(-1).ChildShards.map((child) => child.ShardId), ["shardId-000000000001", "shardId-000000000002"]);
});

test("SubscribeToShard: a second one in the first seconds is refused", async () => {
  const name = await stream();
  const ConsumerARN = await consumer(name);
  const events = await subscribe(ConsumerARN);
  const error = await fails("ResourceInUseException", subscribe(ConsumerARN));
  assert.match(error.message, /shardId-000000000000/);
  await put(name, "x");
  assert.equal(text((await take(events, 1)).records[0].Data), "x");
});

test("SubscribeToShard over HTTP/1.1", async () => {
  const name = await stream();
  const plain = new kinesis.Kinesis(settings(server, { requestHandler: new NodeHttpHandler() }));
  const ConsumerARN = await consumer(name);
  const { EventStream } = await plain.subscribeToShard({
    ConsumerARN,
    ShardId: first,
    StartingPosition: { Type: "TRIM_HORIZON" },
  });
  await plain.putRecord({ StreamName: name, PartitionKey: "k", Data: bytes("over HTTP/1.1") });
  assert.equal(text((await take(EventStream, 1)).records[0].Data), "over HTTP/1.1");
  plain.destroy();
});
