"""What an upgrade or its way back will do and cost, asked of the database before anything runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection

from commentkit.migrations.steps import Cost, Step

_FIRST = Cost("makes the first tables", "there is no row yet", "nobody waits")
_BASE = Cost("drops every table of ours", "with every comment", "nothing is left to wait for")


@dataclass(frozen=True)
class Planned:
    """One revision, and what each of its steps costs here."""

    revision: str
    title: str
    costs: Sequence[Cost]

    def lines(self) -> list[str]:
        """Write it for a terminal."""
        return [f"{self.revision}  {self.title}", *(f"      {cost}" for cost in self.costs)]


def forward(
    scripts: ScriptDirectory, connection: Connection, current: str | None, target: str
) -> list[Planned]:
    """Return what lies between the tables as they are and a later revision."""
    between = scripts.iterate_revisions(target, current or "base")
    return [_planned(connection, script) for script in reversed(list(between))]


def backward(
    scripts: ScriptDirectory, connection: Connection, current: str, target: str
) -> list[Planned]:
    """Return what lies between the tables as they are and an earlier revision."""
    between = scripts.iterate_revisions(current, target)
    return [_planned(connection, script, back=True) for script in between]


def _planned(connection: Connection, script: Script, *, back: bool = False) -> Planned:
    return Planned(script.revision, script.doc, tuple(_costs(connection, script, back)))


def _costs(connection: Connection, script: Script, back: bool) -> Iterable[Cost]:
    steps: Sequence[Step] = getattr(script.module, "steps", ())
    if not script.down_revision:
        return [_BASE if back else _FIRST]
    if back:
        return [step.cost_back(connection) for step in reversed(steps)]
    return [step.cost(connection) for step in steps]
