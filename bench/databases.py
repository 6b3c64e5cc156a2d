"""Databases of our own on the servers of this machine; they are gone afterwards."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from bench.servers import MissingToolError

SERVERS = {
    "postgresql": os.environ.get(
        "COMMENTKIT_TEST_POSTGRESQL", "postgresql+psycopg://root@127.0.0.1:5432/test"
    ),
    "mariadb": os.environ.get(
        "COMMENTKIT_TEST_MARIADB", "mariadb+pymysql://root@127.0.0.1:3306/test?charset=utf8mb4"
    ),
}
KINDS = ("sqlite", *SERVERS)


@contextmanager
def fresh(kind: str, folder: Path) -> Iterator[str]:
    """Yield the address of an empty database; raises `MissingToolError` without its server."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'comments.sqlite3'}"
        return
    server = create_engine(SERVERS[kind], isolation_level="AUTOCOMMIT")
    name = f"commentkit_bench_{secrets.token_hex(6)}"
    _run(server, f"CREATE DATABASE {name}", kind)
    try:
        yield make_url(SERVERS[kind]).set(database=name).render_as_string(hide_password=False)
    finally:
        force = " WITH (FORCE)" if kind == "postgresql" else ""
        _run(server, f"DROP DATABASE {name}{force}", kind)
        server.dispose()


def _run(server: Engine, statement: str, kind: str) -> None:
    try:
        with server.connect() as connection:
            connection.execute(text(statement))
    except OperationalError as error:
        raise MissingToolError(f"no {kind} on this machine") from error
