"""What another site's server says of its user: a signed JWT, or what Disqus took, believed once."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from commentkit import ids
from commentkit.errors import CommentKitError
from commentkit.people.host_users import HostUser
from commentkit.signin import compact, host_keys
from commentkit.signin.host_keys import DISQUS, EDDSA, HS256, HostKey
from commentkit.sites import KnownSite

MAX_CHARS = 4_000
LIFETIME_SECONDS = 600
LEEWAY_SECONDS = 60
"""By which clocks may differ."""
_KINDS = {"HS256": HS256, "EdDSA": EDDSA, "Ed25519": EDDSA}
"""Header `alg` → the kind of key it may be used with; Ed25519 is its name since RFC 9864."""
_MAX_JTI_CHARS = 255
_DISQUS_FORM = re.compile(r"([A-Za-z0-9+/]+={0,2}) ([0-9a-f]{40}) ([0-9]{1,11})")

KeyOf = Callable[[str], HostKey | None]
"""Gives the site's key of an id."""


@dataclass(frozen=True)
class Told:
    """Whom a site's server named."""

    user: HostUser
    once: str
    """What must not have been used before."""
    until: datetime
    """After which it would be refused anyway."""


def read(token: str, *, site: KnownSite, audience: str, key_of: KeyOf, now: datetime) -> Told:
    """Verify what a page carries (RFC 8725); raises one of the `host_user_…` errors."""
    if len(token) > MAX_CHARS:
        raise CommentKitError("host_user_malformed")
    if " " in token:
        return _remote_auth(token, key=key_of(DISQUS), now=now)
    claims = _verified(token, key_of)
    if claims.get("iss") not in (site.name, *site.origins):
        raise CommentKitError("host_user_issuer")
    meant = claims.get("aud")
    if audience not in (meant if isinstance(meant, list) else [meant]):
        raise CommentKitError("host_user_audience")
    until = _check_times(claims, now)
    return _told(claims, until)


def _verified(token: str, key_of: KeyOf) -> dict[str, Any]:
    """Return the claims of a token that a key of the site signed, of the kind the key is for."""
    try:
        parts = compact.split(token, max_chars=MAX_CHARS)
    except compact.Unreadable:
        raise CommentKitError("host_user_malformed") from None
    header = parts.header
    if header.get("typ", "JWT") not in ("JWT", "jwt") or compact.REFUSED_HEADERS & header.keys():
        raise CommentKitError("host_user_malformed")
    kind = _KINDS.get(str(header.get("alg")))
    if kind is None:
        raise CommentKitError("host_user_algorithm")
    kid = header.get("kid")
    key = key_of(kid) if isinstance(kid, str) else None
    if key is None:
        raise CommentKitError("host_user_key")
    if key.kind != kind:  # or a public key would serve as a secret
        raise CommentKitError("host_user_algorithm")
    if not _is_signed(parts, key):
        raise CommentKitError("host_user_signature")
    try:
        return compact.parse(parts.payload, "payload")
    except compact.Unreadable:
        raise CommentKitError("host_user_malformed") from None


def _is_signed(parts: compact.Compact, key: HostKey) -> bool:
    if key.kind == HS256:
        made = hmac.digest(key.value.encode(), parts.signed, "sha256")
        return ids.same(made, parts.signature)
    from cryptography.exceptions import InvalidSignature

    try:
        host_keys.public_key(key.value).verify(parts.signature, parts.signed)
    except InvalidSignature:
        return False
    return True


def _check_times(claims: dict[str, Any], now: datetime) -> datetime:
    """Return when the token ends; raises unless it lives now, and not for long."""
    issued, ends = _time(claims, "iat"), _time(claims, "exp")
    starts = _time(claims, "nbf") if "nbf" in claims else issued
    at = now.timestamp()
    if not issued < ends <= issued + LIFETIME_SECONDS or max(issued, starts) > at + LEEWAY_SECONDS:
        raise CommentKitError("host_user_lifetime")
    if ends + LEEWAY_SECONDS <= at:
        raise CommentKitError("host_user_expired")
    return datetime.fromtimestamp(ends + LEEWAY_SECONDS, UTC)


def _time(claims: dict[str, Any], name: str) -> float:
    at = compact.seconds(claims, name)
    if at is None:
        raise CommentKitError("host_user_lifetime")
    return at


def _told(claims: dict[str, Any], until: datetime) -> Told:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI_CHARS:
        raise CommentKitError("host_user_claims")
    user = _user(
        id=claims.get("sub"),
        name=claims.get("name"),
        email=claims.get("email"),
        email_verified=claims.get("email_verified", False),
        picture=claims.get("picture"),
        profile_url=claims.get("profile_url"),
    )
    return Told(user, f"jti:sso:{jti}", until)


def _user(**said: Any) -> HostUser:
    texts = (said["email"], said["picture"], said["profile_url"])
    fits = all(value is None or isinstance(value, str) for value in texts)
    if not fits or not isinstance(said["email_verified"], bool):
        raise CommentKitError("host_user_claims")
    try:
        return HostUser(**said)
    except ValueError:
        raise CommentKitError("host_user_claims") from None


def _remote_auth(text: str, *, key: HostKey | None, now: datetime) -> Told:
    """Read Disqus's `remote_auth_s3`: a message, its HMAC-SHA1 with the time, and the time.

    The message has no audience and no id of its own: the site's key for it is another than those
    for tokens, and the whole counts once, ten minutes long (Disqus lets it live for two hours).
    """
    form = _DISQUS_FORM.fullmatch(text)
    if form is None:
        raise CommentKitError("host_user_malformed")
    message, signature, at = form.groups()
    if key is None or key.kind != DISQUS:
        raise CommentKitError("host_user_key")
    made = hmac.new(key.value.encode(), f"{message} {at}".encode(), hashlib.sha1).hexdigest()
    if not ids.same(made.encode(), signature.encode()):
        raise CommentKitError("host_user_signature")
    until = _check_times({"iat": int(at), "exp": int(at) + LIFETIME_SECONDS}, now)
    said = _message(message)
    number = said.get("id")
    user = _user(
        id=str(number) if isinstance(number, int) and not isinstance(number, bool) else number,
        name=said.get("username"),
        email=said.get("email"),
        email_verified=False,
        picture=said.get("avatar"),
        profile_url=said.get("url"),
    )
    return Told(user, f"disqus:{signature}:{at}", until)


def _message(text: str) -> dict[str, Any]:
    try:
        said = json.loads(b64decode(text, validate=True))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise CommentKitError("host_user_malformed")
    return said
