"""The doctor, over real host apps that have each defect."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from flask import Flask, Response, abort, jsonify, redirect, request, session
from sqlalchemy import create_engine
from tools.cluster.ports import free_port

from commentkit import CommentKit, include_name, sites
from commentkit.doctor import Finding, examine
from commentkit.migrations import upgrade
from commentkit.rules import SiteRules
from commentkit.serve import app_from
from commentkit.signin.providers.google import Google
from commentkit.signin.providers.oidc import OpenIDConnect
from commentkit.testing.scripted_provider import Reply, json_reply, scripted_provider
from commentkit.web.kit import Kit

SECRET = "0123456789abcdefghijklmnopqrstuvwxyz"
URL = "https://comments.example.org"

Prepare = Callable[[Flask], None]


def nothing(_app: Flask) -> None:
    """Leave the host as it is."""


def host(
    folder: Path, *, before: Prepare = nothing, migrated: bool = True, **more: object
) -> Flask:
    """Make a host app; `before` is what it does of its own."""
    app = Flask("host", instance_path=str(folder), root_path=str(folder))
    app.config.update(
        {"SECRET_KEY": SECRET, "COMMENTKIT_PUBLIC_URL": URL, **more},
    )
    before(app)
    CommentKit(providers=[Google()]).init_app(app)
    if migrated:
        kit = kit_of(app)
        upgrade(kit.database.engine)
        with kit.database.begin() as db:
            sites.add(
                db,
                name="blog",
                title="Blog",
                language="en",
                origins=["https://blog.example.org"],
                rules=SiteRules(),
                now=datetime.now(UTC),
            )
    return app


def kit_of(app: Flask) -> Kit:
    kit = app.extensions["commentkit"]
    assert isinstance(kit, Kit)
    return kit


def findings(app: Flask, check: str, *, offline: bool = True) -> list[Finding]:
    found = examine(app, kit_of(app), offline=offline)
    return [finding for finding in found if finding.check == check]


def only(app: Flask, check: str, level: str, *, offline: bool = True) -> Finding:
    """Expect exactly one finding of a check, with advice unless all is well."""
    (finding,) = findings(app, check, offline=offline)
    assert finding.level == level, finding
    assert (finding.do == "") == (level == "ok"), finding
    return finding


def test_a_healthy_host_has_nothing_to_mend(tmp_path: Path):
    app = host(
        tmp_path,
        COMMENTKIT_SMTP_URL=f"folder://{tmp_path}/mail",
        COMMENTKIT_MAIL_FROM="c@example.org",
        COMMENTKIT_GOOGLE_CLIENT_ID="id",
        COMMENTKIT_GOOGLE_CLIENT_SECRET="secret",
    )
    found = examine(app, kit_of(app), offline=True)
    assert [finding for finding in found if finding.level != "ok"] == []
    assert len(found) > 10


def test_looking_starts_nothing(tmp_path: Path):
    """A delivery that the command's end cut short would be made twice."""
    app = host(tmp_path)
    examine(app, kit_of(app), offline=True)
    worker = kit_of(app).worker
    assert worker is not None
    assert not worker.running
    app.test_client().get("/commentkit/health", base_url=URL)
    assert worker.running
    worker.stop()


def test_says_which_callback_to_register(tmp_path: Path):
    app = host(tmp_path, COMMENTKIT_GOOGLE_CLIENT_ID="id", COMMENTKIT_GOOGLE_CLIENT_SECRET="secret")
    assert f"{URL}/commentkit/callback/google" in only(app, "providers", "ok").said


def test_a_provider_without_credentials(tmp_path: Path):
    finding = findings(host(tmp_path), "providers")[-1]
    assert finding.level == "warn"
    assert "COMMENTKIT_GOOGLE_CLIENT_ID" in finding.do
    assert f"{URL}/commentkit/callback/google" in finding.do


def test_a_provider_on_this_machine(tmp_path: Path):
    app = Flask("host", instance_path=str(tmp_path), root_path=str(tmp_path))
    app.config.update(SECRET_KEY=SECRET, COMMENTKIT_PUBLIC_URL=URL)
    local = Google(issuer="http://id.localhost:8002/google", client_id="i", client_secret="s")
    CommentKit(providers=[local]).init_app(app)
    assert "not asked" in only(app, "providers", "fail").said


def test_a_provider_whose_servers_people_name(tmp_path: Path):
    app = Flask("host", instance_path=str(tmp_path), root_path=str(tmp_path))
    app.config.update(SECRET_KEY=SECRET, COMMENTKIT_PUBLIC_URL=URL)
    CommentKit(providers=["mastodon"]).init_app(app)
    assert "Mastodon is ready" in only(app, "providers", "ok", offline=False).said


