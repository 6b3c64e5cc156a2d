"""Each fault does what the list of switches says, and nothing when it is cleared."""

import hashlib
import threading

import pytest
import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hmac, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256
from identity_flow import CALLBACK, claims_of, header_of, params_of, unpad
from requests_oauthlib import OAuth1Session

from commentkit.testing.identity_services import (
    ENDPOINTS,
    MEANINGS,
    Fault,
    create_app,
    demo_client,
    kinds_at,
    scripted_sign_in,
    serve_identity_services,
)

TOKEN_SERVICES = ["wordpress", "wordpress_legacy", "google", "x", "facebook", "oidc"]
USERINFO = {
    "wordpress": "/wordpress/oauth2-1/userinfo",
    "wordpress_legacy": "/wordpress/rest/v1/me",
    "google": "/google/v1/userinfo",
    "x": "/x/2/users/me",
    "facebook": "/facebook/v24.0/me",
    "oidc": "/oidc/me",
}


def key_set(services, provider="google"):
    path = {"google": "/oauth2/v3/certs", "oidc": "/jwks"}[provider]
    keys = requests.get(f"{services.url}/{provider}{path}", timeout=10).json()["keys"]
    return {key["kid"]: key for key in keys}


def public_key(key):
    numbers = (int.from_bytes(unpad(key[part]), "big") for part in ("e", "n"))
    return RSAPublicNumbers(*numbers).public_key()


def verify(key, id_token):
    body, _, signature = id_token.rpartition(".")
    public_key(key).verify(unpad(signature), body.encode(), padding.PKCS1v15(), SHA256())


def answer_at(services, flow, service, fault):
    """Exchange a code while the fault is set at the token endpoint."""
    one = flow(service)
    code = one.callback()["code"]
    services.faults.set(service, "token", fault)
    return one.exchange(code)


@pytest.mark.parametrize("service", TOKEN_SERVICES)
def test_500_is_no_answer_of_the_protocol(services, flow, service):
    answer = answer_at(services, flow, service, "500")
    assert (answer.status_code, answer.headers["Content-Type"][:10]) == (500, "text/plain")


@pytest.mark.parametrize(
    ("service", "status"),
    [("wordpress", 429), ("wordpress_legacy", 429), ("google", 429), ("x", 429), ("facebook", 403)],
)
def test_too_many_requests_in_each_provider_s_own_shape(services, flow, service, status):
    answer = answer_at(services, flow, service, "429")
    assert answer.status_code == status
    shapes = {"facebook": ("error", "code"), "x": ("title",), "wordpress_legacy": ("message",)}
    body = answer.json()
    for name in shapes.get(service, ("error",)):
        body = body[name]
    assert body


@pytest.mark.parametrize("service", TOKEN_SERVICES)
def test_html_comes_with_200(services, flow, service):
    answer = answer_at(services, flow, service, "html")
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (200, "text/html")


@pytest.mark.parametrize("service", TOKEN_SERVICES)
def test_truncated_json_cannot_be_read(services, flow, service):
    answer = answer_at(services, flow, service, "truncated")
    assert answer.status_code == 200
    assert answer.text.startswith("{")
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_empty_is_empty(services, flow):
    answer = answer_at(services, flow, "google", "empty")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("service", TOKEN_SERVICES)
def test_the_access_token_is_missing(services, flow, service):
    assert "access_token" not in answer_at(services, flow, service, "missing_access_token").json()


@pytest.mark.parametrize("service", TOKEN_SERVICES)
def test_the_documented_error_comes(services, flow, service):
    answer = answer_at(services, flow, service, "error")
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("service", "status", "where"),
    [
        ("wordpress", 401, ("error",)),
        ("wordpress_legacy", 403, ("message",)),
        ("google", 401, ("error_description",)),
        ("x", 401, ("title",)),
        ("facebook", 400, ("error", "fbtrace_id")),
        ("oidc", 401, ("error",)),
    ],
)
def test_userinfo_answers_its_documented_error(services, service, status, where):
    services.faults.set(service, "userinfo", "error")
    answer = requests.get(services.url + USERINFO[service], timeout=10)
    body = answer.json()
    for name in where:
        body = body[name]
    assert (answer.status_code, bool(body)) == (status, True)


