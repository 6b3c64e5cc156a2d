"""Tokens: a viewer's proof. Issued, found, switched, ended; only the hash of the secret is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.errors import CommentKitError
from commentkit.model import Account, Identity, Token, TokenIdentity
from commentkit.model.base import table_of
from commentkit.model.database import Asked
from commentkit.people import accounts
from commentkit.people.viewer import (
    GUEST,
    Held,
    HeldToken,
    Hold,
    KnownIdentity,
    KnownToken,
    Viewer,
)
from commentkit.settings import Settings

_USED_GRAIN = timedelta(hours=1)
"""How stale `used_at` may be: reading must not write on each request."""
_MOST_LISTED = 100


def _held(of: ColumnElement[bool]) -> Select[Any]:
    """Select a token with all that is held under it; built once, since that costs most."""
    token, link = table_of(Token), table_of(TokenIdentity)
    identity, account = table_of(Identity), table_of(Account)
    held = and_(link.c.site_id == token.c.site_id, link.c.token_id == token.c.id)
    who = and_(identity.c.site_id == link.c.site_id, identity.c.id == link.c.identity_id)
    person = and_(account.c.site_id == identity.c.site_id, account.c.id == identity.c.account_id)
    rows = token.outerjoin(link, held).outerjoin(identity, who)
    return (
        select(
            *(token.c[name] for name in KnownToken._fields),
            *(identity.c[name] for name in KnownIdentity._fields),
            account.c.role,
            account.c.blocked_at,
            *(link.c[name] for name in Hold._fields),
        )
        .select_from(rows.outerjoin(account, person))
        .where(token.c.site_id == bindparam("site_id"), of)
        .order_by(link.c.added_at, identity.c.id)
    )


_BY_SECRET = _held(table_of(Token).c.secret_hash == bindparam("secret_hash"))
_BY_ID = _held(table_of(Token).c.id == bindparam("token_id"))
_NEW_TOKEN = insert(table_of(Token))
_NEW_LINKS = insert(table_of(TokenIdentity))
_TOKEN = len(KnownToken._fields)
_IDENTITY = _TOKEN + len(KnownIdentity._fields)
_ID = KnownIdentity._fields.index("id")
_HOLD = len(Hold._fields)


@dataclass(frozen=True)
class Issued:
    """A new token: its secret is seen once, here."""

    secret: str = field(repr=False)
    viewer: Viewer


def find(db: Asked, *, site_id: int, secret: str, settings: Settings, now: datetime) -> Viewer:
    """Return the viewer who holds `secret`; raises `token_expired` if it is no token any more."""
    asked = {"site_id": site_id, "secret_hash": ids.sha256(secret)}
    rows = db.execute(_BY_SECRET, asked).all()
    if not rows or not _alive(KnownToken._make(rows[0][:_TOKEN]), settings=settings, now=now):
        raise CommentKitError("token_expired")
    return _viewer(rows)


def _viewer(rows: Sequence[Row[Any]]) -> Viewer:
    """Make the viewer of a token's rows, one for each identity held; one of a token without any."""
    token = KnownToken._make(rows[0][:_TOKEN])
    held = [KnownIdentity._make(row[_TOKEN:_IDENTITY]) for row in rows if row.account_id]
    roles = {row.account_id: row.role for row in rows if row.role not in (None, "member")}
    active = next((i.account_id for i in held if i.id == token.active_identity_id), None)
    return Viewer(
        site_id=token.site_id,
        token=token,
        identities=tuple(held),
        role=roles.get(active, "member"),
        blocked_at=next((row.blocked_at for row in rows if row.blocked_at), None),
        roles=roles,
        holds={row[_TOKEN + _ID]: Hold(*row[-_HOLD:]) for row in rows if row.account_id},
    )


def _alive(token: HeldToken, *, settings: Settings, now: datetime) -> bool:
    idle = timedelta(seconds=settings.token_idle_seconds)
    return token.revoked_at is None and now < token.expires_at and now < token.used_at + idle


def wants_touch(token: HeldToken, now: datetime) -> bool:
    """Tell whether `touch` is due."""
    return now - token.used_at > _USED_GRAIN


def touch(db: Session, token: HeldToken, *, now: datetime) -> None:
    """Record that the token is in use, so that it does not go idle."""
    db.execute(
        update(Token)
        .where(Token.site_id == token.site_id, Token.id == token.id)
        .values(used_at=now)
    )


def issue(
    db: Session,
    *,
    identity: Held,
    previous: Viewer,
    transport: str,
    origin: str,
    persistent: bool,
    settings: Settings,
    now: datetime,
    new_guest: bool = False,
    keeps_active: bool = False,
    session_hash: bytes | None = None,
) -> Issued:
    """Issue a token for `identity`, taking along the identities of `previous`, whose token ends.

    A guest identity is held beside the others and never becomes the active one; nor does any other
    where `keeps_active` and one is. `session_hash` is what a logout at the issuer will name. A
    `new_guest` was made in this transaction: nothing of its account needs to be asked.
    """
    previous = _taken_along(db, previous, identity, new_guest=new_guest)
    held = _side_by_side(previous, identity)
    holds = {**previous.holds, identity.id: Hold(now, session_hash)}
    secret = ids.new_secret()
    active = previous.active.id if previous.active else None
    stays = identity.provider == GUEST or (keeps_active and active is not None)
    token = KnownToken(
        site_id=identity.site_id,
        id=ids.new_id(now),
        transport=transport,
        origin=origin,
        active_identity_id=active if stays else identity.id,
        persistent=persistent,
        used_at=now,
        expires_at=now + timedelta(seconds=settings.token_seconds),
        revoked_at=None,
    )
    _insert(db, token, held, holds, secret=secret, now=now)
    if previous.token is not None:
        end(db, site_id=identity.site_id, token_id=previous.token.id, now=now)
    if new_guest:
        return Issued(secret, _with(previous, token, held, holds))
    mine = {"site_id": token.site_id, "token_id": token.id}
    return Issued(secret, _viewer(db.execute(_BY_ID, mine).all()))


