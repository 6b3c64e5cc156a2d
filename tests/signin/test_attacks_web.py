"""The attack file, beside the flow: logging out, linking, rights, pictures, frames, CORS."""

from __future__ import annotations

import io
import re
import resource
import struct
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from threading import Barrier
from urllib.parse import parse_qsl, urlsplit

import pytest
from attack_lab import Asked, Claims, Lab, attack
from attack_lab import lab as open_lab
from database_support import Databases
from PIL import Image
from plan_support import Recorder, Statement
from sqlalchemy import update
from test_account import MAIL
from werkzeug.test import TestResponse
from world import BLOG, PAGE_URL, SERVER

from commentkit import sites
from commentkit.ids import new_secret
from commentkit.model import Account, Identity, TokenIdentity
from commentkit.testing.scripted_provider import Reply

Row = dict[str, str]
BELOW = f"{SERVER}/commentkit"
OURS = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
EVIL = "https://evil.example"


def bearer(lab: Lab, *, who: str = "anna") -> str:
    """Sign in by the widget's way."""
    token = lab.redeem(lab.sign_in(who=who), who=who).get_json()["token"]
    assert isinstance(token, str)
    return token


def viewer(lab: Lab, token: str, **request: str) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"}
    return lab.world.call("GET", f"/viewer?url={PAGE_URL}", headers=headers, **request)


def account_form(lab: Lab, verb: str, *, who: str = "anna", **form: str) -> TestResponse:
    """Send a form of the account page."""
    url = f"{BELOW}/blog/account/{verb}"
    return lab.browser(who).post(url, data=form, headers=OURS)


def approved(lab: Lab, leaving: TestResponse, sub: str) -> dict[str, str]:
    """Approve at the issuer that a page of ours leads to; return what comes back."""
    assert leaving.status_code == 200, leaving.text
    url = unescape(leaving.text.split('content="0; url=')[1].split('"')[0])
    params = dict(parse_qsl(urlsplit(url).query))
    code = f"canary-code-{params['state']}"
    lab.asked[code] = Asked(url.split("/authorize")[0], params, sub)
    return {"code": code, "state": params["state"]}


def on_own_pages(lab: Lab, *, who: str = "anna", sub: str = "subject-of-anna") -> TestResponse:
    """Sign in on the account page; return it."""
    lab.subject = sub
    params = approved(lab, account_form(lab, "sign-in", who=who, provider="one"), sub)
    assert lab.callback(params, who=who).status_code == 303
    page = lab.browser(who).get(f"{BELOW}/blog/account")
    assert 'name="account"' in page.text, page.text
    return page


def account_of(page: TestResponse) -> str:
    return re.findall(r'name="account" value="(\d+)"', page.text)[0]


@attack("oa-011")
def test_no_other_page_logs_anybody_out(row: Row, lab: Lab) -> None:
    on_own_pages(lab)
    token = bearer(lab)
    crossing = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}
    for path in ("page/sign-out", "account/end-everywhere", "account/end"):
        url = f"{BELOW}/blog/{path}"
        assert lab.browser().post(url, headers=crossing).status_code == 403
        assert lab.browser().post(url).status_code == 403  # who says nothing of its origin
        assert lab.browser().get(url).status_code == 405
    held = {"Authorization": f"Bearer {token}", "Origin": EVIL}
    url = f"{BELOW}/blog/sign-out"
    assert lab.browser().post(url, headers=held).status_code == 403
    assert lab.browser().post(url, headers=held | {"X-CommentKit": "1"}).status_code == 403
    assert lab.browser().get(url, headers=held).status_code == 405
    assert viewer(lab, token).get_json()["state"] == "signed-in"
    assert 'name="account"' in lab.browser().get(f"{BELOW}/blog/account").text


