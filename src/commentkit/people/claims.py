"""What nobody can sign in for, taken over: a guest's comments, or those of a provider that ended.

It is shown to be one's own by the browser that wrote it, which still holds the guest's identity,
or by reading the letters of the address that was given with it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from commentkit.discussion import by_account
from commentkit.errors import CommentKitError
from commentkit.model import AccountChange, Identity
from commentkit.model.base import table_of
from commentkit.model.database import Asked
from commentkit.people import accounts, changes, ending
from commentkit.people.viewer import GUEST, Viewer

MOST_COUNTED = 100
"""Comments that are counted to say how many there are."""
_I = table_of(Identity).c


@dataclass(frozen=True)
class Author:
    """An identity that can be claimed, with what it wrote."""

    id: int
    account_id: int
    provider: str
    name: str
    email: str | None
    comments: int
    """`MOST_COUNTED` at the most."""


def of_browser(db: Asked, viewer: Viewer) -> Author | None:
    """Return the guest that this browser wrote as before its reader signed in."""
    guest, active = viewer.guest, viewer.active
    if guest is None or active is None or guest.account_id == active.account_id:
        return None
    written = by_account.count(
        db, site_id=viewer.site_id, account_id=guest.account_id, limit=MOST_COUNTED
    )
    if not written:
        return None
    return Author(guest.id, guest.account_id, guest.provider, guest.name, guest.email, written)


def with_address(
    db: Asked, *, site_id: int, email: str, retired: Collection[str], limit: int
) -> list[Author]:
    """List who wrote with an address and has no way to sign in, the latest first.

    A provider's word for the address is believed where it called it verified.
    """
    found = db.execute(
        select(_I.id)
        .where(_I.site_id == site_id, _I.email == email.lower(), _doorless(retired))
        # Before they are cut: whoever makes many guests with an address would hide the others.
        .where(by_account.wrote_something(table_of(Identity)), ~_is_open(retired))
        .order_by(_I.id.desc())
        .limit(limit)
    )
    numbers = [row.id for row in found]
    return named(db, site_id=site_id, identity_ids=numbers, retired=retired)


def named(
    db: Asked, *, site_id: int, identity_ids: Collection[int], retired: Collection[str]
) -> list[Author]:
    """List those of these identities that can be claimed and wrote something, the latest first.

    Whoever can still sign in to the account needs no claim, and nobody takes anything from them.
    """
    these = (_I.site_id == site_id, _I.id.in_(identity_ids), _doorless(retired))
    who = (_I.id, _I.account_id, _I.provider, _I.name, _I.email)
    rows = db.execute(select(*who).where(*these).order_by(_I.id.desc())).all()
    owners = {row.account_id for row in rows}
    open_ = open_accounts(db, site_id=site_id, account_ids=owners, retired=retired)
    counts = by_account.counts(db, site_id=site_id, account_ids=owners - open_)
    return [
        Author(
            id=row.id,
            account_id=row.account_id,
            provider=row.provider,
            name=row.name,
            email=row.email,
            comments=min(counts[row.id], MOST_COUNTED),
        )
        for row in rows
        if counts.get(row.id)
    ]


def is_proven(db: Asked, *, site_id: int, email: str) -> bool:
    """Tell whether a provider proved an address to be somebody's here."""
    theirs = (_I.site_id == site_id, _I.email == email.lower(), _I.email_verified.is_(True))
    return db.execute(select(_I.id).where(*theirs).limit(1)).first() is not None


def open_accounts(
    db: Asked, *, site_id: int, account_ids: Collection[int], retired: Collection[str]
) -> set[int]:
    """Return those of these accounts that somebody can sign in to."""
    if not account_ids:
        return set()
    doors = _I.provider.not_in([GUEST, *retired])
    query = select(_I.account_id).where(
        _I.site_id == site_id, _I.account_id.in_(account_ids), doors
    )
    return {row.account_id for row in db.execute(query)}


def _doorless(retired: Collection[str]) -> ColumnElement[bool]:
    if not retired:
        return _I.provider == GUEST
    vouched = and_(_I.provider.in_(list(retired)), _I.email_verified.is_(True))
    return or_(_I.provider == GUEST, vouched)


def _is_open(retired: Collection[str]) -> ColumnElement[bool]:
    """Select whether somebody can sign in to the account of an identity."""
    other = table_of(Identity).alias().c
    doors = other.provider.not_in([GUEST, *retired])
    return exists().where(other.site_id == _I.site_id, other.account_id == _I.account_id, doors)


def take_own(
    db: Session, viewer: Viewer, *, identity_id: int, now: datetime
) -> list[AccountChange]:
    """Bring what this browser wrote as a guest to the account in use; raises `claim_over`."""
    author = of_browser(db, viewer)
    if author is None or author.id != identity_id:
        raise CommentKitError("claim_over")
    return take(db, viewer, authors=[author], retired=(), now=now)


def take(
    db: Session,
    viewer: Viewer,
    *,
    authors: Sequence[Author],
    retired: Collection[str],
    now: datetime,
) -> list[AccountChange]:
    """Bring what these wrote to the account in use, each account's in a change that can be undone.

    No right comes along. No browser holds these identities any more: one that does would be part
    of the account from then on. Raises `claim_over`, `account_signed_out`, `blocked`.
    """
    if viewer.active is None:
        raise CommentKitError("account_signed_out")
    target, site_id = viewer.active.account_id, viewer.site_id
    sources = {author.account_id for author in authors} - {target}
    changes.unblocked(db, site_id, target, *sorted(sources))
    numbers = [author.id for author in authors]
    # Whoever claimed or signed in before the lock was had was first.
    still = named(db, site_id=site_id, identity_ids=numbers, retired=retired)
    these = {author.id for author in still if author.account_id in sources}
    rows = accounts.named(db, site_id=site_id, identity_ids=these)
    if not rows:
        raise CommentKitError("claim_over")
    ending.let_go(db, site_id=site_id, identity_ids=sorted(these), now=now)
    return [
        changes.join(
            db,
            site_id=site_id,
            kind=changes.CLAIM,
            identities=[row for row in rows if row.account_id == source],
            source=source,
            target=target,
            now=now,
        )
        for source in sorted({row.account_id for row in rows})
    ]
