"""The applications registered at the identity services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

LOOPBACK = ("http://127.0.0.1:", "http://localhost:")


@dataclass(frozen=True)
class Client:
    """Describe one registered application."""

    provider: str
    """`wordpress`, `google`, `x`, `facebook` or `oidc`; at X it serves OAuth 1.0a and 2.0."""
    client_id: str
    client_secret: str = field(repr=False)
    name: str = "commentkit"
    """What the consent page calls it."""
    redirect_uris: tuple[str, ...] = ()
    """Compared byte by byte, as RFC 9700 §2.1 asks."""
    redirect_prefixes: tuple[str, ...] = ()
    """For a demo whose port is not known beforehand; no real provider has these."""

    def allows(self, redirect_uri: str) -> bool:
        """Say whether an answer may go to that address."""
        return redirect_uri in self.redirect_uris or any(
            _under(redirect_uri, prefix) for prefix in self.redirect_prefixes
        )


DEMO_CLIENTS: tuple[Client, ...] = (
    Client("wordpress", "10234", "demo-wordpress-secret", redirect_prefixes=LOOPBACK),
    Client("google", "demo.apps.example", "demo-google-secret", redirect_prefixes=LOOPBACK),
    Client("x", "demo-x", "demo-x-secret", redirect_prefixes=LOOPBACK),
    Client("facebook", "1002003004005", "demo-facebook-secret", redirect_prefixes=LOOPBACK),
    Client("oidc", "demo-oidc", "demo-oidc-secret", redirect_prefixes=LOOPBACK),
)


def demo_client(provider: str) -> Client:
    """Return the client that every app of identity services knows."""
    return next(client for client in DEMO_CLIENTS if client.provider == provider)


class Clients:
    """Find registered applications."""

    def __init__(self, clients: Sequence[Client]) -> None:
        self._clients = {(client.provider, client.client_id): client for client in clients}

    def find(self, provider: str, client_id: str) -> Client | None:
        """Return the application, if it is registered at that provider."""
        return self._clients.get((provider, client_id))


def _under(redirect_uri: str, prefix: str) -> bool:
    parts = urlsplit(redirect_uri)
    return (
        redirect_uri.startswith(prefix)
        and parts.hostname == urlsplit(prefix).hostname
        and parts.username is None
        and not parts.fragment
    )
