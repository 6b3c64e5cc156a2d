"""Facebook: proof, app-scoped ids, Graph's errors."""

import hashlib
import hmac

import pytest
import requests
from identity_flow import CALLBACK, Flow, params_of

from commentkit.testing.identity_services import (
    Client,
    create_app,
    demo_client,
    scripted_sign_in,
    serve_identity_services,
)

CLIENT = demo_client("facebook")
ME = "/facebook/v24.0/me"
FIELDS = "id,name,email,picture"


def proof_of(token: str, secret: str = CLIENT.client_secret) -> str:
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def me(one: Flow, token: str, **params: str) -> requests.Response:
    sent = {"access_token": token, "appsecret_proof": proof_of(token), "fields": FIELDS} | params
    return requests.get(one.url + ME, params=sent, timeout=10)


def error_of(answer: requests.Response) -> dict:
    error = answer.json()["error"]
    assert {"message", "type", "code", "fbtrace_id"} <= set(error)
    return error


def test_a_sign_in_gives_the_fields_asked_for(flow):
    one = flow("facebook")
    profile = me(one, one.token()["access_token"]).json()
    assert set(profile) == {"id", "name", "email", "picture"}
    assert profile["picture"]["data"]["is_silhouette"] is False
    address = profile["picture"]["data"]["url"]
    assert requests.get(address, timeout=10).headers["Content-Type"] == "image/png"


def test_the_code_may_be_exchanged_by_get(flow):
    one = flow("facebook")
    params = {
        "client_id": CLIENT.client_id,
        "client_secret": CLIENT.client_secret,
        "redirect_uri": CALLBACK,
        "code": one.callback(code_challenge=None, code_challenge_method=None)["code"],
    }
    address = f"{one.url}/facebook/v24.0/oauth/access_token"
    assert "access_token" in requests.get(address, params=params, timeout=10).json()


def test_the_bearer_header_serves_too(flow):
    one = flow("facebook")
    token = one.token()["access_token"]
    answer = one.get(ME, token, appsecret_proof=proof_of(token))
    assert set(answer.json()) == {"id", "name"}


def test_a_wrong_or_missing_proof_is_refused(flow):
    one = flow("facebook")
    token = one.token()["access_token"]
    wrong = me(one, token, appsecret_proof=proof_of(token, "another secret"))
    missing = requests.get(one.url + ME, params={"access_token": token}, timeout=10)
    assert (wrong.status_code, missing.status_code) == (400, 400)
    assert error_of(wrong)["type"] == error_of(missing)["type"] == "GraphMethodException"


def test_an_unknown_token_is_code_190(flow):
    assert error_of(me(flow("facebook"), "unknown"))["code"] == 190


def test_another_app_sees_another_id():
    other = Client("facebook", "555", "other-secret", redirect_uris=(CALLBACK,))
    with serve_identity_services(create_app(clients=[other])) as services:
        one = Flow(services.url, "facebook")
        first = me(one, one.token()["access_token"]).json()["id"]
        code = one.callback(client_id="555")["code"]
        answer = one.exchange(code, client_id="555", client_secret="other-secret")
        token = answer.json()["access_token"]
        second = me(one, token, appsecret_proof=proof_of(token, "other-secret")).json()["id"]
    assert first != second


def test_refusing_is_worded_as_documented(flow):
    callback = scripted_sign_in(flow("facebook").authorize_url(), "anna", refuse=True)
    assert params_of(callback) == {
        "error": "access_denied",
        "error_code": "200",
        "error_description": "Permissions error",
        "error_reason": "user_denied",
        "state": "a-state",
    }


@pytest.mark.parametrize(
    ("change", "code", "subcode"),
    [
        ({"client_secret": "wrong"}, 1, None),
        ({"redirect_uri": "http://127.0.0.1:8000/other"}, 100, 36008),
        ({"code": "unknown"}, 100, None),
        ({"code_verifier": "v" * 43}, 100, None),
    ],
)
def test_a_wrong_exchange_is_refused_as_graph_does(flow, change, code, subcode):
    one = flow("facebook")
    answer = one.exchange(one.callback()["code"], **change)
    error = error_of(answer)
    assert (answer.status_code, error["code"], error.get("error_subcode")) == (400, code, subcode)


