"""Accounts and identities: who a profile or a guest is on this site."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.errors import CommentKitError
from commentkit.model import Account, Identity
from commentkit.model.base import table_of
from commentkit.model.database import Asked
from commentkit.people.viewer import GUEST, Held, KnownIdentity
from commentkit.text import clean_line, http_url

_IDENTITY = table_of(Identity)
_NEW_ACCOUNT = insert(table_of(Account))
_NEW_IDENTITY = insert(_IDENTITY)

MAX_NAME = 100
_WRITTEN_NAME = 200


@dataclass(frozen=True, kw_only=True)
class Vouched:
    """A person as a provider describes them, already cleaned."""

    provider: str
    issuer: str
    subject: str
    name: str
    handle: str | None = None
    profile_url: str | None = None
    picture_id: int | None = None
    email: str | None = None
    email_verified: bool = False
    name_told: bool = True
    """Whether the provider told a name; else `name` stands in, until one is known."""


@dataclass(frozen=True)
class GuestDetails:
    """What a guest typed, already checked."""

    name: str
    email: str | None
    website: str | None
    picture_id: int | None = None


def checked_email(email: str, *, required: bool) -> str | None:
    """Return an address as it will be stored; raises `email_required` or `email_invalid`."""
    email = email.strip()
    if not email:
        if required:
            raise CommentKitError("email_required")
        return None
    from email_validator import EmailNotValidError, validate_email  # for who writes, not reads

    try:
        return validate_email(email, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise CommentKitError("email_invalid") from error


def checked_name(name: str) -> str:
    """Return a name on one visible line; raises `name_required` or `name_too_long`."""
    cleaned = clean_line(name, limit=_WRITTEN_NAME)
    if not cleaned:
        raise CommentKitError("name_required")
    if len(cleaned) > MAX_NAME:
        raise CommentKitError("name_too_long")
    return cleaned


def checked_website(website: str) -> str | None:
    """Return a web address, or None for none; raises `website_invalid`."""
    website = website.strip()
    if not website:
        return None
    url = http_url(website)
    if url is None:
        raise CommentKitError("website_invalid")
    return url


def sign_in(
    db: Session, *, site_id: int, who: Vouched, now: datetime, account_id: int | None = None
) -> Identity:
    """Return the identity of (issuer, subject), made on its first sign-in, with today's profile.

    A new one gets an account of its own, or joins `account_id`.
    """
    identity = _by_subject(db, site_id, who.issuer, who.subject, held=True)
    if identity is None:
        identity = _create(db, site_id=site_id, who=who, now=now, account_id=account_id)
    if who.name_told or not identity.name:
        # Some tell a name once and never again.
        identity.name = who.name[:_WRITTEN_NAME]
    identity.provider = who.provider  # an issuer may have several, some of which may end
    identity.handle = who.handle
    identity.profile_url = who.profile_url
    identity.picture_id = who.picture_id or identity.picture_id
    identity.email = who.email.lower() if who.email else None
    identity.email_verified = who.email_verified
    identity.seen_at = now
    db.flush()
    return identity


def guest(
    db: Session, *, site_id: int, held: Held | None, details: GuestDetails, now: datetime
) -> KnownIdentity:
    """Return this browser's guest identity with what was typed now, or a new one.

    An identity is held only by whoever has its token: a typed name or address never reaches
    somebody else's.
    """
    typed = {
        "name": details.name,
        "email": details.email.lower() if details.email else None,
        "profile_url": details.website,
        "picture_id": details.picture_id,
    }
    if held is not None and _changed(db, held, typed | {"seen_at": now}):
        return KnownIdentity._make((KnownIdentity.of(held)._asdict() | typed).values())
    return _new_guest(db, site_id, typed, now)


def is_mere_guest(db: Session, identity: Identity) -> bool:
    """Tell whether an identity is a guest's whom nobody has claimed, until this transaction ends.

    One that was claimed is part of somebody's account: whoever holds it is that person.
    """
    if identity.provider != GUEST:
        return False
    hold(db, site_id=identity.site_id, identity_ids=[identity.id])
    db.refresh(identity)
    theirs = (
        _IDENTITY.c.site_id == identity.site_id,
        _IDENTITY.c.account_id == identity.account_id,
    )
    vouched = select(_IDENTITY.c.id).where(*theirs, _IDENTITY.c.provider != GUEST)
    return db.execute(vouched.limit(1)).first() is None


def hold(db: Session, *, site_id: int, identity_ids: Collection[int]) -> Mapping[int, int]:
    """Let nobody else hand out, take out or move identities until this transaction ends.

    Returns the account of each that there is. Whoever gives one to a browser or takes it from all
    of them asks for it first, so that neither overlooks what the other does at the same moment.
    """
    these = (_IDENTITY.c.site_id == site_id, _IDENTITY.c.id.in_(sorted(identity_ids)))
    whose = select(_IDENTITY.c.id, _IDENTITY.c.account_id).where(*these)
    rows = db.execute(whose.order_by(_IDENTITY.c.id).with_for_update())
    return {row.id: row.account_id for row in rows}


def _changed(db: Session, held: Held, values: Mapping[str, Any]) -> bool:
    """Change an identity read in an earlier transaction; False where it is gone or moved since."""
    mine = update(_IDENTITY).where(
        _IDENTITY.c.site_id == held.site_id,
        _IDENTITY.c.id == held.id,
        _IDENTITY.c.account_id == held.account_id,
    )
    return db.connection().execute(mine.values(values)).rowcount > 0


def _new_guest(db: Session, site_id: int, typed: Mapping[str, Any], now: datetime) -> KnownIdentity:
    """Make account and identity; the subject is new, so nobody else can make the same."""
    subject, account_id = ids.new_secret(), ids.new_id(now)
    account = {"site_id": site_id, "id": account_id, "role": "member", "created_at": now}
    identity = dict(
        typed,
        site_id=site_id,
        id=ids.new_id(now),
        account_id=account_id,
        provider=GUEST,
        issuer=GUEST,
        subject=subject,
        subject_hash=ids.subject_hash(GUEST, subject),
        email_verified=False,
        created_at=now,
        seen_at=now,
    )
    connection = db.connection()
    connection.execute(_NEW_ACCOUNT, account)
    connection.execute(_NEW_IDENTITY, identity)
    return KnownIdentity._make(identity[name] for name in KnownIdentity._fields)


def of_identity(db: Session, identity: Identity) -> Account:
    """Return the account an identity belongs to."""
    return db.get_one(Account, (identity.site_id, identity.account_id))


def identities_of(db: Session, *, site_id: int, account_id: int) -> list[Identity]:
    """List an account's identities, the oldest first."""
    mine = (Identity.site_id == site_id, Identity.account_id == account_id)
    return list(
        db.scalars(select(Identity).where(*mine).order_by(Identity.created_at, Identity.id))
    )


