"""Sign-ins that end: what browsers hold under tokens, and what was proven and is on its way to one.

Locks are taken in one order: account, attempts, identities, tokens. Whoever hands out a token
takes them in that order too, so that nothing is handed out unseen while something ends.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    ScalarSelect,
    and_,
    delete,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.orm import Session

from commentkit.model import Attempt, Identity, Token, TokenIdentity
from commentkit.people import accounts, tokens
from commentkit.people.viewer import GUEST

ENDED = "account_signed_out"
"""The outcome of an attempt whose person was signed out before it came to a token."""
_UNSYNCHRONIZED: Any = {"synchronize_session": False}


def one_browser(
    db: Session, *, site_id: int, account_id: int, token_id: int, now: datetime
) -> None:
    """End one token, if it holds an identity of this account."""
    theirs = accounts.identity_ids_of(db, site_id=site_id, account_id=account_id)
    accounts.hold(db, site_id=site_id, identity_ids=theirs)
    _end(db, site_id, account_id, now, Token.id == token_id)


def everywhere(db: Session, *, site_id: int, account_id: int, now: datetime) -> int:
    """End every token that holds an identity of this account; return how many.

    What was proven and has not come to a token yet gives none any more.
    """
    accounts.lock(db, site_id, account_id)
    theirs = accounts.identity_ids_of(db, site_id=site_id, account_id=account_id)
    end_finished(db, *_proven_by(site_id, theirs))
    accounts.hold(db, site_id=site_id, identity_ids=theirs)
    return _end(db, site_id, account_id, now)


def _end(
    db: Session, site_id: int, account_id: int, now: datetime, *which: ColumnElement[bool]
) -> int:
    held_by = tokens.holding(db, site_id=site_id, account_id=account_id)
    these = (Token.site_id == site_id, Token.id.in_(held_by), Token.revoked_at.is_(None), *which)
    ending = update(Token).where(*these).values(revoked_at=now)
    ended = db.execute(ending, execution_options=_UNSYNCHRONIZED)
    return cast("CursorResult[Any]", ended).rowcount


def let_go(db: Session, *, site_id: int, identity_ids: Collection[int], now: datetime) -> None:
    """Take identities out of every browser, and out of what is on its way to one.

    Call it before they move: then nobody hands them out until the move is made.
    """
    end_finished(db, *_proven_by(site_id, identity_ids))
    accounts.hold(db, site_id=site_id, identity_ids=identity_ids)
    _take_out(db, site_id, identity_ids, now)


def let_go_next(
    db: Session, *, site_id: int, provider: str, after: int, limit: int, now: datetime
) -> int | None:
    """Let the next people of a provider go.

    Returns the last of their ids, to go on `after`; None once there are no more.
    """
    theirs = (Identity.site_id == site_id, Identity.provider == provider, Identity.id > after)
    found = list(db.scalars(select(Identity.id).where(*theirs).order_by(Identity.id).limit(limit)))
    if not found:
        return None
    let_go(db, site_id=site_id, identity_ids=found, now=now)
    return found[-1]


def let_go_under(
    db: Session,
    *,
    site_id: int,
    identity_ids: Collection[int],
    token_ids: Collection[int],
    now: datetime,
) -> None:
    """Take identities out of some tokens alone."""
    _take_out(db, site_id, identity_ids, now, TokenIdentity.token_id.in_(token_ids))


def _take_out(
    db: Session,
    site_id: int,
    identity_ids: Collection[int],
    now: datetime,
    *which: ColumnElement[bool],
) -> None:
    """Take identities out of tokens; one that holds nothing else ends."""
    link = [TokenIdentity.site_id == site_id, TokenIdentity.identity_id.in_(identity_ids), *which]
    # No DISTINCT, which would lead SQLite to an index in its order.
    held_by = set(db.scalars(select(TokenIdentity.token_id).where(*link)))
    if not held_by:
        return
    db.execute(delete(TokenIdentity).where(*link), execution_options=_UNSYNCHRONIZED)
    these = (Token.site_id == site_id, Token.id.in_(held_by))
    active = (*these, Token.active_identity_id.in_(identity_ids))
    for change in (
        update(Token).where(*active).values(active_identity_id=_rest(site_id)),
        update(Token).where(*these, ~_any_left(site_id)).values(revoked_at=now),
    ):
        db.execute(change, execution_options=_UNSYNCHRONIZED)


def end_finished(db: Session, *which: ColumnElement[bool]) -> None:
    """End sign-ins that proved somebody: their tickets are read with them, one minted now too."""
    standing = update(Attempt).where(
        *which, Attempt.identity_id.is_not(None), Attempt.outcome != ENDED
    )
    db.execute(standing.values(outcome=ENDED), execution_options=_UNSYNCHRONIZED)


def _proven_by(site_id: int, identity_ids: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    return (Attempt.site_id == site_id, Attempt.identity_id.in_(identity_ids))


def held_anywhere(db: Session, *, site_id: int, identity_ids: Collection[int]) -> bool:
    """Tell whether somebody signed in with one of these since they were let go."""
    link = (TokenIdentity.site_id == site_id, TokenIdentity.identity_id.in_(identity_ids))
    held = db.execute(select(TokenIdentity.token_id).where(*link).limit(1)).first()
    if held is not None:
        return True
    since = (*_proven_by(site_id, identity_ids), Attempt.outcome != ENDED)
    return db.execute(select(Attempt.id).where(*since).limit(1)).first() is not None


def _rest(site_id: int) -> ScalarSelect[Any]:
    """Select the identity that comes next under a token; none where only a guest's is left."""
    who = and_(Identity.site_id == TokenIdentity.site_id, Identity.id == TokenIdentity.identity_id)
    left = select(func.max(TokenIdentity.identity_id)).join(Identity, who)
    vouched = left.where(Identity.site_id == site_id, Identity.provider != GUEST)
    return vouched.where(_under_it(site_id)).correlate(Token).scalar_subquery()


def _any_left(site_id: int) -> ColumnElement[bool]:
    return exists().where(_under_it(site_id))


def _under_it(site_id: int) -> ColumnElement[bool]:
    return and_(TokenIdentity.site_id == site_id, TokenIdentity.token_id == Token.id)
