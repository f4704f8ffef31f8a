#!/usr/bin/env python3
"""Lambda's Invoke API for tests: takes events, and refuses what is not signed as it should be (Signature Version 4).

    lambda.py --access-key KEY --secret-key SECRET [--port N] [--functions NAME,NAME]

Says {"event":"listening","port":PORT}, and for each request {"event":"invoked","function","qualifier","type","region",
"payload","answer"}. Commands: {"function":NAME,"status":S,"error":TYPE,"times":N}, {"function":NAME,"stall":true},
{"function":NAME,"clear":true}. Without --functions every function exists.
"""
import argparse
import hashlib
import hmac
import http.server
import json
import re
import threading
import urllib.parse
import uuid

from commands import say, take_commands

PATH = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")
ARN = re.compile(r"arn:aws:lambda:([a-z0-9-]+):(\d{12}):function:([A-Za-z0-9_-]+)")
AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, "
                           r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})")
UNRESERVED = "-_.~"
NEEDED_HEADERS = {"host", "x-amz-date"}


def canonical_query(query):
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    return "&".join(sorted(f"{urllib.parse.quote(name, UNRESERVED)}={urllib.parse.quote(value, UNRESERVED)}"
                           for name, value in pairs))


def signature_fault(request, body, keys):
    """Gives (region, None), or (None, what is wrong)."""
    match = AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if not match:
        return None, "IncompleteSignature"
    key, day, region, service, signed, signature = match.groups()
    date = request.headers.get("x-amz-date", "")
    if key not in keys:
        return None, "UnrecognizedClientException"
    if service != "lambda" or not date.startswith(day) or not NEEDED_HEADERS <= set(signed.split(";")):
        return None, "InvalidSignatureException"
    path, _, query = request.path.partition("?")
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in signed.split(";"))
    canonical = "\n".join((request.command, urllib.parse.quote(path, "/" + UNRESERVED), canonical_query(query), headers,
                           signed, hashlib.sha256(body).hexdigest()))
    scope = f"{day}/{region}/{service}/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    derived = ("AWS4" + keys[key]).encode()
    for part in scope.split("/"):
        derived = hmac.new(derived, part.encode(), hashlib.sha256).digest()
    expected = hmac.new(derived, text.encode(), hashlib.sha256).hexdigest()
    return (region, None) if hmac.compare_digest(expected, signature) else (None, "InvalidSignatureException")


class Functions(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, options):
        super().__init__(("127.0.0.1", options.port), Handler)
        self.keys = {options.access_key: options.secret_key}
        self.known = set(filter(None, options.functions.split(",")))
        self.behaviours = {}
        self.lock = threading.Lock()

    def command(self, command):
        with self.lock:
            if command.get("clear"):
                self.behaviours.pop(command["function"], None)
            else:
                self.behaviours[command["function"]] = command

    def behaviour(self, function):
        with self.lock:
            found = self.behaviours.get(function)
            if found and "times" in found:
                found["times"] -= 1
                if found["times"] <= 0:
                    del self.behaviours[function]
            return found or {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        path, _, query = self.path.partition("?")
        match = PATH.fullmatch(path)
        function = urllib.parse.unquote(match[1]) if match else ""
        arn = ARN.fullmatch(function)
        name = arn[3] if arn else function
        behaviour = self.server.behaviour(name)
        region, fault = signature_fault(self, body, self.server.keys)
        if not match:
            status, error = 404, "UnknownOperationException"
        elif fault:
            status, error = 403, fault
        elif arn and arn[1] != region:
            status, error = 403, "SignatureOfAnotherRegion"
        elif self.server.known and name not in self.server.known:
            status, error = 404, "ResourceNotFoundException"
        else:
            status, error = behaviour.get("status", 202), behaviour.get("error", "")
        say("invoked", function=name, qualifier=urllib.parse.parse_qs(query).get("Qualifier", [""])[0],
            type=self.headers.get("x-amz-invocation-type"), region=region, payload=body.decode(errors="replace"),
            answer="stall" if behaviour.get("stall") else status, error=error)
        if behaviour.get("stall"):
            threading.Event().wait()
        self.answer(status, error)

    def answer(self, status, error):
        body = b"" if status < 300 else json.dumps({"Type": "User", "Message": error}).encode()
        self.send_response(status)
        self.send_header("x-amzn-requestid", str(uuid.uuid4()))
        if error:
            self.send_header("x-amzn-errortype", error)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--access-key", default="test")
    parser.add_argument("--secret-key", default="test")
    parser.add_argument("--functions", default="")
    server = Functions(parser.parse_args())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say("listening", port=server.server_address[1])
    take_commands(server.command)


if __name__ == "__main__":
    main()
