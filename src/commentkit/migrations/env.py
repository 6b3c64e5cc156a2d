"""What Alembic runs: our metadata over the connection that the caller opened, and nothing else."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.rewriter import Rewriter
from alembic.operations.ops import CreateIndexOp, CreateTableOp
from sqlalchemy import Connection, String

from commentkit.migrations import VERSION_TABLE
from commentkit.model import PREFIX, metadata, types


def _only_ours(name: str | None, type_: str, parent_names: object) -> bool:
    return type_ != "table" or (name is not None and name.startswith(PREFIX))


def _render_item(type_: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types by the names they have in `commentkit.model.types`."""
    name = _type_name(item) if type_ == "type" else None
    if name is None:
        return False
    autogen.imports.add("from commentkit.model import types")
    return f"types.{name}"


def _type_name(item: object) -> str | None:
    for name in ("Id", "Hash", "LongText", "Blob"):
        if item is getattr(types, name):
            return name
    if isinstance(item, types.Instant):
        return "Instant()"
    return f"line({item.length})" if type(item) is String else None


repeatable = Rewriter()
"""MariaDB commits each statement: what an interrupted upgrade already made may stand in its way."""


@repeatable.rewrites(CreateTableOp)
def _table(context: object, revision: object, op: CreateTableOp) -> CreateTableOp:
    op.if_not_exists = True
    return op


@repeatable.rewrites(CreateIndexOp)
def _index(context: object, revision: object, op: CreateIndexOp) -> CreateIndexOp:
    op.if_not_exists = True
    return op


connection: Connection = context.config.attributes["connection"]


def _commit(*_about: object, **_more: object) -> None:
    """Keep each revision by itself, with its number: the next one may fail."""
    connection.commit()


context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    include_name=_only_ours,
    render_item=_render_item,
    render_as_batch=True,
    compare_type=True,
    process_revision_directives=repeatable,
    on_version_apply=_commit,
    tell=context.config.attributes["tell"],
)
context.run_migrations()  # in the caller's transaction, which steps end and begin anew
