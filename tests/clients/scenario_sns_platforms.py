"""Platform applications and their endpoints. What is pushed stands in scenario_sns_outside.py."""
import json

from topics import UUID, TopicScenario, signature_is_good

KEY = {"PlatformCredential": "key", "PlatformPrincipal": "certificate"}


class Platforms(TopicScenario):
    def application(self, platform="GCM", **attributes):
        return self.sns.create_platform_application(Name=self.name(), Platform=platform, Attributes={
            "PlatformCredential": "key", **attributes})["PlatformApplicationArn"]

    def endpoint(self, application, token="token", **options):
        return self.sns.create_platform_endpoint(PlatformApplicationArn=application, Token=token, **options)["EndpointArn"]

    def found(self, arn):
        return self.sns.get_endpoint_attributes(EndpointArn=arn)["Attributes"]

    def test_life_of_an_application(self):
        name = self.name()
        make = {"Name": name, "Platform": "APNS_SANDBOX", "Attributes": KEY}
        arn = self.sns.create_platform_application(**make)["PlatformApplicationArn"]
        self.assertEqual(arn, f"arn:aws:sns:us-east-1:000000000000:app/APNS_SANDBOX/{name}")
        self.assertEqual(self.sns.create_platform_application(**make)["PlatformApplicationArn"], arn)
        self.fails("InvalidParameter", self.sns.create_platform_application, **{**make, "Attributes": {
            **KEY, "PlatformCredential": "another"}})
        topic = self.topic()
        changes = {"EventEndpointCreated": topic, "EventDeliveryFailure": topic, "SuccessFeedbackSampleRate": "10",
                   "FailureFeedbackRoleArn": "arn:aws:iam::000000000000:role/x", "Enabled": "false"}
        self.sns.set_platform_application_attributes(PlatformApplicationArn=arn, Attributes=changes)
        shown = self.sns.get_platform_application_attributes(PlatformApplicationArn=arn)["Attributes"]
        self.assertEqual(shown, changes)
        listed = {one["PlatformApplicationArn"]: one["Attributes"]
                  for page in self.sns.get_paginator("list_platform_applications").paginate()
                  for one in page["PlatformApplications"]}
        self.assertEqual(listed[arn], changes)
        self.sns.delete_platform_application(PlatformApplicationArn=arn)
        self.sns.delete_platform_application(PlatformApplicationArn=arn)
        error = self.fails("NotFound", self.sns.get_platform_application_attributes, PlatformApplicationArn=arn)
        self.assertEqual(error["Error"]["Message"], "PlatformApplication does not exist")
        self.fails("NotFound", self.sns.set_platform_application_attributes, PlatformApplicationArn=arn, Attributes=changes)
        self.fails("NotFound", self.sns.create_platform_endpoint, PlatformApplicationArn=arn, Token="t")
        self.fails("NotFound", self.sns.list_endpoints_by_platform_application, PlatformApplicationArn=arn)

    def test_applications_that_are_wrong(self):
        good = {"Name": "a", "Platform": "ADM", "Attributes": KEY}
        for change in ({"Name": ""}, {"Name": "a b"}, {"Name": "x" * 257}, {"Platform": "OTHER"},
                       {"Attributes": {"PlatformCredential": "x"}}, {"Attributes": {"PlatformPrincipal": "x"}},
                       {"Attributes": {**KEY, "Other": "x"}}, {"Attributes": {**KEY, "EventEndpointCreated": "x"}},
                       {"Attributes": {**KEY, "SuccessFeedbackSampleRate": "101"}}):
            with self.subTest(change):
                self.fails("InvalidParameter", self.sns.create_platform_application, **{**good, **change})

    def test_life_of_an_endpoint(self):
        application = self.application()
        arn = self.endpoint(application, CustomUserData="someone")
        self.assertRegex(arn, "^" + application.replace(":app/", ":endpoint/") + f"/{UUID}$")
        self.assertEqual(self.found(arn), {"Enabled": "true", "Token": "token", "CustomUserData": "someone"})
        self.assertEqual(self.endpoint(application, CustomUserData="someone"), arn)
        error = self.fails("InvalidParameter", self.endpoint, application=application, CustomUserData="else")
        self.assertEqual(error["Error"]["Message"], f"Invalid parameter: Token Reason: Endpoint {arn} already exists with "
                                                    "the same Token, but different attributes.")
        self.sns.set_endpoint_attributes(EndpointArn=arn, Attributes={"Enabled": "false", "Token": "other"})
        self.assertEqual(self.found(arn), {"Enabled": "false", "Token": "other", "CustomUserData": "someone"})
        self.assertNotEqual(self.endpoint(application), arn)
        error = self.fails("EndpointDisabled", self.sns.publish, TargetArn=arn, Message="x")
        self.assertEqual(error["Error"]["Message"], "Endpoint is disabled")
        self.sns.delete_endpoint(EndpointArn=arn)
        self.sns.delete_endpoint(EndpointArn=arn)
        error = self.fails("NotFound", self.sns.get_endpoint_attributes, EndpointArn=arn)
        self.assertEqual(error["Error"]["Message"], "Endpoint does not exist")
        error = self.fails("InvalidParameter", self.sns.publish, TargetArn=arn, Message="x")
        self.assertEqual(error["Error"]["Message"], "Invalid parameter: TargetArn Reason: No endpoint found for the target "
                                                    "arn specified")

    def test_endpoints_have_pages(self):
        application = self.application()
        made = {self.endpoint(application, f"token-{i}"): f"token-{i}" for i in range(105)}
        pages = [page["Endpoints"] for page in self.sns.get_paginator("list_endpoints_by_platform_application").paginate(
            PlatformApplicationArn=application)]
        self.assertEqual([len(page) for page in pages], [100, 5])
        self.assertEqual({one["EndpointArn"]: one["Attributes"]["Token"] for page in pages for one in page}, made)

    def test_deleting_an_application_deletes_its_endpoints(self):
        application = self.application()
        arn = self.endpoint(application)
        self.sns.delete_platform_application(PlatformApplicationArn=application)
        self.fails("NotFound", self.sns.get_endpoint_attributes, EndpointArn=arn)

    def test_subscribing_endpoints(self):
        topic, arn = self.topic(), self.endpoint(self.application())
        subscription = self.subscribe(topic, "application", arn)
        found = self.subscription_attributes(subscription)
        self.assertEqual((found["Protocol"], found["Endpoint"], found["PendingConfirmation"]), ("application", arn, "false"))
        gone = arn[:-12] + "0" * 12
        error = self.fails("InvalidParameter", self.subscribe, topic=topic, protocol="application", endpoint=gone)
        self.assertEqual(error["Error"]["Message"], "Invalid parameter: Endpoint Reason: Endpoint does not exist for "
                                                    f"endpoint {gone}")

    def test_a_topic_hears_of_endpoints(self):
        topic = self.topic()
        url = self.listener(topic)
        application = self.application(EventEndpointCreated=topic, EventEndpointUpdated=topic, EventEndpointDeleted=topic)
        arn = self.endpoint(application)
        self.endpoint(application)
        self.assertEqual(self.event(url), ("EndpointCreated", arn, application))
        self.sns.set_endpoint_attributes(EndpointArn=arn, Attributes={"CustomUserData": "x"})
        self.assertEqual(self.event(url), ("EndpointUpdated", arn, application))
        self.sns.set_endpoint_attributes(EndpointArn=arn, Attributes={"CustomUserData": "x"})
        self.sns.delete_endpoint(EndpointArn=arn)
        self.assertEqual(self.event(url), ("EndpointDeleted", arn, application))

    def event(self, url):
        message, = self.receive_all(url, 1)
        envelope = json.loads(message["Body"])
        event = json.loads(envelope["Message"])
        self.assertEqual(event["Service"], "SNS")
        self.assertTrue(envelope["Subject"].startswith(f"{event['EventType']} event for app "), envelope)
        self.assertTrue(signature_is_good(envelope))
        return event["EventType"], event["EndpointArn"], event["Resource"]

    def test_an_application_that_is_disabled(self):
        application = self.application(Enabled="false")
        arn = self.endpoint(application)
        self.fails("PlatformApplicationDisabled", self.sns.publish, TargetArn=arn, Message="x")
