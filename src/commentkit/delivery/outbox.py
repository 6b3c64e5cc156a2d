"""The outbox: written in the transaction that causes a delivery, emptied outside of it.

Delivery is at least once. A row is claimed by moving its `next_at` to the end of a lease; who dies
holding it leaves it due again when the lease is over.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from blinker import Signal
from sqlalchemy import CursorResult, Update, delete, select, update
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.delivery.forgetting import Chore, tidy
from commentkit.delivery.parcels import (
    LAST_TRY,
    Handler,
    Onward,
    Parcel,
    Undeliverable,
    backoff,
    describe,
)
from commentkit.model import Database, Outbox, after_commit

logger = logging.getLogger("commentkit.delivery")

LEASE = timedelta(minutes=5)
"""How long one delivery may take; longer than every time-out of a handler taken together."""
CHORES_EVERY = timedelta(hours=1)

_LONGEST_WAIT = timedelta(days=3)
"""Longer than from a parcel's first try to its last."""

Clock = Callable[[], datetime]

queued = Signal("Sent after the commit that filled the outbox; the sender is the engine's dialect.")


@dataclass(frozen=True)
class Delivered:
    """What one round did."""

    done: int = 0
    retried: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        """Return how many parcels were taken in hand."""
        return self.done + self.retried + self.failed


def enqueue(
    db: Session,
    *,
    site_id: int,
    kind: str,
    payload: Mapping[str, Any],
    now: datetime,
    at: datetime | None = None,
) -> None:
    """Write a parcel (JSON values only) into this unit of work; workers wake at its commit.

    `at` is when to deliver it, where that is later than now.
    """
    row = Outbox(
        site_id=site_id,
        id=ids.new_id(now),
        kind=kind,
        payload=dict(payload),
        tries=0,
        next_at=at or now,
        created_at=now,
    )
    db.add(row)
    dialect = db.get_bind().dialect
    after_commit(db, lambda: queued.send(dialect))


def deliver_due(
    database: Database, handlers: Mapping[str, Handler], *, now: datetime, limit: int = 100
) -> Delivered:
    """Deliver what is due, oldest first; several processes may do so at once.

    Rows of a kind without a handler are left alone, for a process that has one.
    """
    counts = Delivered()
    if not handlers:
        return counts
    clock = _running_from(now)
    for found in _due(database, tuple(handlers), now, limit):
        claim = _claim(database, found, clock())
        if claim is None:
            continue
        outcome = _deliver(database, claim, handlers[found.parcel.kind], clock)
        counts = replace(counts, **{outcome: getattr(counts, outcome) + 1})
    return counts


def forget_about(
    db: Session,
    *,
    site_id: int,
    subscriptions: Collection[int],
    identities: Collection[int],
    addresses: Collection[str],
    now: datetime,
) -> None:
    """Delete the letters to somebody that may still wait; what went before holds ids alone."""
    late = (Outbox.site_id == site_id, Outbox.id >= ids.first_of(now - _LONGEST_WAIT))
    about = {"subscription": subscriptions, "identity": identities, "to": addresses}
    gone = [
        row.id
        for row in db.execute(select(Outbox.id, Outbox.payload).where(*late))
        if any(row.payload.get(name) in which for name, which in about.items())
    ]
    these = delete(Outbox).where(Outbox.site_id == site_id, Outbox.id.in_(gone))
    db.execute(these, execution_options={"synchronize_session": False})


