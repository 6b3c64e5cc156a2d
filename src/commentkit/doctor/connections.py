"""The ways to the database: enough of them, what stands between, and the replicas."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from commentkit import migrations
from commentkit.doctor.finding import Finding, Patient
from commentkit.doctor.processes import processes
from commentkit.model.engines import is_own, is_pooled
from commentkit.model.revision import said_of, state_of
from commentkit.serve import Listening

_LATE_SECONDS = 10
_BESIDE = 1
"""The delivery thread has a connection of its own while it works."""


def pool(patient: Patient) -> Iterator[Finding]:
    """Compare the connections of a process with what it does at once."""
    settings, engine = patient.kit.settings, patient.kit.database.engine
    if not is_own(engine) or engine.dialect.name == "sqlite":
        return
    threads = int(os.environ.get("COMMENTKIT_THREADS") or Listening.threads)
    if settings.pool_size < threads + _BESIDE:
        yield Finding(
            "warn",
            "pool",
            f"A process that answers {threads} requests at once has {settings.pool_size} "
            f"connections: some wait, and after {settings.pool_wait_seconds} s are refused.",
            f"Set COMMENTKIT_POOL_SIZE={threads + _BESIDE + 1}",
        )
        return
    with engine.connect() as connection:
        yield from _room(connection, settings.pool_size)


def _room(connection: Connection, size: int) -> Iterator[Finding]:
    """Compare what all processes may take with what the server gives."""
    asked = "SHOW max_connections" if _is_postgresql(connection) else "SELECT @@max_connections"
    count = processes()
    given, taken = int(connection.scalar(text(asked)) or 0), count * size
    who = "One process" if count == 1 else f"{count} processes"
    if taken > given and not is_pooled(connection):
        yield Finding(
            "warn",
            "pool",
            f"{who} may open {taken} connections, and the database gives {given} in all.",
            "Lower COMMENTKIT_POOL_SIZE, or put PgBouncer between.",
        )
        return
    said = f"{who} may open {taken} connections of the {given} that the database gives in all"
    yield Finding("ok", "pool", f"{said}; every further app server takes as many.")


def pooler(patient: Patient) -> Iterator[Finding]:
    """Notice PgBouncer and the like."""
    engine = patient.kit.database.engine
    if not is_own(engine):
        return
    with engine.connect() as connection:
        if is_pooled(connection):
            yield Finding(
                "ok",
                "pooler",
                "Something like PgBouncer stands before PostgreSQL. Visitors are served through "
                "it; upgrades must go to PostgreSQL itself.",
            )


def replicas(patient: Patient) -> Iterator[Finding]:
    """See that each replica answers, is one, and keeps up."""
    database = patient.kit.database
    for engine in database.replicas:
        try:
            yield _replica(engine, database.engine)
        except SQLAlchemyError as error:
            reason = getattr(error, "orig", None) or error
            yield Finding(
                "fail",
                "replicas",
                f"The replica {_shown(engine)} does not answer: {reason}",
                "Start it, or take it out of COMMENTKIT_REPLICA_URLS. The database itself "
                "answers for it meanwhile.",
            )


def _replica(engine: Engine, primary: Engine) -> Finding:
    shown, revision = _shown(engine), migrations.current(engine)
    if state_of(revision) != "current":
        return Finding(
            "fail",
            "replicas",
            f"The replica {shown} does not hold what it should. {said_of(revision)}",
            "Correct COMMENTKIT_REPLICA_URLS, or wait until it has caught up.",
        )
    with engine.connect() as there, primary.connect() as here:
        standing = _standing(there, here)
    return judged(shown, standing)


@dataclass(frozen=True)
class Standing:
    """What a server says of itself; no seconds: it does not say."""

    follows: bool
    seconds: float | None


def _standing(there: Connection, here: Connection) -> Standing:
    if there.dialect.name == "sqlite":
        return Standing(follows=False, seconds=None)
    return _postgresql(there, here) if _is_postgresql(there) else _mysql(there)


_FOLLOWING = text(
    "SELECT pg_is_in_recovery(), CAST(pg_last_wal_replay_lsn() AS text),"
    " EXTRACT(EPOCH FROM now() - pg_last_xact_replay_timestamp())"
)
_BEHIND = text("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), CAST(:reached AS pg_lsn)) > 0")


def _postgresql(there: Connection, here: Connection) -> Standing:
    """Where everything has been replayed, the time of the last change says nothing."""
    follows, reached, seconds = there.execute(_FOLLOWING).one()
    if not follows:
        return Standing(follows=False, seconds=None)
    behind = here.scalar(_BEHIND, {"reached": reached})
    return Standing(follows=True, seconds=float(seconds or 0) if behind else 0.0)


def _mysql(there: Connection) -> Standing:
    """Ask for the status, which not every account may see."""
    follows = bool(there.scalar(text("SELECT @@read_only")))
    try:
        row = there.execute(text("SHOW SLAVE STATUS")).mappings().first()
    except SQLAlchemyError:
        return Standing(follows=follows, seconds=None)
    seconds = row["Seconds_Behind_Master"] if row else None
    return Standing(follows=follows or row is not None, seconds=seconds)


def judged(shown: str, standing: Standing) -> Finding:
    """Say what a replica's word of itself means for visitors."""
    if not standing.follows:
        return Finding(
            "warn",
            "replicas",
            f"{shown} is no replica: it may be written to, and nobody keeps it up to date.",
            "Correct COMMENTKIT_REPLICA_URLS.",
        )
    if standing.seconds is None:
        return Finding(
            "warn",
            "replicas",
            f"The replica {shown} answers, and does not say how far it is behind.",
            "Let its account see the status (MariaDB: GRANT REPLICA MONITOR), and see that it "
            "still follows.",
        )
    if standing.seconds > _LATE_SECONDS:
        return Finding(
            "warn",
            "replicas",
            f"The replica {shown} is {standing.seconds:.0f} seconds behind: so old is what "
            "visitors read from it.",
            "See why it does not keep up, or take it out of COMMENTKIT_REPLICA_URLS.",
        )
    return Finding("ok", "replicas", f"The replica {shown} answers and keeps up.")


def _shown(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
