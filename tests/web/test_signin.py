"""Sign-in over identity services: there, back, delivered, redeemed, and how it must fail."""

import pytest
from database_support import everything_in
from signin_world import AID, VERIFIER, SignInWorld, attribute
from sqlalchemy import select
from world import BLOG, OTHER, PAGE_URL, SERVER

from commentkit import ids
from commentkit.errors import ERRORS
from commentkit.model import Attempt, Identity

PROVIDERS = ["wordpress", "x", "facebook", "google"]


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


def test_no_site_fills_a_visitors_cookies(signin: SignInWorld) -> None:
    """A window that was sent to begin again and again leaves room for what the browser needs."""
    for _ in range(20):
        signin.world.clock.move(seconds=10)
        last = signin.start()
    asked = signin.world.client("anna").get("http://127.0.0.1:8000/commentkit/health").request
    assert asked.headers["Cookie"].count("commentkit-attempt-") == 12
    assert attribute(signin.call_back(signin.answer(last)), "data-ticket")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_what_is_no_window_begins_nothing(signin: SignInWorld, headers: dict[str, str]) -> None:
    asked = f"/sign-in/google?aid={AID}&challenge={ids.s256('v' * 43)}&origin={BLOG}"
    window = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}
    refused = signin.world.get(asked, headers=headers)
    assert refused.status_code == 400
    assert "Set-Cookie" not in refused.headers
    assert signin.count(Attempt) == 0
    assert signin.world.get(asked, headers=window).status_code == 303


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
    assert signin.count(Identity) == 2


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
