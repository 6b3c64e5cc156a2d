"""One person, several identities: linked by proof, merged by two, taken out. Never by e-mail."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from commentkit.errors import CommentKitError
from commentkit.model import AccountChange, Identity
from commentkit.people import accounts, changes, consents, ending
from commentkit.people.accounts import Vouched
from commentkit.people.viewer import GUEST, Viewer


@dataclass(frozen=True)
class Linked:
    """What a round trip for one more identity came to."""

    identity: Identity
    change: AccountChange | None
    """None where the identity belonged to the account already, or belongs to another one."""
    taken: bool = False
    """It is another account's: nothing was moved; both being proven, they may be merged."""


def link(db: Session, *, site_id: int, account_id: int, who: Vouched, now: datetime) -> Linked:
    """Add an identity that was proven just now to an account; one of another account stays there.

    Raises `blocked`, `account_signed_out`.
    """
    [account] = changes.unblocked(db, site_id, account_id)
    known = {i.id for i in accounts.identities_of(db, site_id=site_id, account_id=account.id)}
    identity = accounts.sign_in(db, site_id=site_id, who=who, now=now, account_id=account.id)
    if identity.account_id != account.id:
        return Linked(identity, None, taken=True)
    if identity.id in known:
        return Linked(identity, None)
    change = changes.note(
        db,
        site_id=site_id,
        kind=changes.LINK,
        account_id=account.id,
        other=None,
        identities=[identity],
        now=now,
    )
    return Linked(identity, change)


def merge(db: Session, viewer: Viewer, *, one: int, other: int, now: datetime) -> AccountChange:
    """Make one account of two, both proven in this browser a moment ago.

    The one with more rights stays, else the older one, and what the person may do is what that one
    may: every identity is proven, and the person is told before. Raises `proof_needed`,
    `account_signed_out`, `blocked`.
    """
    if one == other:
        raise CommentKitError("account_signed_out")
    both = changes.proven(db, viewer, one, other, now=now)
    stays, goes = sorted(both, key=lambda a: (-changes.rank(a), a.created_at, a.id))
    moving = accounts.identities_of(db, site_id=viewer.site_id, account_id=goes.id)
    return changes.join(
        db,
        site_id=viewer.site_id,
        kind=changes.MERGE,
        identities=moving,
        source=goes.id,
        target=stays.id,
        now=now,
    )


def unlink(
    db: Session, viewer: Viewer, *, account_id: int, identity_id: int, now: datetime
) -> AccountChange:
    """Take an identity out, with what was written with it; it is signed out everywhere.

    It gets an account of its own without any rights. Raises `identity_last`, `unknown_identity`,
    `proof_needed`, `blocked`.
    """
    changes.proven(db, viewer, account_id, now=now)
    held = accounts.identities_of(db, site_id=viewer.site_id, account_id=account_id)
    leaving = [identity for identity in held if identity.id == identity_id]
    if not leaving:
        raise CommentKitError("unknown_identity")
    if all(i.provider == GUEST or i.id == identity_id for i in held):
        raise CommentKitError("identity_last")
    ending.let_go(db, site_id=viewer.site_id, identity_ids=[identity_id], now=now)
    alone = accounts.new_account(db, site_id=viewer.site_id, now=now)
    changes.move(db, site_id=viewer.site_id, identities=leaving, source=account_id, target=alone.id)
    until = now + changes.UNDO_WITHIN
    consents.let_go(db, site_id=viewer.site_id, identity_ids=[identity_id], at=until, now=now)
    return changes.note(
        db,
        site_id=viewer.site_id,
        kind=changes.UNLINK,
        account_id=account_id,
        other=alone.id,
        identities=leaving,
        now=now,
    )