def test_the_token_endpoint_redirects_to_a_private_address(services, flow):
    one = flow("google")
    services.faults.set("google", "token", "redirect")
    answer = requests.post(one.url + "/google/token", {}, allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("http://169.254.169.254/")


def test_a_redirect_may_point_anywhere(services):
    services.faults.set("google", "jwks", Fault("redirect", value="http://127.0.0.1:1/x"))
    address = f"{services.url}/google/oauth2/v3/certs"
    answer = requests.get(address, allow_redirects=False, timeout=10)
    assert answer.headers["Location"] == "http://127.0.0.1:1/x"


def test_huge_sends_as_much_as_was_asked(services):
    services.faults.set("google", "userinfo", Fault("huge", bytes=3_000_000))
    with requests.get(services.url + USERINFO["google"], stream=True, timeout=10) as answer:
        size = sum(len(part) for part in answer.iter_content(65_536))
        assert "Content-Length" not in answer.headers
    assert 2_900_000 < size <= 3_000_100


def test_a_reader_may_leave_a_huge_answer(services):
    services.faults.set("google", "userinfo", "huge")
    with requests.get(services.url + USERINFO["google"], stream=True, timeout=10) as answer:
        assert next(answer.iter_content(1000)).startswith(b'{"access_token"')
    services.faults.clear()
    assert requests.get(services.url + USERINFO["google"], timeout=10).status_code == 401


def test_slow_waits_until_it_is_released(services):
    slow = services.faults.set("google", "jwks", Fault("slow", seconds=60))
    statuses: list[int] = []
    address = f"{services.url}/google/oauth2/v3/certs"
    asking = threading.Thread(
        target=lambda: statuses.append(requests.get(address, timeout=60).status_code)
    )
    asking.start()
    assert slow.met.wait(10)
    assert statuses == []
    slow.released.set()
    asking.join(10)
    assert statuses == [200]


def test_clearing_releases_what_waits(services):
    slow = services.faults.set("google", "authorize", Fault("slow", seconds=60))
    statuses: list[int] = []
    address = f"{services.url}/google/o/oauth2/v2/auth"
    asking = threading.Thread(
        target=lambda: statuses.append(requests.get(address, timeout=60).status_code)
    )
    asking.start()
    assert slow.met.wait(10)
    services.faults.clear("google")
    asking.join(10)
    assert statuses == [401]


def test_slow_ends_by_itself(services):
    services.faults.set("google", "jwks", Fault("slow", seconds=0.01))
    assert key_set(services)


def test_stopping_lets_go_of_slow_answers():
    with serve_identity_services(create_app()) as services:
        slow = services.faults.set("google", "jwks", Fault("slow", seconds=600))
        statuses: list[int] = []
        address = f"{services.url}/google/oauth2/v3/certs"
        asking = threading.Thread(
            target=lambda: statuses.append(requests.get(address, timeout=60).status_code)
        )
        asking.start()
        assert slow.met.wait(10)
    asking.join(10)
    assert statuses == [200]


@pytest.mark.parametrize(
    ("fault", "claim", "value"),
    [
        ("wrong_issuer", "iss", "https://other-issuer.example"),
        ("wrong_audience", "aud", "another-client"),
        ("wrong_azp", "azp", "another-client"),
        ("wrong_nonce", "nonce", "another-nonce"),
        ("missing_nonce", "nonce", None),
    ],
)
def test_a_claim_is_wrong_under_a_right_signature(services, flow, fault, claim, value):
    id_token = answer_at(services, flow, "google", fault).json()["id_token"]
    verify(key_set(services)[header_of(id_token)["kid"]], id_token)
    assert claims_of(id_token).get(claim) == value


def test_wrong_azp_keeps_the_client_in_aud(services, flow):
    claims = claims_of(answer_at(services, flow, "google", "wrong_azp").json()["id_token"])
    assert demo_client("google").client_id in claims["aud"]


def test_an_expired_id_token_lies_an_hour_back(services, flow):
    claims = claims_of(answer_at(services, flow, "google", "expired").json()["id_token"])
    now = services.state.now().timestamp()
    assert claims["exp"] <= now - 3590
    assert claims["iat"] < claims["exp"]


def test_at_hash_fits_another_token(services, flow):
    body = answer_at(services, flow, "google", "wrong_at_hash").json()
    digest = hashlib.sha256(body["access_token"].encode()).digest()[:16]
    wrong = unpad(claims_of(body["id_token"])["at_hash"])
    assert (len(wrong), wrong == digest) == (16, False)


def test_alg_none_has_no_signature(services, flow):
    id_token = answer_at(services, flow, "google", "alg_none").json()["id_token"]
    assert header_of(id_token)["alg"] == "none"
    assert id_token.endswith(".")


def test_hs256_is_signed_with_the_public_key(services, flow):
    id_token = answer_at(services, flow, "google", "hs256_public_key").json()["id_token"]
    header = header_of(id_token)
    pem = public_key(key_set(services)[header["kid"]]).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    body, _, signature = id_token.rpartition(".")
    check = hmac.HMAC(pem, SHA256())
    check.update(body.encode())
    check.verify(unpad(signature))
    assert header["alg"] == "HS256"


def test_a_bent_signature_does_not_verify(services, flow):
    id_token = answer_at(services, flow, "google", "bad_signature").json()["id_token"]
    with pytest.raises(InvalidSignature):
        verify(key_set(services)[header_of(id_token)["kid"]], id_token)


def test_an_unknown_kid_stays_unknown(services, flow):
    id_token = answer_at(services, flow, "google", "unknown_kid").json()["id_token"]
    assert header_of(id_token)["kid"] not in key_set(services)


def test_a_rotated_key_is_found_when_asked_again(services, flow):
    before = key_set(services)
    services.faults.set("google", "token", Fault("rotated_key", once=True))
    id_token = flow("google").token()["id_token"]
    kid = header_of(id_token)["kid"]
    assert kid not in before
    verify(key_set(services)[kid], id_token)
    assert set(before) < set(key_set(services))


def test_the_id_token_is_missing(services, flow):
    assert "id_token" not in answer_at(services, flow, "oidc", "missing_id_token").json()


def test_userinfo_is_somebody_else(services, flow):
    one = flow("google")
    token = one.token()
    services.faults.set("google", "userinfo", "sub_mismatch")
    profile = one.get(USERINFO["google"], token["access_token"]).json()
    assert profile["sub"] != claims_of(token["id_token"])["sub"]


def test_me_is_false(services):
    services.faults.set("facebook", "userinfo", "false")
    answer = requests.get(services.url + USERINFO["facebook"], timeout=10)
    assert (answer.status_code, answer.json()) == (200, False)


def test_discovery_names_another_issuer(services):
    services.faults.set("oidc", "discovery", "wrong_issuer")
    address = f"{services.url}/oidc/.well-known/openid-configuration"
    assert requests.get(address, timeout=10).json()["issuer"] == "https://other-issuer.example"


def test_hostile_discovery_names_private_endpoints_and_client_options(services):
    services.faults.set("oidc", "discovery", "hostile_metadata")
    address = f"{services.url}/oidc/.well-known/openid-configuration"
    document = requests.get(address, timeout=10).json()
    assert document["token_endpoint"].startswith("http://169.254.169.254/")
    assert document["verify"] is False


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("state_missing", {"state": None}),
        ("state_changed", {"state": "changed"}),
        ("iss_missing", {"iss": None}),
        ("iss_wrong", {"iss": "https://other-issuer.example"}),
        ("error", {"error": "server_error", "state": "a-state", "code": None}),
    ],
)
def test_the_callback_is_bent(services, flow, fault, expected):
    services.faults.set("google", "callback", fault)
    callback = flow("google").callback()
    assert {name: callback.get(name) for name in expected} == expected


