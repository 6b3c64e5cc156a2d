"""X: OAuth 2.0 and 1.0a, asked by requests-oauthlib."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from identity_flow import CALLBACK, params_of
from requests_oauthlib import OAuth1Session
from requests_oauthlib.oauth1_session import TokenRequestDenied

from commentkit.testing.identity_services import (
    create_app,
    demo_client,
    scripted_sign_in,
    serve_identity_services,
)
from commentkit.testing.identity_services.signatures import SignedRequest

CLIENT = demo_client("x")
FIELDS = {"user.fields": "profile_image_url,confirmed_email"}


def session_for(callback: str = CALLBACK, secret: str = CLIENT.client_secret) -> OAuth1Session:
    return OAuth1Session(CLIENT.client_id, client_secret=secret, callback_uri=callback)


def ask(services, session: OAuth1Session) -> dict:
    return session.fetch_request_token(f"{services.url}/x/oauth/request_token", timeout=10)


def signed_in(services, person: str = "anna", *, step: str = "authenticate") -> OAuth1Session:
    session = session_for()
    ask(services, session)
    address = session.authorization_url(f"{services.url}/x/oauth/{step}")
    session.parse_authorization_response(scripted_sign_in(address, person))
    session.fetch_access_token(f"{services.url}/x/oauth/access_token", timeout=10)
    return session


def verify(services, session: OAuth1Session, **params: str) -> requests.Response:
    address = f"{services.url}/x/1.1/account/verify_credentials.json"
    return session.get(address, params=params, timeout=10)


def test_the_signature_of_the_documented_example_is_right():
    """docs.x.com, "Creating a signature" (read 2026-11-22)."""
    status = "Hello Ladies + Gentlemen, a signed OAuth request!"
    request = SignedRequest(
        "POST",
        "https://api.twitter.com/1.1/statuses/update.json",
        (
            ("status", status),
            ("include_entities", "true"),
            ("oauth_consumer_key", "xvz1evFS4wEEPTGEFPHBog"),
            ("oauth_nonce", "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "1318622958"),
            ("oauth_token", "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"),
            ("oauth_version", "1.0"),
            ("oauth_signature", "hCtSmYh+iHYCEqBWrE7C7hYmtUk="),
        ),
    )
    consumer = "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw"
    token = "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"
    assert request.signed_by(consumer, token)
    assert not request.signed_by(consumer, token + "x")


@pytest.mark.parametrize("step", ["authenticate", "authorize"])
def test_an_independent_client_signs_in_by_1_0a(services, step):
    with signed_in(services, step=step) as session:
        plain = verify(services, session).json()
        profile = verify(services, session, include_email="true").json()
    assert "email" not in plain
    assert profile["email"] == "anna.bianchi@example.org"
    assert (profile["name"], profile["screen_name"]) == ("Anna Bianchi", "annab")
    assert profile["id_str"] == str(profile["id"])
    assert profile["profile_image_url_https"].endswith("/pictures/anna_normal.png")


def test_an_unverified_address_is_null_by_1_0a(services):
    with signed_in(services, "paolo") as session:
        assert verify(services, session, include_email="true").json()["email"] is None


def test_both_versions_know_a_person_by_the_same_id(services, flow):
    one = flow("x")
    data = one.get("/x/2/users/me", one.token()["access_token"]).json()["data"]
    with signed_in(services) as session:
        assert verify(services, session).json()["id_str"] == data["id"]


def test_a_wrong_consumer_secret_is_refused(services):
    with session_for(secret="wrong") as session, pytest.raises(TokenRequestDenied) as refused:
        ask(services, session)
    assert refused.value.status_code == 401
    assert '"code": 32' in refused.value.response.text


def test_an_unregistered_callback_is_refused(services):
    with (
        session_for("https://evil.example/") as session,
        pytest.raises(TokenRequestDenied) as refused,
    ):
        ask(services, session)
    assert refused.value.status_code == 403
    assert '"code": 415' in refused.value.response.text


def test_a_changed_query_breaks_the_signature(services):
    with signed_in(services) as session:
        address = f"{services.url}/x/1.1/account/verify_credentials.json"
        prepared = session.prepare_request(
            requests.Request("GET", address, params={"include_email": "false"})
        )
        prepared.url = prepared.url.replace("false", "true")
        assert session.send(prepared, timeout=10).status_code == 401


def test_a_signed_request_works_once(services):
    with signed_in(services) as session:
        address = f"{services.url}/x/1.1/account/verify_credentials.json"
        prepared = session.prepare_request(requests.Request("GET", address))
        first = session.send(prepared, timeout=10).status_code
        second = session.send(prepared, timeout=10).status_code
    assert (first, second) == (200, 401)


def test_an_old_timestamp_is_refused():
    late = datetime.now(UTC) + timedelta(seconds=400)
    with (
        serve_identity_services(create_app(now=lambda: late)) as services,
        session_for() as session,
        pytest.raises(TokenRequestDenied),
    ):
        ask(services, session)


def test_a_wrong_oauth_verifier_is_refused(services):
    with session_for() as session:
        ask(services, session)
        address = session.authorization_url(f"{services.url}/x/oauth/authenticate")
        callback = scripted_sign_in(address, "anna")
        session.parse_authorization_response(callback[:-1] + "!")
        with pytest.raises(TokenRequestDenied):
            session.fetch_access_token(f"{services.url}/x/oauth/access_token", timeout=10)


def test_a_request_token_is_spent_once(services):
    with session_for() as session:
        ask(services, session)
        address = session.authorization_url(f"{services.url}/x/oauth/authenticate")
        callback = scripted_sign_in(address, "anna")
        session.parse_authorization_response(callback)
        session.fetch_access_token(f"{services.url}/x/oauth/access_token", timeout=10)
        session.parse_authorization_response(callback)
        with pytest.raises(TokenRequestDenied):
            session.fetch_access_token(f"{services.url}/x/oauth/access_token", timeout=10)


def test_refusing_sends_denied_and_no_verifier(services):
    with session_for() as session:
        token = ask(services, session)["oauth_token"]
        address = session.authorization_url(f"{services.url}/x/oauth/authenticate")
        callback = scripted_sign_in(address, "anna", refuse=True)
    assert params_of(callback) == {"denied": token}
    assert requests.get(address, timeout=10).status_code == 401


def test_a_callback_keeps_its_own_query(services):
    with session_for(CALLBACK + "?attempt=7") as session:
        ask(services, session)
        address = session.authorization_url(f"{services.url}/x/oauth/authenticate")
        callback = scripted_sign_in(address, "anna")
    assert set(parse_qs(urlsplit(callback).query)) == {"attempt", "oauth_token", "oauth_verifier"}


def test_authenticate_asks_once_authorize_and_force_login_always(services):
    def answer(browser: requests.Session, path: str) -> int:
        with session_for() as session:
            token = ask(services, session)["oauth_token"]
        url = f"{services.url}/x/oauth/{path}oauth_token={token}"
        return browser.get(url, allow_redirects=False, timeout=10).status_code

    with requests.Session() as browser, session_for() as session:
        ask(services, session)
        address = session.authorization_url(f"{services.url}/x/oauth/authenticate")
        scripted_sign_in(address, "luca", browser=browser)
        asked = [
            answer(browser, path)
            for path in ("authenticate?", "authenticate?force_login=true&", "authorize?")
        ]
    assert asked == [303, 200, 200]


@pytest.mark.parametrize("prefix", ["", "/1.1"])
def test_an_invalidated_token_is_dead(services, prefix):
    with signed_in(services) as session:
        address = f"{services.url}/x{prefix}/oauth/invalidate_token"
        assert session.post(address, timeout=10).status_code == 200
        assert verify(services, session).json()["errors"][0]["code"] == 89


def test_oauth_2_gives_what_was_asked_for(flow):
    one = flow("x")
    token = one.token()
    data = one.get("/x/2/users/me", token["access_token"], **FIELDS).json()["data"]
    plain = one.get("/x/2/users/me", token["access_token"]).json()["data"]
    assert token["token_type"] == "bearer"
    assert set(plain) == {"id", "name", "username"}
    assert data["confirmed_email"] == "anna.bianchi@example.org"
    assert data["profile_image_url"].endswith("_normal.png")


def test_no_address_without_the_scope_or_without_confirmation(flow):
    one = flow("x")
    bare = one.token(scope="users.read tweet.read")["access_token"]
    unconfirmed = one.token("paolo")["access_token"]
    for token in (bare, unconfirmed):
        assert "confirmed_email" not in one.get("/x/2/users/me", token, **FIELDS).json()["data"]


def test_both_scopes_are_needed(flow):
    one = flow("x")
    token = one.token(scope="users.read")["access_token"]
    assert one.get("/x/2/users/me", token).status_code == 403


def test_the_token_endpoint_wants_basic(flow):
    one = flow("x")
    answer = one.exchange(one.callback()["code"], basic=False)
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized_client")


@pytest.mark.parametrize(
    "missing", [{"code_challenge": None}, {"code_challenge_method": "s256"}, {"state": None}]
)
def test_pkce_in_capitals_and_state_are_demanded(flow, missing):
    assert flow("x").callback(**missing)["error"] == "invalid_request"


def test_a_wrong_verifier_or_a_used_code_is_refused(flow):
    one = flow("x")
    code = one.callback()["code"]
    assert one.exchange(code, code_verifier="v" * 43).json()["error"] == "invalid_request"
    assert one.exchange(code).json()["error"] == "invalid_request"


def test_a_revoked_token_of_oauth_2_is_dead(services, flow):
    one = flow("x")
    token = one.token()["access_token"]
    address = f"{services.url}/x/2/oauth2/revoke"
    proof = (CLIENT.client_id, CLIENT.client_secret)
    assert requests.post(address, {"token": token}, timeout=10).status_code == 401
    revoked = requests.post(address, {"token": token}, auth=proof, timeout=10)
    assert revoked.json() == {"revoked": True}
    assert one.get("/x/2/users/me", token).json()["title"] == "Unauthorized"
