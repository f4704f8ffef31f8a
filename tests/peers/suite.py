"""What sends to other servers, against servers that speak like the real ones: ends with "N passed, N failed".

    suite.py PEERS_DRIVER [NAME...]
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import traceback

from peer import Peer

DEVICE = "0123456789abcdef" * 4
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:orders"


def openssl(*words):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, text=True).stdout


class Keys:
    """Credentials of platform applications, made anew."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.apns = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        (self.folder / "apns.pem").write_text(self.apns)
        self.apns_public = self.folder / "apns.pub"
        self.apns_public.write_text(openssl("pkey", "-in", str(self.folder / "apns.pem"), "-pubout"))
        self.account = {
            "type": "service_account", "project_id": "my-app", "private_key_id": "k1",
            "private_key": openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
            "client_email": "push@my-app.iam.gserviceaccount.com", "token_uri": "https://oauth2.googleapis.com/token"}
        self.account_file = self.folder / "account.json"
        self.account_file.write_text(json.dumps(self.account))


class Driver(Peer):
    def __init__(self, program, **keys):
        super().__init__(program, *(f"{name}={value}" for name, value in keys.items()))
        self.last_id = 0

    def start(self, send, **fields):
        self.last_id += 1
        self.process.stdin.write(json.dumps({"id": str(self.last_id), "send": send, **fields}) + "\n")
        self.process.stdin.flush()
        return str(self.last_id)

    def end(self, ident):
        return self.wait("outcome", id=ident)

    def send(self, send, kind, **fields):
        """Sends, waits, and gives the outcome, which is of this kind."""
        outcome = self.end(self.start(send, **fields))
        assert outcome["kind"] == kind, outcome
        return outcome


def check_lambda(program, folder):
    secret = folder / "secret"
    secret.write_text("s3cret/key+\n")
    with Peer("lambda.py", "--access-key", "AK", "--secret-key", "s3cret/key+", "--functions", "orders") as peer, \
            Driver(program, lambda_url=f"http://127.0.0.1:{peer.ready['port']}", lambda_access_key="AK",
                   lambda_secret_key_file=secret) as driver:
        outcome = driver.send("lambda", "delivered", arn=ARN, event='{"Records":[1]}')
        assert outcome["status"] == 202 and outcome["message_id"], outcome
        seen = peer.wait("invoked")
        assert seen["payload"] == '{"Records":[1]}' and seen["type"] == "Event" and seen["region"] == "eu-west-1", seen
        driver.send("lambda", "delivered", arn=ARN + ":live", event="{}")
        assert peer.wait("invoked")["qualifier"] == "live"
        outcome = driver.send("lambda", "refused", arn=ARN + "2", event="{}")
        assert "ResourceNotFoundException" in outcome["detail"], outcome
        peer.command(function="orders", status=429, error="TooManyRequestsException", times=1)
        driver.send("lambda", "retry", arn=ARN, event="{}")
        peer.command(function="orders", status=500, error="ServiceException", times=1)
        driver.send("lambda", "retry", arn=ARN, event="{}")
        driver.send("lambda", "delivered", arn=ARN, event="{}")
    secret.write_text("wrong")
    with Peer("lambda.py", "--access-key", "AK", "--secret-key", "s3cret/key+") as peer, \
            Driver(program, lambda_url=f"http://127.0.0.1:{peer.ready['port']}", lambda_access_key="AK",
                   lambda_secret_key_file=secret) as driver:
        outcome = driver.send("lambda", "refused", arn=ARN, event="{}")
        assert "InvalidSignatureException" in outcome["detail"], outcome
    with Driver(program, lambda_url="http://127.0.0.1:1") as driver:
        driver.send("lambda", "retry", arn=ARN, event="{}")


def push_peer(keys, *tls):
    return Peer("apns_fcm.mjs", "--apns-key", keys.apns_public, "--service-account", keys.account_file, "--adm-id", "client",
                "--adm-secret", "s&cret", *tls)


def check_apns(program, folder):
    keys = Keys(folder)
    application = {"application": "apns", "platform": "APNS", "credential": keys.apns, "principal": "KEYID", "team": "TEAM",
                   "bundle": "org.app", "token": DEVICE, "payload": '{"aps":{"alert":"hi"}}'}
    with push_peer(keys) as peer, Driver(program, apns_url=f"http://127.0.0.1:{peer.ready['apns']}") as driver:
        outcome = driver.send("push", "delivered", **application, attributes={
            "AWS.SNS.MOBILE.APNS.TTL": "600", "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": "game"})
        assert outcome["message_id"], outcome
        seen = peer.wait("push")
        assert seen["headers"]["apns-topic"] == "org.app" and seen["headers"]["apns-collapse-id"] == "game", seen
        silent = driver.send("push", "delivered", **{**application, "payload": '{"aps":{"content-available":1}}'})
        assert silent["status"] == 200, silent
        for answer, kind in (("unregistered", "token_dead"), ("bad-token", "token_dead"), ("throttle", "retry"),
                             ("error", "retry"), ("expired-login", "retry")):
            peer.command(device=DEVICE, answer=answer, times=1)
            driver.send("push", kind, **application)
        started = [driver.start("push", **application) for _ in range(100)]
        assert {driver.end(ident)["kind"] for ident in started} == {"delivered"}
        logins = {one["headers"]["authorization"] for one in peer.take() if one["event"] == "push"}
        assert len(logins) == 1, "one login whichever core sends"
        driver.send("push", "refused", **{**application, "payload": "no JSON"})
        driver.send("push", "refused", **{**application, "payload": json.dumps({"aps": {"alert": "x" * 5000}})})
        driver.send("push", "token_dead", **{**application, "token": "short"})
        other = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        outcome = driver.send("push", "refused", **{**application, "application": "other", "credential": other})
        assert outcome["detail"] == "InvalidProviderToken", outcome


