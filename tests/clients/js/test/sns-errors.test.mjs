// The table of errors of topics, ../../sns_error_cases.json, as the SDK shows them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import * as sns from "@aws-sdk/client-sns";
import { CreateQueueCommand } from "@aws-sdk/client-sqs";
import { client, fails, filled, freshName, settings, startServer } from "./support.mjs";

const cases = JSON.parse(readFileSync(new URL("../../sns_error_cases.json", import.meta.url), "utf8"));
// Names of the SDK that are more than the code and "Exception"; ValidationError is in nobody's model.
const names_of_codes = { ParameterValueInvalid: "InvalidParameterValueException", ValidationError: "ValidationError" };
let server, api, names;

before(async () => {
  server = await startServer();
  api = new sns.SNS(settings(server));
  const { TopicArn } = await api.createTopic({ Name: freshName() });
  const { TopicArn: fifo } = await api.createTopic({ Name: freshName(".fifo"), Attributes: { FifoTopic: "true" } });
  const queue = freshName();
  const queue_arn = `arn:aws:sqs:us-east-1:000000000000:${queue}`;
  await client(server).send(new CreateQueueCommand({ QueueName: queue }));
  await api.addPermission({ TopicArn, Label: "there", AWSAccountId: ["111111111111"], ActionName: ["Publish"] });
  const { SubscriptionArn } = await api.subscribe({ TopicArn, Protocol: "sqs", Endpoint: queue_arn });
  names = { topic: TopicArn, fifo, queue_arn, subscription: SubscriptionArn };
});
after(async () => {
  api.destroy();
  await server.stop();
});

for (const row of cases) {
  test(row.name, async () => {
    const command = new sns[`${row.operation}Command`](filled(row.input, names));
    const error = await fails(names_of_codes[row.code] ?? `${row.code}Exception`, api.send(command));
    assert.ok(error.message.includes(filled(row.message, names)), error.message);
    assert.equal(error.$metadata.httpStatusCode, row.status);
    assert.match(error.$metadata.requestId, /^[0-9a-f-]{36}$/);
  });
}