def test_the_callback_has_state_twice(services, flow):
    services.faults.set("google", "callback", "state_twice")
    assert scripted_sign_in(flow("google").authorize_url(), "anna").count("state=a-state") == 2


def test_facebook_s_failure_has_its_own_words(services, flow):
    services.faults.set("facebook", "callback", "error")
    assert {"error_code", "error_message", "state"} == set(flow("facebook").callback())


def oauth1_callback(services):
    client = demo_client("x")
    with OAuth1Session(client.client_id, client.client_secret, callback_uri=CALLBACK) as session:
        address = f"{services.url}/x/oauth/request_token"
        token = session.fetch_request_token(address, timeout=10)
        url = session.authorization_url(f"{services.url}/x/oauth/authenticate")
    return token, params_of(scripted_sign_in(url, "anna"))


def test_the_callback_of_oauth_1_names_another_token(services):
    services.faults.set("x_oauth1", "callback", "state_changed")
    token, callback = oauth1_callback(services)
    assert callback["oauth_token"] == "changed" != token["oauth_token"]


def test_the_oauth_callback_is_not_confirmed(services):
    assert oauth1_callback(services)[0]["oauth_callback_confirmed"] == "true"
    services.faults.set("x_oauth1", "request_token", "unconfirmed")
    assert "oauth_callback_confirmed" not in oauth1_callback(services)[0]


