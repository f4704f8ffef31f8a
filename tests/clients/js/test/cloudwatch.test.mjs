// CloudWatch and STS through the SDK for JavaScript, in every protocol of CloudWatch: metrics are put, listed and read,
// compressed or not.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { AwsJson1_0Protocol, AwsQueryProtocol } from "@aws-sdk/core/protocols";
import { SmithyRpcV2CborProtocol } from "@smithy/core/cbor";
import { CreateQueueCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { client, fails, freshName, settings, startServer } from "./support.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

// In CBOR this version of the SDK does not compress: it would announce the length that the body had before, and no server
// can answer a request of which a part never comes.
const protocols = {
  JSON: { protocol: AwsJson1_0Protocol },
  query: { protocol: AwsQueryProtocol },
  CBOR: { protocol: SmithyRpcV2CborProtocol, disableRequestCompression: true },
};

const minutes = 60_000;
const thisMinute = () => new Date(Math.floor(Date.now() / minutes) * minutes);
const later = (moment, count) => new Date(moment.getTime() + count * minutes);

for (const [name, options] of Object.entries(protocols)) {
  let cloudwatch;
  const send = (command) => (cloudwatch ??= new CloudWatchClient(settings(server, options))).send(command);

  test(`${name}: values are put and read back`, async () => {
    const Namespace = freshName();
    const Dimensions = [{ Name: "Host", Value: "a \"quoted\" host" }];
    const when = later(thisMinute(), -2);
    await send(
      new PutMetricDataCommand({
        Namespace,
        MetricData: [
          { MetricName: "m", Dimensions, Timestamp: when, Unit: "Seconds", Values: [1.5, 4], Counts: [2, 1] },
          {
            MetricName: "m",
            Dimensions,
            Timestamp: later(when, 1),
            Unit: "Seconds",
            StatisticValues: { SampleCount: 2, Sum: 5, Minimum: 1, Maximum: 4 },
          },
        ],
      }),
    );
    const { Metrics } = await send(new ListMetricsCommand({ Namespace, RecentlyActive: "PT3H" }));
    assert.deepEqual(Metrics, [{ Namespace, MetricName: "m", Dimensions }]);
    const { Label, Datapoints } = await send(
      new GetMetricStatisticsCommand({
        Namespace,
        MetricName: "m",
        Dimensions,
        StartTime: when,
        EndTime: later(when, 2),
        Period: 60,
        Statistics: ["Sum", "SampleCount", "Maximum"],
      }),
    );
    assert.equal(Label, "m");
    assert.deepEqual(Datapoints, [
      { Timestamp: when, SampleCount: 3, Sum: 7, Maximum: 4, Unit: "Seconds" },
      { Timestamp: later(when, 1), SampleCount: 2, Sum: 5, Maximum: 4, Unit: "Seconds" },
    ]);
  });

  test(`${name}: metrics of queues and expressions over them`, async () => {
    const queue = freshName();
    const sqs = client(server);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: queue }));
    const start = later(thisMinute(), -1);
    for (const MessageBody of ["123", "12345"]) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    const stat = (Id, MetricName) => ({
      Id,
      MetricStat: {
        Metric: { Namespace: "AWS/SQS", MetricName, Dimensions: [{ Name: "QueueName", Value: queue }] },
        Period: 300,
        Stat: "Sum",
      },
    });
    const { MetricDataResults } = await send(
      new GetMetricDataCommand({
        StartTime: later(start, -10),
        EndTime: later(start, 10),
        MetricDataQueries: [
          stat("sent", "NumberOfMessagesSent"),
          { ...stat("size", "SentMessageSize"), ReturnData: false },
          { Id: "total", Expression: "FILL(sent, 0) * 0 + SUM(size)", Label: "bytes" },
        ],
      }),
    );
    const [sent, total] = MetricDataResults;
    assert.equal(sent.Values.reduce((a, b) => a + b), 2);
    assert.equal(total.Label, "bytes");
    assert.ok(total.Values.every((value) => value === 8));
    assert.ok(total.Timestamps.every((moment) => moment instanceof Date));
  });

  test(`${name}: a large call, which the SDK compresses if it can`, async () => {
    const Namespace = freshName();
    const MetricData = Array.from({ length: 600 }, (_, i) => ({ MetricName: `metric-${i}`, Value: i, Unit: "Count" }));
    await send(new PutMetricDataCommand({ Namespace, MetricData }));
    const first = await send(new ListMetricsCommand({ Namespace }));
    assert.equal(first.Metrics.length, 500);
    const second = await send(new ListMetricsCommand({ Namespace, NextToken: first.NextToken }));
    assert.equal(second.Metrics.length, 100);
    assert.equal(second.NextToken, undefined);
  });

  test(`${name}: errors have the service's names`, async () => {
    const put = (input) => send(new PutMetricDataCommand(input));
    const error = await fails(
      "InvalidParameterValueException",
      put({ Namespace: "AWS/x", MetricData: [{ MetricName: "m", Value: 1 }] }),
    );
    assert.match(error.message, /AWS\/x for parameter Namespace/);
    await fails("MissingRequiredParameterException", put({ Namespace: "x", MetricData: [{ MetricName: "m" }] }));
    await fails(
      "InvalidParameterCombinationException",
      put({ Namespace: "x", MetricData: [{ MetricName: "m", Value: 1, Values: [1] }] }),
    );
  });
}

test("who calls", async () => {
  const { Account, Arn } = await new STSClient(settings(server)).send(new GetCallerIdentityCommand({}));
  assert.deepEqual({ Account, Arn }, { Account: "000000000000", Arn: "arn:aws:iam::000000000000:user/test" });
});
