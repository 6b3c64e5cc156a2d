"""Notion: https://developers.notion.com/reference/get-self, read 2026-11-23."""

import base64

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.notion import Notion
from commentkit.testing.contract import CLIENT_ID, CLIENT_SECRET, ProviderContract, Script
from commentkit.testing.rehearsal import Rehearsal

PICTURE = "https://s3-us-west-2.amazonaws.com/public.notion-static.com/anna.png"
SUBJECT = "5389a034-eb5c-47b5-8a9e-f79c99ef166c"


def bot(person: dict[str, object]) -> dict[str, object]:
    return {
        "object": "user",
        "id": "16d84278-ab0e-484c-9bdd-b35da3bd8905",
        "name": "comments",
        "type": "bot",
        "bot": {"owner": {"type": "user", "user": person}},
    }


@pytest.mark.provider_contract
class TestNotion(ProviderContract):
    recorded = bot(
        {
            "object": "user",
            "id": SUBJECT,
            "name": "Anna Bianchi",
            "avatar_url": PICTURE,
            "type": "person",
            "person": {"email": "anna@example.org"},
        }
    )
    expected = Profile(
        subject=SUBJECT, name="Anna Bianchi", picture_url=PICTURE, email="anna@example.org"
    )
    bare = bot({"id": SUBJECT, "name": None, "avatar_url": None})
    bare_expected = Profile(subject=SUBJECT, name="Notion")
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "state": "{state}",
        "owner": "user",
    }
    refusals = [({"error": "access_denied", "state": "{state}"}, "cancelled")]
    token_errors = [
        (400, {"error": "invalid_grant"}, "bad_answer"),
        (401, {"error": "invalid_client"}, "misconfigured"),
    ]
    profile_errors = [
        (401, {"object": "error", "status": 401, "code": "unauthorized"}, "bad_answer"),
        (429, {"object": "error", "status": 429, "code": "rate_limited"}, "unavailable"),
    ]
    script = Script(
        token_call={
            "grant_type": "authorization_code",
            "code": "{code}",
            "redirect_uri": "{redirect_uri}",
        }
    )

    def provider(self, base: str) -> Notion:
        return Notion(base_url=base)

    def test_the_exchange_is_json_and_every_call_names_its_version(self, play: Rehearsal) -> None:
        play.sign_in()
        token, profile = play.peer.calls
        assert token.headers["content-type"] == "application/json"
        proof = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        assert token.headers["authorization"] == f"Basic {proof}"
        assert {call.headers["notion-version"] for call in (token, profile)} == {"2022-06-28"}