@attack("oa-183")
def test_no_picture_logs_anybody_out(row: Row, lab: Lab) -> None:
    """A GET that a page of an issuer may load ends nothing, whatever it names."""
    on_own_pages(lab)
    token = bearer(lab)
    said = {"iss": lab.issuer("one"), "sid": "any", "sub": lab.subject, "provider": "one"}
    headers = {
        "Sec-Fetch-Dest": "image",
        "Sec-Fetch-Mode": "no-cors",
        "Sec-Fetch-Site": "cross-site",
    }
    for path in _addresses(lab, "GET"):
        lab.browser().get(f"{SERVER}{path}", query_string=said, headers=headers)
    assert viewer(lab, token).get_json()["state"] == "signed-in"
    assert 'name="account"' in lab.browser().get(f"{BELOW}/blog/account").text


def _addresses(lab: Lab, method: str) -> list[str]:
    """List every address of ours, with something in each place of its rule."""
    filled = {"site": "blog", "provider": "one", "number": "1", "root": "1", "rest": "x"}
    filled |= {"digest": "0" * 16, "name": "embed.js", "server": "x" * 22, "verb": "link"}
    rules = [r for r in lab.world.app.url_map.iter_rules() if r.rule.startswith("/commentkit/")]
    paths = [
        re.sub(r"<(?:[^<>:]*:)?(\w+)>", lambda found: filled[found[1]], rule.rule)
        for rule in rules
        if method in (rule.methods or ())
    ]
    assert len(paths) > 10
    return paths


def leaving_to_prove(lab: Lab, purpose: str) -> TestResponse:
    """Leave the account page for a proof: one that it holds already, or one more."""
    account = account_of(on_own_pages(lab))
    if purpose == "link":
        return account_form(lab, "link", provider="two", account=account)
    return account_form(lab, "sign-in", provider="one", again="1")


def _long_ago(claims: Claims) -> None:
    claims.update(auth_time=claims["iat"] - 121)


def _untold(claims: Claims) -> None:
    del claims["auth_time"]  # required where max_age was sent: OpenID Connect Core 1.0 §2


@attack("oa-110")
@pytest.mark.parametrize("bend", [_long_ago, _untold])
@pytest.mark.parametrize("purpose", ["link", "again"])
def test_a_sign_in_that_stood_there_already_proves_nothing(
    row: Row, purpose: str, bend: Callable[[Claims], None], lab: Lab
) -> None:
    name = "two" if purpose == "link" else "one"
    params = approved(lab, leaving_to_prove(lab, purpose), "subject-of-anna")
    assert lab.asked[params["code"]].params["max_age"] == "0"
    before = lab.count(Identity), lab.count(TokenIdentity)
    lab.bend = bend
    page = lab.callback(params, provider=name)
    assert "problem=provider_bad_answer" in page.location
    assert (lab.count(Identity), lab.count(TokenIdentity)) == before


def test_a_new_proof_links(lab: Lab) -> None:
    params = approved(lab, leaving_to_prove(lab, "link"), "subject-of-anna")
    assert "done=linked" in lab.callback(params, provider="two").location


def test_a_plain_sign_in_asks_for_no_new_proof(lab: Lab) -> None:
    assert "max_age" not in lab.start().location


@attack("oa-013")
def test_one_identity_linked_to_two_accounts_at_once(row: Row, lab: Lab) -> None:
    people = ("anna", "mallory")
    answers = {}
    for who in people:
        account = account_of(on_own_pages(lab, who=who, sub=f"subject-of-{who}"))
        leaving = account_form(lab, "link", who=who, provider="two", account=account)
        answers[who] = approved(lab, leaving, "wanted-by-both")
    lab.subject = "wanted-by-both"
    together = Barrier(len(people))

    def race(who: str) -> str:
        together.wait(10)
        page = lab.callback(answers[who], provider="two", who=who)
        assert page.status_code == 303, page.text
        return dict(parse_qsl(urlsplit(page.location).query)).get("problem", "linked")

    with ThreadPoolExecutor(len(people)) as threads:
        ends = sorted(threads.map(race, people))
    assert ends == ["identity_taken", "linked"]
    [taken] = [one for one in lab.identities() if one.subject == "wanted-by-both"]
    first = [one.account_id for one in lab.identities() if one.provider == "one"]
    assert taken.account_id in first
    assert lab.count(Account) == 2


