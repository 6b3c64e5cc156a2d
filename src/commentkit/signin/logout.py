"""A logout at the issuer, told behind the browser's back: verified, and taken to its tokens.

OpenID Connect Back-Channel Logout 1.0, openid.net/specs/openid-connect-backchannel-1_0.html.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.model import Identity, TokenIdentity
from commentkit.model.base import table_of
from commentkit.people import accounts, ending
from commentkit.signin import compact, idtoken, tickets
from commentkit.signin.idtoken import Key, Keys
from commentkit.signin.provider import Claims, ProviderError
from commentkit.signin.spent import spend

EVENT = "http://schemas.openid.net/event/backchannel-logout"
MAX_AGE_SECONDS = 600
_MAX_NAME_CHARS = 1_000
_TYPES = ("logout+jwt", "jwt")


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the token must say."""

    vouches: Callable[[Claims, Key], bool]
    client_id: str
    algorithms: frozenset[str]
    now: datetime


@dataclass(frozen=True)
class Logout:
    """Who is logged out, or what sign-in of theirs."""

    subject: str | None
    session_id: str | None
    jti: str
    until: datetime
    """After which the token would be refused anyway."""


def _refuse(reason: str) -> ProviderError:
    return ProviderError("bad_answer", f"logout: {reason}")


def read(token: str, expected: Expected, keys: Keys) -> Logout:
    """Verify a logout token (§2.6); raise ProviderError."""
    try:
        parts = compact.split(token)
    except compact.Unreadable as error:
        raise _refuse(str(error)) from None
    typed = str(parts.header.get("typ", "jwt")).lower()
    if typed not in _TYPES or compact.REFUSED_HEADERS & parts.header.keys():
        raise _refuse("header")
    key = idtoken.verified(token, parts.header, expected.algorithms, keys)
    try:
        claims = compact.parse(parts.payload, "payload")
    except compact.Unreadable as error:
        raise _refuse(str(error)) from None
    if not expected.vouches(claims, key):
        raise _refuse("issuer")
    audience = claims.get("aud")
    if expected.client_id not in (audience if isinstance(audience, list) else [audience]):
        raise _refuse("audience")
    _check_kind(claims)
    return _logout(claims, until=_until(claims, expected.now))


def _check_kind(claims: Claims) -> None:
    """Let no ID token pass for a logout: it has a nonce, and no event."""
    events = claims.get("events")
    if "nonce" in claims or not isinstance(events, dict):
        raise _refuse("no logout")
    if not isinstance(events.get(EVENT), dict):
        raise _refuse("no logout")


def _until(claims: Claims, now: datetime) -> datetime:
    issued, ends = _time(claims, "iat"), _time(claims, "exp")
    at, leeway = now.timestamp(), idtoken.LEEWAY_SECONDS
    if issued - leeway > at or issued + MAX_AGE_SECONDS < at or ends + leeway <= at:
        raise _refuse("not of now: compare the clocks")
    return datetime.fromtimestamp(issued + MAX_AGE_SECONDS, UTC)


def _time(claims: Claims, name: str) -> float:
    at = compact.seconds(claims, name)
    if at is None:
        raise _refuse(f"no {name}")
    return at


def _logout(claims: Claims, *, until: datetime) -> Logout:
    subject, session_id, jti = (claims.get(name) for name in ("sub", "sid", "jti"))
    for value in (subject, session_id, jti):
        if value is not None and not (isinstance(value, str) and 0 < len(value) <= _MAX_NAME_CHARS):
            raise _refuse("an unusable name")
    if jti is None or (subject is None and session_id is None):
        raise _refuse("no jti, or nobody")
    return Logout(subject, session_id, jti, until)


def end(
    db: Session, logout: Logout, *, issuer: str, site_ids: Collection[int], now: datetime
) -> int | None:
    """Take whoever was logged out of the tokens of every site; None where it was told before.

    Where a sign-in is named, what began with it ends, and what began before we kept such names; so
    do finished sign-ins that are on their way to a token.
    Returns how many identities under tokens that were.
    """
    if not site_ids:
        return 0
    once = f"logout:{issuer}:{logout.jti}"
    if not spend(db, site_id=min(site_ids), key=once, expires_at=logout.until):
        return None
    theirs = _identities(db, logout, issuer, site_ids)
    # Attempts first: a ticket of theirs that is redeemed now has become a token once this is done.
    hashed = _session(logout, issuer)
    tickets.end_of_session(db, site_ids=site_ids, session_hash=hashed, identity_ids=theirs, now=now)
    for site_id, links in _under_tokens(db, hashed, theirs, site_ids).items():
        # From then on nobody carries them over to another token.
        accounts.hold(db, site_id=site_id, identity_ids={identity_id for _, identity_id in links})
    found = _under_tokens(db, hashed, theirs, site_ids)
    for site_id, links in found.items():
        ending.let_go_under(
            db,
            site_id=site_id,
            identity_ids={identity_id for _, identity_id in links},
            token_ids={token_id for token_id, _ in links},
            now=now,
        )
    return sum(map(len, found.values()))


def _under_tokens(
    db: Session, session_hash: bytes | None, theirs: Collection[int], site_ids: Collection[int]
) -> dict[int, list[tuple[int, int]]]:
    """Find by site the pairs of token and identity that end."""
    link = table_of(TokenIdentity)
    told: list[Any] = []
    if session_hash is not None:
        told.append(link.c.session_hash == session_hash)
    if theirs:
        whole = link.c.identity_id.in_(theirs)
        told.append(whole if session_hash is None else whole & link.c.session_hash.is_(None))
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for which in told:
        columns = (link.c.site_id, link.c.token_id, link.c.identity_id)
        for row in db.execute(select(*columns).where(link.c.site_id.in_(site_ids), which)):
            found[row.site_id].append((row.token_id, row.identity_id))
    return found


def _session(logout: Logout, issuer: str) -> bytes | None:
    return None if logout.session_id is None else ids.subject_hash(issuer, logout.session_id)


def _identities(db: Session, logout: Logout, issuer: str, site_ids: Collection[int]) -> list[int]:
    if logout.subject is None:
        return []
    person = (
        Identity.site_id.in_(site_ids),
        Identity.subject_hash == ids.subject_hash(issuer, logout.subject),
    )
    return list(db.scalars(select(Identity.id).where(*person)))
