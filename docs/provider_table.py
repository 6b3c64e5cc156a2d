"""What each adapter gives, read from the adapters themselves, for `docs/tables.py`."""

import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from commentkit.signin import configured, registry
from commentkit.signin.own_page import OwnPage
from commentkit.signin.protocols.atproto import AtProto
from commentkit.signin.protocols.oauth1 import OAuth1
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import Capabilities, Provider
from commentkit.signin.providers.indieauth import IndieAuth
from commentkit.signin.providers.steam import Steam

HEADS = ("Name", "Provider", "Protocol", "Server", "E-mail", "Picture", "Another account", "Read")
_PROTOCOLS: tuple[tuple[type[Provider], str], ...] = (
    (OwnPage, "a page of ours"),
    (AtProto, "AT Protocol"),
    (IndieAuth, "IndieAuth"),
    (Steam, "OpenID 2.0"),
    (OpenIDConnect, "OpenID Connect"),
    (OAuth2, "OAuth 2.0"),
    (OAuth1, "OAuth 1.0a"),
)
_EMAIL = {"flag": "proven where it says so", "always": "proven", "never": "not proven"}


def rows() -> Iterator[tuple[str, ...]]:
    """Make a row of each installed adapter."""
    for name in registry.names():
        adapter = registry.load(name)
        can: Capabilities = _default(adapter, "capabilities")
        yield (
            f"`{name}`" + (" ¹" if adapter.off_until else ""),
            str(_default(adapter, "label") or "yours to say"),
            next(word for kind, word in _PROTOCOLS if issubclass(adapter, kind)),
            _server(adapter, can),
            _EMAIL[can.email_trust] if can.gives_email else "",
            "yes" if can.picture else "",
            _choice(can),
            _documents(adapter),
        )


def conditions() -> Iterator[str]:
    """Say what has to be so before each adapter that is off may be used."""
    for name in registry.names():
        adapter = registry.load(name)
        if adapter.off_until:
            key = configured.stem(name) + configured.CONDITIONS_MET
            yield f"- `{name}`: {adapter.off_until} Then: `{key}=true`.\n"


def _default(adapter: type[Provider], name: str) -> Any:
    """Give a field's default; an adapter may need what only its owner can say."""
    value = next(one for one in fields(adapter) if one.name == name).default
    return value if isinstance(value, str | Capabilities) else ""


def _server(adapter: type[Provider], can: Capabilities) -> str:
    if can.instances:
        return "whichever a person names"
    issuer = adapter.settings.get("ISSUER")
    if issuer is None:
        return ""
    return "yours" if issuer.required or not _default(adapter, "issuer") else "its own, or yours"


def _choice(can: Capabilities) -> str:
    if can.account_choice is not None:
        return "asks for it"
    return f"log out [there]({can.logout_url}) first" if can.logout_url else "log out there first"


def _documents(adapter: type[Provider]) -> str:
    said = sys.modules[adapter.__module__].__doc__ or ""
    pages = [found.rstrip(".,;:") for found in re.findall(r"https?://[^\s)]+", said)]
    read = re.search(r"read\s+(\d{4}-\d\d-\d\d)", said)
    links = " ".join(f"[{number}]({page})" for number, page in enumerate(pages, 1))
    return f"{links} {read[1]}" if read else ""
