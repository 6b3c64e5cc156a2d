"""The host's cookie is all its people's proof, so only what its own pages ask may count by it."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from database_support import Databases
from flask import Response, request, stream_template_string
from test_host_users import PEOPLE, VIEWER, add_pages, log_in, post, stored, viewer
from world import BLOG, SERVER, START, World, make_world

from commentkit import HostUser
from commentkit.model import Account, Comment

OURS = (SERVER, BLOG)
EVIL = "https://evil.example"
FORGED = (
    {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"},
    {"Origin": EVIL},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": SERVER, "Sec-Fetch-Site": "cross-site"},
    {"Origin": f"{SERVER}.evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": BLOG, "Sec-Fetch-Site": "same-site"},
    {},
)
WITH_HEADER = tuple(
    said | {"X-CommentKit": "1"} for said in FORGED if said and said.get("Origin") not in OURS
)
"""As no browser sends it: another page's call passes no preflight, or says where it is from."""
REFUSED = {"cross_site", "header_missing", "origin_not_registered"}


def logged_in() -> HostUser | None:
    return PEOPLE.get(request.cookies.get("login", ""))


@pytest.fixture
def world(tmp_path: Path, databases: Databases) -> World:
    kit = {"current_user": logged_in, "login_url": "/log-in", "logout_url": "/log-out"}
    world = make_world(tmp_path, KIT=kit, COMMENTKIT_SITE="blog")
    add_pages(world.app)
    log_in(world, "anna")
    return world


def acts(world: World, number: str) -> list[tuple[str, str]]:
    """List every address of the site's that takes what changes something."""
    filled = {"site": "blog", "number": number, "provider": "email"}
    rules = [r for r in world.app.url_map.iter_rules() if r.rule.startswith("/commentkit/<site>")]
    found = [
        (method, re.sub(r"<(?:[^<>:]*:)?(\w+)>", lambda name: filled[name[1]], rule.rule))
        for rule in rules
        for method in (rule.methods or set()) & {"POST", "PATCH", "DELETE"}
        if "/mail/" not in rule.rule  # its proof is the link
    ]
    assert len(found) > 25
    return found


def rows(world: World) -> list[str]:
    with world.kit.database.read() as db:
        mine = db.query(Comment).filter(Comment.site_id == world.site.id)
        return sorted(f"{c.status} {c.source}" for c in mine)


def test_no_other_page_acts_by_the_hosts_cookie(world: World) -> None:
    number = post(world).get_json()["comment"]["id"]
    before = rows(world), [i.name for i in stored(world)]
    form = {"comment": number, "sure": "1", "text": "Forged", "url": f"{SERVER}/post"}
    for method, path in acts(world, number):
        for headers in (*FORGED, *WITH_HEADER):
            for body in ({"data": form}, {"json": form}, {"data": "{}", "mimetype": "text/plain"}):
                answer = world.client().open(SERVER + path, method=method, headers=headers, **body)
                about = method, path, headers
                assert answer.status_code in (400, 403), about
                assert "Set-Cookie" not in answer.headers, about
                if answer.is_json:
                    assert world.error(answer)[1] in REFUSED, about
    assert (rows(world), [i.name for i in stored(world)]) == before


def test_what_another_origin_of_the_site_sends_is_nobodys(world: World) -> None:
    """Its pages may ask, with cookies too; who is logged in at the host is not theirs to use."""
    number = post(world).get_json()["comment"]["id"]
    same_site = {"Sec-Fetch-Site": "same-site"}
    for method, path in (("DELETE", ""), ("PATCH", ""), ("GET", "/source")):
        sent = {} if method != "PATCH" else {"json": {"text": "Forged"}}
        answer = world.call(method, f"/comments/{number}{path}", headers=same_site, **sent)
        assert world.error(answer)[1] == "not_yours"
    fields = {"thread": {"url": f"{SERVER}/post"}, "text": "Forged", "transport": "bearer"}
    answer = world.call("POST", "/comments", headers=same_site, json=fields)
    assert answer.status_code >= 400
    assert rows(world) == ["approved Hello"]


