"""Read what people type for a server of their own choice; decide before anything is asked.

Whatever comes out is https on the usual port of a public name in its one spelling; what the name
leads to is looked at when it is dialled. `loopback` also admits this machine, with a port.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from commentkit.settings import is_loopback
from commentkit.signin.addresses import is_public_name
from commentkit.signin.provider import ProviderError

MAX_TYPED_CHARS = 300
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label begins with a letter: neither 1.2.3.4 nor 0x7f.1 is a name.
_NAME = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])")
_MAX_NAME_CHARS = 253
_SCHEME = re.compile(r"(https?)://", re.IGNORECASE)
_AUTHORITY = re.compile(r"[^/?#]*")
_DID = re.compile(r"did:(plc:[a-z2-7]{24}|web:[a-z0-9.-]+)")
_PATH_SAFE = "/?!$&'()*+,;=:@-._~%"


def origin_of(typed: str, *, loopback: bool) -> str:
    """Return the server that a name, an address on it or `@anna@name` means; raise ProviderError.

    >>> origin_of("@anna@Mastodon.social", loopback=False)
    'https://mastodon.social'
    """
    text = _clean(typed)
    scheme, rest = _split(text)
    if not scheme and "@" in rest:
        rest = _server_of_handle(rest)
    authority, _, _ = _parted(rest)
    return _origin(authority, loopback=loopback)


def account_in(typed: str) -> str | None:
    """Return the account that was typed as a handle, for what `origin_of` takes.

    >>> account_in("@anna@mastodon.social")
    'anna@mastodon.social'
    """
    scheme, rest = _split(_clean(typed))
    return rest.removeprefix("@") if not scheme and "@" in rest.partition("/")[0] else None


def address_of(typed: str, *, loopback: bool) -> str:
    """Return the web address that was typed, as IndieAuth spells it; raise ProviderError.

    >>> address_of("Anna.Example/me", loopback=False)
    'https://anna.example/me'
    """
    _, rest = _split(_clean(typed))
    authority, path, beyond = _parted(rest)
    if beyond or any(step in (".", "..") for step in path.partition("?")[0].split("/")):
        raise _refused("an address that names no person")
    return _origin(authority, loopback=loopback) + quote(path or "/", safe=_PATH_SAFE)


def handle_of(typed: str) -> str:
    """Return the handle or DID that was typed, or stands in a profile's address; raise.

    >>> handle_of("@Anna.bsky.social")
    'anna.bsky.social'
    """
    text = _clean(typed)
    _, rest = _split(text.removeprefix("at://"))
    _, marked, named = rest.partition("/profile/")
    name = (named if marked else rest).strip("/").removeprefix("@")
    if is_did(name):
        return name
    return public_name(name, testing=True)


def is_did(text: str) -> bool:
    """Tell whether a text is an identifier of one of the two kinds that atproto knows."""
    return _DID.fullmatch(text) is not None


def public_name(host: str, *, testing: bool = False) -> str:
    """Return a host name in the spelling of DNS; raise unless it can be on the public internet.

    `testing` admits names below `.test`, which no public server answers.
    """
    import idna  # its tables are for who names a server

    try:
        name = idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise _refused("no name of a server") from None
    usable = len(name) <= _MAX_NAME_CHARS and _NAME.fullmatch(name)
    if not usable or not is_public_name(name) or (name.endswith(".test") and not testing):
        raise _refused("no name of a public server")
    return name


def _clean(typed: str) -> str:
    text = typed.strip()
    odd = any(char <= " " or char in "\\\x7f<>\"'`" or not char.isprintable() for char in text)
    if not text or len(text) > MAX_TYPED_CHARS or odd:
        raise _refused("nothing that could name a server")
    return text


def _split(text: str) -> tuple[str, str]:
    """Take off a scheme; http is typed by people who mean the same server."""
    found = _SCHEME.match(text)
    if found is None:
        return "", text
    return found[1].lower(), text[found.end() :]


def _server_of_handle(text: str) -> str:
    user, _, server = text.removeprefix("@").partition("@")
    if not user or not server or "/" in user or ":" in user:
        raise _refused("an incomplete handle")
    return server


def _parted(rest: str) -> tuple[str, str, str]:
    """Part host, path with query, and fragment."""
    found = _AUTHORITY.match(rest)
    authority = found[0] if found else ""
    path, _, fragment = rest[len(authority) :].partition("#")
    if path.startswith("?"):
        path = f"/{path}"
    return authority, path, fragment


def _origin(authority: str, *, loopback: bool) -> str:
    host, _, port = authority.partition(":")
    if loopback and is_loopback(host) and port.isascii() and port.isdecimal():
        return f"http://{host}:{port}"
    # A port would let a stranger try every door of somebody's host from here.
    if "@" in authority or ":" in authority:
        raise _refused("a user name or a port")
    return f"https://{public_name(host)}"


def _refused(why: str) -> ProviderError:
    return ProviderError("instance", f"instance: {why}")
