"""What a sign-in's window says in the end, and to whom."""

import pytest
from signin_world import AID, VERIFIER, SignInWorld, attribute
from world import BLOG, PAGE_URL


def test_the_popup_names_who_and_posts_to_the_registered_origin(signin: SignInWorld) -> None:
    page = signin.call_back(signin.answer(signin.start()))
    assert attribute(page, "data-origin") == BLOG
    assert attribute(page, "data-aid") == AID
    assert "Anna Bianchi" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert VERIFIER not in page.text


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
