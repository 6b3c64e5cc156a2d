"""Impossible settings stop the app at start, with the key's name and what it accepts."""

import dataclasses
import sys
import warnings
from pathlib import Path

import pytest
from flask import Flask

from commentkit import CommentKit, SettingsError
from commentkit.people.tokens import Issued
from commentkit.people.viewer import Viewer
from commentkit.settings import Settings, is_origin, read_settings
from commentkit.signin.providers.google import Google
from commentkit.web.proofs import Proof

GOOD = {"SECRET_KEY": "k" * 16, "COMMENTKIT_PUBLIC_URL": "https://comments.example.org"}


ISSUED = Issued("hunter2", Viewer(site_id=1))


def start(folder: Path, **config: object) -> Settings:
    """Start an app with that config."""
    app = Flask("x", instance_path=str(folder))
    app.config.update(GOOD | config)
    CommentKit().init_app(app)
    settings: Settings = app.extensions["commentkit"].settings
    return settings


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("COMMENTKIT_PUBLIC_URL", "http://comments.example.org"),
        ("COMMENTKIT_PUBLIC_URL", "https://comments.example.org/a b"),
        ("COMMENTKIT_PUBLIC_URL", "https://comments.example.org/a?b"),
        ("COMMENTKIT_PUBLIC_URL", "https://comments.example.org/a/../b"),
        ("COMMENTKIT_PUBLIC_URL", "https://[half/a"),
        ("COMMENTKIT_PUBLIC_URL", "comments.example.org"),
        ("COMMENTKIT_PUBLIC_URL", ""),
        ("COMMENTKIT_PUBLIC_URL", 8000),
        ("COMMENTKIT_PUBLIC_URL", b"https://comments.example.org"),
        ("COMMENTKIT_SECRET_KEY", "short"),
        ("COMMENTKIT_SECRET_KEY", 1234567890123456),
        ("COMMENTKIT_DATABASE_URL", "nonsense"),
        ("COMMENTKIT_DATABASE_URL", "nosuch://host/name"),
        ("COMMENTKIT_DATABASE_URL", "sqlite+nosuch:///file"),
        ("COMMENTKIT_DATABASE_URL", "postgresql+nosuch://host/name"),
        ("COMMENTKIT_DATABASE_URL", 5),
        ("COMMENTKIT_REPLICA_URLS", "nonsense"),
        ("COMMENTKIT_REPLICA_URLS", "sqlite:///a nosuch://host/name"),
        ("COMMENTKIT_REPLICA_URLS", ["sqlite:///a"]),
        ("COMMENTKIT_POOL_SIZE", 0),
        ("COMMENTKIT_POOL_WAIT_SECONDS", 0),
        ("COMMENTKIT_CONNECT_SECONDS", 61),
        ("COMMENTKIT_LOCK_SECONDS", 0),
        ("COMMENTKIT_STATEMENT_SECONDS", "10"),
        ("COMMENTKIT_URL_PREFIX", "commentkit/"),
        ("COMMENTKIT_URL_PREFIX", "/commentkit/"),
        ("COMMENTKIT_URL_PREFIX", "/a/<x>"),
        ("COMMENTKIT_URL_PREFIX", "/a b?c"),
        ("COMMENTKIT_URL_PREFIX", "//a"),
        ("COMMENTKIT_URL_PREFIX", "/.."),
        ("COMMENTKIT_SITE", "No Such Site!"),
        ("COMMENTKIT_SITE", "static"),
        ("COMMENTKIT_SITE", ""),
        ("COMMENTKIT_LAYOUT", ["layout.html"]),
        ("COMMENTKIT_TRUSTED_HOPS", -1),
        ("COMMENTKIT_TRUSTED_HOPS", True),
        ("COMMENTKIT_TRUSTED_HOPS", "1"),
        ("COMMENTKIT_TICKET_SECONDS", 61),
        ("COMMENTKIT_TOKEN_SECONDS", 0),
        ("COMMENTKIT_TOKEN_IDLE_SECONDS", 200 * 86_400),
        ("COMMENTKIT_DELIVERY_THREAD", "yes"),
        ("COMMENTKIT_LIMITS_STORAGE", "memcached://x"),
        ("COMMENTKIT_LIMITS", "10/minute"),
        ("COMMENTKIT_LIMITS", {"post": 10}),
        ("COMMENTKIT_LIMITS", {"post": "often"}),
        ("COMMENTKIT_LIMITS", {"post": "0/minute"}),
        ("COMMENTKIT_LIMITS", {"no such action": "10/minute"}),
        ("COMMENTKIT_SMTP_URL", "mail.example.org"),
        ("COMMENTKIT_SMTP_URL", "smtp://mail.example.org:port"),
        ("COMMENTKIT_SMTP_URL", "smtp://mail.example.org:99999"),
        ("COMMENTKIT_SMTP_URL", "smtp://mail.example.org?tls=1"),
        ("COMMENTKIT_SMTP_URL", "smtp://mail.example.org?starttls=yes"),
        ("COMMENTKIT_SMTP_URL", 25),
    ],
)
def test_an_impossible_value_names_its_key(tmp_path: Path, key: str, value: object) -> None:
    with pytest.raises(SettingsError) as error:
        start(tmp_path, **{key: value})
    assert key in str(error.value)
    assert "accepts" in str(error.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("key", ["COMMENTKIT_DATABASE_URL", "COMMENTKIT_REPLICA_URLS"])
@pytest.mark.parametrize(
    ("url", "module", "told"),
    [
        (
            "postgresql+psycopg://a:hunter2@h/x",
            "psycopg",
            "run pip install 'commentkit[postgresql]'",
        ),
        ("mariadb+pymysql://a:hunter2@h/x", "pymysql", "run pip install 'commentkit[mariadb]'"),
        ("mysql+pymysql://a:hunter2@h/x", "pymysql", "run pip install 'commentkit[mariadb]'"),
        ("mariadb://a:hunter2@h/x", "MySQLdb", "write mariadb+pymysql://… and run pip install"),
    ],
)
def test_a_driver_that_is_missing_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, url: str, module: str, told: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SettingsError) as error:
        start(tmp_path, **{key: url})
    assert str(error.value).startswith(f"{key} needs the driver ")
    assert told in str(error.value)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("sender", ["", "Comments", "a@b@c", "A <a@b.c>\r\nBcc: x@y.z", 5])
