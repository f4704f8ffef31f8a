"""SQS for tests that know what was answered and what was not."""
from support.json_client import JsonClient


class Sqs(JsonClient):
    TARGET, CONTENT_TYPE = "AmazonSQS", "application/x-amz-json-1.0"
