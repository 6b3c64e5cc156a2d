"""Every statement on a table of the sites says whose rows it means.

A site is the unit of sharding: a statement without `site_id` would have to ask every shard.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, event

from commentkit.model import metadata

TABLES = frozenset(t.name for t in metadata.tables.values() if "site_id" in t.columns)

ACROSS_SITES = {
    "commentkit.sites.everyone": "the instance's admin lists the sites",
    "commentkit.delivery.outbox._due": "one process delivers for every site",
}
"""The functions whose statements may mean the rows of all sites, and why."""

_NAMED = re.compile(
    r"\b(?:FROM|JOIN|UPDATE)\s+[`\"]?(commentkit_\w+)[`\"]?"
    r"(?:\s+(?:AS\s+)?[`\"]?(?!WHERE\b|JOIN\b|ON\b|SET\b|INNER\b|LEFT\b|ORDER\b|LIMIT\b|FOR\b|GROUP\b"
    r"|UNION\b|USING\b)(\w+))?",
    re.IGNORECASE,
)
_COMMA = re.compile(r",\s*[`\"]?(commentkit_\w+)[`\"]?(?:\s+AS\s+[`\"]?(\w+))?(?=\s*(?:,|WHERE))")
_INSERT = re.compile(r"\bINTO\s+[`\"]?(commentkit_\w+)[`\"]?\s*\(([^)]*)\)", re.IGNORECASE)
_COLUMN = re.compile(r"\.[`\"]?site_id")
_SET = re.compile(r"\bSET\b.*?(?:\bWHERE\b|$)", re.IGNORECASE | re.DOTALL)


@lru_cache(maxsize=5_000)
def unscoped(statement: str) -> frozenset[str]:
    """Return the tables of which a statement means the rows of more than one site."""
    inserted = {name for name, columns in _INSERT.findall(statement) if "site_id" not in columns}
    text = _SET.sub("WHERE", statement)
    named = [(t, a or t) for t, a in _NAMED.findall(statement) + _COMMA.findall(statement)]
    aliases = Counter(alias for _, alias in named)
    tied = {alias: _conditions(text, alias, alone=len(named) == 1) for alias in aliases}
    given = any(not _COLUMN.search(what) for conditions in tied.values() for what in conditions)
    found = {t for t, alias in named if not given or len(tied[alias]) < aliases[alias]}
    return frozenset((found | inserted) & TABLES)


def _conditions(text: str, alias: str, *, alone: bool) -> list[str]:
    """Return what the site of `alias` is compared with: a value, or another table's site."""
    name = rf"(?<![\w.])[`\"]?{re.escape(alias)}[`\"]?\.[`\"]?site_id[`\"]?"
    if alone:  # then a statement written by hand need not say whose column it is
        name = rf"(?:{name}|(?<![\w.])site_id)"
    left = re.findall(rf"{name}\s*(?:=|IN\b)\s*(\S+)", text, re.IGNORECASE)
    right = re.findall(rf"(\S+)\s*=\s*{name}", text, re.IGNORECASE)
    pair = re.findall(rf"\({name},[^()]*\)\s*(?:=|IN\b)\s*(\S+)", text, re.IGNORECASE)
    return [*left, *right, *pair]


def watched(engine: Engine) -> Engine:
    """Make a statement that lacks its site fail the test that ran it."""
    if not event.contains(engine, "before_cursor_execute", _demand_site):
        event.listen(engine, "before_cursor_execute", _demand_site)
    return engine


@contextmanager
def unwatched(engine: Engine) -> Iterator[None]:
    """Let a migration go through the rows of every site: each shard is migrated whole."""
    event.remove(engine, "before_cursor_execute", _demand_site)
    try:
        yield
    finally:
        watched(engine)


def _demand_site(
    _connection: Any, _cursor: Any, statement: str, _values: Any, _context: Any, _many: bool
) -> None:
    tables = unscoped(statement)
    if tables and _from_product() and not _is_allowed():
        raise AssertionError(f"no site_id for {', '.join(sorted(tables))} in: {statement}")


def _callers() -> list[str]:
    frame, names = sys._getframe(1), []
    while frame is not None:
        names.append(f"{frame.f_globals.get('__name__', '')}.{frame.f_code.co_name}")
        frame = frame.f_back  # type: ignore[assignment]
    return names


def _from_product() -> bool:
    """Tell whether a verb of ours asks, rather than a test that looks at what was stored."""
    ours = [name for name in _callers() if not name.startswith(("sqlalchemy.", "site_scope."))]
    return next((n for n in ours if not n.startswith("contextlib.")), "").startswith("commentkit.")


def _is_allowed() -> bool:
    return any(name in ACROSS_SITES for name in _callers())
