"""The attack file, rows 112-143 and 180: what a provider says of people, and what it gives away."""

from __future__ import annotations

import gzip
import logging
from typing import Any

import pytest
from attack_lab import ACCESS_TOKEN, CLIENT_SECRET, Lab, attack
from database_support import everything_in
from sqlalchemy import select
from world import BLOG, SERVER

from commentkit.ids import subject_hash
from commentkit.model import Account, Attempt, Identity, Picture
from commentkit.people import accounts
from commentkit.people.accounts import Vouched
from commentkit.signin.http import HttpClient, HttpFailure
from commentkit.signin.metadata import MetadataCache
from commentkit.signin.provider import ProviderError
from commentkit.signin.providers.oidc import OpenIDConnect
from commentkit.testing.scripted_provider import Reply, json_reply

Row = dict[str, str]
USERINFO = "/one/userinfo"
DEEP = b'{"sub":' + b'{"a":' * 100_000


@attack("oa-112", "oa-113", "oa-114", "oa-115", "oa-116")
def test_userinfo_that_lies(row: Row, lab: Lab) -> None:
    bomb = Reply(200, gzip.compress(b"0" * 50_000_000), {"Content-Encoding": "gzip"})
    replies = {
        "oa-112": [json_reply({"sub": "somebody-else"}), json_reply({})],
        "oa-113": [Reply(200, b"<html>", {"Content-Type": "text/html"})],
        "oa-114": [Reply(200, b'{"a":"' + b"x" * 300_000), bomb],
        "oa-115": [Reply(200, DEEP)],
        "oa-116": [Reply(302, b"", {"Location": "http://169.254.169.254/"})],
    }
    for reply in replies[row["id"]]:
        lab.peer.say(USERINFO, reply)
        lab.refused(lab.sign_in(), "provider_bad_answer")


def known(lab: Lab, email: str, subject: str = "admin") -> Identity:
    who = Vouched(
        provider="two", issuer=lab.issuer("two"), subject=subject, name="Admin", email=email
    )
    with lab.world.kit.database.begin() as db:
        return accounts.sign_in(db, site_id=lab.world.site.id, who=who, now=lab.world.clock())


@attack("oa-117", "oa-118", "oa-120")
@pytest.mark.parametrize("verified", [True, False, None])
def test_an_email_address_joins_nobody(row: Row, verified: bool | None, lab: Lab) -> None:
    theirs = known(lab, "admin@example.com")
    stated = {} if verified is None else {"email_verified": verified}
    addresses = {"oa-120": ["ADMİN@example.com", "\u0430dmin@example.com"]}
    for number, address in enumerate(addresses.get(row["id"], ["admin@example.com"])):
        lab.subject = f"somebody-{number}"
        lab.told = {"name": "Mallory", "email": address, **stated}
        assert lab.sign_in(who=lab.subject).status_code == 200
    mine = [one for one in lab.identities() if one.subject != "admin"]
    assert all(one.account_id != theirs.account_id for one in mine)


@attack("oa-119")
def test_the_string_false_is_no_yes(row: Row, lab: Lab) -> None:
    lab.told = {"email": "anna@example.org", "email_verified": "false"}
    lab.sign_in()
    assert [one.email_verified for one in lab.identities()] == [False]


@attack("oa-121", "oa-122")
def test_a_handle_that_changed_hands(row: Row, lab: Lab) -> None:
    for subject in ("first", "second"):
        lab.subject, lab.told = subject, {"preferred_username": "annab", "name": "Anna"}
        lab.sign_in(who=subject)
    assert len({one.account_id for one in lab.identities()}) == 2
    assert {one.handle for one in lab.identities()} == {"annab"}


@attack("oa-123")
def test_two_issuers_with_the_same_subject(row: Row, lab: Lab) -> None:
    for provider in ("one", "two"):
        assert lab.sign_in(provider, who=provider).status_code == 200
    assert len({one.account_id for one in lab.identities()}) == 2


@attack("oa-124")
def test_a_provider_renamed_keeps_its_people(row: Row, lab: Lab) -> None:
    with lab.world.kit.database.begin() as db:
        who = Vouched(
            provider="old", issuer=lab.issuer("one"), subject="subject-of-anna", name="Anna"
        )
        accounts.sign_in(db, site_id=lab.world.site.id, who=who, now=lab.world.clock())
    assert lab.sign_in().status_code == 200
    assert lab.count(Account) == 1


@attack("oa-125")
def test_a_name_that_is_html(row: Row, lab: Lab) -> None:
    lab.told = {"name": "<img src=x onerror=alert(1)>"}
    page = lab.sign_in()
    assert page.status_code == 200
    assert "<img src=x" not in page.text


@attack("oa-126", "oa-127")
def test_names_that_hide_or_swell(row: Row, lab: Lab) -> None:
    names = ["Admin\u200b", "x" * 200_000, "", "   ", "\u202etxt.exe", "\u2066x\u2069"]
    for number, name in enumerate(names):
        lab.subject, lab.told = f"reader-{number}", {"name": name}
        assert lab.sign_in(who=lab.subject).status_code == 200
    by_subject = {one.subject: one.name for one in lab.identities()}
    kept = list(by_subject.values())
    assert by_subject["reader-0"] == "Admin"
    assert all(0 < len(name) <= 64 for name in kept)
    assert not {char for name in kept for char in name} & set("\u200b\u202e\u2066\u2069")


