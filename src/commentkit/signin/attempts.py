"""Attempts under way: found by the browser that began them, and used up once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.errors import CommentKitError
from commentkit.model import Attempt
from commentkit.signin.provider import Provider

_log = logging.getLogger("commentkit.signin")


@dataclass(frozen=True)
class HeldAttempt:
    """An attempt cookie that a browser holds."""

    site_id: int
    attempt_id: int
    secret: str = field(repr=False)


def waiting(
    db: Session, *, provider: Provider, state: str, held: Sequence[HeldAttempt], now: datetime
) -> tuple[Attempt, str]:
    """Return an attempt under way that this browser began, and what its cookie holds.

    Raises `attempt_foreign` and `attempt_expired`, as its end would.
    """
    attempt, secret = _by_state(db, provider, state, held)
    if attempt.used_at is not None or attempt.expires_at <= now:
        raise CommentKitError("attempt_expired")
    return attempt, secret


def use_up(
    db: Session, provider: Provider, state: str | None, held: Sequence[HeldAttempt], now: datetime
) -> tuple[Attempt, str, str | None]:
    """Find the attempt by state and cookie both, and make sure that nobody answers it again."""
    attempt, secret = _by_state(db, provider, state, held)
    provider_secret = attempt.provider_secret
    unused = update(Attempt).where(
        Attempt.site_id == attempt.site_id,
        Attempt.id == attempt.id,
        Attempt.used_at.is_(None),
        Attempt.expires_at > now,
    )
    used = db.execute(unused.values(used_at=now, provider_secret=None))
    if cast("CursorResult[Any]", used).rowcount != 1:
        raise CommentKitError("attempt_expired")
    return attempt, secret, provider_secret


def find(db: Session, *, site_id: int, attempt_id: int, held: Sequence[HeldAttempt]) -> Attempt:
    """Return an attempt that this browser began; raises `attempt_foreign`."""
    attempt = db.get(Attempt, (site_id, attempt_id))
    if attempt is None or _secret_of(attempt, held) is None:
        raise CommentKitError("attempt_foreign")
    return attempt


def _by_state(
    db: Session, provider: Provider, state: str | None, held: Sequence[HeldAttempt]
) -> tuple[Attempt, str]:
    query = select(Attempt).where(
        Attempt.site_id.in_({cookie.site_id for cookie in held}),
        Attempt.state_hash == ids.sha256(state or ""),
        Attempt.provider == provider.name,
    )
    for attempt in db.scalars(query):
        secret = _secret_of(attempt, held)
        if secret is not None:
            return attempt, secret
    _log.warning("%s answered an attempt that this browser did not begin", provider.name)
    raise CommentKitError("attempt_foreign")


def _secret_of(attempt: Attempt, held: Sequence[HeldAttempt]) -> str | None:
    """Return what the attempt's own cookie holds, where it is the one this browser was given."""
    for cookie in held:
        if (cookie.site_id, cookie.attempt_id) == (attempt.site_id, attempt.id) and ids.same(
            attempt.cookie_hash, ids.sha256(cookie.secret)
        ):
            return cookie.secret
    return None
