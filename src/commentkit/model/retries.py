"""Which failures of a transaction are worth another try, and how many tries there are."""

import logging
import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

logger = logging.getLogger("commentkit.model")

T = TypeVar("T")

BEGIN_WITHIN_SECONDS = 5.0
"""No further try begins later than that after the first: somebody is waiting for the answer."""
_WAIT_AT_MOST = (0.05, 0.15)
"""Before the second and the third try; a random part of it, so that two do not meet again."""

_SQLSTATES = frozenset(
    {
        "40001",  # serialization_failure
        "40P01",  # deadlock_detected
        "55P03",  # lock_not_available: lock_timeout
    }
)
_MYSQL_CODES = frozenset({1205, 1213})  # lock wait timeout, deadlock
_SQLITE_CODES = frozenset({5, 6})  # SQLITE_BUSY, SQLITE_LOCKED
_OUTCOME_UNKNOWN = "40003"  # statement_completion_unknown, of databases that are many machines


class CommitUnknownError(OperationalError):
    """The connection was lost while COMMIT was under way: stored or not, nobody here knows."""


def unknown(error: DBAPIError) -> bool:
    """Tell whether an error of COMMIT leaves open what became of the transaction."""
    return lost(error) or _sqlstate(error) == _OUTCOME_UNKNOWN


def lost(error: BaseException) -> bool:
    """Tell whether an error is a connection that is gone, and its transaction with it."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def worth_another(error: BaseException, *, repeatable: bool) -> bool:
    """Tell whether running the transaction once more is safe and may help."""
    if isinstance(error, CommitUnknownError):
        return repeatable
    if isinstance(error, IntegrityError):
        return True  # two took the same name or the same id: the second try finds, or draws another
    return isinstance(error, DBAPIError) and (yielded(error) or any(map(lost, _with_causes(error))))


def yielded(error: BaseException) -> bool:
    """Tell whether the database rolled back, or gave up waiting, for the sake of others."""
    return any(map(_says_so, _with_causes(error)))


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came of: a savepoint that a deadlock took hides the deadlock."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _says_so(error: BaseException) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_CODES
    return _sqlstate(error) in _SQLSTATES or _number(error) in _MYSQL_CODES


def _sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)


def _number(error: DBAPIError) -> object:
    said = getattr(error.orig, "args", ())
    return getattr(error.orig, "errno", None) or (said[0] if said else None)


def tried(
    once: Callable[[], T],
    *,
    repeatable: bool,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> T:
    """Return what `once` returns, tried again where that is safe; at the end its own error counts.

    `repeatable` says that a second run finds what the first one stored.
    """
    began = clock()
    for most in _WAIT_AT_MOST:
        try:
            return once()
        except DBAPIError as error:
            if not worth_another(error, repeatable=repeatable):
                raise
            if clock() - began >= BEGIN_WITHIN_SECONDS:
                raise
            logger.info("a transaction is tried again after %s", type(error.orig).__name__)
        sleep(random.uniform(0, most))  # noqa: S311 - it spreads, and hides nothing
    return once()
