"""Databases for tests: an SQLite file always, PostgreSQL and MariaDB where they answer."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from commentkit.model import own_engine

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
def fresh_url(kind: str, folder: Path) -> Iterator[str]:
    """Yield the address of an empty database that is gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'test.sqlite'}"
        return
    server = create_engine(SERVERS[kind], isolation_level="AUTOCOMMIT")
    name = f"commentkit_{secrets.token_hex(6)}"
    _run(server, f"CREATE DATABASE {name}", kind)
    try:
        url = make_url(SERVERS[kind]).set(database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        force = " WITH (FORCE)" if kind == "postgresql" else ""
        _run(server, f"DROP DATABASE {name}{force}", kind)
        server.dispose()


@contextmanager
def fresh_engine(kind: str, folder: Path) -> Iterator[Engine]:
    """Yield our own engine over an empty database."""
    with fresh_url(kind, folder) as url:
        engine = own_engine(url)
        yield engine
        engine.dispose()


def _run(server: Engine, statement: str, kind: str) -> None:
    try:
        with server.connect() as connection:
            connection.execute(text(statement))
    except OperationalError as error:
        pytest.skip(f"not run here: no {kind} on this machine ({type(error.orig).__name__})")
