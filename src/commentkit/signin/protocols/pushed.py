"""Pushed authorization requests (RFC 9126): the browser carries the name of a request, not it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from commentkit.signin.addresses import with_query
from commentkit.signin.claims import text
from commentkit.signin.provider import Claims, ProviderError


def fields_of(url: str, endpoint: str) -> dict[str, str]:
    """Give the request that an address of that endpoint carries, as the form to push."""
    own, asked = (
        parse_qsl(urlsplit(each).query, keep_blank_values=True) for each in (endpoint, url)
    )
    return dict(asked[len(own) :])


def address(endpoint: str, client_id: str, pushed: Claims) -> str:
    """Give the address that leads a browser to what was pushed; raise ProviderError."""
    request_uri = text(pushed.get("request_uri"))
    if request_uri is None:
        raise ProviderError("bad_answer", "push: no request")
    return with_query(endpoint, {"client_id": client_id, "request_uri": request_uri})
