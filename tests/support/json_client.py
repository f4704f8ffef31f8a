"""A small client of a service over http.client: no SDK, no retries, so a test knows what was answered and what was not."""
import http.client
import json

# What a call raises when there was no answer.
NO_ANSWER = (OSError, http.client.HTTPException)


class Refused(Exception):
    """The server answered with an error."""

    def __init__(self, operation, status, body):
        super().__init__(f"{operation}: {status} {body.decode(errors='replace')}")
        self.kind = json.loads(body).get("__type", "").split("#")[-1] if body.startswith(b"{") else ""


class JsonClient:
    """One keep-alive connection; not shared between threads. Raises one of NO_ANSWER when there is no answer."""

    TARGET = CONTENT_TYPE = ""  # of the service

    def __init__(self, server, timeout=30):
        self.server, self.timeout, self.connection = server, timeout, None

    def call(self, operation, **members):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=self.timeout)
        try:
            self.connection.request("POST", "/", self.encode(operation, members), self.headers(operation))
            response = self.connection.getresponse()
            body = response.read()
        except Exception:
            self.close()
            raise
        if response.status != 200:
            raise Refused(operation, response.status, body)
        return self.decode(body)

    # JSON; the query protocol has others.
    def headers(self, operation):
        return {"Content-Type": self.CONTENT_TYPE, "X-Amz-Target": f"{self.TARGET}.{operation}"}

    def encode(self, _operation, members):
        return json.dumps(members).encode()

    def decode(self, body):
        return json.loads(body) if body else {}

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None
