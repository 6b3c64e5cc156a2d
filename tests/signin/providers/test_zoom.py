"""Zoom: https://developers.zoom.us/docs/api/users/, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.zoom import Zoom
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.rehearsal import Rehearsal

PICTURE = "https://zoom.us/p/v2/abc"


@pytest.mark.provider_contract
class TestZoom(ProviderContract):
    recorded = {
        "id": "zJKyaiAyTNC-MWjiWC18KQ",
        "first_name": "Anna",
        "last_name": "B.",
        "display_name": "Anna Bianchi",
        "email": "anna@example.org",
        "verified": 1,
        "pic_url": PICTURE,
        "vanity_url": "https://example.zoom.us/my/anna",
    }
    expected = Profile(
        subject="zJKyaiAyTNC-MWjiWC18KQ",
        name="Anna Bianchi",
        picture_url=PICTURE,
        email="anna@example.org",
    )
    bare = {"id": "zJKyaiAyTNC-MWjiWC18KQ"}
    bare_expected = Profile(subject="zJKyaiAyTNC-MWjiWC18KQ", name="Zoom")
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "state": "{state}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    refusals = [({"error": "access_denied", "state": "{state}"}, "cancelled")]
    token_errors = [
        (400, {"reason": "Invalid authorization code", "error": "invalid_grant"}, "bad_answer"),
        (401, {"reason": "Invalid client_id", "error": "invalid_client"}, "misconfigured"),
    ]
    profile_errors = [
        (401, {"code": 124, "message": "Invalid access token."}, "bad_answer"),
        (429, {"code": 429, "message": "x"}, "unavailable"),
    ]

    def provider(self, base: str) -> Zoom:
        return Zoom(web_base=base, api_base=base)

    def test_both_names_serve_where_none_is_to_be_shown(self, play: Rehearsal) -> None:
        assert play.mapped({**self.recorded, "display_name": ""}).name == "Anna B."