def check_apns_with_tls(program, folder):
    keys = Keys(folder)
    with Peer("https_sink.mjs", "--folder", folder) as authority:
        with push_peer(keys, "--tls-key", folder / "server.key", "--tls-certificate", folder / "server.pem") as peer:
            push = {"application": "a", "platform": "APNS_SANDBOX", "credential": keys.apns, "principal": "K", "team": "T",
                    "bundle": "b", "token": DEVICE, "payload": '{"aps":{"alert":"hi"}}'}
            url = f"https://localhost:{peer.ready['apns']}"
            with Driver(program, apns_sandbox_url=url, ca_file=authority.ready["ca"]) as driver:
                driver.send("push", "delivered", **push)
            with Driver(program, apns_sandbox_url=url) as driver:
                driver.send("push", "retry", **push)


def check_apns_with_certificate(program, folder):
    keys = Keys(folder)
    for name, bundle in (("client", "org.app"), ("other", "org.other")):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(folder / f"{name}.key"), "-out",
                str(folder / f"{name}.pem"), "-days", "2", "-subj", f"/UID={bundle}/CN=Apple Push Services: {bundle}")
    with Peer("https_sink.mjs", "--folder", folder) as authority:
        with push_peer(keys, "--tls-key", folder / "server.key", "--tls-certificate", folder / "server.pem",
                       "--client-authority", folder / "client.pem") as peer, \
                Driver(program, apns_url=f"https://localhost:{peer.ready['apns']}", ca_file=authority.ready["ca"]) as driver:
            def push(name, kind):
                return driver.send("push", kind, application=name, platform="APNS", token=DEVICE,
                                   payload='{"aps":{"alert":"hi"}}', principal=(folder / f"{name}.pem").read_text(),
                                   credential=(folder / f"{name}.key").read_text())
            push("client", "delivered")
            assert peer.wait("push")["certificate"] == "org.app"
            # Connections are not shared between those who show different certificates.
            assert push("other", "refused")["detail"] == "MissingProviderToken"
            push("client", "delivered")


def check_fcm(program, folder):
    keys = Keys(folder)
    application = {"application": "fcm", "platform": "GCM", "credential": json.dumps(keys.account), "token": "device-1",
                   "payload": '{"notification":{"title":"T"},"data":{"n":1},"time_to_live":60}'}
    with push_peer(keys) as peer:
        url = f"http://127.0.0.1:{peer.ready['http']}"
        with Driver(program, fcm_url=url, fcm_token_url=url + "/token") as driver:
            started = [driver.start("push", **application) for _ in range(20)]
            outcomes = [driver.end(ident) for ident in started]
            assert {one["kind"] for one in outcomes} == {"delivered"}, outcomes
            assert len({one["message_id"] for one in outcomes}) == 20, outcomes
            assert sum(one["event"] == "token" for one in peer.take()) == 1, "one token for all"
            seen = peer.wait("push")
            assert json.loads(seen["payload"])["message"] == {
                "token": "device-1", "notification": {"title": "T"}, "data": {"n": "1"}, "android": {"ttl": "60s"}}, seen
            for answer, kind in (("unregistered", "token_dead"), ("bad-token", "token_dead"), ("throttle", "retry"),
                                 ("error", "retry")):
                peer.command(device="device-1", answer=answer, times=1)
                driver.send("push", kind, **application)
            v1 = '{"fcmV1Message":{"message":{"notification":{"title":"v1"}}}}'
            driver.send("push", "delivered", **{**application, "payload": v1})
            bad = '{"fcmV1Message":{"message":{"nonsense":1}}}'
            driver.send("push", "refused", **{**application, "payload": bad})
            peer.command(forget=True)
            driver.send("push", "retry", **application)
            driver.send("push", "delivered", **application)
            peer.command(issuer="refuse", times=1)
            driver.send("push", "refused", **{**application, "application": "another"})


