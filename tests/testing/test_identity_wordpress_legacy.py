"""WordPress.com Connect: `/oauth2` and `/rest/v1/me`."""

import pytest
import requests
from identity_flow import CALLBACK, claims_of, params_of
from requests_oauthlib import OAuth2Session

from commentkit.testing.identity_services import scripted_sign_in

ME = "/wordpress/rest/v1/me"


def test_an_independent_client_signs_in(services, flow, monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    client = flow("wordpress_legacy").client
    with OAuth2Session(client.client_id, redirect_uri=CALLBACK, scope=["auth"]) as session:
        address, _ = session.authorization_url(f"{services.url}/wordpress/oauth2/authorize")
        token = session.fetch_token(
            f"{services.url}/wordpress/oauth2/token",
            authorization_response=scripted_sign_in(address, "anna"),
            client_secret=client.client_secret,
            include_client_id=True,
            timeout=10,
        )
        profile = session.get(services.url + ME, timeout=10).json()
    assert {"blog_id", "blog_url"} <= set(token)
    assert isinstance(profile["ID"], int)
    assert (profile["display_name"], profile["username"]) == ("Anna Bianchi", "annab")
    assert profile["email_verified"] is True


@pytest.mark.parametrize("path", [ME, ME + "/", "/wordpress/rest/v1.1/me"])
def test_me_answers_at_each_of_its_addresses(flow, path):
    one = flow("wordpress_legacy")
    assert one.get(path, one.token()["access_token"]).status_code == 200


def test_the_legacy_id_is_not_the_subject_of_openid_connect(flow):
    legacy = flow("wordpress_legacy")
    number = legacy.get(ME, legacy.token()["access_token"]).json()["ID"]
    assert claims_of(flow("wordpress").token()["id_token"])["sub"] != str(number)


def test_me_without_a_token_is_403(services):
    answer = requests.get(services.url + ME, timeout=10)
    assert answer.status_code == 403
    assert answer.json()["error"] == "authorization_required"
    assert set(answer.json()) == {"error", "message"}


def test_the_envelope_turns_errors_into_200(services):
    answer = requests.get(f"{services.url}{ME}?http_envelope=true", timeout=10)
    assert answer.status_code == 200
    assert (answer.json()["code"], answer.json()["body"]["error"]) == (
        403,
        "authorization_required",
    )


def test_the_secret_belongs_in_the_body(flow):
    one = flow("wordpress_legacy")
    assert one.exchange(one.callback()["code"], basic=True).json()["error"] == "invalid_client"


def test_a_used_code_is_refused(flow):
    one = flow("wordpress_legacy")
    code = one.callback()["code"]
    assert one.exchange(code).status_code == 200
    assert one.exchange(code).json()["error"] == "invalid_grant"


def test_pkce_is_not_looked_at(flow):
    one = flow("wordpress_legacy")
    code = one.callback(code_challenge="short", code_challenge_method="odd")["code"]
    assert one.exchange(code, code_verifier=None).status_code == 200


def test_both_protocols_share_a_sign_in_but_no_token(flow):
    legacy, current = flow("wordpress_legacy"), flow("wordpress")
    with requests.Session() as browser:
        scripted_sign_in(current.authorize_url(), "marta", browser=browser)
        page = browser.get(legacy.authorize_url(), timeout=10)
    assert "You are signed in as" in page.text
    assert current.get(ME, current.token()["access_token"]).status_code == 403


def test_refusing_sends_access_denied(flow):
    callback = scripted_sign_in(flow("wordpress_legacy").authorize_url(), "anna", refuse=True)
    assert params_of(callback) == {"error": "access_denied", "state": "a-state"}


def test_somebody_without_an_address_has_an_empty_one(flow):
    one = flow("wordpress_legacy")
    profile = one.get(ME, one.token("giulia")["access_token"]).json()
    assert (profile["email"], profile["email_verified"]) == ("", False)
