"""A small SQS client over http.client: no SDK, no retries, so that a test knows what was answered and what was not."""
import http.client
import json


class Refused(Exception):
    """The server answered with an error."""


class Sqs:
    """One keep-alive connection; not shared between threads. Raises OSError or HTTPException when there is no answer."""

    def __init__(self, server, timeout=30):
        self.server, self.timeout, self.connection = server, timeout, None

    def call(self, operation, **members):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=self.timeout)
        try:
            self.connection.request("POST", "/", json.dumps(members).encode(), {
                "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{operation}"})
            response = self.connection.getresponse()
            body = response.read()
        except Exception:
            self.close()
            raise
        if response.status != 200:
            raise Refused(f"{operation}: {response.status} {body.decode(errors='replace')}")
        return json.loads(body) if body else {}

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None
