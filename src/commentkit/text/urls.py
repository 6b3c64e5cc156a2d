"""Which addresses may become links: a positive rule, never a list of what is bad."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

from mdurl import encode

MAX_URL_CHARS: Final = 2_000

_LABEL = r"[a-z0-9_][a-z0-9_-]{0,62}"
_HOST = rf"(?:(?:{_LABEL}\.)*{_LABEL}\.?|\[[0-9a-f:.]+\])"
# Printable ASCII without what ends an attribute, starts a tag or acts as "/": " ' < > ` \
_TAIL = r"[!#-&(-;=?-\[\]^_a-~]*"
_LINK = re.compile(
    rf"(?:https?://(?P<host>{_HOST})(?::[0-9]{{1,5}})?(?:[/?#]{_TAIL})?"
    rf"|mailto:[A-Za-z0-9]{_TAIL})"
)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:@%\\]+)(?::(?P<port>[0-9]{1,5}))?")
# A host that ends in a number is an IPv4 address or, to browsers, nothing at all.
_NUMERIC_END = re.compile(r"(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?$")
_HOST_ENDS = re.compile(r"[/?#\\]")
# "example.org:8080/x" names a port, "mailto:someone" a scheme.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?![0-9]{1,5}(?:[/?#]|$))")
_NEVER_IN_URL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff\\<>\"]")


def is_link(url: str) -> bool:
    """Tell whether a normalised address may stand in an `href`: http, https or mailto, absolute."""
    return len(url) <= MAX_URL_CHARS and _LINK.fullmatch(url) is not None


def normalised_link(url: str) -> str:
    """Spell an address the one way `is_link` accepts, or "" for one that cannot be.

    Host in lower-case punycode; `'`, backtick and everything beyond ASCII percent-encoded.
    """
    if len(url) > MAX_URL_CHARS:  # before encoding, which would be paid for every later start
        return ""
    scheme, _, rest = url.partition(":")
    if scheme.lower() == "mailto":
        return "mailto:" + _encoded(rest)
    if scheme.lower() in ("http", "https") and rest.startswith("//"):
        return _web_link(scheme.lower(), rest[2:])
    return ""


def http_url(value: str) -> str | None:
    """Give a person's web address in normal form, or None if it is not one.

    At most 2,000 characters, http or https, no user name or password; `example.org` gets `https://`.
    """
    value = value.strip()
    if len(value) > MAX_URL_CHARS or _NEVER_IN_URL.search(value):
        return None
    url = normalised_link(value if _SCHEME.match(value) else _with_scheme(value))
    return _with_path(url) if url.startswith("http") and is_link(_with_path(url)) else None


def display_host(url: str) -> str:
    """Give the host to show for a web address, in punycode; "" for anything else."""
    return host_of(http_url(url) or "")


def host_of(link: str) -> str:
    """Give the host a normalised link leads to (of mailto: its first address), or ""."""
    if link.startswith("mailto:"):
        address = link.removeprefix("mailto:").partition("?")[0].partition(",")[0]
        return address.rpartition("@")[2].lower() if "@" in address else ""
    found = _LINK.fullmatch(link)
    return (found["host"] or "") if found else ""


def _web_link(scheme: str, rest: str) -> str:
    ends = _HOST_ENDS.search(rest)
    authority, tail = (rest[: ends.start()], rest[ends.start() :]) if ends else (rest, "")
    ascii_form = _ascii_authority(authority)
    # Browsers read a backslash as "/", others do not: such an address has two meanings.
    if ascii_form is None or "\\" in tail:
        return ""
    return f"{scheme}://{ascii_form}{_encoded(tail)}"


def _ascii_authority(authority: str) -> str | None:
    found = _AUTHORITY.fullmatch(authority) if len(authority) <= 260 else None
    if found is None or int(found["port"] or 0) > 65_535:
        return None
    host = _ascii_host(found["host"])
    return host and (f"{host}:{found['port']}" if found["port"] else host)


def _ascii_host(host: str) -> str | None:
    """Spell a host as browsers will, or give None where they would refuse it."""
    try:
        if host.startswith("["):
            return f"[{IPv6Address(host[1:-1])}]"
        if _NUMERIC_END.search(host):
            return str(IPv4Address(host))
        if host.isascii() and "xn--" not in host.lower():
            return host.lower()
        return _punycode(host)
    except (AddressValueError, UnicodeError):
        return None


def _punycode(host: str) -> str:
    """Spell a host in ASCII; its tables are only read for hosts that are not."""
    import idna

    return idna.encode(host, uts46=True).decode()


def _encoded(text: str) -> str:
    # `encode` leaves the apostrophe alone, and a link to L'Aquila would not pass the rule.
    return encode(text).replace("'", "%27")


def _with_scheme(value: str) -> str:
    host = _HOST_ENDS.split(value, maxsplit=1)[0]
    # One bare word ("none", "n/a") is not an address.
    return f"https://{value}" if "." in host.strip(".") else ""


def _with_path(url: str) -> str:
    scheme, _, rest = url.partition("://")
    ends = _HOST_ENDS.search(rest)
    if ends is None:
        return f"{url}/"
    if rest[ends.start()] == "/":
        return url
    return f"{scheme}://{rest[: ends.start()]}/{rest[ends.start() :]}"