def test_a_database_that_is_away(tmp_path: Path):
    app = host(tmp_path, migrated=False, COMMENTKIT_DATABASE_URL="sqlite:////nowhere/at/all.sqlite")
    assert "unable to open" in only(app, "database", "fail").said


def test_a_password_is_never_shown(tmp_path: Path):
    url = "postgresql+psycopg://app:hunter2@127.0.0.1:1/none"
    app = host(tmp_path, migrated=False, COMMENTKIT_DATABASE_URL=url)
    shown = json.dumps([f.to_json() for f in examine(app, kit_of(app), offline=True)])
    assert "127.0.0.1:1/none" in shown
    assert "hunter2" not in shown


def test_tables_that_are_missing(tmp_path: Path):
    finding = only(host(tmp_path, migrated=False), "tables", "fail")
    assert finding.do == "Run: flask commentkit upgrade"


def failed(app: Flask) -> list[str]:
    return [f.check for f in examine(app, kit_of(app), offline=True) if f.level == "fail"]


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/at/all.sqlite", "postgresql+psycopg://127.0.0.1:1/x"]
)
def test_without_a_database_nothing_else_is_blamed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, url: str
):
    app = host(tmp_path, migrated=False, COMMENTKIT_DATABASE_URL=url)
    assert failed(app) == ["database"]
    said = only(app, "left_out", "warn").said
    assert said.startswith("Not looked at without a database that answers: tables, ")
    assert "\n" not in said
    assert "\n" not in only(app, "database", "fail").said
    assert not caplog.records


def test_without_tables_nothing_else_is_blamed(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    app = host(tmp_path, migrated=False)
    assert failed(app) == ["tables"]
    said = only(app, "left_out", "warn").said
    assert said.startswith("Not looked at without tables that fit: ")
    assert {"cookies", "origins", "answers", "csrf"} <= set(
        said.rstrip(".").split(": ")[1].split(", ")
    )
    assert not caplog.records


def test_newer_tables_are_served_and_so_looked_at(tmp_path: Path):
    app = host(tmp_path)
    with kit_of(app).database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE commentkit_version SET version_num = '9999'")
    assert failed(app) == ["tables"]
    assert findings(app, "left_out") == []


def test_a_failure_of_our_own_is_not_the_hosts(tmp_path: Path):
    app = host(tmp_path)
    with kit_of(app).database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE commentkit_site RENAME TO elsewhere")
    assert "by ourselves (unavailable)" in only(app, "csrf", "fail").said


def test_advice_is_spelt_for_the_stand_alone_server(tmp_path: Path):
    environ = {"COMMENTKIT_PUBLIC_URL": URL, "COMMENTKIT_SECRET_KEY": "k" * 16}
    app = app_from(environ, instance=tmp_path)
    assert only(app, "tables", "fail").do == "Run: flask --app commentkit.serve commentkit upgrade"
    assert only(app, "secret_key", "fail").do.startswith("Set COMMENTKIT_SECRET_KEY to ")
    assert only(host(tmp_path / "2", SECRET_KEY="k" * 16), "secret_key", "fail").do.startswith(
        "Set SECRET_KEY to "
    )


def test_tables_of_another_version(tmp_path: Path):
    app = host(tmp_path)
    with kit_of(app).database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE commentkit_version SET version_num = 'older'")
    assert "older" in only(app, "tables", "fail").said


def test_a_database_in_memory(tmp_path: Path):
    app = host(tmp_path, migrated=False, COMMENTKIT_DATABASE_URL="sqlite://")
    assert "in memory" in only(app, "sqlite", "fail").said


def test_a_hosts_engine_without_wal(tmp_path: Path):
    app = Flask("host", instance_path=str(tmp_path), root_path=str(tmp_path))
    app.config.update(SECRET_KEY=SECRET, COMMENTKIT_PUBLIC_URL=URL)
    CommentKit(engine=create_engine(f"sqlite:///{tmp_path}/host.sqlite")).init_app(app)
    said = " ".join(finding.said for finding in findings(app, "sqlite"))
    assert "delete mode" in said
    assert "Foreign keys" in said


ENV = "from alembic import context\n"


@pytest.mark.parametrize(
    ("env", "level"),
    [
        (ENV + "context.configure(target_metadata=None)", "fail"),
        (ENV + "# commentkit: include_name=include_name\ncontext.configure()", "fail"),
        (ENV + "context.configure(include_name=lambda *a: True)", "fail"),
        (
            ENV + "from commentkit import include_name\n"
            "context.configure(include_name=include_name)",
            "ok",
        ),
        (
            ENV + "import commentkit.model as ck\n"
            "context.configure(include_name=lambda *a: ck.include_name(*a))",
            "ok",
        ),
    ],
)
def test_a_hosts_migrations_that_would_drop_our_tables(tmp_path: Path, env: str, level: str):
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "env.py").write_text(env)
    app = host(tmp_path, COMMENTKIT_DATABASE_URL=f"sqlite:///{tmp_path}/shared.sqlite")
    assert str(folder) in only(app, "host_migrations", level).said