@attack("oa-128")
@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/",
        "http://[::ffff:127.0.0.1]/",
        "http://0/",
        "https://localtest.example/a.png",
        "https://10.0.0.1/a.png",
    ],
)
def test_a_picture_from_inside(row: Row, url: str, lab: Lab) -> None:
    client = HttpClient(resolve=lambda host, port: ["127.0.0.1"])
    with pytest.raises(HttpFailure) as caught:
        client.get(url, redirects=3)
    assert caught.value.kind == "refused_address"
    lab.told = {"picture": url}
    assert lab.sign_in().status_code == 200
    assert lab.count(Picture) == 0


@attack("oa-128", "oa-131")
@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:image/svg+xml,<svg/>", "http://pictures.example/a.png"]
)
def test_a_picture_that_is_none(row: Row, url: str, lab: Lab) -> None:
    lab.told = {"picture": url, "profile": url}
    assert lab.sign_in().status_code == 200
    (identity,) = lab.identities()
    assert (identity.picture_id, identity.profile_url) == (None, None)


@attack("oa-132")
def test_a_blocked_person_comes_back(row: Row, lab: Lab) -> None:
    token = lab.redeem(lab.sign_in()).get_json()["token"]
    with lab.world.kit.database.begin() as db:
        for account in db.scalars(select(Account)):
            account.blocked_at = lab.world.clock()
    page = lab.sign_in(who="another browser")
    assert page.status_code == 403
    assert 'data-code="sign_in_disallowed"' in page.text
    body = {"thread": {"url": f"{BLOG}/a.html"}, "text": "Still here", "transport": "bearer"}
    answer = lab.world.call(
        "POST", "/comments", json=body, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 403
    assert answer.get_json()["error"]["code"] == "blocked"


@attack("oa-133", "oa-135")
def test_nobody_is_made_an_admin(row: Row, lab: Lab) -> None:
    lab.told = {"roles": ["admin"], "is_admin": True, "groups": ["owners"], "role": "owner"}
    lab.sign_in()
    with lab.world.kit.database.read() as db:
        assert [account.role for account in db.scalars(select(Account))] == ["member"]


@attack("oa-136")
def test_no_door_takes_a_provider_token(row: Row, lab: Lab) -> None:
    for path in ("/sign-in/token", "/sign-in/one", "/token", "/sign-in/access-token"):
        answer = lab.browser().post(
            f"{SERVER}/commentkit/blog{path}", json={"access_token": ACCESS_TOKEN}
        )
        assert answer.status_code in (404, 405)
    assert lab.nothing_made()


@attack("oa-137", "oa-138")
def test_no_secret_is_logged_or_kept(row: Row, lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for number in range(30):
        if number % 3 == 2:
            lab.peer.say(USERINFO, Reply(500, ACCESS_TOKEN.encode()))
        page = lab.sign_in(who=f"reader {number}")
        if page.status_code == 200:
            assert lab.redeem(page, who=f"reader {number}").status_code == 200
    kept = everything_in(lab.world.kit.database.engine)
    assert len(kept) > 10_000
    verifiers = [call.form["code_verifier"] for call in lab.peer.at("/one/token")]
    secrets = [ACCESS_TOKEN, CLIENT_SECRET, "canary-code-", *verifiers]
    assert not [secret for secret in secrets if secret in caplog.text]
    assert not [secret for secret in secrets if secret in kept]


@attack("oa-139")
def test_the_client_secret_is_never_told(row: Row, lab: Lab) -> None:
    texts = [
        lab.start().text + lab.start().headers["Location"],
        lab.sign_in().text,
        lab.browser().get(f"{SERVER}/commentkit/embed.js").text,
        lab.world.get(f"/thread?url={BLOG}/a.html").text,
        lab.world.call("GET", f"/viewer?url={BLOG}/a.html").text,
        repr(lab.world.kit.providers),
    ]
    assert not [text for text in texts if CLIENT_SECRET in text]


@attack("oa-140", "oa-141", "oa-142")
def test_token_answers_of_another_kind(row: Row, lab: Lab) -> None:
    def without_kind(answer: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in answer.items() if name != "token_type"}

    answers = {
        "oa-140": [without_kind, lambda a: {**a, "token_type": "mac"}],
        "oa-142": [lambda a: {**a, "scope": "openid admin everything"}],
    }
    for change in answers.get(row["id"], ()):
        lab.token_answer = change
        page = lab.sign_in()
        assert (page.status_code == 200) == (row["id"] == "oa-142")
    if row["id"] == "oa-141":
        lab.peer.say("/one/token", Reply(200, b"error=bad_verification_code"))
        lab.refused(lab.sign_in(), "provider_bad_answer")
        lab.peer.say("/one/token", json_reply({"error": "bad_verification_code"}))
        lab.refused(lab.sign_in(), "provider_bad_answer")


@attack("oa-143", "oa-181")
def test_an_issuer_by_plain_http_or_from_inside(row: Row, lab: Lab) -> None:
    """Without the loopback of demo and tests, neither is ever spoken to."""
    for issuer in (lab.issuer("one"), "http://127.0.0.1:5432/", "https://10.0.0.1/"):
        provider = OpenIDConnect(name="x", label="X", issuer=issuer, client_id="a")
        with pytest.raises(ProviderError):
            MetadataCache().server(provider.issuer, http=HttpClient(), now=lab.world.clock())
    assert lab.peer.calls == []


@attack("oa-180")
def test_an_address_with_a_second_header(row: Row, lab: Lab) -> None:
    lab.told = {"email": "a@b.example\r\nBcc: x@y.example", "email_verified": True}
    lab.sign_in()
    assert [(one.email, one.email_verified) for one in lab.identities()] == [(None, False)]


def test_the_subject_is_looked_up_by_its_hash(lab: Lab) -> None:
    lab.sign_in()
    (identity,) = lab.identities()
    assert identity.subject_hash == subject_hash(lab.issuer("one"), "subject-of-anna")
    assert lab.count(Attempt) == 1
