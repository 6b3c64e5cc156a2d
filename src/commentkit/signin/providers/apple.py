"""Apple by OpenID Connect: an answer posted as a form, and a secret that is signed.

https://developer.apple.com/documentation/signinwithapplerestapi,
https://developer.apple.com/documentation/signinwithapple/request-an-authorization-to-the-sign-in-with-apple-server
https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret,
https://developer.apple.com/documentation/signinwithapplerestapi/revoke-tokens
and https://developer.apple.com/documentation/technotes/tn3194-handling-account-deletions-and-revoking-tokens-for-sign-in-with-apple,
read 2026-11-23.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from commentkit.signin.claims import full_name, part
from commentkit.signin.profiles import settle
from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import (
    Capabilities,
    Claims,
    Endpoints,
    Profile,
    ProviderError,
    RoundTrip,
    Setting,
)
from commentkit.words import N_

_SECRET_SECONDS = 300
_MAX_USER_CHARS = 2_000


@dataclass(frozen=True, kw_only=True)
class Apple(OpenIDConnect):
    """Sign in with Apple.

    Its client secret is the private key (a `.p8` file, in PEM), with which each real secret is
    signed when it is needed and for minutes only. A person's name comes once, with their first
    consent, in a field that nobody signed: it is shown and proves nothing. The e-mail address may
    be a relay. PKCE is not documented; the nonce binds the answer. When an account is deleted the
    consent has to be withdrawn, which takes a token: the only one of any provider that is kept.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "TEAM_ID": Setting("team_id", "the ten characters of your team's id", required=True),
        "KEY_ID": Setting("key_id", "the ten characters of your key's id", required=True),
    }
    name: str = "apple"
    label: str = "Apple"
    icon: str = "apple"
    picture_alt: str = N_("Photo from Apple")
    base_url: str = "https://appleid.apple.com"
    issuer: str = field(init=False, default="")
    team_id: str
    key_id: str
    scopes: tuple[str, ...] = ("name", "email")
    pkce: bool = False
    form_post: bool = True
    capabilities: Capabilities = field(default=Capabilities(picture=False))

    def __post_init__(self) -> None:
        object.__setattr__(self, "issuer", self.base_url)

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses; there is no profile call."""
        return Endpoints(
            authorize=f"{self.base_url}/auth/authorize",
            token=f"{self.base_url}/auth/token",
            jwks=f"{self.base_url}/auth/keys",
            withdraw=f"{self.base_url}/auth/revoke",
        )

    def secret(self, now: datetime) -> str:
        """Sign the secret of one call."""
        return _signed(self, super().secret(now), int(now.timestamp()))

    def finish(self, trip: RoundTrip, *, params: Mapping[str, str], secret: str | None) -> Profile:
        """Add the name that comes with the first answer; raise ProviderError."""
        profile = super().finish(trip, params=params, secret=secret)
        name = _first_name(params.get("user", ""))
        if not name:
            return profile
        return settle(self, replace(profile, name=name), loopback=trip.http.loopback)


def _first_name(user: str) -> str:
    """Read the JSON that Apple posts beside the code; the browser could have changed it."""
    try:
        told = json.loads(user) if len(user) <= _MAX_USER_CHARS else None
    except (ValueError, RecursionError):
        return ""
    given, family = part(told, "name", "firstName"), part(told, "name", "lastName")
    return full_name({"given_name": given, "family_name": family}) or ""


def _signed(provider: Apple, private_key: str, now: int) -> str:
    from joserfc import jwt  # cryptography, for who really asks
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey

    claims: Claims = {
        "iss": provider.team_id,
        "iat": now,
        "exp": now + _SECRET_SECONDS,
        "aud": provider.issuer,
        "sub": provider.client_id,
    }
    header: dict[str, Any] = {"alg": "ES256", "kid": provider.key_id}
    try:
        # One line of an environment file spells a line's end so.
        key = ECKey.import_key(private_key.replace("\\n", "\n"))
        return jwt.encode(header, dict(claims), key)
    except (JoseError, ValueError, TypeError):
        raise ProviderError("misconfigured", "the client secret is no private key") from None
