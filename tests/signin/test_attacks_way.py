"""The attack file, rows 1-56: state, browsers, ways back, issuers, codes."""

from __future__ import annotations

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from attack_lab import Lab, attack
from flask import Flask, Response
from world import BLOG, SERVER

from commentkit import CommentKit
from commentkit.delivery.chores import CHORES
from commentkit.delivery.forgetting import tidy
from commentkit.ids import new_secret, s256
from commentkit.model import Account, Attempt, Token
from commentkit.settings import SettingsError
from commentkit.signin.provider import Provider
from commentkit.web import cookies
from commentkit.web.kit import Kit

Row = dict[str, str]


@attack("oa-001")
def test_a_code_without_state(row: Row, lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    params = lab.consent(lab.start(who="mallory"))
    with caplog.at_level(logging.WARNING, "commentkit.signin"):
        lab.refused(lab.callback({"code": params["code"]}), "attempt_foreign")
    assert lab.token_calls() == 0
    assert "did not begin" in caplog.text


@attack("oa-002")
def test_a_state_of_another_browser(row: Row, lab: Lab) -> None:
    params = lab.consent(lab.start(who="mallory"))
    lab.refused(lab.callback(params, who="anna"), "attempt_foreign")
    lab.start(who="anna")  # nor with an attempt of her own under way
    lab.refused(lab.callback(params, who="anna"), "attempt_foreign")
    assert lab.token_calls() == 0


@attack("oa-003")
def test_the_same_callback_twice(row: Row, lab: Lab) -> None:
    params = lab.consent(lab.start())
    assert lab.callback(params).status_code == 200
    again = lab.callback(params)
    assert again.status_code >= 400
    assert lab.token_calls() == 1
    assert lab.count(Account) == 1


@attack("oa-004")
def test_eleven_minutes_are_too_long(row: Row, lab: Lab) -> None:
    params = lab.consent(lab.start())
    lab.world.clock.move(minutes=11)
    lab.refused(lab.callback(params), "attempt_expired")
    assert lab.token_calls() == 0
    lab.world.clock.move(days=2)
    lab.start()
    tidy(lab.world.kit.database, CHORES, now=lab.world.clock())
    assert lab.count(Attempt) == 1


@attack("oa-005")
def test_states_cannot_be_guessed(row: Row, lab: Lab) -> None:
    there = lab.start()
    state = lab.consent(there)["state"]
    assert len(state) >= 43  # 256 bits
    for _ in range(300):
        assert lab.callback({"state": new_secret(), "code": "x"}).status_code == 403
    assert lab.token_calls() == 0


@attack("oa-006")
def test_a_state_of_another_provider(row: Row, lab: Lab) -> None:
    params = lab.consent(lab.start("one"))
    lab.refused(lab.callback(params, provider="two"), "attempt_foreign")
    assert (lab.token_calls("one"), lab.token_calls("two")) == (0, 0)


@attack("oa-007")
def test_a_state_stays_with_its_site(row: Row, lab: Lab) -> None:
    params = lab.consent(lab.start())
    page = lab.callback({**params, "site": "other", "site_id": str(lab.world.other_site.id)})
    assert page.status_code == 200
    assert {one.site_id for one in lab.identities()} == {lab.world.site.id}


@attack("oa-008")
def test_six_windows_at_once(row: Row, lab: Lab) -> None:
    started = [lab.consent(lab.start(aid=letter * 22)) for letter in "abcdef"]
    for params in reversed(started):
        assert lab.callback(params).status_code == 200
    assert lab.count(Account) == 1


@attack("oa-009", "oa-046")
def test_a_parameter_twice(row: Row, lab: Lab) -> None:
    params = lab.consent(lab.start())
    doubled = ["state", "code"] if row["id"] == "oa-009" else ["iss"]
    given = [*params.items(), *((name, params.get(name, "x")) for name in doubled)]
    if doubled == ["iss"]:
        given.append(("iss", lab.issuer("one")))
    lab.refused(lab.callback(given), "link_invalid")
    assert lab.token_calls() == 0


@attack("oa-010")
def test_a_planted_token_does_not_survive_sign_in(row: Row, lab: Lab) -> None:
    planted = lab.redeem(lab.sign_in(who="mallory"), who="mallory").get_json()["token"]
    fresh = lab.redeem(lab.sign_in(who="anna"), who="anna").get_json()["token"]
    assert fresh != planted
    assert lab.count(Token) == 2


@attack("oa-012")
def test_a_foreign_code_links_nothing(row: Row, lab: Lab) -> None:
    lab.redeem(lab.sign_in())
    foreign = lab.consent(lab.start(who="mallory"), sub="mallory")
    assert lab.callback(foreign, who="anna").status_code == 403
    assert [one.subject for one in lab.identities()] == ["subject-of-anna"]


@attack("oa-014", "oa-190")
def test_the_redirect_address_is_configured(row: Row, lab: Lab) -> None:
    spoofed = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil",
        "X-Real-IP": "203.0.113.9",
        "Forwarded": "host=evil.example;proto=https",
        "Host": "evil.example",
    }
    query = {"aid": "a" * 22, "challenge": s256("v" * 43), "origin": BLOG, "mode": "popup"}
    there = lab.browser().get("/commentkit/blog/sign-in/one", query_string=query, headers=spoofed)
    params = dict(parse_qsl(urlsplit(there.location).query))
    assert params["redirect_uri"] == f"{SERVER}/commentkit/callback/one"


