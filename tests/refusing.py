"""A database that asks for another try, as busy ones do, at a statement of the test's choice."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError


@contextmanager
def refusing(engine: Engine, beginning: str, *, after: int = 0) -> Iterator[list[str]]:
    """Refuse one statement that begins so, `after` others that do; give what was refused."""
    refused: list[str] = []
    left = iter(range(after))

    def refuse(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not refused and statement.startswith(beginning) and next(left, None) is None:
            refused.append(statement)
            busy = sqlite3.OperationalError("database is locked")
            busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise OperationalError(statement, None, busy)

    event.listen(engine, "before_cursor_execute", refuse)
    try:
        yield refused
    finally:
        event.remove(engine, "before_cursor_execute", refuse)
