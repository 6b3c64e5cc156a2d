"""The architecture page against the code: every table, every column, every route."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from docs_pages import read
from world import make_world

from commentkit.model.base import Base

PAGE = read("docs/architecture.md")
OWN_KEYS = {"site_id", "id"}


def rows(chapter: str) -> Iterator[list[str]]:
    """Yield the cells of a chapter's table."""
    text = PAGE.partition(f"## {chapter}")[2].partition("\n## ")[0]
    for line in text.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def test_every_table_is_told_with_its_columns() -> None:
    told = {cells[0].split("`")[1]: words(" ".join(cells)) for cells in rows("2. Storage")}
    tables = {t.name.removeprefix("commentkit_"): t for t in Base.metadata.tables.values()}
    assert told.keys() == tables.keys()
    untold = {
        name: missing
        for name, table in tables.items()
        if (missing := set(table.columns.keys()) - OWN_KEYS - told[name])
    }
    assert not untold


def shape(path: str) -> str:
    """Spell an address without the names of what varies in it."""
    return re.sub(r"<[^>]+>|\b[A-Z]+\b", "*", path)


def spelled(path: str) -> Iterator[str]:
    """Yield the addresses that braces stand for: `/{a,b}` is two."""
    parts = [part.strip("{}").split(",") for part in re.split(r"(\{[^}]*\})", path)]
    return map("".join, product(*parts))


def told_routes() -> set[tuple[str, str, str]]:
    """Return method, address and audience of what the page tells."""
    told = set()
    for cells in rows("3. HTTP"):
        audience = words(cells[1].partition(",")[0]).pop()
        for call in re.findall(r"`([A-Z][^`]*)`", cells[0]):
            for methods, path in re.findall(r"((?:[A-Z]+, )*[A-Z]+) (/[^ ?]*)", call):
                told |= {
                    (method, shape(address), audience)
                    for method in methods.split(", ")
                    for address in spelled(path)
                }
    return told


@pytest.mark.usefixtures("databases")
def test_every_route_is_told_with_its_audience(tmp_path: Path) -> None:
    app = make_world(tmp_path).app
    opened = {
        (method, shape(rule.rule.removeprefix("/commentkit")), str(door.audience))
        for rule in app.url_map.iter_rules()
        if (door := getattr(app.view_functions[rule.endpoint], "__self__", None))
        and hasattr(door, "audience")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert opened == told_routes()
