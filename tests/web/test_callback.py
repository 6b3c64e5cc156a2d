"""The provider's answer: whose attempt it may finish, once, and what is said where it is none."""

import pytest
from signin_world import AID, SignInWorld, attribute
from world import BLOG, SERVER

from commentkit import ids
from commentkit.model import Attempt, Identity


def test_a_refusal_is_said_and_makes_nobody(signin: SignInWorld) -> None:
    page = signin.call_back(signin.answer(signin.start(), refuse=True))
    assert attribute(page, "data-code") == "sign_in_cancelled"
    assert attribute(page, "data-ticket") == ""
    assert signin.count(Identity) == 0


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
    assert signin.count(Identity) == 0


def test_another_browser_cannot_finish_an_attempt(signin: SignInWorld) -> None:
    address = signin.answer(signin.start())
    page = signin.call_back(address, who="mallory")
    assert page.status_code == 403
    assert signin.count(Identity) == 0
    assert signin.call_back(address).status_code == 200


def test_a_callback_works_once(signin: SignInWorld) -> None:
    address = signin.answer(signin.start())
    assert signin.call_back(address).status_code == 200
    assert signin.call_back(address).status_code == 400


def test_an_attempt_that_took_too_long_is_refused(signin: SignInWorld) -> None:
    address = signin.answer(signin.start())
    signin.world.clock.move(seconds=601)
    assert signin.call_back(address).status_code == 400


def test_a_look_ahead_uses_nothing_up(signin: SignInWorld) -> None:
    started = signin.start()
    address = signin.answer(started)
    path = address.replace("http://127.0.0.1:8000", SERVER)
    client = signin.world.client()
    assert client.head(path).status_code == 405
    asked = f"{SERVER}/commentkit/blog/sign-in/google?aid={AID}&challenge={ids.s256('v' * 43)}"
    assert client.head(f"{asked}&origin={BLOG}").status_code == 405
    assert signin.count(Attempt) == 1
    assert signin.call_back(address).status_code == 200


def test_other_attempts_do_not_push_out_ones_own(signin: SignInWorld) -> None:
    address = signin.answer(signin.start())
    site_id = signin.world.site.id
    for number in range(60):
        signin.world.client().set_cookie(
            f"commentkit-attempt-{site_id}-{2**62 + number}", "x", domain="127.0.0.1"
        )
    assert signin.call_back(address).status_code == 200
