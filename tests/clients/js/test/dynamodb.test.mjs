// Tables through the AWS SDK for JavaScript v3: the client itself and the document client.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";
import { fails, freshName, settings, startServer } from "./support.mjs";

let server, api, documents;

before(async () => {
  server = await startServer();
  api = new dynamodb.DynamoDB(settings(server));
  documents = DynamoDBDocument.from(api, { marshallOptions: { removeUndefinedValues: true } });
});
after(async () => {
  api.destroy();
  await server.stop();
});

// A table as the Kinesis client library makes it, or with a sort key.
async function table(sorted = false, more = {}) {
  const TableName = freshName();
  const keys = sorted ? ["pk", "sk"] : ["pk"];
  await api.createTable({
    TableName,
    KeySchema: keys.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? "HASH" : "RANGE" })),
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      ...(sorted ? [{ AttributeName: "sk", AttributeType: "N" }] : []),
      ...(more.GlobalSecondaryIndexes ? [{ AttributeName: "owner", AttributeType: "S" }] : []),
    ],
    BillingMode: "PAY_PER_REQUEST",
    ...more,
  });
  await dynamodb.waitUntilTableExists({ client: api, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.1 }, { TableName });
  return TableName;
}

test("CreateTable, DescribeTable, ListTables, DeleteTable", async () => {
  const TableName = await table(true);
  const { Table } = await api.describeTable({ TableName });
  assert.deepEqual([Table.TableStatus, Table.ItemCount], ["ACTIVE", 0]);
  assert.equal(Table.TableArn, `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}`);
  assert.deepEqual(Table.KeySchema.map((key) => key.AttributeName), ["pk", "sk"]);
  assert.ok(Table.CreationDateTime instanceof Date);
  assert.ok((await api.listTables({})).TableNames.includes(TableName));
  await fails("ResourceInUseException", api.createTable({
    TableName,
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    BillingMode: "PAY_PER_REQUEST",
  }));
  await api.deleteTable({ TableName });
  await dynamodb.waitUntilTableNotExists({ client: api, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.1 }, { TableName });
  await fails("ResourceNotFoundException", api.describeTable({ TableName }));
});

test("every type of value comes back as it was", async () => {
  const TableName = await table();
  const Item = {
    pk: { S: "ключ" },
    number: { N: "-123.456" },
    large: { N: "12345678901234567890123456789012345678" },
    binary: { B: new Uint8Array([0, 255, 1]) },
    yes: { BOOL: true },
    nothing: { NULL: true },
    list: { L: [{ S: "" }, { N: "0" }, { L: [] }] },
    map: { M: { "a.b": { M: {} } } },
    strings: { SS: ["a", "b"] },
    numbers: { NS: ["1", "2"] },
    blobs: { BS: [new Uint8Array([1]), new Uint8Array([2])] },
  };
  await api.putItem({ TableName, Item });
  const found = (await api.getItem({ TableName, Key: { pk: Item.pk }, ConsistentRead: true })).Item;
  for (const set of ["SS", "NS"]) for (const value of Object.values(found)) value[set]?.sort();
  assert.deepEqual(found, Item);
});

test("PutItem returns what was there", async () => {
  const TableName = await table();
  const put = (value) => api.putItem({ TableName, Item: { pk: { S: "a" }, v: { N: value } }, ReturnValues: "ALL_OLD" });
  assert.equal((await put("1")).Attributes, undefined);
  assert.deepEqual((await put("2")).Attributes, { pk: { S: "a" }, v: { N: "1" } });
  const { Attributes } = await api.deleteItem({ TableName, Key: { pk: { S: "a" } }, ReturnValues: "ALL_OLD" });
  assert.equal(Attributes.v.N, "2");
  assert.equal((await api.getItem({ TableName, Key: { pk: { S: "a" } } })).Item, undefined);
});

test("a condition that does not hold changes nothing", async () => {
  const TableName = await table();
  const Item = { pk: { S: "lease" }, leaseOwner: { S: "one" }, leaseCounter: { N: "1" } };
  await api.putItem({ TableName, Item, ConditionExpression: "attribute_not_exists(pk)" });
  const again = api.putItem({ TableName, Item, ConditionExpression: "attribute_not_exists(pk)" });
  assert.equal((await fails("ConditionalCheckFailedException", again)).message, "The conditional request failed");
  const error = await fails("ConditionalCheckFailedException", api.updateItem({
    TableName,
    Key: { pk: Item.pk },
    UpdateExpression: "SET leaseCounter = leaseCounter + :one",
    ConditionExpression: "leaseOwner = :other",
    ExpressionAttributeValues: { ":one": { N: "1" }, ":other": { S: "two" } },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  }));
  assert.deepEqual(error.Item, Item);
});

