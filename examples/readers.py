"""A site without Flask whose readers comment as themselves: its server signs who they are.

Beside a comment server whose site `readers` has this one's origin, a key from `flask commentkit
site host-key readers`, and the rule `login_url=http://127.0.0.1:8000/log-in?next={page}`:

COMMENTS_SECRET=… python -m examples.readers --kid KID --server http://127.0.0.1:5000
"""

import argparse
import hmac
import json
import os
import re
import secrets
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from html import escape
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import parse_qs, urlsplit

READERS = {"1": "Anna Bianchi", "2": "Luca Verdi"}
PAGE = Template((Path(__file__).parent / "readers.html").read_text(encoding="utf-8"))
DOOR = Template("""<!doctype html><html lang="en"><meta charset="utf-8"><title>Log in</title>
<form method="post"><input type="hidden" name="next" value="$back">$buttons</form></html>""")
FORM_BYTES = 4_000
PLAIN = re.compile("[!-~]+")


@dataclass(frozen=True)
class Comments:
    """The comment server, and the key by which it believes us."""

    server: str
    site: str
    kid: str
    secret: str

    def signed(self, number: str, name: str) -> str:
        """Say who reads, for the next five minutes and one use."""
        now = int(time.time())
        claims = {"iss": self.site, "aud": self.server, "iat": now, "exp": now + 300}
        claims |= {"jti": secrets.token_urlsafe(16), "sub": number, "name": name}
        header = {"alg": "HS256", "typ": "JWT", "kid": self.kid}
        text = f"{_part(header)}.{_part(claims)}"
        mac = hmac.digest(self.secret.encode(), text.encode(), "sha256")
        return f"{text}.{_base64url(mac)}"


def _part(data: dict[str, Any]) -> str:
    return _base64url(json.dumps(data).encode())


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Site(ThreadingHTTPServer):
    """The site: one page, and a door to it."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        super().__init__((host, port), Answer)
        self.origin = f"http://{host}:{self.server_port}"
        self.comments = Comments("", "", "", "")
        self.readers = Readers()


@dataclass
class Readers:
    """Who is logged in, by the secret of their cookie."""

    held: dict[str, str] = field(default_factory=dict)

    def begin(self, number: str) -> str:
        """Log a reader in."""
        secret = secrets.token_urlsafe(32)
        self.held[secret] = number
        return secret


class Answer(BaseHTTPRequestHandler):
    """One request to the site."""

    server: Site

    def do_GET(self) -> None:
        """Show the page, or the door."""
        asked = urlsplit(self.path)
        if asked.path == "/":
            self._send(self._page())
        elif asked.path == "/log-in":
            self._send(_door(self._back(_first(asked.query, "next"))))
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        """Log in or out, for a form of our own alone."""
        if self.headers.get("Origin") != self.server.origin:
            self.send_error(403)
            return
        size = self.headers.get("Content-Length", "")
        if not size.isdecimal() or int(size) > FORM_BYTES:
            self.send_error(413)
            return
        form = self.rfile.read(int(size)).decode("ascii", "replace")
        number = _first(form, "reader")
        if self.path == "/log-out":
            self.server.readers.held.pop(self._cookie(), None)
            self._lead("/", "")
        elif urlsplit(self.path).path == "/log-in" and number in READERS:
            self._lead(self._back(_first(form, "next")), self.server.readers.begin(number))
        else:
            self.send_error(404)

    def _page(self) -> str:
        number = self.server.readers.held.get(self._cookie(), "")
        name, comments = READERS.get(number, ""), self.server.comments
        # An empty user says that nobody is logged in any more.
        user = comments.signed(number, name) if name else ""
        leave = f'<form method="post" action="/log-out"><button>Log out, {name}</button></form>'
        return PAGE.substitute(
            server=escape(comments.server),
            site=escape(comments.site),
            user=escape(user),
            door=leave if name else '<p><a href="/log-in">Log in</a></p>',
        )

    def _back(self, wanted: str) -> str:
        """Return a page of our own to lead back to: anybody can write a link to our door.

        It becomes a header: a line break in it would begin another one.
        """
        ours = wanted.startswith(f"{self.server.origin}/")
        return wanted if ours and PLAIN.fullmatch(wanted) else "/"

    def _cookie(self) -> str:
        try:
            return SimpleCookie(self.headers.get("Cookie", ""))["reader"].value
        except (CookieError, KeyError):
            return ""

    def _lead(self, address: str, secret: str) -> None:
        self.send_response(303)
        self.send_header("Location", address)
        self.send_header("Set-Cookie", f"reader={secret}; Path=/; HttpOnly; SameSite=Lax")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, html: str) -> None:
        body = html.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "private, no-store")  # it says who reads
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said: object) -> None:
        """Write no log: an example's terminal shows its address."""


def _door(back: str) -> str:
    buttons = (
        f'<button name="reader" value="{number}">{name}</button>'
        for number, name in READERS.items()
    )
    return DOOR.substitute(back=escape(back), buttons="".join(buttons))


def _first(query: str, name: str) -> str:
    return parse_qs(query).get(name, [""])[0]


def main() -> None:
    """Run the site until it is interrupted."""
    words = argparse.ArgumentParser(description="A site that signs who its readers are.")
    words.add_argument("--server", default="http://127.0.0.1:5000", help="COMMENTKIT_PUBLIC_URL")
    words.add_argument("--site", default="readers")
    words.add_argument("--kid", required=True)
    words.add_argument("--port", type=int, default=8000)
    said = words.parse_args()
    with Site(said.port) as site:
        secret = os.environ["COMMENTS_SECRET"]
        site.comments = Comments(said.server, said.site, said.kid, secret)
        print(site.origin)
        site.serve_forever()


if __name__ == "__main__":
    main()
