"""The declarative base: our own MetaData, so that the host's tables and ours never mix."""

from typing import cast

from sqlalchemy import MetaData, Table
from sqlalchemy.orm import DeclarativeBase

PREFIX = "commentkit_"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Base(DeclarativeBase):
    """What every table of commentkit derives from."""

    metadata = metadata


def table_of(entity: type[Base]) -> Table:
    """Return the table of an entity, for statements that need no entities: they cost a quarter."""
    return cast("Table", entity.__table__)


def include_name(name: str | None, type_: str, parent_names: object) -> bool:
    """Keep our tables out of the host's autogenerate, which would otherwise drop them.

    Pass it to `context.configure(include_name=…)` in the host's env.py.
    """
    return not (type_ == "table" and name is not None and name.startswith(PREFIX))
