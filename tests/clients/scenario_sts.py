"""STS: who calls."""
import base


class CallerIdentity(base.Case):
    def test_a_user_and_an_account(self):
        who = base.client(service="sts", key="AKIDALICE").get_caller_identity()
        self.assertEqual((who["Account"], who["Arn"], who["UserId"]),
                         ("000000000000", "arn:aws:iam::000000000000:user/AKIDALICE", "AKIDALICE"))
        who = base.client(service="sts", key="123456789012").get_caller_identity()
        self.assertEqual((who["Account"], who["Arn"]), ("123456789012", "arn:aws:iam::123456789012:root"))

    def test_it_gives_no_credentials(self):
        sts = base.client(service="sts")
        self.fails("AccessDenied", sts.assume_role, RoleArn="arn:aws:iam::000000000000:role/r", RoleSessionName="s")
        self.fails("AccessDenied", sts.get_session_token)
