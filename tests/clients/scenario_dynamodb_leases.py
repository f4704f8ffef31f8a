"""The calls that the Kinesis Client Library makes on its tables: leases, their owners, the leader's lock, metrics."""
import decimal

from dynamodb_base import CONDITION, Scenario, plain, serialize, wire


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
        def expect(value):
            return {"Exists": False} if value is None else {"Value": serialize(value)}

        def update(value):
            return {"Action": "DELETE"} if value is None else {"Action": "PUT", "Value": serialize(value)}

        return self.db.update_item(TableName=table, Key=wire(leaseKey=shard),
                                   Expected={name: expect(value) for name, value in expected.items()},
                                   AttributeUpdates={name: update(value) for name, value in updates.items()})

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
        at_the_end = {"checkpoint": "495", "pendingCheckpoint": None, "pendingCheckpointSubSequenceNumber": None,
                      "childShardIds": {"shardId-2", "shardId-3"}, "leaseCounter": 3}
        self.change(table, shard, at_the_end, leaseCounter=2, leaseOwner="worker-2")
        self.change(table, shard, {"leaseOwner": None}, leaseOwner="worker-2")
        lease = plain(self.db.get_item(TableName=table, Key=wire(leaseKey=shard), ConsistentRead=False)["Item"])
        self.assertEqual(lease, {"leaseKey": shard, "leaseCounter": 3, "ownerSwitchesSinceCheckpoint": 1,
                                 "checkpoint": "495", "checkpointSubSequenceNumber": 0,
                                 "parentShardId": {"shardId-000000000000"}, "childShardIds": {"shardId-2", "shardId-3"}})
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
        found = [plain(item)["leaseKey"] for page in pages for item in page["Items"]]
        self.assertEqual(sorted(found), ["b:0", "b:1", "b:2"])

    def test_index_of_owners(self):
        table = self.lease_table()
        self.new_lease(table, "s1")
        self.change(table, "s1", {"leaseOwner": "w1"})
        self.db.update_table(
            TableName=table, AttributeDefinitions=[{"AttributeName": "leaseOwner", "AttributeType": "S"},
                                                   {"AttributeName": "leaseKey", "AttributeType": "S"}],
            GlobalSecondaryIndexUpdates=[{"Create": {
                "IndexName": "LeaseOwnerToLeaseKeyIndex", "Projection": {"ProjectionType": "KEYS_ONLY"},
                "KeySchema": [{"AttributeName": "leaseOwner", "KeyType": "HASH"},
                              {"AttributeName": "leaseKey", "KeyType": "RANGE"}]}}])
        for shard in ("s2", "s3"):
            self.new_lease(table, shard)
            self.change(table, shard, {"leaseOwner": "w1" if shard == "s2" else "w2"})
        index, = self.db.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"]
        self.assertEqual(index["IndexStatus"], "ACTIVE")
        found = self.db.query(TableName=table, IndexName="LeaseOwnerToLeaseKeyIndex",
                              KeyConditionExpression="leaseOwner = :leaseOwner",
                              ExpressionAttributeValues={":leaseOwner": {"S": "w1"}})
        self.assertEqual([plain(item) for item in found["Items"]],
                         [{"leaseKey": "s1", "leaseOwner": "w1"}, {"leaseKey": "s2", "leaseOwner": "w1"}])

    def test_lock_of_the_leader(self):
        table = self.table()
        names = {"#pk": "id", "#owner": "ownerName", "#rvn": "recordVersionNumber", "#released": "isReleased"}

        def put(owner, version, condition, used, **values):
            item = wire(id="Leader", ownerName=owner, recordVersionNumber=version, leaseDuration="30000")
            given = wire(**{f":{name}": value for name, value in values.items()})
            self.db.put_item(TableName=table, Item=item, ConditionExpression=condition,
                             ExpressionAttributeNames={name: names[name] for name in used}, ExpressionAttributeValues=given)

        free = "attribute_not_exists(#pk) OR (attribute_exists(#pk) AND #released = :true)"
        put("w1", "v1", free, ["#pk", "#released"], true="1")
        with self.assertRaises(self.db.exceptions.ConditionalCheckFailedException):
            put("w2", "v2", free, ["#pk", "#released"], true="1")
        put("w2", "v2", "attribute_exists(#pk) AND #rvn = :rvn", ["#pk", "#rvn"], rvn="v1")
        self.db.update_item(TableName=table, Key=wire(id="Leader"),
                            ConditionExpression="attribute_exists(#pk) AND #rvn = :rvn AND #owner = :owner",
                            UpdateExpression="SET #rvn = :next, #released = :true", ExpressionAttributeNames=names,
                            ExpressionAttributeValues=wire(
                                **{":rvn": "v2", ":owner": "w2", ":next": "v3", ":true": "1"}))
        put("w3", "v4", free, ["#pk", "#released"], true="1")
        self.assertEqual(self.get(table, id="Leader")["ownerName"], "w3")

    def test_lock_moves_in_a_transaction(self):
        leases, state = self.lease_table(), self.table()
        self.db.put_item(TableName=leases, Item=wire(leaseKey="Leader", ownerName="w1"))
        self.db.transact_write_items(TransactItems=[
            {"Put": {"TableName": state, "Item": wire(id="Leader", ownerName="w1"),
                     "ConditionExpression": "attribute_not_exists(#id)", "ExpressionAttributeNames": {"#id": "id"}}},
            {"Delete": {"TableName": leases, "Key": wire(leaseKey="Leader"), "ConditionExpression": "ownerName = :o",
                        "ExpressionAttributeValues": wire(**{":o": "w1"})}}])
        self.assertEqual(self.db.scan(TableName=leases)["Count"], 0)

    def test_metrics_of_workers(self):
        table = self.table()
        mapped = {"#AMZN_MAPPED_lut": "lut", "#AMZN_MAPPED_sts": "sts", "#AMZN_MAPPED_opr": "opr"}
        self.db.update_item(
            TableName=table, Key=wire(id="worker-1"), ExpressionAttributeNames=mapped,
            UpdateExpression="SET #AMZN_MAPPED_lut = :AMZN_MAPPED_lut, #AMZN_MAPPED_sts = :AMZN_MAPPED_sts "
                             "REMOVE #AMZN_MAPPED_opr",
            ExpressionAttributeValues=wire(
                **{":AMZN_MAPPED_lut": 1700000000, ":AMZN_MAPPED_sts": {"C": [decimal.Decimal("50.5")]}}))
        self.assertEqual(self.get(table, id="worker-1")["sts"], {"C": [decimal.Decimal("50.5")]})
        self.db.delete_item(TableName=table, Key=wire(id="worker-1"), ConditionExpression="#AMZN_MAPPED_lut = :old",
                            ExpressionAttributeNames={"#AMZN_MAPPED_lut": "lut"},
                            ExpressionAttributeValues=wire(**{":old": 1700000000}))