def test_mail_needs_a_sender(tmp_path: Path, sender: object) -> None:
    mail = {"COMMENTKIT_SMTP_URL": "smtp://127.0.0.1:25", "COMMENTKIT_MAIL_FROM": sender}
    with pytest.raises(SettingsError, match=r"COMMENTKIT_MAIL_FROM .*accepts"):
        start(tmp_path, **mail)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("COMMENTKIT_SECRET_KEY", "hunter2"),
        ("COMMENTKIT_DATABASE_URL", "nosuch://app:hunter2@host/name"),
        ("COMMENTKIT_REPLICA_URLS", "nosuch://app:hunter2@host/name"),
        ("COMMENTKIT_SMTP_URL", "smtp://app:hunter2@host?tls=1"),
        ("COMMENTKIT_LIMITS_STORAGE", "memcached://app:hunter2@host"),
    ],
)
def test_no_secret_is_said_in_an_error(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        start(tmp_path, **{key: value})
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", ()),
        (" , ", ()),
        ("sqlite:///a", ("sqlite:///a",)),
        (
            "sqlite:///a, sqlite:///b sqlite:///c,sqlite:///d\n",
            tuple(f"sqlite:///{c}" for c in "abcd"),
        ),
        (
            "postgresql+psycopg:///x?host=a:1,b:2,postgresql+psycopg://c/x",
            ("postgresql+psycopg:///x?host=a:1,b:2", "postgresql+psycopg://c/x"),
        ),
    ],
)
def test_replicas_stand_in_a_row(written: str, read: tuple[str, ...]) -> None:
    assert read_settings({**GOOD, "COMMENTKIT_REPLICA_URLS": written}).replicas == read


@pytest.mark.parametrize("secret", ["k" * 16, b"k" * 16, b"\xff" * 16])
def test_a_secret_may_be_bytes_as_flasks_may(tmp_path: Path, secret: str | bytes) -> None:
    assert len(start(tmp_path, SECRET_KEY=secret).secret_key) >= 16


def test_an_idle_sign_in_ends_with_the_sign_in_at_the_latest() -> None:
    settings = read_settings({**GOOD, "COMMENTKIT_TOKEN_SECONDS": 3600})
    assert settings.token_idle_seconds == 3600


@pytest.mark.parametrize(
    ("public_url", "prefix", "base_url", "origin"),
    [
        ("https://a.example/", "/c", "https://a.example/c", "https://a.example"),
        ("https://a.example/app", "/c", "https://a.example/app/c", "https://a.example"),
        ("https://a.example/app/", "", "https://a.example/app", "https://a.example"),
        ("http://[::1]:80/x", "", None, None),
        ("http://[::1]:8000/x", "", "http://[::1]:8000/x", "http://[::1]:8000"),
    ],
)
def test_an_address_may_have_a_path(
    public_url: str, prefix: str, base_url: str | None, origin: str | None
) -> None:
    config = {**GOOD, "COMMENTKIT_PUBLIC_URL": public_url, "COMMENTKIT_URL_PREFIX": prefix}
    if base_url is None:
        with pytest.raises(SettingsError):
            read_settings(config)
        return
    settings = read_settings(config)
    assert (settings.base_url, settings.origin) == (base_url, origin)


