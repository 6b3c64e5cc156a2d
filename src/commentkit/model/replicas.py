"""Copies of the database that only answer: taken in turn, left alone for a while when they fail."""

import itertools
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from commentkit.outage import Outage

logger = logging.getLogger("commentkit.model")

SUSPECT_AFTER_SECONDS = 0.25
"""Where one waits that long for a replica's first word, the others do not join the queue."""


class Replicas:
    """The replicas of one database, as this process has found them."""

    def __init__(
        self, engines: Sequence[Engine] = (), *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.engines = tuple(engines)
        self._each = tuple(_Replica(engine, clock) for engine in engines)
        self._turn = itertools.count()

    @contextmanager
    def session(self, primary: Engine) -> Iterator[Session]:
        """Open a session on a replica that answers, or on the primary where none does."""
        opened = self._opened()
        if opened is None:
            with Session(primary, expire_on_commit=False) as db:
                yield db
            return
        replica, db = opened
        with db:
            try:
                yield db
            except (DBAPIError, PoolTimeout) as error:
                replica.leave_alone(error)
                raise

    def _opened(self) -> "tuple[_Replica, Session] | None":
        for replica in self._in_turn():
            db = replica.opened()
            if db is not None:
                return replica, db
        return None

    def _in_turn(self) -> "Iterator[_Replica]":
        count = len(self._each)
        first = next(self._turn)
        return (self._each[(first + step) % count] for step in range(count))


class _Replica:
    """One replica, and who waits for its first word since when."""

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock
        self._outage = Outage(logger, clock=clock)
        self._asked_at: dict[object, float] = {}

    def opened(self) -> Session | None:
        """Return a session in which it has answered; None where it must be done without."""
        if self._hangs() or not self._outage.allows():
            return None
        db, asker = Session(self._engine, expire_on_commit=False), object()
        self._asked_at[asker] = self._clock()
        try:
            db.connection()  # asks whether it is there
        except (DBAPIError, PoolTimeout) as error:
            db.close()
            self.leave_alone(error)
            return None
        finally:
            del self._asked_at[asker]
        self._outage.over()
        return db

    def leave_alone(self, error: Exception) -> None:
        """Let nobody ask it for a while."""
        reason = getattr(error, "orig", None) or error
        said = f"the replica {self._engine.url.host} is left alone for a while"
        self._outage.began(said, reason)

    def _hangs(self) -> bool:
        """Tell whether somebody has waited for it for too long, so that one is enough."""
        waiting = self._asked_at.copy().values()
        return bool(waiting) and self._clock() - min(waiting) >= SUSPECT_AFTER_SECONDS
