"""The attack file, what only a browser shows: addresses, storage, windows and their messages."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from attack_lab import attack
from e2e_support import Demo, Section, consent
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from commentkit.ids import s256

Row = dict[str, str]
EVIL = "http://evil.example"
VERIFIER = "m" * 43
HEARS = "<script>window.heard = []; onmessage = e => heard.push(e.data)</script>"

SANDBOX = "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox"


@pytest.fixture
def evil(italian: BrowserContext) -> Page:
    """A page of somebody else's, which hears whatever is said to it."""

    def answer(route: Route) -> None:
        sandboxed = urlsplit(route.request.url).path == "/sandboxed"
        headers = {"Content-Security-Policy": SANDBOX} if sandboxed else {}
        route.fulfill(content_type="text/html", body=HEARS, headers=headers)

    italian.route(f"{EVIL}/**", answer)
    page = italian.new_page()
    page.goto(f"{EVIL}/page")
    return page


@pytest.fixture
def section(italian: BrowserContext, demo: Demo) -> Section:
    """A section on another site, by its tag alone."""
    return Section.open(italian.new_page(), demo.blog_article)


def heard(page: Page) -> list[object]:
    said: list[object] = page.evaluate("heard")
    return said


def stored(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.evaluate("({...localStorage, ...sessionStorage})")
    return {name: value for name, value in found.items() if name.startswith("commentkit:")}


def token_in(page: Page) -> str:
    """Return the bearer that the page's storage holds."""
    [token] = [v for v in stored(page).values() if len(v) == 43]
    return token


def bearer_only(italian: BrowserContext) -> None:
    """Let no cookie of another site come back, partitioned or not."""

    def lose(route: Route) -> None:
        if route.request.method == "GET":
            route.fulfill(response=route.fetch(), json={"cookie": False})
        else:
            route.continue_()

    italian.route("**/probe", lose)


def says_way_back(window: Page) -> None:
    """Expect a window that nobody took the ticket from."""
    expect(window.locator("[data-way-back]")).to_be_visible()


@attack("oa-040")
def test_no_address_that_stays_holds_a_secret(
    row: Row, section: Section, demo: Demo, plain_page: Page, italian: BrowserContext
) -> None:
    been: list[str] = []
    plain_page.on("framenavigated", lambda frame: been.append(frame.url))
    plain = Section.open(plain_page, demo.flask_article, scripts=False)
    plain.provider("google").click()
    plain_page.locator("a.send").or_(plain_page.locator("input[name=person]")).first.wait_for()
    consent(plain_page, "anna")
    expect(plain_page).to_have_url(re.compile("#commentkit-form$"))
    ours = [address for address in been if address.startswith(demo.flask_site)]
    assert len(ours) > 1
    for address in ours:
        assert not {"code", "state", "ticket", "token"} & parse_qs(urlsplit(address).query).keys()

    came: list[str] = []
    italian.on("request", lambda one: came.append(one.url))
    at_first = section.page.url
    section.write("Una bozza.")
    section.sign_in("google")
    assert section.page.url == at_first
    [callback] = [address for address in came if "/commentkit/callback/" in address]
    again = italian.new_page()  # what the window's history keeps leads nobody in
    again.goto(callback)
    expect(again.locator("[data-code=attempt_expired]")).to_be_visible()


@attack("oa-041")
@pytest.mark.parametrize("kept", ["in a cookie", "in storage"])
def test_no_token_travels_in_an_address(
    row: Row, kept: str, demo: Demo, italian: BrowserContext
) -> None:
    asked: list[Request] = []
    italian.on("request", lambda one: asked.append(one))
    if kept == "in storage":
        bearer_only(italian)
    section = Section.open(italian.new_page(), demo.blog_article)
    text = f"Scritto con un segreto {kept}"
    section.write(text)
    section.sign_in("google")
    section.submit.click()
    expect(section.comment(text)).to_be_visible()
    cookies = {cookie["name"]: cookie["value"] for cookie in italian.cookies()}
    token = cookies.get("__Host-commentkit-blog") or token_in(section.page)
    assert (kept == "in storage") == (token in stored(section.page).values())
    assert len(asked) > 20
    assert not [one.url for one in asked if token in one.url]
    assert token not in section.page.content()
    assert token not in requests.get(thread_of(section), timeout=10).text


def thread_of(section: Section) -> str:
    """Return where the section's public part comes from."""
    page = urlencode({"url": section.page.url})
    endpoint = section.root.get_attribute("data-endpoint")
    return f"{endpoint}/thread?{page}"


@attack("oa-163")
def test_the_window_speaks_to_no_other_page(row: Row, evil: Page, demo: Demo) -> None:
    for origin in (demo.blog, EVIL):
        asked = {"aid": "a" * 22, "challenge": s256(VERIFIER), "origin": origin, "mode": "popup"}
        start = f"{demo.flask_site}/commentkit/blog/sign-in/google?{urlencode(asked)}"
        with evil.expect_popup() as opened:
            evil.evaluate("address => void open(address)", start)
        window = opened.value
        if origin == EVIL:
            expect(window.locator("[data-code=origin_not_registered]")).to_be_visible()
        else:
            consent(window, "anna")
            says_way_back(window)
            expect(window.locator("main[data-ticket]")).to_have_count(1)
        assert heard(evil) == []


@attack("oa-164", "oa-165")
def test_a_ticket_of_a_stranger_is_not_taken(
    row: Row, evil: Page, demo: Demo, italian: BrowserContext
) -> None:
    redeemed: list[str] = []
    aids: list[str] = []
    italian.on("request", lambda one: note(one, redeemed, aids))
    origin = EVIL if row["id"] == "oa-164" else "null"
    evil.goto(f"{EVIL}/{'page' if origin == EVIL else 'sandboxed'}")
    with evil.expect_popup() as opened:
        evil.evaluate("address => { window.victim = open(address) }", demo.blog_article)
    section = Section.open(opened.value, demo.blog_article)
    section.write("Una bozza.")
    window = section.press("google")
    window.locator("input[name=person]").first.wait_for(state="attached")
    senders = section.page.evaluate_handle(
        "() => { const seen = []; addEventListener('message', e => seen.push(e.origin));"
        " return seen }"
    )
    spoof = {"commentkit": "ticket", "aid": aids[-1], "ticket": "SPOOF"}
    evil.evaluate("said => victim.postMessage(said, '*')", spoof)
    section.page.wait_for_function("seen => seen.length", arg=senders)
    assert senders.json_value() == [origin]
    section.in_state("connecting")
    consent(window, "anna")
    section.commenting_with("google")
    assert len(redeemed) == 1
    assert "SPOOF" not in redeemed[0]


def note(asked: Request, redeemed: list[str], aids: list[str]) -> None:
    """Keep what tickets were redeemed, and the names of attempts that began."""
    if urlsplit(asked.url).path.endswith("/sign-in/redeem") and asked.method == "POST":
        redeemed.append(asked.post_data or "")
    aids += parse_qs(urlsplit(asked.url).query).get("aid", [])


@attack("oa-166")
def test_a_page_put_in_the_openers_place_hears_nothing(
    row: Row, section: Section, evil: Page
) -> None:
    section.write("Una bozza.")
    window = section.press("google")
    window.locator("input[name=person]").first.wait_for(state="attached")
    window.evaluate("address => { opener.location = address }", f"{EVIL}/instead")
    section.page.wait_for_url(f"{EVIL}/instead")
    consent(window, "anna")
    says_way_back(window)
    assert heard(section.page) == []
    assert stored(section.page) == {}


@attack("oa-167")
def test_the_window_has_no_name_to_be_found_by(row: Row, section: Section) -> None:
    section.page.evaluate(
        "() => { window.names = []; const before = open;"
        " window.open = (address, name, ...rest) => {"
        "   names.push(name); return before.call(window, address, name, ...rest) } }"
    )
    section.write("Una bozza.")
    window = section.press("google")
    window.locator("input[name=person]").first.wait_for(state="attached")
    assert section.page.evaluate("names") == ["_blank"]
    assert window.evaluate("name") == ""
    consent(window, "anna")
    section.commenting_with("google")


@attack("oa-172")
def test_what_a_script_finds_opens_nothing_but_this_section(
    row: Row, demo: Demo, italian: BrowserContext
) -> None:
    bearer_only(italian)
    section = Section.open(italian.new_page(), demo.blog_article)
    section.write("Una bozza.")
    section.sign_in("google")
    token = token_in(section.page)
    below = f"{demo.flask_site}/commentkit/blog"
    held = {"Authorization": f"Bearer {token}", "X-CommentKit": "1"}

    def state(origin: str) -> tuple[int, str]:
        asked = {"url": section.page.url}
        headers = held | {"Origin": origin}
        answer = requests.get(f"{below}/viewer", params=asked, headers=headers, timeout=10)
        return answer.status_code, answer.json().get("state", "")

    assert state(demo.blog) == (200, "signed-in")
    assert {state(origin)[0] for origin in (demo.identity, EVIL, "null")} == {403}
    for headers in (held, {"Cookie": f"commentkit-page-blog={token}"}):
        page = requests.get(f"{below}/account", headers=headers, timeout=10)
        assert page.status_code == 200
        assert "Anna Bianchi" not in page.text
    with section.page.expect_response("**/sign-out*"):
        section.action("sign-out").click()
    section.in_state("signed-out")
    assert token not in stored(section.page).values()
    assert state(demo.blog) == (200, "signed-out")