@attack("oa-111", "oa-134")
def test_no_claim_gives_or_keeps_a_right(row: Row, lab: Lab) -> None:
    """Rights stand in our own tables alone, and are read anew at each request."""
    rights = {"roles": ["owner"], "groups": ["owner", "admin"], "role": "owner", "admin": True}
    if row["id"] == "oa-111":
        rights |= {"acr": "mfa", "amr": ["mfa"]}
    lab.bend = lambda claims: claims.update(rights)
    lab.told |= rights
    assert not _is_owner(on_own_pages(lab))
    _give_role(lab, "owner")
    assert _is_owner(lab.browser().get(f"{BELOW}/blog/account"))
    _give_role(lab, "member")
    assert not _is_owner(lab.browser().get(f"{BELOW}/blog/account"))  # under the same token
    assert not _is_owner(on_own_pages(lab))


def _is_owner(page: TestResponse) -> bool:
    return "You are the owner of this site" in page.text


def _give_role(lab: Lab, role: str) -> None:
    everybody = update(Account).where(Account.site_id == lab.world.site.id)
    with lab.world.kit.database.begin() as db:
        db.execute(everybody.values(role=role))


@attack("oa-129")
def test_a_picture_that_is_a_page(row: Row, lab: Lab) -> None:
    script = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    for lie in (b"<html><script>alert(1)</script></html>", script, _png() + script):
        lab.peer.say("/picture.png", Reply(200, lie, {"Content-Type": "image/png"}))
        _pictured(lab)
        picture = lab.identities()[0].picture_id
        if not lie.startswith(b"\x89PNG"):
            assert picture is None
            continue
        shown = lab.browser().get(f"{BELOW}/blog/pictures/{picture}")
        assert shown.headers["Content-Type"] == "image/webp"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in shown.headers["Content-Security-Policy"]
        assert b"script" not in shown.data


def _pictured(lab: Lab) -> None:
    lab.told["picture"] = f"{lab.peer.url}/picture.png"
    assert lab.sign_in().status_code == 200
    assert lab.peer.at("/picture.png")


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


@attack("oa-130")
def test_a_picture_that_unfolds(row: Row, lab: Lab) -> None:
    size = struct.pack(">IIBBBBB", 65_535, 65_535, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", size), (b"IDAT", zlib.compress(bytes(100_000_000))), (b"IEND", b""))
    bomb = b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, parts))
    assert len(bomb) < 100_000
    lab.peer.say("/picture.png", Reply(200, bomb, {"Content-Type": "image/png"}))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _pictured(lab)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB
    assert lab.identities()[0].picture_id is None


def _chunk(part: tuple[bytes, bytes]) -> bytes:
    kind, data = part
    summed = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + summed


@attack("oa-168")
def test_no_page_of_ours_stands_in_a_frame(row: Row, lab: Lab) -> None:
    pages = [lab.browser().get(f"{SERVER}{path}") for path in _addresses(lab, "GET")]
    pages += [lab.start(), lab.sign_in(), lab.callback({"state": "x"}), on_own_pages(lab)]
    shown = [page for page in pages if page.mimetype == "text/html"]
    assert len(shown) > 8
    for page in shown:
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    # The section itself is everyone's and says it by the policy alone.
    own = [page for page in shown if "Access-Control-Allow-Origin" not in page.headers]
    assert {page.headers["X-Frame-Options"] for page in own} == {"DENY"}
    framed = lab.start(who="luca")
    assert framed.status_code == 303
    headers = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"}
    query = dict(parse_qsl(urlsplit(framed.request.url).query))
    url = f"{BELOW}/blog/sign-in/one"
    assert lab.browser().get(url, query_string=query, headers=headers).status_code == 400


@attack("oa-169")
def test_a_framed_section_does_nothing(row: Row, lab: Lab) -> None:
    """The widget has no frame: its parts, opened as pages, have neither scripts nor forms."""
    _add_private_site(lab, "closed")
    for site in ("blog", "closed"):
        section = lab.world.get(f"/thread?url={PAGE_URL}", site=site, headers={"Origin": BLOG})
        assert "<form" in section.text
        rules = section.headers["Content-Security-Policy"].split("; ")
        assert {"default-src 'none'", "frame-ancestors 'none'", "sandbox"} <= set(rules)


