// All 23 operations through the AWS SDK for JavaScript v3, which speaks JSON and verifies the MD5 of every body.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SQS } from "@aws-sdk/client-sqs";
import { client, freshName, startServer } from "./support.mjs";

let server, api;

before(async () => {
  server = await startServer();
  const { endpoint, region, credentials } = client(server).config;
  api = new SQS({ endpoint: server.url, region, credentials, maxAttempts: 1 });
  assert.ok(endpoint);
});
after(() => server.stop());

const queue = async (Attributes) => (await api.createQueue({ QueueName: freshName(), Attributes })).QueueUrl;
const fifo = async (Attributes) =>
  (await api.createQueue({ QueueName: freshName(".fifo"), Attributes: { FifoQueue: "true", ...Attributes } })).QueueUrl;
const attribute = async (QueueUrl, name) =>
  (await api.getQueueAttributes({ QueueUrl, AttributeNames: [name] })).Attributes?.[name];
const receive = async (QueueUrl, options = {}) =>
  (await api.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10, ...options })).Messages ?? [];
const bodies = async (QueueUrl, options) => (await receive(QueueUrl, options)).map((message) => message.Body);

test("CreateQueue, GetQueueUrl, ListQueues, DeleteQueue", async () => {
  const name = freshName();
  const { QueueUrl } = await api.createQueue({ QueueName: name, tags: { a: "b" } });
  assert.equal(QueueUrl, `${server.url}/000000000000/${name}`);
  assert.equal((await api.getQueueUrl({ QueueName: name })).QueueUrl, QueueUrl);
  assert.deepEqual((await api.listQueues({ QueueNamePrefix: name })).QueueUrls, [QueueUrl]);
  await api.deleteQueue({ QueueUrl });
  assert.equal((await api.listQueues({ QueueNamePrefix: name })).QueueUrls, undefined);
  const error = await api.createQueue({ QueueName: name }).catch((reason) => reason);
  assert.equal(error.name, "QueueDeletedRecently");
});

test("ListQueues gives pages", async () => {
  const prefix = freshName();
  const urls = [];
  for (let i = 0; i < 3; ++i) urls.push((await api.createQueue({ QueueName: `${prefix}-${i}` })).QueueUrl);
  const page = await api.listQueues({ QueueNamePrefix: prefix, MaxResults: 2 });
  const rest = await api.listQueues({ QueueNamePrefix: prefix, MaxResults: 2, NextToken: page.NextToken });
  assert.deepEqual([page.QueueUrls, rest.QueueUrls, rest.NextToken], [urls.slice(0, 2), urls.slice(2), undefined]);
});

test("SetQueueAttributes, GetQueueAttributes", async () => {
  const QueueUrl = await queue();
  await api.setQueueAttributes({ QueueUrl, Attributes: { VisibilityTimeout: "7", MessageRetentionPeriod: "60" } });
  const { Attributes } = await api.getQueueAttributes({ QueueUrl, AttributeNames: ["All"] });
  assert.equal(Object.keys(Attributes).length, 12);
  assert.deepEqual([Attributes.VisibilityTimeout, Attributes.MessageRetentionPeriod], ["7", "60"]);
});

test("TagQueue, ListQueueTags, UntagQueue", async () => {
  const QueueUrl = await queue();
  assert.equal((await api.listQueueTags({ QueueUrl })).Tags, undefined);
  await api.tagQueue({ QueueUrl, Tags: { a: "1", b: "" } });
  assert.deepEqual((await api.listQueueTags({ QueueUrl })).Tags, { a: "1", b: "" });
  await api.untagQueue({ QueueUrl, TagKeys: ["a"] });
  assert.deepEqual((await api.listQueueTags({ QueueUrl })).Tags, { b: "" });
});

test("AddPermission, RemovePermission", async () => {
  const QueueUrl = await queue();
  await api.addPermission({ QueueUrl, Label: "l", AWSAccountIds: ["111111111111"], Actions: ["SendMessage"] });
  const [statement] = JSON.parse(await attribute(QueueUrl, "Policy")).Statement;
  assert.deepEqual([statement.Sid, statement.Action], ["l", "SQS:SendMessage"]);
  await api.removePermission({ QueueUrl, Label: "l" });
  assert.equal(await attribute(QueueUrl, "Policy"), undefined);
});

