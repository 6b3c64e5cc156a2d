"""Bitbucket: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-users/, 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.bitbucket import Bitbucket
from commentkit.testing.contract import CLIENT_ID, ProviderContract, Script

PICTURE = "https://avatar-management--avatars.us-west-2.prod.public.atl-paas.net/557058/128"
SUBJECT = "{d301aafa-d676-4ee0-88be-962be7417567}"


@pytest.mark.provider_contract
class TestBitbucket(ProviderContract):
    recorded = {
        "type": "user",
        "uuid": SUBJECT,
        "account_id": "557058:cdb2e5f4",
        "display_name": "Anna Bianchi",
        "nickname": "annab",
        "links": {
            "html": {"href": "https://bitbucket.org/%7Bd301aafa%7D/"},
            "avatar": {"href": PICTURE},
        },
        "emails": {
            "values": [
                {"email": "anna@example.org", "is_primary": True, "is_confirmed": True},
                {"email": "other@example.org", "is_primary": False, "is_confirmed": True},
            ]
        },
    }
    expected = Profile(
        subject=SUBJECT,
        name="Anna Bianchi",
        handle="annab",
        profile_url="https://bitbucket.org/%7Bd301aafa%7D/",
        picture_url=PICTURE,
        email="anna@example.org",
        email_verified=True,
    )
    bare = {"uuid": SUBJECT, "display_name": "Anna Bianchi"}
    bare_expected = Profile(subject=SUBJECT, name="Anna Bianchi")
    email_flags = [["emails", "values", 0, "is_confirmed"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "state": "{state}",
    }
    refusals = [({"error": "access_denied", "state": "{state}"}, "cancelled")]
    token_errors = [
        (400, {"error": "invalid_grant", "error_description": "x"}, "bad_answer"),
        (400, {"error": "unauthorized_client", "error_description": "x"}, "misconfigured"),
    ]
    profile_errors = [
        (401, {"type": "error", "error": {"message": "Token is invalid"}}, "bad_answer"),
        (403, {"type": "error", "error": {"message": "Your credentials lack"}}, "bad_answer"),
    ]
    script = Script(token_answer={"scopes": "account email", "expires_in": 7200})

    def provider(self, base: str) -> Bitbucket:
        return Bitbucket(web_base=base, api_base=base)
