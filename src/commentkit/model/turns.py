"""Turns: who writes to SQLite next, for it has one writer and no queue.

Who finds it busy sleeps for longer and longer before asking again, up to a tenth of a second, while
later ones pass: one of many waits for seconds. Here the threads of a process wait in the order in
which they came, without asking; the first of them alone asks, and often.
"""

import sqlite3
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident

from sqlalchemy.exc import OperationalError

from commentkit.model.forks import in_child

_BEGIN = "BEGIN IMMEDIATE"
_ASK_EVERY_SECONDS = 0.001
_SQLITE_BUSY = 5


class Turns:
    """One at a time, first come, first served; each bears `seconds` until it may begin."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._begin_anew()
        in_child(self, Turns._begin_anew)

    def _begin_anew(self) -> None:
        """Begin with nobody: after a fork those who wait are threads of the parent."""
        self._guard = Lock()
        self._waiting: deque[Lock] = deque()
        self._taken = False
        self._until = 0.0
        self._owner: int | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn and keep it; raises what SQLite does where it does not come.

        A thread that has it already goes on: only SQLite knows whether it has begun to write.
        """
        if self._owner == get_ident():
            yield
            return
        until = time.monotonic() + self._seconds
        self._wait()
        self._until, self._owner = until, get_ident()
        try:
            yield
        finally:
            self._owner = None
            self._pass_on()

    @property
    def waiting(self) -> int:
        """Tell how many wait for their turn."""
        return len(self._waiting)

    def begin(self, driver: sqlite3.Connection) -> None:
        """Begin to write, in one's turn; other processes may be writing meanwhile."""
        patience = driver.execute("PRAGMA busy_timeout").fetchone()[0]
        until = min(self._until, time.monotonic() + patience / 1000)
        driver.execute("PRAGMA busy_timeout = 0")
        try:
            while not _begun(driver, last=time.monotonic() >= until):
                time.sleep(_ASK_EVERY_SECONDS)
        finally:
            driver.execute(f"PRAGMA busy_timeout = {patience}")

    def _wait(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            called = Lock()
            called.acquire()
            self._waiting.append(called)
        if not called.acquire(timeout=self._seconds) and self._left(called):
            raise _busy()

    def _left(self, called: Lock) -> bool:
        """Leave the queue; False where the turn came in this very moment."""
        with self._guard:
            if called not in self._waiting:
                return False
            self._waiting.remove(called)
            return True

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


def _begun(driver: sqlite3.Connection, *, last: bool) -> bool:
    try:
        driver.execute(_BEGIN)
    except sqlite3.OperationalError as error:
        if last or error.sqlite_errorcode & 0xFF != _SQLITE_BUSY:
            raise
        return False
    return True


def _busy() -> OperationalError:
    """Say what SQLite says, so that it is tried again as that is."""
    said = sqlite3.OperationalError("database is locked")
    said.sqlite_errorcode, said.sqlite_errorname = _SQLITE_BUSY, "SQLITE_BUSY"
    return OperationalError(_BEGIN, None, said)
