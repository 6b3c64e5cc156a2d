"""Drafts of readers without JavaScript: what was typed survives sign-in, change and errors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.model import Draft

KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class Kept:
    """What the next page shows in the form."""

    typed: Mapping[str, str] = field(default_factory=dict)
    state: str = ""
    notice: str = ""
    notice_about: str = ""


def keep(db: Session, *, site_id: int, key: str, kept: Kept, now: datetime) -> str:
    """Store a draft and return what its cookie holds: id and secret."""
    secret = ids.new_secret()
    draft = Draft(
        site_id=site_id,
        id=ids.new_id(now),
        secret_hash=ids.sha256(secret),
        thread_key_hash=ids.sha256(key),
        typed=dict(kept.typed),
        state=kept.state,
        notice=kept.notice,
        notice_about=kept.notice_about,
        expires_at=now + KEPT,
    )
    db.add(draft)
    db.flush()
    return f"{draft.id}.{secret}"


def note(db: Session, *, site_id: int, cookie: str, code: str, about: str, now: datetime) -> None:
    """Add to a draft what went wrong since; an unknown cookie changes nothing."""
    draft = _held(db, site_id, cookie, now)
    if draft is not None:
        draft.notice, draft.notice_about = code, about
        db.flush()


def find(db: Session, *, site_id: int, key: str, cookie: str, now: datetime) -> Kept:
    """Return the draft a browser holds for this thread; an empty one for any other."""
    draft = _held(db, site_id, cookie, now)
    if draft is None or not ids.same(draft.thread_key_hash, ids.sha256(key)):
        return Kept()
    return Kept(draft.typed, draft.state, draft.notice, draft.notice_about)


def _held(db: Session, site_id: int, cookie: str, now: datetime) -> Draft | None:
    text, _, secret = cookie[:100].partition(".")
    number = ids.read(text)
    draft = None if number is None else db.get(Draft, (site_id, number))
    if draft is None or now >= draft.expires_at:
        return None
    return draft if ids.same(draft.secret_hash, ids.sha256(secret)) else None
