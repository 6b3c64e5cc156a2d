"""Withdraw consents at providers that ask for it: the handler of the outbox's kind `withdraw`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, delete
from sqlalchemy.orm import Session

from commentkit.delivery.parcels import (
    LAST_TRY,
    Handler,
    NotDelivered,
    Onward,
    Parcel,
    Undeliverable,
)
from commentkit.model import Consent, Database
from commentkit.people.consents import WITHDRAW
from commentkit.signin.flow import Services
from commentkit.signin.provider import Provider, ProviderError, RoundTrip
from commentkit.signin.sealing import CONSENTS, opened


@dataclass(frozen=True)
class Withdrawal:
    """Asks the provider, then forgets the token; the last try forgets it in any case."""

    database: Database
    providers: Mapping[str, Provider]
    services: Services
    secret_key: str = field(repr=False)
    clock: Callable[[], datetime]

    def __call__(self, parcel: Parcel) -> Sequence[Onward]:
        """Withdraw the parcel's consent, unless the person came back since."""
        now = self.clock()
        with self.database.read() as db:
            consent = _due(db, parcel, now)
        if consent is None:
            return ()
        try:
            self._withdraw(consent, now)
        except Exception as problem:
            if isinstance(problem, Undeliverable) or parcel.tries >= LAST_TRY:
                self._forget(parcel, now)
            raise
        self._forget(parcel, now)
        return ()

    def _withdraw(self, consent: Consent, now: datetime) -> None:
        token = opened(consent.sealed_token, self.secret_key, CONSENTS)
        if token is None:
            raise Undeliverable(f"{consent.provider}: sealed with another secret key")
        provider = self.providers.get(consent.provider)
        if provider is None:
            raise NotDelivered(f"{consent.provider}: not set up here")
        try:
            provider.withdraw(self._trip(now), token)
        except ProviderError as error:
            raise NotDelivered(f"{consent.provider}: {error}") from None

    def _trip(self, now: datetime) -> RoundTrip:
        return RoundTrip(
            http=self.services.http,
            metadata=self.services.metadata,
            redirect_uri="",
            state="",
            nonce="",
            code_verifier="",
            now=now,
        )

    def _forget(self, parcel: Parcel, now: datetime) -> None:
        """Delete the token; one of a sign-in that came meanwhile stays."""
        these = delete(Consent).where(*_which(parcel), Consent.withdraw_at <= now)
        self.database.write(lambda db: db.execute(these), repeatable=True)


def handlers_of(withdrawal: Withdrawal) -> Mapping[str, Handler]:
    """Return the handler by its kind of parcel; none where no provider keeps a token."""
    keeps = any(provider.keeps_token for provider in withdrawal.providers.values())
    return {WITHDRAW: withdrawal} if keeps else {}


def _due(db: Session, parcel: Parcel, now: datetime) -> Consent | None:
    consent = db.get(Consent, (parcel.site_id, parcel.payload["consent"]))
    if consent is None or consent.withdraw_at is None or consent.withdraw_at > now:
        return None
    return consent


def _which(parcel: Parcel) -> tuple[ColumnElement[bool], ...]:
    return (Consent.site_id == parcel.site_id, Consent.id == parcel.payload["consent"])
