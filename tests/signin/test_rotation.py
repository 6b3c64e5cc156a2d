"""Secrets, keys and documents that change under a running server: nobody is refused for it."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from commentkit import CommentKit
from commentkit.settings import SettingsError
from commentkit.signin.provider import Provider
from commentkit.signin.providers.facebook import Facebook
from commentkit.signin.providers.oidc import OpenIDConnect
from commentkit.signin.providers.x_oauth1 import XOAuth1
from commentkit.signin.secret_file import SecretFile
from commentkit.testing.lies import LIES, signing_key
from commentkit.testing.rehearsal import ACCESS_TOKEN, CLIENT_ID, Rehearsal
from commentkit.testing.scripted_provider import Reply, json_reply, scripted_provider

DISCOVERY = "/.well-known/openid-configuration"
ANNA = {"sub": "1", "name": "Anna Bianchi"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("canary-first\n")
    return path


@pytest.fixture
def play() -> Iterator[Rehearsal]:
    with scripted_provider() as peer:
        issuer = OpenIDConnect(name="works", label="Works", issuer=peer.url)
        yield Rehearsal(issuer.with_credentials(CLIENT_ID, "canary-first"), peer, ANNA)


def later(play: Rehearsal, monkeypatch: pytest.MonkeyPatch, *, minutes: int) -> None:
    """Move the clocks on both sides."""
    play.trip = replace(play.trip, now=play.trip.now + timedelta(minutes=minutes))
    at = int(play.trip.now.timestamp())
    monkeypatch.setitem(LIES, "later", lambda claims: claims.update(iat=at, exp=at + 60))
    play.lie = "later"


# Secrets


def test_a_file_is_read_at_each_use(file: Path) -> None:
    secret = SecretFile(str(file))
    assert secret() == "canary-first"
    file.write_text("canary-second")
    assert secret() == "canary-second"


@pytest.mark.parametrize("spoilt", [None, b"", b" \n", b"\xff\xfe"])
def test_a_file_that_is_being_replaced_changes_nothing(
    file: Path, spoilt: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    secret = SecretFile(str(file))
    assert secret() == "canary-first"
    file.unlink() if spoilt is None else file.write_bytes(spoilt)
    assert secret() == "canary-first"
    assert str(file) in caplog.text
    assert "canary" not in caplog.text
    file.write_text("canary-second")
    assert secret() == "canary-second"


def test_a_new_secret_is_used_without_a_restart(play: Rehearsal, file: Path) -> None:
    play.provider = play.provider.with_secret_from(SecretFile(str(file)))
    play.sign_in()
    file.write_text("canary-second")
    play.sign_in()
    used = [call.form["client_secret"] for call in play.peer.at("/token")]
    assert used == ["canary-first", "canary-second"]
    assert "canary" not in repr(play.provider)


def test_what_else_is_made_of_it_changes_too(file: Path) -> None:
    """Facebook wants a proof with every call; OAuth 1.0a signs each."""
    with scripted_provider() as peer:
        facebook = Facebook(www_base=peer.url, graph_base=peer.url)
        facebook = facebook.with_credentials(CLIENT_ID, "").with_secret_from(SecretFile(str(file)))
        play = Rehearsal(facebook, peer, {"id": "1"})
        for secret in (b"canary-first", b"canary-second"):
            file.write_bytes(secret)
            play.sign_in()
            proof = hmac.digest(secret, ACCESS_TOKEN.encode(), "sha256").hex()
            assert peer.calls[-1].query["appsecret_proof"] == proof
    with scripted_provider() as peer:
        x = XOAuth1(authorize_base=peer.url, api_base=peer.url).with_credentials(CLIENT_ID, "")
        asked: list[str] = []

        def secret_of_x() -> str:
            asked.append("canary")
            return "canary"

        Rehearsal(x.with_secret_from(secret_of_x), peer, {"id_str": "1"}).sign_in()
        assert len(asked) == 1 + len(peer.calls)


def app_with(tmp_path: Path, **config: object) -> Flask:
    app = Flask("rotation", instance_path=str(tmp_path))
    app.config.update(
        COMMENTKIT_PUBLIC_URL="https://comments.example",
        COMMENTKIT_SECRET_KEY="k" * 32,
        COMMENTKIT_GOOGLE_CLIENT_ID="id",
        **config,
    )
    CommentKit(app, providers=["google"])
    return app


def google_of(app: Flask) -> Provider:
    found: Provider = app.extensions["commentkit"].providers["google"]
    return found


def test_a_setting_names_the_file(tmp_path: Path, file: Path) -> None:
    google = google_of(app_with(tmp_path, COMMENTKIT_GOOGLE_CLIENT_SECRET_FILE=str(file)))
    assert google.current_secret() == "canary-first"
    file.write_text("canary-second")
    assert google.current_secret() == "canary-second"


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"FILE": "/nowhere/secret"}, "CLIENT_SECRET_FILE cannot be used: it accepts the path"),
        ({"FILE": 7}, "CLIENT_SECRET_FILE cannot be used: it accepts a text"),
        ({"FILE": "/nowhere", "SECRET": "canary"}, "are both set: keep one of them"),
    ],
)
def test_a_file_that_cannot_be_is_said_at_the_start(
    tmp_path: Path, config: dict[str, object], told: str
) -> None:
    keys = {
        "FILE": "COMMENTKIT_GOOGLE_CLIENT_SECRET_FILE",
        "SECRET": "COMMENTKIT_GOOGLE_CLIENT_SECRET",
    }
    with pytest.raises(SettingsError, match=told) as caught:
        app_with(tmp_path, **{keys[name]: value for name, value in config.items()})
    assert "canary" not in str(caught.value)


# Keys and documents


def test_a_new_key_signs_people_in_at_once(play: Rehearsal) -> None:
    play.sign_in()
    both = [signing_key(kid).as_dict(private=False) for kid in ("one", "two")]
    play.peer.say("/jwks", json_reply({"keys": both}))
    play.lie = "unknown key"  # which is not unknown any more
    play.sign_in()
    assert len(play.peer.at("/jwks")) == 2


def test_a_key_set_that_moved_is_found(play: Rehearsal) -> None:
    play.sign_in()
    two = [signing_key("two").as_dict(private=False)]
    play.peer.say("/moved", json_reply({"keys": two}))
    document = {**play._metadata(), "jwks_uri": f"{play.peer.url}/moved"}
    play.peer.say(DISCOVERY, json_reply(document))
    play.lie = "unknown key"
    play.sign_in()
    assert len(play.peer.at("/moved")) == 1
    assert len(play.peer.at(DISCOVERY)) == 2


def test_keys_and_documents_that_are_away_for_a_while(
    play: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are read again before they have to be, so that an outage refuses nobody."""
    play.sign_in()
    play.peer.say(DISCOVERY, Reply(500, b""))
    later(play, monkeypatch, minutes=61)
    play.sign_in()
    play.peer.say("/jwks", Reply(500, b""))
    later(play, monkeypatch, minutes=31)
    play.sign_in()
    assert len(play.peer.at(DISCOVERY)) == 3
    assert len(play.peer.at("/jwks")) == 3


def test_a_document_that_names_itself_for_its_keys_holds_none(play: Rehearsal) -> None:
    document = {**play._metadata(), "jwks_uri": f"{play.peer.url}{DISCOVERY}"}
    play.peer.say(DISCOVERY, json_reply(document))
    play.refused_anywhere("bad_answer")


def test_what_a_sign_in_is_called_there_is_believed_where_it_is_signed(play: Rehearsal) -> None:
    """By another's name, a logout of theirs would end it, and none of its own person's."""
    play.peer.notes["signed"] = '{"sid": "own"}'
    told = {**ANNA, "sid": "somebody else's"}
    assert play.sign_in(told).session_id == "own"
    play.peer.notes["signed"] = "{}"
    assert play.sign_in(told).session_id is None
