// The table of errors of streams, ../../kinesis_error_cases.json, as the SDK shows them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import * as kinesis from "@aws-sdk/client-kinesis";
import { fails, filled, freshName, settings, startServer } from "./support.mjs";

const cases = JSON.parse(readFileSync(new URL("../../kinesis_error_cases.json", import.meta.url), "utf8"));
let server, api, names;

before(async () => {
  server = await startServer("--limits", "relaxed");
  api = new kinesis.Kinesis(settings(server));
  const stream = freshName();
  const shard = "shardId-000000000000";
  const arn = `arn:aws:kinesis:us-east-1:000000000000:stream/${stream}`;
  await api.createStream({ StreamName: stream, ShardCount: 1 });
  await kinesis.waitUntilStreamExists({ client: api, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.1 }, { StreamName: stream });
  const { Consumer } = await api.registerStreamConsumer({ StreamARN: arn, ConsumerName: "c" });
  const { ShardIterator } = await api.getShardIterator({ StreamName: stream, ShardId: shard, ShardIteratorType: "LATEST" });
  names = { stream, stream_arn: arn, gone: `${stream}-gone`, gone_arn: `${arn}-gone`, shard };
  Object.assign(names, { iterator: ShardIterator, consumer: Consumer.ConsumerARN });
});
after(async () => {
  api.destroy();
  await server.stop();
});

for (const row of cases) {
  test(row.name, async () => {
    const error = await fails(row.code, api.send(new kinesis[`${row.operation}Command`](filled(row.input, names))));
    assert.ok(error.message.includes(filled(row.message, names)), error.message);
    assert.equal(error.$metadata.httpStatusCode, 400);
    assert.equal(error.$fault, "client");
    assert.match(error.$metadata.requestId, /^[0-9a-f-]{36}$/);
  });
}
