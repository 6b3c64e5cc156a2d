"""Tokens: a viewer's proof. Issued, found, switched, ended; only the hash of the secret is kept."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.errors import CommentKitError
from commentkit.model import Account, Identity, Token, TokenIdentity
from commentkit.people.viewer import GUEST, Viewer
from commentkit.settings import Settings

_KEPT = timedelta(days=7)
"""How long an expired token's row stays."""
_USED_GRAIN = timedelta(hours=1)
"""How stale `used_at` may be: reading must not write on each request."""


@dataclass(frozen=True)
class Issued:
    """A new token: its secret is seen once, here."""

    secret: str = field(repr=False)
    viewer: Viewer


def find(db: Session, *, site_id: int, secret: str, settings: Settings, now: datetime) -> Viewer:
    """Return the viewer who holds `secret`; raises `token_expired` if it is no token any more."""
    token = db.scalar(
        select(Token).where(Token.site_id == site_id, Token.secret_hash == ids.sha256(secret))
    )
    if token is None or not _alive(token, settings=settings, now=now):
        raise CommentKitError("token_expired")
    return _viewer(db, token)


def _alive(token: Token, *, settings: Settings, now: datetime) -> bool:
    idle = timedelta(seconds=settings.token_idle_seconds)
    return token.revoked_at is None and now < token.expires_at and now < token.used_at + idle


def wants_touch(token: Token, now: datetime) -> bool:
    """Tell whether `touch` is due."""
    return now - token.used_at > _USED_GRAIN


def touch(db: Session, token: Token, *, now: datetime) -> None:
    """Record that the token is in use, so that it does not go idle."""
    db.execute(
        update(Token)
        .where(Token.site_id == token.site_id, Token.id == token.id)
        .values(used_at=now)
    )


def issue(
    db: Session,
    *,
    identity: Identity,
    previous: Viewer,
    transport: str,
    origin: str,
    persistent: bool,
    settings: Settings,
    now: datetime,
) -> Issued:
    """Issue a token for `identity`, taking along the identities of `previous`, whose token ends.

    A guest identity is held beside the others and never becomes the active one.
    """
    held = _side_by_side(previous, identity)
    secret = ids.new_secret()
    active = previous.active.id if previous.active else None
    token = Token(
        site_id=identity.site_id,
        id=ids.new_id(now),
        secret_hash=ids.sha256(secret),
        transport=transport,
        origin=origin,
        active_identity_id=active if identity.provider == GUEST else identity.id,
        persistent=persistent,
        created_at=now,
        used_at=now,
        expires_at=now + timedelta(seconds=settings.token_seconds),
    )
    db.add(token)
    db.flush()
    db.add_all(
        TokenIdentity(site_id=token.site_id, token_id=token.id, identity_id=i.id, added_at=now)
        for i in held
    )
    db.flush()
    if previous.token is not None:
        end(db, site_id=identity.site_id, token_id=previous.token.id, now=now)
    return Issued(secret, _viewer(db, token))


def forget_expired(db: Session, now: datetime) -> None:
    """Delete what has been over for a while; a ticket redeemed twice still finds its token."""
    db.execute(delete(Token).where(Token.expires_at < now - _KEPT))


def _side_by_side(previous: Viewer, identity: Identity) -> list[Identity]:
    """Keep one guest identity at the most, and each identity once."""
    others = [i for i in previous.identities if i.id != identity.id]
    if identity.provider == GUEST:
        others = [i for i in others if i.provider != GUEST]
    return [*others, identity]


def end(db: Session, *, site_id: int, token_id: int, now: datetime) -> None:
    """End a token; ending it twice is no error."""
    db.execute(
        update(Token)
        .where(Token.site_id == site_id, Token.id == token_id, Token.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def switch(db: Session, viewer: Viewer, *, identity_id: int) -> Viewer:
    """Comment with another identity held here; raises `unknown_identity`."""
    if viewer.token is None or identity_id not in {i.id for i in viewer.signed_in}:
        raise CommentKitError("unknown_identity")
    token = db.get_one(Token, (viewer.site_id, viewer.token.id))
    token.active_identity_id = identity_id
    db.flush()
    return _viewer(db, token)


def _viewer(db: Session, token: Token) -> Viewer:
    rows = db.execute(
        select(Identity, Account)
        .join(
            TokenIdentity,
            (TokenIdentity.site_id == Identity.site_id)
            & (TokenIdentity.identity_id == Identity.id),
        )
        .join(Account, (Account.site_id == Identity.site_id) & (Account.id == Identity.account_id))
        .where(TokenIdentity.site_id == token.site_id, TokenIdentity.token_id == token.id)
        .order_by(TokenIdentity.added_at, Identity.id)
    ).all()
    active = next((a for i, a in rows if i.id == token.active_identity_id), None)
    return Viewer(
        site_id=token.site_id,
        token=token,
        identities=tuple(i for i, _ in rows),
        role=active.role if active else "member",
        blocked_at=next((a.blocked_at for _, a in rows if a.blocked_at), None),
    )