def _add_private_site(lab: Lab, name: str) -> None:
    with lab.world.kit.database.begin() as db:
        sites.add(
            db,
            name=name,
            title="Closed",
            language="en",
            origins=[BLOG],
            private=True,
            rules=lab.world.site.rules,
            now=lab.world.clock(),
        )


HOST = urlsplit(BLOG).netloc
STRANGERS = [
    EVIL,
    "null",
    f"http://sub.{HOST}",
    f"{BLOG}.evil.example",
    f"http://evil{HOST}",
    BLOG.replace("http:", "https:"),
    BLOG.replace(":8001", ":8002"),
    BLOG.replace(":8001", ""),
    BLOG.upper(),
    f"{BLOG}/",
    f"{BLOG}.",
    f" {BLOG},{EVIL}",
    "",
]


@attack("oa-174")
def test_no_other_origin_reads_what_is_personal(row: Row, lab: Lab) -> None:
    token = bearer(lab)
    held = {"Authorization": f"Bearer {token}", "Cookie": f"__Host-commentkit-blog={token}"}
    for origin in STRANGERS:
        asking = {"Origin": origin, "X-CommentKit": "1"} | held
        for method, path in (("GET", "viewer"), ("OPTIONS", "viewer"), ("POST", "comments")):
            answer = lab.browser().open(f"{BELOW}/blog/{path}", method=method, headers=asking)
            assert "Access-Control-Allow-Origin" not in answer.headers, origin
            assert "Access-Control-Allow-Credentials" not in answer.headers, origin
            assert "Origin" in answer.headers["Vary"]
            assert method == "OPTIONS" or answer.status_code == 403, origin
        public = lab.browser().get(f"{BELOW}/blog/thread?url={PAGE_URL}", headers=asking)
        # With a star, browsers let nobody read what they sent credentials for.
        assert public.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in public.headers


@attack("oa-189")
def test_known_and_unknown_people_are_answered_alike(
    row: Row, tmp_path: Path, databases: Databases
) -> None:
    """Work is counted and not timed: as many statements, and the same answer but for its ids."""
    with open_lab(tmp_path, **MAIL) as lab:
        lab.told |= {"email": KNOWN, "email_verified": True}
        bearer(lab)
        lab.world.post("To open the thread", who="first")
        for hold in ("everyone", "first_time", "nobody"):
            lab.world.rules(hold=hold)
            known, unknown = (_guessed(lab, address) for address in (KNOWN, "no@example.org"))
            assert known == unknown
            assert known[0] == 201
        lab.world.clock.move(minutes=5)
        known, unknown = (_claimed(lab, address) for address in (KNOWN, "no@example.org"))
        assert known == unknown
        assert "a letter is on its way" in known[1]


KNOWN = "anna@example.org"
Seen = tuple[int, str, list[str]]


def _guessed(lab: Lab, address: str) -> Seen:
    """Comment under an address in a browser of its own."""
    lab.world.clock.move(minutes=5)
    word = new_secret()
    recorder = Recorder(lab.world.kit.database.engine)
    with recorder.recording() as statements:
        answer = lab.world.post(f"Said {word}", who=word, name="Gino", email=address)
    said = answer.text.replace(word, "WORD").replace(address, "ADDRESS")
    said = re.sub(r'"token":"[^"]+"', '"token":"T"', re.sub(r"\d+", "N", said))
    return answer.status_code, said, _about_people(statements)


def _claimed(lab: Lab, address: str) -> Seen:
    """Ask for what was written under an address."""
    recorder = Recorder(lab.world.kit.database.engine)
    with recorder.recording() as statements:
        answer = account_form(lab, "claim", email=address)
    said = answer.text.replace(address, "ADDRESS")
    return answer.status_code, said, _about_people(statements)


def _about_people(statements: list[Statement]) -> list[str]:
    """Leave out what looks now and then whether the site has changed."""
    return [one.text for one in statements if "FROM commentkit_site" not in one.text]
