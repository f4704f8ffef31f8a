#!/usr/bin/python3
"""A mail server for tests, on Debian's aiosmtpd: STARTTLS and a login are required, and nothing is sent on.

    mail.py --key KEY.pem --certificate CERT.pem [--user NAME --password WORD]

Says {"event":"listening","port":PORT}, and for each mail {"event":"mail","from","to","subject","text","headers","secure",
"user"}. Commands: {"to":ADDRESS,"answer":"550 No such user","times":N} refuses a recipient; {"to":ADDRESS,"answer":null}
takes its mail again.
"""
import argparse
import email
import email.policy
import logging
import socket
import ssl
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from commands import say, take_commands


class Box:
    """Takes every mail; called by the server's thread."""

    def __init__(self):
        self.lock = threading.Lock()
        self.refusals = {}

    def command(self, command):
        with self.lock:
            if command["answer"] is None:
                self.refusals.pop(command["to"], None)
            else:
                self.refusals[command["to"]] = [command["answer"], command.get("times", -1)]

    def refusal(self, address):
        with self.lock:
            found = self.refusals.get(address)
            if found is None:
                return None
            found[1] -= 1
            if found[1] == 0:
                del self.refusals[address]
            return found[0]

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = self.refusal(address)
        if refusal:
            say("refused", to=address, answer=refusal)
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        body = message.get_body(("plain",))
        user = session.auth_data.login.decode() if session.auth_data else None
        say("mail", **{"from": envelope.mail_from}, to=envelope.rcpt_tos, subject=message["subject"],
            text=body.get_content() if body else "", headers=dict(message.items()), secure=session.ssl is not None,
            user=user)
        return "250 OK"


class Server(Controller):
    def __init__(self, box, options):
        self.options = options
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.tls.load_cert_chain(options.certificate, options.key)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        super().__init__(box, hostname="127.0.0.1", port=port)

    def authenticate(self, server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == (
            self.options.user, self.options.password)
        return AuthResult(success=good, auth_data=data if good else None)

    def factory(self):
        return SMTP(self.handler, tls_context=self.tls, require_starttls=True, auth_required=bool(self.options.user),
                    authenticator=self.authenticate, enable_SMTPUTF8=True)


def main():
    parser = argparse.ArgumentParser()
    for name in ("key", "certificate"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("user", "password"):
        parser.add_argument(f"--{name}", default="")
    # It warns of a property of its own sessions at each login.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    box = Box()
    server = Server(box, parser.parse_args())
    server.start()
    say("listening", port=server.port)
    take_commands(box.command)
    server.stop()


if __name__ == "__main__":
    main()
