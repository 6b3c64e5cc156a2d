"""How each database says that our tables are not there: nobody has made them yet."""

from sqlalchemy.exc import DBAPIError

from commentkit.model.base import metadata

_CODES = ("42P01", "42S02", 1146)
"""PostgreSQL's SQLSTATE; that of MySQL's family, and its number where a driver tells only that."""


def tables_absent(error: BaseException) -> bool:
    """Tell whether a statement failed because a table of ours is not there."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return False
    said = str(error.orig)
    missing = _code(error.orig) in _CODES or said.startswith("no such table")  # SQLite has no code
    return missing and any(name in said for name in metadata.tables)


def _code(error: BaseException) -> object:
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    return state or next(iter(error.args), None)
