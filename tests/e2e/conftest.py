"""The real demo on three free ports, and pages of it in the browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_support import Demo, Section, running_demo
from playwright.sync_api import BrowserContext


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every journey drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The three sites, as `make demo` serves them; rates are as wide as a test run needs."""
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture(autouse=True)
def no_faults(demo: Demo) -> Iterator[None]:
    """Clear what a test switched on at the identity services."""
    yield
    demo.faults.clear()


@pytest.fixture
def italian(new_context) -> BrowserContext:
    """An Italian reader."""
    return new_context(locale="it-IT")


@pytest.fixture(params=["blog", "flask"])
def place(request: pytest.FixtureRequest, demo: Demo) -> str:
    """A page with a section: of another site by the tag alone, or of the Flask site."""
    return {"blog": demo.blog_article, "flask": demo.flask_article}[request.param]


@pytest.fixture
def section(italian: BrowserContext, place: str) -> Section:
    """The section of that page, ready."""
    return Section.open(italian.new_page(), place)
