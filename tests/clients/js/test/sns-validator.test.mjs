// sns-validator, which receivers in JavaScript verify notifications with, against what this server really delivers: to
// HTTPS endpoints, which it also confirms with, and to queues. It fetches the certificate over HTTPS.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { SNS } from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import MessageValidator from "sns-validator";
import { client, freePort, freshName, settings, startServer } from "./support.mjs";

const folder = mkdtempSync(path.join(tmpdir(), "millrace-validator-"));
const key = path.join(folder, "key.pem");
const certificate = path.join(folder, "certificate.pem");
const waiting = [];
const come = [];
let server, api, endpoint, place, validate;

const next = () => (come.length ? Promise.resolve(come.shift()) : new Promise((resolve) => waiting.push(resolve)));

before(async () => {
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout", key,
    "-out", certificate, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], { stdio: "pipe" });
  const tls = { key: readFileSync(key), cert: readFileSync(certificate) };
  // The validator asks with the agent of the process, which has to trust the server's certificate.
  https.globalAgent.options.ca = tls.cert;
  place = `localhost:${await freePort()}`;
  server = await startServer("--tls-listen", place, "--tls-certificate", certificate, "--tls-key", key, "--public-url", `https://${place}`,
    "--delivery-ca-file", certificate);
  const validator = new MessageValidator(new RegExp(`^${place}$`));
  validate = promisify(validator.validate.bind(validator));
  api = new SNS(settings(server));
  endpoint = https.createServer(tls, async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    response.end();
    waiting.length ? waiting.shift()(body) : come.push(body);
  });
  await new Promise((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  api.destroy();
  https.globalAgent.destroy();
  endpoint.closeAllConnections();
  endpoint.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});

const visit = (url) =>
  new Promise((resolve, reject) => {
    https.get(url, (answer) => answer.resume().on("end", () => resolve(answer.statusCode))).on("error", reject);
  });

for (const SignatureVersion of ["1", "2"]) {
  test(`version ${SignatureVersion}: deliveries to an endpoint that the validator itself lets in`, async () => {
    const { TopicArn } = await api.createTopic({ Name: freshName(), Attributes: { SignatureVersion } });
    await api.subscribe({ TopicArn, Protocol: "https", Endpoint: `https://localhost:${endpoint.address().port}/` });
    const question = await validate(await next());
    assert.deepEqual([question.Type, question.TopicArn, question.SignatureVersion], ["SubscriptionConfirmation", TopicArn, SignatureVersion]);
    assert.ok(question.SigningCertURL.startsWith(`https://${place}/SimpleNotificationService-`));
    assert.equal(await visit(question.SubscribeURL), 200);
    const { MessageId } = await api.publish({ TopicArn, Message: 'Größe 😀\n"x" \\', Subject: "About" });
    const message = await validate(await next());
    assert.deepEqual([message.Type, message.MessageId, message.Message, message.Subject], ["Notification", MessageId, 'Größe 😀\n"x" \\', "About"]);
    for (const [member, value] of Object.entries({ Message: "another", Subject: "another", MessageId: "another", Type: "another" })) {
      await assert.rejects(validate({ ...message, [member]: value }), /signature is invalid/, member);
    }
    await api.publish({ TopicArn, Message: "no subject" });
    assert.equal((await validate(await next())).Message, "no subject");
  });

  test(`version ${SignatureVersion}: envelopes in queues`, async () => {
    const { TopicArn } = await api.createTopic({ Name: freshName(), Attributes: { SignatureVersion } });
    const sqs = client(server);
    const QueueName = freshName();
    await sqs.send(new CreateQueueCommand({ QueueName }));
    await api.subscribe({ TopicArn, Protocol: "sqs", Endpoint: `arn:aws:sqs:us-east-1:000000000000:${QueueName}` });
    await api.publish({ TopicArn, Message: "x", MessageAttributes: { a: { DataType: "String", StringValue: "b" } } });
    const QueueUrl = `${server.url}/000000000000/${QueueName}`;
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }));
    assert.equal((await validate(Messages[0].Body)).Message, "x");
  });
}

test("a validator that trusts only the real service does not take them", async () => {
  const { TopicArn } = await api.createTopic({ Name: freshName() });
  await api.subscribe({ TopicArn, Protocol: "https", Endpoint: `https://localhost:${endpoint.address().port}/` });
  const strict = new MessageValidator();
  await assert.rejects(promisify(strict.validate.bind(strict))(await next()), /invalid domain/);
});
