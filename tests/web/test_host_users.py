"""The host's own users: known on its own pages without any press, and gone as they log out."""

import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask, render_template_string, request
from werkzeug.test import TestResponse
from world import BLOG, PAGE_URL, SERVER, Verbs, World, make_world

from commentkit import HostUser
from commentkit.model import Account, Identity
from commentkit.people import tokens
from commentkit.people.viewer import Viewer
from commentkit.web import cookies

PEOPLE = {
    "anna": HostUser(id="7", name="Anna Bianchi", email="anna@example.org", email_verified=True),
    "luca": HostUser(id="8", name="Luca", profile_url="/people/luca"),
}
VIEWER = f"/viewer?url={SERVER}/post"


def logged_in() -> HostUser | None:
    """Know people as a host does: by a cookie of its own."""
    return PEOPLE.get(request.cookies.get("login", ""))


@pytest.fixture
def world(tmp_path: Path) -> World:
    kit = {"current_user": logged_in, "login_url": "/log-in", "logout_url": "/log-out"}
    world = make_world(tmp_path, KIT=kit, COMMENTKIT_SITE="blog")
    add_pages(world.app)
    return world


def add_pages(app: Flask) -> None:
    @app.get("/<kind>")
    def page(kind: str) -> str:
        personal = kind == "personal"
        return render_template_string(
            '{{ commentkit.thread("post", personal=personal) }}', personal=personal
        )


def log_in(world: World, name: str, *, who: str = "anna") -> None:
    world.client(who).set_cookie("login", name, domain="127.0.0.1")


def log_out(world: World, *, who: str = "anna") -> None:
    world.client(who).delete_cookie("login", domain="127.0.0.1")


def viewer(world: World, *, who: str = "anna", origin: str | None = None) -> Mapping[str, Any]:
    answer = world.call("GET", VIEWER, who=who, origin=origin)
    assert answer.headers["Cache-Control"] == "private, no-store"
    found: Mapping[str, Any] = answer.get_json()
    return found


def post(world: World, text: str = "Hello", *, who: str = "anna", **more: Any) -> TestResponse:
    body = {"thread": {"url": f"{SERVER}/post"}, "text": text, "transport": "page"} | more
    return world.call("POST", "/comments", who=who, origin=SERVER, json=body)


def stored(world: World) -> list[Identity]:
    with world.kit.database.read() as db:
        return list(db.query(Identity).filter(Identity.site_id == world.site.id))


def test_who_is_logged_in_at_the_host_needs_no_press(world: World) -> None:
    assert viewer(world)["state"] == "signed-out"
    log_in(world, "anna")
    seen = viewer(world)
    assert seen["state"] == "signed-in"
    assert seen["token"] is True
    assert "Anna Bianchi" in seen["identity"]
    assert "your account on this site" in seen["identity"]
    assert 'href="/log-out"' in seen["identity"]
    assert 'href="/log-in"' in seen["identity"]
    assert 'data-action="sign-out"' not in seen["identity"]


DOOR = "Log in with your The blog account"


def doors(html: str) -> list[tuple[str, str]]:
    """Return where the site's own doors lead, and whether each is shown at once."""
    found = re.findall(r'<a class="pill" part="provider" href="([^"]+)"([^>]*)>', html)
    return [(unescape(href), more.strip()) for href, more in found]


def test_the_signed_out_form_offers_the_hosts_own_door_first(world: World) -> None:
    inlined = world.client().get(f"{SERVER}/public").text
    assert DOOR in inlined
    assert inlined.index(DOOR) < inlined.index("Fill in your details below:")
    composed = world.get(f"/page?url={SERVER}/post").text
    assert doors(inlined) == [("/log-in", "")]
    assert composed.index(DOOR) < composed.index("Fill in your details below:")
    assert "click an icon" not in inlined


def test_without_scripts_what_was_typed_waits_at_the_hosts_door(world: World) -> None:
    form = {"url": f"{SERVER}/post", "text": "A draft", "provider": "host"}
    leaving = world.send("sign-in", form)
    assert 'content="0; url=/log-in"' in leaving.text
    log_in(world, "anna")
    page = world.get(f"/page?url={SERVER}/post").text
    assert "A draft</textarea>" in page
    assert "Anna Bianchi" in page


def test_a_section_of_any_page_leaves_it_to_the_page_which_door_counts(world: World) -> None:
    world.rules(login_url=f"{BLOG}/enter")
    found = world.get(f"/thread?url={SERVER}/post").text
    assert doors(found) == [
        ("/log-in", 'data-login="home" hidden'),
        (f"{BLOG}/enter", 'data-login="elsewhere"'),
    ]
    assert f"{BLOG}/enter" not in world.get(f"/page?url={SERVER}/post").text
    assert doors(viewer(world)["identity"]) == [("/log-in", "")]
    assert doors(viewer(world, origin=BLOG)["identity"]) == [(f"{BLOG}/enter", "")]


