"""Judge network addresses: which hosts this server may be sent to by data it did not write."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlencode, urlsplit

from commentkit.settings import is_loopback

Address = IPv4Address | IPv6Address

MAX_URL_CHARS = 2_000

# IANA IPv4 Special-Purpose Address Registry (RFC 6890), and multicast (RFC 5771).
_SPECIAL_V4 = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Only 2000::/3 is handed out as global unicast (RFC 4291 §2.4), so mapped, NAT64, ULA, link-local
# and multicast fall outside it; inside it these blocks embed IPv4 or are not for the public.
_GLOBAL_V6 = ip_network("2000::/3")
_SPECIAL_V6 = tuple(
    ip_network(block) for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to the public internet and to one host only."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _SPECIAL_V4)
    return address in _GLOBAL_V6 and not any(address in block for block in _SPECIAL_V6)


def literal(host: str) -> Address | None:
    """Read a host as an address, if it is written as one."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def with_query(url: str, fields: Mapping[str, str]) -> str:
    """Add parameters to an address that may have some."""
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(fields)}"


def is_public_name(host: str) -> bool:
    """Tell whether a host could be on the public internet, without asking the network."""
    address = literal(host)
    if address is not None:
        return is_public(address)
    private = (".localhost", ".local", ".internal", ".home.arpa", ".onion")
    # A last label of digits is an address in disguise (WHATWG URL, "ends in a number").
    return "." in host and not host.endswith(private) and not host.rsplit(".", 1)[1].isdigit()


def is_address(value: str) -> bool:
    """Tell whether a service can be there: https on a public host, or this machine in a test."""
    return web_address(value, loopback=True) is not None


def web_address(value: object, *, loopback: bool) -> str | None:
    """Keep an address that a browser may be sent to and our client may fetch; None otherwise.

    https on a public host, without user name, white space or quotes; `loopback` also admits http
    and https on this machine.
    """
    if not isinstance(value, str) or not 0 < len(value) <= MAX_URL_CHARS:
        return None
    if not value.isprintable() or any(char in " \\\"'<>`" for char in value):
        return None
    # The parser that will dial: a second one could read the same address otherwise.
    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url

    try:
        parsed = parse_url(value)
    except LocationParseError:
        return None
    host = (parsed.host or "").rstrip(".")
    if parsed.auth is not None or parsed.scheme not in ("http", "https"):
        return None
    if loopback and is_loopback(host):
        return value
    return value if parsed.scheme == "https" and is_public_name(host) else None
