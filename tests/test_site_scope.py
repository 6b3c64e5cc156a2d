"""What the watch over `site_id` sees and lets pass: the whole run of the tests rests on it."""

import inspect
from importlib import import_module

import pytest
from database_support import Databases
from site_scope import ACROSS_SITES, TABLES, unscoped
from sqlalchemy import delete, select, union_all, update
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import aliased
from world import START

from commentkit.delivery import outbox
from commentkit.model import Comment, Database, Identity, Ticket, Token, TokenIdentity

ONE = select(Comment.id).where(Comment.site_id == 1)
OTHER = aliased(Comment)
SCOPED = {
    "select": ONE,
    "update": update(Token).where(Token.site_id == 1).values(revoked_at=None),
    "delete": delete(Token).where(Token.site_id.in_([1, 2])),
    "join": select(Identity)
    .join(TokenIdentity, TokenIdentity.site_id == Identity.site_id)
    .where(TokenIdentity.site_id == 1),
    "union": union_all(select(ONE.limit(1).subquery()), select(ONE.limit(1).subquery())),
    "exists": select(ONE.exists()),
    "itself": select(Comment.id, OTHER.id)
    .join(OTHER, (OTHER.site_id == Comment.site_id) & (OTHER.id == Comment.parent_id))
    .where(Comment.site_id == 1),
}
UNSCOPED = {
    "select": select(Comment).where(Comment.id == 1),
    "update": update(Token).values(site_id=1),
    "set": update(Token).where(Token.id == 1).values(site_id=1),
    "delete": delete(Token).where(Token.id == 1),
    "tie alone": select(Identity).join(TokenIdentity, TokenIdentity.site_id == Identity.site_id),
    "join": select(Identity)
    .join(TokenIdentity, TokenIdentity.identity_id == Identity.id)
    .where(TokenIdentity.site_id == 1),
    "product": select(Identity, Ticket).where(Identity.site_id == 1),
    "union": union_all(ONE, select(Comment.id)),
    "within": select(Ticket.id).where(Ticket.site_id == 1, Ticket.id.in_(select(Comment.id))),
}
DIALECTS = {"sqlite": sqlite, "postgresql": postgresql, "mariadb": mysql}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", SCOPED)
def test_a_statement_that_names_its_site_passes(name: str, dialect: str) -> None:
    assert not unscoped(str(SCOPED[name].compile(dialect=DIALECTS[dialect].dialect())))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", UNSCOPED)
def test_a_statement_that_does_not_is_seen(name: str, dialect: str) -> None:
    assert unscoped(str(UNSCOPED[name].compile(dialect=DIALECTS[dialect].dialect())))


@pytest.mark.parametrize(
    ("statement", "scoped"),
    [
        ("SELECT version FROM commentkit_thread WHERE site_id = ? AND id = ?", True),
        ("SELECT version FROM commentkit_thread WHERE id = ?", False),
        ("INSERT INTO commentkit_token (site_id, id) VALUES (?, ?)", True),
        ("INSERT INTO commentkit_token (id) VALUES (?)", False),
        ("SELECT name FROM commentkit_site WHERE name = ?", True),
        ("SELECT id FROM post", True),
    ],
)
def test_statements_written_by_hand(statement: str, scoped: bool) -> None:
    assert bool(unscoped(statement)) != scoped


def test_a_verb_that_forgets_its_site_fails_the_test_that_ran_it(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(databases.engine())
    monkeypatch.setattr("site_scope.ACROSS_SITES", {})
    with pytest.raises(AssertionError, match="no site_id for commentkit_outbox"):
        outbox.deliver_due(database, {"note": list}, now=START)


def test_a_test_may_look_at_everything(databases: Databases) -> None:
    with databases.engine().connect() as connection:
        assert connection.execute(select(Comment.id)).all() == []


@pytest.mark.parametrize("name", ACROSS_SITES)
def test_each_exception_is_a_function_that_is_there(name: str) -> None:
    module, _, function = name.rpartition(".")
    assert inspect.isfunction(getattr(import_module(module), function))


def test_every_table_but_the_site_itself_is_watched() -> None:
    assert "commentkit_site" not in TABLES
    assert len(TABLES) >= 13
