"""How it is known that nothing changed: by age, by our own commits, by SQLite's own count."""

import sqlite3
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from commentkit.model import Database
from commentkit.model.engines import is_own
from commentkit.model.forks import before_fork, in_child

CHECK_SECONDS = 0.4
"""A page that is read is compared with the database at least this often."""
STALE_SECONDS = 0.9
"""While one reader looks or renders, others get what was current this recently; then they wait."""
_BELIEF_SECONDS = 10.0
"""How long SQLite's count alone is believed: the file may have been put in another's place."""
_BUSY_SECONDS = 1.0

Seconds = Callable[[], float]
Parts = tuple[tuple[Hashable, int], ...]
"""What has a version of its own, by the name under which `note_written` notes it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When the database was looked at, and what it looked like from outside."""

    at: float
    commits: int
    count: int | None
    """SQLite's `data_version`; None where there is no such thing."""
    read_at: float
    """When its rows were read, rather than the count alone."""

    def again(self, later: "Moment") -> "Moment":
        """Return the later moment, at which no rows were read."""
        return replace(later, read_at=self.read_at)


class Changes:
    """Tells whether a database may have changed since a moment.

    `seconds` is a clock that never goes back.
    """

    def __init__(self, database: Database, seconds: Seconds) -> None:
        self.seconds = seconds
        self._database = database
        self._count = _count_of(database)

    def moment(self) -> Moment:
        """Return this one; take it before reading, so that what comes meanwhile is noticed."""
        at = self.seconds()
        return Moment(at, self._database.commits, self._count(), at)

    def just_checked(self, moment: Moment | None) -> bool:
        """Tell whether what was right at that moment may be served without a look."""
        return (
            moment is not None
            and self.seconds() - moment.at < CHECK_SECONDS
            and moment.commits == self._database.commits
        )

    def nothing_newer_here(self, moment: Moment, versions: Parts) -> Moment | None:
        """Return a moment checked just now as if it were after this process's last commit.

        None where it is too old, or where one of these was written here in a newer version.
        """
        commits = self._database.commits
        if self.seconds() - moment.at >= CHECK_SECONDS:
            return None
        if any(self._database.written.of(name) > version for name, version in versions):
            return None
        return replace(moment, commits=commits)

    def none_since(self, then: Moment, now: Moment) -> bool:
        """Tell whether SQLite says that nothing was written between two moments."""
        known = now.count is not None and now.count == then.count
        return known and now.at - then.read_at < _BELIEF_SECONDS


def _count_of(database: Database) -> Callable[[], int | None]:
    url = database.engine.url
    plain = url.get_backend_name() == "sqlite" and not url.query
    if not plain or url.database in (None, "", ":memory:") or not is_own(database.engine):
        return lambda: None  # a host's engine may open other files, or several
    return DataVersion(Path(str(url.database)))


class DataVersion:
    """SQLite's `data_version`: moves with every commit of any other connection, in any process.

    It stands still on the connection that wrote and inside a transaction, so this one connection
    does nothing else (https://www.sqlite.org/pragma.html#pragma_data_version, read 2026-11-23).
    None where it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        # Where the engine's own driver looks too; a missing file is not made.
        self._uri = f"{path.absolute().as_uri()}?mode=rw"
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        before_fork(self, DataVersion._close)
        in_child(self, DataVersion._forget)

    def _close(self) -> None:
        """Leave nothing open for a child: SQLite's locks are the process's that took them."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _forget(self) -> None:
        """Take a lock that no thread of the parent holds."""
        self._lock = Lock()
        self._connection = None

    def __call__(self) -> int | None:
        """Return the count."""
        with self._lock:
            try:
                return self._read()
            except sqlite3.Error:
                self._connection = None
                return None

    def _read(self) -> int:
        if self._connection is None:
            self._connection = sqlite3.connect(
                self._uri,
                uri=True,
                timeout=_BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
        row: tuple[int] = self._connection.execute("PRAGMA data_version").fetchone()
        return row[0]
