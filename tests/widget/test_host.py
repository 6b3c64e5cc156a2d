"""Who is there as the host has it: asked on its own pages, handed over by others, in Chromium."""

import base64
import json

import pytest
import widget_fragments as fragments
from widget_server import SITE, Answer, Asked
from widget_signin import stored
from widget_world import World

pytestmark = pytest.mark.browser

EXCHANGE = f"POST {SITE}/host-user"


def token(person: str) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": person, "name": "Ñ"}).encode())
    return f"e30.{claims.decode().rstrip('=')}.c2ln"


def tag(world: World, user: str) -> str:
    return world.server.tag.replace("data-site", f'data-user="{user}" data-site')


def takes(world: World) -> None:
    """Have the server take what the page hands over."""
    answer = {"token": "bearer-of-anna", "viewer": fragments.viewer("signed-in")}
    world.server.table[EXCHANGE] = Answer(answer)
    world.server.table[f"{SITE}/viewer"] = Answer(fragments.viewer("signed-in"))


def exchanges(world: World) -> list[Asked]:
    return world.server.calls(f"{SITE}/host-user", "POST")


def exchanged(world: World) -> int:
    return len(exchanges(world))


def proof(call: Asked) -> str | None:
    return {name.lower(): value for name, value in call.headers.items()}.get("authorization")


def test_whom_the_page_names_is_signed_in_without_a_press(world: World) -> None:
    takes(world)
    world.open(tag(world, token("7")))
    world.wait_state("signed-in")
    sent = world.server.calls(f"{SITE}/host-user", "POST")[0]
    assert sent.body["user"] == token("7")
    assert {k.lower(): v for k, v in sent.headers.items()}["x-commentkit"] == "1"
    assert [said["provider"] for said in world.events("signed-in")] == ["sso"]
    assert stored(world) == "bearer-of-anna"


def test_one_log_in_there_is_one_exchange(world: World) -> None:
    takes(world)
    world.open(tag(world, token("7")))
    world.wait_state("signed-in")
    world.open(tag(world, token("7")))
    world.wait_state("signed-in")
    assert exchanged(world) == 1
    world.open(tag(world, token("8")))
    world.wait_state("signed-in")
    assert exchanged(world) == 2


@pytest.mark.parametrize("taken", [True, False])
def test_who_was_named_before_is_out_before_anybody_else_is_in(world: World, taken: bool) -> None:
    takes(world)
    world.open(tag(world, token("7")))
    world.wait_state("signed-in")
    world.server.table[f"POST {SITE}/sign-out"] = Answer(fragments.viewer("signed-out"))
    if not taken:
        refusal = {"code": "host_user_expired", "message": "Too old. Reload the page."}
        world.server.table[EXCHANGE] = Answer({"error": refusal}, 410)
    world.open(tag(world, token("8")))
    if taken:
        world.wait_state("signed-in")
    else:
        world.kit.get_by_text("Too old. Reload the page.").wait_for()
    out, again = world.server.calls(f"{SITE}/sign-out", "POST"), exchanges(world)[1]
    assert [proof(call) for call in out] == ["Bearer bearer-of-anna"]
    assert proof(again) is None
    assert stored(world) == ("bearer-of-anna" if taken else None)


def test_an_empty_message_names_nobody_as_disqus_took_it(world: World) -> None:
    takes(world)
    world.server.table[f"POST {SITE}/sign-out"] = Answer(fragments.viewer("signed-out"))
    for message in (b'{"id": 7, "username": "Anna"}', b"{}"):
        world.open(tag(world, f"{base64.b64encode(message).decode()} {'0' * 40} 1"))
        world.wait_state("signed-in" if b"Anna" in message else "signed-out")
    assert exchanged(world) == 1
    assert len(world.server.calls(f"{SITE}/sign-out", "POST")) == 1


def test_a_sign_in_that_has_ended_is_made_anew(world: World) -> None:
    takes(world)
    world.open(tag(world, token("7")))
    world.wait_state("signed-in")
    world.server.table[f"{SITE}/viewer"] = Answer(fragments.viewer("signed-out"))
    world.open(tag(world, token("7")))
    world.wait_state("signed-in")
    assert exchanged(world) == 2


def test_who_logs_out_there_is_out_here(world: World) -> None:
    takes(world)
    world.open(tag(world, token("7")))
    world.wait_state("signed-in")
    world.server.table[f"POST {SITE}/sign-out"] = Answer(fragments.viewer("signed-out"))
    world.open(
        '<comment-kit user=""></comment-kit>'
        + world.server.tag.replace(" data-", ' data-only="counts" data-')
    )
    world.wait_state("signed-out")
    assert len(world.server.calls(f"{SITE}/sign-out", "POST")) == 1


def test_a_refused_word_is_said_and_the_form_stays(world: World) -> None:
    refusal = {"code": "host_user_expired", "message": "Too old. Reload the page."}
    world.server.table[EXCHANGE] = Answer({"error": refusal}, 410)
    world.open(tag(world, token("7")))
    world.kit.get_by_text("Too old. Reload the page.").wait_for()
    assert world.kit.get_attribute("data-state") == "signed-out"


def test_on_the_servers_own_pages_the_host_is_asked(world: World) -> None:
    section = fragments.section().replace(
        "data-commentkit", f'data-commentkit data-asks="{world.server.origin}"', 1
    )
    world.server.table[f"{SITE}/thread"] = Answer(section)
    world.server.table[f"{SITE}/viewer"] = Answer(fragments.viewer("signed-in"))
    world.start()
    assert not world.server.calls(f"{SITE}/viewer")  # a page elsewhere is none of theirs
    world.server.table["/own"] = Answer(
        fragments.canned("page.html", head="", body=world.server.tag),
        headers={"Content-Type": "text/html"},
    )
    world.page.goto(f"{world.server.origin}/own")
    world.wait_state("signed-in")
    assert not world.server.calls(f"{SITE}/host-user")


LOGINS = """<a class="pill" href="/at-home" data-login="home" hidden>Home</a>
<a class="pill" href="/at-blog" data-login="elsewhere">Elsewhere</a>"""


@pytest.mark.parametrize("place", ["home", "elsewhere"])
def test_of_two_doors_of_the_site_the_one_that_counts_is_shown(world: World, place: str) -> None:
    section = fragments.section().replace(
        "data-commentkit", f'data-commentkit data-asks="{world.server.origin}"', 1
    )
    section = section.replace('<div part="providers">', f'<div part="providers">{LOGINS}', 1)
    world.server.table[f"{SITE}/thread"] = Answer(section)
    world.server.table[f"{SITE}/viewer"] = Answer(fragments.viewer("signed-out"))
    world.server.table["/own"] = Answer(
        fragments.canned("page.html", head="", body=world.server.tag),
        headers={"Content-Type": "text/html"},
    )
    if place == "home":
        world.page.goto(f"{world.server.origin}/own")
    else:
        world.start()
    world.kit.locator("textarea").click()
    world.kit.get_by_text(place.title(), exact=True).wait_for()
    assert world.kit.locator("[data-login]").filter(visible=True).count() == 1
