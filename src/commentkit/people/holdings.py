"""All that is kept about one person, as data; read in pieces, so that no size of it matters."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select

from commentkit import ids
from commentkit.discussion import by_account
from commentkit.model import (
    Account,
    AccountChange,
    Consent,
    Database,
    Identity,
    Passkey,
    Subscription,
    Thread,
    Token,
)
from commentkit.model.base import Base, table_of
from commentkit.model.database import Asked
from commentkit.people import tokens

_WHO = table_of(Identity)
PIECE = 500
"""Comments read at once: some megabytes at the most."""

Row = dict[str, Any]
_ACCOUNT = ("id", "role", "blocked_at", "created_at")
_IDENTITY = (
    "id",
    "provider",
    "issuer",
    "subject",
    "name",
    "handle",
    "profile_url",
    "picture_id",
    "email",
    "email_verified",
    "created_at",
    "seen_at",
)
_TOKEN = ("transport", "origin", "created_at", "used_at", "expires_at", "revoked_at")
_PASSKEY = ("identity_id", "created_at", "used_at")
_CONSENT = ("identity_id", "provider", "withdraw_at", "created_at")
"""The token it is withdrawn by stays with us: whoever has it could withdraw it too."""
_CHANGE = ("kind", "identities", "created_at", "undone_at")
_SUBSCRIPTION = ("kind", "email", "language", "confirmed_at", "created_at")


def read(database: Database, *, site_id: int, account_id: int) -> Iterator[tuple[str, Row]]:
    """Yield every row about an account with the name of the list that it belongs to.

    No transaction is open while a row is in the caller's hands.
    """
    with database.look() as db:
        few = list(_few(db, site_id, account_id))
    yield from few
    place = None
    while True:
        with database.look() as db:
            rows = by_account.everything(
                db, site_id=site_id, account_id=account_id, after=place, limit=PIECE
            )
        if not rows:
            return
        yield from (("comments", _comment(row)) for row in rows)
        place = by_account.place_of(rows[-1])


LISTS = (
    "account",
    "identities",
    "passkeys",
    "consents",
    "signed_in",
    "subscriptions",
    "changes",
    "comments",
)
"""In this order."""


def of_subject(db: Asked, *, site_id: int, issuer: str, subject: str) -> int | None:
    """Return the account of whom an issuer knows by a permanent id."""
    theirs = (
        _WHO.c.site_id == site_id,
        _WHO.c.subject_hash == ids.subject_hash(issuer, subject),
    )
    number: int | None = db.execute(select(_WHO.c.account_id).where(*theirs)).scalar_one_or_none()
    return number


def of_email(db: Asked, *, site_id: int, email: str) -> list[int]:
    """Return the accounts that have an address, proven or merely typed."""
    theirs = (_WHO.c.site_id == site_id, _WHO.c.email == email.lower())
    found = select(_WHO.c.account_id).where(*theirs).distinct().order_by(_WHO.c.account_id)
    return list(db.execute(found).scalars())


def _few(db: Asked, site_id: int, account_id: int) -> Iterator[tuple[str, Row]]:
    """Read what nobody has much of."""
    identity, passkey, token = table_of(Identity), table_of(Passkey), table_of(Token)
    consent = table_of(Consent)
    of_account = (identity.c.site_id == site_id, identity.c.account_id == account_id)
    theirs = [row.id for row in db.execute(select(identity.c.id).where(*of_account))]
    held = tokens.holding(db, site_id=site_id, account_id=account_id)
    for name, entity, columns, which in (
        ("account", Account, _ACCOUNT, table_of(Account).c.id == account_id),
        ("identities", Identity, _IDENTITY, identity.c.account_id == account_id),
        ("passkeys", Passkey, _PASSKEY, passkey.c.identity_id.in_(theirs)),
        ("consents", Consent, _CONSENT, consent.c.identity_id.in_(theirs)),
        ("signed_in", Token, _TOKEN, token.c.id.in_(held)),
    ):
        yield from ((name, row) for row in _rows(db, entity, columns, site_id, which))
    yield from (("subscriptions", row) for row in _subscriptions(db, site_id, account_id))
    changed = table_of(AccountChange).c.account_id == account_id
    yield from (("changes", row) for row in _rows(db, AccountChange, _CHANGE, site_id, changed))


def _rows(
    db: Asked, entity: type[Base], columns: tuple[str, ...], site_id: int, which: Any
) -> list[Row]:
    table: Table = table_of(entity)
    query = select(*(table.c[name] for name in columns)).where(table.c.site_id == site_id, which)
    return [_plain(row._mapping) for row in db.execute(query)]


def _subscriptions(db: Asked, site_id: int, account_id: int) -> list[Row]:
    wish, thread = table_of(Subscription), table_of(Thread)
    there = (thread.c.site_id == wish.c.site_id) & (thread.c.id == wish.c.thread_id)
    query = (
        select(*(wish.c[name] for name in _SUBSCRIPTION), thread.c.key, thread.c.url)
        .select_from(wish.outerjoin(thread, there))
        .where(wish.c.site_id == site_id, wish.c.account_id == account_id)
    )
    return [_plain(row._mapping) for row in db.execute(query)]


def _comment(row: by_account.Entry) -> Row:
    return _plain(row._asdict())


def _plain(row: Mapping[Any, Any]) -> Row:
    """Spell what JSON has no word for; ids become text, which no script rounds."""
    return {str(name): _spelled(str(name), value) for name, value in row.items()}


def _spelled(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if name == "id" or name.endswith("_id"):
        return None if value is None else str(value)
    return [str(each) for each in value] if name == "identities" else value
