"""Text messages: settings, the sandbox, opt-outs. What is sent stands in scenario_sns_outside.py."""
from topics import TopicScenario


class Settings(TopicScenario):
    def test_attributes(self):
        self.assertEqual(self.sns.get_sms_attributes(attributes=["MonthlySpendLimit"])["attributes"],
                         {"MonthlySpendLimit": "1"})
        wanted = {"DefaultSenderID": "Shop", "DefaultSMSType": "Transactional", "DeliveryStatusSuccessSamplingRate": "50",
                  "DeliveryStatusIAMRole": "arn:aws:iam::000000000000:role/sms", "UsageReportS3Bucket": "reports"}
        self.sns.set_sms_attributes(attributes=wanted)
        self.assertEqual(self.sns.get_sms_attributes()["attributes"], {**wanted, "MonthlySpendLimit": "1"})
        self.assertEqual(self.sns.get_sms_attributes(attributes=["DefaultSenderID"])["attributes"],
                         {"DefaultSenderID": "Shop"})
        self.sns.set_sms_attributes(attributes={"DefaultSenderID": "", "DefaultSMSType": "Promotional"})
        found = self.sns.get_sms_attributes()["attributes"]
        self.assertNotIn("DefaultSenderID", found)
        self.assertEqual(found["DefaultSMSType"], "Promotional")

    def test_attributes_that_are_wrong(self):
        for name, value in (("Other", "x"), ("DefaultSMSType", "Other"), ("DefaultSenderID", "123"),
                            ("DefaultSenderID", "much too long"), ("MonthlySpendLimit", "-1"), ("MonthlySpendLimit", "x"),
                            ("DeliveryStatusSuccessSamplingRate", "101"), ("DeliveryStatusIAMRole", "x")):
            with self.subTest(name=name, value=value):
                self.fails("InvalidParameter", self.sns.set_sms_attributes, attributes={name: value})

    def test_nobody_has_opted_out(self):
        self.assertEqual(self.sns.list_phone_numbers_opted_out()["phoneNumbers"], [])
        self.assertIs(self.sns.check_if_phone_number_is_opted_out(phoneNumber="+41791234567")["isOptedOut"], False)
        self.sns.opt_in_phone_number(phoneNumber="+41791234567")
        for call in (self.sns.check_if_phone_number_is_opted_out, self.sns.opt_in_phone_number):
            error = self.fails("InvalidParameter", call, phoneNumber="41 79")
            self.assertEqual(error["Error"]["Message"], "Invalid parameter: PhoneNumber Reason: input incorrectly formatted")
        self.fails("InvalidParameter", self.sns.list_phone_numbers_opted_out, nextToken="garbage")

    def test_there_are_no_origination_numbers(self):
        self.assertEqual(self.sns.list_origination_numbers()["PhoneNumbers"], [])
        self.fails("ValidationError", self.sns.list_origination_numbers, MaxResults=31)

    def test_numbers_that_are_wrong(self):
        for number in ("abc", "+0abc", "1", ""):
            with self.subTest(number):
                self.fails("InvalidParameter", self.sns.publish, PhoneNumber=number, Message="x")


class Sandbox(TopicScenario):
    def test_an_account_is_in_the_sandbox(self):
        self.assertIs(self.sns.get_sms_sandbox_account_status()["IsInSandbox"], True)

    def test_numbers(self):
        sns = self.client("sns", key="333333333333")
        for i in range(3):
            sns.create_sms_sandbox_phone_number(PhoneNumber=f"+4179000000{i}", LanguageCode="de-DE")
        sns.create_sms_sandbox_phone_number(PhoneNumber="+41790000000")
        numbers = [{"PhoneNumber": f"+4179000000{i}", "Status": "Pending"} for i in range(3)]
        self.assertEqual(sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"], numbers)
        page = sns.list_sms_sandbox_phone_numbers(MaxResults=2)
        rest = sns.list_sms_sandbox_phone_numbers(MaxResults=2, NextToken=page["NextToken"])
        self.assertEqual((page["PhoneNumbers"] + rest["PhoneNumbers"], "NextToken" in rest), (numbers, False))
        self.assertEqual(self.client("sns", key="444444444444").list_sms_sandbox_phone_numbers()["PhoneNumbers"], [])
        for code in ("000000", "12345678"):
            self.fails("VerificationException", sns.verify_sms_sandbox_phone_number, PhoneNumber="+41790000000",
                       OneTimePassword=code)
        # Deleting is allowed a day after.
        self.fails("UserError", sns.delete_sms_sandbox_phone_number, PhoneNumber="+41790000000")
        self.fails("ResourceNotFound", sns.delete_sms_sandbox_phone_number, PhoneNumber="+41790009999")
        self.fails("ResourceNotFound", sns.verify_sms_sandbox_phone_number, PhoneNumber="+41790009999",
                   OneTimePassword="123456")
        self.fails("InvalidParameter", sns.create_sms_sandbox_phone_number, PhoneNumber="41 79")
        self.fails("ValidationError", sns.create_sms_sandbox_phone_number, PhoneNumber="+41790000000", LanguageCode="xx")
        for i in range(3, 10):
            sns.create_sms_sandbox_phone_number(PhoneNumber=f"+4179000000{i}")
        self.fails("UserError", sns.create_sms_sandbox_phone_number, PhoneNumber="+41790000010")


class RelaxedSandbox(TopicScenario):
    flags = ("--limits", "relaxed")

    def test_relaxed_limits_know_no_sandbox(self):
        self.assertIs(self.sns.get_sms_sandbox_account_status()["IsInSandbox"], False)
