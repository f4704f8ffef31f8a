"""DynamoDB: conditions and updates as expressions, and as clients said them before there were expressions."""
import decimal

from dynamodb_base import CONDITION, INVALID, Scenario, plain, wire


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
                ("n BETWEEN :four AND :six", True), ("NOT n BETWEEN :four AND :six", False), ("n IN (:four, :five)",
                    True),
                ("n IN (:four, :six)", False), ("n = :five AND (s = :hello OR never = :five)", True),
                ("n = :four OR s = :hello", True), ("n = :four OR n = :six AND s = :hello", False),
                ("NOT (n = :four)", True), ("attribute_exists(m.k) and attribute_not_exists(m.j)", True),
                ("attribute_type(ss, :SS)", True), ("attribute_type(n, :SS)", False), ("begins_with(s, :he)", True),
                ("begins_with(n, :he)", False), ("contains(s, :ell)", True), ("contains(l, :x)", True),
                ("contains(ss, :p)", True), ("contains(ss, :x)", False), ("contains(ns, :one)", True),
                ("size(s) = :five", True), ("size(l) < size(s)", True), ("size(n) = :five", False), ("never <> :five",
                    True),
                ("never = :five", False), ("s > :five", False), ("l[1] = :x", True), ("size(b) = :three", True),
                (":five = n", True), ("m = :m", True), ("ss = :set", True), ("t = :true", True), ("s = s2", False),
                ("(n = :five) AND (s = :hello)", True), ("m.k <> m.j", True)):
            values = {":five": 5, ":four": 4, ":six": 6, ":hello": "hello", ":SS": "SS", ":he": "he", ":ell": "ell",
                      ":x": "x", ":p": "p", ":one": 1, ":three": 3, ":m": {"k": "v"}, ":set": {"q", "p"}, ":true": True}
            words = condition.replace("(", " ").replace(")", " ").replace(",", " ").split()
            used = {key: value for key, value in values.items() if key in words}
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
                ("n = :b", {":a": 1}, start + "An expression attribute value used in expression is not defined; "
                    "attribute value: :b"),
                ("#n = :a", {":a": 1}, start + "An expression attribute name used in the document path is not "
                    "defined; attribute name: #n"),
                ("n = :a", {":a": 1, ":b": 1}, "Value provided in ExpressionAttributeValues unused in expressions: "
                    "keys: {:b}"),
                ("fn(n)", {":a": 1}, start + "Invalid function name; function: fn"),
                ("attribute_exists(n, m)", None, start + "Incorrect number of operands for operator or function; "
                    "operator or function: attribute_exists, number of operands: 2"),
                ("attribute_exists(:a)", {":a": 1}, start + "Operator or function requires a document path; operator "
                    "or function: attribute_exists"),
                ("begins_with(n, :a)", {":a": 1}, start + "Incorrect operand type for operator or function; operator "
                    "or function: begins_with, operand type: N"),
                ("size(n)", None, None), ("n", None, None), ("((n = m))", None, start + "The expression has redundant "
                    "parentheses;"),
                ("n = n", None, start + "The first operand must be distinct from the remaining operands for this "
                    "operator or function; operator: =, first operand: [n]"),
                ("n BETWEEN :b AND :a", {":a": 1, ":b": 2}, start + "The BETWEEN operator requires upper bound to be "
                    "greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound "
                        "operand: AttributeValue: {N:1}"),
                ("if_not_exists(n, :a)", {":a": 1}, start + "The function is not allowed in a condition expression; "
                    "function: if_not_exists"),
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
                  INVALID, self.db.put_item, TableName=name, Item=wire(id="a"),
                      ExpressionAttributeValues=wire(**{":a": 1}))
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
        self.assertEqual(self.update(name, "SET n = :n, #s = :s", {"#s": "set"}, n=5, s="x"),
                         {"id": "a", "n": 5, "set": "x"})
        self.assertEqual(self.update(name, "set n = n + :n, m = if_not_exists(m, :m), #s = n",
                         {"#s": "set"}, n=2, m={})["n"], 7)
        self.assertEqual(self.get(name, id="a"), {"id": "a", "n": 7, "m": {}, "set": 5})
        self.assertEqual(self.update(name, "SET n = n - :n, m.x = :n, l = :l", n=2, l=[1])["m"], {"x": 2})
        self.assertEqual(self.update(
            name, "SET l = list_append(l, :l), m.y = if_not_exists(m.x, :n) + :n", n=1, l=[2])["l"], [1, 2])
        self.assertEqual(self.update(name, "SET l = list_append(:l, l), l2 = list_append(if_not_exists(l2, :e), :l)",
                         l=[0], e=[])["l2"], [0])
        got = self.update(name, "SET l[9] = :a, l[8] = :b, l[0] = :c REMOVE l[1] ADD n :d DELETE never :e", a="a",
                          b="b", c="c", d=1, e={"x"})
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
                ("SET a = :a SET b = :a", {"a": 1}, start + 'The "SET" section can only be used once in an update '
                    'expression;'),
                ("SET a = :a, a = :a", {"a": 1}, start + "Two document paths overlap with each other; must remove or "
                    "rewrite one of these paths; path one: [a], path two: [a]"),
                ("SET a.b = :a, a[1] = :a", {"a": 1}, start + "Two document paths conflict with each other; must "
                    "remove or rewrite one of these paths; path one: [a, b], path two: [a, [1]]"),
                ("SET id = :a", {"a": 1}, "One or more parameter values were invalid: Cannot update attribute id. "
                    "This attribute is part of the key"),
                ("SET a = b", {}, "The provided expression refers to an attribute that does not exist in the item"),
                ("SET a = s + :a", {"a": 1}, "An operand in the update expression has an incorrect data type"),
                ("SET a = :a + :a", {"a": "x"}, start + "Incorrect operand type for operator or function; operator or "
                    "function: +, operand type: S"),
                ("ADD s :a", {"a": "x"}, start + "Incorrect operand type for operator or function; operator: ADD, "
                    "operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"),
                ("ADD s :a", {"a": 1}, "An operand in the update expression has an incorrect data type"),
                ("SET x.y = :a", {"a": 1}, path), ("SET l.y = :a", {"a": 1}, path), ("SET m[0] = :a", {"a": 1}, path),
                ("REMOVE x.y", {}, path), ("SET a = size(s)", {}, start + "The function is not allowed in an update "
                    "expression; function: size"),
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
        self.fails(CONDITION, self.db.update_item, **update, Expected={
            "v": {"Value": {"N": "1"}, "Exists": True}, "x": {"ComparisonOperator": "NOT_NULL"}})
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
        self.fails(INVALID, self.db.update_item, TableName=name, Key=wire(id="a"),
                   AttributeUpdates={"n": {"Action": "PUT"}})

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