@pytest.mark.parametrize("straight", [False, True])
def test_coop_stands_on_the_page_and_on_a_redirect(services, flow, straight):
    one = flow("google")
    with requests.Session() as browser:
        if straight:
            scripted_sign_in(one.authorize_url(), "anna", browser=browser)
        services.faults.set("google", "authorize", "coop")
        answer = browser.get(one.authorize_url(), allow_redirects=False, timeout=10)
    assert answer.status_code == (303 if straight else 200)
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_coop_stands_on_the_answer_to_the_decision_too(services, flow):
    services.faults.set("google", "authorize", Fault("coop", value="noopener-allow-popups"))
    page = requests.get(flow("google").authorize_url(), timeout=10)
    request_id = page.text.split('name="request" value="')[1].split('"')[0]
    form = {"request": request_id, "person": "anna", "decision": "continue"}
    address = f"{services.url}/google/consent/google"
    answer = requests.post(address, form, allow_redirects=False, timeout=10)
    assert answer.headers["Cross-Origin-Opener-Policy"] == "noopener-allow-popups"


def test_a_fault_of_once_is_gone_after_one_request(services):
    services.faults.set("google", "jwks", Fault("500", once=True))
    address = f"{services.url}/google/oauth2/v3/certs"
    assert [requests.get(address, timeout=10).status_code for _ in range(2)] == [500, 200]


def test_a_fault_stays_until_it_is_cleared(services):
    services.faults.set("google", "jwks", "500")
    address = f"{services.url}/google/oauth2/v3/certs"
    first = [requests.get(address, timeout=10).status_code for _ in range(3)]
    services.faults.clear("google", "jwks")
    assert (first, requests.get(address, timeout=10).status_code) == ([500, 500, 500], 200)


def test_a_fault_is_one_provider_s_own(services):
    services.faults.set("google", "jwks", "500")
    assert key_set(services, "oidc")


@pytest.mark.parametrize(
    ("provider", "endpoint", "kind"),
    [
        ("nobody", "token", "500"),
        ("google", "nowhere", "500"),
        ("google", "token", "iss_wrong"),
        ("x", "token", "alg_none"),
        ("google", "token", "nonsense"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(services, provider, endpoint, kind):
    with pytest.raises(ValueError, match=kind):
        services.faults.set(provider, endpoint, kind)


def test_every_fault_has_a_place_and_a_meaning():
    kinds = {
        kind
        for provider, endpoints in ENDPOINTS.items()
        for endpoint in endpoints
        for kind in kinds_at(provider, endpoint)
    }
    assert kinds == set(MEANINGS)


def test_the_picture_may_be_faulty_too(services):
    services.faults.set("pictures", "picture", "html")
    answer = requests.get(f"{services.url}/pictures/anna.png", timeout=10)
    assert answer.headers["Content-Type"].startswith("text/html")


def test_switches_by_json(services):
    address = f"{services.url}/faults"
    wanted = {"provider": "google", "endpoint": "token", "kind": "slow", "seconds": 2, "once": True}
    listed = requests.post(address, json=wanted, timeout=10).json()
    assert {name: listed[0][name] for name in wanted} == wanted
    accept = {"Accept": "application/json"}
    assert requests.get(address, headers=accept, timeout=10).json() == listed
    left = requests.delete(address, params={"provider": "google"}, timeout=10).json()
    assert left == []


def test_the_switches_are_told_in_english_alone(services):
    headers = {"Accept": "text/html", "Accept-Language": "it"}
    page = requests.get(f"{services.url}/faults", headers=headers, timeout=10).text
    assert '<html lang="en">' in page
    assert "Guasti" not in page


def test_switches_by_form(services):
    address = f"{services.url}/faults"
    form = {"place": "google/token", "kind": "500"}
    page = requests.post(address, form, timeout=10)
    assert page.history[0].status_code == 303
    assert "google/token" in page.text
    assert [fault.kind for _, _, fault in services.faults.listed()] == ["500"]
    requests.post(address, {"clear": "1"}, timeout=10)
    assert services.faults.listed() == []


@pytest.mark.parametrize(
    "wrong", [{"kind": "500"}, {"place": "google/token", "kind": "slow", "seconds": "soon"}]
)
def test_a_wrong_switch_is_refused(services, wrong):
    assert requests.post(f"{services.url}/faults", wrong, timeout=10).status_code == 400
    assert services.faults.listed() == []
