"""DynamoDB: queries, scans, their pages, and indexes."""
import decimal

from dynamodb_base import INVALID, Scenario, plain, wire


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
                    got = self.query(name, "id = :id" + condition, values={"id": "a", **extra},
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
        self.fails(INVALID, self.query, table=name, condition="id = :id", values={"id": "a"},
                   ExclusiveStartKey=wire(id="b", pos=1))
        self.fails(INVALID, self.query, table=name, condition="id = :id", values={"id": "a"},
                   ExclusiveStartKey=wire(id="a"))

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
            got = self.query(name, "#o = :o", values={"o": owner}, IndexName="by-owner", ExpressionAttributeNames=names,
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
