"""Steam's OpenID 2.0 against a scripted Steam, over real sockets: what it says, and every lie."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from database_support import Databases
from world import World, make_world

from commentkit.signin.http import HttpClient
from commentkit.signin.metadata import MetadataCache
from commentkit.signin.profiles import settle
from commentkit.signin.provider import ProblemKind, Profile, ProviderError, RoundTrip
from commentkit.signin.providers.steam import Steam
from commentkit.testing.lies import FAULTS
from commentkit.testing.rehearsal import NOW
from commentkit.testing.scripted_provider import (
    Reply,
    ScriptedProvider,
    json_reply,
    scripted_provider,
)

pytestmark = pytest.mark.provider_contract

ID = "76561197960287930"
NS = "http://specs.openid.net/auth/2.0"
KEY = "canary-web-api-key"
REDIRECT = "https://comments.example/commentkit/callback/steam"
PLAYER = {
    "steamid": ID,
    "personaname": "Rabscuttle",
    "realname": "Nobody's business",
    "profileurl": "https://steamcommunity.com/id/rabscuttle/",
    "avatarfull": "https://avatars.steamstatic.com/abc_full.jpg",
}
SIGNED = "op_endpoint,claimed_id,identity,return_to,response_nonce,assoc_handle"
PROFILE, LOGIN = "/ISteamUser/GetPlayerSummaries/v0002/", "/openid/login"
VALID = Reply(200, f"ns:{NS}\nis_valid:true\n".encode())


@dataclass
class Play:
    """One attempt with Steam."""

    world: World
    peer: ScriptedProvider
    steam: Steam
    state: str = "state-of-ours"

    @property
    def trip(self) -> RoundTrip:
        return RoundTrip(
            http=HttpClient(loopback=True, timeout_seconds=0.15, total_seconds=5.0),
            metadata=MetadataCache(),
            redirect_uri=REDIRECT,
            state=self.state,
            nonce="n" * 43,
            code_verifier="v" * 43,
            now=NOW,
            site_id=self.world.site.id,
            database=self.world.kit.database,
        )

    def answer(self, **changes: str | None) -> dict[str, str]:
        """Give what Steam appends to the return address."""
        identity = f"{self.peer.url}/openid/id/{ID}"
        said: dict[str, str | None] = {
            "ns": NS,
            "mode": "id_res",
            "op_endpoint": f"{self.peer.url}{LOGIN}",
            "claimed_id": identity,
            "identity": identity,
            "return_to": f"{REDIRECT}?state={self.state}",
            "response_nonce": f"{NOW:%Y-%m-%dT%H:%M:%SZ}abc/+=",
            "assoc_handle": "1234567890",
            "signed": f"signed,{SIGNED}",
            "sig": "c2lnbmF0dXJl",
        } | changes
        sent = {f"openid.{name}": value for name, value in said.items() if value is not None}
        return {"state": self.state, **sent}

    def finish(self, params: dict[str, str] | None = None) -> Profile:
        return self.steam.finish(self.trip, params=params or self.answer(), secret=None)

    def refused(self, kind: ProblemKind, params: dict[str, str] | None = None) -> None:
        with pytest.raises(ProviderError) as caught:
            self.finish(params)
        assert caught.value.kind == kind, str(caught.value)
        assert KEY not in str(caught.value)


@pytest.fixture
def play(tmp_path: Path, databases: Databases) -> Iterator[Play]:
    with scripted_provider() as peer:
        peer.say(LOGIN, VALID)
        peer.say(PROFILE, json_reply({"response": {"players": [PLAYER]}}))
        steam = Steam(community_base=peer.url, api_base=peer.url)
        yield Play(make_world(tmp_path), peer, steam.with_credentials("", KEY))


def test_it_asks_steam_who_is_there(play: Play) -> None:
    begun = play.steam.begin(play.trip, switch=True, language="it")
    assert begun.url.startswith(f"{play.peer.url}{LOGIN}?")
    assert dict(parse_qsl(urlsplit(begun.url).query)) == {
        "openid.ns": NS,
        "openid.mode": "checkid_setup",
        "openid.claimed_id": f"{NS}/identifier_select",
        "openid.identity": f"{NS}/identifier_select",
        "openid.return_to": f"{REDIRECT}?state={play.state}",
        "openid.realm": "https://comments.example/",
    }
    assert begun.state == play.state == play.steam.state_of(play.answer())
    assert play.steam.state_of({}) is None


def test_an_assertion_becomes_a_profile(play: Play) -> None:
    assert play.finish() == Profile(
        subject=ID,
        name="Rabscuttle",
        profile_url="https://steamcommunity.com/id/rabscuttle/",
        picture_url="https://avatars.steamstatic.com/abc_full.jpg",
    )
    (asked,) = play.peer.at(LOGIN)
    answer = {name: value for name, value in play.answer().items() if name != "state"}
    assert asked.form == {**answer, "openid.mode": "check_authentication"}
    assert asked.headers["referer"] == f"{play.peer.url}/"


def test_without_a_key_a_person_is_a_number(play: Play) -> None:
    play.steam = Steam(community_base=play.peer.url, api_base=play.peer.url)
    assert play.steam.configured
    assert play.finish() == Profile(subject=ID, name=ID)
    assert play.peer.at(PROFILE) == []


@pytest.mark.parametrize(
    "players", [[], None, [None], [{**PLAYER, "steamid": "76561197960287931"}], [{"steamid": ID}]]
)
def test_a_profile_that_is_not_there_leaves_the_number(play: Play, players: Any) -> None:
    play.peer.say(PROFILE, json_reply({"response": {"players": players}}))
    assert play.finish() == Profile(subject=ID, name=ID)


OTHER_ID = "https://steamcommunity.example/openid/id/76561197960287930"
LIES: dict[str, Callable[[Play], dict[str, str]]] = {
    "no mode": lambda p: p.answer(mode=None),
    "an error": lambda p: p.answer(mode="error"),
    "setup needed": lambda p: p.answer(mode="setup_needed"),
    "no namespace": lambda p: p.answer(ns=None),
    "OpenID 1.1": lambda p: p.answer(ns="http://openid.net/signon/1.1"),
    "another server": lambda p: p.answer(op_endpoint="https://evil.example/openid/login"),
    "another return address": lambda p: p.answer(return_to="https://evil.example/"),
    "another attempt": lambda p: p.answer(return_to=f"{REDIRECT}?state=another"),
    "more in the return address": lambda p: p.answer(
        return_to=f"{REDIRECT}?state={p.state}&next=/"
    ),
    "no return address": lambda p: p.answer(return_to=None),
    "nothing signed": lambda p: p.answer(signed=""),
    "no list of what is signed": lambda p: p.answer(signed=None),
    "claimed id unsigned": lambda p: p.answer(
        signed="op_endpoint,identity,return_to,response_nonce,assoc_handle"
    ),
    "signed but absent": lambda p: p.answer(assoc_handle=None),
    "another identity": lambda p: p.answer(identity=f"{p.peer.url}/openid/id/76561197960287931"),
    "no number": lambda p: _claiming(p, "/openid/id/admin"),
    "a short number": lambda p: _claiming(p, "/openid/id/123"),
    "a longer number": lambda p: _claiming(p, f"/openid/id/{ID}0"),
    "more after it": lambda p: _claiming(p, f"/openid/id/{ID}/evil"),
    "a line after it": lambda p: _claiming(p, f"/openid/id/{ID}\n"),
    "more before it": lambda p: _claiming(p, f"/evil/openid/id/{ID}"),
    "digits of another script": lambda p: _claiming(p, "/openid/id/" + "\u0667" * 17),
    "another host": lambda p: p.answer(claimed_id=OTHER_ID, identity=OTHER_ID),
    "no host": lambda p: p.answer(claimed_id=f"/openid/id/{ID}", identity=f"/openid/id/{ID}"),
    "an old nonce": lambda p: p.answer(response_nonce=_nonce(-301)),
    "a nonce to come": lambda p: p.answer(response_nonce=_nonce(301)),
    "no time in the nonce": lambda p: p.answer(response_nonce="abc"),
    "no day": lambda p: p.answer(response_nonce="2026-02-31T00:00:00Zabc"),
    "an endless nonce": lambda p: p.answer(response_nonce=_nonce(0) + "x" * 300),
}


def _claiming(play: Play, path: str) -> dict[str, str]:
    return play.answer(claimed_id=play.peer.url + path, identity=play.peer.url + path)


def _nonce(seconds: int) -> str:
    return f"{NOW + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}abc"


def test_every_lie_is_refused_before_steam_is_asked(play: Play) -> None:
    for name, lie in LIES.items():
        with pytest.raises(ProviderError) as caught:
            play.finish(lie(play))
        assert caught.value.kind == "bad_answer", name
    assert play.peer.at(LOGIN) == []
    assert play.finish().subject == ID


def test_cancelling_is_understood(play: Play) -> None:
    play.refused("cancelled", {"state": play.state, "openid.ns": NS, "openid.mode": "cancel"})


def test_an_answer_counts_once(play: Play) -> None:
    play.finish()
    play.refused("bad_answer")
    play.finish(play.answer(response_nonce=_nonce(1)))


def test_where_nothing_is_remembered_nothing_counts(play: Play) -> None:
    forgetful = replace(play.trip, database=None)
    with pytest.raises(ProviderError, match="used before"):
        play.steam.finish(forgetful, params=play.answer(), secret=None)


@pytest.mark.parametrize(
    "body",
    [
        "is_valid:false\n",
        "",
        "is_valid:true2\n",
        "x:is_valid:true\n",
        "is_valid: true\n",
        "<p>is_valid:true</p>",
        '{"is_valid":true}',
    ],
)
def test_only_a_plain_yes_is_one(play: Play, body: str) -> None:
    play.peer.say(LOGIN, Reply(200, f"ns:{NS}\n{body}".encode()))
    play.refused("bad_answer")


def test_a_name_that_spells_a_yes_is_none(play: Play) -> None:
    """What was sent comes back in no line of the answer's, but nobody should rely on that."""
    play.peer.say(LOGIN, Reply(403, VALID.body))
    play.refused("bad_answer")


