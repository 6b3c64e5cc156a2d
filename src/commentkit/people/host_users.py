"""People whom the host itself vouches for: asked for anew at each request, or told in a token."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.errors import CommentKitError
from commentkit.model import Account, Identity
from commentkit.model.base import table_of
from commentkit.model.database import Asked
from commentkit.people import accounts, pictures
from commentkit.people.accounts import Vouched
from commentkit.people.viewer import HOST, STRANGER, Hold, KnownIdentity, KnownToken, Viewer
from commentkit.signin.addresses import web_address
from commentkit.text import clean_line

MAX_ID_CHARS = 255
MAX_NAME_CHARS = 64
_LOOK_AGAIN = timedelta(days=1)
"""After which a picture is fetched anew, when its person writes."""
_ENDLESS = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class HostUser:
    """A person as the host knows them; raises `ValueError` for what cannot be said of one.

    `id` is the host's permanent id of the person: never a name or an address that may change, or
    go to somebody else. `signed_in_at` says when they last proved to the host who they are, and
    knows its time zone.
    """

    id: str
    name: str
    email: str | None = None
    email_verified: bool = False
    picture: str | None = None
    """The https address of a picture; the server fetches it, and no reader's browser does."""
    profile_url: str | None = None
    signed_in_at: datetime | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not _is_id(self.id):
            raise ValueError("a host's user needs an id: a text of 1 to 255 visible characters")
        if not isinstance(self.name, str) or not clean_line(self.name, limit=MAX_NAME_CHARS):
            raise ValueError("a host's user needs a name that can be seen")
        for address in (self.email, self.picture, self.profile_url):
            if not isinstance(address, str | None):
                raise ValueError("a host's user has addresses that are texts, or None")
        if self.signed_in_at is not None and not _is_aware(self.signed_in_at):
            raise ValueError("a host's user signed in at a time that knows its zone")


@dataclass(frozen=True, kw_only=True)
class HostUsers:
    """How the host tells who its users are, and where they log in and out."""

    current: Callable[[], HostUser | None]
    login_url: str | None = None
    logout_url: str | None = None


@dataclass(frozen=True)
class Teller:
    """Who tells of a person: what their identity is kept under."""

    provider: str
    issuer: str


AT_HOST = Teller(HOST, HOST)
"""The app that we live in."""


class Kept(NamedTuple):
    """What is stored of a person."""

    identity: KnownIdentity
    seen_at: datetime
    role: str
    blocked_at: datetime | None


def _is_aware(at: object) -> bool:
    return isinstance(at, datetime) and at.utcoffset() is not None


def _is_id(text: str) -> bool:
    unusable = any(unicodedata.category(char) in ("Cc", "Cs") for char in text)
    return bool(text.strip()) and len(text) <= MAX_ID_CHARS and not unusable


_WHO = table_of(Identity)
_PERSON = table_of(Account)
_KEPT = (
    select(
        *(_WHO.c[name] for name in KnownIdentity._fields),
        _WHO.c.seen_at,
        _PERSON.c.role,
        _PERSON.c.blocked_at,
    )
    .join(_PERSON, and_(_PERSON.c.site_id == _WHO.c.site_id, _PERSON.c.id == _WHO.c.account_id))
    .where(_WHO.c.site_id == bindparam("site_id"), _WHO.c.subject_hash == bindparam("subject_hash"))
)


def find(db: Asked, *, site_id: int, user: HostUser, teller: Teller) -> Kept | None:
    """Return what is stored of a person; None for who never wrote here."""
    asked = {"site_id": site_id, "subject_hash": ids.subject_hash(teller.issuer, user.id)}
    row = db.execute(_KEPT, asked).one_or_none()
    if row is None:
        return None
    width = len(KnownIdentity._fields)
    return Kept(KnownIdentity._make(row[:width]), *row[width:])


def viewer(
    kept: Kept | None, *, site_id: int, user: HostUser, origin: str, loopback: bool
) -> Viewer:
    """Return the person of this one request: under no token, so that a logout needs no telling.

    Whoever only reads leaves nothing here: their ids belong to nobody.
    """
    told = vouched(user, teller=AT_HOST, loopback=loopback)
    identity = KnownIdentity(
        site_id=site_id,
        id=kept.identity.id if kept else STRANGER,
        account_id=kept.identity.account_id if kept else STRANGER,
        provider=HOST,
        name=told.name,
        profile_url=told.profile_url,
        picture_id=kept.identity.picture_id if kept else None,
        email=told.email,
        email_verified=told.email_verified,
    )
    role = kept.role if kept else "member"
    return Viewer(
        site_id=site_id,
        token=_for_now(site_id, identity.id, origin),
        identities=(identity,),
        role=role,
        blocked_at=kept.blocked_at if kept else None,
        roles={identity.account_id: role} if role != "member" else {},
        holds={identity.id: Hold(user.signed_in_at, None)} if user.signed_in_at else {},
    )


def _for_now(site_id: int, identity_id: int, origin: str) -> KnownToken:
    """Make what stands for a token: stored nowhere, and the same each time for caches to know."""
    return KnownToken(
        site_id=site_id,
        id=STRANGER,
        transport=HOST,
        origin=origin,
        active_identity_id=identity_id,
        persistent=False,
        used_at=_ENDLESS,
        expires_at=_ENDLESS,
        revoked_at=None,
    )


def vouched(
    user: HostUser, *, teller: Teller, loopback: bool, picture_id: int | None = None
) -> Vouched:
    """Clean what the host says, as what any provider says is; an unusable address is left out."""
    email = _email(user.email)
    return Vouched(
        provider=teller.provider,
        issuer=teller.issuer,
        subject=user.id,
        name=clean_line(user.name, limit=MAX_NAME_CHARS),
        profile_url=web_address(user.profile_url, loopback=loopback),
        picture_id=picture_id,
        email=email,
        email_verified=email is not None and user.email_verified is True,
    )


def _email(said: str | None) -> str | None:
    try:
        return accounts.checked_email(said, required=False) if isinstance(said, str) else None
    except CommentKitError:
        return None


def is_current(kept: Kept | None, told: Vouched, *, now: datetime) -> bool:
    """Tell whether what is stored says what the host says now, and was looked at lately."""
    if kept is None or now - kept.seen_at > _LOOK_AGAIN:
        return False
    names = ("name", "profile_url", "email", "email_verified")
    return all(getattr(kept.identity, name) == getattr(told, name) for name in names)


def keep(
    db: Session,
    *,
    site_id: int,
    user: HostUser,
    teller: Teller,
    picture: tuple[str, bytes] | None,
    loopback: bool,
    now: datetime,
) -> Identity:
    """Store a person as the host describes them today."""
    number = None
    if picture is not None and user.picture:
        content_type, body = picture
        number = pictures.store(
            db,
            site_id=site_id,
            source_url=user.picture,
            content_type=content_type,
            body=body,
            now=now,
        )
    who = vouched(user, teller=teller, loopback=loopback, picture_id=number)
    return accounts.sign_in(db, site_id=site_id, who=who, now=now)
