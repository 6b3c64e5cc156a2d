"""Where e-mail goes: an SMTP server, or a folder."""

import os
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from commentkit.delivery.parcels import NotDelivered, Undeliverable
from commentkit.ids import new_secret

TIMEOUT_SECONDS = 20.0
"""For connecting, and for each answer of the server."""
_PORTS = {"smtp": 25, "smtps": 465}


class Transport(Protocol):
    """Takes a message, or raises `NotDelivered`."""

    def send(self, message: EmailMessage) -> None:
        """Hand the message over; returning means that the other side has it."""


@dataclass(frozen=True)
class Smtp:
    """An SMTP server; one connection a message, since comments come one by one."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: bool = False
    """TLS from the first byte."""
    starttls: bool = False
    """Demand STARTTLS; never go on without it."""
    timeout_seconds: float = TIMEOUT_SECONDS

    def __repr__(self) -> str:
        return f"Smtp({self.host}:{self.port})"  # the password stays out of logs

    def send(self, message: EmailMessage) -> None:
        """Deliver to the server; its refusals of this very message or address are final."""
        try:
            server = self._connect()
            try:
                self._introduce(server)
                server.send_message(message)
                with suppress(OSError, smtplib.SMTPException):
                    server.quit()  # it has the message, whatever becomes of this goodbye
            finally:
                server.close()
        except smtplib.SMTPRecipientsRefused as error:
            raise _refusal(
                "recipient", max(code for code, _ in error.recipients.values())
            ) from None
        except smtplib.SMTPAuthenticationError as error:
            raise NotDelivered(f"login refused {error.smtp_code}") from None
        except smtplib.SMTPSenderRefused as error:
            raise NotDelivered(f"sender refused {error.smtp_code}") from None
        except smtplib.SMTPDataError as error:
            raise _refusal("message", error.smtp_code) from None
        except smtplib.SMTPNotSupportedError:
            raise NotDelivered("the server lacks STARTTLS, AUTH or SMTPUTF8") from None
        except smtplib.SMTPResponseException as error:
            raise NotDelivered(f"server answered {error.smtp_code}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise NotDelivered(f"server not reached: {type(error).__name__}") from None

    def _connect(self) -> smtplib.SMTP:
        if self.tls:
            return smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout_seconds, context=_tls()
            )
        return smtplib.SMTP(self.host, self.port, timeout=self.timeout_seconds)

    def _introduce(self, server: smtplib.SMTP) -> None:
        if self.starttls:
            server.starttls(context=_tls())
        if self.user:
            server.login(self.user, self.password)


@dataclass(frozen=True)
class Folder:
    """A folder of .eml files, for demos and tests."""

    path: Path

    def send(self, message: EmailMessage) -> None:
        """Write the message whole or not at all."""
        self.path.mkdir(parents=True, exist_ok=True)
        name = f"{message['Date'].datetime:%Y%m%d-%H%M%S}-{new_secret()[:8]}"
        unfinished = self.path / f"{name}.part"
        unfinished.write_bytes(message.as_bytes())
        os.replace(unfinished, self.path / f"{name}.eml")


def transport(url: str) -> Transport:
    """Read `smtp://user:password@host:587?starttls=1`, `smtps://…` or `folder:///path`.

    Opens nothing; raises ValueError (without the password) for what cannot work.
    """
    parts = urlsplit(url)
    make: dict[str, Callable[[], Transport]] = {
        "smtp": lambda: _smtp(url),
        "smtps": lambda: _smtp(url),
        "folder": lambda: Folder(Path(unquote(parts.netloc + parts.path))),
    }
    if parts.scheme not in make or not (parts.netloc + parts.path).strip("/"):
        raise ValueError("e-mail needs smtp://host:port, smtps://host:port or folder:///path")
    return make[parts.scheme]()


def _smtp(url: str) -> Smtp:
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    starttls = options.pop("starttls", "0")
    if options or starttls not in ("0", "1") or not parts.hostname:
        raise ValueError("the only option of an smtp:// address is starttls=1")
    return Smtp(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=parts.scheme == "smtps",
        starttls=starttls == "1",
    )


def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _refusal(what: str, code: int) -> NotDelivered:
    """Tell 5xx, which will not change, from 4xx, which may (RFC 5321)."""
    kind = Undeliverable if code >= 500 else NotDelivered
    return kind(f"{what} refused {code}")