def test_no_secret_is_in_any_repr(tmp_path: Path) -> None:
    app = Flask("x", instance_path=str(tmp_path))
    app.config.update(
        GOOD,
        SECRET_KEY="hunter2-the-signing-key",
        COMMENTKIT_DATABASE_URL=f"sqlite:///{tmp_path}/hunter2.sqlite3",
        COMMENTKIT_SMTP_URL="smtp://app:hunter2@127.0.0.1:25",
        COMMENTKIT_MAIL_FROM="a@example.org",
        COMMENTKIT_LIMITS_STORAGE="redis://:hunter2@127.0.0.1:1/0",
        COMMENTKIT_GOOGLE_CLIENT_ID="id",
        COMMENTKIT_GOOGLE_CLIENT_SECRET="hunter2",
    )
    CommentKit(providers=["google"]).init_app(app)
    kit = app.extensions["commentkit"]
    assert "COMMENTKIT" not in repr(kit)
    shown = [repr(getattr(kit, field.name)) for field in dataclasses.fields(kit)]
    for text in (repr(kit), *shown, repr(Proof("hunter2", "bearer")), repr(ISSUED)):
        assert "hunter2" not in text


@pytest.mark.parametrize("providers", [["google"], []])
@pytest.mark.parametrize(
    ("near", "meant"),
    [
        ("COMMENTKIT_PUBLC_URL", "COMMENTKIT_PUBLIC_URL"),
        ("COMMENTKIT_TRUSTED_HOP", "COMMENTKIT_TRUSTED_HOPS"),
        ("COMMENTKIT_GOOGLE_CLIENTID", "COMMENTKIT_GOOGLE_CLIENT_ID"),
    ],
)
def test_a_near_miss_stops_the_app(near: str, meant: str, providers: list[str]) -> None:
    app = Flask("x")
    app.config.update(GOOD, **{near: "1"})
    with pytest.raises(SettingsError, match=f"Did you mean {meant}"):
        CommentKit(providers=providers).init_app(app)


def test_credentials_of_a_provider_that_is_not_offered_warn(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="COMMENTKIT_GOOGLE_CLIENT_ID"):
        start(tmp_path, COMMENTKIT_GOOGLE_CLIENT_ID="id")


def test_credentials_are_texts(tmp_path: Path) -> None:
    app = Flask("x", instance_path=str(tmp_path))
    app.config.update(
        GOOD, COMMENTKIT_FACEBOOK_CLIENT_ID=1002003, COMMENTKIT_FACEBOOK_CLIENT_SECRET="s"
    )
    with pytest.raises(SettingsError, match="COMMENTKIT_FACEBOOK_CLIENT_ID"):
        CommentKit(providers=["facebook"]).init_app(app)


def test_another_unknown_key_warns() -> None:
    with pytest.warns(UserWarning, match="COMMENTKIT_FOO"):
        read_settings({**GOOD, "COMMENTKIT_FOO": 1})


def test_keys_of_others_are_none_of_our_business() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_settings({**GOOD, "SQLALCHEMY_ECHO": True}).secure


def test_half_credentials_stop_the_app(tmp_path) -> None:  # type: ignore[no-untyped-def]
    app = Flask("x", instance_path=str(tmp_path))
    app.config.update(GOOD, COMMENTKIT_GOOGLE_CLIENT_ID="id")
    with pytest.raises(SettingsError, match="COMMENTKIT_GOOGLE_CLIENT_SECRET is missing"):
        CommentKit(providers=[Google()]).init_app(app)


def test_settings_are_frozen() -> None:
    settings = read_settings(GOOD)
    with pytest.raises(AttributeError):
        settings.public_url = "x"  # type: ignore[misc]
    assert isinstance(settings, Settings)


@pytest.mark.parametrize(
    ("origin", "good"),
    [
        ("https://example.org", True),
        ("https://example.org:8443", True),
        ("http://localhost:8001", True),
        ("http://id.localhost:8002", True),
        ("http://[::1]:8000", True),
        ("http://127.0.0.2:8000", True),
        ("https://example.org:443", False),
        ("https://Example.org", False),
        ("https://example.org/", False),
        ("https://user@example.org", False),
        ("https://example.org?x", False),
        ("http://example.org", False),
        ("http://localhost.evil.example", False),
        ("http://evil-localhost", False),
        ("null", False),
        ("", False),
    ],
)
def test_what_is_an_origin(origin: str, good: bool) -> None:
    assert is_origin(origin) is good
