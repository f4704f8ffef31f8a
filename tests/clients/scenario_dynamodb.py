"""DynamoDB: tables, items, expressions, indexes, pages, batches, transactions, expiry, and what is refused."""
import decimal
import time

from base import ACCOUNT, REGION, Case, client
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

CONDITION = "ConditionalCheckFailedException"
INVALID = "ValidationException"
_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


def wire(**attributes):
    return {name: _serialize(value) for name, value in attributes.items()}


def plain(item):
    return {name: _deserialize(value) for name, value in item.items()}


class Scenario(Case):
    def setUp(self):
        self.db = client(service="dynamodb")

    def table(self, range_key=None, **options):
        name = self.name()
        keys = [{"AttributeName": "id", "KeyType": "HASH"}]
        attributes = [{"AttributeName": "id", "AttributeType": "S"}]
        if range_key:
            keys.append({"AttributeName": "pos", "KeyType": "RANGE"})
            attributes.append({"AttributeName": "pos", "AttributeType": range_key})
        attributes += options.pop("attributes", [])
        self.db.create_table(TableName=name, KeySchema=keys, AttributeDefinitions=attributes,
                             BillingMode="PAY_PER_REQUEST", **options)
        return name

    def put(self, table, **attributes):
        return self.db.put_item(TableName=table, Item=wire(**attributes))

    def get(self, table, **key):
        found = self.db.get_item(TableName=table, Key=wire(**key), ConsistentRead=True)
        return plain(found["Item"]) if "Item" in found else None

    def update(self, table, expression, names=None, condition=None, returns="ALL_NEW", key=None, **values):
        options = {"ExpressionAttributeValues": wire(**{f":{name}": value for name, value in values.items()})}
        if not values:
            options = {}
        if names:
            options["ExpressionAttributeNames"] = names
        if condition:
            options["ConditionExpression"] = condition
        done = self.db.update_item(TableName=table, Key=wire(**(key or {"id": "a"})), UpdateExpression=expression,
                                   ReturnValues=returns, **options)
        return plain(done.get("Attributes", {}))

    def query(self, table, condition, **options):
        values = options.pop("values")
        values = wire(**{f":{name}": value for name, value in values.items()})
        return self.db.query(TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues=values,
                             **options)

    def says(self, message, code, call, **arguments):
        error = self.fails(code, call, **arguments)
        self.assertEqual(error["Error"]["Message"], message)


