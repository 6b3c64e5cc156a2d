"""What a revision does, as values: each can be applied, taken back, and asked what it will cost.

    steps = (
        AddColumn("commentkit_comment", "score", Integer()),
        BackFill("commentkit_comment", {"score": 0}, lacking=column("score").is_(None)),
        AddIndex("ix_commentkit_comment_score", "commentkit_comment", ("site_id", "score")),
    )

    def upgrade():
        apply(op, steps)

    def downgrade():
        revert(op, steps)

Each step commits by itself and may be run again, so that an upgrade that was killed goes on. Steps
leave what the version before needs: it goes on serving until it is replaced.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection
from sqlalchemy.schema import SchemaItem

from commentkit.migrations import online
from commentkit.migrations.backfill import Filling, fill, forget
from commentkit.migrations.sizes import size_of

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Cost:
    """What a step does to a database in use, in words."""

    does: str
    touches: str
    waits: str
    """Who has to wait for it, and for how long."""

    def __str__(self) -> str:
        return f"{self.does}: {self.touches}; {self.waits}."


class Step(Protocol):
    """One change that can be taken back."""

    def apply(self, connection: Connection, tell: Tell) -> None:
        """Do it, or what is left of it."""

    def revert(self, connection: Connection, tell: Tell) -> None:
        """Take it back, or what is left of it."""

    def cost(self, connection: Connection) -> Cost:
        """Say what `apply` will cost here."""

    def cost_back(self, connection: Connection) -> Cost:
        """Say what `revert` will cost here."""


class Operating(Protocol):
    """What is used of `alembic.op`."""

    def get_bind(self) -> Connection:
        """Return the connection of this run."""

    def get_context(self) -> Any:
        """Return what this run was configured with."""


def apply(op: Operating, steps: Sequence[Step]) -> None:
    """Do the steps, in order."""
    for step in steps:
        step.apply(op.get_bind(), _tell(op))


def revert(op: Operating, steps: Sequence[Step]) -> None:
    """Take the steps back, the last one first."""
    for step in reversed(steps):
        step.revert(op.get_bind(), _tell(op))


def _tell(op: Operating) -> Tell:
    told: Tell = op.get_context().opts["tell"]
    return told


@dataclass(frozen=True)
class AddTable:
    """A new table, empty, with its keys and indexes."""

    table: str
    items: Callable[[], Sequence[SchemaItem]]
    """Makes its columns and constraints: they belong to one table, and a try may be repeated."""
    indexes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Name → columns; they go with the table."""

    def apply(self, connection: Connection, tell: Tell) -> None:
        """Make it."""
        online.add_table(connection, self.table, self.items)
        for name, columns in self.indexes.items():
            online.add_index(connection, name, self.table, columns)
        tell(f"{self.table}: is there")

    def revert(self, connection: Connection, tell: Tell) -> None:
        """Drop it with what it holds."""
        online.drop_table(connection, self.table)
        tell(f"{self.table}: is gone")

    def cost(self, connection: Connection) -> Cost:
        """Say what making costs."""
        return Cost(f"makes the table {self.table}", "no row is touched", _INSTANT)

    def cost_back(self, connection: Connection) -> Cost:
        """Say what dropping costs."""
        return Cost(f"drops the table {self.table}, with what it holds", _NOTHING, _INSTANT)


@dataclass(frozen=True)
class AddColumn:
    """A new column that holds NULL, or the constant `default`: no row is written."""

    table: str
    name: str
    type: Any
    default: str | None = None

    def apply(self, connection: Connection, tell: Tell) -> None:
        """Add it."""
        online.add_column(connection, self.table, self.name, self.type, self.default)
        tell(f"{self.table}: has the column {self.name}")

    def revert(self, connection: Connection, tell: Tell) -> None:
        """Drop it with what it holds."""
        online.drop_column(connection, self.table, self.name)
        tell(f"{self.table}: no longer has the column {self.name}")

    def cost(self, connection: Connection) -> Cost:
        """Say what adding costs."""
        return Cost(self._does("adds"), "no row is touched", _INSTANT)

    def cost_back(self, connection: Connection) -> Cost:
        """Say what dropping costs."""
        size = size_of(connection, self.table)
        does = f"{self._does('drops')}, with what it holds"
        if connection.dialect.name == "sqlite":
            return Cost(does, f"rewrites {size}", _WRITERS_WAIT)
        return Cost(does, "no row is touched", _INSTANT)

    def _does(self, verb: str) -> str:
        return f"{verb} the column {self.name} of {self.table}"