def test_a_site_elsewhere_names_its_door_in_a_rule(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    world.rules(login_url=f"{BLOG}/enter?next={{page}}", guests=False)
    found = world.get(f"/thread?url={PAGE_URL}%3Fa%3Db%26c%3Dd").text
    said = quote(f"{PAGE_URL}?a=b&c=d", safe="")
    assert doors(found) == [(f"{BLOG}/enter?next={said}", "")]
    assert "Only people who sign in can comment here.</p>" in found
    composed = world.get(f"/page?url={PAGE_URL}").text
    assert "Log in with" not in composed  # nobody is signed in there by what a page carries
    sent = world.send("sign-in", {"provider": "host", "url": PAGE_URL, "text": "A draft"})
    assert (sent.status_code, "A draft" in sent.text) == (404, True)


def test_the_page_to_come_back_to_is_one_of_the_site(tmp_path: Path) -> None:
    kit = {"current_user": logged_in, "login_url": "/log-in?next={page}", "logout_url": "/out"}
    world = make_world(tmp_path, KIT=kit, COMMENTKIT_SITE="blog")
    add_pages(world.app)
    inlined = world.client().get(f"{SERVER}/public").text
    assert doors(inlined) == [(f"/log-in?next={quote(f'{SERVER}/public', safe='')}", "")]
    foreign = world.get("/thread?url=https://evil.example/post")
    assert (foreign.status_code, "evil.example" in foreign.text) == (403, False)
    leaving = world.send("sign-in", {"provider": "host", "url": PAGE_URL, "next": "//evil.example"})
    where = unescape(leaving.text.split('content="0; url=')[1].split('"')[0])
    assert where.startswith(f"/log-in?next={quote(f'{SERVER}/commentkit/blog/page?', safe='')}")
    assert "evil.example" not in leaving.text
    log_in(world, "anna")
    said = viewer(world)["identity"]
    assert f'href="/log-in?next={quote(f"{SERVER}/post", safe="")}"' in said


def test_who_changes_account_finds_the_sites_own_door(world: World) -> None:
    identity = Verbs(world).identity()
    with world.kit.database.begin() as db:
        issued = tokens.issue(
            db,
            identity=identity,
            previous=Viewer(site_id=world.site.id),
            transport="page",
            origin=SERVER,
            persistent=True,
            settings=world.kit.settings,
            now=world.clock(),
        )
    name = cookies.page_name("blog", world.kit.settings)
    world.client().set_cookie(name, issued.secret, domain="127.0.0.1")
    answer = world.call("GET", f"{VIEWER}&state=changing", origin=None)
    assert doors(answer.get_json()["identity"]) == [("/log-in", "")]


def test_who_only_reads_leaves_nothing(world: World) -> None:
    log_in(world, "anna")
    viewer(world)
    world.client().get(f"{SERVER}/personal")
    assert stored(world) == []


def test_a_comment_is_theirs_by_the_hosts_own_id(world: World) -> None:
    log_in(world, "anna")
    answer = post(world)
    assert answer.status_code == 201, answer.text
    assert answer.get_json()["token"] is None
    assert "Set-Cookie" not in answer.headers
    said = stored(world)
    assert [(i.provider, i.issuer, i.subject, i.name, i.email, i.email_verified) for i in said] == [
        ("host", "host", "7", "Anna Bianchi", "anna@example.org", True)
    ]
    number = answer.get_json()["comment"]["id"]
    assert viewer(world)["editable"].keys() == {number}
    changed = world.call(
        "PATCH", f"/comments/{number}", origin=SERVER, json={"text": "Hello again"}
    )
    assert changed.status_code == 200, changed.text


def test_they_stay_one_person_whatever_they_are_called(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(world, "anna")
    post(world)
    renamed = HostUser(id="7", name="Anna Verdi", email=None)
    monkeypatch.setitem(PEOPLE, "anna", renamed)
    assert "Anna Verdi" in viewer(world)["identity"]
    assert post(world, "Another").status_code == 201
    assert [(i.name, i.email, i.email_verified) for i in stored(world)] == [
        ("Anna Verdi", None, False)
    ]


def test_who_logs_out_at_the_host_is_out_here(world: World) -> None:
    log_in(world, "anna")
    number = post(world).get_json()["comment"]["id"]
    log_out(world)
    seen = viewer(world)
    assert (seen["state"], seen["token"], seen["editable"]) == ("signed-out", False, {})
    refused = world.call("DELETE", f"/comments/{number}", origin=SERVER)
    assert world.error(refused)[1] == "not_yours"


def test_another_person_at_the_same_browser_is_another_person(world: World) -> None:
    log_in(world, "anna")
    number = post(world).get_json()["comment"]["id"]
    log_in(world, "luca")
    assert "Luca" in viewer(world)["identity"]
    refused = world.call("DELETE", f"/comments/{number}", origin=SERVER)
    assert world.error(refused)[1] == "not_yours"
    post(world, "I am Luca")
    assert {i.subject: i.profile_url for i in stored(world)} == {
        "7": None,
        "8": f"{SERVER}/people/luca",
    }


@pytest.mark.parametrize("origin", [BLOG])
def test_no_other_origin_learns_who_is_logged_in(world: World, origin: str) -> None:
    log_in(world, "anna")
    assert viewer(world, origin=origin)["state"] == "signed-out"


def test_no_other_site_of_the_server_learns_it(world: World) -> None:
    log_in(world, "anna")
    page = world.get(f"/page?url={PAGE_URL.replace('8001', '8009')}", site="other")
    assert "Anna" not in page.text


def test_the_hosts_cookie_counts_only_on_calls_that_its_own_pages_make(world: World) -> None:
    log_in(world, "anna")
    form = {"url": f"{SERVER}/post", "text": "Forged"}
    forged = world.client().post(
        f"{SERVER}/commentkit/blog/page/comments",
        data=form,
        headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert forged.status_code == 403
    bare = world.client().get(f"{SERVER}/commentkit/blog{VIEWER}")
    assert world.error(bare)[1] == "header_missing"
    assert stored(world) == []


def test_the_public_section_says_nothing_of_its_reader_and_that_the_host_may_know(
    world: World,
) -> None:
    thread = f"/thread?url={SERVER}/post"
    before = world.get(thread)
    log_in(world, "anna")
    after = world.get(thread)
    assert before.data == after.data
    assert f'data-asks="{SERVER}"' in after.text
    assert world.client().get(f"{SERVER}/public").data == (
        world.client("luca").get(f"{SERVER}/public").data
    )
    assert " asks-viewer>" in world.client().get(f"{SERVER}/public").text
    assert "data-asks" not in world.get("/thread?url=http://localhost:8009/a", site="other").text


def test_without_scripts_they_are_known_too(world: World) -> None:
    log_in(world, "anna")
    page = world.client().get(f"{SERVER}/personal")
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "Anna Bianchi" in page.text
    answer = world.send("comments", {"url": f"{SERVER}/post", "key": "post", "text": "By form"})
    assert answer.status_code == 303, answer.text
    assert [i.subject for i in stored(world)] == ["7"]


def test_who_writes_as_a_guest_takes_nothing_of_the_host_along(world: World) -> None:
    log_in(world, "anna")
    post(world)
    guest = {"as": "guest", "name": "Nobody", "email": "nobody@example.org"}
    assert post(world, "As nobody", **guest).status_code == 201
    log_out(world)
    assert viewer(world)["state"] == "signed-out"
    assert len(viewer(world)["editable"]) == 1


def test_a_blocked_person_stays_blocked(world: World) -> None:
    log_in(world, "anna")
    post(world)
    with world.kit.database.begin() as db:
        account = db.query(Account).filter(Account.site_id == world.site.id).one()
        account.blocked_at = world.clock()
    assert world.error(post(world, "Again"))[1] == "blocked"


def test_their_account_page_is_theirs(world: World) -> None:
    log_in(world, "anna")
    assert "Anna Bianchi" not in world.get("/account").text
    post(world)
    assert "Anna Bianchi" in world.get("/account").text
    log_out(world)
    assert "Anna Bianchi" not in world.get("/account").text


def test_they_cannot_switch_here(world: World) -> None:
    log_in(world, "anna")
    post(world)
    number = stored(world)[0].id
    answer = world.call("POST", "/identity", origin=SERVER, json={"identity": str(number)})
    assert world.error(answer)[1] == "unknown_identity"


@pytest.mark.parametrize("said", [{"id": ""}, {"id": 7}, {"id": "a\n"}, {"name": " "}])
def test_a_user_without_an_id_or_a_name_is_the_hosts_mistake(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a host's user needs"):
        HostUser(**({"id": "1", "name": "Anna"} | said))


def test_another_answer_of_the_host_is_its_mistake(tmp_path: Path) -> None:
    world = make_world(tmp_path, KIT={"current_user": lambda: "anna"})
    with pytest.raises(TypeError, match="HostUser"):
        world.call("GET", VIEWER, origin=None)