test("SendMessage, ReceiveMessage, DeleteMessage with every kind of attribute", async () => {
  const QueueUrl = await queue();
  const MessageAttributes = {
    text: { DataType: "String", StringValue: "zwölf 🦀" },
    number: { DataType: "Number.int", StringValue: "12" },
    bytes: { DataType: "Binary", BinaryValue: Uint8Array.from({ length: 256 }, (_, i) => i) },
  };
  const MessageBody = "ünï – 漢字 🦀 \t\r\n \u2028 \\ \" </Body>";
  const sent = await api.sendMessage({
    QueueUrl,
    MessageBody,
    MessageAttributes,
    MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "Root=1-5759e988-bd862e3fe1be46a994272793" } },
  });
  const [message] = await receive(QueueUrl, { MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"] });
  assert.equal(message.Body, MessageBody);
  assert.equal(message.MessageId, sent.MessageId);
  assert.equal(message.MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
  assert.deepEqual(message.MessageAttributes, MessageAttributes);
  assert.deepEqual(Object.keys(message.Attributes).sort(), [
    "AWSTraceHeader",
    "ApproximateFirstReceiveTimestamp",
    "ApproximateReceiveCount",
    "SenderId",
    "SentTimestamp",
  ]);
  await api.deleteMessage({ QueueUrl, ReceiptHandle: message.ReceiptHandle });
  assert.equal(await attribute(QueueUrl, "ApproximateNumberOfMessagesNotVisible"), "0");
});

test("a message of 1 MiB", async () => {
  const QueueUrl = await queue();
  const MessageBody = "é".repeat(1 << 19);
  await api.sendMessage({ QueueUrl, MessageBody });
  assert.deepEqual(await bodies(QueueUrl), [MessageBody]);
});

test("SendMessageBatch, DeleteMessageBatch with some failures", async () => {
  const QueueUrl = await queue();
  const sent = await api.sendMessageBatch({
    QueueUrl,
    Entries: [
      { Id: "a", MessageBody: "a" },
      { Id: "b", MessageBody: "b", DelaySeconds: 901 },
      { Id: "c", MessageBody: "\uffff" },
    ],
  });
  assert.deepEqual(sent.Successful.map((entry) => entry.Id), ["a"]);
  assert.deepEqual(sent.Failed.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]), [
    ["b", "InvalidParameterValue", true],
    ["c", "InvalidMessageContents", true],
  ]);
  const [message] = await receive(QueueUrl);
  const deleted = await api.deleteMessageBatch({
    QueueUrl,
    Entries: [
      { Id: "good", ReceiptHandle: message.ReceiptHandle },
      { Id: "bad", ReceiptHandle: "invalid" },
    ],
  });
  assert.deepEqual([deleted.Successful[0].Id, deleted.Failed[0].Id], ["good", "bad"]);
  assert.equal(deleted.Failed[0].Code, "ReceiptHandleIsInvalid");
});

test("ChangeMessageVisibility and its batch", async () => {
  const QueueUrl = await queue();
  await api.sendMessage({ QueueUrl, MessageBody: "x" });
  const [first] = await receive(QueueUrl);
  await api.changeMessageVisibility({ QueueUrl, ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 0 });
  const [second] = await receive(QueueUrl);
  const changed = await api.changeMessageVisibilityBatch({
    QueueUrl,
    Entries: [
      { Id: "a", ReceiptHandle: second.ReceiptHandle, VisibilityTimeout: 0 },
      { Id: "b", ReceiptHandle: "invalid", VisibilityTimeout: 0 },
    ],
  });
  assert.deepEqual([changed.Successful[0].Id, changed.Failed[0].Code], ["a", "ReceiptHandleIsInvalid"]);
  assert.deepEqual(await bodies(QueueUrl), ["x"]);
});