def test_flask_migrate_may_pass_include_name_itself(tmp_path: Path):
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "env.py").write_text(ENV + "context.configure()")

    def before(app: Flask) -> None:
        app.extensions["migrate"] = SimpleNamespace(
            directory=str(folder), configure_args={"include_name": include_name}
        )

    app = host(
        tmp_path, before=before, COMMENTKIT_DATABASE_URL=f"sqlite:///{tmp_path}/shared.sqlite"
    )
    only(app, "host_migrations", "ok")


def test_our_own_file_is_nobodys_to_migrate(tmp_path: Path):
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "env.py").write_text(ENV + "context.configure()")
    assert findings(host(tmp_path), "host_migrations") == []


@pytest.mark.parametrize("secret", ["a" * 40, "development-key-1"])
def test_a_secret_that_can_be_guessed(tmp_path: Path, secret: str):
    finding = only(host(tmp_path, SECRET_KEY=secret), "secret_key", "fail")
    assert secret not in finding.said


def test_an_address_that_only_this_machine_reaches(tmp_path: Path):
    app = host(tmp_path, COMMENTKIT_PUBLIC_URL="http://127.0.0.1:5000")
    only(app, "public_url", "warn")
    assert "plain http" in only(app, "cookies", "ok").said


def drop_cookies(app: Flask) -> None:
    @app.after_request
    def without(response: Response) -> Response:
        del response.headers["Set-Cookie"]
        return response


def weaken_cookies(app: Flask) -> None:
    @app.after_request
    def weaker(response: Response) -> Response:
        cookies = response.headers.getlist("Set-Cookie")
        response.headers.setlist(
            "Set-Cookie", [c.replace("; Partitioned", "; Domain=example.org") for c in cookies]
        )
        return response


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (drop_cookies, "does not leave the app"),
        (weaken_cookies, "lacks Partitioned, no domain=example.org"),
    ],
)
def test_cookies_that_the_host_spoils(tmp_path: Path, before: Prepare, told: str):
    only(host(tmp_path), "cookies", "ok")
    assert told in only(host(tmp_path / "2", before=before), "cookies", "fail").said


def test_personal_answers_that_no_page_may_read(tmp_path: Path):
    app = host(tmp_path, before=header("Access-Control-Allow-Origin", "*"))
    found = [finding for finding in findings(app, "cookies") if finding.level == "fail"]
    assert "Access-Control-Allow-Origin arrives as '*'" in found[0].said


def test_without_a_site_no_cookie_is_tried(tmp_path: Path):
    app = host(tmp_path, migrated=False)
    upgrade(kit_of(app).database.engine)
    only(app, "cookies", "warn")


def test_a_providers_first_steps_are_gone(tmp_path: Path):
    with scripted_provider() as issuer:
        app = Flask("host", instance_path=str(tmp_path), root_path=str(tmp_path))
        app.config.update(
            SECRET_KEY=SECRET, COMMENTKIT_PUBLIC_URL=URL, COMMENTKIT_LOOPBACK_SERVICES=True
        )
        house = OpenIDConnect(name="house", label="House", issuer=issuer.url, client_id="id")
        CommentKit(providers=[house]).init_app(app)
        upgrade(kit_of(app).database.engine)
        document = {
            "issuer": issuer.url,
            "authorization_endpoint": f"{issuer.url}/authorize",
            "token_endpoint": f"{issuer.url}/token",
        }
        issuer.say("/.well-known/openid-configuration", Reply(500, b""))
        trouble = only(app, "providers", "warn", offline=False)
        assert "discovery: HTTP 500" in trouble.said
        assert f"{URL}/commentkit/callback/house" in trouble.do
        issuer.say("/.well-known/openid-configuration", json_reply(document))
        issuer.say("/authorize", Reply(400, b"unknown client"))
        assert "answers 400" in only(app, "providers", "warn", offline=False).said
        issuer.say("/authorize", Reply(200, b"Who are you?"))
        assert "House answers" in only(app, "providers", "ok", offline=False).said
    assert "has credentials" in only(app, "providers", "ok").said
    found = only(app, "providers", "warn", offline=False)
    assert "unreachable" in found.said
    assert "a firewall, a proxy" in found.do
    assert "its registered callback must be" in found.do


