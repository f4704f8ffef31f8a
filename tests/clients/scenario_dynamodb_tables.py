"""DynamoDB: tables, and the expiry of items."""
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
        found = self.query(name, "#o = :o", IndexName="by-owner", values={"o": "y"},
                           ExpressionAttributeNames={"#o": "owner"})
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


class Expiry(Scenario):
    def test_expired_items_are_deleted(self):
        name = self.table()
        self.assertEqual(self.db.describe_time_to_live(TableName=name)["TimeToLiveDescription"],
                         {"TimeToLiveStatus": "DISABLED"})
        setting = {"Enabled": True, "AttributeName": "until"}
        self.assertEqual(self.db.update_time_to_live(TableName=name,
                         TimeToLiveSpecification=setting)["TimeToLiveSpecification"], setting)
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
        self.assertEqual(sorted(plain(item)["id"] for item in self.db.scan(TableName=name)["Items"]),
                         ["future", "never", "text"])