test("a long poll is woken by a send, and ends when the client goes away", async () => {
  const QueueUrl = await queue();
  const left = new AbortController();
  const abandoned = api.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 }, { abortSignal: left.signal }).catch((error) => error.name);
  const waiting = bodies(QueueUrl, { WaitTimeSeconds: 20 });
  left.abort();
  assert.equal(await abandoned, "AbortError");
  await api.sendMessage({ QueueUrl, MessageBody: "woken" });
  assert.deepEqual(await waiting, ["woken"]);
});

test("FIFO: order, groups, duplicates", async () => {
  const QueueUrl = await fifo({ ContentBasedDeduplication: "true" });
  for (const [MessageBody, MessageGroupId] of [["a0", "a"], ["b0", "b"], ["a1", "a"], ["a0", "a"]]) {
    const sent = await api.sendMessage({ QueueUrl, MessageBody, MessageGroupId });
    assert.match(sent.SequenceNumber, /^\d+$/);
  }
  assert.deepEqual(await bodies(QueueUrl, { MaxNumberOfMessages: 2 }), ["a0", "a1"]);
  assert.deepEqual(await bodies(QueueUrl), ["b0"]);
});

test("PurgeQueue", async () => {
  const QueueUrl = await queue();
  await api.sendMessage({ QueueUrl, MessageBody: "x" });
  await api.purgeQueue({ QueueUrl });
  assert.deepEqual(await bodies(QueueUrl), []);
  const error = await api.purgeQueue({ QueueUrl }).catch((reason) => reason);
  assert.equal(error.name, "PurgeQueueInProgress");
});

test("dead letters, ListDeadLetterSourceQueues, the three operations of move tasks", async () => {
  const target = await queue();
  const deadLetterTargetArn = await attribute(target, "QueueArn");
  const source = await queue({
    VisibilityTimeout: "0",
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 }),
  });
  assert.deepEqual((await api.listDeadLetterSourceQueues({ QueueUrl: target })).queueUrls, [source]);
  await api.sendMessageBatch({ QueueUrl: source, Entries: ["a", "b", "c"].map((Id) => ({ Id, MessageBody: Id })) });
  while ((await attribute(target, "ApproximateNumberOfMessages")) !== "3") await receive(source);

  const other = await queue();
  const { TaskHandle } = await api.startMessageMoveTask({
    SourceArn: deadLetterTargetArn,
    DestinationArn: await attribute(other, "QueueArn"),
    MaxNumberOfMessagesPerSecond: 1,
  });
  const running = (await api.listMessageMoveTasks({ SourceArn: deadLetterTargetArn })).Results[0];
  assert.deepEqual([running.Status, running.TaskHandle, running.MaxNumberOfMessagesPerSecond], ["RUNNING", TaskHandle, 1]);
  assert.equal(typeof running.StartedTimestamp, "number");
  const { ApproximateNumberOfMessagesMoved } = await api.cancelMessageMoveTask({ TaskHandle });
  assert.ok(ApproximateNumberOfMessagesMoved < 3);

  await api.setQueueAttributes({ QueueUrl: source, Attributes: { VisibilityTimeout: "600" } });
  const left = Number(await attribute(target, "ApproximateNumberOfMessages"));
  assert.ok(left > 0);
  let task;
  do {
    task = (await api.listMessageMoveTasks({ SourceArn: deadLetterTargetArn, MaxResults: 1 })).Results[0];
  } while (task.Status === "CANCELLING");
  assert.equal(task.Status, "CANCELLED");
  await api.startMessageMoveTask({ SourceArn: deadLetterTargetArn });
  const back = [];
  while (back.length < left) back.push(...(await bodies(source, { WaitTimeSeconds: 10 })));
  assert.equal(back.length, left);
});

test("a client without an endpoint follows the queue's URL", async () => {
  const QueueUrl = await queue();
  const other = new SQS({ region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" }, maxAttempts: 1 });
  await other.sendMessage({ QueueUrl, MessageBody: "x" });
  assert.deepEqual(await bodies(QueueUrl), ["x"]);
});
