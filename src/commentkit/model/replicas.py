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


class Replicas:
    """The replicas of one database, as this process has found them."""

    def __init__(
        self, engines: Sequence[Engine] = (), *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.engines = tuple(engines)
        self._outages = tuple(Outage(logger, clock=clock) for _ in engines)
        self._turn = itertools.count()

    @contextmanager
    def session(self, primary: Engine) -> Iterator[Session]:
        """Open a session on a replica that answers, or on the primary where none does."""
        opened = self._opened()
        if opened is None:
            with Session(primary, expire_on_commit=False) as db:
                yield db
            return
        number, db = opened
        with db:
            try:
                yield db
            except (DBAPIError, PoolTimeout) as error:
                self._leave_alone(number, error)
                raise

    def _opened(self) -> tuple[int, Session] | None:
        for number in self._in_turn():
            if not self._outages[number].allows():
                continue
            db = Session(self.engines[number], expire_on_commit=False)
            try:
                db.connection()  # asks whether it is there
            except (DBAPIError, PoolTimeout) as error:
                db.close()
                self._leave_alone(number, error)
                continue
            self._outages[number].over()
            return number, db
        return None

    def _in_turn(self) -> Iterator[int]:
        count = len(self.engines)
        first = next(self._turn)
        return ((first + step) % count for step in range(count))

    def _leave_alone(self, number: int, error: Exception) -> None:
        host = self.engines[number].url.host
        reason = getattr(error, "orig", None) or error
        self._outages[number].began(f"the replica {host} is left alone for a while", reason)
