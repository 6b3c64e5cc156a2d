"""The unit of work: the only place where a transaction begins or ends."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction

from commentkit.model import retries
from commentkit.model.engines import BEGIN, is_own, isolation, lock_seconds
from commentkit.model.forks import in_child
from commentkit.model.replicas import Replicas
from commentkit.model.turns import Turns
from commentkit.model.written import Written, noted

logger = logging.getLogger("commentkit.model")

T = TypeVar("T")

Asked = Session | Connection
"""What a verb asks that wants rows and no entities: a session costs as much as two questions."""

_AFTER_COMMIT = "commentkit.after_commit"


def _isolated(engine: Engine) -> Engine:
    """Give a host's engine our isolation: ours have it from the start, which costs no question."""
    return engine if is_own(engine) else engine.execution_options(**isolation(engine.url))


def _begin_at_hosts(db: Session) -> None:
    """Begin for real on a host's SQLite: its driver would wait, and let a savepoint commit."""
    connection = db.connection()
    driver = connection.connection.driver_connection
    if driver is not None and not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _not_at_all(_driver: object) -> None:
    """Begin nothing: SQLite then reads for each statement by itself."""


def after_commit(db: Session, call: Callable[[], object]) -> None:
    """Run `call` once the current unit of work is committed; never if it is rolled back."""
    db.info.setdefault(_AFTER_COMMIT, []).append(call)


class Database:
    """Units of work over one engine, and over the replicas that it may have.

    `around` is entered for as long as a transaction is open; the extension passes the guard that
    refuses network calls there.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        replicas: Sequence[Engine] = (),
        around: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self.engine = _isolated(engine)
        self.replicas = tuple(_isolated(each) for each in replicas)
        self._nearby = Replicas(self.replicas)
        self._around = around
        self._turns = Turns(lock_seconds(engine)) if engine.dialect.name == "sqlite" else None
        self._says_begin = engine.dialect.name == "sqlite" and not is_own(engine)
        self._counting = threading.Lock()
        in_child(self, Database._forget_parent)
        self.written = Written()
        self.commits = 0
        """Write transactions that this process committed: a cheap sign that something changed."""

    def _forget_parent(self) -> None:
        """Let go of what another thread may have held in the moment of a fork."""
        self._counting = threading.Lock()
        self._nearby = Replicas(self.replicas)

    def write(self, work: Callable[[Session], T], *, repeatable: bool = False) -> T:
        """Run `work` in a transaction that may write, and commit; return what it returned.

        Where the database asks for another try (busy, deadlock, serialisation, a lock that was not
        had in time) or the connection was lost before the commit, `work` runs again from the
        beginning, three times at the most; so it must leave nothing behind but in the database.
        Calls queued with `after_commit` are those of the try that was committed. A commit that may
        or may not have happened raises `CommitUnknownError`, unless `repeatable`: then `work` runs
        again, and has to find what it stored.
        """

        def once() -> T:
            with self.begin() as db:
                return work(db)

        return retries.tried(once, repeatable=repeatable)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Open a transaction that may write; commit at the end, roll back on any exception.

        Nothing is tried again here: that is `write`.
        """
        with (
            self._around(),
            self._writer() as connection,
            Session(connection, expire_on_commit=False) as db,
            db.begin() as transaction,
        ):
            if self._says_begin:
                _begin_at_hosts(db)
            yield db
            db.flush()  # what fails from here on, fails while committing
            self._commit(db, transaction)
        for call in db.info.get(_AFTER_COMMIT, ()):
            try:
                call()
            except Exception:  # it is stored: whoever hears of it cannot undo that, nor hide it
                logger.exception("what follows a commit went wrong")

    @contextmanager
    def _writer(self) -> Iterator[Connection]:
        """Open a connection that begins as a writer, in its turn."""
        if self._turns is None:
            with self.engine.connect() as connection:
                yield connection
            return
        with self._turns.turn(), self.engine.connect() as connection:
            info = connection.info
            info[BEGIN] = self._turns.begin
            try:
                yield connection
            finally:
                del info[BEGIN]

    def _commit(self, db: Session, transaction: SessionTransaction) -> None:
        try:
            transaction.commit()
        except DBAPIError as error:
            if not retries.unknown(error):
                raise
            self._count()  # it may be there
            raise retries.CommitUnknownError(
                "COMMIT", None, error.orig or error, connection_invalidated=True
            ) from error
        self.written.add(noted(db))
        self._count()

    def _count(self) -> None:
        with self._counting:
            self.commits += 1

    @property
    def replicated(self) -> bool:
        """Tell whether `replica` may show the past."""
        return bool(self.replicas)

    @contextmanager
    def replica(self) -> Iterator[Session]:
        """Open a transaction that only reads and may see the past: on a replica if there is one.

        Replicas take turns. One that fails is left alone for some seconds; the primary answers
        where none does. What fails once the transaction is open, is raised.
        """
        with self._around(), self._nearby.session(self.engine) as db:
            yield db

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """Open what `read` does, for verbs that want no entities; each question sees what is now.

        In our own file no transaction is begun for them: to begin and end one costs as much as a
        question, and lets other threads in as often.
        """
        with self._around(), self.engine.connect() as connection:
            if self._turns is None or self._says_begin:
                yield connection
                return
            info = connection.info
            info[BEGIN] = _not_at_all
            try:
                yield connection
            finally:
                del info[BEGIN]

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a transaction that only reads, on the primary: it sees every commit before it."""
        with self._around(), Session(self.engine, expire_on_commit=False) as db:
            yield db
