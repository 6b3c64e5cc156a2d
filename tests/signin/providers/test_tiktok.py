"""TikTok: https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.tiktok import TikTok
from commentkit.testing.contract import CLIENT_ID, ProviderContract, Script

PICTURE = "https://p19-sign.tiktokcdn-us.com/tos-avt-0068-tx/b17f0e4b3a4f4a50993cf72cda8b88b8"
SUBJECT = "723f24d7-e717-40f8-a2b6-cb8464cd23b4"
FINE = {"code": "ok", "message": "", "log_id": "20220829194722CBE87ED59D524E727021"}


@pytest.mark.provider_contract
class TestTikTok(ProviderContract):
    recorded = {
        "data": {
            "user": {"open_id": SUBJECT, "display_name": "Anna Bianchi", "avatar_url": PICTURE}
        },
        "error": FINE,
    }
    expected = Profile(subject=SUBJECT, name="Anna Bianchi", picture_url=PICTURE)
    bare = {"data": {"user": {"open_id": SUBJECT}}, "error": FINE}
    bare_expected = Profile(subject=SUBJECT, name="TikTok")
    authorize = {
        "response_type": "code",
        "client_key": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "user.info.basic",
        "state": "{state}",
    }
    refusals = [
        (
            {"error": "access_denied", "error_description": "x", "state": "{state}"},
            "cancelled",
        )
    ]
    # Some of them come with HTTP 200.
    token_errors = [
        (200, {"error": "invalid_grant", "log_id": "x"}, "bad_answer"),
        (401, {"error": "invalid_client", "log_id": "x"}, "misconfigured"),
    ]
    profile_errors = [
        (401, {"data": {}, "error": {"code": "access_token_invalid"}}, "bad_answer"),
        (403, {"data": {}, "error": {"code": "scope_not_authorized"}}, "bad_answer"),
        (200, {"data": {}, "error": {"code": "internal_error"}}, "unavailable"),
        (429, {"data": {}, "error": {"code": "rate_limit_exceeded"}}, "unavailable"),
    ]
    script = Script(
        token_answer={"open_id": SUBJECT, "scope": "user.info.basic"},
        token_call={
            "grant_type": "authorization_code",
            "code": "{code}",
            "client_key": "{client_id}",
            "client_secret": "{client_secret}",
            "redirect_uri": "{redirect_uri}",
        },
    )

    def provider(self, base: str) -> TikTok:
        return TikTok(web_base=base, api_base=base)
