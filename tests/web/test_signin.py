"""Sign-in over identity services: there, back, delivered, redeemed, and how it must fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from database_support import everything_in
from signin_world import AID, VERIFIER, SignInWorld, attribute, signin_world
from sqlalchemy import func, select
from world import BLOG, OTHER, PAGE_URL, SERVER

from commentkit import ids
from commentkit.errors import ERRORS
from commentkit.model import Identity, Site

PROVIDERS = ["wordpress", "x", "facebook", "google"]


@pytest.fixture
def signin(tmp_path: Path) -> Iterator[SignInWorld]:
    with signin_world(tmp_path) as world:
        yield world


def people(signin: SignInWorld) -> int:
    with signin.world.kit.database.read() as db:
        return db.scalar(select(func.count()).select_from(Identity)) or 0


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_provider_signs_in_and_comments(signin: SignInWorld, provider: str) -> None:
    token = signin.signed_in(provider)
    header = {"Authorization": f"Bearer {token}"}
    viewer = signin.world.call("GET", f"/viewer?url={PAGE_URL}&lang=it", headers=header).get_json()
    label = signin.world.kit.providers[provider].label
    assert viewer["state"] == "signed-in"
    assert f"Stai commentando usando il tuo account {label}." in viewer["identity"]
    body = {"thread": {"url": PAGE_URL}, "text": "Hello", "transport": "bearer"}
    posted = signin.world.call("POST", "/comments", headers=header, json=body)
    assert "Anna" in posted.get_json()["comment"]["html"]


def test_the_popup_names_who_and_posts_to_the_registered_origin(signin: SignInWorld) -> None:
    page = signin.call_back(signin.answer(signin.start()))
    assert attribute(page, "data-origin") == BLOG
    assert attribute(page, "data-aid") == AID
    assert "Anna Bianchi" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert VERIFIER not in page.text


def test_a_refusal_is_said_and_makes_nobody(signin: SignInWorld) -> None:
    page = signin.call_back(signin.answer(signin.start(), refuse=True))
    assert attribute(page, "data-code") == "sign_in_cancelled"
    assert attribute(page, "data-ticket") == ""
    assert people(signin) == 0


@pytest.mark.parametrize(
    ("endpoint", "fault", "code"),
    [
        ("token", "500", "provider_unavailable"),
        ("token", "html", "provider_bad_answer"),
        ("token", "wrong_issuer", "provider_bad_answer"),
        ("token", "wrong_nonce", "provider_bad_answer"),
        ("token", "expired", "provider_bad_answer"),
        ("userinfo", "500", "provider_unavailable"),
    ],
)
def test_a_faulty_provider_is_named_and_makes_nobody(
    signin: SignInWorld, endpoint: str, fault: str, code: str
) -> None:
    address = signin.answer(signin.start())
    signin.services.faults.set("google", endpoint, fault)
    page = signin.call_back(address)
    assert attribute(page, "data-code") == code
    assert "Google" in attribute(page, "data-message")
    assert people(signin) == 0


def test_another_browser_cannot_finish_an_attempt(signin: SignInWorld) -> None:
    address = signin.answer(signin.start())
    page = signin.call_back(address, who="mallory")
    assert page.status_code == 403
    assert people(signin) == 0
    assert signin.call_back(address).status_code == 200


def test_no_site_fills_a_visitors_cookies(signin: SignInWorld) -> None:
    """A window that was sent to begin again and again leaves room for what the browser needs."""
    for _ in range(20):
        signin.world.clock.move(seconds=10)
        last = signin.start()
    asked = signin.world.client("anna").get("http://127.0.0.1:8000/commentkit/health").request
    assert asked.headers["Cookie"].count("commentkit-attempt-") == 12
    assert attribute(signin.call_back(signin.answer(last)), "data-ticket")


def test_a_callback_works_once(signin: SignInWorld) -> None:
    address = signin.answer(signin.start())
    assert signin.call_back(address).status_code == 200
    assert signin.call_back(address).status_code == 400


def test_an_attempt_that_took_too_long_is_refused(signin: SignInWorld) -> None:
    address = signin.answer(signin.start())
    signin.world.clock.move(seconds=601)
    assert signin.call_back(address).status_code == 400


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"origin": "http://evil.example"}, "origin_not_registered"),
        ({"origin": OTHER}, "origin_not_registered"),
        ({"origin": ""}, "origin_not_registered"),
        ({"challenge": ""}, "attempt_invalid"),
        ({"challenge": "short"}, "attempt_invalid"),
        ({"aid": ""}, "attempt_invalid"),
        ({"aid": 'x"><script>'}, "attempt_invalid"),
        ({"mode": "page"}, "attempt_invalid"),
        ({"mode": "x"}, "attempt_invalid"),
    ],
)
def test_starts_that_cannot_be(signin: SignInWorld, changes: dict[str, str], code: str) -> None:
    page = signin.start(**changes)
    assert page.status_code in (400, 403)
    sentence = signin.world.kit.renderer.gettext("en", _message(code))
    assert sentence.replace("'", "&#39;") in page.text or sentence in page.text
    assert "<script>" not in page.text.replace("<script defer", "")


def _message(code: str) -> str:
    return ERRORS[code].message


def test_an_unknown_provider_is_not_offered(signin: SignInWorld) -> None:
    assert signin.start("myspace").status_code == 404


def test_a_ticket_works_once_and_the_second_use_ends_the_token(signin: SignInWorld) -> None:
    ticket = signin.delivered()
    token = signin.redeem(ticket).get_json()["token"]
    again = signin.redeem(ticket, who="mallory")
    assert signin.world.error(again)[:2] == (400, "ticket_invalid")
    header = {"Authorization": f"Bearer {token}"}
    viewer = signin.world.call("GET", f"/viewer?url={PAGE_URL}", headers=header).get_json()
    assert viewer["state"] == "signed-out"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"verifier": "w" * 43}, "ticket_invalid"),
        ({"verifier": ""}, "ticket_invalid"),
        ({"aid": "b" * 22}, "ticket_invalid"),
        ({"origin": SERVER}, "ticket_invalid"),
        ({"site": "other", "origin": OTHER}, "ticket_invalid"),
    ],
)
def test_a_ticket_is_good_for_its_starter_alone(
    signin: SignInWorld, changes: dict[str, str], code: str
) -> None:
    answer = signin.redeem(signin.delivered(), **changes)
    assert signin.world.error(answer)[1] == code


def test_a_wrong_verifier_ends_the_ticket(signin: SignInWorld) -> None:
    ticket = signin.delivered()
    signin.redeem(ticket, verifier="w" * 43)
    assert signin.world.error(signin.redeem(ticket))[1] == "ticket_invalid"


def test_a_ticket_that_slept_says_so(signin: SignInWorld) -> None:
    ticket = signin.delivered()
    signin.world.clock.move(seconds=60)
    assert signin.world.error(signin.redeem(ticket))[:2] == (410, "ticket_expired")


def test_two_accounts_stand_side_by_side_and_either_is_chosen(signin: SignInWorld) -> None:
    first = signin.signed_in("google", person="anna")
    ticket = signin.delivered("x", person="anna")
    answer = signin.redeem(ticket, headers={"Authorization": f"Bearer {first}"})
    header = {"Authorization": f"Bearer {answer.get_json()['token']}"}
    path = f"/viewer?url={PAGE_URL}&state=changing"
    changing = signin.world.call("GET", path, headers=header).get_json()["identity"]
    assert 'data-state="changing"' in changing
    with signin.world.kit.database.read() as db:
        google = db.scalars(select(Identity).where(Identity.provider == "google")).one()
    assert f'data-identity="{google.id}"' in changing
    used = signin.world.call(
        "POST",
        "/identity",
        headers=header,
        json={"identity": str(google.id), "thread": {"url": PAGE_URL}},
    ).get_json()
    assert "Google" in used["identity"]
    assert people(signin) == 2


def test_a_severed_window_goes_home_only_after_a_click_and_only_to_a_page_we_looked_at(
    signin: SignInWorld,
) -> None:
    """Nobody serves PAGE_URL here, so our own look at it fails and no ticket travels."""
    page = signin.call_back(signin.answer(signin.start()))
    number = attribute(page, 'name="attempt" value')
    headers = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
    url = f"{SERVER}/commentkit/blog/sign-in/continue"
    answer = signin.world.client().post(url, data={"attempt": number}, headers=headers)
    assert answer.status_code == 409
    assert "Location" not in answer.headers


def test_a_registered_return_address_leads_home(signin: SignInWorld) -> None:
    _set_return_url(signin, f"{BLOG}/comments.html")
    page = signin.call_back(
        signin.answer(signin.start(mode="tab", url=f"{BLOG}/evil?u=//evil.example"))
    )
    assert "Continue to “The blog” as Anna Bianchi" in page.text
    number = attribute(page, 'name="attempt" value')
    assert BLOG in page.headers["Content-Security-Policy"].split("form-action")[1]
    headers = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
    url = f"{SERVER}/commentkit/blog/sign-in/continue"
    home = signin.world.client().post(url, data={"attempt": number}, headers=headers)
    address, _, ticket = home.headers["Location"].partition(f"#commentkit-ticket={AID}.")
    assert (home.status_code, address) == (303, f"{BLOG}/comments.html")
    assert signin.redeem(ticket).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": BLOG, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
def test_another_site_cannot_press_continue(signin: SignInWorld, headers: dict[str, str]) -> None:
    _set_return_url(signin, f"{BLOG}/comments.html")
    page = signin.call_back(signin.answer(signin.start(mode="tab")))
    number = attribute(page, 'name="attempt" value')
    url = f"{SERVER}/commentkit/blog/sign-in/continue"
    answer = signin.world.client().post(url, data={"attempt": number}, headers=headers)
    assert answer.status_code == 403


def test_another_browser_cannot_press_continue(signin: SignInWorld) -> None:
    _set_return_url(signin, f"{BLOG}/comments.html")
    page = signin.call_back(signin.answer(signin.start(mode="tab")))
    number = attribute(page, 'name="attempt" value')
    headers = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
    url = f"{SERVER}/commentkit/blog/sign-in/continue"
    answer = signin.world.client("mallory").post(url, data={"attempt": number}, headers=headers)
    assert answer.status_code == 403


def _set_return_url(signin: SignInWorld, url: str) -> None:
    with signin.world.kit.database.begin() as db:
        db.get_one(Site, signin.world.site.id).return_url = url


def test_no_secret_of_a_sign_in_is_in_the_database(signin: SignInWorld) -> None:
    started = signin.start()
    state = started.headers["Location"].split("state=")[1].split("&")[0]
    cookie = started.headers["Set-Cookie"].split("=", 1)[1].split(";")[0]
    ticket = attribute(signin.call_back(signin.answer(started)), "data-ticket")
    token = signin.redeem(ticket).get_json()["token"]
    stored = everything_in(signin.world.kit.database.engine)
    assert BLOG in stored
    for secret in (state, cookie, ticket, token, ids.derive(cookie, "pkce"), VERIFIER):
        assert secret not in stored


@pytest.mark.parametrize(("mode", "closes"), [("popup", True), ("tab", False)])
def test_a_refusal_never_tells_people_to_close_their_only_tab(
    signin: SignInWorld, mode: str, closes: bool
) -> None:
    page = signin.call_back(signin.answer(signin.start(mode=mode), refuse=True))
    assert ("Close this one" in page.text) is closes
    assert ("One press leads back" in page.text) is not closes
    assert (f'href="{PAGE_URL}#comments" class="send"' in page.text) is not closes
    assert f'href="{PAGE_URL}#comments"' in page.text


def test_a_start_that_fails_in_the_tab_leads_back_too(signin: SignInWorld) -> None:
    page = signin.start(mode="tab", challenge="short")
    assert page.status_code == 400
    assert "Close this one" not in page.text
    assert f'href="{PAGE_URL}#comments" class="send"' in page.text
