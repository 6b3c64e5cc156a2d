"""Fixtures for every test: Chromium, databases, an honest list of what was not run."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import compiled
import pytest
from browser_support import (
    ARGUMENTS,
    BLOCK_THIRD_PARTY_COOKIES,
    TOOL_MISSING,
    WHY_NOT,
    find_chromium,
    need,
    without_suggestions,
)
from database_support import DATABASE_MISSING, KINDS, Databases, Pool, databases_of
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

NewContext = Callable[..., BrowserContext]


@pytest.fixture(scope="session", autouse=True)
def _routes_once() -> Iterator[None]:
    """Spare each app of a test what all of them have in common."""
    with pytest.MonkeyPatch.context() as patch:
        compiled.routes_once(patch)
        yield


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium to drive; the test is skipped, in CI failed, where there is none."""
    path = find_chromium()
    need(path, WHY_NOT)
    return path or ""


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The one Playwright of the run: a second cannot be started beside it."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(
    playwright: Playwright, chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """A headless Chromium that blocks third-party cookies, as the strictest browsers do."""
    arguments = [*ARGUMENTS, BLOCK_THIRD_PARTY_COOKIES]
    program = without_suggestions(chromium_path, tmp_path_factory.mktemp("chromium"))
    browser = playwright.chromium.launch(executable_path=program, args=arguments)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def browser(chromium: Browser) -> Browser:
    """The same Chromium, by the name that most tests use."""
    return chromium


@pytest.fixture
def new_context(chromium: Browser) -> Iterator[NewContext]:
    """Make contexts (`locale=`, `java_script_enabled=`, …), closed after the test."""
    opened: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = chromium.new_context(
            **{"locale": "en-GB", "timezone_id": "Europe/Rome"} | options
        )
        context.set_default_timeout(10_000)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def context(new_context: NewContext) -> BrowserContext:
    """A fresh English context."""
    return new_context()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A fresh page of an English reader."""
    return context.new_page()


@pytest.fixture
def italian_page(new_context: NewContext) -> Page:
    """A fresh page of an Italian reader."""
    return new_context(locale="it-IT").new_page()


@pytest.fixture
def plain_page(new_context: NewContext) -> Page:
    """A fresh page of an Italian reader whose browser runs no scripts."""
    return new_context(locale="it-IT", java_script_enabled=False).new_page()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the caller say on which databases tests run; without SQLite, only those that need one."""
    parser.addoption(
        "--database",
        action="append",
        choices=KINDS,
        help="run the tests that keep something on this kind of database (repeatable; sqlite)",
    )


def _kinds(config: pytest.Config) -> list[str]:
    return list(dict.fromkeys(config.getoption("--database") or ["sqlite"]))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that keeps something on each kind of database that was asked for."""
    if "databases" in metafunc.fixturenames:
        metafunc.parametrize("databases", _kinds(metafunc.config), indirect=True)


@pytest.fixture(scope="session")
def pools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Pool]]:
    """The databases of this process: made when first needed, dropped at the end."""
    folder = tmp_path_factory.mktemp("databases")
    made = {kind: Pool(kind, folder) for kind in KINDS}
    yield made
    for pool in made.values():
        pool.close()


@pytest.fixture
def databases(
    request: pytest.FixtureRequest, pools: dict[str, Pool], tmp_path: Path
) -> Iterator[Databases]:
    """Give this test its databases; `make_world` finds them by itself."""
    with databases_of(pools[request.param], tmp_path) as databases:
        yield databases


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the fast tests first: those that drive a browser last, whole journeys at the very end."""
    kinds = _kinds(config)
    kept, left_out = [], []
    for item in items:
        (kept if _belongs(item, kinds) else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = sorted(kept, key=_slowness)


def _belongs(item: pytest.Item, kinds: list[str]) -> bool:
    """Tell whether these kinds of database matter to a test: those without one run with SQLite."""
    if "databases" not in getattr(item, "fixturenames", ()):
        return "sqlite" in kinds
    only = item.get_closest_marker("only_on")
    return only is None or item.callspec.params["databases"] in only.args  # type: ignore[attr-defined]


def _slowness(item: pytest.Item) -> int:
    if "e2e" in item.path.parts:
        return 2
    return 1 if item.get_closest_marker("browser") else 0


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name, in the last lines, the tests that a missing tool or database kept from running."""
    for why_not, names in _skipped_for(terminalreporter, TOOL_MISSING).items():
        terminalreporter.section(f"{len(names)} tests were not run: {why_not}", yellow=True)
        for name in names:
            terminalreporter.line(name)
    for database, names in _skipped_for(terminalreporter, DATABASE_MISSING).items():
        line = f"{DATABASE_MISSING}{database}: {len(names)} tests"
        terminalreporter.write_line(line, yellow=True)


def _skipped_for(terminalreporter: pytest.TerminalReporter, mark: str) -> dict[str, list[str]]:
    missing: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        _, _, reason = report.longrepr
        if mark in reason:
            missing.setdefault(reason.split(mark, 1)[1], []).append(report.nodeid)
    return missing
