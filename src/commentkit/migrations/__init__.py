"""The schema's history, and the few calls that apply it; no alembic.ini is needed."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from commentkit.migrations.locks import alone

VERSION_TABLE = "commentkit_version"

_one_at_a_time = threading.Lock()
"""Alembic's `op` and `context` belong to the process, so two apps must take turns."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring our tables to `revision`; processes that start at once wait for each other.

    Nothing but tables named `commentkit_…` is touched.
    """
    with _one_at_a_time, alone(engine) as connection:
        command.upgrade(config(connection), revision)


def current(engine: Engine) -> str | None:
    """Return the revision that the database is at; None where we were never installed."""
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE}
        return MigrationContext.configure(connection, opts=options).get_current_revision()


def head() -> str:
    """Return the revision that this version of the package needs."""
    found = ScriptDirectory.from_config(config()).get_current_head()
    if found is None:
        raise RuntimeError("the package lacks its migrations")
    return found


def is_current(engine: Engine) -> bool:
    """Tell whether the database is at the revision this version needs."""
    return current(engine) == head()


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, for `alembic.command` over an open connection."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made
