"""The static blog in Firefox with total cookie protection: it signs in there as in Chromium."""

from collections.abc import Iterator

import pytest
from browser_support import TOOL_MISSING
from e2e_support import Demo
from firefox import Firefox, eventually, find_firefox, running_firefox

from commentkit.testing.identity_services import Fault

DRAFT = "Una bozza che attraversa due browser."
SECTION = "document.querySelector('comment-kit')?.shadowRoot?.querySelector"
CONTINUE = "document.querySelector('button[name=decision][value=continue]')"
WAY_BACK = "document.querySelector(\"form[action*='/sign-in/continue'] button\")"


@pytest.fixture
def firefox() -> Iterator[Firefox]:
    """A fresh Firefox. It is asked for nowhere else, so its absence fails no run."""
    path = find_firefox()
    if path is None:
        pytest.skip(TOOL_MISSING + "no Firefox was found: name one in COMMENTKIT_FIREFOX")
    with running_firefox(path) as running:
        yield running


def in_section(selector: str) -> str:
    """An expression for an element of the section."""
    return f'{SECTION}("{selector}")'


def in_state(firefox: Firefox, state: str) -> None:
    """Wait until the form is in a state, with what was typed still there."""
    firefox.wait(f"document.querySelector('comment-kit[data-state={state}]')")
    assert firefox.wait(f"{in_section('textarea[name=text]')}.value") == DRAFT


def press_google(firefox: Firefox, demo: Demo) -> str:
    """Write something, press Google, and go to its window; return the page's own."""
    firefox.go(demo.blog_article)
    page = firefox.window()
    firefox.click(in_section("form:not([aria-busy]) textarea[name=text]"))
    firefox.type(in_section("form:not([data-rest]) textarea[name=text]"), DRAFT)
    firefox.click(in_section("[data-provider=google]"))
    firefox.switch(eventually(lambda: "".join(set(firefox.windows()) - {page})))
    firefox.click("document.querySelector('input[name=person][value=anna]')")
    firefox.click(CONTINUE)
    return page


def keeps_the_account(firefox: Firefox) -> None:
    """Expect the account, after a reload too."""
    in_state(firefox, "signed-in")
    said = firefox.wait(f"{in_section('[part~=identity]')}.textContent")
    assert "Stai commentando usando il tuo account Google." in said
    firefox.command("WebDriver:Refresh")
    in_state(firefox, "signed-in")


def test_signs_in_by_the_window(firefox: Firefox, demo: Demo):
    page = press_google(firefox, demo)
    eventually(lambda: firefox.windows() == [page])
    firefox.switch(page)
    keeps_the_account(firefox)


def test_signs_in_by_the_way_back_of_a_severed_window(firefox: Firefox, demo: Demo):
    demo.faults.set("google", "authorize", Fault("coop"))
    page = press_google(firefox, demo)
    firefox.click(WAY_BACK)
    firefox.switch(page)
    keeps_the_account(firefox)
