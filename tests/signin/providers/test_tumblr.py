"""Tumblr: https://github.com/tumblr/docs/blob/master/api.md, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile, ProviderError
from commentkit.signin.providers.tumblr import Tumblr
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.rehearsal import Rehearsal

BLOG = "t:0aY0xL2Fi1OFJg4YxpmegQ"
OTHER = {"name": "annas-cat", "uuid": "t:WX5xItRbCiJH_GJDsIdhAQ", "primary": False}


def answer(*blogs: dict[str, object]) -> dict[str, object]:
    user = {"name": "annab", "likes": 1, "following": 2, "blogs": list(blogs)}
    return {"meta": {"status": 200, "msg": "OK"}, "response": {"user": user}}


@pytest.mark.provider_contract
class TestTumblr(ProviderContract):
    recorded = answer(
        OTHER,
        {
            "name": "annab",
            "title": "Anna Bianchi",
            "url": "https://annab.tumblr.com/",
            "uuid": BLOG,
            "primary": True,
        },
    )
    expected = Profile(
        subject=BLOG,
        name="Anna Bianchi",
        handle="annab",
        profile_url="https://annab.tumblr.com/",
        picture_url=f"https://api.tumblr.com/v2/blog/{BLOG}/avatar/128",
    )
    raw_picture = ""
    bare = answer({"name": "annab", "uuid": BLOG, "primary": True})
    bare_expected = Profile(
        subject=BLOG,
        name="annab",
        handle="annab",
        picture_url=f"https://api.tumblr.com/v2/blog/{BLOG}/avatar/128",
    )
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "basic",
        "state": "{state}",
    }
    refusals = [({"error": "access_denied", "state": "{state}"}, "cancelled")]
    token_errors = [
        (401, {"error": "invalid_grant", "error_description": "x"}, "bad_answer"),
        (401, {"meta": {"status": 401, "msg": "Unauthorized"}, "response": []}, "bad_answer"),
    ]
    profile_errors = [
        (401, {"meta": {"status": 401, "msg": "Unauthorized"}, "response": []}, "bad_answer"),
        (429, {"meta": {"status": 429, "msg": "Limit Exceeded"}}, "unavailable"),
    ]

    def provider(self, base: str) -> Tumblr:
        return Tumblr(web_base=base, api_base=base)

    def test_nobody_is_known_by_a_blog_that_is_not_theirs_first(self, play: Rehearsal) -> None:
        with pytest.raises(ProviderError, match="no usable subject"):
            play.mapped(answer(OTHER))

    def test_no_address_is_made_of_anything_else(self, play: Rehearsal) -> None:
        odd = {"name": "annab", "uuid": "t:../../x?", "primary": True}
        assert play.mapped(answer(odd)).picture_url is None
