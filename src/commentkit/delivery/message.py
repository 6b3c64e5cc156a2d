"""One e-mail as RFC 5322 writes it: plain text first, the same as HTML beside it."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any

_MAX_SUBJECT = 150
_SPEC = r"[^\s@<>()\[\],;:\"\\\x00-\x1f]+@[^\s@<>()\[\],;:\"\\\x00-\x1f]+"
_ADDRESS = re.compile(
    rf'(?P<bare>{_SPEC})|(?P<name>"[^"\\\x00-\x1f]*"|[^<>@,;:"\\\x00-\x1f]*)<(?P<inner>{_SPEC})>'
)
"""A positive list: what it leaves out is legal somewhere, and used by nobody but attackers."""
_WHOLE = frozenset({"List-Unsubscribe", "Message-ID", "In-Reply-To", "References"})
"""Headers of one long word, which the library would otherwise spell in encoded pieces."""


class _Policy(EmailPolicy):
    def fold(self, name: str, value: Any) -> str:
        """Fold as the library does, except for what must stay whole."""
        whole = f"{name}: {value}{self.linesep}"
        return whole if name in _WHOLE else super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Do the same for the wire."""
        return self.fold(name, value).encode("utf-8", "surrogateescape")


_POLICY = _Policy(linesep="\r\n", cte_type="7bit")
"""Every server takes it: what is not ASCII goes out as quoted-printable or base64."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What is said to whom."""

    to: str
    subject: str
    text: str
    html: str | None
    message_id: str
    """The part before @: stable, so that a letter delivered twice is one for the reader."""
    thread_id: str | None = None
    """The same for every letter of a discussion, which mail programs then show as one."""
    unsubscribe_url: str | None = None


def compose(letter: Letter, *, sender: str, host: str, now: datetime) -> EmailMessage:
    """Make the message; `host` is ours, for the ids. No value can start another header."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = address(sender)
    message["To"] = address(letter.to)
    message["Subject"] = _line(letter.subject)[:_MAX_SUBJECT]
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.message_id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies, please
    if letter.thread_id is not None:
        message["In-Reply-To"] = message["References"] = f"<{letter.thread_id}@{host}>"
    if letter.unsubscribe_url is not None:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        if letter.unsubscribe_url.startswith("https:"):  # RFC 8058 knows no other
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    if letter.html is not None:
        message.add_alternative(letter.html, subtype="html")
    return message


def address(value: str) -> Address:
    """Read `user@host` or `Name <user@host>`; raises ValueError for anything else."""
    found = _ADDRESS.fullmatch(value.strip())
    if found is None:
        raise ValueError("not exactly one e-mail address")
    name = (found["name"] or "").strip().strip('"')
    user, host = (found["bare"] or found["inner"]).rsplit("@", 1)
    return Address(display_name=name, username=user, domain=host)


def _line(value: str) -> str:
    """Make one line of it: no control character reaches a header, no encoded word is decoded."""
    visible = "".join(c if c.isprintable() else " " for c in value)
    return " ".join(visible.split()).replace("=?", "=\u2060?")
