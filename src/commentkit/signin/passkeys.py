"""The keys that people registered: found by what an authenticator shows, kept with a person."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, and_, or_, select, update
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.model import Identity, Passkey
from commentkit.model.writing import add_once
from commentkit.signin.provider import Profile, ProviderError


@dataclass(frozen=True)
class NewKey:
    """A key that was made just now."""

    credential: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int


@dataclass(frozen=True)
class UsedKey:
    """A key that answered, and what its counter then said."""

    id: int
    sign_count_before: int
    sign_count: int


@dataclass(frozen=True)
class PasskeyProfile(Profile):
    """A person, and the key to be kept with them."""

    key: NewKey | UsedKey | None = None


@dataclass(frozen=True)
class KnownKey:
    """A key as it is kept, and whose it is."""

    id: int
    public_key: bytes = field(repr=False)
    sign_count: int
    handle: str
    """The subject of the identity: what the authenticator calls the user."""
    name: str


def find(db: Session, *, site_id: int, credential: bytes, issuer: str) -> KnownKey | None:
    """Find a key by the credential's id."""
    row = db.execute(
        select(Passkey, Identity)
        .join(
            Identity,
            (Identity.site_id == Passkey.site_id) & (Identity.id == Passkey.identity_id),
        )
        .where(Passkey.site_id == site_id, Passkey.credential_hash == _hash(credential))
    ).one_or_none()
    if row is None or row.Identity.issuer != issuer:
        return None
    key, person = row.Passkey, row.Identity
    return KnownKey(key.id, key.public_key, key.sign_count, person.subject, person.name)


def keep(db: Session, identity: Identity, key: NewKey | UsedKey, *, now: datetime) -> None:
    """Store a new key, or the counter of one that was used; raise ProviderError.

    Done again after a commit whose outcome was unknown, it finds its own work and is content.
    """
    if isinstance(key, NewKey):
        if not _add(db, identity, key, now) and not _is(db, identity, key):
            raise ProviderError("bad_answer", "passkey: registered before")
    elif not _count(db, identity, key, now):
        raise ProviderError("bad_answer", "passkey: used twice at once")


def _add(db: Session, identity: Identity, key: NewKey, now: datetime) -> bool:
    row = Passkey(
        site_id=identity.site_id,
        id=ids.new_id(now),
        identity_id=identity.id,
        credential_hash=_hash(key.credential),
        credential=key.credential,
        public_key=key.public_key,
        sign_count=key.sign_count,
        created_at=now,
        used_at=now,
    )
    return add_once(db, row)


def _is(db: Session, identity: Identity, key: NewKey) -> bool:
    """Tell whether it is this person's already: their handle was drawn for this one attempt."""
    mine = select(Passkey.id).where(
        Passkey.site_id == identity.site_id,
        Passkey.credential_hash == _hash(key.credential),
        Passkey.identity_id == identity.id,
    )
    return db.scalar(mine) is not None


def _count(db: Session, identity: Identity, key: UsedKey, now: datetime) -> bool:
    """Move the counter on from where it was when the answer was checked."""
    mine = update(Passkey).where(
        Passkey.site_id == identity.site_id,
        Passkey.id == key.id,
        or_(
            Passkey.sign_count == key.sign_count_before,
            and_(Passkey.sign_count == key.sign_count, Passkey.used_at == now),
        ),
    )
    moved = db.execute(mine.values(sign_count=key.sign_count, used_at=now))
    return cast("CursorResult[Any]", moved).rowcount == 1


def _hash(credential: bytes) -> bytes:
    return hashlib.sha256(credential).digest()
