// Two libraries that many programs use on top of the SDK.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CreateQueueCommand, GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { Consumer } from "sqs-consumer";
import { Producer } from "sqs-producer";
import { client, freshName, startServer } from "./support.mjs";

// A library that waits for ever fails its test.
const limit = { timeout: 60_000 };
let server, sqs;

before(async () => {
  server = await startServer();
  sqs = client(server);
});
after(() => server.stop());

const create = async (name, Attributes) => (await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }))).QueueUrl;
const counts = async (QueueUrl) => {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
  return [Attributes.ApproximateNumberOfMessages, Attributes.ApproximateNumberOfMessagesNotVisible];
};

// Consumes until `count` messages were handled; gives their bodies. `handle` may throw, which gives a message back.
async function consume(queueUrl, count, options = {}, handle = () => {}) {
  const got = [];
  await new Promise((resolve, reject) => {
    const consumer = Consumer.create({
      queueUrl,
      sqs,
      waitTimeSeconds: 1,
      handleMessage: async (message) => {
        await handle(message);
        got.push(message.Body);
        return message;
      },
      ...options,
    });
    consumer.on("error", reject);
    consumer.on("message_processed", () => {
      if (got.length >= count) consumer.stop();
    });
    consumer.on("stopped", resolve);
    consumer.start();
  });
  return got;
}

test("what sqs-producer sends, sqs-consumer handles and deletes", limit, async () => {
  const queueUrl = await create(freshName());
  const producer = Producer.create({ queueUrl, sqs });
  const messages = Array.from({ length: 25 }, (_, i) => ({ id: `m${i}`, body: `body ${i}` }));
  assert.equal((await producer.send(messages)).length, 25);
  assert.equal(await producer.queueSize(), 25);
  const got = await consume(queueUrl, 25, { batchSize: 10 });
  assert.deepEqual(got.sort(), messages.map((message) => message.body).sort());
  // The last delete may be under way when the consumer stops.
  while ((await counts(queueUrl)).join() !== "0,0");
});

test("a message whose handler fails comes again", limit, async () => {
  const queueUrl = await create(freshName());
  await Producer.create({ queueUrl, sqs }).send("once-more");
  let attempts = 0;
  const got = await new Promise((resolve) => {
    const consumer = Consumer.create({
      queueUrl,
      sqs,
      waitTimeSeconds: 1,
      terminateVisibilityTimeout: true,
      handleMessage: async (message) => {
        if (++attempts === 1) throw new Error("not this time");
        return message;
      },
    });
    consumer.on("processing_error", () => {});
    consumer.on("message_processed", (message) => {
      consumer.once("stopped", () => resolve(message.Body));
      consumer.stop();
    });
    consumer.start();
  });
  assert.deepEqual([got, attempts], ["once-more", 2]);
});

test("a FIFO queue keeps its order through both", limit, async () => {
  const queueUrl = await create(freshName(".fifo"), { FifoQueue: "true" });
  await Producer.create({ queueUrl, sqs }).send(
    Array.from({ length: 12 }, (_, i) => ({ id: `m${i}`, body: `${i}`, groupId: "g", deduplicationId: `d${i}` })),
  );
  const got = await consume(queueUrl, 12);
  assert.deepEqual(got, Array.from({ length: 12 }, (_, i) => `${i}`));
});
