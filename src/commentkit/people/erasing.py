"""A person who goes: everything that says who they were is deleted."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.delivery import outbox, subscriptions
from commentkit.discussion import authors
from commentkit.errors import CommentKitError
from commentkit.model import (
    Account,
    AccountChange,
    Comment,
    Identity,
    Passkey,
    Picture,
    TokenIdentity,
)
from commentkit.model.base import table_of
from commentkit.people import accounts, changes, consents, ending
from commentkit.people.viewer import Viewer

_UNSYNCHRONIZED: Any = {"synchronize_session": False}
_EMPTY_PICTURE = bytes.fromhex(
    "524946461a000000574542505650384c0d0000002f00000010071011118888fe0700"
)
"""One transparent pixel, as WebP."""
_PICTURE = table_of(Picture)
_BLANK = (
    update(_PICTURE)
    .where(_PICTURE.c.site_id == bindparam("of_site"), _PICTURE.c.id == bindparam("number"))
    .values(body=_EMPTY_PICTURE, content_type="image/webp", source_hash=bindparam("look"))
)


def erase(
    db: Session, viewer: Viewer, *, account_id: int, keep_as: str = "", now: datetime
) -> None:
    """Erase an account: identities, passkeys, sign-ins, subscriptions, addresses, pictures.

    What was consented to at a provider is withdrawn there soon, where that one asks for it.
    Comments are deleted or, given a name in `keep_as`, what is approved stays under that name.
    Erasing what is erased is no error. Raises `proof_needed`, `account_signed_out`, `blocked`: who
    is blocked would come back as new.
    """
    changes.demand_proven(viewer, account_id, now)
    if db.get(Account, (viewer.site_id, account_id)) is None:
        return
    changes.proven(db, viewer, account_id, now=now)
    _erase(db, viewer.site_id, account_id, keep_as, now)


def erase_for(
    db: Session,
    *,
    site_id: int,
    account_id: int,
    keep_as: str = "",
    blocked: bool = False,
    now: datetime,
) -> None:
    """Erase an account for a person who asked the owner of the site, as `erase` does for them.

    Raises `account_signed_out` where there is none, and `blocked` unless that is meant too.
    """
    account = accounts.lock(db, site_id, account_id)[0]
    if account.blocked_at is not None and not blocked:
        raise CommentKitError("blocked")
    _erase(db, site_id, account_id, keep_as, now)


def _erase(db: Session, site_id: int, account_id: int, keep_as: str, now: datetime) -> None:
    ending.everywhere(db, site_id=site_id, account_id=account_id, now=now)
    identities = accounts.identities_of(db, site_id=site_id, account_id=account_id)
    numbers = [identity.id for identity in identities]
    # Whoever only says that an address is theirs stops nobody's letters.
    theirs = {i.email for i in identities if i.email and i.email_verified}
    shown = _pictures(db, site_id, account_id, identities)
    authors.erase(db, site_id=site_id, account_id=account_id, now=now, keep_as=keep_as)
    ended = subscriptions.erase(db, site_id=site_id, account_id=account_id, emails=theirs)
    outbox.forget_about(
        db,
        site_id=site_id,
        subscriptions=ended,
        identities=numbers,
        addresses=theirs,
        now=now,
    )
    consents.erase(db, site_id=site_id, identity_ids=numbers, now=now)
    _delete_identities(db, site_id, account_id, numbers)
    _blank(db, site_id, shown)


def _pictures(
    db: Session, site_id: int, account_id: int, identities: Collection[Identity]
) -> set[int]:
    """Return the pictures that identities have now, or had when they wrote."""
    theirs = (
        Comment.site_id == site_id,
        Comment.account_id == account_id,
        Comment.author_picture_id.is_not(None),
    )
    then = db.scalars(select(Comment.author_picture_id).where(*theirs).distinct())
    now = {identity.picture_id for identity in identities}
    return {number for number in now.union(then) if number is not None}


def _delete_identities(
    db: Session, site_id: int, account_id: int, numbers: Collection[int]
) -> None:
    gone = [account_id, *_emptied(db, site_id, account_id)]
    for some in (
        delete(TokenIdentity).where(
            TokenIdentity.site_id == site_id, TokenIdentity.identity_id.in_(numbers)
        ),
        delete(Passkey).where(Passkey.site_id == site_id, Passkey.identity_id.in_(numbers)),
        delete(AccountChange).where(
            AccountChange.site_id == site_id, AccountChange.account_id.in_(gone)
        ),
        delete(Identity).where(Identity.site_id == site_id, Identity.id.in_(numbers)),
        delete(Account).where(Account.site_id == site_id, Account.id.in_(gone)),
    ):
        db.execute(some, execution_options=_UNSYNCHRONIZED)


def _emptied(db: Session, site_id: int, account_id: int) -> set[int]:
    """Return the accounts that were merged into this one, and have nobody left."""
    theirs = (AccountChange.site_id == site_id, AccountChange.account_id == account_id)
    others = select(AccountChange.other_account_id).where(*theirs)
    known = {number for number in db.scalars(others) if number is not None}
    inhabited = select(Identity.account_id).where(
        Identity.site_id == site_id, Identity.account_id.in_(known)
    )
    return known - set(db.scalars(inhabited))


def _blank(db: Session, site_id: int, numbers: Collection[int]) -> None:
    """Empty pictures that no other identity has: an old comment may still name one of them.

    Only a provider's picture for everybody is ever shared, since an address is part of its name.
    """
    if not numbers:
        return
    used = select(Identity.picture_id).where(
        Identity.site_id == site_id, Identity.picture_id.in_(numbers)
    )
    shared = set(db.scalars(used))
    alone = sorted(set(numbers) - shared)
    if alone:
        values = [
            {"of_site": site_id, "number": number, "look": ids.sha256(ids.new_secret())}
            for number in alone
        ]
        db.connection().execute(_BLANK, values)
