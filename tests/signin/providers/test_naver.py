"""Naver: https://developers.naver.com/docs/login/profile/profile.md, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.naver import Naver
from commentkit.testing.contract import CLIENT_ID, ProviderContract, Script

PICTURE = "https://ssl.pstatic.net/static/pwe/address/nodata_33x33.gif"


@pytest.mark.provider_contract
class TestNaver(ProviderContract):
    recorded = {
        "resultcode": "00",
        "message": "success",
        "response": {
            "id": "gMCa-Rpc5Qz0tzEjlzV0FaV2M1e0mZJ3bC2yR8xFh7A",
            "nickname": "안나",
            "name": "Anna B.",
            "email": "anna@example.org",
            "profile_image": PICTURE,
        },
    }
    expected = Profile(
        subject="gMCa-Rpc5Qz0tzEjlzV0FaV2M1e0mZJ3bC2yR8xFh7A",
        name="안나",
        picture_url=PICTURE,
        email="anna@example.org",
    )
    bare = {
        "resultcode": "00",
        "message": "success",
        "response": {"id": "gMCa-Rpc5Qz0tzEjlzV0FaV2M1e0mZJ3bC2yR8xFh7A"},
    }
    bare_expected = Profile(subject="gMCa-Rpc5Qz0tzEjlzV0FaV2M1e0mZJ3bC2yR8xFh7A", name="Naver")
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "state": "{state}",
    }
    refusals = [
        (
            {"error": "access_denied", "error_description": "x", "state": "{state}"},
            "cancelled",
        )
    ]
    token_errors = [
        (200, {"error": "invalid_request", "error_description": "x"}, "misconfigured"),
        (200, {"error": "invalid_client", "error_description": "x"}, "misconfigured"),
    ]
    profile_errors = [
        (401, {"resultcode": "024", "message": "Authentication failed"}, "bad_answer"),
        (200, {"resultcode": "028", "message": "Authentication header not exists"}, "bad_answer"),
        (403, {"resultcode": "403", "message": "Forbidden"}, "bad_answer"),
        (500, {"resultcode": "500", "message": "Internal Server Error"}, "unavailable"),
    ]
    script = Script(
        token_call={
            "grant_type": "authorization_code",
            "code": "{code}",
            "client_id": "{client_id}",
            "client_secret": "{client_secret}",
            "redirect_uri": "{redirect_uri}",
            "state": "{state}",
        }
    )

    def provider(self, base: str) -> Naver:
        return Naver(login_base=base, api_base=base)
