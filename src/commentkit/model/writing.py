"""Rows written in another way than the unit of work would."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Insert, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict

from commentkit.model.base import Base, table_of

E = TypeVar("E", bound=Base)


def store(db: Session, entity: type[E], values: Mapping[str, Any]) -> E:
    """Insert a row whose every column is given, and return it as if it had been read just now.

    The unit of work's own bookkeeping costs more than the statement.
    """
    db.connection().execute(_into(entity), values)
    row = entity()
    instance_dict(row).update(values)  # what is in the database is no change to keep track of
    make_transient_to_detached(row)
    db.add(row)
    return row


def add_once(db: Session, row: Base) -> bool:
    """Insert a row unless there is its like; False where there is, made this very moment perhaps.

    The rest of the transaction goes on either way.
    """
    try:
        with db.begin_nested():
            db.add(row)
    except IntegrityError:
        return False
    return True


@cache
def _into(entity: type[Base]) -> Insert:
    return insert(table_of(entity))
