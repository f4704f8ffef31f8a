"""DynamoDB: items, one by one, in batches and in transactions, and what is refused."""
import decimal

from dynamodb_base import INVALID, Scenario, plain, wire


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
                  TableName=name, Key=wire(id="a"), UpdateExpression="SET w = :w",
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
        self.assertEqual(get["ConsumedCapacity"], {"TableName": name, "CapacityUnits": 0.5,
                         "Table": {"CapacityUnits": 0.5}})
        self.assertNotIn("ConsumedCapacity", self.db.get_item(TableName=name, Key=wire(id="a"),
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
        self.assertEqual((self.get(one, id="a")["n"], self.get(two, id="b"), self.get(two, id="c")),
                         (2, None, {"id": "c"}))
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
