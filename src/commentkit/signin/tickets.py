"""Tickets: what a finished attempt hands to the widget, which redeems it with its verifier."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, or_, select, update
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.errors import CommentKitError
from commentkit.model import Attempt, Identity, Ticket
from commentkit.model.base import table_of
from commentkit.people import tokens
from commentkit.people.ending import ENDED
from commentkit.settings import Settings
from commentkit.signin.outcome import DONE

_UNDER_WAY = timedelta(hours=2)
"""Longer after the end of an attempt nobody gets a ticket or redeems one."""
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.1


@dataclass(frozen=True)
class Redeemed:
    """Whom a ticket stood for; tell `remember_token` which token it became."""

    identity: Identity
    ticket_id: int
    provider: str
    """By which they came now; their identity keeps the name of the first."""
    session_hash: bytes | None = None


def mint(db: Session, attempt: Attempt, *, settings: Settings, now: datetime) -> str:
    """Mint the one ticket of a finished attempt, in place of an unredeemed earlier one.

    Raises `ticket_invalid` for an attempt that did not end well or whose ticket was redeemed, and
    `attempt_expired` once the attempt's own time is over.
    """
    attempt = _locked(db, attempt)
    if attempt.outcome != DONE or attempt.identity_id is None or attempt.challenge is None:
        raise CommentKitError("ticket_invalid")
    if now >= attempt.expires_at + timedelta(seconds=settings.attempt_seconds):
        raise CommentKitError("attempt_expired")
    _forget_unredeemed(db, attempt)
    secret = ids.new_secret()
    db.add(
        Ticket(
            site_id=attempt.site_id,
            id=ids.new_id(now),
            secret_hash=ids.sha256(secret),
            attempt_id=attempt.id,
            identity_id=attempt.identity_id,
            origin=attempt.origin,
            challenge=attempt.challenge,
            created_at=now,
            expires_at=now + timedelta(seconds=settings.ticket_seconds),
        )
    )
    db.flush()
    return secret


def demand_standing(db: Session, attempt: Attempt) -> None:
    """Raise `account_signed_out` where its person was signed out since; nobody ends it from now on.

    For who makes a token of an attempt without a ticket.
    """
    if _locked(db, attempt).outcome == ENDED:
        raise CommentKitError(ENDED)


def _locked(db: Session, attempt: Attempt) -> Attempt:
    """Read it as it stands, and let nobody else end or redeem it meanwhile."""
    mine = select(Attempt).where(Attempt.site_id == attempt.site_id, Attempt.id == attempt.id)
    fresh = {"populate_existing": True}
    found = db.scalar(mine.with_for_update(), execution_options=fresh)
    if found is None:
        raise CommentKitError("attempt_expired")
    return found


def _forget_unredeemed(db: Session, attempt: Attempt) -> None:
    own = (Ticket.site_id == attempt.site_id, Ticket.attempt_id == attempt.id)
    db.execute(delete(Ticket).where(*own, Ticket.redeemed_at.is_(None)))
    if db.scalar(select(Ticket.id).where(*own)) is not None:
        raise CommentKitError("ticket_invalid")


def redeem(
    db: Session,
    *,
    site_id: int,
    aid: str,
    ticket: str,
    verifier: str,
    origin: str,
    now: datetime,
) -> Redeemed | None:
    """Use a ticket up and return whom it stands for.

    Raises `ticket_invalid` where no such ticket belongs to this site, origin and attempt, or its
    attempt was ended, and `ticket_expired`; nothing has changed then. Returns None where something
    did change that must be committed before the refusal: a wrong verifier ended the ticket, or a
    second redemption ended the token of the first.
    """
    found, attempt = _find(db, site_id=site_id, aid=aid, ticket=ticket, origin=origin)
    if found.redeemed_at is None and now >= found.expires_at:
        raise CommentKitError("ticket_expired")
    if not _use_up(db, found, now):
        _end_token(db, found, now)
        return None
    if not _proves(verifier, found.challenge):
        return None
    identity = db.get(Identity, (site_id, found.identity_id))
    if identity is None:  # erased since
        raise CommentKitError("ticket_invalid")
    return Redeemed(identity, found.id, attempt.provider, attempt.session_hash)


def _find(
    db: Session, *, site_id: int, aid: str, ticket: str, origin: str
) -> tuple[Ticket, Attempt]:
    row = db.execute(
        select(Ticket, Attempt)
        .join(Attempt, (Attempt.site_id == Ticket.site_id) & (Attempt.id == Ticket.attempt_id))
        .where(Ticket.site_id == site_id, Ticket.secret_hash == ids.sha256(ticket))
        # Whoever signs somebody out asks for it too: either sees what the other did.
        .with_for_update(of=Attempt)
    ).one_or_none()
    if row is None or row.Ticket.origin != origin or row.Attempt.aid != aid:
        raise CommentKitError("ticket_invalid")
    if row.Attempt.outcome != DONE:  # signed out everywhere since
        raise CommentKitError("ticket_invalid")
    return row.Ticket, row.Attempt


def _use_up(db: Session, ticket: Ticket, now: datetime) -> bool:
    """Mark the ticket redeemed; False when somebody else did before, if only just."""
    unredeemed = update(Ticket).where(
        Ticket.site_id == ticket.site_id, Ticket.id == ticket.id, Ticket.redeemed_at.is_(None)
    )
    used = db.execute(unredeemed.values(redeemed_at=now))
    return cast("CursorResult[Any]", used).rowcount == 1


def _end_token(db: Session, ticket: Ticket, now: datetime) -> None:
    db.refresh(ticket)
    if ticket.token_id is not None:
        tokens.end(db, site_id=ticket.site_id, token_id=ticket.token_id, now=now)


def _proves(verifier: str, challenge: str) -> bool:
    if not _VERIFIER.fullmatch(verifier):
        return False
    return ids.same(ids.s256(verifier).encode(), challenge.encode())


def remember_token(db: Session, *, site_id: int, ticket_id: int, token_id: int) -> None:
    """Note which token a ticket became, so that redeeming it again ends that token."""
    db.execute(
        update(Ticket)
        .where(Ticket.site_id == site_id, Ticket.id == ticket_id)
        .values(token_id=token_id)
    )


def end_of_session(
    db: Session,
    *,
    site_ids: Collection[int],
    session_hash: bytes | None,
    identity_ids: Collection[int],
    now: datetime,
) -> None:
    """End the finished sign-ins that an issuer told the end of, by its name for one or by whose.

    Where one is named, others of the same people stay, but for those that have no name.
    """
    attempt = table_of(Attempt).c
    told: ColumnElement[bool] = attempt.identity_id.in_(identity_ids)
    if session_hash is not None:
        nameless = attempt.session_hash.is_(None)
        told = or_(told & nameless, attempt.session_hash == session_hash)
    recent = (attempt.site_id.in_(site_ids), attempt.expires_at > now - _UNDER_WAY)
    found = db.execute(
        select(attempt.site_id, attempt.id).where(*recent, attempt.outcome == DONE, told)
    )
    # By their keys: an update that searched would lock the sign-ins of others, on MariaDB.
    for site_id, attempt_id in found.all():
        this = (Attempt.site_id == site_id, Attempt.id == attempt_id, Attempt.outcome == DONE)
        db.execute(update(Attempt).where(*this).values(outcome=ENDED))
