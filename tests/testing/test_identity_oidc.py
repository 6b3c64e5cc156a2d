"""WordPress.com, Google and the generic issuer, read by requests-oauthlib and cryptography."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256
from identity_flow import CALLBACK, Flow, claims_of, header_of, params_of, unpad
from requests_oauthlib import OAuth2Session

from commentkit.testing.identity_services import (
    Client,
    create_app,
    demo_client,
    scripted_sign_in,
    serve_identity_services,
)

ISSUERS = ["wordpress", "google", "oidc"]


def discovery(services, provider):
    address = f"{services.url}/{provider}/.well-known/openid-configuration"
    return requests.get(address, timeout=10).json()


def signed_by(keys: dict, id_token: str) -> None:
    """Check the signature with no JOSE library at all."""
    body, _, signature = id_token.rpartition(".")
    kid = header_of(id_token)["kid"]
    key = next(key for key in keys["keys"] if key["kid"] == kid)
    numbers = (int.from_bytes(unpad(key[part]), "big") for part in ("e", "n"))
    public = RSAPublicNumbers(*numbers).public_key()
    public.verify(unpad(signature), body.encode(), padding.PKCS1v15(), SHA256())


@pytest.mark.parametrize("provider", ISSUERS)
def test_an_independent_client_signs_in(services, provider, monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    document, client = discovery(services, provider), demo_client(provider)
    assert document["issuer"] == f"{services.url}/{provider}"
    with OAuth2Session(
        client.client_id, redirect_uri=CALLBACK, scope=["openid", "profile", "email"], pkce="S256"
    ) as session:
        address, state = session.authorization_url(document["authorization_endpoint"], nonce="n-1")
        callback = scripted_sign_in(address, "anna")
        assert params_of(callback)["state"] == state
        token = session.fetch_token(
            document["token_endpoint"],
            authorization_response=callback,
            client_secret=client.client_secret,
            timeout=10,
        )
        claims = claims_of(token["id_token"])
        signed_by(requests.get(document["jwks_uri"], timeout=10).json(), token["id_token"])
        profile = session.get(document["userinfo_endpoint"], timeout=10).json()
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (
        document["issuer"],
        client.client_id,
        "n-1",
    )
    digest = hashlib.sha256(token["access_token"].encode()).digest()[:16]
    assert unpad(claims["at_hash"]) == digest
    assert profile["sub"] == claims["sub"]
    assert (profile["name"], profile["email"]) == ("Anna Bianchi", "anna.bianchi@example.org")
    assert profile["email_verified"] is True
    assert requests.get(profile["picture"], timeout=10).content.startswith(b"\x89PNG")


@pytest.mark.parametrize("provider", ISSUERS)
def test_a_wrong_verifier_is_refused(flow, provider):
    one = flow(provider)
    answer = one.exchange(one.callback()["code"], code_verifier="w" * 43)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_verifier_without_a_challenge_is_refused(flow):
    one = flow("google")
    code = one.callback(code_challenge=None, code_challenge_method=None)["code"]
    assert one.exchange(code).json()["error"] == "invalid_grant"


def test_a_missing_verifier_is_refused(flow):
    one = flow("wordpress")
    assert one.exchange(one.callback()["code"], code_verifier=None).status_code == 400


def test_plain_pkce_is_refused(flow):
    assert flow("google").callback(code_challenge_method="plain")["error"] == "invalid_request"


def test_the_generic_issuer_demands_pkce(flow):
    assert flow("oidc").callback(code_challenge=None)["error"] == "invalid_request"


@pytest.mark.parametrize("provider", ISSUERS)
def test_a_code_works_once_and_its_second_use_ends_the_token(flow, provider):
    one = flow(provider)
    code = one.callback()["code"]
    token = one.exchange(code).json()["access_token"]
    path = {"wordpress": "/wordpress/oauth2-1/userinfo", "google": "/google/v1/userinfo"}
    userinfo = path.get(provider, "/oidc/me")
    assert one.get(userinfo, token).status_code == 200
    assert one.exchange(code).json()["error"] == "invalid_grant"
    assert one.get(userinfo, token).status_code == 401


def test_an_expired_code_is_refused():
    times = [datetime(2026, 11, 22, tzinfo=UTC)]
    with serve_identity_services(create_app(now=lambda: times[-1])) as services:
        one = Flow(services.url, "google")
        code = one.callback()["code"]
        times.append(times[0] + timedelta(seconds=600))
        assert one.exchange(code).json()["error"] == "invalid_grant"


def test_a_token_expires():
    times = [datetime(2026, 11, 22, tzinfo=UTC)]
    with serve_identity_services(create_app(now=lambda: times[-1])) as services:
        one = Flow(services.url, "google")
        token = one.token()["access_token"]
        times.append(times[0] + timedelta(seconds=3598))
        assert one.get("/google/v1/userinfo", token).status_code == 200
        times.append(times[0] + timedelta(seconds=3600))
        assert one.get("/google/v1/userinfo", token).status_code == 401


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/callback",
        "http://127.0.0.1.evil.example:8000/callback",
        "http://127.0.0.1:8000@evil.example/",
        "http://127.0.0.1:pw@localhost:8000/callback",
        "http://127.0.0.1:8000/callback#part",
        "//127.0.0.1:8000/callback",
        "",
    ],
)
def test_an_unregistered_redirect_shows_a_page_and_sends_nothing(flow, address):
    answer = requests.get(
        flow("google").authorize_url(redirect_uri=address), allow_redirects=False, timeout=10
    )
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "redirect_uri_mismatch" in answer.text


def test_a_registered_redirect_is_compared_byte_by_byte():
    own = Client("google", "own", "own-secret", redirect_uris=("https://c.example/cb",))
    with serve_identity_services(create_app(clients=[own])) as services:
        ask = Flow(services.url, "google").authorize_url
        status = {
            address: requests.get(
                ask(client_id="own", redirect_uri=address), allow_redirects=False, timeout=10
            ).status_code
            for address in ("https://c.example/cb", "https://c.example/cb/", "https://C.example/cb")
        }
    assert list(status.values()) == [200, 400, 400]


def test_another_redirect_at_the_token_endpoint_is_refused(flow):
    one = flow("google")
    answer = one.exchange(one.callback()["code"], redirect_uri=CALLBACK + "/")
    assert answer.json()["error"] == "redirect_uri_mismatch"


@pytest.mark.parametrize("basic", [True, False])
@pytest.mark.parametrize("provider", ISSUERS)
def test_basic_and_post_prove_the_client(flow, provider, basic):
    one = flow(provider)
    assert one.exchange(one.callback()["code"], basic=basic).status_code == 200


@pytest.mark.parametrize("provider", ISSUERS)
def test_a_wrong_secret_is_refused(flow, provider):
    one = flow(provider)
    answer = one.exchange(one.callback()["code"], client_secret="wrong")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_code_of_another_client_is_refused():
    other = Client("google", "other", "other-secret", redirect_uris=(CALLBACK,))
    with serve_identity_services(create_app(clients=[other])) as services:
        one = Flow(services.url, "google")
        answer = one.exchange(
            one.callback()["code"], client_id="other", client_secret="other-secret"
        )
    assert answer.json()["error"] == "invalid_grant"


def test_scopes_control_claims(flow):
    one = flow("google")
    token = one.token(scope="openid")
    profile = one.get("/google/v1/userinfo", token["access_token"]).json()
    assert list(profile) == ["sub"]
    assert not {"email", "name", "picture"} & set(claims_of(token["id_token"]))


def test_the_generic_issuer_tells_the_profile_by_userinfo_only(flow):
    assert "name" not in claims_of(flow("oidc").token()["id_token"])


def test_nobody_gets_a_nonce_that_was_not_asked_for(flow):
    assert "nonce" not in claims_of(flow("google").token(nonce=None)["id_token"])


def test_people_differ_and_unverified_or_missing_addresses_say_so(flow):
    one = flow("google")
    claims = {
        person: claims_of(one.token(person)["id_token"]) for person in ("anna", "giulia", "paolo")
    }
    assert len({found["sub"] for found in claims.values()}) == 3
    assert "email" not in claims["giulia"]
    assert claims["paolo"]["email_verified"] is False
    assert "picture" not in claims["paolo"]


@pytest.mark.parametrize(("provider", "sends"), [("google", 1), ("oidc", 1), ("wordpress", 0)])
def test_iss_stands_in_answers_and_refusals_where_it_is_advertised(flow, services, provider, sends):
    one = flow(provider)
    advertised = discovery(services, provider).get("authorization_response_iss_parameter_supported")
    refused = params_of(scripted_sign_in(one.authorize_url(), "anna", refuse=True))
    expected = f"{services.url}/{provider}" if sends else None
    assert (one.callback().get("iss"), refused.get("iss")) == (expected, expected)
    assert bool(advertised) is bool(sends)
    assert (refused["error"], refused["state"]) == ("access_denied", "a-state")


def test_somebody_who_approved_before_goes_straight_back(flow):
    one = flow("google")
    with requests.Session() as browser:
        scripted_sign_in(one.authorize_url(), "marta", browser=browser)
        answer = browser.get(one.authorize_url(), allow_redirects=False, timeout=10)
        assert answer.status_code == 303
        code = params_of(answer.headers["Location"])["code"]
        chooser = browser.get(one.authorize_url(prompt="select_account"), timeout=10)
        asked = browser.get(one.authorize_url(prompt="consent"), timeout=10)
    assert claims_of(one.exchange(code).json()["id_token"])["name"] == "Marta Rossi"
    assert "Who do you want to be?" in chooser.text
    assert "You are signed in as" in asked.text


def test_another_provider_does_not_know_who_is_signed_in(flow):
    with requests.Session() as browser:
        scripted_sign_in(flow("google").authorize_url(), "marta", browser=browser)
        answer = browser.get(flow("oidc").authorize_url(), timeout=10)
    assert "Who do you want to be?" in answer.text


def test_wordpress_ignores_a_prompt_it_does_not_advertise(flow):
    one = flow("wordpress")
    with requests.Session() as browser:
        scripted_sign_in(one.authorize_url(), "marta", browser=browser)
        url = one.authorize_url(prompt="select_account")
        assert browser.get(url, allow_redirects=False, timeout=10).status_code == 303


def test_prompt_none_asks_nobody(flow):
    one = flow("google")
    assert one.callback(prompt="none")["error"] == "login_required"
    with requests.Session() as browser:
        scripted_sign_in(one.authorize_url(scope="openid"), "anna", browser=browser)
        more = params_of(scripted_sign_in(one.authorize_url(prompt="none"), "", browser=browser))
        same = one.authorize_url(prompt="none", scope="openid")
        assert more["error"] == "consent_required"
        assert "code" in params_of(scripted_sign_in(same, "", browser=browser))


def test_google_knows_three_prompts(flow):
    assert flow("google").callback(prompt="login")["error"] == "invalid_request"


def test_google_turns_web_views_away(flow):
    agent = {"User-Agent": "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A; wv) Chrome/120"}
    answer = requests.get(flow("google").authorize_url(), headers=agent, timeout=10)
    assert answer.status_code == 403
    assert "disallowed_useragent" in answer.text


def test_other_response_types_and_scopes_are_refused(flow):
    one = flow("google")
    assert one.callback(response_type="token")["error"] == "unsupported_response_type"
    assert one.callback(scope="openid admin")["error"] == "invalid_scope"
    assert one.callback(scope="email")["error"] == "invalid_scope"


def test_a_parameter_given_twice_is_refused(flow):
    answer = requests.get(flow("google").authorize_url() + "&state=b", timeout=10)
    assert answer.status_code == 400


def test_form_post_carries_the_answer_in_a_form(flow):
    one = flow("oidc")
    posted = one.callback(response_mode="form_post")
    assert one.exchange(posted["code"]).status_code == 200


def test_google_offers_no_form_post(flow):
    answer = requests.get(flow("google").authorize_url(response_mode="form_post"), timeout=10)
    assert answer.status_code == 400


def test_a_revoked_token_is_dead(flow, services):
    one = flow("google")
    token = one.token()["access_token"]
    revoked = requests.post(f"{services.url}/google/revoke", {"token": token}, timeout=10)
    again = requests.post(f"{services.url}/google/revoke", {"token": token}, timeout=10)
    assert (revoked.status_code, again.status_code) == (200, 400)
    assert one.get("/google/v1/userinfo", token).status_code == 401


def test_a_token_revoked_at_google_takes_the_consent_with_it(flow, services):
    one = flow("google")
    with requests.Session() as browser:
        callback = scripted_sign_in(one.authorize_url(), "anna", browser=browser)
        token = one.exchange(params_of(callback)["code"]).json()["access_token"]
        requests.post(f"{services.url}/google/revoke", {"token": token}, timeout=10)
        answer = browser.get(one.authorize_url(), allow_redirects=False, timeout=10)
    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["hl", "ui_locales"])
def test_the_page_speaks_the_language_that_the_request_names(flow, name):
    page = requests.get(flow("google").authorize_url(**{name: "it-IT"}), timeout=10)
    assert '<html lang="it">' in page.text
    assert "Chi vuoi essere?" in page.text


def test_wordpress_revokes_for_its_client_alone(flow, services):
    one = flow("wordpress")
    token = one.token()["access_token"]
    address = f"{services.url}/wordpress/oauth2-1/revoke"
    assert requests.post(address, {"token": token}, timeout=10).status_code == 401
    proof = (one.client.client_id, one.client.client_secret)
    assert requests.post(address, {"token": token}, auth=proof, timeout=10).status_code == 200
    assert one.get("/wordpress/oauth2-1/userinfo", token).status_code == 401


def test_a_token_of_one_issuer_means_nothing_to_another(flow):
    one = flow("google")
    assert one.get("/oidc/me", one.token()["access_token"]).status_code == 401


def test_a_decision_is_taken_once(services, flow):
    one = flow("google")
    page = requests.get(one.authorize_url(), timeout=10).text
    request_id = page.split('name="request" value="')[1].split('"')[0]
    form = {"request": request_id, "person": "anna", "decision": "continue"}
    address = f"{services.url}/google/consent/google"
    first = requests.post(address, form, allow_redirects=False, timeout=10)
    second = requests.post(address, form, allow_redirects=False, timeout=10)
    assert (first.status_code, second.status_code) == (303, 400)


def test_the_calls_are_recorded(services, flow):
    flow("google").token()
    assert [call.form["grant_type"] for call in services.state.calls.at("google", "token")] == [
        "authorization_code"
    ]
    assert services.state.calls.at("google", "userinfo") == []
    assert "secret" not in json.dumps(repr(services.state.calls.at("google", "token")))


def test_two_apps_never_meet(services):
    with serve_identity_services(create_app()) as other:
        one = Flow(services.url, "google")
        elsewhere = Flow(other.url, "google", verifier=one.verifier)
        assert elsewhere.exchange(one.callback()["code"]).json()["error"] == "invalid_grant"
        keys = [
            requests.get(f"{s.url}/google/oauth2/v3/certs", timeout=10).json()
            for s in (services, other)
        ]
    assert keys[0] != keys[1]