class Tables(Scenario):
    def test_life_of_a_table(self):
        name = self.name()
        made = self.db.create_table(
            TableName=name, BillingMode="PROVISIONED", ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "pos", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "pos", "AttributeType": "N"}],
            Tags=[{"Key": "team", "Value": "mill"}])["TableDescription"]
        self.assertEqual(made["TableStatus"], "CREATING")
        self.assertEqual(made["TableArn"], f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}")
        self.db.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 2})
        self.put(name, id="a", pos=1, text="x" * 100)
        found = self.db.describe_table(TableName=made["TableArn"])["Table"]
        self.assertEqual((found["TableStatus"], found["ItemCount"]), ("ACTIVE", 1))
        self.assertGreater(found["TableSizeBytes"], 100)
        self.assertEqual(found["CreationDateTime"], made["CreationDateTime"])
        self.assertEqual(found["TableId"], made["TableId"])
        self.assertEqual(found["ProvisionedThroughput"]["ReadCapacityUnits"], 5)
        self.assertEqual(found["KeySchema"][1], {"AttributeName": "pos", "KeyType": "RANGE"})
        self.assertIn(name, self.db.list_tables()["TableNames"])
        self.says(f"Table already exists: {name}", "ResourceInUseException", self.db.create_table, TableName=name,
                  BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                  AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
        self.assertEqual(self.db.delete_table(TableName=name)["TableDescription"]["TableStatus"], "DELETING")
        self.db.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 2})
        self.says(f"Requested resource not found: Table: {name} not found", "ResourceNotFoundException",
                  self.db.describe_table, TableName=name)
        self.says("Requested resource not found", "ResourceNotFoundException", self.db.get_item, TableName=name,
                  Key=wire(id="a"))

    def test_a_new_table_of_an_old_name_is_empty(self):
        name = self.table()
        self.put(name, id="a")
        self.db.delete_table(TableName=name)
        self.db.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                             KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                             AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
        self.assertEqual(self.db.scan(TableName=name)["Count"], 0)

    def test_deletion_protection(self):
        self.needs(self.db, "UpdateTable", "DeletionProtectionEnabled")
        name = self.table(DeletionProtectionEnabled=True)
        self.fails(INVALID, self.db.delete_table, TableName=name)
        self.db.update_table(TableName=name, DeletionProtectionEnabled=False)
        self.db.delete_table(TableName=name)

    def test_update_table(self):
        name = self.table()
        self.put(name, id="a", owner="x")
        self.put(name, id="b", owner="y")
        self.put(name, id="c")
        create = {"IndexName": "by-owner", "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
                  "Projection": {"ProjectionType": "KEYS_ONLY"}}
        self.db.update_table(TableName=name, AttributeDefinitions=[{"AttributeName": "owner", "AttributeType": "S"}],
                             GlobalSecondaryIndexUpdates=[{"Create": create}])
        index, = self.db.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"]
        self.assertEqual((index["IndexStatus"], index["ItemCount"]), ("ACTIVE", 2))
        found = self.query(name, "#o = :o", IndexName="by-owner", values={"o": "y"}, ExpressionAttributeNames={"#o": "owner"})
        self.assertEqual([plain(item) for item in found["Items"]], [{"id": "b", "owner": "y"}])
        self.fails(INVALID, self.db.update_table, TableName=name, GlobalSecondaryIndexUpdates=[{"Create": create}])
        self.db.update_table(TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-owner"}}])
        self.assertNotIn("GlobalSecondaryIndexes", self.db.describe_table(TableName=name)["Table"])
        changed = self.db.update_table(TableName=name, BillingMode="PROVISIONED",
                                       ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 2})
        self.assertEqual(changed["TableDescription"]["ProvisionedThroughput"]["WriteCapacityUnits"], 2)

    def test_lists_of_tables_come_in_pages(self):
        db = client(service="dynamodb", region="eu-north-1")
        names = [f"table-{i:02}" for i in range(7)]
        for name in reversed(names):
            db.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
        pages = list(db.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 3}))
        self.assertEqual([page["TableNames"] for page in pages], [names[:3], names[3:6], names[6:]])

    def test_settings(self):
        name = self.table(StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
                          SSESpecification={"Enabled": True, "SSEType": "KMS"})
        table = self.db.describe_table(TableName=name)["Table"]
        self.assertEqual(table["StreamSpecification"], {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
        self.assertEqual(table["SSEDescription"]["Status"], "ENABLED")
        self.assertTrue(table["LatestStreamArn"].startswith(table["TableArn"] + "/stream/"))
        arn = table["TableArn"]
        self.db.tag_resource(ResourceArn=arn, Tags=[{"Key": f"k{i:02}", "Value": "v"} for i in range(15)])
        self.db.untag_resource(ResourceArn=arn, TagKeys=["k03"])
        pages = self.db.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
        self.assertEqual([tag["Key"] for page in pages for tag in page["Tags"]],
                         [f"k{i:02}" for i in range(15) if i != 3])
        status = self.db.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        self.assertEqual(status["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"], "DISABLED")
        status = self.db.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
        recovery = status["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        self.assertEqual(recovery["PointInTimeRecoveryStatus"], "ENABLED")
        self.assertLessEqual(recovery["EarliestRestorableDateTime"], recovery["LatestRestorableDateTime"])
        self.fails("TableNotFoundException", self.db.describe_continuous_backups, TableName="never")
        self.assertEqual(self.db.describe_limits()["TableMaxReadCapacityUnits"], 40000)
        self.assertTrue(self.db.describe_endpoints()["Endpoints"][0]["Address"])

    def test_what_is_refused(self):
        keys = [{"AttributeName": "id", "KeyType": "HASH"}]
        attributes = [{"AttributeName": "id", "AttributeType": "S"}]
        good = {"TableName": "some-table", "KeySchema": keys, "AttributeDefinitions": attributes,
                "BillingMode": "PAY_PER_REQUEST"}
        for change in ({"TableName": "x"}, {"TableName": "a b c"}, {"KeySchema": []},
                       {"KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}]},
                       {"KeySchema": [{"AttributeName": "id", "KeyType": "RANGE"}]},
                       {"AttributeDefinitions": attributes + [{"AttributeName": "more", "AttributeType": "S"}]},
                       {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "BOOL"}]},
                       {"BillingMode": "PROVISIONED"}, {"BillingMode": "FREE"},
                       {"GlobalSecondaryIndexes": [{"IndexName": "idx", "KeySchema": keys, "Projection": {}}]},
                       {"LocalSecondaryIndexes": [{"IndexName": "idx", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}]}):
            with self.subTest(str(change)):
                self.fails(INVALID, self.db.create_table, **{**good, **change})
        self.fails("UnknownOperationException", self.db.list_backups)


class Items(Scenario):
    VALUES = {
        "text": "zwölf – 12 🦀", "empty": "", "number": decimal.Decimal("12345678901234567890123456789012345678"),
        "small": decimal.Decimal("-1.5E-100"), "truth": True, "nothing": None,
        "list": [1, "two", [True, None], {"three": decimal.Decimal("3.5")}, []],
        "map": {"a": {"b": [{"c": "d"}]}, "": {}}, "texts": {"a", "b"}, "numbers": {1, decimal.Decimal("2.5")},
    }

    def test_values_come_back(self):
        name = self.table()
        item = {**wire(id="a", **self.VALUES), "bytes": {"B": bytes(range(256))}, "blobs": {"BS": [b"", b"\0\xff"]}}
        self.db.put_item(TableName=name, Item=item)
        found = self.db.get_item(TableName=name, Key=wire(id="a"))["Item"]
        self.assertEqual(plain(found), plain(item))
        self.assertEqual(found["list"], item["list"])
        self.assertEqual(self.db.scan(TableName=name)["Items"], [found])
        self.assertNotIn("Item", self.db.get_item(TableName=name, Key=wire(id="b")))

    def test_numbers_are_normalized(self):
        name = self.table()
        for given, kept in (("1e2", "100"), ("+007.50", "7.5"), ("-0", "0"), (".5", "0.5"), ("1E-3", "0.001"),
                            ("9" * 38 + "e88", "9" * 38 + "0" * 88)):
            self.db.put_item(TableName=name, Item={"id": {"S": "a"}, "n": {"N": given}})
            self.assertEqual(self.db.get_item(TableName=name, Key=wire(id="a"))["Item"]["n"], {"N": kept})
        for bad, message in (
                ("x", "The parameter cannot be converted to a numeric value: x"),
                ("", "The parameter cannot be converted to a numeric value"),
                ("1" * 39, "Attempting to store more than 38 significant digits in a Number"),
                ("1e126", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
                ("1e-131", "Number underflow. Attempting to store a number with magnitude smaller than supported range")):
            self.says(message, INVALID, self.db.put_item, TableName=name, Item={"id": {"S": "a"}, "n": {"N": bad}})

    def test_keys_are_checked(self):
        name = self.table("N")
        mismatch = "The provided key element does not match the schema"
        self.says(mismatch, INVALID, self.db.get_item, TableName=name, Key=wire(id="a"))
        self.says(mismatch, INVALID, self.db.get_item, TableName=name, Key=wire(id="a", pos="b"))
        self.says(mismatch, INVALID, self.db.delete_item, TableName=name, Key=wire(id="a", pos=1, more=1))
        self.says("One or more parameter values were invalid: Missing the key pos in the item", INVALID, self.db.put_item,
                  TableName=name, Item=wire(id="a"))
        self.says("One or more parameter values were invalid: Type mismatch for key pos expected: N actual: S", INVALID,
                  self.db.put_item, TableName=name, Item=wire(id="a", pos="x"))
        self.says("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
                  "empty string value. Key: id", INVALID, self.db.put_item, TableName=name, Item=wire(id="", pos=1))
        self.fails(INVALID, self.db.put_item, TableName=name, Item=wire(id="x" * 2049, pos=1))
        self.put(name, id="x" * 2048, pos=1)

    def test_values_are_checked(self):
        name = self.table()
        for value in ({}, {"S": "a", "N": "1"}, {"SS": []}, {"SS": ["a", "a"]}, {"NS": ["1", "1.0"]}, {"NULL": False}):
            with self.subTest(str(value)):
                self.fails(INVALID, self.db.put_item, TableName=name, Item={"id": {"S": "a"}, "v": value})
        self.fails("SerializationException", self.db.put_item, TableName=name, Item={"id": {"S": 1}})
        deep = {"S": "x"}
        for _ in range(32):
            deep = {"L": [deep]}
        self.db.put_item(TableName=name, Item={"id": {"S": "a"}, "v": deep})
        self.fails(INVALID, self.db.put_item, TableName=name, Item={"id": {"S": "a"}, "v": {"M": {"x": deep}}})

    def test_size_of_items(self):
        name = self.table()
        self.put(name, id="a", v="x" * (400 * 1024 - 4))
        self.says("Item size has exceeded the maximum allowed size", INVALID, self.db.put_item, TableName=name,
                  Item=wire(id="a", v="x" * (400 * 1024 - 3)))
        self.says("Item size to update has exceeded the maximum allowed size", INVALID, self.db.update_item,
                  TableName=name, Key=wire(id="a"), UpdateExpression="SET w = :w", ExpressionAttributeValues=wire(**{":w": "x"}))

    def test_return_values(self):
        name = self.table()
        self.assertNotIn("Attributes", self.db.put_item(TableName=name, Item=wire(id="a", v=1), ReturnValues="ALL_OLD"))
        old = self.db.put_item(TableName=name, Item=wire(id="a", v=2, w=[1, 2]), ReturnValues="ALL_OLD")
        self.assertEqual(plain(old["Attributes"]), {"id": "a", "v": 1})
        self.assertEqual(self.update(name, "SET v = :v, w[1] = :v", v=3, returns="UPDATED_OLD"), {"v": 2, "w": [2]})
        self.assertEqual(self.update(name, "SET v = :v, x = :v", v=4, returns="UPDATED_NEW"), {"v": 4, "x": 4})
        self.assertEqual(self.update(name, "REMOVE x", returns="ALL_OLD"), {"id": "a", "v": 4, "w": [1, 3], "x": 4})
        self.assertEqual(self.update(name, "REMOVE w", returns="ALL_NEW"), {"id": "a", "v": 4})
        self.assertEqual(self.update(name, "REMOVE v", returns="NONE"), {})
        self.says("ReturnValues can only be ALL_OLD or NONE", INVALID, self.db.put_item, TableName=name,
                  Item=wire(id="a"), ReturnValues="ALL_NEW")
        gone = self.db.delete_item(TableName=name, Key=wire(id="a"), ReturnValues="ALL_OLD")
        self.assertEqual(plain(gone["Attributes"]), {"id": "a"})
        self.assertNotIn("Attributes", self.db.delete_item(TableName=name, Key=wire(id="a"), ReturnValues="ALL_OLD"))

    def test_consumed_capacity(self):
        name = self.table()
        put = self.db.put_item(TableName=name, Item=wire(id="a", v="x" * 3000), ReturnConsumedCapacity="TOTAL")
        self.assertEqual(put["ConsumedCapacity"], {"TableName": name, "CapacityUnits": 3.0})
        get = self.db.get_item(TableName=name, Key=wire(id="a"), ReturnConsumedCapacity="INDEXES")
        self.assertEqual(get["ConsumedCapacity"], {"TableName": name, "CapacityUnits": 0.5, "Table": {"CapacityUnits": 0.5}})
        self.assertNotIn("ConsumedCapacity", self.db.get_item(TableName=name, Key=wire(id="a"), ReturnConsumedCapacity="NONE"))

    def test_projections(self):
        name = self.table()
        self.put(name, id="a", m={"x": 1, "y": {"z": [1, 2, 3]}}, l=[{"p": 1, "q": 2}, 5], name="n")
        got = self.db.get_item(TableName=name, Key=wire(id="a"), ExpressionAttributeNames={"#n": "name"},
                               ProjectionExpression="#n, m.y.z[2], m.y.z[0], l[0].q, never.there, l[7]")["Item"]
        self.assertEqual(plain(got), {"name": "n", "m": {"y": {"z": [1, 3]}}, "l": [{"q": 2}]})
        got = self.db.get_item(TableName=name, Key=wire(id="a"), AttributesToGet=["id", "never"])["Item"]
        self.assertEqual(plain(got), {"id": "a"})
        for expression in ("name", "m, m.x", "l[0], l.x", "m.", "a b", "", "l[-1]", "#x"):
            with self.subTest(expression):
                self.fails(INVALID, self.db.get_item, TableName=name, Key=wire(id="a"), ProjectionExpression=expression)


class Conditions(Scenario):
    def test_put_if_absent(self):
        name = self.table()
        request = {"TableName": name, "Item": wire(id="a", v=1), "ConditionExpression": "attribute_not_exists(id)"}
        self.db.put_item(**request)
        self.says("The conditional request failed", CONDITION, self.db.put_item, **request)
        self.needs(self.db, "PutItem", "ReturnValuesOnConditionCheckFailure")
        error = self.fails(CONDITION, self.db.put_item, **request, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        self.assertEqual(plain(error["Item"]), {"id": "a", "v": 1})

    def test_conditions(self):
        name = self.table()
        self.put(name, id="a", n=5, s="hello", l=[1, "x"], m={"k": "v"}, ss={"p", "q"}, ns={1, 2}, t=True, z=None,
                 b=b"\1\2\3")
        for condition, holds in (
                ("n = :five", True), ("n <> :five", False), ("n < :six", True), ("n >= :six", False),
                ("n BETWEEN :four AND :six", True), ("NOT n BETWEEN :four AND :six", False), ("n IN (:four, :five)", True),
                ("n IN (:four, :six)", False), ("n = :five AND (s = :hello OR never = :five)", True),
                ("n = :four OR s = :hello", True), ("n = :four OR n = :six AND s = :hello", False),
                ("NOT (n = :four)", True), ("attribute_exists(m.k) and attribute_not_exists(m.j)", True),
                ("attribute_type(ss, :SS)", True), ("attribute_type(n, :SS)", False), ("begins_with(s, :he)", True),
                ("begins_with(n, :he)", False), ("contains(s, :ell)", True), ("contains(l, :x)", True),
                ("contains(ss, :p)", True), ("contains(ss, :x)", False), ("contains(ns, :one)", True),
                ("size(s) = :five", True), ("size(l) < size(s)", True), ("size(n) = :five", False), ("never <> :five", True),
                ("never = :five", False), ("s > :five", False), ("l[1] = :x", True), ("size(b) = :three", True),
                (":five = n", True), ("m = :m", True), ("ss = :set", True), ("t = :true", True), ("s = s2", False),
                ("(n = :five) AND (s = :hello)", True), ("m.k <> m.j", True)):
            values = {":five": 5, ":four": 4, ":six": 6, ":hello": "hello", ":SS": "SS", ":he": "he", ":ell": "ell",
                      ":x": "x", ":p": "p", ":one": 1, ":three": 3, ":m": {"k": "v"}, ":set": {"q", "p"}, ":true": True}
            used = {key: value for key, value in values.items() if key in condition.replace("(", " ").replace(")", " ").replace(",", " ").split()}
            options = {"ExpressionAttributeValues": wire(**used)} if used else {}
            with self.subTest(condition):
                found = self.db.scan(TableName=name, FilterExpression=condition, **options)["Count"]
                self.assertEqual(found, int(holds))
                request = {"TableName": name, "Key": wire(id="a"), "ConditionExpression": condition, **options}
                if holds:
                    self.db.update_item(**request)
                else:
                    self.fails(CONDITION, self.db.update_item, **request)

    def test_expressions_that_are_refused(self):
        name = self.table()
        start = "Invalid ConditionExpression: "
        for condition, values, message in (
                ("", None, start + "The expression can not be empty;"),
                ("n = :a AND", {":a": 1}, start + 'Syntax error; token: "<EOF>", near: "AND"'),
                ("n ! :a", {":a": 1}, start + 'Syntax error; token: "!", near: "n ! :a"'),
                ("name = :a", {":a": 1}, start + "Attribute name is a reserved keyword; reserved keyword: name"),
                ("n = :b", {":a": 1}, start + "An expression attribute value used in expression is not defined; attribute value: :b"),
                ("#n = :a", {":a": 1}, start + "An expression attribute name used in the document path is not defined; attribute name: #n"),
                ("n = :a", {":a": 1, ":b": 1}, "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}"),
                ("fn(n)", {":a": 1}, start + "Invalid function name; function: fn"),
                ("attribute_exists(n, m)", None, start + "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2"),
                ("attribute_exists(:a)", {":a": 1}, start + "Operator or function requires a document path; operator or function: attribute_exists"),
                ("begins_with(n, :a)", {":a": 1}, start + "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"),
                ("size(n)", None, None), ("n", None, None), ("((n = m))", None, start + "The expression has redundant parentheses;"),
                ("n = n", None, start + "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [n]"),
                ("n BETWEEN :b AND :a", {":a": 1, ":b": 2}, start + "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}"),
                ("if_not_exists(n, :a)", {":a": 1}, start + "The function is not allowed in a condition expression; function: if_not_exists"),
                ("attribute_exists(n) = :a", {":a": 1}, None), ("n = :a = :a", {":a": 1}, None),
                ("n < :a", {":a": True}, None), ("attribute_type(n, :a)", {":a": "X"}, None),
                ("n = " + "x" * 4096, None, None), ("(" * 200 + "n = m" + ")" * 200, None, None)):
            with self.subTest(condition[:40]):
                request = {"TableName": name, "Item": wire(id="a"), "ConditionExpression": condition}
                if values:
                    request["ExpressionAttributeValues"] = wire(**values)
                if message:
                    self.says(message, INVALID, self.db.put_item, **request)
                else:
                    self.fails(INVALID, self.db.put_item, **request)
        self.says("ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null",
                  INVALID, self.db.put_item, TableName=name, Item=wire(id="a"), ExpressionAttributeValues=wire(**{":a": 1}))
        self.says("ExpressionAttributeNames can only be specified when using expressions", INVALID, self.db.put_item,
                  TableName=name, Item=wire(id="a"), ExpressionAttributeNames={"#a": "b"})
        self.says('ExpressionAttributeNames contains invalid key: Syntax error; key: "a"', INVALID, self.db.put_item,
                  TableName=name, Item=wire(id="a"), ConditionExpression="a = b", ExpressionAttributeNames={"a": "b"})
        self.says("Can not use both expression and non-expression parameters in the same request: Non-expression "
                  "parameters: {Expected} Expression parameters: {ConditionExpression}", INVALID, self.db.put_item,
                  TableName=name, Item=wire(id="a"), ConditionExpression="a = b", Expected={"a": {"Exists": False}})


class Updates(Scenario):
    def test_set(self):
        name = self.table()
        self.assertEqual(self.update(name, "SET n = :n, #s = :s", {"#s": "set"}, n=5, s="x"), {"id": "a", "n": 5, "set": "x"})
        self.assertEqual(self.update(name, "set n = n + :n, m = if_not_exists(m, :m), #s = n", {"#s": "set"}, n=2, m={})["n"], 7)
        self.assertEqual(self.get(name, id="a"), {"id": "a", "n": 7, "m": {}, "set": 5})
        self.assertEqual(self.update(name, "SET n = n - :n, m.x = :n, l = :l", n=2, l=[1])["m"], {"x": 2})
        self.assertEqual(self.update(name, "SET l = list_append(l, :l), m.y = if_not_exists(m.x, :n) + :n", n=1, l=[2])["l"], [1, 2])
        self.assertEqual(self.update(name, "SET l = list_append(:l, l), l2 = list_append(if_not_exists(l2, :e), :l)", l=[0], e=[])["l2"], [0])
        got = self.update(name, "SET l[9] = :a, l[8] = :b, l[0] = :c REMOVE l[1] ADD n :d DELETE never :e", a="a", b="b", c="c", d=1, e={"x"})
        self.assertEqual(got["l"], ["c", 2, "b", "a"])
        self.assertEqual(got["n"], 6)

    def test_add_and_delete(self):
        name = self.table()
        self.assertEqual(self.update(name, "ADD n :n, s :s", n=5, s={"a", "b"}), {"id": "a", "n": 5, "s": {"a", "b"}})
        self.assertEqual(self.update(name, "ADD n :n, s :s", n=decimal.Decimal("-7.5"), s={"c"}),
                         {"id": "a", "n": decimal.Decimal("-2.5"), "s": {"a", "b", "c"}})
        self.assertEqual(self.update(name, "DELETE s :s", s={"a", "z"})["s"], {"b", "c"})
        self.assertNotIn("s", self.update(name, "DELETE s :s", s={"b", "c"}))

    def test_remove(self):
        name = self.table()
        self.put(name, id="a", l=[0, 1, 2, 3, 4], m={"x": {"y": 1}}, v=1)
        self.assertEqual(self.update(name, "REMOVE l[0], l[3], l[99], m.x.y, v, never"),
                         {"id": "a", "l": [1, 2, 4], "m": {"x": {}}})

    def test_numbers_are_exact(self):
        name = self.table()
        self.update(name, "SET n = :n", n=decimal.Decimal("0.1"))
        self.assertEqual(self.update(name, "SET n = n + :n", n=decimal.Decimal("0.2"))["n"], decimal.Decimal("0.3"))
        self.update(name, "SET n = :n", n=decimal.Decimal("9" * 38))
        self.assertEqual(self.update(name, "SET n = n + :n", n=1, returns="NONE"), {})
        found = self.db.get_item(TableName=name, Key=wire(id="a"))["Item"]["n"]
        self.assertEqual(found, {"N": "1" + "0" * 38})
        self.fails(INVALID, self.update, table=name, expression="SET n = n + :n", n=decimal.Decimal("0.1"))

    def test_what_is_refused(self):
        name = self.table()
        self.put(name, id="a", s="x", l=[1], m={})
        start = "Invalid UpdateExpression: "
        path = "The document path provided in the update expression is invalid for update"
        for expression, values, message in (
                ("SET a = :a SET b = :a", {"a": 1}, start + 'The "SET" section can only be used once in an update expression;'),
                ("SET a = :a, a = :a", {"a": 1}, start + "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]"),
                ("SET a.b = :a, a[1] = :a", {"a": 1}, start + "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [1]]"),
                ("SET id = :a", {"a": 1}, "One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key"),
                ("SET a = b", {}, "The provided expression refers to an attribute that does not exist in the item"),
                ("SET a = s + :a", {"a": 1}, "An operand in the update expression has an incorrect data type"),
                ("SET a = :a + :a", {"a": "x"}, start + "Incorrect operand type for operator or function; operator or function: +, operand type: S"),
                ("ADD s :a", {"a": "x"}, start + "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"),
                ("ADD s :a", {"a": 1}, "An operand in the update expression has an incorrect data type"),
                ("SET x.y = :a", {"a": 1}, path), ("SET l.y = :a", {"a": 1}, path), ("SET m[0] = :a", {"a": 1}, path),
                ("REMOVE x.y", {}, path), ("SET a = size(s)", {}, start + "The function is not allowed in an update expression; function: size"),
                ("SET a", {}, start + 'Syntax error; token: "<EOF>", near: "a"'), ("PUT a :a", {"a": 1}, None),
                ("SET a = :a,", {"a": 1}, None), ("SET a = list_append(l, :a)", {"a": 1}, None), ("", {}, None)):
            with self.subTest(expression):
                request = {"TableName": name, "Key": wire(id="a"), "UpdateExpression": expression}
                if values:
                    request["ExpressionAttributeValues"] = wire(**{":" + key: value for key, value in values.items()})
                if message:
                    self.says(message, INVALID, self.db.update_item, **request)
                else:
                    self.fails(INVALID, self.db.update_item, **request)
        self.assertEqual(self.get(name, id="a"), {"id": "a", "s": "x", "l": [1], "m": {}})


class Older(Scenario):
    """Parameters from before expressions; the Kinesis Client Library still sends them."""

    def test_expected(self):
        name = self.table()
        absent = {"TableName": name, "Item": wire(id="a", v=1), "Expected": {"id": {"Exists": False}}}
        self.db.put_item(**absent)
        self.fails(CONDITION, self.db.put_item, **absent)
        update = {"TableName": name, "Key": wire(id="a"), "ReturnValues": "ALL_NEW",
                  "AttributeUpdates": {"v": {"Value": {"N": "2"}, "Action": "PUT"}, "w": {"Value": {"S": "x"}}}}
        self.fails(CONDITION, self.db.update_item, **update, Expected={"v": {"Value": {"N": "9"}}})
        self.fails(CONDITION, self.db.update_item, **update, Expected={"v": {"Value": {"N": "1"}, "Exists": True}, "x": {"ComparisonOperator": "NOT_NULL"}})
        done = self.db.update_item(**update, Expected={"v": {"Value": {"N": "1"}}, "x": {"Exists": False}})
        self.assertEqual(plain(done["Attributes"]), {"id": "a", "v": 2, "w": "x"})
        self.db.update_item(**update, ConditionalOperator="OR", Expected={
            "v": {"ComparisonOperator": "GT", "AttributeValueList": [{"N": "5"}]},
            "w": {"ComparisonOperator": "BEGINS_WITH", "AttributeValueList": [{"S": "x"}]}})
        self.db.delete_item(TableName=name, Key=wire(id="a"), Expected={"w": {"Value": {"S": "x"}}})
        self.assertIsNone(self.get(name, id="a"))

    def test_attribute_updates(self):
        name = self.table()
        self.db.update_item(TableName=name, Key=wire(id="a"), AttributeUpdates={
            "n": {"Value": {"N": "5"}, "Action": "ADD"}, "s": {"Value": {"SS": ["a", "b"]}}, "d": {"Action": "DELETE"}})
        self.db.update_item(TableName=name, Key=wire(id="a"), AttributeUpdates={
            "n": {"Value": {"N": "-1"}, "Action": "ADD"}, "s": {"Value": {"SS": ["a"]}, "Action": "DELETE"}})
        self.assertEqual(self.get(name, id="a"), {"id": "a", "n": 4, "s": {"b"}})
        self.fails(INVALID, self.db.update_item, TableName=name, Key=wire(id="a"), AttributeUpdates={"n": {"Action": "PUT"}})

    def test_key_conditions_and_filters(self):
        name = self.table("N")
        for i in range(6):
            self.put(name, id="a", pos=i, even=i % 2 == 0)
        keys = {"id": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]},
                "pos": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "1"}, {"N": "4"}]}}
        found = self.db.query(TableName=name, KeyConditions=keys, AttributesToGet=["pos"], QueryFilter={
            "even": {"ComparisonOperator": "EQ", "AttributeValueList": [{"BOOL": True}]}})
        self.assertEqual([plain(item)["pos"] for item in found["Items"]], [2, 4])
        found = self.db.scan(TableName=name, ConditionalOperator="OR", ScanFilter={
            "pos": {"ComparisonOperator": "LT", "AttributeValueList": [{"N": "1"}]},
            "even": {"ComparisonOperator": "NE", "AttributeValueList": [{"BOOL": True}]}})
        self.assertEqual(sorted(plain(item)["pos"] for item in found["Items"]), [0, 1, 3, 5])


