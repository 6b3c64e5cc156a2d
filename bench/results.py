"""What a row of the bench says, and the file it is kept in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

FILE = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class AtLeast:
    """A ratio that should not be below `bound`."""

    bound: float

    def reached(self, ratio: float) -> bool:
        """Tell whether the ratio is good enough."""
        return ratio >= self.bound

    def __str__(self) -> str:
        return f"≥ {self.bound:g} ×"


@dataclass(frozen=True)
class AtMost:
    """A ratio that should not be above `bound`."""

    bound: float

    def reached(self, ratio: float) -> bool:
        """Tell whether the ratio is good enough."""
        return ratio <= self.bound

    def __str__(self) -> str:
        return f"≤ {self.bound:g} ×"


Target = AtLeast | AtMost


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A second thing that the same row has to hold, in its own unit."""

    what: str
    value: float
    most: float

    @property
    def reached(self) -> bool:
        """Tell whether it is held."""
        return self.value <= self.most

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "what": self.what,
            "value": round(self.value, 4),
            "most": self.most,
            "reached": self.reached,
        }


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: a ratio for each round, and what it should have been."""

    row: str
    group: str
    floor: str
    target: Target
    ratios: Sequence[float] = ()
    limits: Sequence[Limit] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    missing: str = ""
    """Why it could not be measured here; empty where it was."""

    @property
    def ratio(self) -> float | None:
        """Return the median of the rounds."""
        return median(self.ratios) if self.ratios else None

    @property
    def spread(self) -> float | None:
        """Return how far the rounds lie apart, as a part of their median."""
        if not self.ratios:
            return None
        middle = median(self.ratios)
        return (max(self.ratios) - min(self.ratios)) / middle if middle else 0.0

    @property
    def reached(self) -> bool:
        """Tell whether ratio and limits are what they should be, and nothing is missing."""
        ratio = self.ratio
        if ratio is None or self.missing:
            return False
        return self.target.reached(ratio) and all(limit.reached for limit in self.limits)

    def as_json(self) -> dict[str, Any]:
        """Return the row as it stands in the file."""
        ratio, spread = self.ratio, self.spread
        return {
            "row": self.row,
            "group": self.group,
            "ratio": None if ratio is None else _short(ratio),
            "spread": None if spread is None else round(spread, 3),
            "target": str(self.target),
            "reached": self.reached,
            "floor": self.floor,
            "ratios": [_short(r) for r in self.ratios],
            "limits": [limit.as_json() for limit in self.limits],
            "figures": {name: _short(value) for name, value in self.figures.items()},
            "missing": self.missing,
        }


def _short(value: float) -> float:
    """Keep four digits: no more of them mean anything."""
    return float(f"{value:.4g}")


def read(path: Path = FILE) -> list[dict[str, Any]]:
    """Read the rows of an earlier run; none where there was none."""
    if not path.exists():
        return []
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return rows


def write(rows: Sequence[Mapping[str, Any]], path: Path = FILE) -> None:
    """Write all rows."""
    text = json.dumps(list(rows), indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def merged(
    before: Sequence[Mapping[str, Any]],
    now: Sequence[Mapping[str, Any]],
    order: Sequence[str],
) -> list[Mapping[str, Any]]:
    """Put the rows of some groups in the place of what the same groups said before.

    Rows of another machine are dropped: beside ours they would mean nothing.
    """
    groups = {row["group"] for row in now}
    here = {row["machine"] for row in now}
    kept = [row for row in before if row["group"] not in groups and row["machine"] in here]
    return sorted([*kept, *now], key=lambda row: order.index(row["group"]))
