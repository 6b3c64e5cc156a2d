"""The table for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.results import Row

_WIDTH = 56


def line(row: Row) -> str:
    """Say one row: what came out, how far the rounds lay apart, and whether that is enough."""
    if row.ratio is None:
        return f"MISSED  {row.row:{_WIDTH}} not measured: {row.missing}"
    said = "reached" if row.reached else "MISSED "
    ratio = f"{row.ratio:8.2f} × ±{_percent(row.spread)}  {row.target}"
    return f"{said} {row.row:{_WIDTH}} {ratio}  {_figures(row)}{_limits(row)}{_missing(row)}"


def summary(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say how many rows reached their targets, and name the others."""
    missed = [row["row"] for row in rows if not row["reached"]]
    said = f"{len(rows) - len(missed)} of {len(rows)} rows reached their targets"
    return said + (f"; missed: {'; '.join(missed)}" if missed else "")


def _percent(spread: float | None) -> str:
    return f"{(spread or 0) * 50:3.0f} %"


def _figures(row: Row) -> str:
    return ", ".join(f"{name} {_short(value)}" for name, value in row.figures.items())


def _limits(row: Row) -> str:
    broken = [limit for limit in row.limits if not limit.reached]
    return "".join(f"; {one.what} {_short(one.value)}, not ≤ {one.most:g}" for one in broken)


def _missing(row: Row) -> str:
    return f"; {row.missing}" if row.missing else ""


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
