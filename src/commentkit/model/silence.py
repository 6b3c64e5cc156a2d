"""How long a server may say nothing: as long as a statement may take, and while idle less.

A server's own limits say nothing when the server itself hangs, so the client has to count. In a
pool's hands a connection is greeted, looked at or at rest, which no healthy server takes long for.
"""

import math
from typing import Any

from sqlalchemy import Engine, event

BUSY = "commentkit.busy_seconds"
"""In the info of a pool's record: what its statements may take, where that is not the usual."""


def bound(engine: Engine, *, resting: float, busy: float) -> None:
    """Bear `resting` seconds of silence in the pool's hands, and `busy` in those of others.

    Drivers that cannot be told are left as they are.
    """
    bear = _BEAR.get(engine.url.get_driver_name())
    if bear is None:
        return

    def taken(connection: Any, record: Any, _proxy: Any) -> None:
        bear(connection, record.info.get(BUSY, busy))

    def given_back(connection: Any, _record: Any) -> None:
        if connection is not None:
            bear(connection, resting)

    event.listen(engine, "checkout", taken)
    event.listen(engine, "checkin", given_back)


def _bear_psycopg(connection: Any, seconds: float) -> None:
    connection.silence_seconds = seconds


def _bear_pymysql(connection: Any, seconds: float) -> None:
    """PyMySQL looks at these before each read and write; it has no public way to change them.

    They are the same, because two would have it tell the socket twice for each statement.
    """
    connection._read_timeout = connection._write_timeout = None if seconds == math.inf else seconds


_BEAR = {"psycopg": _bear_psycopg, "pymysql": _bear_pymysql}
