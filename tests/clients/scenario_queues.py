"""Queues: creation, attributes, listing, tags, permissions, purge, deletion."""
import json

from base import ACCOUNT, REGION, Scenario, client, server

NEW_QUEUE = {
    "ApproximateNumberOfMessages": "0",
    "ApproximateNumberOfMessagesDelayed": "0",
    "ApproximateNumberOfMessagesNotVisible": "0",
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}
NEW_FIFO = {
    **NEW_QUEUE,
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}


class Creation(Scenario):
    def test_url_names_host_account_and_queue(self):
        name = self.name()
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        self.assertEqual(url, f"{server().url}/{ACCOUNT}/{name}")
        self.assertEqual(self.sqs.get_queue_url(QueueName=name)["QueueUrl"], url)

    def test_all_attributes_of_a_new_queue(self):
        name = self.name()
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        found = self.attributes(url)
        self.assertEqual(found.pop("QueueArn"), f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
        self.assertEqual(found.pop("CreatedTimestamp"), found.pop("LastModifiedTimestamp"))
        self.assertEqual(found, NEW_QUEUE)

    def test_all_attributes_of_a_new_fifo_queue(self):
        found = self.attributes(self.fifo())
        for name in ("QueueArn", "CreatedTimestamp", "LastModifiedTimestamp"):
            self.assertTrue(found.pop(name))
        self.assertEqual(found, NEW_FIFO)

    def test_again_with_equal_attributes(self):
        name = self.name()
        first = self.sqs.create_queue(QueueName=name, Attributes={"DelaySeconds": "5"})
        for attributes in ({"DelaySeconds": "5"}, {}, {"VisibilityTimeout": "30"}):
            again = self.sqs.create_queue(QueueName=name, Attributes=attributes)
            self.assertEqual(again["QueueUrl"], first["QueueUrl"])

    def test_again_with_another_value(self):
        name = self.name()
        self.sqs.create_queue(QueueName=name, Attributes={"DelaySeconds": "5"})
        error = self.fails("QueueAlreadyExists", self.sqs.create_queue, QueueName=name, Attributes={"DelaySeconds": "6"})
        self.assertEqual(error["Error"]["Message"],
                         "A queue already exists with the same name and a different value for attribute DelaySeconds")

    def test_again_is_compared_with_the_current_value(self):
        name = self.name()
        url = self.sqs.create_queue(QueueName=name, Attributes={"DelaySeconds": "5"})["QueueUrl"]
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "6"})
        self.sqs.create_queue(QueueName=name, Attributes={"DelaySeconds": "6"})
        self.fails("QueueAlreadyExists", self.sqs.create_queue, QueueName=name, Attributes={"DelaySeconds": "5"})

    def test_deleted_a_moment_ago(self):
        name = self.name()
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        self.sqs.delete_queue(QueueUrl=url)
        error = self.fails("AWS.SimpleQueueService.QueueDeletedRecently", self.sqs.create_queue, QueueName=name)
        self.assertEqual(error["Error"]["Message"], "You must wait 60 seconds after deleting a queue before you can "
                                                    "create another with the same name.")
        self.fails("AWS.SimpleQueueService.NonExistentQueue", self.sqs.send_message, QueueUrl=url, MessageBody="x")

    def test_regions_and_accounts_are_separate(self):
        name = self.name()
        here = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        there = client(region="eu-central-1")
        self.fails("AWS.SimpleQueueService.NonExistentQueue", there.get_queue_url, QueueName=name)
        other = client(key="123456789012")
        url = other.create_queue(QueueName=name)["QueueUrl"]
        self.assertEqual(url, f"{server().url}/123456789012/{name}")
        other.send_message(QueueUrl=url, MessageBody="theirs")
        self.assertEqual(self.receive(here), [])

    def test_bare_name_in_place_of_a_url(self):
        name = self.name()
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        self.send(url, "x")
        if url.startswith("http") and self.sqs.meta.service_model.metadata["protocol"] == "json":
            self.assertEqual(self.bodies(name), ["x"])  # the query client would post to the name itself


class Attributes(Scenario):
    def test_every_attribute_can_be_set_and_read(self):
        url = self.queue()
        policy = json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": self.arn(url)}]})
        allow = '{"redrivePermission":"denyAll"}'
        wanted = {"DelaySeconds": "7", "MaximumMessageSize": "2048", "MessageRetentionPeriod": "60",
                  "ReceiveMessageWaitTimeSeconds": "3", "VisibilityTimeout": "0", "Policy": policy,
                  "RedriveAllowPolicy": allow, "KmsMasterKeyId": "alias/x", "KmsDataKeyReusePeriodSeconds": "60"}
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes=wanted)
        found = self.attributes(url)
        self.assertEqual({name: found[name] for name in wanted}, wanted)
        self.assertEqual(found["SqsManagedSseEnabled"], "false")

    def test_empty_value_removes(self):
        url = self.queue(KmsMasterKeyId="alias/x")
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "", "Policy": "", "RedrivePolicy": ""})
        self.assertNotIn("KmsMasterKeyId", self.attributes(url))

    def test_only_those_asked_for(self):
        url = self.queue()
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds", "VisibilityTimeout"])
        self.assertEqual(found["Attributes"], {"DelaySeconds": "0", "VisibilityTimeout": "30"})
        self.assertNotIn("Attributes", self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]))
        self.assertNotIn("Attributes", self.sqs.get_queue_attributes(QueueUrl=url))

    def test_nothing_changes_when_one_of_several_is_wrong(self):
        url = self.queue()
        self.fails("InvalidAttributeValue", self.sqs.set_queue_attributes, QueueUrl=url,
                   Attributes={"DelaySeconds": "3", "VisibilityTimeout": "43201"})
        self.assertEqual(self.attribute(url, "DelaySeconds"), "0")

    def test_high_throughput_fifo(self):
        url = self.fifo(DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
        found = self.attributes(url)
        self.assertEqual((found["DeduplicationScope"], found["FifoThroughputLimit"]), ("messageGroup", "perMessageGroupId"))

    def test_counts(self):
        url = self.queue()
        self.send(url, "a", "b", "c")
        self.send(url, "later", DelaySeconds=900)
        self.assertEqual(self.counts(url), (3, 0, 1))
        got = self.receive(url, MaxNumberOfMessages=1)
        self.assertEqual(self.counts(url), (2, 1, 1))
        self.delete(url, *got)
        self.assertEqual(self.counts(url), (2, 0, 1))

    def test_retention_applies_to_messages_already_there(self):
        url = self.queue(MessageRetentionPeriod="1209600")
        self.send(url, "x")
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "60"})
        self.assertEqual(self.counts(url), (1, 0, 0))


