"""`flask commentkit …`, through the host's own command line."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskCliRunner
from refusing import refusing
from sqlalchemy import select, update

from commentkit import CommentKit, signals, sites
from commentkit.cli import commands
from commentkit.cli.stand_alone import stand_alone
from commentkit.discussion import comments, posting, threads
from commentkit.discussion.threads import Page
from commentkit.errors import CommentKitError
from commentkit.model import Comment, Outbox
from commentkit.people import accounts
from commentkit.people.accounts import GuestDetails
from commentkit.serve import described_settings
from commentkit.sites import KnownSite
from commentkit.text import RENDERER_VERSION
from commentkit.web.kit import Kit

URL = "https://comments.example.org"


def make_app(folder: Path, **more: object) -> Flask:
    app = Flask("host", instance_path=str(folder))
    app.config.update(SECRET_KEY="k" * 20, COMMENTKIT_PUBLIC_URL=URL, **more)
    CommentKit().init_app(app)
    return app


def kit_of(app: Flask) -> Kit:
    kit = app.extensions["commentkit"]
    assert isinstance(kit, Kit)
    return kit


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path)


@pytest.fixture
def run(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def ok(runner: FlaskCliRunner, *words: str) -> str:
    result = runner.invoke(args=["commentkit", *words])
    assert result.exit_code == 0, result.output
    return result.output


def refused(runner: FlaskCliRunner, *words: str) -> str:
    result = runner.invoke(args=["commentkit", *words])
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit)
    return result.output


@pytest.fixture
def blog(run: FlaskCliRunner) -> FlaskCliRunner:
    ok(run, "init", "--name", "blog", "--title", "A blog", "--origin", "https://blog.example.org")
    return run


def post(app: Flask, text: str) -> int:
    kit = kit_of(app)
    now = datetime.now(UTC) - timedelta(hours=1)
    with kit.database.begin() as db:
        site = sites.find(db, "blog")
        page = Page(url="https://blog.example.org/post")
        thread = threads.open_for(db, site, page, now=now)
        details = GuestDetails(name="Bruna", email=None, website=None)
        identity = accounts.guest(db, site_id=site.id, held=None, details=details, now=now)
        written = comments.write(text, rules=site.rules)
        return posting.post(
            db,
            site,
            thread,
            identity=identity,
            role="member",
            written=written,
            parent_id=None,
            key_hash=None,
            now=now,
        ).id


def status(app: Flask, number: int) -> str:
    kit = kit_of(app)
    with kit.database.read() as db:
        return comments.find_any(db, sites.find(db, "blog").id, number).status


def test_init_makes_tables_and_site_and_shows_the_tag(run: FlaskCliRunner):
    said = ok(run, "init", "--name", "blog", "--title", "B", "--origin", "https://b.example.org")
    tag = f'<script async src="{URL}/commentkit/embed.js" data-site="blog"></script>'
    assert tag in said
    assert "commentkit.thread" not in said  # a site that the app's own templates do not inline
    assert "https://b.example.org" in ok(run, "site", "list")
    added = ok(run, "site", "add", "shop", "--origin", "https://shop.example.org")
    assert 'data-site="shop"' in added


def test_init_of_the_apps_own_site_shows_the_templates_call(run: FlaskCliRunner):
    said = ok(run, "init", "--name", "main", "--title", "B", "--origin", "https://b.example.org")
    assert "{{ commentkit.thread(" in said


def test_upgrade_may_be_run_twice(run: FlaskCliRunner):
    up_to_date = "The tables are up to date; 0 comments were rendered anew.\n"
    assert ok(run, "upgrade") == f"The tables are made.\n{up_to_date}"
    assert ok(run, "upgrade") == up_to_date


def test_without_tables_one_line_says_so(run: FlaskCliRunner):
    said = refused(run, "site", "list")
    assert "no such table" in said
    assert "flask commentkit doctor" in said
    assert len(said.splitlines()) == 1


def test_a_site_has_rules(blog: FlaskCliRunner):
    ok(
        blog,
        *("site", "add", "shop", "--origin", "https://shop.example", "--language", "it"),
        *("--rule", "hold=nobody", "--rule", "page_size=20", "--rule", "guests=no"),
    )
    said = ok(blog, "site", "list")
    assert json.loads(said.splitlines()[-1]) == {"hold": "nobody", "page_size": 20, "guests": False}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["shop", "--origin", "http://shop.example"], "loopback"),
        (["shop", "--origin", "https://shop.example/path"], "https://host[:port]"),
        (["blog", "--origin", "https://blog.example"], "blog"),
        (["A shop", "--origin", "https://shop.example"], "a-z"),
        (["shop", "--origin", "https://shop.example", "--rule", "hold=often"], "first_time"),
        (["shop", "--origin", "https://shop.example", "--rule", "colour=red"], "colour"),
        (["shop"], "--origin"),
        (["static", "--origin", "https://shop.example"], "static"),
        (["shop", "--origin", "https://shop.example", "--title", "t" * 300], "200"),
        (["shop", "--origin", "https://shop.example", "--language", "kl ingon"], "language"),
    ],
)
def test_a_wrong_site_is_refused_in_words(blog: FlaskCliRunner, words: list[str], told: str):
    assert told in refused(blog, "site", "add", *words)
    assert "shop" not in ok(blog, "site", "list")


def test_a_site_is_changed_in_what_is_given_alone(blog: FlaskCliRunner):
    ok(blog, "site", "set", "blog", "--rule", "hold=nobody", "--rule", "page_size=20")
    ok(blog, "site", "set", "blog", "--add-origin", "https://www.example.org", "--language", "it")
    said = ok(blog, "site", "set", "blog", "--title", "Another", "--rule", "page_size=50")
    assert said == ok(blog, "site", "list")
    assert said.splitlines() == [
        "blog  Another (it)",
        "    https://blog.example.org https://www.example.org",
        '    {"hold": "nobody"}',
    ]


def test_a_sites_origins_are_replaced_and_taken_away(blog: FlaskCliRunner):
    two = ("--origin", "https://a.example", "--origin", "https://b.example")
    assert "https://a.example https://b.example" in ok(blog, "site", "set", "blog", *two)
    said = ok(blog, "site", "set", "blog", "--remove-origin", "https://a.example")
    assert said.splitlines()[1] == "    https://b.example"


def test_a_way_back_is_set_and_taken_away(blog: FlaskCliRunner):
    back = "https://blog.example.org/comments"
    assert back in ok(blog, "site", "set", "blog", "--return-url", back)
    assert back not in ok(blog, "site", "set", "blog", "--return-url", "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["blog"], "what to change"),
        (["nowhere", "--title", "T"], "no site"),
        (["blog", "--rule", "hold=often"], "first_time"),
        (["blog", "--origin", "https://a.example/path"], "https://host[:port]"),
        (["blog", "--remove-origin", "https://a.example"], "no origin"),
        (["blog", "--remove-origin", "https://blog.example.org"], "needs an origin"),
        (["blog", "--return-url", "https://a.example/"], "inside"),
        (["blog", "--title", "t" * 201], "200"),
    ],
)
def test_a_wrong_change_leaves_the_site_as_it_was(
    blog: FlaskCliRunner, words: list[str], told: str
):
    before = ok(blog, "site", "list")
    assert told in refused(blog, "site", "set", *words)
    assert ok(blog, "site", "list") == before


def test_threads_are_listed_closed_and_opened_again(app: Flask, blog: FlaskCliRunner):
    assert ok(blog, "thread", "list") == "There is no thread yet.\n"
    post(app, "First!")
    address = "https://blog.example.org/post"
    assert "0 comments, open" in ok(blog, "thread", "list")
    assert "is closed" in ok(blog, "thread", "close", address)
    assert "closed" in ok(blog, "thread", "list")
    with pytest.raises(CommentKitError, match="thread_closed"):
        post(app, "Too late.")
    key = ok(blog, "thread", "list").split("  ")[0]
    ok(blog, "thread", "reopen", key)
    post(app, "In time.")


@pytest.mark.parametrize(
    ("words", "statement"),
    [
        (["thread", "close", "https://blog.example.org/post"], "UPDATE commentkit_thread"),
        (["thread", "reopen", "https://blog.example.org/post"], "UPDATE commentkit_thread"),
        (["site", "set", "blog", "--title", "Another"], "UPDATE commentkit_site"),
        (
            ["site", "add", "shop", "--origin", "https://shop.example"],
            "INSERT INTO commentkit_site",
        ),
        (["comment", "approve", "NUMBER"], "UPDATE commentkit_comment"),
        (["upgrade"], "UPDATE commentkit_comment"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_a_busy_database_is_asked_again(
    app: Flask, blog: FlaskCliRunner, words: list[str], statement: str
):
    number = post(app, "First!")
    with kit_of(app).database.begin() as db:
        db.execute(update(Comment).values(renderer_version=RENDERER_VERSION - 1))
    with refusing(kit_of(app).database.engine, statement) as refused:
        ok(blog, *(word.replace("NUMBER", str(number)) for word in words))
    assert len(refused) == 1


def test_an_unknown_thread_is_named_so(blog: FlaskCliRunner):
    assert "no discussion" in refused(blog, "thread", "close", "nothing")
    assert "no discussion" in refused(blog, "thread", "close", "https://blog.example.org/nothing")


def test_the_installed_providers_are_listed(tmp_path: Path):
    app = Flask("host", instance_path=str(tmp_path))
    keys = {"COMMENTKIT_GOOGLE_CLIENT_ID": "i", "COMMENTKIT_GOOGLE_CLIENT_SECRET": "s"}
    app.config.update(SECRET_KEY="k" * 20, COMMENTKIT_PUBLIC_URL=URL, **keys)
    app.config["COMMENTKIT_WORKS_ISSUER"] = "https://login.example.org"
    app.config["COMMENTKIT_WORKS_CLIENT_ID"] = app.config["COMMENTKIT_WORKS_CLIENT_SECRET"] = "w"
    CommentKit(providers=["google", "x-oauth1", "works=oidc", "email"]).init_app(app)
    said = ok(app.test_cli_runner(), "provider", "list").splitlines()
    states = {line.split("  ")[0]: line.split("  ")[1] for line in said}
    assert (states["google"], states["x-oauth1"]) == ("offered", "without credentials")
    assert (states["x"], states["oidc"]) == ("installed", "offered as works")
    assert states["email"] == "lacks something: see `doctor`"


def test_a_comment_is_listed_and_approved(app: Flask, blog: FlaskCliRunner):
    number = post(app, "First!\n\nSecond line.")
    said = ok(blog, "comment", "list")
    assert str(number) in said
    assert "First!  Second line." in said
    assert "Bruna" in said
    ok(blog, "comment", "approve", str(number))
    assert status(app, number) == "approved"
    assert ok(blog, "comment", "list") == "No comment is pending.\n"
    assert str(number) in ok(blog, "comment", "list", "--status", "approved")


def test_comments_are_rejected_and_deleted(app: Flask, blog: FlaskCliRunner):
    first, second = post(app, "One."), post(app, "Two.")
    ok(blog, "comment", "reject", str(first))
    ok(blog, "comment", "delete", str(second))
    assert (status(app, first), status(app, second)) == ("rejected", "deleted")


def test_an_unknown_comment_leaves_the_others_as_they_were(app: Flask, blog: FlaskCliRunner):
    number = post(app, "One.")
    assert "does not exist" in refused(blog, "comment", "approve", str(number), "17")
    assert status(app, number) == "pending"


@pytest.mark.parametrize("number", ["0", "-1", str(2**63), "9" * 30, "one"])
def test_an_impossible_number_is_refused(blog: FlaskCliRunner, number: str):
    assert "ID" in refused(blog, "comment", "approve", "--", number)


def test_what_is_decided_is_signalled_once_it_is_stored(app: Flask, blog: FlaskCliRunner):
    number = post(app, "One.")
    heard: list[str] = []

    def hear(name: str) -> Callable[..., None]:
        def receiver(sender: Flask, *, site: KnownSite, comment: Comment) -> None:
            assert (sender, site.name, comment.id) == (app, "blog", number)
            heard.append(f"{name} {status(app, number)}")

        return receiver

    receivers = {name: hear(name) for name in ("approved", "rejected", "deleted")}
    for name, receiver in receivers.items():
        getattr(signals, f"comment_{name}").connect(receiver, sender=app)
    for verb in ("approve", "approve", "reject", "delete"):
        ok(blog, "comment", verb, str(number), str(number))
    assert heard == ["approved approved", "rejected rejected", "deleted deleted"]


def test_a_receiver_that_fails_undoes_nothing(app: Flask, blog: FlaskCliRunner):
    number = post(app, "One.")

    def fail(_sender: Flask, **_said: object) -> None:
        raise ZeroDivisionError

    with signals.comment_approved.connected_to(fail, sender=app):
        ok(blog, "comment", "approve", str(number))
    assert status(app, number) == "approved"


def test_readers_hear_of_a_comment_at_its_first_approval_alone(tmp_path: Path):
    app = make_app(
        tmp_path,
        COMMENTKIT_SMTP_URL=f"folder://{tmp_path}/mail",
        COMMENTKIT_MAIL_FROM="c@example.org",
        COMMENTKIT_DELIVERY_THREAD=False,
    )
    run = app.test_cli_runner()
    ok(run, "init", "--name", "blog", "--title", "B", "--origin", "https://blog.example.org")
    number = str(post(app, "One."))
    ok(run, "comment", "reject", number)
    assert waiting(app) == 0
    for verb in ("approve", "reject", "approve"):
        ok(run, "comment", verb, number)
        assert waiting(app) == 1


def waiting(app: Flask) -> int:
    with kit_of(app).database.read() as db:
        return len(db.scalars(select(Outbox)).all())


def test_control_characters_do_not_reach_the_terminal(app: Flask, blog: FlaskCliRunner):
    post(app, "before \x1b[2J after")
    assert "\x1b" not in ok(blog, "comment", "list")


@pytest.mark.parametrize("words", [["comment", "list", "--site"], ["site", "set"]])
def test_an_unknown_site_is_told_with_those_there_are(blog: FlaskCliRunner, words: list[str]):
    more = [] if "list" in words else ["--title", "A title"]
    said = refused(blog, *words, "nope", *more)
    assert said == "Error: There is no site 'nope'; there are: blog.\n"


def test_one_comment_is_counted_as_one(app: Flask, blog: FlaskCliRunner):
    number = post(app, "One.")
    ok(blog, "comment", "approve", str(number))
    assert "  1 comment, open" in ok(blog, "thread", "list")


CONTEXT = click.Context(commands)
EACH = [commands.get_command(CONTEXT, name) for name in commands.list_commands(CONTEXT)]
GROUPS = [commands, stand_alone, *(one for one in EACH if isinstance(one, click.Group))]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: str(group.name))
def test_no_summary_is_cut_short(group: click.Group):
    listed = CliRunner().invoke(group, ["--help"]).output.partition("Commands:")[2]
    assert listed
    assert "..." not in listed


def test_with_several_sites_one_must_be_named(blog: FlaskCliRunner):
    ok(blog, "site", "add", "shop", "--origin", "https://shop.example")
    assert "blog, shop" in refused(blog, "comment", "list")
    ok(blog, "comment", "list", "--site", "shop")
    assert "no site 'nowhere'" in refused(blog, "comment", "list", "--site", "nowhere")


def test_delivers_what_waits(tmp_path: Path):
    folder = tmp_path / "mail"
    app = make_app(
        tmp_path,
        COMMENTKIT_SMTP_URL=f"folder://{folder}",
        COMMENTKIT_MAIL_FROM="Comments <c@example.org>",
        COMMENTKIT_DELIVERY_THREAD=False,
    )
    run = app.test_cli_runner()
    ok(run, "init", "--name", "blog", "--title", "B", "--origin", "https://blog.example.org")
    assert ok(run, "deliver") == "0 delivered, 0 to be tried again, 0 given up.\n"


def test_without_a_mail_server_delivering_tidies_up(blog: FlaskCliRunner):
    assert "COMMENTKIT_SMTP_URL" in ok(blog, "deliver")


def test_serve_lists_its_environment():
    said = CliRunner().invoke(stand_alone, ["serve", "--help"]).output
    for key in ("COMMENTKIT_PUBLIC_URL", "COMMENTKIT_GOOGLE_CLIENT_ID", "COMMENTKIT_WORKERS"):
        assert key in said


@pytest.mark.parametrize("bind", ["localhost", "localhost:", "localhost:99999", ":8000"])
def test_serve_refuses_an_address_without_a_port(bind: str):
    result = CliRunner().invoke(stand_alone, ["serve", "--bind", bind])
    assert result.exit_code == 2
    assert "HOST:PORT" in result.output


def test_serve_names_the_setting_that_is_missing(tmp_path: Path):
    environ = {k: v for k, v in os.environ.items() if not k.startswith("COMMENTKIT_")}
    command = [sys.executable, "-c", "from commentkit.cli import main; main()", "serve"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: COMMENTKIT_PUBLIC_URL")
    assert len(done.stderr.splitlines()) == 1


def test_flask_names_what_the_environment_cannot_mean(tmp_path: Path):
    environ = {k: v for k, v in os.environ.items() if not k.startswith("COMMENTKIT_")}
    environ |= {"COMMENTKIT_PUBLIC_URL": URL, "COMMENTKIT_SECRET_KEY": "k" * 32}
    environ["COMMENTKIT_LIMITS"] = "{'post': '10/minute'}"
    words = ["--app", "commentkit.serve", "commentkit", "doctor"]
    command = [sys.executable, "-m", "flask", *words]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: COMMENTKIT_LIMITS cannot be ")
    assert 'such as {"post": "10/minute"}' in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_serve_says_its_own_defaults():
    said = " ".join(CliRunner().invoke(stand_alone, ["serve", "--help"]).output.split())
    assert "default: 1; 1<=x<=64" in said
    assert "default: 8; 1<=x<=512" in said
    meaning = dict(described_settings())
    assert meaning["COMMENTKIT_READ_PATH"].endswith("Default: True.")


def test_deliver_watch_stops_when_told(tmp_path: Path):
    script = tmp_path / "watched_host.py"
    script.write_text(
        "from flask import Flask\nfrom commentkit import CommentKit\n"
        f"app = Flask('site', instance_path={str(tmp_path)!r})\n"
        f"app.config.update(SECRET_KEY='k' * 20, COMMENTKIT_PUBLIC_URL={URL!r},\n"
        f"    COMMENTKIT_SMTP_URL='folder://{tmp_path}/mail',\n"
        "    COMMENTKIT_MAIL_FROM='c@example.org')\n"
        "CommentKit().init_app(app)\n"
    )
    flask = [sys.executable, "-m", "flask", "--app", str(script), "commentkit"]
    subprocess.run([*flask, "upgrade"], check=True, capture_output=True)
    with subprocess.Popen(
        [*flask, "deliver", "--watch"], stdout=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline() == "Delivering until stopped.\n"
        watching.send_signal(signal.SIGTERM)
        assert watching.wait(timeout=20) == 0
