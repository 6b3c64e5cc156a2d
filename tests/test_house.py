"""The house: imports point inward, and Flask stays at the door."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "commentkit"
COMMON = frozenset(
    {"words", "ids", "errors", "model", "text", "settings", "rules", "sites", "signals"}
    | {"exchanges", "outage"}
)
VERBS = frozenset({"discussion", "people", "signin", "moderation", "delivery", "limits"})
SHOWING = frozenset({"catalogues", "view", "render"})
ALLOWED: dict[str, frozenset[str]] = {
    "advice": frozenset(),
    "words": frozenset(),
    "ids": frozenset(),
    "text": frozenset(),
    "catalogues": frozenset(),
    "signals": frozenset(),
    "exchanges": frozenset(),
    "outage": frozenset(),
    "errors": frozenset({"words"}),
    "model": frozenset({"outage"}),
    "settings": frozenset(),
    "rules": frozenset(),
    "sites": COMMON,
    "limits": COMMON,
    "migrations": COMMON,
    **dict.fromkeys(VERBS, COMMON | VERBS),
    "view": COMMON | VERBS | SHOWING,
    "render": COMMON | SHOWING,
    "web": COMMON | VERBS | SHOWING,
}
"""What each part may import of the others; what is not named here stands outside and may all."""

NO_FLASK = COMMON | VERBS | SHOWING | {"migrations"}


def parts() -> Iterator[tuple[str, Path]]:
    """Yield each module with the name of the part it belongs to."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).parts[0].removesuffix(".py"), path


def imports(path: Path) -> set[str]:
    """Return the absolute names that a module imports, wherever it does."""
    tree = ast.parse(path.read_text())
    found = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def ours(path: Path) -> set[str]:
    """Return the parts of the package that a module imports."""
    return {n.split(".")[1] for n in imports(path) if n.startswith("commentkit.")}


@pytest.mark.parametrize("part", sorted(ALLOWED))
def test_imports_point_inward(part: str) -> None:
    wrong = {
        f"{path.relative_to(PACKAGE)} imports {other}"
        for owner, path in parts()
        if owner == part
        for other in ours(path) - ALLOWED[part] - {part}
    }
    assert not wrong


@pytest.mark.parametrize("part", sorted(NO_FLASK))
def test_below_web_nobody_knows_flask(part: str) -> None:
    wrong = [
        str(path.relative_to(PACKAGE))
        for owner, path in parts()
        if owner == part
        and any(name.split(".")[0] in ("flask", "werkzeug") for name in imports(path))
    ]
    assert not wrong


def test_only_the_guarded_client_opens_connections() -> None:
    banned = {"requests", "httpx", "urllib3", "http", "aiohttp", "socket", "dns"}
    wrong = [
        str(path.relative_to(PACKAGE))
        for owner, path in parts()
        if owner not in ("signin", "testing", "doctor", "serve", "cli")
        and {name.split(".")[0] for name in imports(path)} & banned
    ]
    assert not wrong


def test_one_module_asks_dns() -> None:
    """It waits within bounds, and is refused while a transaction is open."""
    askers = [
        str(path.relative_to(PACKAGE))
        for _, path in parts()
        if any(name.split(".")[0] == "dns" for name in imports(path))
    ]
    assert askers == ["signin/name_servers.py"]


def test_nobody_formats_sql() -> None:
    """`text()` and driver-level SQL stay in the model and the migrations."""
    wrong = [
        str(path.relative_to(PACKAGE))
        for owner, path in parts()
        if owner not in ("model", "migrations", "doctor")
        and ("sqlalchemy.text" in imports(path) or "exec_driver_sql" in path.read_text())
    ]
    assert not wrong


def test_every_part_is_known() -> None:
    outside = {"__init__", "extension", "cli", "serve", "doctor", "testing"}
    assert {owner for owner, _ in parts()} <= set(ALLOWED) | outside


MOST_LINES = 450


def test_no_file_outgrows_its_reader() -> None:
    lengths = {
        str(path.relative_to(PACKAGE)): len(path.read_text().splitlines())
        for owner, path in parts()
        if owner != "migrations"
    }
    assert [name for name, lines in lengths.items() if lines > MOST_LINES] == []
