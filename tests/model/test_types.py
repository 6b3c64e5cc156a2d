"""What is stored comes back as it was, compares as it is, and sorts alike, on every database."""

import random
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from database_support import Databases
from sqlalchemy import Column, MetaData, Table, select
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import StatementError
from sqlalchemy.schema import CreateTable
from world import PAGE_URL, START, Verbs, World, make_world

from commentkit.discussion import pages
from commentkit.ids import new_id
from commentkit.model import Comment, Draft, Identity
from commentkit.model.types import Instant, LongText, line
from commentkit.people import accounts
from commentkit.people.accounts import Vouched

ALIKE = [
    "Anna",
    "anna",
    "anna ",
    " anna",
    "anna\t",
    "\u00e1nna",
    "a\u0301nna",
    "\uff41nna",
    "strasse",
    "stra\u00dfe",
    "\N{GRINNING FACE}",
    "\N{GRINNING CAT FACE WITH SMILING EYES}",
    "\N{MAN}\u200d\N{MAN}",
    "\N{MAN}\N{MAN}",
    "\u0130",
    "i\u0307",
    "anna\u200b",
    "anna\\",
    "anna%",
    "ann_",
    "",
]


@pytest.fixture
def world(databases: Databases, tmp_path: Path) -> World:
    return make_world(tmp_path)


def _sign_in(world: World, subject: str) -> int:
    who = Vouched(provider="test", issuer="https://id.example", subject=subject, name="A name")
    with world.kit.database.begin() as db:
        return accounts.sign_in(db, site_id=world.site.id, who=who, now=world.clock()).id


def test_subjects_that_look_alike_are_people_of_their_own(world: World) -> None:
    made = [_sign_in(world, subject) for subject in ALIKE]
    assert len(set(made)) == len(ALIKE)
    assert [_sign_in(world, subject) for subject in ALIKE] == made


def test_a_text_compares_equal_to_itself_alone(world: World) -> None:
    made = [_sign_in(world, subject) for subject in ALIKE]
    with world.kit.database.read() as db:
        found = [
            db.scalars(
                select(Identity.id).where(
                    Identity.site_id == world.site.id, Identity.subject == subject
                )
            ).all()
            for subject in ALIKE
        ]
    assert found == [[one] for one in made]


@pytest.mark.parametrize(
    "text",
    [
        *ALIKE[2:],
        "line\nline\r\nline\r",
        "\U0010ffff\ue000\ufffd\ufeff",
        "'; DROP TABLE x; -- \\' \" ` %s ? :name",
        "\N{GRINNING FACE}" * 50_000,
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_a_text_is_kept_byte_for_byte(world: World, text: str) -> None:
    comment = Verbs(world).post(Verbs(world).identity(), "words")
    with world.kit.database.begin() as db:
        db.get_one(Comment, (comment.site_id, comment.id)).source = text
    assert Verbs(world).again(comment).source.encode() == text.encode()


@pytest.mark.parametrize("typed", [{"text": "\N{GRINNING FACE} \u0001 'x' \\ \"", "": ""}, {}])
def test_json_is_kept_as_it_was(world: World, typed: dict[str, str]) -> None:
    row = Draft(
        site_id=world.site.id,
        id=2**63 - 1,
        secret_hash=bytes(range(32)),
        thread_key_hash=b"\xff\x00" * 16,
        typed=typed,
        expires_at=START,
    )
    with world.kit.database.begin() as db:
        db.add(row)
    with world.kit.database.read() as db:
        kept = db.get_one(Draft, (world.site.id, 2**63 - 1))
        assert kept.typed == typed
        assert kept.secret_hash == bytes(range(32))
        assert kept.thread_key_hash == b"\xff\x00" * 16


INSTANTS = [
    datetime(2026, 3, 29, 1, 30, 0, 1, tzinfo=UTC),  # no such hour in Rome's clocks at +1
    datetime(2026, 10, 25, 0, 30, 0, 999_999, tzinfo=UTC),  # an hour that Rome has twice
    datetime(2026, 11, 22, 12, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
]


@pytest.mark.parametrize("instant", INSTANTS, ids=str)
def test_an_instant_is_kept_to_the_microsecond(world: World, instant: datetime) -> None:
    comment = Verbs(world).post(Verbs(world).identity(), "words")
    with world.kit.database.begin() as db:
        db.get_one(Comment, (comment.site_id, comment.id)).edited_at = instant
    kept = Verbs(world).again(comment).edited_at
    assert kept == instant
    assert kept is not None
    assert kept.tzinfo is UTC


ELSEWHERE = {
    "postgresql": "SET TIME ZONE 'America/New_York'",
    "mysql": "SET time_zone = '-05:00'",
    "mariadb": "SET time_zone = '-05:00'",
}


@pytest.mark.only_on("postgresql", "mariadb")
def test_a_session_in_another_time_zone_reads_the_same(world: World) -> None:
    comment = Verbs(world).post(Verbs(world).identity(), "words")
    with world.kit.database.read() as db:
        db.connection().exec_driver_sql(ELSEWHERE[db.get_bind().dialect.name])
        there = db.get_one(Comment, (comment.site_id, comment.id)).created_at
        db.connection().invalidate()  # the next test gets another session
    assert there == comment.created_at
    assert there.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(world: World) -> None:
    comment = Verbs(world).post(Verbs(world).identity(), "words")
    row = Verbs(world).again(comment)
    row.edited_at = datetime(2026, 1, 1)
    with pytest.raises(StatementError, match="naive"), world.kit.database.begin() as db:
        db.merge(row)


@pytest.mark.parametrize("sort", pages.SORTS)
def test_the_order_is_the_same_everywhere(world: World, sort: str) -> None:
    verbs = Verbs(world)
    first = verbs.post(verbs.identity(), "the first")
    times = [START + timedelta(hours=1, microseconds=n // 3) for n in range(30)]  # threes tie
    ids = [new_id(START) for _ in times]
    random.Random(7).shuffle(times)
    with world.kit.database.begin() as db:
        db.add_all(_copies(first, dict(zip(ids, times, strict=True))))
    expected = sorted(zip(times, ids, strict=True), reverse=sort == "newest")
    with world.kit.database.read() as db:
        page = pages.read_page(db, verbs.thread_now(PAGE_URL), world.site.rules, sort=sort)
    read = [(root.created_at, root.id) for root in page.roots if root.id != first.id]
    assert read == expected


def _copies(comment: Comment, made: dict[int, datetime]) -> list[Comment]:
    columns = Comment.__table__.columns.keys()
    values = {name: getattr(comment, name) for name in columns}
    return [
        Comment(**values | {"id": number, "root_id": number, "created_at": at})
        for number, at in made.items()
    ]


@pytest.mark.parametrize(
    ("mariadb", "collation"), [(True, "utf8mb4_nopad_bin"), (False, "utf8mb4_0900_bin")]
)
def test_mysql_and_mariadb_each_get_a_collation_that_they_have(
    mariadb: bool, collation: str
) -> None:
    dialect = mysql.dialect()
    dialect.is_mariadb = mariadb
    table = Table(
        "t", MetaData(), Column("a", line(20)), Column("b", LongText), Column("c", Instant)
    )
    ddl = str(CreateTable(table).compile(dialect=dialect))
    assert f"a VARCHAR(20) COLLATE {collation}" in ddl
    assert f"b MEDIUMTEXT COLLATE {collation}" in ddl
    assert "c DATETIME(6)" in ddl
