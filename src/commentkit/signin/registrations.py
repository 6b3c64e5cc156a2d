"""Our own clients at the servers that people name: made once, sealed, looked at again later."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.model import Database, Registration
from commentkit.model.writing import add_once
from commentkit.signin.provider import Client
from commentkit.signin.sealing import REGISTRATIONS, opened, seal

CHECK_AFTER = timedelta(days=1)
"""How long a client is taken to be known there; then the server is asked."""


@dataclass(frozen=True, kw_only=True)
class Registrations:
    """The clients of one provider's servers on one site.

    Each call is a transaction of its own, so none may be made within another.
    """

    database: Database
    site_id: int
    provider: str
    secret_key: str = field(repr=False)
    now: datetime

    def find(self, place: str) -> Client | None:
        """Return our client at a server; None where there is none that can be opened."""
        with self.database.read() as db:
            row = db.scalar(self._of(place))
        return None if row is None else self._opened(row)

    def keep(self, place: str, client: Client, *, instead_of: Client | None) -> Client:
        """Keep a client in place of what was known; where another was faster, return theirs."""

        def store(db: Session) -> Client:
            row = db.scalar(self._of(place))
            if row is not None and not self._is(row, instead_of):
                return self._opened(row) or self._replace(db, row, client)
            if row is not None:
                return self._replace(db, row, client)
            return self._insert(db, place, client)

        return self.database.write(store, repeatable=True)

    def confirm(self, place: str, client: Client) -> None:
        """Note that the server still knows a client."""
        self._look_again(place, client, self.now + CHECK_AFTER)

    def doubt(self, place: str, client: Client) -> None:
        """Note that the server may have forgotten a client: the next sign-in asks it."""
        self._look_again(place, client, self.now)

    def _look_again(self, place: str, client: Client, at: datetime) -> None:
        same = update(Registration).where(
            Registration.site_id == self.site_id,
            Registration.issuer_hash == self._hash(place),
            Registration.client_id == client.client_id,
        )
        self.database.write(lambda db: db.execute(same.values(expires_at=at)), repeatable=True)

    def _of(self, place: str) -> Any:
        return select(Registration).where(
            Registration.site_id == self.site_id,
            Registration.issuer_hash == self._hash(place),
        )

    def _hash(self, place: str) -> bytes:
        return ids.subject_hash(self.provider, place)

    def _is(self, row: Registration, client: Client | None) -> bool:
        return client is not None and row.client_id == client.client_id

    def _insert(self, db: Session, place: str, client: Client) -> Client:
        row = Registration(
            site_id=self.site_id,
            id=ids.new_id(self.now),
            issuer_hash=self._hash(place),
            provider=self.provider,
            issuer=place.partition(" ")[0],
            **self._values(client),
        )
        if add_once(db, row):
            return self._stored(client)
        found = db.scalar(self._of(place))
        return (self._opened(found) if found is not None else None) or client

    def _replace(self, db: Session, row: Registration, client: Client) -> Client:
        mine = update(Registration).where(
            Registration.site_id == self.site_id,
            Registration.id == row.id,
            Registration.client_id == row.client_id,
        )
        changed = cast("CursorResult[Any]", db.execute(mine.values(**self._values(client))))
        if changed.rowcount == 1:
            return self._stored(client)
        db.refresh(row)
        return self._opened(row) or client

    def _values(self, client: Client) -> dict[str, Any]:
        return {
            "client_id": client.client_id,
            "sealed_secret": seal(client.client_secret, self.secret_key, REGISTRATIONS),
            "created_at": self.now,
            "expires_at": self.now + CHECK_AFTER,
        }

    def _stored(self, client: Client) -> Client:
        return Client(client.client_id, client.client_secret, self.now, self.now + CHECK_AFTER)

    def _opened(self, row: Registration) -> Client | None:
        """Open what was sealed; a changed secret key makes it a registration of nobody's."""
        secret = opened(row.sealed_secret, self.secret_key, REGISTRATIONS)
        if secret is None:
            return None
        return Client(row.client_id, secret, row.created_at, row.expires_at)