class Reading(Scenario):
    def test_query_in_order(self):
        for kind, values in (("N", [decimal.Decimal(n) for n in ("-1e30", "-20", "-3", "-0.5", "0", "1e-100", "0.5", "3", "20", "1e30")]),
                             ("S", ["a", "a\0", "a\0b", "aa", "ab", "b", "ä", "漢", "🦀"]),
                             ("B", [b"\0", b"\0\0", b"\0\1", b"\1", b"\xff", b"\xff\0"])):
            with self.subTest(kind):
                name = self.table(kind)
                for value in reversed(values):
                    self.put(name, id="a", pos=value)
                self.put(name, id="a0", pos=values[0])
                self.put(name, id="A", pos=values[0])

                def found(condition="", **extra):
                    forward = extra.pop("forward", True)
                    extra = {f"v{i}": value for i, value in enumerate(extra.pop("given", ()))}
                    got = self.query(name, "id = :id" + condition, values={"id": "a", **extra}, ScanIndexForward=forward)
                    return [getattr(plain(item)["pos"], "value", plain(item)["pos"]) for item in got["Items"]]

                self.assertEqual(found(), values)
                self.assertEqual(found(forward=False), values[::-1])
                self.assertEqual(found(" AND pos = :v0", given=values[2:3]), values[2:3])
                self.assertEqual(found(" AND pos < :v0", given=values[2:3]), values[:2])
                self.assertEqual(found(" AND pos <= :v0", given=values[2:3]), values[:3])
                self.assertEqual(found(" AND pos > :v0", given=values[2:3]), values[3:])
                self.assertEqual(found(" AND pos >= :v0", given=values[2:3]), values[2:])
                self.assertEqual(found(" AND pos BETWEEN :v0 AND :v1", given=[values[1], values[4]]), values[1:5])
                if kind == "S":
                    self.assertEqual(found(" AND begins_with(pos, :v0)", given=["a\0"]), ["a\0", "a\0b"])

    def test_pages(self):
        name = self.table("N")
        for i in range(10):
            self.put(name, id="a", pos=i, v="even" if i % 2 == 0 else "odd")
        pages = list(self.db.get_paginator("query").paginate(
            TableName=name, KeyConditionExpression="id = :id", FilterExpression="v = :v", ScanIndexForward=False,
            ExpressionAttributeValues=wire(**{":id": "a", ":v": "even"}), PaginationConfig={"PageSize": 4}))
        self.assertEqual([[int(plain(item)["pos"]) for item in page["Items"]] for page in pages], [[8, 6], [4, 2], [0]])
        self.assertEqual([page["ScannedCount"] for page in pages], [4, 4, 2])
        self.assertEqual(plain(pages[0]["LastEvaluatedKey"]), {"id": "a", "pos": 6})
        counted = self.query(name, "id = :id", values={"id": "a"}, Select="COUNT")
        self.assertEqual((counted["Count"], "Items" in counted), (10, False))
        self.fails(INVALID, self.query, table=name, condition="id = :id", values={"id": "a"}, ExclusiveStartKey=wire(id="b", pos=1))
        self.fails(INVALID, self.query, table=name, condition="id = :id", values={"id": "a"}, ExclusiveStartKey=wire(id="a"))

    def test_pages_of_a_mebibyte(self):
        name = self.table("N")
        for i in range(12):
            self.put(name, id="a", pos=i, v="x" * (200 * 1024))
        first = self.query(name, "id = :id", values={"id": "a"})
        self.assertEqual((first["Count"], plain(first["LastEvaluatedKey"])), (6, {"id": "a", "pos": 5}))
        pages = list(self.db.get_paginator("scan").paginate(TableName=name))
        self.assertEqual(sum(page["Count"] for page in pages), 12)

    def test_segments(self):
        name = self.table()
        for i in range(40):
            self.put(name, id=f"item-{i}")
        found = []
        for segment in range(4):
            pages = self.db.get_paginator("scan").paginate(TableName=name, Segment=segment, TotalSegments=4, PaginationConfig={"PageSize": 5})
            part = [plain(item)["id"] for page in pages for item in page["Items"]]
            self.assertTrue(0 < len(part) < 40)
            found += part
        self.assertEqual(sorted(found), sorted(f"item-{i}" for i in range(40)))
        self.fails(INVALID, self.db.scan, TableName=name, Segment=4, TotalSegments=4)
        self.fails(INVALID, self.db.scan, TableName=name, Segment=4)

    def test_queries_that_are_refused(self):
        name = self.table("N")
        for condition, values, message in (
                ("pos = :v", {"v": 1}, "Query condition missed key schema element: id"),
                ("id = :v AND x = :w", {"v": "a", "w": 1}, "Query condition missed key schema element: pos"),
                ("id > :v", {"v": "a"}, "Query key condition not supported"),
                ("id = :v OR pos = :w", {"v": "a", "w": 1}, "Invalid operator used in KeyConditionExpression: OR"),
                ("id = :v", {"v": 1}, "One or more parameter values were invalid: Condition parameter type does not match schema type")):
            with self.subTest(condition):
                self.says(message, INVALID, self.query, table=name, condition=condition, values=values)
        self.says("Filter Expression can only contain non-primary key attributes: Primary key attribute: pos", INVALID,
                  self.query, table=name, condition="id = :v", values={"v": "a"}, FilterExpression="pos <> :v")
        self.says("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
                  INVALID, self.db.query, TableName=name)
        self.says("The table does not have the specified index: nope", INVALID, self.query, table=name,
                  condition="id = :v", values={"v": "a"}, IndexName="nope")