test("a lease is taken by exactly one of many", async () => {
  const TableName = await table();
  await documents.put({ TableName, Item: { pk: "lease", turn: 0 } });
  const take = (owner) =>
    documents.update({
      TableName,
      Key: { pk: "lease" },
      UpdateExpression: "SET #o = :owner, turn = turn + :one",
      ConditionExpression: "turn = :zero AND attribute_not_exists(#o)",
      ExpressionAttributeNames: { "#o": "owner" },
      ExpressionAttributeValues: { ":owner": owner, ":one": 1, ":zero": 0 },
      ReturnValues: "ALL_NEW",
    });
  const tries = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => take(`worker-${i}`)));
  const taken = tries.filter((one) => one.status === "fulfilled");
  assert.equal(taken.length, 1);
  assert.deepEqual((await documents.get({ TableName, Key: { pk: "lease" } })).Item, taken[0].value.Attributes);
});

test("update expressions: SET, REMOVE, ADD, DELETE", async () => {
  const TableName = await table();
  await documents.put({ TableName, Item: { pk: "a", list: [1, 2], map: { x: 1 }, gone: true, tags: new Set(["a", "b"]) } });
  const update = (UpdateExpression) =>
    documents.update({
      TableName,
      Key: { pk: "a" },
      UpdateExpression,
      ExpressionAttributeNames: { "#l": "list", "#m": "map" },
      ExpressionAttributeValues: { ":more": [3], ":zero": 0, ":one": 1, ":b": new Set(["b"]) },
      ReturnValues: "ALL_NEW",
    });
  const set = "SET #l = list_append(#l, :more), #m.y = if_not_exists(#m.y, :zero)";
  const overlap = await fails("ValidationException", update(`${set} REMOVE gone, #l[0] ADD hits :one DELETE tags :b`));
  assert.match(overlap.message, /overlap/);
  const { Attributes } = await update(`${set} REMOVE gone ADD hits :one DELETE tags :b`);
  assert.deepEqual(Attributes, { pk: "a", list: [1, 2, 3], map: { x: 1, y: 0 }, hits: 1, tags: new Set(["a"]) });
});

