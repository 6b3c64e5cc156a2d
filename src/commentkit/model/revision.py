"""Which revision the tables are at, and which one this version needs.

Here and not beside the migrations: a server that only answers need not load Alembic to know.
"""

from typing import Literal

from sqlalchemy import Connection, column, inspect, select, table

from commentkit.model.base import PREFIX

VERSION_TABLE = f"{PREFIX}version"

REVISIONS = ("0001", "0002", "0003")
"""Every revision this version knows, in order. Each new one is written down here."""

HEAD = REVISIONS[-1]

State = Literal["current", "absent", "older", "newer"]


def current_revision(connection: Connection) -> str | None:
    """Return the revision that the tables are at; None where we were never installed."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    revision: str | None = connection.scalar(select(column("version_num")).select_from(_VERSION))
    return revision


_VERSION = table(VERSION_TABLE, column("version_num"))


def state_of(revision: str | None) -> State:
    """Compare a revision with what this version needs; one that it does not know is newer."""
    if revision == HEAD:
        return "current"
    if revision is None:
        return "absent"
    return "older" if revision in REVISIONS else "newer"


def said_of(revision: str | None) -> str:
    """Say in one sentence how the tables stand."""
    return _SAID[state_of(revision)].format(revision=revision, head=HEAD)


_SAID = {
    "current": "The tables are at revision {head}.",
    "absent": "There are no tables yet.",
    "older": "The tables are at revision {revision}; this version needs {head}.",
    "newer": "The tables are at revision {revision}, which this version does not know: "
    "a newer commentkit has been here. This one knows {head}.",
}
