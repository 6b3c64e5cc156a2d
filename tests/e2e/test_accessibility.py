"""The five states by keyboard, by ear, and before axe-core, which is not ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_support import need
from e2e_support import Demo, Section, consent
from playwright.sync_api import BrowserContext, Page, expect

AXE = Path(__file__).parent.parent / "peers" / "node_modules" / "axe-core" / "axe.min.js"
DRAFT = "Una bozza scritta senza mouse."
MOST_STOPS = 20

FOCUSED = """(() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
})()"""
NAME = f"""(() => {{
  const element = {FOCUSED};
  const {{ provider, action }} = element.dataset;
  return provider || action || element.name || element.type || element.localName;
}})()"""
SEEN = f"""(() => {{
  const element = {FOCUSED};
  const outlined = (one) => !!one && getComputedStyle(one).outlineStyle === "solid";
  const {{ top, bottom }} = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight && [element, element.closest(".card")].some(outlined);
}})()"""
LISTEN = """section => {
  window.said = [];
  const hear = ({ target }) => {
    const near = target.closest ? target : target.parentElement;
    const sentence = near?.closest("[role=status], [role=alert]")?.textContent.trim();
    if (sentence && sentence !== said.at(-1)) said.push(sentence);
  };
  const observer = new MutationObserver((all) => all.forEach(hear));
  observer.observe(section, { subtree: true, childList: true });
}"""

PROVIDERS = ["wordpress", "x", "facebook", "google"]
GUEST = ["email", "name", "website", "remember"]
FOOT = ["notify_comments", "notify_posts", "submit"]
STOPS = {
    "signed-out": ["text", *PROVIDERS, *GUEST, *FOOT],
    "connecting": ["text", "continue-here", "cancel", *FOOT],
    "signed-in": ["text", "sign-out", "change", "account", *FOOT],
    "changing": ["text", "keep", *PROVIDERS, "guest", *FOOT],
    "signed-out-by-choice": ["text", *PROVIDERS, *GUEST, *FOOT],
}
"""Where Tab leads in each state, in the order of what is seen."""


def five_states(section: Section) -> Iterator[str]:
    """Bring the form from state to state, by keys alone but for the provider's own page."""
    section.text.focus()
    expect(section.form).not_to_have_attribute("data-rest", "")
    section.page.keyboard.type(DRAFT)
    section.page.keyboard.press("Control+Enter")
    expect(section.error("email")).not_to_be_empty()
    yield "signed-out"
    with section.page.expect_popup() as opened:
        press(section.page, section, "wordpress")
    section.in_state("connecting")
    yield "connecting"
    consent(opened.value, "anna")
    section.in_state("signed-in")
    yield "signed-in"
    press(section.page, section, "change")
    section.in_state("changing")
    yield "changing"
    press(section.page, section, "keep")
    section.in_state("signed-in")
    press(section.page, section, "sign-out")
    section.in_state("signed-out")
    yield "signed-out-by-choice"


def focused(page: Page) -> str:
    """Name what has the focus."""
    return str(page.evaluate(NAME))


def press(page: Page, section: Section, name: str) -> None:
    """Go by Tab from the text to a control, and press Enter on it."""
    section.text.focus()
    for _ in range(MOST_STOPS):
        if focused(page) == name:
            return page.keyboard.press("Enter")
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {name}")


def stops(section: Section) -> list[str]:
    """Tab through the form; each stop must be seen to have the focus."""
    section.text.focus()
    names: list[str] = []
    while not names or names[-1] != "submit":
        names.append(focused(section.page))
        section.page.wait_for_function(SEEN)  # a page may scroll smoothly
        assert len(names) < MOST_STOPS, names
        section.page.keyboard.press("Tab")
    return names


def test_every_state_is_walked_by_keyboard(section: Section):
    # Mail on new posts is offered only where the site has them.
    absent = set() if section.field("notify_posts").count() else {"notify_posts"}
    for state in five_states(section):
        assert stops(section) == [stop for stop in STOPS[state] if stop not in absent], state


def test_the_focus_is_where_the_work_goes_on(section: Section):
    where = {state: focused(section.page) for state in five_states(section)}
    assert where == {
        "signed-out": "email",
        "connecting": "cancel",
        "signed-in": "text",
        "changing": "keep",
        "signed-out-by-choice": "wordpress",
    }
    section.keeps(DRAFT)


def test_each_change_of_state_is_said_aloud(section: Section):
    section.page.evaluate(
        f"({LISTEN})(document.querySelector('comment-kit').shadowRoot"
        ".querySelector('[data-commentkit]'))"
    )
    for _ in five_states(section):
        pass
    expect(section.notice).to_have_text("Sessione chiusa.")
    said = section.page.evaluate("said")
    assert said[-3:] == [
        "Connessione a WordPress.com...",
        "Accesso effettuato.",
        "Sessione chiusa.",
    ]
    assert len(said) > 3, "what is wrong at its field comes first"


def test_the_sign_in_is_said_aloud_only_and_not_for_ever(section: Section):
    section.write(DRAFT)
    section.sign_in("google")
    expect(section.notice).not_to_be_empty()
    clipped = "e => [getComputedStyle(e).position, getComputedStyle(e).clipPath]"
    assert section.notice.evaluate(clipped) == ["absolute", "inset(50%)"]
    section.action("change").click()
    expect(section.notice).to_be_empty()


@pytest.fixture
def judged(new_context, scheme: str) -> BrowserContext:
    """A context of an Italian reader that has axe-core in every page."""
    need(AXE.is_file(), "tests/peers is not installed: run 'make test', or npm ci there")
    context: BrowserContext = new_context(locale="it-IT", color_scheme=scheme)
    context.add_init_script(path=AXE)
    return context


def violations(page: Page) -> list[str]:
    """What axe-core holds against the page, shadow trees included."""
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [f"{one['impact']} {one['id']}: {one['nodes'][0]['target']}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(judged: BrowserContext, place: str):
    section = Section.open(judged.new_page(), place)
    for state in five_states(section):
        assert violations(section.page) == [], state


@pytest.mark.parametrize("scheme", ["light"])
def test_axe_does_look_into_the_section(judged: BrowserContext, demo: Demo):
    section = Section.open(judged.new_page(), demo.blog_article)
    section.write(DRAFT)
    section.form.locator("label[for=commentkit-email]").evaluate("label => label.remove()")
    section.identity.evaluate("e => e.style.color = '#ddd'")
    assert any("label" in one for one in violations(section.page))
    assert any("color-contrast" in one for one in violations(section.page))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_account_page(judged: BrowserContext, demo: Demo):
    page = judged.new_page()
    page.goto(f"{demo.flask_site}/commentkit/notebook/account")
    assert violations(page) == []
    page.locator("button[name=provider][value=google]").click()
    consent(page, "marta")
    expect(page.locator("main")).to_contain_text("Marta Rossi")
    assert violations(page) == []
    page.get_by_role("button", name="Cancella il mio account").click()
    expect(page.locator("h1")).to_contain_text("Cancellare")
    assert violations(page) == []
