"""The schema's history, and the few calls that apply it; no alembic.ini is needed.

Alembic is loaded by the calls that need it: a server that only answers never does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from commentkit.migrations.locks import alone
from commentkit.migrations.problems import MigrationError
from commentkit.model.engines import unhurried
from commentkit.model.revision import VERSION_TABLE, current_revision, said_of

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from commentkit.migrations.planning import Planned

__all__ = [
    "VERSIONS",
    "VERSION_TABLE",
    "MigrationError",
    "config",
    "current",
    "downgrade",
    "head",
    "is_current",
    "plan",
    "plan_back",
    "upgrade",
]

VERSIONS = Path(__file__).parent / "versions"

_one_at_a_time = threading.Lock()
"""Alembic's `op` and `context` belong to the process, so two apps must take turns."""


def _quiet(_line: str) -> None:
    pass


def upgrade(
    engine: Engine,
    revision: str = "head",
    *,
    folders: Sequence[Path] = (VERSIONS,),
    tell: Callable[[str], None] = _quiet,
) -> None:
    """Bring our tables to `revision`; processes that start at once wait for each other.

    Nothing but tables named `commentkit_…` is touched. One that was killed goes on where it was.
    Raises `MigrationError` for tables of a newer version, and where others leave no room.
    """
    from alembic import command

    with _one_at_a_time, alone(engine) as connection:
        _demand_known(connection, folders)
        command.upgrade(config(connection, folders, tell), revision)


def downgrade(
    engine: Engine,
    revision: str,
    *,
    folders: Sequence[Path] = (VERSIONS,),
    tell: Callable[[str], None] = _quiet,
) -> None:
    """Take our tables back to an earlier revision; `base` drops them, with every comment."""
    from alembic import command

    with _one_at_a_time, alone(engine) as connection:
        _demand_known(connection, folders)
        _demand_earlier(connection, folders, revision)
        command.downgrade(config(connection, folders, tell), revision)


def plan(
    engine: Engine, revision: str = "head", *, folders: Sequence[Path] = (VERSIONS,)
) -> list[Planned]:
    """Return what `upgrade` would do, and what that costs here; nothing is changed."""
    from commentkit.migrations.planning import forward

    with unhurried(engine).connect() as connection:
        _demand_known(connection, folders)
        return forward(_scripts(folders), connection, current_revision(connection), revision)


def plan_back(
    engine: Engine, revision: str, *, folders: Sequence[Path] = (VERSIONS,)
) -> list[Planned]:
    """Return what `downgrade` would do, and what that costs here; nothing is changed."""
    from commentkit.migrations.planning import backward

    with unhurried(engine).connect() as connection:
        _demand_known(connection, folders)
        now = _demand_earlier(connection, folders, revision)
        return backward(_scripts(folders), connection, now, revision)


def current(engine: Engine) -> str | None:
    """Return the revision that the database is at; None where we were never installed."""
    with engine.connect() as connection:
        return current_revision(connection)


def head() -> str:
    """Return the revision that this version of the package needs."""
    found = _scripts((VERSIONS,)).get_current_head()
    if found is None:
        raise RuntimeError("the package lacks its migrations")
    return found


def is_current(engine: Engine) -> bool:
    """Tell whether the database is at the revision this version needs."""
    return current(engine) == head()


def config(
    connection: Connection | None = None,
    folders: Sequence[Path] = (VERSIONS,),
    tell: Callable[[str], None] = _quiet,
) -> Config:
    """Return Alembic's configuration, for `alembic.command` over an open connection."""
    from alembic.config import Config

    made = Config()
    here = str(Path(__file__).parent).replace("%", "%%")
    made.set_main_option("script_location", here)
    for option in ("path_separator", "version_path_separator"):  # the second: Alembic before 1.16
        made.set_main_option(option, "newline")
    places = "\n".join(str(folder).replace("%", "%%") for folder in folders)
    made.set_main_option("version_locations", places)
    made.attributes |= {"connection": connection, "tell": tell}
    return made


def _scripts(folders: Sequence[Path]) -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(config(folders=folders))


def _known(folders: Sequence[Path]) -> list[str]:
    """List the revisions in these folders, the first one first."""
    return [script.revision for script in _scripts(folders).walk_revisions()][::-1]


def _demand_known(connection: Connection, folders: Sequence[Path]) -> None:
    found = current_revision(connection)
    if found is not None and found not in _known(folders):
        raise MigrationError(f"{said_of(found)} Nothing was changed: run that version again.")


def _demand_earlier(connection: Connection, folders: Sequence[Path], target: str) -> str:
    """Return the present revision; raises `MigrationError` unless `target` comes before it."""
    found, known = current_revision(connection), _known(folders)
    before = known[: known.index(found)] if found is not None else []
    if found is None or target not in (*before, "base"):
        choice = ", ".join(before) or "no other"
        raise MigrationError(
            f"{said_of(found)} Nothing was changed: before it comes {choice}, not {target!r}."
        )
    return found
