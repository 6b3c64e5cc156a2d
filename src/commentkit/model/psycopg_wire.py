"""A psycopg connection that gives up a server which says nothing.

It is loaded where psycopg is used, and nowhere else. The kernel cannot do this: it goes on
acknowledging what it receives for a process that hangs.
"""

import math
import time
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen


class Impatient(psycopg.Connection[Any]):
    """A connection that is closed, and says so, after `silence_seconds` without a word."""

    silence_seconds: float = math.inf

    def wait(self, gen: PQGen[RV], *args: Any, **kwargs: Any) -> RV:
        """Wait as psycopg does, and not beyond the silence that is borne."""
        return super().wait(self._heard(gen), *args, **kwargs)

    def _heard(self, gen: PQGen[RV]) -> PQGen[RV]:
        """Pass on what is asked and answered; psycopg comes back empty-handed ten times a second.

        No clock is read while the server speaks.
        """
        silent_since = None
        try:
            ask = next(gen)
            while True:
                ready = yield ask
                silent_since = None if ready else self._bear(silent_since)
                ask = gen.send(ready)
        except StopIteration as done:
            answer: RV = done.value
            return answer

    def _bear(self, since: float | None) -> float:
        now = time.monotonic()
        if since is None:
            return now
        if now - since > self.silence_seconds:
            self.pgconn.finish()
            raise psycopg.OperationalError("the server was silent for too long")
        return since
