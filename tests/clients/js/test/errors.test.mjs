// The table of errors, ../../error_cases.json, as the SDK shows them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import * as sqs from "@aws-sdk/client-sqs";
import { client, fails, filled, freshName, startServer } from "./support.mjs";

const cases = JSON.parse(readFileSync(new URL("../../error_cases.json", import.meta.url), "utf8"));
// Errors that the SDK's model lacks show their query code.
const unmodelled = new Set(["InvalidParameterValueException", "MissingRequiredParameterException"]);

let server, api, names;

before(async () => {
  server = await startServer();
  api = client(server);
  const create = async (name, Attributes) => (await api.send(new sqs.CreateQueueCommand({ QueueName: name, Attributes }))).QueueUrl;
  const arn = async (QueueUrl) =>
    (await api.send(new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }))).Attributes.QueueArn;
  const standard = await create(freshName());
  const fifo = await create(freshName(".fifo"), { FifoQueue: "true" });
  await api.send(new sqs.SendMessageCommand({ QueueUrl: standard, MessageBody: "x" }));
  const { Messages } = await api.send(new sqs.ReceiveMessageCommand({ QueueUrl: standard }));
  names = {
    standard,
    fifo,
    gone: `${standard}-gone`,
    garbage: "garbage",
    handle: Messages[0].ReceiptHandle,
    standard_name: standard.split("/").at(-1),
    standard_arn: await arn(standard),
    fifo_arn: await arn(fifo),
  };
});
after(() => server.stop());

for (const row of cases) {
  test(row.name, async () => {
    const command = new sqs[`${row.operation}Command`](filled(row.input, names));
    const error = await fails(unmodelled.has(row.shape) ? row.code : row.shape, api.send(command));
    assert.equal(error.$metadata.httpStatusCode, row.status);
    assert.equal(error.$fault, "client");
    assert.match(error.$metadata.requestId, /^[0-9a-f-]{36}$/);
    if (row.message !== undefined) assert.equal(error.message, filled(row.message, names));
  });
}