def test_a_used_code_is_refused(flow):
    one = flow("facebook")
    code = one.callback()["code"]
    assert one.exchange(code).status_code == 200
    assert error_of(one.exchange(code))["error_subcode"] == 36009


def test_the_scope_decides_on_the_address_and_the_link(flow):
    one = flow("facebook")
    bare = me(one, one.token(scope="public_profile")["access_token"], fields=f"{FIELDS},link")
    full = me(
        one, one.token(scope="public_profile,user_link")["access_token"], fields=f"{FIELDS},link"
    )
    assert "email" not in bare.json()
    assert "link" not in bare.json()
    assert full.json()["link"] == "https://annabianchi.example/"


def test_somebody_without_a_picture_has_a_silhouette(flow):
    one = flow("facebook")
    picture = me(one, one.token("paolo")["access_token"]).json()["picture"]["data"]
    assert picture["is_silhouette"] is True
    assert requests.get(picture["url"], timeout=10).status_code == 200


def decide(one: Flow, browser: requests.Session, url: str, **form: str) -> requests.Response:
    page = browser.get(url, timeout=10).text
    request_id = page.split('name="request" value="')[1].split('"')[0]
    sent = {"request": request_id, "person": "anna", "decision": "continue"} | form
    address = f"{one.url}/facebook/consent/facebook"
    return browser.post(address, sent, allow_redirects=False, timeout=10)


def test_an_address_kept_back_is_asked_for_again_only_by_rerequest(flow):
    one = flow("facebook")
    with requests.Session() as browser:
        callback = decide(one, browser, one.authorize_url()).headers["Location"]
        token = one.exchange(params_of(callback)["code"]).json()["access_token"]
        assert "email" not in me(one, token).json()
        straight = browser.get(one.authorize_url(), allow_redirects=False, timeout=10)
        assert straight.status_code == 303
        again = one.authorize_url(auth_type="rerequest")
        callback = decide(one, browser, again, share_email="1").headers["Location"]
        token = one.exchange(params_of(callback)["code"]).json()["access_token"]
        assert me(one, token).json()["email"] == "anna.bianchi@example.org"


def test_reauthenticate_lets_nobody_straight_back(flow):
    one = flow("facebook")
    with requests.Session() as browser:
        scripted_sign_in(one.authorize_url(), "anna", browser=browser)
        url = one.authorize_url(auth_type="reauthenticate")
        assert browser.get(url, allow_redirects=False, timeout=10).status_code == 200


@pytest.mark.parametrize("by_id", [True, False])
def test_taking_permissions_away_ends_the_token_and_the_approval(flow, by_id):
    one = flow("facebook")
    with requests.Session() as browser:
        callback = scripted_sign_in(one.authorize_url(), "anna", browser=browser)
        token = one.exchange(params_of(callback)["code"]).json()["access_token"]
        person = me(one, token).json()["id"] if by_id else "me"
        address = f"{one.url}/facebook/v24.0/{person}/permissions"
        params = {"access_token": token, "appsecret_proof": proof_of(token)}
        assert requests.delete(address, params=params, timeout=10).json() == {"success": True}
        assert error_of(me(one, token))["code"] == 190
        url = one.authorize_url()
        assert browser.get(url, allow_redirects=False, timeout=10).status_code == 200


def test_nobody_takes_anothers_permissions_away(flow):
    one = flow("facebook")
    token = one.token()["access_token"]
    params = {"access_token": token, "appsecret_proof": proof_of(token)}
    address = f"{one.url}/facebook/v24.0/12345/permissions"
    assert requests.delete(address, params=params, timeout=10).status_code == 403
    assert me(one, token).status_code == 200
