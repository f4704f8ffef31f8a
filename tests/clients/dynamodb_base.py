"""What the scenarios of DynamoDB share."""
from base import Case, client
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

CONDITION = "ConditionalCheckFailedException"
INVALID = "ValidationException"
serialize = TypeSerializer().serialize
deserialize = TypeDeserializer().deserialize


def wire(**attributes):
    return {name: serialize(value) for name, value in attributes.items()}


def plain(item):
    return {name: deserialize(value) for name, value in item.items()}


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
