"""Policies of topics, edited by labels; tags; data protection policies."""
import json

from topics import TopicScenario


class Permissions(TopicScenario):
    def statements(self, topic):
        return json.loads(self.topic_attributes(topic)["Policy"])["Statement"]

    def test_statements_are_added_and_removed(self):
        topic = self.topic()
        before = self.statements(topic)
        self.sns.add_permission(TopicArn=topic, Label="two", AWSAccountId=["111111111111", "222222222222"],
                                ActionName=["Publish", "Subscribe"])
        self.sns.add_permission(TopicArn=topic, Label="one", AWSAccountId=["111111111111"], ActionName=["Publish"])
        added = {one["Sid"]: one for one in self.statements(topic)[len(before):]}
        self.assertEqual(added["two"], {
            "Sid": "two", "Effect": "Allow", "Action": ["SNS:Publish", "SNS:Subscribe"], "Resource": topic,
            "Principal": {"AWS": ["arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root"]}})
        self.assertEqual(added["one"]["Principal"], {"AWS": "arn:aws:iam::111111111111:root"})
        self.assertEqual(added["one"]["Action"], "SNS:Publish")
        error = self.fails("InvalidParameter", self.sns.add_permission, TopicArn=topic, Label="one",
                           AWSAccountId=["111111111111"], ActionName=["Publish"])
        self.assertEqual(error["Error"]["Message"], "Invalid parameter: Statement already exists")
        for label in ("one", "two", "never was"):
            self.sns.remove_permission(TopicArn=topic, Label=label)
        self.assertEqual(self.statements(topic), before)

    def test_what_is_refused(self):
        topic = self.topic()
        good = {"TopicArn": topic, "Label": "l", "AWSAccountId": ["111111111111"], "ActionName": ["Publish"]}
        for change, message in (({"ActionName": ["CreateTopic"]}, "Policy statement action out of service scope!"),
                                ({"AWSAccountId": ["12"]}, "Policy Error: PrincipalNotFound")):
            error = self.fails("InvalidParameter", self.sns.add_permission, **{**good, **change})
            self.assertEqual(error["Error"]["Message"], "Invalid parameter: " + message)
        self.fails("NotFound", self.sns.add_permission, **{**good, "TopicArn": topic + "-gone"})
        other = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": topic}
        for policy in ("no JSON", "[]", json.dumps({"Statement": [other]})):
            self.fails("InvalidParameter", self.sns.set_topic_attributes, TopicArn=topic, AttributeName="Policy",
                       AttributeValue=policy)


class Tags(TopicScenario):
    def tags(self, topic):
        return {tag["Key"]: tag["Value"] for tag in self.sns.list_tags_for_resource(ResourceArn=topic)["Tags"]}

    def test_life_of_tags(self):
        topic = self.sns.create_topic(Name=self.name(), Tags=[
            {"Key": "a", "Value": "1"}, {"Key": "ä ö", "Value": ""}])["TopicArn"]
        self.assertEqual(self.tags(topic), {"a": "1", "ä ö": ""})
        self.sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "x:/=+-@"}])
        self.assertEqual(self.tags(topic), {"a": "2", "ä ö": "", "b": "x:/=+-@"})
        self.sns.untag_resource(ResourceArn=topic, TagKeys=["a", "never was"])
        self.assertEqual(self.tags(topic), {"ä ö": "", "b": "x:/=+-@"})
        self.server.restart()
        self.assertEqual(self.tags(topic), {"ä ö": "", "b": "x:/=+-@"})

    def test_limits(self):
        topic = self.topic()
        self.sns.tag_resource(ResourceArn=topic, Tags=[{"Key": f"k{i}", "Value": "v"} for i in range(50)])
        self.fails("TagLimitExceeded", self.sns.tag_resource, ResourceArn=topic, Tags=[{"Key": "k50", "Value": "v"}])
        self.sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "k0", "Value": "again"}])
        self.assertEqual(len(self.tags(topic)), 50)
        for tags in ([{"Key": "aws:x", "Value": ""}], [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}],
                     [{"Key": "a?", "Value": "1"}]):
            self.fails("InvalidParameter", self.sns.tag_resource, ResourceArn=topic, Tags=tags)
        for tags in ([{"Key": "x" * 129, "Value": ""}], [{"Key": "x", "Value": "x" * 257}], [{"Key": "", "Value": ""}]):
            self.fails("ValidationError", self.sns.tag_resource, ResourceArn=topic, Tags=tags)
        error = self.fails("ResourceNotFound", self.sns.list_tags_for_resource, ResourceArn=topic + "-gone")
        self.assertEqual((error["Error"]["Message"], error["ResponseMetadata"]["HTTPStatusCode"]),
                         ("Resource does not exist", 404))


class DataProtection(TopicScenario):
    POLICY = json.dumps({"Name": "p", "Description": "d", "Version": "2021-06-01", "Statement": [{
        "Sid": "s", "DataDirection": "Inbound", "Principal": ["*"], "Operation": {"Deny": {}},
        "DataIdentifier": ["arn:aws:dataprotection::aws:data-identifier/CreditCardNumber"]}]})

    def test_policies_are_kept(self):
        topic = self.topic()
        self.assertNotIn("DataProtectionPolicy", self.sns.get_data_protection_policy(ResourceArn=topic))
        self.sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy=self.POLICY)
        self.assertEqual(self.sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"], self.POLICY)
        other = self.sns.create_topic(Name=self.name(), DataProtectionPolicy=self.POLICY)["TopicArn"]
        self.assertEqual(self.sns.get_data_protection_policy(ResourceArn=other)["DataProtectionPolicy"], self.POLICY)

    def test_what_is_refused(self):
        topic = self.topic()
        for policy in ("no JSON", "[]", '{"Name":"p","Version":"2012-10-17","Statement":[{}]}', '{"Other":1}'):
            self.fails("InvalidParameter", self.sns.put_data_protection_policy, ResourceArn=topic,
                       DataProtectionPolicy=policy)
        self.fails("InvalidParameter", self.sns.put_data_protection_policy, ResourceArn=self.fifo_topic(),
                   DataProtectionPolicy=self.POLICY)
        self.fails("NotFound", self.sns.get_data_protection_policy, ResourceArn=topic + "-gone")
        self.assertNotIn("DataProtectionPolicy", self.sns.get_data_protection_policy(ResourceArn=topic))
