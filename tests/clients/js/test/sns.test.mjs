// Topics through the SDK for JavaScript: what is published arrives in queues, whose digests the SDK checks, and every
// operation of the service is called.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as sns from "@aws-sdk/client-sns";
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { client, freshName, settings, startServer } from "./support.mjs";

const called = new Set();
let server, api, sqs;

before(async () => {
  server = await startServer();
  api = new sns.SNS(settings(server));
  api.middlewareStack.add((next, { commandName }) => (args) => {
    called.add(commandName.replace(/Command$/, ""));
    return next(args);
  });
  sqs = client(server);
});
after(async () => {
  api.destroy();
  await server.stop();
});

const newTopic = async (Attributes, suffix) => (await api.createTopic({ Name: freshName(suffix), Attributes })).TopicArn;

async function listen(TopicArn, Attributes = {}, queue = {}) {
  const QueueName = freshName(queue.FifoQueue ? ".fifo" : "");
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes: queue }));
  const Endpoint = `arn:aws:sqs:us-east-1:000000000000:${QueueName}`;
  const { SubscriptionArn } = await api.subscribe({ TopicArn, Protocol: "sqs", Endpoint, Attributes, ReturnSubscriptionArn: true });
  return { QueueUrl, SubscriptionArn };
}

async function receive(QueueUrl, count) {
  const messages = [];
  while (messages.length < count) {
    const options = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 10, MessageAttributeNames: ["All"] };
    const { Messages } = await sqs.send(new ReceiveMessageCommand(options));
    assert.ok(Messages, `only ${messages.length} of ${count} messages came`);
    for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    messages.push(...Messages);
  }
  assert.equal(messages.length, count);
  return messages;
}

test("a message reaches queues, raw and in its envelope", async () => {
  const TopicArn = await newTopic();
  const raw = await listen(TopicArn, { RawMessageDelivery: "true" });
  const wrapped = await listen(TopicArn);
  const attributes = {
    text: { DataType: "String", StringValue: "ä" },
    bytes: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) },
    price: { DataType: "Number", StringValue: "1.5" },
  };
  const { MessageId } = await api.publish({ TopicArn, Message: "Größe 😀", Subject: "S", MessageAttributes: attributes });
  const [plain] = await receive(raw.QueueUrl, 1);
  assert.equal(plain.Body, "Größe 😀");
  assert.deepEqual(plain.MessageAttributes, attributes);
  const envelope = JSON.parse((await receive(wrapped.QueueUrl, 1))[0].Body);
  assert.deepEqual([envelope.MessageId, envelope.Message, envelope.Subject, envelope.TopicArn], [MessageId, "Größe 😀", "S", TopicArn]);
  assert.deepEqual(envelope.MessageAttributes.bytes, { Type: "Binary", Value: "AP8=" });
});

test("batches, filters and FIFO topics", async () => {
  const TopicArn = await newTopic({ FifoTopic: "true", ContentBasedDeduplication: "true" }, ".fifo");
  const all = await listen(TopicArn, { RawMessageDelivery: "true" }, { FifoQueue: "true" });
  const even = await listen(TopicArn, { RawMessageDelivery: "true", FilterPolicy: '{"kind":["even"]}' }, { FifoQueue: "true" });
  const { Successful, Failed } = await api.publishBatch({
    TopicArn,
    PublishBatchRequestEntries: [...Array(10).keys()].map((i) => ({
      Id: `${i}`,
      Message: `m${i}`,
      MessageGroupId: "g",
      MessageAttributes: { kind: { DataType: "String", StringValue: i % 2 ? "odd" : "even" } },
    })),
  });
  assert.deepEqual([Successful.length, Failed], [10, []]);
  assert.deepEqual(Successful.map((one) => one.SequenceNumber), Successful.map((one) => one.SequenceNumber).sort());
  const bodies = async (QueueUrl, count) => (await receive(QueueUrl, count)).map((message) => message.Body);
  assert.deepEqual(await bodies(all.QueueUrl, 10), [...Array(10).keys()].map((i) => `m${i}`));
  assert.deepEqual(await bodies(even.QueueUrl, 5), ["m0", "m2", "m4", "m6", "m8"]);
});

test("topics and subscriptions are read, changed and listed", async () => {
  const TopicArn = await newTopic({ DisplayName: "d" });
  const { SubscriptionArn } = await listen(TopicArn);
  await api.setTopicAttributes({ TopicArn, AttributeName: "SignatureVersion", AttributeValue: "2" });
  const { Attributes } = await api.getTopicAttributes({ TopicArn });
  assert.deepEqual([Attributes.DisplayName, Attributes.SignatureVersion, Attributes.SubscriptionsConfirmed], ["d", "2", "1"]);
  await api.setSubscriptionAttributes({ SubscriptionArn, AttributeName: "FilterPolicy", AttributeValue: '{"a":[1]}' });
  assert.equal((await api.getSubscriptionAttributes({ SubscriptionArn })).Attributes.FilterPolicy, '{"a":[1]}');
  const arns = async (pages, member) => {
    const found = [];
    for await (const page of pages) found.push(...page[member].map((one) => one.SubscriptionArn ?? one.TopicArn));
    return found;
  };
  assert.ok((await arns(sns.paginateListTopics({ client: api }, {}), "Topics")).includes(TopicArn));
  assert.ok((await arns(sns.paginateListSubscriptions({ client: api }, {}), "Subscriptions")).includes(SubscriptionArn));
  const own = sns.paginateListSubscriptionsByTopic({ client: api }, { TopicArn });
  assert.deepEqual(await arns(own, "Subscriptions"), [SubscriptionArn]);
  await api.unsubscribe({ SubscriptionArn });
  await assert.rejects(api.confirmSubscription({ TopicArn, Token: "0".repeat(128) }), { name: "InvalidParameterException" });
  await api.deleteTopic({ TopicArn });
  await assert.rejects(api.getTopicAttributes({ TopicArn }), { name: "NotFoundException" });
});