def test_a_mistyped_way_to_sign_in_of_a_site_is_named(tmp_path: Path):
    app = host(tmp_path)
    with kit_of(app).database.begin() as db:
        sites.change(db, "blog", rules=SiteRules(providers=("google", "gogle")))
    found = [finding for finding in findings(app, "providers") if "rule" in finding.said]
    assert [finding.level for finding in found] == ["warn"]
    assert found[0].said.startswith("blog names gogle ")


def test_our_own_address_is_tried(tmp_path: Path):
    app = host(tmp_path, COMMENTKIT_PUBLIC_URL="https://commentkit.invalid")
    assert "was not reached" in only(app, "public_url", "warn", offline=False).said


def test_an_origin_that_is_not_reached(tmp_path: Path):
    app = host(tmp_path)
    assert "https://blog.example.org" in only(app, "origins", "ok").said
    with kit_of(app).database.begin() as db:
        sites.add(
            db,
            name="lost",
            title="Lost",
            language="en",
            origins=["https://lost.invalid"],
            rules=SiteRules(),
            now=datetime.now(UTC),
        )
    found = findings(app, "origins", offline=False)
    assert any("https://lost.invalid" in f.said and f.level == "warn" for f in found)


def test_no_site_at_all(tmp_path: Path):
    app = host(tmp_path, migrated=False)
    upgrade(kit_of(app).database.engine)
    assert "site add" in only(app, "origins", "fail").do


def test_no_mail(tmp_path: Path):
    only(host(tmp_path), "mail", "warn")


@contextmanager
def smtp_server() -> Iterator[int]:
    port = free_port()
    controller = Controller(Sink(), hostname="127.0.0.1", port=port)
    controller.start()
    yield port
    controller.stop()


def with_mail(folder: Path, port: int) -> Flask:
    return host(
        folder,
        COMMENTKIT_SMTP_URL=f"smtp://127.0.0.1:{port}",
        COMMENTKIT_MAIL_FROM="c@example.org",
    )


def test_a_mail_server_is_greeted(tmp_path: Path):
    with smtp_server() as port:
        only(with_mail(tmp_path, port), "mail", "ok", offline=False)
    only(with_mail(tmp_path / "2", port), "mail", "fail", offline=False)


def test_rate_limits_in_several_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    app = host(tmp_path)
    for name in ("COMMENTKIT_WORKERS", "WEB_CONCURRENCY"):
        monkeypatch.delenv(name, raising=False)
        only(app, "rate_limits", "ok")
        monkeypatch.setenv(name, "4")
        assert "Each of 4 processes" in only(app, "rate_limits", "warn").said
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("COMMENTKIT_PAGES_STORAGE", "redis://127.0.0.1:1/0"),
        ("COMMENTKIT_REPLICA_URLS", "sqlite:///{folder}/replica.sqlite3"),
    ],
)
def test_rate_limits_of_several_servers(tmp_path: Path, key: str, value: str):
    """One process says nothing of the others, but these settings are for several."""
    app = host(tmp_path, **{key: value.format(folder=tmp_path)})
    finding = only(app, "rate_limits", "warn")
    assert "several servers" in finding.said
    assert "COMMENTKIT_LIMITS_STORAGE" in finding.do


def test_a_store_of_pages_that_is_away(tmp_path: Path):
    assert findings(host(tmp_path), "shared_pages") == []
    app = host(tmp_path / "2", COMMENTKIT_PAGES_STORAGE="redis://:hunter2@127.0.0.1:1/0")
    only(app, "shared_pages", "ok")
    finding = only(app, "shared_pages", "fail", offline=False)
    assert "127.0.0.1:1/0" in finding.said
    assert "hunter2" not in finding.said


def test_a_counter_storage_that_is_away(tmp_path: Path):
    app = host(tmp_path, COMMENTKIT_LIMITS_STORAGE="redis://:hunter2@127.0.0.1:1/0")
    finding = only(app, "rate_limits", "fail", offline=False)
    assert "hunter2" not in finding.said


def csrf_protect(app: Flask) -> None:
    """Do what Flask-WTF's CSRFProtect does: refuse every POST without its token."""
    exempt: set[str] = set()
    app.extensions["csrf"] = SimpleNamespace(exempt=lambda bp: exempt.add(bp.name))

    @app.before_request
    def protect() -> None:
        if request.method == "POST" and request.blueprint not in exempt:
            abort(400, "The CSRF token is missing.")