def test_a_host_that_ended_it_is_asked_no_more(world: World) -> None:
    assert post(world).status_code == 201
    world.rules(retired=("host",))
    world.clock.move(seconds=1)
    assert viewer(world)["state"] == "signed-out"
    assert post(world, "Again").status_code >= 400
    page = world.client().get(f"{SERVER}/personal")
    assert "Anna Bianchi" not in page.text.partition("comment-list")[0]
    assert "data-asks" not in world.get(f"/thread?url={SERVER}/post").text


def test_a_proof_of_tomorrow_proves_nothing_now(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host whose clock or time zone is wrong does not vouch for hours to come."""
    assert post(world).status_code == 201
    account = stored(world)[0].account_id
    ours = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
    door = f"{SERVER}/commentkit/blog/account/erase"
    for hours, asked in ((2, "sign in"), (0, "erase")):
        at = START + timedelta(hours=hours)
        monkeypatch.setitem(PEOPLE, "anna", replace(PEOPLE["anna"], signed_in_at=at))
        page = world.client().post(door, data={"account": str(account)}, headers=ours)
        assert page.status_code == (200 if asked == "erase" else 403), page.text
    with world.kit.database.read() as db:
        assert db.query(Account).filter(Account.site_id == world.site.id).count() == 1


def test_two_first_comments_at_once_are_one_persons(world: World) -> None:
    browsers = ["one", "two", "three"]
    for who in browsers:
        log_in(world, "luca", who=who)
    together = Barrier(len(browsers))

    def race(who: str) -> int:
        together.wait(10)
        return post(world, f"By Luca, {who}", who=who).status_code

    with ThreadPoolExecutor(len(browsers)) as threads:
        assert list(threads.map(race, browsers)) == [201] * len(browsers)
    assert len(stored(world)) == 1
    with world.kit.database.read() as db:
        assert db.query(Account).filter(Account.site_id == world.site.id).count() == 1


def test_a_page_that_names_somebody_is_private_whatever_the_host_says(world: World) -> None:
    @world.app.after_request
    def cached(response: Response) -> Response:
        response.headers["Cache-Control"] = "public, max-age=600"
        return response

    answers = [world.client().get(f"{SERVER}/{kind}") for kind in ("personal", "public")]
    assert ["Anna Bianchi" in answer.text for answer in answers] == [True, False]
    said = [answer.headers["Cache-Control"] for answer in answers]
    assert said == ["private, no-store", "public, max-age=600"]


def test_a_streamed_page_names_nobody(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Its headers are gone when the section is made: a cache could hold it for everybody."""

    @world.app.get("/streamed/page")
    def streamed() -> Response:
        said = stream_template_string('{{ commentkit.thread("post", personal=True) }}')
        return Response(said, headers={"Cache-Control": "public, max-age=600"})

    page = world.client().get(f"{SERVER}/streamed/page")
    assert "Anna Bianchi" not in page.text
    assert " asks-viewer>" in page.text
    assert "a streamed page cannot be private" in caplog.text
    assert "Anna Bianchi" in world.client().get(f"{SERVER}/personal").text


@pytest.mark.parametrize(
    "said",
    [{"signed_in_at": START.replace(tzinfo=None)}, {"signed_in_at": 5}, {"picture": b"/a"}],
)
def test_what_cannot_be_said_of_a_person_is_the_hosts_mistake(said: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a host's user"):
        HostUser(id="1", name="Anna", **said)  # type: ignore[arg-type]


def test_a_host_that_fails_breaks_nothing_that_is_everybodys(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert post(world).status_code == 201
    world.app.testing = False
    monkeypatch.setitem(PEOPLE, "anna", "no user at all")
    failed = world.call("GET", VIEWER, origin=SERVER)
    assert world.error(failed)[:2] == (500, "internal")
    assert post(world, "Again").status_code == 500
    assert "Hello" in world.get(f"/thread?url={SERVER}/post").text
    assert world.client().get(f"{SERVER}/public").status_code == 200
    assert rows(world) == ["approved Hello"]
