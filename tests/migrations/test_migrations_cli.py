"""`upgrade`, `downgrade` and the doctor, where tables are older or newer than the code."""

from functools import partial
from pathlib import Path

import pytest
from busy import populate
from flask import Flask
from sqlalchemy import Engine, inspect, text

from commentkit import CommentKit, migrations
from commentkit.doctor import Finding, Patient
from commentkit.doctor.storage import tables
from commentkit.model import revision
from commentkit.web.kit import Kit

HEAD = revision.HEAD
FOLDERS = (migrations.VERSIONS, Path(__file__).parent / "tree")


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Flask:
    app = Flask("host", instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="k" * 20, COMMENTKIT_PUBLIC_URL="https://comments.example.org")
    CommentKit(engine=engine).init_app(app)
    migrations.upgrade(engine, HEAD)
    return app


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be the version after this one, which has one revision more."""
    known = (*revision.REVISIONS, "scored")
    monkeypatch.setattr(revision, "REVISIONS", known)
    monkeypatch.setattr(revision, "HEAD", "scored")
    for name in ("upgrade", "downgrade", "plan", "plan_back"):
        monkeypatch.setattr(migrations, name, partial(getattr(migrations, name), folders=FOLDERS))


def run(app: Flask, *words: str, answer: str | None = None) -> tuple[int, str]:
    told = app.test_cli_runner().invoke(args=["commentkit", *words], input=answer)
    return told.exit_code, told.output


def examined(app: Flask) -> Finding:
    kit: Kit = app.extensions["commentkit"]
    [finding] = tables(Patient(app, kit, offline=True))
    return finding


def columns(app: Flask) -> set[str]:
    engine = app.extensions["commentkit"].database.engine
    return {found["name"] for found in inspect(engine).get_columns("commentkit_comment")}


def put(app: Flask, number: str) -> None:
    with app.extensions["commentkit"].database.engine.begin() as connection:
        connection.execute(text(f"UPDATE commentkit_version SET version_num = '{number}'"))


@pytest.mark.usefixtures("later")
def test_an_upgrade_says_what_it_costs_then_what_it_does(app: Flask):
    populate(app.extensions["commentkit"].database.engine, {"small": [7]})
    assert examined(app).level == "fail"
    assert "this version needs scored. Revision scored adds the column score" in examined(app).said
    assert "writes about 7 rows" in examined(app).said
    code, plan = run(app, "upgrade", "--plan")
    assert code == 0
    assert plan.startswith("scored  Score every comment\n      adds the column score")
    assert "score" not in columns(app)
    code, said = run(app, "upgrade")
    assert code == 0
    assert "commentkit_comment:score: 7 rows filled\n" in said
    assert examined(app).said == "The tables are at revision scored."
    assert run(app, "upgrade", "--plan") == (0, "There is nothing to do.\n")


@pytest.mark.usefixtures("later")
def test_the_way_back_asks_first(app: Flask):
    run(app, "upgrade")
    code, said = run(app, "downgrade", HEAD, answer="n\n")
    assert code == 1
    assert "drops the column score of commentkit_comment, with what it holds" in said
    assert "score" in columns(app)
    code, said = run(app, "downgrade", HEAD, "--plan")
    assert (code, "score" in columns(app)) == (0, True)
    code, said = run(app, "downgrade", HEAD, "--yes")
    assert code == 0
    assert said.endswith(f"The tables are at revision {HEAD}.\n")
    assert "score" not in columns(app)


def test_tables_of_a_newer_version_are_said_in_one_line(app: Flask):
    put(app, "9999")
    sentence = (
        "The tables are at revision 9999, which this version does not know: "
        f"a newer commentkit has been here. This one knows {HEAD}."
    )
    for words in (["upgrade"], ["upgrade", "--plan"], ["downgrade", HEAD, "--yes"]):
        code, said = run(app, *words)
        assert code == 1
        assert said == f"Error: {sentence} Nothing was changed: run that version again.\n"
    assert examined(app).said == sentence
    assert "flask commentkit downgrade" in examined(app).do


def test_nobody_drops_everything_by_a_slip(app: Flask):
    code, said = run(app, "downgrade", "base", answer="\n")
    assert code == 1
    assert "drops every table of ours" in said
    assert examined(app).level == "ok"
