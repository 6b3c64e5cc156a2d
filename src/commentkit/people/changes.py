"""Identities that come to an account or leave it: moved with what they wrote, noted, undone.

Comments follow the identity that they were written with, so that a move can be taken back.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.delivery import subscriptions
from commentkit.discussion import authors
from commentkit.errors import CommentKitError
from commentkit.model import Account, AccountChange, Identity
from commentkit.people import accounts, consents, ending, tokens
from commentkit.people.viewer import GUEST, Viewer

UNDO_WITHIN = timedelta(days=30)
LINK, MERGE, CLAIM, UNLINK = "link", "merge", "claim", "unlink"
_RANKS = {"member": 0, "moderator": 1, "owner": 2}


def rank(account: Account) -> int:
    """Return how much an account may, for comparing."""
    return _RANKS.get(account.role, 0)


def demand_proven(viewer: Viewer, account_id: int, now: datetime) -> None:
    """Raise unless this browser is signed in to the account, and proved so a moment ago.

    `account_signed_out`, else `proof_needed`.
    """
    if account_id not in {identity.account_id for identity in viewer.signed_in}:
        raise CommentKitError("account_signed_out")
    if not viewer.is_fresh(account_id, now):
        raise CommentKitError("proof_needed")


def unblocked(db: Session, site_id: int, *account_ids: int) -> list[Account]:
    """Lock accounts for a change; raises `blocked`, since moving identities about would wash it."""
    found = accounts.lock(db, site_id, *account_ids)
    if any(account.blocked_at is not None for account in found):
        raise CommentKitError("blocked")
    return found


def proven(db: Session, viewer: Viewer, *account_ids: int, now: datetime) -> list[Account]:
    """Lock accounts for a change by who proved a moment ago to be signed in to each of them.

    Asked again once they are locked: whoever was taken out or signed out while this request waited
    changes nothing any more. Raises as `demand_proven` and `unblocked` do.
    """
    for account_id in account_ids:
        demand_proven(viewer, account_id, now)
    found = unblocked(db, viewer.site_id, *account_ids)
    standing = tokens.as_it_stands(db, viewer)
    for account_id in account_ids:
        demand_proven(standing, account_id, now)
    return found


def move(
    db: Session, *, site_id: int, identities: Collection[Identity], source: int, target: int
) -> None:
    """Move identities, what was written with them, and the mail that goes to their addresses."""
    numbers = [identity.id for identity in identities]
    for identity in identities:
        identity.account_id = target
    db.flush()
    addresses = {identity.email for identity in identities if identity.email}
    subscriptions.move(db, site_id=site_id, emails=addresses, source=source, target=target)
    # Last: what is being written with them now is stored before the flush above goes on.
    authors.move(db, site_id=site_id, identity_ids=numbers, source=source, target=target)


def note(
    db: Session,
    *,
    site_id: int,
    kind: str,
    account_id: int,
    other: int | None,
    identities: Collection[Identity],
    now: datetime,
) -> AccountChange:
    """Note a change so that it can be undone."""
    change = AccountChange(
        site_id=site_id,
        id=ids.new_id(now),
        account_id=account_id,
        other_account_id=other,
        kind=kind,
        identities=[identity.id for identity in identities],
        created_at=now,
    )
    db.add(change)
    db.flush()
    return change


def join(
    db: Session,
    *,
    site_id: int,
    kind: str,
    identities: Collection[Identity],
    source: int,
    target: int,
    now: datetime,
) -> AccountChange:
    """Bring identities of one account to another one, and note it; who may is the caller's care."""
    move(db, site_id=site_id, identities=identities, source=source, target=target)
    return note(
        db,
        site_id=site_id,
        kind=kind,
        account_id=target,
        other=source,
        identities=identities,
        now=now,
    )


def of_account(db: Session, *, site_id: int, account_id: int, now: datetime) -> list[AccountChange]:
    """List what can still be undone, the newest first."""
    rows = db.scalars(
        select(AccountChange)
        .where(
            AccountChange.site_id == site_id,
            AccountChange.account_id == account_id,
            AccountChange.created_at > now - UNDO_WITHIN,
            AccountChange.undone_at.is_(None),
        )
        .order_by(AccountChange.created_at.desc(), AccountChange.id.desc())
    )
    return list(rows)


def undo(db: Session, viewer: Viewer, *, change_id: int, now: datetime) -> AccountChange:
    """Take a change back; raises `undo_over` where that cannot be any more.

    What was brought together goes apart: each identity goes back to where it came from, and no
    account gets back more rights than the one it leaves still has. What was taken out comes back
    only if nobody has signed in with it since: from then on it has to be proven anew.
    """
    change = db.get(AccountChange, (viewer.site_id, change_id))
    if change is None or change.undone_at is not None or now - change.created_at >= UNDO_WITHIN:
        raise CommentKitError("undo_over")
    [account] = proven(db, viewer, change.account_id, now=now)
    if change.kind == UNLINK:
        _take_back(db, change)
    else:
        _give_back(db, change, account, now)
    change.undone_at = now
    db.flush()
    return change


def _take_back(db: Session, change: AccountChange) -> None:
    other = change.other_account_id or 0
    if db.get(Account, (change.site_id, other)) is None:  # erased since
        raise CommentKitError("undo_over")
    unblocked(db, change.site_id, change.account_id, other)
    accounts.hold(db, site_id=change.site_id, identity_ids=change.identities)
    outside = accounts.identities_of(db, site_id=change.site_id, account_id=other)
    untouched = [identity.id for identity in outside] == change.identities
    seen = any(identity.seen_at > change.created_at for identity in outside)
    # Clocks differ, and a sign-in may have been under way: what it came to is there to be seen.
    held = ending.held_anywhere(db, site_id=change.site_id, identity_ids=change.identities)
    if not untouched or seen or held:
        raise CommentKitError("undo_over")
    move(db, site_id=change.site_id, identities=outside, source=other, target=change.account_id)
    consents.take_back(db, site_id=change.site_id, identity_ids=change.identities)


def _give_back(db: Session, change: AccountChange, account: Account, now: datetime) -> None:
    site_id, whole = change.site_id, change.account_id
    held = accounts.identities_of(db, site_id=site_id, account_id=whole)
    leaving = [identity for identity in held if identity.id in change.identities]
    staying = [identity for identity in held if identity.id not in change.identities]
    if not leaving or all(identity.provider == GUEST for identity in staying):
        raise CommentKitError("undo_over")
    numbers = [identity.id for identity in leaving]
    ending.let_go(db, site_id=site_id, identity_ids=numbers, now=now)
    target = _former(db, change, account, now)
    move(db, site_id=site_id, identities=leaving, source=whole, target=target.id)
    if change.other_account_id is None:
        # It goes back to nobody's account: as good as taken out.
        end = now + UNDO_WITHIN
        consents.let_go(db, site_id=site_id, identity_ids=numbers, at=end, now=now)


def _former(db: Session, change: AccountChange, account: Account, now: datetime) -> Account:
    """Return the account that identities go back to, with no more rights than `account` has."""
    if change.other_account_id is None:
        return accounts.new_account(db, site_id=change.site_id, now=now)
    former = db.get(Account, (change.site_id, change.other_account_id))
    if former is None:
        return accounts.new_account(db, site_id=change.site_id, now=now)
    former.role = min(former, account, key=rank).role
    return former