test("permissions, tags and data protection", async () => {
  const TopicArn = await newTopic();
  await api.addPermission({ TopicArn, Label: "l", AWSAccountId: ["111111111111"], ActionName: ["Publish"] });
  const policy = async () => JSON.parse((await api.getTopicAttributes({ TopicArn })).Attributes.Policy).Statement;
  assert.deepEqual((await policy()).map((statement) => statement.Sid), ["__default_statement_ID", "l"]);
  await api.removePermission({ TopicArn, Label: "l" });
  assert.equal((await policy()).length, 1);
  const ResourceArn = TopicArn;
  await api.tagResource({ ResourceArn, Tags: [{ Key: "a", Value: "1" }, { Key: "b", Value: "" }] });
  await api.untagResource({ ResourceArn, TagKeys: ["a"] });
  assert.deepEqual((await api.listTagsForResource({ ResourceArn })).Tags, [{ Key: "b", Value: "" }]);
  const DataProtectionPolicy = JSON.stringify({ Name: "p", Version: "2021-06-01", Statement: [{ Sid: "s" }] });
  await api.putDataProtectionPolicy({ ResourceArn, DataProtectionPolicy });
  assert.equal((await api.getDataProtectionPolicy({ ResourceArn })).DataProtectionPolicy, DataProtectionPolicy);
});

test("platform applications and endpoints", async () => {
  const Attributes = { PlatformCredential: "key" };
  const { PlatformApplicationArn } = await api.createPlatformApplication({ Name: freshName(), Platform: "GCM", Attributes });
  await api.setPlatformApplicationAttributes({ PlatformApplicationArn, Attributes: { SuccessFeedbackSampleRate: "7" } });
  const shown = await api.getPlatformApplicationAttributes({ PlatformApplicationArn });
  assert.deepEqual(shown.Attributes, { Enabled: "true", SuccessFeedbackSampleRate: "7" });
  const { PlatformApplications } = await api.listPlatformApplications({});
  assert.ok(PlatformApplications.some((one) => one.PlatformApplicationArn === PlatformApplicationArn));
  const { EndpointArn } = await api.createPlatformEndpoint({ PlatformApplicationArn, Token: "t", CustomUserData: "u" });
  await api.setEndpointAttributes({ EndpointArn, Attributes: { Enabled: "false" } });
  assert.deepEqual((await api.getEndpointAttributes({ EndpointArn })).Attributes, { CustomUserData: "u", Enabled: "false", Token: "t" });
  const { Endpoints } = await api.listEndpointsByPlatformApplication({ PlatformApplicationArn });
  assert.deepEqual(Endpoints.map((one) => one.EndpointArn), [EndpointArn]);
  await assert.rejects(api.publish({ TargetArn: EndpointArn, Message: "x" }), { name: "EndpointDisabledException" });
  await api.deleteEndpoint({ EndpointArn });
  await api.deletePlatformApplication({ PlatformApplicationArn });
});

test("text messages", async () => {
  await api.setSMSAttributes({ attributes: { DefaultSenderID: "Shop" } });
  assert.deepEqual((await api.getSMSAttributes({ attributes: ["DefaultSenderID"] })).attributes, { DefaultSenderID: "Shop" });
  const phoneNumber = "+41791234567";
  assert.equal((await api.checkIfPhoneNumberIsOptedOut({ phoneNumber })).isOptedOut, false);
  await api.optInPhoneNumber({ phoneNumber });
  assert.deepEqual((await api.listPhoneNumbersOptedOut({})).phoneNumbers, []);
  assert.deepEqual((await api.listOriginationNumbers({})).PhoneNumbers, []);
  assert.equal((await api.getSMSSandboxAccountStatus({})).IsInSandbox, true);
  const PhoneNumber = phoneNumber;
  await api.createSMSSandboxPhoneNumber({ PhoneNumber });
  assert.deepEqual((await api.listSMSSandboxPhoneNumbers({})).PhoneNumbers, [{ PhoneNumber, Status: "Pending" }]);
  const verification = api.verifySMSSandboxPhoneNumber({ PhoneNumber, OneTimePassword: "00000" });
  await assert.rejects(verification, { name: "VerificationException" });
  await assert.rejects(api.deleteSMSSandboxPhoneNumber({ PhoneNumber }), { name: "UserErrorException" });
});

test("every operation was called", () => {
  const operations = Object.keys(sns).filter((name) => /^[A-Z].*Command$/.test(name) && name !== "$Command");
  assert.deepEqual(operations.map((name) => name.replace(/Command$/, "")).filter((name) => !called.has(name)), []);
  assert.equal(called.size, 42);
});
