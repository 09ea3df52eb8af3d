"""A mail server (aiosmtpd) and a web server on loopback, which write what they take into a folder, one file each.

usage: receivers.py FOLDER [CERTIFICATE KEY]

With a certificate, the mail server wants STARTTLS and the account "feeds" with the password "open sesame". Prints the ports
of both servers on one line once they listen. While the file FOLDER/refuse exists, nothing is taken.
"""

import http.server
import os
import ssl
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

folder = sys.argv[1]
lock = threading.Lock()
taken = 0


def keep(suffix, content):
    global taken
    with lock:
        taken += 1
        name = os.path.join(folder, f"{taken:06}.{suffix}")
    with open(name + ".part", "wb") as file:
        file.write(content)
    os.rename(name + ".part", name)


def refuses():
    return os.path.exists(os.path.join(folder, "refuse"))


class Mail:
    async def handle_DATA(self, server, session, envelope):
        if refuses():
            return "451 try again later"
        to = ", ".join(envelope.rcpt_tos)
        keep("eml", f"X-Envelope-To: {to}\r\n".encode() + envelope.content)
        return "250 taken"


class Web(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "/hook")
            self.end_headers()
            return
        if refuses():
            self.send_response(503)
            self.end_headers()
            return
        head = "".join(f"{name}: {value}\n" for name, value in self.headers.items())
        keep("post", (head + "\n").encode() + body)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


def signed_in(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"feeds", b"open sesame"))


options = {}
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    options = dict(tls_context=context, require_starttls=True, authenticator=signed_in, auth_required=True)


class AnyPort(Controller):
    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


mail = AnyPort(Mail(), hostname="127.0.0.1", port=0, **options)
mail.start()
web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
print(mail.port, web.server_address[1], flush=True)
# The other end of standard input is the test: when it ends, so do the servers.
threading.Thread(target=web.serve_forever, daemon=True).start()
sys.stdin.read()
mail.stop()
