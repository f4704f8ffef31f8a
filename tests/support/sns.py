"""SNS for tests that know what was answered and what was not: the query protocol, over one connection."""
import re
import urllib.parse

from support.json_client import JsonClient


class Sns(JsonClient):
    CONTENT_TYPE = "application/x-www-form-urlencoded"

    def headers(self, _operation):
        return {"Content-Type": self.CONTENT_TYPE}

    def encode(self, operation, members):
        return urllib.parse.urlencode({"Action": operation, "Version": "2010-03-31", **members}).encode()

    def decode(self, body):
        return body.decode()

    def create_topic(self, name, **attributes):
        entries = {}
        for number, (key, value) in enumerate(attributes.items(), 1):
            entries |= {f"Attributes.entry.{number}.key": key, f"Attributes.entry.{number}.value": value}
        return re.search("<TopicArn>(.*)</TopicArn>", self.call("CreateTopic", Name=name, **entries))[1]