def test_csrf_protection_that_refuses_us(tmp_path: Path):
    app = host(tmp_path, before=csrf_protect)
    finding = only(app, "csrf", "fail")
    assert finding.do.endswith('csrf.exempt(app.blueprints["commentkit"])')
    app.extensions["csrf"].exempt(app.blueprints["commentkit"])
    only(app, "csrf", "ok")


def test_a_login_that_everybody_needs(tmp_path: Path):
    def before(app: Flask) -> None:
        app.before_request(lambda: redirect("/login"))

    app = host(tmp_path, before=before)
    assert "/login" in only(app, "answers", "fail").said


def header(name: str, value: str) -> Prepare:
    """Set a header on every answer, as a careless or a careful host does."""

    def before(app: Flask) -> None:
        @app.after_request
        def set_header(response: Response) -> Response:
            response.headers[name] = value
            return response

    return before


def test_an_opener_policy_that_cuts_the_popup(tmp_path: Path):
    app = host(tmp_path, before=header("Cross-Origin-Opener-Policy", "same-origin"))
    assert "same-origin" in only(app, "page_headers", "fail").said


def test_a_policy_that_forbids_our_script(tmp_path: Path):
    app = host(tmp_path, before=header("Content-Security-Policy", "default-src 'none'"))
    assert "default-src 'none'" in only(app, "page_headers", "fail").said


def test_a_resource_policy_that_keeps_other_sites_out(tmp_path: Path):
    app = host(tmp_path, before=header("Cross-Origin-Resource-Policy", "same-origin"))
    assert "Cross-Origin-Resource-Policy" in only(app, "public_headers", "fail").said


def test_a_host_session_is_kept_out_of_public_answers(tmp_path: Path):
    def before(app: Flask) -> None:
        @app.before_request
        def count_visits() -> None:
            session["visits"] = session.get("visits", 0) + 1

    only(host(tmp_path, before=before), "public_headers", "ok")


def test_a_middleware_that_makes_public_answers_personal(tmp_path: Path):
    """What is put around the app writes after us."""

    def before(app: Flask) -> None:
        inner = app.wsgi_app

        def counting(environ: Any, start_response: Any) -> Any:
            def with_cookie(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
                more = [("Set-Cookie", "visits=1"), ("Vary", "Cookie")]
                return start_response(status, [*headers, *more], *rest)

            return inner(environ, with_cookie)

        app.wsgi_app = counting  # type: ignore[method-assign]

    said = only(host(tmp_path, before=before), "public_headers", "warn").said
    assert "Set-Cookie and Vary: Cookie" in said


def test_a_host_that_turns_our_errors_into_pages(tmp_path: Path):
    def before(app: Flask) -> None:
        @app.after_request
        def nice_errors(response: Response) -> Response:
            if response.status_code == 404:
                response.set_data("<h1>Not found</h1>")
                response.mimetype = "text/html"
            return response

    assert "text/html" in only(host(tmp_path, before=before), "error_handlers", "fail").said


def test_a_host_with_error_handlers_of_its_own_is_fine(tmp_path: Path):
    def before(app: Flask) -> None:
        app.register_error_handler(404, lambda _e: ("<h1>Not found</h1>", 404))
        app.register_error_handler(Exception, lambda _e: (jsonify(oops=True), 500))

    only(host(tmp_path, before=before), "error_handlers", "ok")


def test_a_layout_that_is_not_there(tmp_path: Path):
    app = host(tmp_path, COMMENTKIT_LAYOUT="layout.html")
    assert "layout.html" in only(app, "layout", "fail").said
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "layout.html").write_text("<!doctype html>")
    only(app, "layout", "ok")


def test_a_body_limit_that_refuses_long_comments(tmp_path: Path):
    only(host(tmp_path, MAX_CONTENT_LENGTH=4096), "body_limit", "warn")


def test_the_command_prints_json_and_fails_on_a_failure(tmp_path: Path):
    run = host(tmp_path).test_cli_runner()
    well = run.invoke(args=["commentkit", "doctor", "--offline", "--json"])
    assert well.exit_code == 0
    assert {"level", "check", "said", "do"} == set(json.loads(well.output)[0])
    ill = host(tmp_path / "ill", migrated=False).test_cli_runner()
    told = ill.invoke(args=["commentkit", "doctor", "--offline"])
    assert told.exit_code == 1
    assert "FAIL  There are no tables yet." in told.output
    assert "→ Run: flask commentkit upgrade" in told.output
