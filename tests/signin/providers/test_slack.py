"""Slack: the answer of `openid.connect.userInfo` in its documents, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.slack import Slack
from commentkit.testing.contract import CLIENT_ID, ProviderContract, Script
from commentkit.testing.rehearsal import Rehearsal

PICTURE = "https://avatars.slack-edge.example/anna_512.png"


@pytest.mark.provider_contract
class TestSlack(ProviderContract):
    recorded = {
        "ok": True,
        "sub": "U0R7JM",
        "https://slack.com/user_id": "U0R7JM",
        "https://slack.com/team_id": "T0R7GR",
        "email": "anna@example.org",
        "email_verified": True,
        "date_email_verified": 1622128723,
        "name": "Anna Bianchi",
        "picture": "https://secure.gravatar.com/anna.png",
        "given_name": "Anna",
        "family_name": "Bianchi",
        "locale": "en-US",
        "https://slack.com/team_name": "kraneflannel",
        "https://slack.com/user_image_512": PICTURE,
    }
    raw_subject = "U0R7JM"
    script = Script(token_answer={"ok": True})
    expected = Profile(
        subject="T0R7GR-U0R7JM", name="Anna Bianchi", picture_url=PICTURE, email="anna@example.org"
    )
    bare = {
        "ok": True,
        "sub": "U0R7JM",
        "https://slack.com/user_id": "U0R7JM",
        "https://slack.com/team_id": "T0R7GR",
    }
    bare_expected = Profile(subject="T0R7GR-U0R7JM", name="Slack")
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "openid profile email",
        "state": "{state}",
        "nonce": "{nonce}",
    }
    refusals = [({"error": "access_denied", "state": "{state}"}, "cancelled")]
    token_errors = [
        (200, {"ok": False, "error": "invalid_code"}, "bad_answer"),
        (200, {"ok": False, "error": "bad_client_secret"}, "misconfigured"),
        (200, {"ok": False, "error": "bad_redirect_uri"}, "misconfigured"),
        (200, {"ok": False}, "bad_answer"),
        (429, {"ok": False, "error": "ratelimited"}, "unavailable"),
    ]
    profile_errors = [
        (200, {"ok": False, "error": "invalid_auth"}, "bad_answer"),
        (200, {"ok": False, "error": "ratelimited"}, "unavailable"),
        (200, {"ok": False, "error": "fatal_error"}, "unavailable"),
        (200, {"ok": "false", "error": {"a": 1}}, "bad_answer"),
    ]

    def provider(self, base: str) -> Slack:
        return Slack(issuer=base)

    def test_two_workspaces_may_use_one_id(self, play: Rehearsal) -> None:
        other = {**self.recorded, "https://slack.com/team_id": "T0OTHER"}
        assert play.mapped(other).subject != play.mapped(self.recorded).subject

    def test_the_method_is_asked_by_post(self, play: Rehearsal) -> None:
        play.sign_in()
        (call,) = play.peer.at("/userinfo")
        assert call.method == "POST"

    def test_a_smaller_picture_is_taken_where_there_is_no_other(self, play: Rehearsal) -> None:
        less = {k: v for k, v in self.recorded.items() if "image" not in k}
        assert play.mapped(less).picture_url == "https://secure.gravatar.com/anna.png"
