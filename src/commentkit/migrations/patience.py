"""Changing tables that are in use: a short wait for a lock, then a pause, then again."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, repeat
from time import sleep
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from commentkit.migrations.problems import MigrationError
from commentkit.model.retries import lost, yielded

T = TypeVar("T")

PAUSES = tuple(chain((0.1, 0.2, 0.5, 1.0, 2.0), repeat(5.0, 55)))
"""Seconds between tries: some five minutes in all, and the visitors' requests run in each."""


def patiently(
    connection: Connection,
    work: Callable[[], T],
    *,
    subject: str,
    pauses: Sequence[float] = PAUSES,
) -> T:
    """Do `work` in a transaction of its own; where others hold a lock, wait and do it again.

    Raises `MigrationError` after the last pause. What was open before is committed first.
    """
    connection.commit()
    for pause in pauses:
        try:
            return _once(connection, work)
        except DBAPIError as error:
            if not in_the_way(error):
                raise
        sleep(pause)
    raise MigrationError(
        f"{subject} was locked by others at each of {len(pauses)} tries. What was done is kept: "
        "run the same command again at a quieter time."
    )


def _once(connection: Connection, work: Callable[[], T]) -> T:
    try:
        done = work()
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return done


def in_the_way(error: DBAPIError) -> bool:
    """Tell whether only somebody else's lock is in the way."""
    return yielded(error) and not lost(error)


@contextmanager
def waiting(connection: Connection, *, seconds: int) -> Iterator[None]:
    """Let MySQL's family wait longer for a lock: what was built is lost with a time-out."""
    connection.commit()
    before = connection.scalar(text("SELECT @@SESSION.lock_wait_timeout"))
    connection.exec_driver_sql(f"SET SESSION lock_wait_timeout = {seconds}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"SET SESSION lock_wait_timeout = {before}")


@contextmanager
def outside(connection: Connection, *, lock_seconds: int) -> Iterator[None]:
    """Leave PostgreSQL's transactions: an index can be built beside the writers only there."""
    connection.commit()
    level = connection.get_isolation_level()
    before = connection.scalar(text("SHOW lock_timeout"))
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT")
    try:
        connection.exec_driver_sql(f"SET SESSION lock_timeout = '{lock_seconds}s'")
        yield
    finally:
        connection.exec_driver_sql(f"SET SESSION lock_timeout = '{before}'")
        connection.commit()
        connection.execution_options(isolation_level=level)