test("Query: key conditions, order, filters, projections, pages", async () => {
  const TableName = await table(true);
  for (let sk = 0; sk < 10; ++sk) await documents.put({ TableName, Item: { pk: "a", sk, even: sk % 2 === 0, more: "x" } });
  await documents.put({ TableName, Item: { pk: "b", sk: 1 } });
  const query = (KeyConditionExpression, values, more = {}) =>
    documents.query({ TableName, KeyConditionExpression, ExpressionAttributeValues: { ":a": "a", ...values }, ...more });
  const sks = async (...how) => (await query(...how)).Items.map((item) => item.sk);
  assert.deepEqual(await sks("pk = :a", {}), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(await sks("pk = :a AND sk BETWEEN :l AND :h", { ":l": 3, ":h": 5 }), [3, 4, 5]);
  assert.deepEqual(await sks("pk = :a AND sk > :l", { ":l": 7 }, { ScanIndexForward: false }), [9, 8]);
  const some = await query("pk = :a", { ":t": true }, { FilterExpression: "even = :t", ProjectionExpression: "sk" });
  assert.deepEqual([some.Items, some.Count, some.ScannedCount], [[0, 2, 4, 6, 8].map((sk) => ({ sk })), 5, 10]);
  const pages = [];
  let ExclusiveStartKey;
  do {
    const page = await query("pk = :a", {}, { Limit: 4, ExclusiveStartKey });
    pages.push(page.Items.map((item) => item.sk));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  assert.deepEqual(pages, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]);
});

test("Scan by segments finds every item once", async () => {
  const TableName = await table();
  for (let i = 0; i < 30; ++i) await documents.put({ TableName, Item: { pk: `item-${i}`, i } });
  const found = [];
  for (let Segment = 0; Segment < 3; ++Segment) {
    found.push(...(await documents.scan({ TableName, Segment, TotalSegments: 3 })).Items.map((item) => item.i));
  }
  assert.deepEqual(found.sort((a, b) => a - b), Array.from({ length: 30 }, (_, i) => i));
  const { Count } = await documents.scan({
    TableName,
    FilterExpression: "begins_with(pk, :p) AND i IN (:one, :two, :none)",
    ExpressionAttributeValues: { ":p": "item-", ":one": 1, ":two": 2, ":none": 100 },
    Select: "COUNT",
  });
  assert.equal(Count, 2);
});

test("a secondary index, as the leases of KCL 3 have one", async () => {
  const TableName = await table(false, {
    GlobalSecondaryIndexes: [
      { IndexName: "by-owner", KeySchema: [{ AttributeName: "owner", KeyType: "HASH" }], Projection: { ProjectionType: "ALL" } },
    ],
  });
  for (let i = 0; i < 6; ++i) await documents.put({ TableName, Item: { pk: `shard-${i}`, owner: `worker-${i % 2}` } });
  await documents.put({ TableName, Item: { pk: "unowned" } });
  const owned = async (owner) =>
    (await documents.query({
      TableName,
      IndexName: "by-owner",
      KeyConditionExpression: "#o = :o",
      ExpressionAttributeNames: { "#o": "owner" },
      ExpressionAttributeValues: { ":o": owner },
    })).Items.map((item) => item.pk).sort();
  assert.deepEqual(await owned("worker-1"), ["shard-1", "shard-3", "shard-5"]);
  await documents.update({
    TableName,
    Key: { pk: "shard-1" },
    UpdateExpression: "SET #o = :o",
    ExpressionAttributeNames: { "#o": "owner" },
    ExpressionAttributeValues: { ":o": "worker-0" },
  });
  assert.deepEqual(await owned("worker-0"), ["shard-0", "shard-1", "shard-2", "shard-4"]);
});

test("BatchWriteItem and BatchGetItem", async () => {
  const TableName = await table();
  const put = (i) => ({ PutRequest: { Item: { pk: `${i}`, i } } });
  const written = await documents.batchWrite({ RequestItems: { [TableName]: Array.from({ length: 25 }, (_, i) => put(i)) } });
  assert.deepEqual(written.UnprocessedItems, {});
  const Keys = [{ pk: "3" }, { pk: "7" }, { pk: "never-was" }];
  const { Responses } = await documents.batchGet({ RequestItems: { [TableName]: { Keys } } });
  assert.deepEqual(Responses[TableName].map((item) => item.i).sort(), [3, 7]);
  await fails("ValidationException", documents.batchWrite({
    RequestItems: { [TableName]: Array.from({ length: 26 }, (_, i) => put(i)) },
  }));
});

test("TransactWriteItems does all or nothing, and says why", async () => {
  const TableName = await table();
  await documents.put({ TableName, Item: { pk: "a", v: 1 } });
  const put = (pk) => ({ Put: { TableName, Item: { pk, v: 2 }, ConditionExpression: "attribute_not_exists(pk)" } });
  const error = await fails("TransactionCanceledException", documents.transactWrite({ TransactItems: [put("b"), put("a")] }));
  assert.deepEqual(error.CancellationReasons.map((reason) => reason.Code), ["None", "ConditionalCheckFailed"]);
  assert.equal((await documents.get({ TableName, Key: { pk: "b" } })).Item, undefined);
  await documents.transactWrite({
    TransactItems: [
      put("b"),
      { Update: { TableName, Key: { pk: "a" }, UpdateExpression: "SET v = v + :x", ExpressionAttributeValues: { ":x": 9 } } },
    ],
  });
  const { Responses } = await documents.transactGet({
    TransactItems: ["a", "b"].map((pk) => ({ Get: { TableName, Key: { pk } } })),
  });
  assert.deepEqual(Responses.map((one) => one.Item.v), [10, 2]);
});

test("time to live, tags and backups are kept", async () => {
  const TableName = await table();
  const { Table } = await api.describeTable({ TableName });
  await api.updateTimeToLive({ TableName, TimeToLiveSpecification: { AttributeName: "until", Enabled: true } });
  const { TimeToLiveDescription } = await api.describeTimeToLive({ TableName });
  assert.deepEqual([TimeToLiveDescription.AttributeName, TimeToLiveDescription.TimeToLiveStatus.slice(0, 5)], ["until", "ENABL"]);
  await api.tagResource({ ResourceArn: Table.TableArn, Tags: [{ Key: "a", Value: "b" }] });
  assert.deepEqual((await api.listTagsOfResource({ ResourceArn: Table.TableArn })).Tags, [{ Key: "a", Value: "b" }]);
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  const backups = await api.updateContinuousBackups({ TableName, PointInTimeRecoverySpecification });
  assert.equal(backups.ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus, "ENABLED");
});

test("expressions that are refused say what is wrong", async () => {
  const TableName = await table();
  const update = (UpdateExpression, ExpressionAttributeValues) =>
    documents.update({ TableName, Key: { pk: "a" }, UpdateExpression, ExpressionAttributeValues });
  for (const [expression, values, says] of [
    ["SET", undefined, /UpdateExpression/],
    ["SET v = :missing", { ":other": 1 }, /:missing|ExpressionAttributeValues/],
    ["SET pk = :v", { ":v": "b" }, /key/],
    ["SET status = :v", { ":v": 1 }, /reserved keyword.*status/],
    ["SET v = absent + :v", { ":v": 1 }, /attribute/],
  ]) {
    assert.match((await fails("ValidationException", update(expression, values))).message, says, expression);
  }
  await fails("ValidationException", documents.put({ TableName, Item: { other: 1 } }));
  await fails("ResourceNotFoundException", documents.get({ TableName: "never-was", Key: { pk: "a" } }));
});
