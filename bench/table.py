"""`python -m bench.table`: write the results into docs/performance.md, as Markdown."""

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import results
from bench.process import REPOSITORY

PAGE = REPOSITORY / "docs" / "performance.md"
_PLACE = re.compile(r"(<!-- bench -->\n).*?(<!-- end of bench -->)", re.DOTALL)
_HEAD = (
    "| row | floor in the same run | to reach | ratio | spread | |",
    "| --- | --- | --- | --- | --- | --- |",
)

Rows = Sequence[Mapping[str, Any]]


def main() -> int:
    """Write the page anew."""
    write(results.read())
    return 0


def write(rows: Rows, page: Path = PAGE) -> None:
    """Put the rows into the page."""
    page.write_text(fresh(page.read_text(encoding="utf-8"), rows), encoding="utf-8")


def fresh(page: str, rows: Rows) -> str:
    """Return the page with these rows."""
    return _PLACE.sub(lambda at: at[1] + markdown(rows) + at[2], page)


def markdown(rows: Rows) -> str:
    """Say where and when, then one line a row, then the figures behind the ratios."""
    if not rows:
        return "Nothing has been measured yet.\n"
    figures = [f"- {row['row']}: {_figures(row)}" for row in rows if row["figures"]]
    parts = [_made(rows), "", *_HEAD, *map(_line, rows), "", "What was measured:", "", *figures]
    return "\n".join(parts) + "\n"


def _made(rows: Rows) -> str:
    begin, end = (pick(row["at"] for row in rows) for pick in (min, max))
    large = "1,000,000 comments in all" if any(row["large"] for row in rows) else "the usual seeds"
    return f"{rows[0]['machine']}; {begin} to {end} UTC; load by {rows[0]['loader']}; {large}."


def _line(row: Mapping[str, Any]) -> str:
    limits = "".join(f", {one['what']} ≤ {one['most']:g}" for one in row["limits"])
    cells = [row["row"], row["floor"], row["target"] + limits, *_ratio(row), _verdict(row)]
    return "| " + " | ".join(cells) + " |"


def _ratio(row: Mapping[str, Any]) -> tuple[str, str]:
    if row["ratio"] is None:
        return "", ""
    return f"{row['ratio']:.2f} ×", f"{row['spread']:.0%}"


def _verdict(row: Mapping[str, Any]) -> str:
    if row["missing"]:
        return f"**missed**: {row['missing']}"
    broken = [f"{one['what']} {_number(one['value'])}" for one in _broken(row)]
    return "reached" if row["reached"] else "**missed**" + (f": {', '.join(broken)}" * bool(broken))


def _broken(row: Mapping[str, Any]) -> Rows:
    return [one for one in row["limits"] if not one["reached"]]


def _figures(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_number(value)}" for name, value in row["figures"].items())


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
