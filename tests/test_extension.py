"""What `init_app` does to an app, and what it leaves alone."""

from importlib.metadata import EntryPoints, entry_points
from pathlib import Path

import pytest
from flask import Blueprint, Flask, render_template_string

from commentkit import CommentKit, SettingsError
from commentkit.signin import registry
from commentkit.signin.providers.google import Google
from commentkit.signin.providers.oidc import OpenIDConnect
from commentkit.signin.providers.x import X
from commentkit.signin.providers.x_oauth1 import XOAuth1
from commentkit.web.kit import Kit

URL = "https://comments.example.org"


def host(folder: Path, **more: object) -> Flask:
    app = Flask("host", instance_path=str(folder))
    app.config.update({"SECRET_KEY": "k" * 16, "COMMENTKIT_PUBLIC_URL": URL, **more})
    return app


def kit_of(app: Flask) -> Kit:
    kit = app.extensions["commentkit"]
    assert isinstance(kit, Kit)
    return kit


def test_the_hosts_jinja_environment_is_still_to_be_made(tmp_path: Path) -> None:
    app = host(tmp_path)
    CommentKit().init_app(app)
    app.jinja_options = {"variable_start_string": "[[", "variable_end_string": "]]"}
    with app.test_request_context():
        assert render_template_string("[[ commentkit.default_site ]]") == "main"


def test_after_a_clash_nothing_half_wired_is_kept(tmp_path: Path) -> None:
    app = host(tmp_path)
    app.register_blueprint(Blueprint("commentkit", "elsewhere"))
    with pytest.raises(ValueError, match="commentkit"):
        CommentKit().init_app(app)
    assert "commentkit" not in app.extensions
    assert "commentkit" not in app.cli.commands


def test_twice_is_once_too_often(tmp_path: Path) -> None:
    app = host(tmp_path)
    CommentKit(app)
    with pytest.raises(RuntimeError, match="already"):
        CommentKit(app)


def test_providers_may_be_named(tmp_path: Path) -> None:
    app = host(tmp_path, COMMENTKIT_GOOGLE_CLIENT_ID="id", COMMENTKIT_GOOGLE_CLIENT_SECRET="secret")
    CommentKit(providers=["google", X(), "wordpress-legacy"]).init_app(app)
    assert list(kit_of(app).providers) == ["google"]
    assert [provider.name for provider in kit_of(app).left_out] == ["x", "wordpress"]


@pytest.mark.parametrize(
    ("providers", "config", "times"),
    [
        ([Google()], {}, 0),
        (["google", "x", "facebook"], {}, 1),
        (["google"], {"COMMENTKIT_SLACK_CLIENT_ID": "of another app"}, 1),
    ],
)
@pytest.mark.filterwarnings("ignore:COMMENTKIT_SLACK_CLIENT_ID")
def test_what_is_installed_is_read_at_most_once(
    providers: list[object],
    config: dict[str, str],
    times: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads: list[str] = []

    def reading(**asked: str) -> EntryPoints:
        reads.append(asked["group"])
        return entry_points(**asked)

    monkeypatch.setattr(registry, "entry_points", reading)
    CommentKit(providers=providers).init_app(host(tmp_path, **config))  # type: ignore[arg-type]
    assert reads == ["commentkit.providers"] * times


def test_naming_a_provider_asks_nothing_of_an_app_yet() -> None:
    CommentKit(providers=["nobody"])


@pytest.mark.parametrize(
    ("providers", "told"),
    [
        (["nobody"], "there are: .*google"),
        (["oidc"], "COMMENTKIT_OIDC_ISSUER is missing"),
        ([X(), XOAuth1()], "'x'.*accepts"),
        ([Google(), "google"], "'google'.*accepts"),
    ],
)
def test_impossible_providers_stop_the_app(
    tmp_path: Path, providers: list[object], told: str
) -> None:
    with pytest.raises(SettingsError, match=told):
        CommentKit(providers=providers).init_app(host(tmp_path))  # type: ignore[arg-type]


def test_a_generic_issuer_has_keys_of_its_own_name(tmp_path: Path) -> None:
    app = host(tmp_path, COMMENTKIT_OUR_HOUSE_CLIENT_ID="id")
    house = OpenIDConnect(name="our-house", label="Our house", issuer="https://id.example.org")
    CommentKit(providers=[house]).init_app(app)
    assert list(kit_of(app).providers) == ["our-house"]


def test_without_mail_somebody_still_tidies_up(tmp_path: Path) -> None:
    app = host(tmp_path)
    CommentKit().init_app(app)
    assert kit_of(app).handlers == {}
    assert kit_of(app).worker is not None
    quiet = host(tmp_path, COMMENTKIT_DELIVERY_THREAD=False)
    CommentKit().init_app(quiet)
    assert kit_of(quiet).worker is None


def test_other_servers_are_told_whose_client_it_is(tmp_path: Path) -> None:
    app = host(tmp_path)
    CommentKit().init_app(app)
    kit = kit_of(app)
    assert kit.services.http.user_agent == f"commentkit (+{kit.settings.public_url})"
