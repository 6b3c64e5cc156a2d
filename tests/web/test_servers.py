"""Which server: asked on our own page, in the window and on the page without JavaScript."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from signin_world import AID, VERIFIER, attribute
from sqlalchemy import select
from werkzeug.test import TestResponse
from world import BLOG, PAGE_URL, SERVER, World, make_world

from commentkit import ids
from commentkit.model import Attempt, Identity, Registration
from commentkit.signin import flow
from commentkit.signin.crowd import MOST, Crowded
from commentkit.signin.providers.bluesky import Bluesky
from commentkit.signin.providers.indieauth import IndieAuth
from commentkit.signin.providers.mastodon import Mastodon
from commentkit.testing.rehearsal import ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET
from commentkit.testing.scripted_provider import (
    Call,
    Reply,
    ScriptedProvider,
    json_reply,
    scripted_provider,
)

START = {
    "aid": AID,
    "challenge": ids.s256(VERIFIER),
    "origin": BLOG,
    "mode": "popup",
    "url": PAGE_URL,
}
ACCOUNT = {"id": "14715", "username": "annab", "display_name": "Anna Bianchi"}


@contextmanager
def mastodon_server() -> Iterator[ScriptedProvider]:
    with scripted_provider() as server:
        client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        server.say("/api/v1/apps", json_reply(client))
        token = {"access_token": ACCESS_TOKEN, "token_type": "Bearer"}
        server.say("/oauth/token", json_reply(token))
        server.say("/oauth/revoke", json_reply({}))
        server.say("/api/v1/accounts/verify_credentials", json_reply(ACCOUNT))
        yield server


@pytest.fixture
def server() -> Iterator[ScriptedProvider]:
    with mastodon_server() as running:
        yield running


def make(folder: Path, **config: Any) -> World:
    providers = [Mastodon(), Bluesky(), IndieAuth()]
    return make_world(folder, PROVIDERS=providers, COMMENTKIT_LOOPBACK_SERVICES=True, **config)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make(tmp_path)


class _Form(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.action = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = known["action"]
        if tag == "input":
            self.fields[known["name"]] = known["value"]


def open_window(world: World, provider: str = "mastodon", **changes: str) -> TestResponse:
    return world.get(f"/sign-in/{provider}?{urlencode(START | changes)}")


def submit(world: World, page: TestResponse, typed: str, **headers: str) -> TestResponse:
    form = _Form(page.text)
    sent = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"} | headers
    return world.client().post(form.action, data={**form.fields, "instance": typed}, headers=sent)


def led_to(page: TestResponse) -> str:
    assert page.status_code == 200, page.text
    return unescape(page.text.split('content="0; url=', 1)[1].split('"', 1)[0])


def call_back(world: World, page: TestResponse, who: str = "anna") -> TestResponse:
    asked = dict(parse_qsl(urlsplit(led_to(page)).query))
    return come_to(world, asked["redirect_uri"], asked["state"], who)


def come_to(world: World, way_back: str, state: str, who: str = "anna") -> TestResponse:
    return world.client(who).get(f"{way_back}?state={state}&code=canary-code")


def identities(world: World) -> list[Identity]:
    with world.kit.database.read() as db:
        return list(db.scalars(select(Identity).where(Identity.site_id == world.site.id)))


def test_a_press_opens_a_page_that_asks(world: World, server: ScriptedProvider) -> None:
    page = open_window(world, lang="it")
    assert page.status_code == 200
    assert "Accedi con Mastodon" in page.text
    assert 'lang="it"' in page.text
    assert 'for="commentkit-instance"' in page.text
    assert "<script" not in page.text
    assert "form-action 'self';" in page.headers["Content-Security-Policy"]
    assert server.calls == []


def test_the_window_goes_on_and_comes_back_signed_in(
    world: World, server: ScriptedProvider
) -> None:
    page = submit(world, open_window(world), server.url)
    address = led_to(page)
    assert address.startswith(f"{server.url}/oauth/authorize?")
    assert "127.0.0.1" in page.text.split("<h1>")[1].split("</h1>")[0]
    back = call_back(world, page)
    assert attribute(back, "data-origin") == BLOG
    assert attribute(back, "data-ticket")
    (identity,) = identities(world)
    assert (identity.issuer, identity.subject) == (server.url, "14715")
    assert identity.provider == "mastodon"


def test_the_same_id_at_another_server_is_somebody_else(
    world: World, server: ScriptedProvider
) -> None:
    with mastodon_server() as other:
        for each in (server, other):
            call_back(world, submit(world, open_window(world), each.url))
    assert {i.issuer for i in identities(world)} == {server.url, other.url}


def test_an_answer_is_redeemed_at_the_attempts_own_server(
    world: World, server: ScriptedProvider
) -> None:
    with mastodon_server() as evil:
        page = submit(world, open_window(world), server.url)
        submit(world, open_window(world, aid="b" * 22), evil.url)
        call_back(world, page)
        assert evil.at("/oauth/token") == []
        assert len(server.at("/oauth/token")) == 1


def test_no_server_is_handed_the_code_of_another(world: World, server: ScriptedProvider) -> None:
    """Whoever named a liar is sent on to their real server, which sends them back with its code."""

    def asked(at: ScriptedProvider) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(led_to(submit(world, open_window(world), at.url))).query))

    with mastodon_server() as liar:
        honest = asked(server)
        for way_back in (honest["redirect_uri"], f"{SERVER}/commentkit/callback/mastodon"):
            back = come_to(world, way_back, asked(liar)["state"])
            assert attribute(back, "data-code") == "provider_bad_answer"
        assert liar.at("/oauth/token") == []
        assert come_to(world, honest["redirect_uri"], honest["state"]).status_code == 200
    assert [identity.issuer for identity in identities(world)] == [server.url]


def test_nor_does_an_older_endpoint_of_a_web_address(world: World) -> None:
    def asked(at: ScriptedProvider) -> dict[str, str]:
        page = Reply(200, b"", {"Link": "</auth>; rel=authorization_endpoint"})
        at.say("/", page)
        at.say("/auth", json_reply({"me": f"{at.url}/"}))
        shown = submit(world, open_window(world, "indieauth"), at.url)
        return dict(parse_qsl(urlsplit(led_to(shown)).query))

    with scripted_provider() as liar, scripted_provider() as real:
        honest = asked(real)
        back = come_to(world, honest["redirect_uri"], asked(liar)["state"])
        assert attribute(back, "data-code") == "provider_bad_answer"
        assert liar.at("/auth") == []
        assert come_to(world, honest["redirect_uri"], honest["state"]).status_code == 200
    assert [identity.subject for identity in identities(world)] == [f"{real.url}/"]


def test_a_client_is_registered_once_and_sealed(world: World, server: ScriptedProvider) -> None:
    for _ in range(2):
        submit(world, open_window(world), server.url)
    assert len(server.at("/api/v1/apps")) == 1
    with world.kit.database.read() as db:
        (row,) = db.scalars(select(Registration).where(Registration.site_id == world.site.id))
    assert CLIENT_SECRET not in row.sealed_secret


def test_the_server_is_remembered_here_alone(world: World, server: ScriptedProvider) -> None:
    page = submit(world, open_window(world), server.url)
    (cookie,) = [c for c in page.headers.getlist("Set-Cookie") if "server-mastodon" in c]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert f'value="{server.url}"' in open_window(world).text
    assert server.url not in world.get(f"/sign-in/mastodon?{urlencode(START)}", who="luca").text


@pytest.mark.parametrize(
    ("provider", "told"), [("indieauth", True), ("bluesky", True), ("mastodon", False)]
)
def test_who_was_there_before_is_told_how_to_come_as_another(
    world: World, provider: str, told: bool
) -> None:
    """Mastodon alone can be asked for another account."""
    other = "log out there first"
    assert other not in open_window(world, provider).text
    world.client().set_cookie(f"commentkit-server-{provider}", "anna.example", domain="127.0.0.1")
    again = open_window(world, provider, switch="1")
    assert (other in again.text) == told
    assert ("commentkit-instance-other commentkit" in again.text) == told
    italian = open_window(world, provider, lang="it").text
    assert ("esci prima da lì" in italian) == told


@pytest.mark.parametrize(
    ("typed", "status", "code"),
    [
        ("", 400, "instance_invalid"),
        ("10.0.0.1", 400, "instance_invalid"),
        ('"><script>alert(1)</script>', 400, "instance_invalid"),
        ("localhost:1", 502, "instance_unusable"),
    ],
)
def test_what_leads_nowhere_is_asked_again(
    world: World, typed: str, status: int, code: str
) -> None:
    page = submit(world, open_window(world), typed)
    assert page.status_code == status
    assert 'aria-invalid="true"' in page.text
    assert "<script" not in page.text
    form = _Form(page.text)
    assert form.fields["instance"] == typed
    assert {k: form.fields[k] for k in START} == START
    with world.kit.database.read() as db:
        assert db.scalar(select(Attempt).where(Attempt.site_id == world.site.id)) is None


def test_the_page_that_asks_can_be_opened_by_itself(world: World, server: ScriptedProvider) -> None:
    refused = submit(world, open_window(world, switch="1", lang="it"), "no server")
    address = _Form(refused.text).action
    assert "no+server" not in address
    led = world.client().get(address)
    assert led.status_code == 303
    again = world.client().get(led.headers["Location"])
    assert "Il tuo server Mastodon" in again.text
    finished = call_back(world, submit(world, again, server.url))
    assert attribute(finished, "data-ticket")


def test_a_server_of_another_kind_is_said(world: World) -> None:
    with scripted_provider() as other:
        page = submit(world, open_window(world), other.url)
    assert page.status_code == 502
    assert "Nothing at this address" in page.text


def test_another_site_cannot_choose_the_server(world: World, server: ScriptedProvider) -> None:
    page = submit(
        world,
        open_window(world),
        server.url,
        Origin="https://evil.example",
        **{"Sec-Fetch-Site": "cross-site"},
    )
    assert page.status_code == 403
    world.get(f"/sign-in/mastodon?{urlencode(START | {'instance': server.url})}")
    assert server.calls == []


def test_what_cannot_begin_is_said_before_anything_is_asked(world: World) -> None:
    page = open_window(world, challenge="short")
    assert page.status_code == 400
    assert "commentkit-instance" not in page.text


def test_doors_are_not_knocked_at_without_end(tmp_path: Path, server: ScriptedProvider) -> None:
    limits = {"sign_in_server": "2/minute", "sign_in_start": "100/minute"}
    world = make(tmp_path, COMMENTKIT_LIMITS=limits)
    page = open_window(world)
    answers = [submit(world, page, "10.0.0.1").status_code for _ in range(3)]
    assert answers == [400, 400, 429]


def test_a_site_does_not_knock_without_end_either(tmp_path: Path) -> None:
    limits = {"sign_in_server_site": "2/minute"}
    world = make(tmp_path, COMMENTKIT_LIMITS=limits)
    page = open_window(world)
    assert [submit(world, page, "10.0.0.1").status_code for _ in range(3)] == [400, 400, 429]


def test_readers_threads_are_kept_from_strangers_servers(
    world: World, server: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "_WAIT_TO_BEGIN", 0)
    monkeypatch.setattr(flow, "_WAIT_TO_FINISH", 0)
    crowd = world.kit.services.crowd
    page = submit(world, open_window(world), server.url)
    asked = len(server.calls)
    with ExitStack() as held:
        for _ in range(MOST):
            held.enter_context(crowd.place(wait_seconds=0))
        crowded = submit(world, open_window(world, aid="b" * 22), server.url)
        assert attribute(crowded, "data-code") == "provider_unavailable"
        assert attribute(call_back(world, page), "data-code") == "provider_unavailable"
    assert len(server.calls) == asked
    assert call_back(world, submit(world, open_window(world), server.url)).status_code == 200


def test_a_strangers_picture_is_waited_for_in_the_same_turn(
    world: World, server: ScriptedProvider
) -> None:
    """It comes from wherever the server says, as slowly as it likes."""
    crowded: list[bool] = []
    crowd = world.kit.services.crowd

    def picture(_: Call) -> Reply:
        with ExitStack() as held:
            for _ in range(MOST - 1):
                held.enter_context(crowd.place(wait_seconds=0))
            try:
                held.enter_context(crowd.place(wait_seconds=0))
            except Crowded:
                crowded.append(True)
        return Reply(404, b"")

    server.answers["/anna.png"] = picture
    who = {**ACCOUNT, "avatar": f"{server.url}/anna.png"}
    server.say("/api/v1/accounts/verify_credentials", json_reply(who))
    assert call_back(world, submit(world, open_window(world), server.url)).status_code == 200
    assert crowded == [True]


def test_a_strangers_picture_tries_no_door_of_another_host(
    world: World, server: ScriptedProvider, caplog: pytest.LogCaptureFixture
) -> None:
    who = {**ACCOUNT, "avatar": "https://named.example:25/anna.png"}
    server.say("/api/v1/accounts/verify_credentials", json_reply(who))
    with caplog.at_level("INFO", "commentkit.pictures"):
        call_back(world, submit(world, open_window(world), server.url))
    assert "no picture: refused_address named.example" in caplog.messages


def test_without_javascript_the_text_waits(world: World, server: ScriptedProvider) -> None:
    form = {"url": PAGE_URL, "text": "Hello", "provider": "mastodon", "lang": "it"}
    asked = world.send("sign-in?switch=1", form)
    assert "Il tuo server Mastodon" in asked.text
    assert _Form(asked.text).fields["text"] == "Hello"
    again = submit(world, asked, "nowhere")
    assert again.status_code == 400
    page = submit(world, again, server.url)
    assert "force_login=true" in led_to(page)
    back = call_back(world, page)
    assert back.status_code == 303
    shown = world.client().get(back.headers["Location"].partition("#")[0])
    assert "Anna Bianchi" in shown.text
    assert ">\nHello</textarea>" in shown.text


def test_our_document_says_who_we_are(tmp_path: Path) -> None:
    world = make(tmp_path, COMMENTKIT_PUBLIC_URL="https://comments.example.org")
    url = "https://comments.example.org/commentkit/oauth/client-metadata.json"
    answer = world.client().get(url)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    said = json.loads(answer.text)
    base = "https://comments.example.org/commentkit"
    assert said == {
        "client_id": url,
        "client_name": "comments.example.org",
        "client_uri": base,
        "application_type": "web",
        "redirect_uris": [f"{base}/callback/bluesky", f"{base}/callback/indieauth"],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "scope": "atproto",
        "token_endpoint_auth_method": "none",
        "dpop_bound_access_tokens": True,
    }
    assert "Set-Cookie" not in answer.headers
