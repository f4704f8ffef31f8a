"""DynamoDB: tables, items, indexes, pages, batches, transactions, expiry, and what is refused."""
import decimal
import time

from base import ACCOUNT, REGION, client
from dynamodb_base import INVALID, Scenario, plain, wire


class Tables(Scenario):
    def test_life_of_a_table(self):
        name = self.name()
        made = self.db.create_table(
            TableName=name, BillingMode="PROVISIONED", ProvisionedThroughput={"ReadCapacityUnits": 5,
                "WriteCapacityUnits": 6},
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "pos", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "pos",
                "AttributeType": "N"}],
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
        found = self.query(
    name,
    "#o = :o",
    IndexName="by-owner",
    values={
        "o": "y"},
        ExpressionAttributeNames={
            "#o": "owner"})
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
                       {"LocalSecondaryIndexes": [{"IndexName": "idx", "KeySchema": keys,
                           "Projection": {"ProjectionType": "ALL"}}]}):
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
                ("1e-131",
                    "Number underflow. Attempting to store a number with magnitude smaller than supported range")):
            self.says(message, INVALID, self.db.put_item, TableName=name, Item={"id": {"S": "a"}, "n": {"N": bad}})

    def test_keys_are_checked(self):
        name = self.table("N")
        mismatch = "The provided key element does not match the schema"
        self.says(mismatch, INVALID, self.db.get_item, TableName=name, Key=wire(id="a"))
        self.says(mismatch, INVALID, self.db.get_item, TableName=name, Key=wire(id="a", pos="b"))
        self.says(mismatch, INVALID, self.db.delete_item, TableName=name, Key=wire(id="a", pos=1, more=1))
        self.says("One or more parameter values were invalid: Missing the key pos in the item",
                  INVALID, self.db.put_item, TableName=name, Item=wire(id="a"))
        self.says("One or more parameter values were invalid: Type mismatch for key pos expected: N actual: S", INVALID,
                  self.db.put_item, TableName=name, Item=wire(id="a", pos="x"))
        self.says(
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
    "empty string value. Key: id",
    INVALID,
    self.db.put_item,
    TableName=name,
    Item=wire(
        id="",
         pos=1))
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
        self.says("Item size to update has exceeded the maximum allowed size",
    INVALID,
    self.db.update_item,
    TableName=name,
    Key=wire(id="a"),
    UpdateExpression="SET w = :w",
     ExpressionAttributeValues=wire(**{":w": "x"}))

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
        self.assertEqual(
    get["ConsumedCapacity"], {
        "TableName": name, "CapacityUnits": 0.5, "Table": {
            "CapacityUnits": 0.5}})
        self.assertNotIn(
    "ConsumedCapacity",
    self.db.get_item(
        TableName=name,
        Key=wire(
            id="a"),
             ReturnConsumedCapacity="NONE"))

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