def as_it_stands(db: Session, viewer: Viewer) -> Viewer:
    """Read a viewer once more; nobody where the token was ended since it was found.

    Whom the host names is nobody where they were moved since; they are found at the next request.
    """
    if viewer.token is None:
        return viewer
    if viewer.of_host:
        return viewer if _stands(db, viewer) else Viewer(site_id=viewer.site_id)
    asked = {"site_id": viewer.site_id, "token_id": viewer.token.id}
    rows = db.execute(_BY_ID, asked).all()
    if not rows or rows[0].revoked_at is not None:
        return Viewer(site_id=viewer.site_id)
    return replace(_viewer(rows), doorless=viewer.doorless)


def _stands(db: Session, viewer: Viewer) -> bool:
    """Tell whether identities still belong to the accounts that they were read with."""
    who = table_of(Identity).c
    mine = {each.id: each.account_id for each in viewer.identities}
    these = (who.site_id == viewer.site_id, who.id.in_(mine))
    rows = db.execute(select(who.id, who.account_id).where(*these))
    return {row.id: row.account_id for row in rows} == mine


def _taken_along(db: Session, previous: Viewer, identity: Held, *, new_guest: bool) -> Viewer:
    """Return what may be taken along: what has ended since it was read, nobody carries on.

    Who ends sign-ins asks for the same identities first, so that none slips by under a new token.
    """
    mine = {each.id for each in previous.identities} if previous.token is not None else set()
    these = mine if new_guest else mine | {identity.id}
    if these:
        accounts.hold(db, site_id=identity.site_id, identity_ids=these)
    return as_it_stands(db, previous)


def _insert(
    db: Session,
    token: KnownToken,
    held: Sequence[Held],
    holds: Mapping[int, Hold],
    *,
    secret: str,
    now: datetime,
) -> None:
    hashed = {"secret_hash": ids.sha256(secret), "created_at": now}
    connection = db.connection()
    connection.execute(_NEW_TOKEN, token._asdict() | hashed)
    link = {"site_id": token.site_id, "token_id": token.id}
    new = Hold(now, None)  # also of who was held by hand-made viewers, which know no holds
    links = [link | {"identity_id": each.id} | holds.get(each.id, new)._asdict() for each in held]
    connection.execute(_NEW_LINKS, links)


def _with(
    previous: Viewer, token: KnownToken, held: Sequence[Held], holds: Mapping[int, Hold]
) -> Viewer:
    """Make the viewer as `_viewer` would read it: the new identity was added last."""
    known = tuple(KnownIdentity.of(each) for each in held)
    mine = {each.id: holds[each.id] for each in held if each.id in holds}
    return replace(previous, token=token, identities=known, holds=mine)


def _side_by_side(previous: Viewer, identity: Held) -> list[Held]:
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


def standing(
    db: Asked, *, site_id: int, account_id: int, settings: Settings, now: datetime
) -> list[KnownToken]:
    """List where an account is signed in: live tokens that hold one of its identities."""
    token = table_of(Token)
    idle = timedelta(seconds=settings.token_idle_seconds)
    rows = db.execute(
        select(*(token.c[name] for name in KnownToken._fields))
        .where(
            token.c.site_id == site_id,
            token.c.id.in_(holding(db, site_id=site_id, account_id=account_id)),
            token.c.revoked_at.is_(None),
            token.c.used_at > now - idle,
        )
        .order_by(token.c.used_at.desc(), token.c.id.desc())
        .limit(_MOST_LISTED)
    )
    # Asked of the database, it would lead SQLite to all that expire later at this site.
    return [KnownToken._make(row) for row in rows if row.expires_at > now]


def holding(db: Asked, *, site_id: int, account_id: int) -> list[int]:
    """List the ids of the tokens that hold an identity of this account."""
    link = table_of(TokenIdentity)
    theirs = accounts.identity_ids_of(db, site_id=site_id, account_id=account_id)
    these = (link.c.identity_id.in_(theirs), link.c.site_id == site_id)
    return sorted({row.token_id for row in db.execute(select(link.c.token_id).where(*these))})


def switch(db: Session, viewer: Viewer, *, identity_id: int) -> Viewer:
    """Comment with another identity held here; raises `unknown_identity`."""
    if viewer.token is None or identity_id not in {i.id for i in viewer.signed_in}:
        raise CommentKitError("unknown_identity")
    mine = {"site_id": viewer.site_id, "token_id": viewer.token.id}
    db.execute(
        update(Token)
        .where(Token.site_id == viewer.site_id, Token.id == viewer.token.id)
        .values(active_identity_id=identity_id)
    )
    return _viewer(db.execute(_BY_ID, mine).all())