class Listing(Scenario):
    def test_prefix_and_order(self):
        prefix = self.name()
        urls = [self.sqs.create_queue(QueueName=f"{prefix}-{i}")["QueueUrl"] for i in range(3)]
        self.assertEqual(self.sqs.list_queues(QueueNamePrefix=prefix)["QueueUrls"], urls)
        self.assertNotIn("QueueUrls", self.sqs.list_queues(QueueNamePrefix=prefix + "-x"))

    def test_pages(self):
        prefix = self.name()
        urls = [self.sqs.create_queue(QueueName=f"{prefix}-{i}")["QueueUrl"] for i in range(5)]
        pages, token = [], None
        while True:
            page = self.sqs.list_queues(QueueNamePrefix=prefix, MaxResults=2, **({"NextToken": token} if token else {}))
            pages.append(page["QueueUrls"])
            token = page.get("NextToken")
            if token is None:
                break
        self.assertEqual(pages, [urls[:2], urls[2:4], urls[4:]])

    def test_no_token_without_a_limit(self):
        self.queue()
        self.assertNotIn("NextToken", self.sqs.list_queues())


class Tags(Scenario):
    def test_life_of_tags(self):
        url = self.sqs.create_queue(QueueName=self.name(), tags={"team": "a", "empty": ""})["QueueUrl"]
        self.assertEqual(self.sqs.list_queue_tags(QueueUrl=url)["Tags"], {"team": "a", "empty": ""})
        self.sqs.tag_queue(QueueUrl=url, Tags={"team": "b", "Team": "ü"})
        self.sqs.untag_queue(QueueUrl=url, TagKeys=["empty", "never-was"])
        self.assertEqual(self.sqs.list_queue_tags(QueueUrl=url)["Tags"], {"team": "b", "Team": "ü"})
        self.sqs.untag_queue(QueueUrl=url, TagKeys=["team", "Team"])
        self.assertNotIn("Tags", self.sqs.list_queue_tags(QueueUrl=url))


class Permissions(Scenario):
    def test_statement_is_added_and_removed(self):
        url = self.queue()
        arn = self.arn(url)
        self.sqs.add_permission(QueueUrl=url, Label="one", AWSAccountIds=["111111111111"], Actions=["ReceiveMessage"])
        self.assertEqual(json.loads(self.attribute(url, "Policy")), {
            "Version": "2008-10-17", "Id": f"{arn}/SQSDefaultPolicy", "Statement": [{
                "Sid": "one", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
                "Action": "SQS:ReceiveMessage", "Resource": arn}]})
        self.sqs.add_permission(QueueUrl=url, Label="two", AWSAccountIds=["111111111111", "222222222222"],
                                Actions=["SendMessage", "DeleteMessage"])
        second = json.loads(self.attribute(url, "Policy"))["Statement"][1]
        self.assertEqual(sorted(second["Principal"]["AWS"]),
                         ["arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root"])
        self.assertEqual(second["Action"], ["SQS:SendMessage", "SQS:DeleteMessage"])
        error = self.fails("InvalidParameterValue", self.sqs.add_permission, QueueUrl=url, Label="one",
                           AWSAccountIds=["333333333333"], Actions=["SendMessage"])
        self.assertEqual(error["Error"]["Message"], "Value one for parameter Label is invalid. Reason: Already exists.")
        for label in ("one", "two"):
            self.sqs.remove_permission(QueueUrl=url, Label=label)
        self.assertIsNone(self.attribute(url, "Policy"))


class Purge(Scenario):
    def test_everything_goes_and_one_in_a_minute(self):
        url = self.queue()
        self.send(url, "in flight", "waiting")
        self.receive(url, MaxNumberOfMessages=1)
        self.send(url, "later", DelaySeconds=900)
        self.sqs.purge_queue(QueueUrl=url)
        self.assertEqual(self.counts(url), (0, 0, 0))
        self.send(url, "new")
        self.assertEqual(self.bodies(url), ["new"])
        error = self.fails("AWS.SimpleQueueService.PurgeQueueInProgress", self.sqs.purge_queue, QueueUrl=url)
        self.assertEqual(error["Error"]["Message"], f"Only one PurgeQueue operation on {url.rsplit('/', 1)[1]} is "
                                                    "allowed every 60 seconds.")
        self.assertEqual(error["ResponseMetadata"]["HTTPStatusCode"], 403)
