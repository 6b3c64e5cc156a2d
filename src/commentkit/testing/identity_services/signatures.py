"""OAuth 1.0a signatures as a server checks them: HMAC-SHA1 (RFC 5849 §3.4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

PARAMETER = re.compile(r'\s*([A-Za-z0-9_%.~-]+)="([^"]*)"\s*')


@dataclass(frozen=True)
class SignedRequest:
    """Hold what the signature covers."""

    method: str
    url: str
    """Scheme, host, port unless the default one, and path."""
    params: tuple[tuple[str, str], ...] = field(repr=False)
    """Of query, form and header, without `realm`."""

    def get(self, name: str) -> str:
        """Return a parameter, or the empty text."""
        return next((value for key, value in self.params if key == name), "")

    def signed_by(self, consumer_secret: str, token_secret: str) -> bool:
        """Say whether the signature is the one that these secrets make."""
        key = f"{escape(consumer_secret)}&{escape(token_secret)}".encode()
        digest = hmac.new(key, self._base().encode(), hashlib.sha1).digest()
        given = self.get("oauth_signature").encode()
        return hmac.compare_digest(base64.b64encode(digest), given)

    def _base(self) -> str:
        pairs = sorted(
            (escape(key), escape(value)) for key, value in self.params if key != "oauth_signature"
        )
        normal = "&".join(f"{key}={value}" for key, value in pairs)
        return "&".join((self.method.upper(), escape(self.url), escape(normal)))


def escape(text: str) -> str:
    """Percent-encode as RFC 5849 §3.6 does."""
    return quote(text, safe="~")


def header_params(header: str) -> list[tuple[str, str]]:
    """Return the parameters of an `Authorization: OAuth …` header, without `realm` (§3.5.1)."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "oauth":
        return []
    matches = (PARAMETER.fullmatch(part) for part in rest.split(","))
    pairs = [(unquote(found[1]), unquote(found[2])) for found in matches if found]
    return [pair for pair in pairs if pair[0].lower() != "realm"]


def signed_request(
    method: str,
    url: str,
    *,
    header: str,
    others: Sequence[tuple[str, str]],
) -> SignedRequest:
    """Gather a request; `others` are the parameters of its query and its form."""
    return SignedRequest(method, url, (*header_params(header), *others))