class Reading(Scenario):
    def test_query_in_order(self):
        for kind, values in (
    ("N", [
        decimal.Decimal(n) for n in (
            "-1e30", "-20", "-3", "-0.5", "0", "1e-100", "0.5", "3", "20", "1e30")]), ("S", [
                "a", "a\0", "a\0b", "aa", "ab", "b", "ä", "漢", "🦀"]), ("B", [
                    b"\0", b"\0\0", b"\0\1", b"\1", b"\xff", b"\xff\0"])):
            with self.subTest(kind):
                name = self.table(kind)
                for value in reversed(values):
                    self.put(name, id="a", pos=value)
                self.put(name, id="a0", pos=values[0])
                self.put(name, id="A", pos=values[0])

                def found(condition="", **extra):
                    forward = extra.pop("forward", True)
                    extra = {f"v{i}": value for i, value in enumerate(extra.pop("given", ()))}
                    got = self.query(
    name,
    "id = :id" + condition,
    values={
        "id": "a",
        **extra},
         ScanIndexForward=forward)
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
        self.fails(
    INVALID,
    self.query,
    table=name,
    condition="id = :id",
    values={
        "id": "a"},
        ExclusiveStartKey=wire(
            id="b",
             pos=1))
        self.fails(
    INVALID,
    self.query,
    table=name,
    condition="id = :id",
    values={
        "id": "a"},
        ExclusiveStartKey=wire(
            id="a"))

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
            pages = self.db.get_paginator("scan").paginate(TableName=name, Segment=segment,
                                          TotalSegments=4, PaginationConfig={"PageSize": 5})
            part = [plain(item)["id"] for page in pages for item in page["Items"]]
            self.assertTrue(0 < len(part) < 40)
            found += part
        self.assertEqual(sorted(found), sorted(f"item-{i}" for i in range(40)))
        self.fails(INVALID, self.db.scan, TableName=name, Segment=4, TotalSegments=4)
        self.fails(INVALID, self.db.scan, TableName=name, Segment=4)

    def test_queries_that_are_refused(self):
        name = self.table("N")
        for condition, values, message in (
    ("pos = :v", {
        "v": 1}, "Query condition missed key schema element: id"), ("id = :v AND x = :w", {
            "v": "a", "w": 1}, "Query condition missed key schema element: pos"), ("id > :v", {
                "v": "a"}, "Query key condition not supported"), ("id = :v OR pos = :w", {
                    "v": "a", "w": 1}, "Invalid operator used in KeyConditionExpression: OR"), ("id = :v", {
                        "v": 1}, "One or more parameter values were invalid: Condition parameter type does not match "
                            "schema type")):
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
                 "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}, {"AttributeName": "score",
                     "KeyType": "RANGE"}]}],
            LocalSecondaryIndexes=[
                {"IndexName": "by-score", "Projection": {"ProjectionType": "KEYS_ONLY"},
                 "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "score",
                     "KeyType": "RANGE"}]}])

    def test_indexes_follow_the_items(self):
        name = self.indexed()
        names = {"#o": "owner"}

        def owned(owner, **options):
            got = self.query(
    name,
    "#o = :o",
    values={
        "o": owner},
        IndexName="by-owner",
        ExpressionAttributeNames=names,
         **options)
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
        self.assertEqual([plain(item) for item in local["Items"]], [
                         {"id": "a", "pos": 2, "score": -2}, {"id": "a", "pos": 1, "score": -1}])
        whole = self.query(name, "id = :id", values={"id": "a"}, IndexName="by-score", Select="ALL_ATTRIBUTES")
        self.assertEqual(plain(whole["Items"][0])["other"], 2)
        self.assertEqual(self.db.scan(TableName=name, IndexName="by-owner")["Count"], 2)
        self.says("Consistent reads are not supported on global secondary indexes",
                  INVALID, owned, owner="x", ConsistentRead=True)
        self.fails(INVALID, owned, owner="x", Select="ALL_ATTRIBUTES")
        self.fails(INVALID, self.db.put_item, TableName=name, Item=wire(id="a", pos=9, owner=5))
        self.fails(INVALID, self.db.put_item, TableName=name, Item=wire(id="a", pos=9, owner=""))

    def test_pages_of_an_index(self):
        name = self.indexed()
        for i in range(9):
            self.put(name, id=f"i{i}", pos=i, owner="x", score=i // 3)
        pages = list(self.db.get_paginator("query").paginate(
            TableName=name, IndexName="by-owner", KeyConditionExpression="#o = :o",
                ExpressionAttributeNames={"#o": "owner"},
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
        self.assertEqual({entry["TableName"]: entry["CapacityUnits"]
                         for entry in done["ConsumedCapacity"]}, {one: 20.0, two: 5.0})
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
        self.fails(INVALID, self.db.batch_get_item, RequestItems={
                   name: {"Keys": [wire(id=str(i)) for i in range(101)]}})
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
            {"ConditionCheck": {"TableName": one, "Key": wire(id="z"),
                "ConditionExpression": "attribute_not_exists(id)"}}]
        self.db.transact_write_items(TransactItems=items)
        self.assertEqual(
    (self.get(
        one, id="a")["n"], self.get(
            two, id="b"), self.get(
                two, id="c")), (2, None, {
                    "id": "c"}))
        items[1]["Put"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        error = self.fails("TransactionCanceledException", self.db.transact_write_items, TransactItems=items)
        self.assertEqual([reason["Code"] for reason in error["CancellationReasons"]],
                         ["None", "ConditionalCheckFailed", "None", "None"])
        self.assertEqual(plain(error["CancellationReasons"][1]["Item"]), {"id": "c"})
        self.assertEqual(error["Error"]["Message"],
    "Transaction cancelled, please refer cancellation reasons for specific "
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


class Expiry(Scenario):
    def test_expired_items_are_deleted(self):
        name = self.table()
        self.assertEqual(
    self.db.describe_time_to_live(
        TableName=name)["TimeToLiveDescription"], {
            "TimeToLiveStatus": "DISABLED"})
        setting = {"Enabled": True, "AttributeName": "until"}
        self.assertEqual(
    self.db.update_time_to_live(
        TableName=name,
        TimeToLiveSpecification=setting)["TimeToLiveSpecification"],
         setting)
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
        self.assertEqual(
    sorted(
        plain(item)["id"] for item in self.db.scan(
            TableName=name)["Items"]), [
                "future", "never", "text"])
