"""A small SNS lookalike: the query protocol, in memory, beside the lookalike of SQS."""

import json
import urllib.parse

from sqs_lookalike import Queues

ENVELOPE_MEMBERS = ("Type", "MessageId", "Message", "Signature")


def envelope(text):
    values = dict.fromkeys(ENVELOPE_MEMBERS, "x") | {"Message": text}
    return "{\n" + ",\n".join(f'  "{name}" : {json.dumps(value)}' for name, value in values.items()) + "\n}"


class Xml(str):
    """A reply that is written as it is."""


class Topics(Queues):
    """What is published goes to one queue, whatever is subscribed."""

    def __init__(self, fault=None, raw=False):
        super().__init__(fault)
        self.queue_url, self.raw = f"http://127.0.0.1:{self.port}/000000000000/bench", raw
        self.topics, self.endpoints, self.policies, self.attributes = [], [], [], []

    def decode(self, headers, raw):
        if "x-amz-target" in headers:
            return super().decode(headers, raw)
        return dict(urllib.parse.parse_qsl(raw.decode(), strict_parsing=True))

    def encode(self, reply):
        return reply.encode() if isinstance(reply, Xml) else super().encode(reply)

    def _publish(self, form, prefix=""):
        text = form[prefix + "Message"]
        self.attributes.append(form.get(prefix + "MessageAttributes.entry.1.Value.StringValue"))
        return self.send(self.queue_url, {"MessageBody": text if self.raw else envelope(text)})["MessageId"]

    async def handle(self, action, form):
        if "QueueUrl" in form:
            return await super().handle(action, form)
        if action == "CreateTopic":
            self.topics.append(form["Name"])
            return Xml(f"<TopicArn>arn:aws:sns:us-east-1:000000000000:{form['Name']}</TopicArn>")
        if action == "Subscribe":
            self.endpoints.append((form["TopicArn"], form["Protocol"], form["Endpoint"]))
            self.policies.append(form.get("Attributes.entry.1.value"))
            return Xml(f"<SubscriptionArn>{form['TopicArn']}:{len(self.endpoints)}</SubscriptionArn>")
        if action == "Publish":
            return Xml(f"<MessageId>{self._publish(form)}</MessageId>")
        assert action == "PublishBatch", action
        prefixes = [name.removesuffix("Id") for name in form if name.startswith("Publish") and name.endswith(".Id")]
        members = [f"<member><Id>{form[prefix + 'Id']}</Id><MessageId>{self._publish(form, prefix)}</MessageId></member>"
                   for prefix in prefixes]
        return Xml(f"<Failed/><Successful>{''.join(members)}</Successful>")