@dataclass(frozen=True)
class AddIndex:
    """A new index, built while others read and write."""

    name: str
    table: str
    columns: Sequence[str]
    unique: bool = False

    def apply(self, connection: Connection, tell: Tell) -> None:
        """Build it."""
        online.add_index(connection, self.name, self.table, self.columns, unique=self.unique)
        tell(f"{self.table}: has the index {self.name}")

    def revert(self, connection: Connection, tell: Tell) -> None:
        """Drop it."""
        online.drop_index(connection, self.name, self.table)
        tell(f"{self.table}: no longer has the index {self.name}")

    def cost(self, connection: Connection) -> Cost:
        """Say what building costs."""
        size = size_of(connection, self.table)
        waits = _INDEX_WAITS.get(connection.dialect.name, _WRITERS_WAIT)
        return Cost(f"adds the index {self.name} to {self.table}", f"reads {size}", waits)

    def cost_back(self, connection: Connection) -> Cost:
        """Say what dropping costs."""
        return Cost(f"drops the index {self.name}", "no row is touched", _INSTANT)


@dataclass(frozen=True)
class BackFill:
    """Values for the rows that lack them, in small transactions; see `backfill.Filling`."""

    table: str
    values: Mapping[str, Any]
    lacking: ColumnElement[bool]
    key: tuple[str, ...] = ("site_id", "id")
    batch: int = field(default=1000)

    def apply(self, connection: Connection, tell: Tell) -> None:
        """Fill, from where an earlier run ended."""
        fill(connection, self._filling, tell)

    def revert(self, connection: Connection, tell: Tell) -> None:
        """Leave the values: they go with their column."""
        forget(connection, self._filling)

    def cost(self, connection: Connection) -> Cost:
        """Say what filling costs."""
        named = ", ".join(self.values)
        size = size_of(connection, self.table)
        waits = f"{self.batch:,} rows at a time; who writes one of these waits for their turn"
        return Cost(f"fills {named} of {self.table}", f"writes {size}", waits)

    def cost_back(self, connection: Connection) -> Cost:
        """Say that leaving costs nothing."""
        return Cost(f"leaves {', '.join(self.values)} of {self.table}", _NOTHING, "nobody waits")

    @property
    def _filling(self) -> Filling:
        return Filling(self.table, self.values, self.lacking, self.key, self.batch)


@dataclass(frozen=True)
class Undone:
    """A step the other way round: `Undone(AddIndex(…))` drops it, and taking that back adds it."""

    step: Step

    def apply(self, connection: Connection, tell: Tell) -> None:
        """Take the step back."""
        self.step.revert(connection, tell)

    def revert(self, connection: Connection, tell: Tell) -> None:
        """Do the step."""
        self.step.apply(connection, tell)

    def cost(self, connection: Connection) -> Cost:
        """Say what taking back costs."""
        return self.step.cost_back(connection)

    def cost_back(self, connection: Connection) -> Cost:
        """Say what doing costs."""
        return self.step.cost(connection)


_NOTHING = "no row is touched"
_INSTANT = "everybody waits for an instant, and where somebody holds the table it is tried again"
_WRITERS_WAIT = "writers wait until it is done, readers do not"
_INDEX_WAITS = {
    "postgresql": "nobody waits (CONCURRENTLY)",
    "mysql": "nobody waits (INPLACE, LOCK=NONE)",
    "mariadb": "nobody waits (INPLACE, LOCK=NONE)",
}
