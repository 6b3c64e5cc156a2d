"""Rows written at once: the unit of work's own bookkeeping costs more than the statement."""

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import insert
from sqlalchemy.orm import Session, make_transient_to_detached

from commentkit.model.base import Base, table_of

E = TypeVar("E", bound=Base)


def store(db: Session, entity: type[E], values: Mapping[str, Any]) -> E:
    """Insert a row whose every column is given, and return it as if it had been read just now."""
    db.connection().execute(insert(table_of(entity)), values)
    row = entity(**values)
    make_transient_to_detached(row)
    db.add(row)
    return row