def test_faults_are_named(play: Play) -> None:
    for path in (LOGIN, PROFILE):
        usual = play.peer.answers[path]
        for number, (reply, kind) in enumerate(sorted(FAULTS.values(), key=lambda f: f[1])):
            play.peer.say(path, reply)
            play.refused(kind, play.answer(response_nonce=f"{_nonce(0)}{path}{number}"))
        play.peer.answers[path] = usual


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_our_own_fault(play: Play, status: int) -> None:
    play.peer.say(PROFILE, Reply(status, b"<html>Forbidden</html>"))
    play.refused("misconfigured")


def test_what_is_mapped_is_cleaned() -> None:
    steam = Steam()
    wrong = {
        **PLAYER,
        "personaname": "\u202eevil",
        "profileurl": "javascript:alert(1)",
        "avatarfull": "https://127.0.0.1/a.png",
    }
    got = settle(steam, steam.profile(wrong), loopback=False)
    assert (got.profile_url, got.picture_url, got.email) == (None, None, None)
    assert "\u202e" not in got.name
    for junk in (None, True, [], {}, "", "x" * 300):
        with pytest.raises(ProviderError):
            settle(steam, steam.profile({"steamid": junk}), loopback=False)


def test_its_key_is_not_shown(play: Play) -> None:
    assert KEY not in repr(play.steam)


def test_it_is_offered_by_name_with_a_key_or_without(tmp_path: Path, databases: Databases) -> None:
    bare = make_world(tmp_path, PROVIDERS=["steam"])
    assert list(bare.kit.providers) == ["steam"]
    keyed = make_world(
        tmp_path / "keyed", PROVIDERS=["steam"], COMMENTKIT_STEAM_CLIENT_SECRET="canary"
    )
    assert keyed.kit.providers["steam"].client_secret == "canary"