class OutboxWorker:
    """Deliver when a commit filled the outbox, and every `poll_seconds` what others left there.

    Its chores it does once an hour, with or without anything to deliver.
    """

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        clock: Clock,
        *,
        chores: Sequence[Chore] = (),
        poll_seconds: float = 5.0,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self._chores = chores
        self._poll_seconds = poll_seconds
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._chores_at: datetime | None = None

    @property
    def running(self) -> bool:
        """Tell whether the thread lives in this process; a fork does not inherit it."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Start the thread, unless it runs; call it in the process that serves, after any fork."""
        if self.running:
            return
        with self._starting:
            if not self.running:
                self._start()

    def _start(self) -> None:
        self._awake, self._stopping = threading.Event(), threading.Event()
        queued.connect(self._on_queued, sender=self._database.engine.dialect)
        self._thread = threading.Thread(target=self._run, name="commentkit-outbox", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Make it look now."""
        self._awake.set()

    def stop(self, timeout_seconds: float = 5.0) -> None:
        """End the thread after the parcel in hand; wait for it so long at most."""
        queued.disconnect(self._on_queued, sender=self._database.engine.dialect)
        self._stopping.set()
        self._awake.set()
        if self._thread is not None:
            self._thread.join(timeout_seconds)

    def _on_queued(self, _dialect: object) -> None:
        self.wake()

    def _run(self) -> None:
        awake, stopping = self._awake, self._stopping
        while not stopping.is_set():
            awake.clear()
            if self._round() == 0:
                awake.wait(self._poll_seconds)

    def _round(self) -> int:
        """Deliver a few, so that stopping need not wait for many; return how many were in hand."""
        try:
            self._do_chores()
            delivered = deliver_due(self._database, self._handlers, now=self._clock(), limit=10)
        except Exception as error:  # noqa: BLE001 - a database that is away now may be back in a moment
            logger.error("the outbox cannot be looked after: %s", describe(error))
            return 0
        return delivered.total

    def _do_chores(self) -> None:
        now = self._clock()
        if self._chores_at is not None and now < self._chores_at:
            return
        self._chores_at = now + CHORES_EVERY
        tidy(self._database, self._chores, now=now, rest=self._stopping.wait)


@dataclass(frozen=True)
class _Held:
    """A row, and the `next_at` by which we know it as we last saw it."""

    parcel: Parcel
    next_at: datetime | None


def _running_from(now: datetime) -> Callable[[], datetime]:
    """Let `now` run on, since a round may last longer than a lease."""
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)


def _due(database: Database, kinds: Sequence[str], now: datetime, limit: int) -> list[_Held]:
    due = (
        select(Outbox)
        .where(Outbox.next_at <= now, Outbox.kind.in_(kinds))
        .order_by(Outbox.next_at)
        .limit(limit)
    )
    with database.read() as db:
        return [_held(row) for row in db.scalars(due)]


def _held(row: Outbox) -> _Held:
    return _Held(Parcel(row.site_id, row.id, row.kind, row.payload, row.tries), row.next_at)


def _claim(database: Database, found: _Held, now: datetime) -> _Held | None:
    """Take the row, unless another process was quicker."""
    tries, until = found.parcel.tries + 1, now + LEASE
    # Not repeatable: who does not know whether they took it, leaves it until the lease is over.
    taken = database.write(lambda db: _change(db, found, {"next_at": until, "tries": tries}))
    return _Held(replace(found.parcel, tries=tries), until) if taken else None


def _deliver(
    database: Database, held: _Held, handler: Handler, clock: Callable[[], datetime]
) -> str:
    try:
        if held.parcel.tries > LAST_TRY:
            raise Undeliverable("every process that tried it died")
        onward = handler(held.parcel)
    except Exception as error:  # noqa: BLE001 - whatever went wrong there is recorded, and tried again
        return _settle_failure(database, held, error, clock())
    _settle_done(database, held, onward, clock())
    return "done"


def _settle_done(database: Database, held: _Held, onward: Sequence[Onward], now: datetime) -> None:
    """Record it, even if the lease ran out: what is delivered need not be delivered again."""
    parcel = held.parcel
    done = _row(parcel).where(Outbox.done_at.is_(None))
    end = {"done_at": now, "next_at": None, "failed_at": None, "last_error": None}

    def settle(db: Session) -> None:
        if _execute(db, done.values(**end)) == 1:
            for item in onward:
                enqueue(db, site_id=parcel.site_id, kind=item.kind, payload=item.payload, now=now)

    database.write(settle, repeatable=True)


def _settle_failure(database: Database, held: _Held, error: Exception, now: datetime) -> str:
    parcel, reason = held.parcel, describe(error)
    hopeless = isinstance(error, Undeliverable) or parcel.tries >= LAST_TRY
    logger.warning(
        "%s %d %s (try %d): %s",
        parcel.kind,
        parcel.id,
        "given up" if hopeless else "not delivered",
        parcel.tries,
        reason,
    )
    end = {"next_at": None, "failed_at": now} if hopeless else {"next_at": now + backoff(parcel)}
    values = {**end, "last_error": reason}
    database.write(lambda db: _change(db, held, values), repeatable=True)
    return "failed" if hopeless else "retried"


def _change(db: Session, held: _Held, values: Mapping[str, Any]) -> bool:
    """Change the row if nobody has since we saw it; tell whether that was so."""
    unchanged = _row(held.parcel).where(Outbox.next_at == held.next_at)
    return _execute(db, unchanged.values(**values)) == 1


def _row(parcel: Parcel) -> Update:
    return update(Outbox).where(Outbox.site_id == parcel.site_id, Outbox.id == parcel.id)


def _execute(db: Session, statement: Update) -> int:
    return cast("CursorResult[Any]", db.execute(statement)).rowcount