@attack("oa-015")
def test_plain_http_only_on_loopback(row: Row, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PUBLIC_URL"):
        _server_at("http://comments.example", tmp_path)


def _server_at(url: str, folder: Path, *providers: Provider) -> Kit:
    app = Flask("elsewhere", instance_path=str(folder))
    app.config.update(SECRET_KEY="a secret of the tests", COMMENTKIT_PUBLIC_URL=url)
    app.config["COMMENTKIT_LOOPBACK_SERVICES"] = True
    CommentKit(providers=providers).init_app(app)
    kit: Kit = app.extensions["commentkit"]
    return kit


@attack(*(f"oa-{number:03}" for number in range(16, 36)))
def test_no_address_of_the_request_leads_back(row: Row, lab: Lab) -> None:
    wanted = row["request_manipulation"].removeprefix("Start login with return_to=")
    wanted = re.sub(r" \((?:Cyrillic O|downgrade)\)$", "", wanted)
    names = ("return_to", "return_url", "back", "next", "redirect", "url", "redirect_uri")
    there = lab.start(**dict.fromkeys(names, wanted))
    page = lab.callback(lab.consent(there)) if there.status_code in (302, 303) else there
    for answer in (there, page):
        location = answer.headers.get("Location", "")
        assert urlsplit(location).netloc in ("", urlsplit(lab.peer.url).netloc)
        assert "evil.example" not in answer.text
    if page.status_code == 200:
        _continue_goes_nowhere_else(lab, page.text)


def _continue_goes_nowhere_else(lab: Lab, text: str) -> None:
    attempt = lab.attempts()[-1]
    form = {"attempt": str(attempt.id), "url": "https://evil.example/", "lang": "en"}
    headers = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
    onward = lab.browser().post(
        f"{SERVER}/commentkit/blog/sign-in/continue", data=form, headers=headers
    )
    assert "evil" not in onward.headers.get("Location", "")
    assert onward.status_code == 409 or onward.location.startswith(BLOG)


@attack("oa-036")
def test_errors_never_redirect(row: Row, lab: Lab) -> None:
    evil = "https://evil.example/"
    pages = [
        lab.start("nobody", return_to=evil),
        lab.start(mode="x", return_to=evil),
        lab.start(challenge="", return_to=evil),
        lab.start(origin=evil, return_to=evil),
        lab.callback({"error": "invalid_scope", "return_to": evil}),
        lab.callback({"return_to": evil}, provider="nobody"),
    ]
    for page in pages:
        assert page.status_code >= 400
        assert "Location" not in page.headers
        assert "evil.example" not in page.text
    assert lab.nothing_made()


@attack("oa-037")
def test_nothing_of_an_error_is_shown(row: Row, lab: Lab) -> None:
    state = lab.consent(lab.start())["state"]
    page = lab.callback(
        {
            "state": state,
            "error": "<script>alert(1)</script>",
            "error_description": "<img src=x onerror=alert(1)>",
            "error_uri": "javascript:alert(1)",
        }
    )
    lab.refused(page, "provider_bad_answer")
    assert "alert(1)" not in page.text


@attack("oa-038")
def test_forms_are_answered_by_303(row: Row, lab: Lab) -> None:
    headers = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
    url = f"{SERVER}/commentkit/blog/page/sign-in"
    form = {"provider": "one", "url": f"{BLOG}/a.html", "lang": "en"}
    there = lab.browser().post(url, data=form, headers=headers)
    assert there.status_code in (200, 303)


@attack("oa-039")
def test_the_callback_page_leaks_no_address(row: Row, lab: Lab) -> None:
    page = lab.sign_in()
    # `no-referrer` would make the page's own form arrive with `Origin: null`.
    assert page.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
    assert page.headers["Cache-Control"] == "private, no-store"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    for address in re.findall(r'(?:src|href)="(https?://[^"]+)"', page.text):
        assert address.startswith(SERVER)


@attack("oa-042")
def test_a_token_in_the_address_is_no_answer(row: Row, lab: Lab) -> None:
    state = lab.consent(lab.start())["state"]
    page = lab.callback({"state": state, "access_token": "x", "token_type": "bearer"})
    lab.refused(page, "provider_bad_answer")
    assert lab.token_calls() == 0


@attack("oa-043")
def test_an_answer_by_form_over_plain_http(row: Row, lab: Lab) -> None:
    params = lab.consent(lab.start())
    url = f"{SERVER}/commentkit/callback/one"
    lab.refused(lab.browser().post(url, data=params), "link_invalid")
    assert lab.browser().put(url, data=params).status_code == 405
    assert lab.nothing_made()


@attack("oa-044")
def test_a_promised_issuer_that_is_missing(row: Row, lab: Lab) -> None:
    lab.say_metadata("one", authorization_response_iss_parameter_supported=True)
    lab.refused(lab.sign_in(), "provider_bad_answer")
    assert lab.token_calls() == 0


@attack("oa-045")
def test_the_issuer_of_another_provider(row: Row, lab: Lab) -> None:
    params = lab.consent(lab.start())
    lab.refused(lab.callback({**params, "iss": lab.issuer("two")}), "provider_bad_answer")
    assert (lab.token_calls("one"), lab.token_calls("two")) == (0, 0)


@attack("oa-047")
def test_a_code_of_the_honest_goes_to_no_attacker(row: Row, lab: Lab) -> None:
    """`one` sends the browser on to `two`: the code comes back to the address of `one`."""
    there = lab.start("one")
    state = dict(parse_qsl(urlsplit(there.location).query))["state"]
    honest = lab.consent(lab.start("two", aid="b" * 22))
    page = lab.callback({"code": honest["code"], "state": state}, provider="two")
    lab.refused(page, "attempt_foreign")
    assert (lab.token_calls("one"), lab.token_calls("two")) == (0, 0)
    uris = {
        dict(parse_qsl(urlsplit(lab.start(p).location).query))["redirect_uri"]
        for p in ("one", "two")
    }
    assert len(uris) == 2


@attack("oa-048")
def test_a_document_that_names_another_issuer(row: Row, lab: Lab) -> None:
    lab.say_metadata("one", issuer="https://evil.example")
    lab.refused(lab.start(), "provider_bad_answer")


@attack("oa-049")
@pytest.mark.parametrize(
    "address", ["http://169.254.169.254/token", "http://evil.example/token", "file:///etc/passwd"]
)
def test_an_endpoint_in_the_wrong_place(row: Row, address: str, lab: Lab) -> None:
    lab.say_metadata("one", token_endpoint=address)
    lab.refused(lab.start(), "provider_bad_answer")


@attack("oa-050")
def test_a_stolen_code_in_an_own_flow(row: Row, lab: Lab) -> None:
    stolen = lab.consent(lab.start(who="anna"))
    own = lab.consent(lab.start(who="mallory"))
    page = lab.callback({"code": stolen["code"], "state": own["state"]}, who="mallory")
    lab.refused(page, "provider_bad_answer")


@attack("oa-051")
def test_every_request_carries_a_fresh_s256_challenge(row: Row, lab: Lab) -> None:
    seen = [dict(parse_qsl(urlsplit(lab.start().location).query)) for _ in range(5)]
    assert {one["code_challenge_method"] for one in seen} == {"S256"}
    assert len({one["code_challenge"] for one in seen}) == 5
    assert all(len(one["code_challenge"]) == 43 for one in seen)


@attack("oa-052")
def test_a_stripped_challenge_does_not_strip_the_verifier(row: Row, lab: Lab) -> None:
    params = lab.consent(lab.start())
    lab.asked[params["code"]].params["code_challenge"] = "stripped"
    lab.refused(lab.callback(params), "provider_bad_answer")
    (call,) = lab.peer.at("/one/token")
    assert len(call.form["code_verifier"]) >= 43


@attack("oa-053")
def test_an_issuer_that_offers_only_plain(row: Row, lab: Lab) -> None:
    lab.say_metadata("one", code_challenge_methods_supported=["plain"])
    lab.refused(lab.start(), "provider_misconfigured")


@attack("oa-054")
def test_verifiers_never_repeat(row: Row, lab: Lab) -> None:
    for number in range(50):
        lab.callback(lab.consent(lab.start(who=f"reader {number}")), who=f"reader {number}")
    verifiers = [call.form["code_verifier"] for call in lab.peer.at("/one/token")]
    assert len(set(verifiers)) == len(verifiers) == 50


@attack("oa-055")
def test_a_callback_raced_with_itself(row: Row, lab: Lab) -> None:
    params = lab.consent(lab.start())
    cookies = "; ".join(
        f"{cookie.key}={cookie.value}" for cookie in lab.browser()._cookies.values()
    )
    address = f"{SERVER}/commentkit/callback/one"

    def race(_: int) -> int:
        racer = lab.world.app.test_client(use_cookies=False)
        return racer.get(address, query_string=params, headers={"Cookie": cookies}).status_code

    with ThreadPoolExecutor(6) as threads:
        statuses = sorted(threads.map(race, range(6)))
    assert statuses == [200, 400, 400, 400, 400, 400]
    assert lab.token_calls() == 1


@attack("oa-056")
def test_a_code_of_a_megabyte(row: Row, lab: Lab) -> None:
    params = lab.consent(lab.start())
    lab.refused(lab.callback({**params, "code": "x" * 1_000_000}), "link_invalid")
    assert lab.token_calls() == 0


@attack("oa-185", "oa-186")
def test_the_attempt_cookie_over_https(row: Row, lab: Lab, tmp_path: Path) -> None:
    """Nobody beside the host can set it; SameSite=None since an answer may come by form."""
    kit = _server_at("https://comments.example", tmp_path / "https")
    answer = Response()
    cookies.set_attempt(
        answer, site_id=1, attempt_id=2, secret="s", seconds=600, settings=kit.settings
    )
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=None", "Max-Age=600"} <= set(
        cookie.split("; ")
    )
    assert "Domain" not in cookie