def identity_ids_of(db: Asked, *, site_id: int, account_id: int) -> list[int]:
    """List the ids of an account's identities, for statements that find rows by them.

    Asked apart: as one statement, planners without statistics read all rows of the site.
    """
    mine = (_IDENTITY.c.site_id == site_id, _IDENTITY.c.account_id == account_id)
    return [row.id for row in db.execute(select(_IDENTITY.c.id).where(*mine))]


def named(db: Session, *, site_id: int, identity_ids: Collection[int]) -> list[Identity]:
    """List identities by their ids; those that are gone are left out."""
    these = (Identity.site_id == site_id, Identity.id.in_(identity_ids))
    return list(db.scalars(select(Identity).where(*these)))


def new_account(db: Session, *, site_id: int, now: datetime, role: str = "member") -> Account:
    """Make an account that has no identity yet."""
    account = Account(site_id=site_id, id=ids.new_id(now), role=role, created_at=now)
    db.add(account)
    db.flush()
    return account


def lock(db: Session, site_id: int, *account_ids: int) -> list[Account]:
    """Return accounts that no other transaction changes until this one ends, in the order asked.

    Raises `account_signed_out` where one does not exist any more.
    """
    wanted = (Account.site_id == site_id, Account.id.in_(account_ids))
    in_order = select(Account).where(*wanted).order_by(Account.id).with_for_update()
    # What was read before the lock may have changed until it was had.
    rows = db.scalars(in_order, execution_options={"populate_existing": True})
    found = {account.id: account for account in rows}
    if any(account_id not in found for account_id in account_ids):
        raise CommentKitError("account_signed_out")
    return [found[account_id] for account_id in account_ids]


def _by_subject(
    db: Session, site_id: int, issuer: str, subject: str, *, held: bool = False
) -> Identity | None:
    """Find an identity; one that is `held` is neither moved nor erased until this is over."""
    query = select(Identity).where(
        Identity.site_id == site_id,
        Identity.subject_hash == ids.subject_hash(issuer, subject),
    )
    return db.scalar(query.with_for_update() if held else query)


def _create(
    db: Session, *, site_id: int, who: Vouched, now: datetime, account_id: int | None
) -> Identity:
    """Make identity and, unless it joins one, account; another request's where that was faster."""
    account = Account(site_id=site_id, id=ids.new_id(now), role="member", created_at=now)
    identity = Identity(
        site_id=site_id,
        id=ids.new_id(now),
        account_id=account_id or account.id,
        provider=who.provider,
        issuer=who.issuer,
        subject=who.subject,
        subject_hash=ids.subject_hash(who.issuer, who.subject),
        name=who.name[:_WRITTEN_NAME],
        email_verified=False,
        created_at=now,
        seen_at=now,
    )
    try:
        with db.begin_nested():
            if account_id is None:
                db.add(account)
                db.flush()
            db.add(identity)
    except IntegrityError:
        # Without asking for it: who lost the race on MariaDB shares it with others who did.
        found = _by_subject(db, site_id, who.issuer, who.subject)
        if found is None:
            raise
        return found
    return identity