class Indexes(Scenario):
    def indexed(self):
        number = [{"AttributeName": "score", "AttributeType": "N"}, {"AttributeName": "owner", "AttributeType": "S"}]
        return self.table(
            "N", attributes=number,
            GlobalSecondaryIndexes=[
                {"IndexName": "by-owner", "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["extra"]},
                 "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}, {"AttributeName": "score", "KeyType": "RANGE"}]}],
            LocalSecondaryIndexes=[
                {"IndexName": "by-score", "Projection": {"ProjectionType": "KEYS_ONLY"},
                 "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "score", "KeyType": "RANGE"}]}])

    def test_indexes_follow_the_items(self):
        name = self.indexed()
        names = {"#o": "owner"}

        def owned(owner, **options):
            got = self.query(name, "#o = :o", values={"o": owner}, IndexName="by-owner", ExpressionAttributeNames=names, **options)
            return [plain(item) for item in got["Items"]]

        for i in range(4):
            self.put(name, id="a", pos=i, owner="x" if i < 3 else "y", score=-i, extra=i, other=i)
        self.put(name, id="b", pos=1, owner="x")
        self.assertEqual([item["pos"] for item in owned("x")], [2, 1, 0])
        self.assertEqual(owned("y"), [{"id": "a", "pos": 3, "owner": "y", "score": -3, "extra": 3}])
        self.update(name, "SET #o = :o", names, key={"id": "a", "pos": 1}, o="y")
        self.update(name, "REMOVE score", key={"id": "a", "pos": 0})
        self.db.delete_item(TableName=name, Key=wire(id="a", pos=3))
        self.assertEqual([item["pos"] for item in owned("x")], [2])
        self.assertEqual([item["pos"] for item in owned("y")], [1])
        local = self.query(name, "id = :id", values={"id": "a"}, IndexName="by-score", ConsistentRead=True)
        self.assertEqual([plain(item) for item in local["Items"]], [{"id": "a", "pos": 2, "score": -2}, {"id": "a", "pos": 1, "score": -1}])
        whole = self.query(name, "id = :id", values={"id": "a"}, IndexName="by-score", Select="ALL_ATTRIBUTES")
        self.assertEqual(plain(whole["Items"][0])["other"], 2)
        self.assertEqual(self.db.scan(TableName=name, IndexName="by-owner")["Count"], 2)
        self.says("Consistent reads are not supported on global secondary indexes", INVALID, owned, owner="x", ConsistentRead=True)
        self.fails(INVALID, owned, owner="x", Select="ALL_ATTRIBUTES")
        self.fails(INVALID, self.db.put_item, TableName=name, Item=wire(id="a", pos=9, owner=5))
        self.fails(INVALID, self.db.put_item, TableName=name, Item=wire(id="a", pos=9, owner=""))

    def test_pages_of_an_index(self):
        name = self.indexed()
        for i in range(9):
            self.put(name, id=f"i{i}", pos=i, owner="x", score=i // 3)
        pages = list(self.db.get_paginator("query").paginate(
            TableName=name, IndexName="by-owner", KeyConditionExpression="#o = :o", ExpressionAttributeNames={"#o": "owner"},
            ExpressionAttributeValues=wire(**{":o": "x"}), PaginationConfig={"PageSize": 4}))
        self.assertEqual([int(plain(item)["pos"]) for page in pages for item in page["Items"]], list(range(9)))
        self.assertEqual(set(pages[0]["LastEvaluatedKey"]), {"id", "pos", "owner", "score"})


class Batches(Scenario):
    def test_batches(self):
        one, two = self.table(), self.table("N")
        done = self.db.batch_write_item(RequestItems={
            one: [{"PutRequest": {"Item": wire(id=str(i), v=i)}} for i in range(20)],
            two: [{"PutRequest": {"Item": wire(id="x", pos=i)}} for i in range(5)]}, ReturnConsumedCapacity="TOTAL")
        self.assertEqual(done["UnprocessedItems"], {})
        self.assertEqual({entry["TableName"]: entry["CapacityUnits"] for entry in done["ConsumedCapacity"]}, {one: 20.0, two: 5.0})
        self.db.batch_write_item(RequestItems={one: [{"DeleteRequest": {"Key": wire(id="3")}}]})
        got = self.db.batch_get_item(RequestItems={
            one: {"Keys": [wire(id=str(i)) for i in (1, 3, 5)], "ProjectionExpression": "v"},
            two: {"Keys": [wire(id="x", pos=4)], "ConsistentRead": True}})
        self.assertEqual(sorted(plain(item)["v"] for item in got["Responses"][one]), [1, 5])
        self.assertEqual([plain(item) for item in got["Responses"][two]], [{"id": "x", "pos": 4}])
        self.assertEqual(got["UnprocessedKeys"], {})

    def test_limits(self):
        name = self.table()
        self.says("Too many items requested for the BatchWriteItem call", INVALID, self.db.batch_write_item,
                  RequestItems={name: [{"PutRequest": {"Item": wire(id=str(i))}} for i in range(26)]})
        self.fails(INVALID, self.db.batch_get_item, RequestItems={name: {"Keys": [wire(id=str(i)) for i in range(101)]}})
        twice = "Provided list of item keys contains duplicates"
        self.says(twice, INVALID, self.db.batch_get_item, RequestItems={name: {"Keys": [wire(id="1"), wire(id="1")]}})
        self.says(twice, INVALID, self.db.batch_write_item, RequestItems={
            name: [{"PutRequest": {"Item": wire(id="1")}}, {"DeleteRequest": {"Key": wire(id="1")}}]})
        self.fails(INVALID, self.db.batch_write_item, RequestItems={})
        self.fails("ResourceNotFoundException", self.db.batch_write_item, RequestItems={
            name: [{"PutRequest": {"Item": wire(id="1")}}], "never": [{"PutRequest": {"Item": wire(id="1")}}]})
        self.assertIsNone(self.get(name, id="1"))

    def test_large_batches_leave_something(self):
        name = self.table()
        for i in range(50):
            self.put(name, id=str(i), v="x" * (399 * 1024))
        found, left = [], {name: {"Keys": [wire(id=str(i)) for i in range(50)]}}
        rounds = 0
        while left:
            got = self.db.batch_get_item(RequestItems=left)
            found += [plain(item)["id"] for item in got["Responses"].get(name, [])]
            left, rounds = got["UnprocessedKeys"], rounds + 1
        self.assertEqual((sorted(found), rounds), (sorted(map(str, range(50))), 2))


class Transactions(Scenario):
    def test_all_or_nothing(self):
        one, two = self.table(), self.table()
        self.put(one, id="a", n=1)
        self.put(two, id="b", v="x")
        items = [
            {"Update": {"TableName": one, "Key": wire(id="a"), "UpdateExpression": "SET n = n + :one",
                        "ExpressionAttributeValues": wire(**{":one": 1})}},
            {"Put": {"TableName": two, "Item": wire(id="c"), "ConditionExpression": "attribute_not_exists(id)"}},
            {"Delete": {"TableName": two, "Key": wire(id="b")}},
            {"ConditionCheck": {"TableName": one, "Key": wire(id="z"), "ConditionExpression": "attribute_not_exists(id)"}}]
        self.db.transact_write_items(TransactItems=items)
        self.assertEqual((self.get(one, id="a")["n"], self.get(two, id="b"), self.get(two, id="c")), (2, None, {"id": "c"}))
        items[1]["Put"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        error = self.fails("TransactionCanceledException", self.db.transact_write_items, TransactItems=items)
        self.assertEqual([reason["Code"] for reason in error["CancellationReasons"]], ["None", "ConditionalCheckFailed", "None", "None"])
        self.assertEqual(plain(error["CancellationReasons"][1]["Item"]), {"id": "c"})
        self.assertEqual(error["Error"]["Message"], "Transaction cancelled, please refer cancellation reasons for specific "
                         "reasons [None, ConditionalCheckFailed, None, None]")
        self.assertEqual(self.get(one, id="a")["n"], 2)
        got = self.db.transact_get_items(TransactItems=[
            {"Get": {"TableName": one, "Key": wire(id="a"), "ProjectionExpression": "n"}},
            {"Get": {"TableName": two, "Key": wire(id="never")}}], ReturnConsumedCapacity="TOTAL")
        self.assertEqual([plain(part.get("Item", {})) for part in got["Responses"]], [{"n": 2}, {}])
        self.assertEqual(got["ConsumedCapacity"][0]["CapacityUnits"], 2.0)

    def test_tokens(self):
        name = self.table()
        request = {"ClientRequestToken": "token-" + name, "TransactItems": [
            {"Update": {"TableName": name, "Key": wire(id="a"), "UpdateExpression": "ADD n :one",
                        "ExpressionAttributeValues": wire(**{":one": 1})}}]}
        for _ in range(3):
            self.db.transact_write_items(**request)
        self.assertEqual(self.get(name, id="a")["n"], 1)
        request["TransactItems"][0]["Update"]["Key"] = wire(id="b")
        self.fails("IdempotentParameterMismatchException", self.db.transact_write_items, **request)

    def test_limits(self):
        name = self.table()
        put = [{"Put": {"TableName": name, "Item": wire(id=str(i))}} for i in range(101)]
        self.db.transact_write_items(TransactItems=put[:100])
        self.fails(INVALID, self.db.transact_write_items, TransactItems=put)
        self.fails(INVALID, self.db.transact_write_items, TransactItems=[])
        self.says("Transaction request cannot include multiple operations on one item", INVALID,
                  self.db.transact_write_items, TransactItems=[put[0], put[0]])
        large = [{"Put": {"TableName": name, "Item": wire(id=str(i), v="x" * (390 * 1024))}} for i in range(11)]
        self.fails(INVALID, self.db.transact_write_items, TransactItems=large)
        self.db.transact_write_items(TransactItems=large[:10])
        error = self.fails("TransactionCanceledException", self.db.transact_write_items,
                           TransactItems=[{"Delete": {"TableName": name, "Key": wire(wrong="1")}}])
        self.assertEqual(error["CancellationReasons"][0]["Code"], "ValidationError")


class Leases(Scenario):
    """The calls of the Kinesis Client Library: leases (2.x, which says it the older way; 3.x adds an index), the lock
    under which one worker becomes the leader, and the metrics of workers."""

    def lease_table(self):
        name = self.name()
        self.fails("ResourceNotFoundException", self.db.describe_table, TableName=name)
        self.db.create_table(TableName=name, KeySchema=[{"AttributeName": "leaseKey", "KeyType": "HASH"}],
                             AttributeDefinitions=[{"AttributeName": "leaseKey", "AttributeType": "S"}],
                             BillingMode="PAY_PER_REQUEST")
        self.assertEqual(self.db.describe_table(TableName=name)["Table"]["TableStatus"], "ACTIVE")
        return name

    def new_lease(self, table, shard):
        item = wire(leaseKey=shard, leaseCounter=0, ownerSwitchesSinceCheckpoint=0, checkpoint="TRIM_HORIZON",
                    checkpointSubSequenceNumber=0, parentShardId={"shardId-000000000000"})
        self.db.put_item(TableName=table, Item=item, Expected={"leaseKey": {"Exists": False}})

    def change(self, table, shard, updates, **expected):
        return self.db.update_item(
            TableName=table, Key=wire(leaseKey=shard),
            Expected={name: {"Exists": False} if value is None else {"Value": _serialize(value)} for name, value in expected.items()},
            AttributeUpdates={name: {"Action": "DELETE"} if value is None else {"Action": "PUT", "Value": _serialize(value)}
                              for name, value in updates.items()})

    def test_life_of_a_lease(self):
        table = self.lease_table()
        shard = "shardId-000000000001"
        self.assertEqual(self.db.scan(TableName=table, Limit=1)["Items"], [])
        self.new_lease(table, shard)
        self.fails(CONDITION, self.new_lease, table=table, shard=shard)
        taken = {"leaseOwner": "worker-1", "leaseCounter": 1}
        self.change(table, shard, taken, leaseCounter=0, leaseOwner=None)
        self.fails(CONDITION, self.change, table=table, shard=shard, updates=taken, leaseCounter=0, leaseOwner=None)
        self.change(table, shard, {"leaseCounter": 2}, leaseCounter=1, leaseOwner="worker-1")
        self.db.update_item(TableName=table, Key=wire(leaseKey=shard), Expected={"leaseCounter": {"Value": {"N": "2"}}},
                            AttributeUpdates={"leaseOwner": {"Action": "PUT", "Value": {"S": "worker-2"}},
                                              "ownerSwitchesSinceCheckpoint": {"Action": "ADD", "Value": {"N": "1"}}})
        self.change(table, shard, {"checkpoint": "495", "pendingCheckpoint": None, "pendingCheckpointSubSequenceNumber": None,
                                   "childShardIds": {"shardId-2", "shardId-3"}, "leaseCounter": 3}, leaseCounter=2, leaseOwner="worker-2")
        self.change(table, shard, {"leaseOwner": None}, leaseOwner="worker-2")
        lease = plain(self.db.get_item(TableName=table, Key=wire(leaseKey=shard), ConsistentRead=False)["Item"])
        self.assertEqual(lease, {
            "leaseKey": shard, "leaseCounter": 3, "ownerSwitchesSinceCheckpoint": 1, "checkpoint": "495",
            "checkpointSubSequenceNumber": 0, "parentShardId": {"shardId-000000000000"}, "childShardIds": {"shardId-2", "shardId-3"}})
        self.db.delete_item(TableName=table, Key=wire(leaseKey=shard))
        self.db.delete_item(TableName=table, Key=wire(leaseKey=shard))

    def test_leases_of_a_stream(self):
        table = self.lease_table()
        for stream in ("a", "b"):
            for shard in range(3):
                self.db.put_item(TableName=table, Item=wire(leaseKey=f"{stream}:{shard}", streamName=stream))
        pages = self.db.get_paginator("scan").paginate(
            TableName=table, FilterExpression="streamName = :streamName",
            ExpressionAttributeValues={":streamName": {"S": "b"}}, PaginationConfig={"PageSize": 2})
        self.assertEqual(sorted(plain(item)["leaseKey"] for page in pages for item in page["Items"]), ["b:0", "b:1", "b:2"])

    def test_index_of_owners(self):
        table = self.lease_table()
        self.new_lease(table, "s1")
        self.change(table, "s1", {"leaseOwner": "w1"})
        self.db.update_table(
            TableName=table, AttributeDefinitions=[{"AttributeName": "leaseOwner", "AttributeType": "S"},
                                                   {"AttributeName": "leaseKey", "AttributeType": "S"}],
            GlobalSecondaryIndexUpdates=[{"Create": {
                "IndexName": "LeaseOwnerToLeaseKeyIndex", "Projection": {"ProjectionType": "KEYS_ONLY"},
                "KeySchema": [{"AttributeName": "leaseOwner", "KeyType": "HASH"}, {"AttributeName": "leaseKey", "KeyType": "RANGE"}]}}])
        for shard in ("s2", "s3"):
            self.new_lease(table, shard)
            self.change(table, shard, {"leaseOwner": "w1" if shard == "s2" else "w2"})
        index, = self.db.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"]
        self.assertEqual(index["IndexStatus"], "ACTIVE")
        found = self.db.query(TableName=table, IndexName="LeaseOwnerToLeaseKeyIndex",
                              KeyConditionExpression="leaseOwner = :leaseOwner",
                              ExpressionAttributeValues={":leaseOwner": {"S": "w1"}})
        self.assertEqual([plain(item) for item in found["Items"]], [{"leaseKey": "s1", "leaseOwner": "w1"}, {"leaseKey": "s2", "leaseOwner": "w1"}])

    def test_lock_of_the_leader(self):
        table = self.table()
        names = {"#pk": "id", "#owner": "ownerName", "#rvn": "recordVersionNumber", "#released": "isReleased"}

        def put(owner, version, condition, used, **values):
            self.db.put_item(TableName=table, Item=wire(id="Leader", ownerName=owner, recordVersionNumber=version, leaseDuration="30000"),
                             ConditionExpression=condition, ExpressionAttributeNames={name: names[name] for name in used},
                             **({"ExpressionAttributeValues": wire(**{f":{name}": value for name, value in values.items()})} if values else {}))

        free = "attribute_not_exists(#pk) OR (attribute_exists(#pk) AND #released = :true)"
        put("w1", "v1", free, ["#pk", "#released"], true="1")
        with self.assertRaises(self.db.exceptions.ConditionalCheckFailedException):
            put("w2", "v2", free, ["#pk", "#released"], true="1")
        put("w2", "v2", "attribute_exists(#pk) AND #rvn = :rvn", ["#pk", "#rvn"], rvn="v1")
        self.db.update_item(TableName=table, Key=wire(id="Leader"), ConditionExpression="attribute_exists(#pk) AND #rvn = :rvn AND #owner = :owner",
                            UpdateExpression="SET #rvn = :next, #released = :true",
                            ExpressionAttributeNames=names,
                            ExpressionAttributeValues=wire(**{":rvn": "v2", ":owner": "w2", ":next": "v3", ":true": "1"}))
        put("w3", "v4", free, ["#pk", "#released"], true="1")
        self.assertEqual(self.get(table, id="Leader")["ownerName"], "w3")

    def test_lock_moves_in_a_transaction(self):
        leases, state = self.lease_table(), self.table()
        self.db.put_item(TableName=leases, Item=wire(leaseKey="Leader", ownerName="w1"))
        self.db.transact_write_items(TransactItems=[
            {"Put": {"TableName": state, "Item": wire(id="Leader", ownerName="w1"), "ConditionExpression": "attribute_not_exists(#id)",
                     "ExpressionAttributeNames": {"#id": "id"}}},
            {"Delete": {"TableName": leases, "Key": wire(leaseKey="Leader"), "ConditionExpression": "ownerName = :o",
                        "ExpressionAttributeValues": wire(**{":o": "w1"})}}])
        self.assertEqual(self.db.scan(TableName=leases)["Count"], 0)

    def test_metrics_of_workers(self):
        table = self.table()
        mapped = {"#AMZN_MAPPED_lut": "lut", "#AMZN_MAPPED_sts": "sts", "#AMZN_MAPPED_opr": "opr"}
        self.db.update_item(TableName=table, Key=wire(id="worker-1"), ExpressionAttributeNames=mapped,
                            UpdateExpression="SET #AMZN_MAPPED_lut = :AMZN_MAPPED_lut, #AMZN_MAPPED_sts = :AMZN_MAPPED_sts REMOVE #AMZN_MAPPED_opr",
                            ExpressionAttributeValues=wire(**{":AMZN_MAPPED_lut": 1700000000, ":AMZN_MAPPED_sts": {"C": [decimal.Decimal("50.5")]}}))
        self.assertEqual(self.get(table, id="worker-1")["sts"], {"C": [decimal.Decimal("50.5")]})
        self.db.delete_item(TableName=table, Key=wire(id="worker-1"), ConditionExpression="#AMZN_MAPPED_lut = :old",
                            ExpressionAttributeNames={"#AMZN_MAPPED_lut": "lut"}, ExpressionAttributeValues=wire(**{":old": 1700000000}))


class Expiry(Scenario):
    def test_expired_items_are_deleted(self):
        name = self.table()
        self.assertEqual(self.db.describe_time_to_live(TableName=name)["TimeToLiveDescription"], {"TimeToLiveStatus": "DISABLED"})
        setting = {"Enabled": True, "AttributeName": "until"}
        self.assertEqual(self.db.update_time_to_live(TableName=name, TimeToLiveSpecification=setting)["TimeToLiveSpecification"], setting)
        self.fails(INVALID, self.db.update_time_to_live, TableName=name, TimeToLiveSpecification=setting)
        self.assertEqual(self.db.describe_time_to_live(TableName=name)["TimeToLiveDescription"],
                         {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"})
        now = int(time.time())
        self.put(name, id="past", until=now - 10)
        self.put(name, id="future", until=now + 1000)
        self.put(name, id="text", until=str(now - 10))
        self.put(name, id="never")
        deadline = time.monotonic() + 30
        while self.get(name, id="past") and time.monotonic() < deadline:
            time.sleep(0.2)
        self.assertEqual(sorted(plain(item)["id"] for item in self.db.scan(TableName=name)["Items"]), ["future", "never", "text"])