def check_adm(program, folder):
    keys = Keys(folder)
    application = {"application": "adm", "platform": "ADM", "credential": "s&cret", "principal": "client",
                   "token": "amzn1.adm/1", "payload": '{"data":{"a":"1"}}'}
    with push_peer(keys) as peer:
        url = f"http://127.0.0.1:{peer.ready['http']}"
        with Driver(program, adm_url=url, adm_token_url=url + "/auth/O2/token") as driver:
            outcome = driver.send("push", "delivered", **application, attributes={"AWS.SNS.MOBILE.ADM.TTL": "60"})
            assert outcome["message_id"], outcome
            assert json.loads(peer.wait("push", token="amzn1.adm/1")["payload"])["expiresAfter"] == 60
            for answer, kind in (("unregistered", "token_dead"), ("bad-token", "token_dead"), ("throttle", "retry"),
                                 ("error", "retry")):
                peer.command(device="amzn1.adm/1", answer=answer, times=1)
                driver.send("push", kind, **application)
            driver.send("push", "refused", **{**application, "payload": '{"data":{"a":1}}'})
            driver.send("push", "refused", **{**application, "application": "other", "credential": "wrong"})


def check_smpp(program, folder):
    password = folder / "password"
    password.write_text("pass1234\n")
    message = {"phone": "+41791234567", "text": "Grüße, 5 € [ok]", "sender": "Shop"}
    with Peer("smsc.mjs", "--system-id", "me", "--password", "pass1234") as smsc, \
            Driver(program, smpp_address=f"localhost:{smsc.ready['port']}", smpp_system_id="me",
                   smpp_password_file=password) as driver:
        outcome = driver.send("sms", "delivered", **message)
        assert smsc.wait("bound")["version"] == 0x34
        seen = smsc.wait("submitted")
        assert seen["text"] == message["text"] and seen["phone"] == "41791234567" and seen["sender"] == "Shop", seen
        assert seen["ids"] == [outcome["message_id"]] and seen["sender_ton"] == 5, seen
        assert smsc.wait("receipt-taken", id=outcome["message_id"])["status"] == 0
        for text, parts in (("a" * 160, 1), ("long €" * 60, 3), ("日本語😀" * 41, 4)):
            driver.send("sms", "delivered", **{**message, "text": text})
            seen = smsc.wait("submitted")
            assert seen["parts"] == parts and seen["text"] == text, (parts, seen)
        smsc.command(status=0x0B, times=1)
        driver.send("sms", "refused", **message)
        smsc.command(status=0x58, times=1)
        driver.send("sms", "retry", **message)
        started = [driver.start("sms", **message) for _ in range(200)]
        assert {driver.end(ident)["kind"] for ident in started} == {"delivered"}
        smsc.command(enquire=True)
        smsc.wait("alive")
        smsc.command(message={"phone": "41790000000", "text": "STOP"})
        assert smsc.wait("message-taken")["status"] == 0
        smsc.command(stall=True)
        waiting = driver.start("sms", **message)
        smsc.command(drop=True)
        smsc.wait("ended")
        assert driver.end(waiting)["kind"] == "retry"
        smsc.command(stall=False)
        driver.send("sms", "delivered", **message)
        smsc.wait("bound")
        smsc.command(unbind=True)
        smsc.wait("ended")
        driver.send("sms", "delivered", **message)


def check_sms_http(program, folder):
    with Peer("https_sink.mjs", "--folder", folder) as sink, \
            Driver(program, sms_url=f"https://localhost:{sink.ready['https']}/send?to={{phone}}", ca_file=sink.ready["ca"],
                   sms_headers="Authorization: Bearer key", sms_body='{"text":"{text}","from":"{sender}"}') as driver:
        driver.send("sms", "delivered", phone="+4179", text='say "ä"\n', sender="Shop")
        seen = sink.wait("request")
        assert seen["path"] == "/send?to=%2B4179" and json.loads(seen["body"]) == {"text": 'say "ä"\n', "from": "Shop"}, seen
        assert seen["secure"] and "Bearer key" in seen["headers"], seen
        for answer, kind in (({"status": 400}, "refused"), ({"status": 503}, "retry"), ({"close": True}, "retry"),
                             ({"status": 302, "headers": {"location": "/other"}}, "refused")):
            sink.command(path="*", **answer)
            driver.send("sms", kind, phone="+4179", text="x", sender="")
        sink.command(path="*", clear=True)
        assert all(one["path"] != "/other" for one in sink.take() if one["event"] == "request"), "redirects are not followed"
        sink.command(listen=False)
        driver.send("sms", "retry", phone="+4179", text="x", sender="")
        sink.command(listen=True)
        driver.send("sms", "delivered", phone="+4179", text="x", sender="")


CHECKS = {name.removeprefix("check_"): check for name, check in list(globals().items()) if name.startswith("check_")}


def main(program, *names):
    failed = 0
    for name in names or CHECKS:
        with tempfile.TemporaryDirectory(prefix="millrace-peers-") as folder:
            try:
                CHECKS[name](program, pathlib.Path(folder))
                print(f"ok      {name}")
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"FAILED  {name}\n{traceback.format_exc()}")
    print(f"{len(names or CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
