"""Fill a site with threads, comments and people, a million rows in a minute or two.

The rows are what the verbs would have written: counts, hashes and shapes agree. The same call
grows the same shape.
"""

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count, islice
from typing import Any

from sqlalchemy import JSON, Connection, Engine, Table, insert

from commentkit import ids
from commentkit.model import metadata
from commentkit.text import RENDERER_VERSION, render

START = datetime(2026, 1, 1, tzinfo=UTC)
_BATCH = 5_000
_WORDS = (
    "I see it the other way round, and *so* did she.\n\nThe second line says why.",
    "Thank you. This is what I was looking for: [the notes](https://example.org/notes).",
    "> the part about the roof\n\nThat is not how it went: we had no roof at all.",
    "Ja, genau so war es: \N{GRINNING FACE}, 日本語 und ein Wort mit Umläuten.",
)

Row = dict[str, Any]


@dataclass(frozen=True)
class SeededThread:
    """One thread, its page, and comments to ask for."""

    id: int
    url: str
    size: int
    long_root_id: int
    """Its first comment, which one reply in ten answers."""
    middle_id: int


@dataclass(frozen=True)
class Seeded:
    """What was written, for whoever asks for it."""

    site_id: int
    threads: list[SeededThread]


def seed(
    engine: Engine,
    site_id: int,
    *,
    threads: Iterable[int],
    origin: str,
    people: int = 1_000,
    now: datetime = START,
) -> Seeded:
    """Write threads with so many comments each into a site that is there, then read statistics.

    A tenth of `people` have subscriptions, drafts and sign-ins, begun and done, beside their token.
    """
    sowing = _Sowing(site_id, origin, people, now)
    with engine.begin() as connection:
        for name, rows in sowing.people():
            _write(connection, metadata.tables[name], rows)
        made = list(_write_threads(connection, sowing, threads))
    analyse(engine)
    return Seeded(site_id, made)


def analyse(engine: Engine) -> None:
    """Let the planner count what is there."""
    # MariaDB samples a few pages unless it is told to look at all.
    whole = " PERSISTENT FOR ALL" if getattr(engine.dialect, "is_mariadb", False) else ""
    tables = ", ".join(f"{table.name}{whole}" for table in metadata.sorted_tables)
    command = "ANALYZE" if engine.dialect.name in ("sqlite", "postgresql") else "ANALYZE TABLE "
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        if command == "ANALYZE":
            connection.exec_driver_sql(command)
        else:
            connection.exec_driver_sql(command + tables).all()


class _Sowing:
    """The rows of one site."""

    def __init__(self, site_id: int, origin: str, people: int, now: datetime) -> None:
        self.site_id, self.origin, self.now = site_id, origin, now
        self.people_count = people
        self.chance = random.Random(site_id)
        self._numbers = count(1)

    def id(self, at: datetime) -> int:
        """Return an id of that moment, never twice."""
        return (ids.new_id(at) >> 21 << 21) + next(self._numbers) % 2**21

    def row(self, **values: Any) -> Row:
        at = values.get("created_at", self.now)
        return {"site_id": self.site_id, "id": self.id(at)} | values

    def people(self) -> Iterator[tuple[str, list[Row]]]:
        """Give accounts with an identity and a token each, by table."""
        accounts = [self.row(role="member", created_at=self.now) for _ in range(self.people_count)]
        self.identities = [
            self._identity(number, account) for number, account in enumerate(accounts)
        ]
        tokens = [self._token(identity) for identity in self.identities]
        yield "commentkit_account", accounts
        yield "commentkit_identity", self.identities
        yield "commentkit_token", tokens
        yield "commentkit_token_identity", [self._held(token) for token in tokens]
        yield from self._passing(self.identities[:: min(10, self.people_count)])

    def _identity(self, number: int, account: Row) -> Row:
        subject = f"seeded-{number}"
        return self.row(
            account_id=account["id"],
            provider="google" if number % 2 else "guest",
            issuer="https://seeded.example",
            subject=subject,
            subject_hash=ids.subject_hash("https://seeded.example", subject),
            name=f"Reader {number}",
            email=f"reader{number}@example.org",
            email_verified=bool(number % 2),
            created_at=self.now,
            seen_at=self.now,
        )

    def _token(self, identity: Row) -> Row:
        return self.row(
            secret_hash=ids.sha256(f"token {identity['id']}"),
            transport="bearer",
            origin=self.origin,
            active_identity_id=identity["id"],
            persistent=True,
            created_at=self.now,
            used_at=self.now,
            expires_at=self.now + timedelta(days=400),
        )

    def _held(self, token: Row) -> Row:
        return {
            "site_id": self.site_id,
            "token_id": token["id"],
            "identity_id": token["active_identity_id"],
            "added_at": self.now,
        }

    def _passing(self, identities: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
        """Give what comes and goes: sign-ins, drafts, subscriptions, parcels and more."""
        attempts = [self._attempt(identity) for identity in identities]
        yield "commentkit_attempt", attempts
        yield "commentkit_ticket", [self._ticket(attempt) for attempt in attempts]
        yield "commentkit_draft", [self._draft(identity) for identity in identities]
        yield "commentkit_subscription", [self._subscription(one) for one in identities]
        yield "commentkit_outbox", [self._parcel() for _ in identities]
        yield "commentkit_picture", [self._picture(identity) for identity in identities]
        yield "commentkit_passkey", [self._passkey(identity) for identity in identities]
        yield "commentkit_consent", [self._consent(identity) for identity in identities]
        yield "commentkit_account_change", [self._change(identity) for identity in identities]

    def _attempt(self, identity: Row) -> Row:
        return self.row(
            state_hash=ids.sha256(f"state {identity['id']}"),
            cookie_hash=ids.sha256("cookie"),
            provider="google",
            purpose="sign_in",
            mode="popup",
            origin=self.origin,
            aid="a" * 22,
            challenge="c" * 43,
            switch=False,
            language="en",
            identity_id=identity["id"],
            outcome="done",
            created_at=self.now,
            expires_at=self.now + timedelta(minutes=10),
            used_at=self.now,
        )

    def _ticket(self, attempt: Row) -> Row:
        return self.row(
            secret_hash=ids.sha256(f"ticket {attempt['id']}"),
            attempt_id=attempt["id"],
            identity_id=attempt["identity_id"],
            origin=self.origin,
            challenge="c" * 43,
            created_at=self.now,
            expires_at=self.now + timedelta(minutes=1),
            redeemed_at=self.now,
        )

    def _draft(self, identity: Row) -> Row:
        return self.row(
            secret_hash=ids.sha256(f"draft {identity['id']}"),
            thread_key_hash=ids.sha256("seeded"),
            typed={"text": "half a"},
            state="",
            notice="",
            notice_about="",
            expires_at=self.now + timedelta(days=1),
        )

    def _subscription(self, identity: Row) -> Row:
        return self.row(
            kind="posts",
            thread_id=0,
            account_id=identity["account_id"],
            email=identity["email"],
            email_hash=ids.sha256(identity["email"]),
            mailbox_hash=ids.sha256(identity["email"]),
            language="en",
            confirmed_at=self.now,
            created_at=self.now,
        )

    def _parcel(self) -> Row:
        done = {"next_at": None, "done_at": self.now, "tries": 1}
        return self.row(kind="email", payload={"to": "x"}, created_at=self.now, **done)

    def _picture(self, identity: Row) -> Row:
        return self.row(
            source_hash=ids.sha256(f"picture {identity['id']}"),
            content_type="image/webp",
            body=b"\0" * 2_000,
            created_at=self.now,
        )

    def _passkey(self, identity: Row) -> Row:
        return self.row(
            identity_id=identity["id"],
            credential_hash=ids.sha256(f"passkey {identity['id']}"),
            credential=b"\0" * 32,
            public_key=b"\0" * 80,
            sign_count=0,
            created_at=self.now,
            used_at=self.now,
        )

    def _consent(self, identity: Row) -> Row:
        return self.row(
            identity_id=identity["id"],
            provider=identity["provider"],
            sealed_token="x" * 200,
            created_at=self.now,
        )

    def _change(self, identity: Row) -> Row:
        return self.row(
            account_id=identity["account_id"],
            other_account_id=None,
            kind="link",
            identities=[identity["id"]],
            created_at=self.now,
        )

    def thread(self, number: int) -> Row:
        """Give a thread, whose numbers `grown` fills in."""
        url = f"{self.origin}/seeded/{number}.html"
        key = url.partition("://")[2]
        return self.row(
            key=key,
            key_hash=ids.sha256(key),
            url=url,
            title=f"Page {number}",
            language="en",
            version=1,
            comment_count=0,
            created_at=self.now,
        )

    def comments(self, thread: Row, size: int) -> list[Row]:
        """Give a thread's comments: three roots in five, long and nested replies among the rest."""
        made: list[Row] = []
        replied: list[Row] = []
        for number in range(size):
            parent = self._parent(made, replied, number)
            comment = self._comment(thread, parent, number)
            made.append(comment)
            if parent is not None:
                replied.append(comment)
        _settle(made)
        thread["comment_count"] = sum(comment["status"] == "approved" for comment in made)
        return made

    def _parent(self, made: Sequence[Row], replied: Sequence[Row], number: int) -> Row | None:
        if number == 0 or number % 5 < 3:
            return None
        if number % 10 == 3:
            return made[0]
        among = replied if replied and number % 10 == 4 else made
        return among[max(0, len(among) - 1 - self.chance.randrange(40))]

    def _comment(self, thread: Row, parent: Row | None, number: int) -> Row:
        at = self.now + timedelta(seconds=number, microseconds=number % 997)
        author = self.chance.choice(self.identities)
        source, html = _text(number)
        comment = self.row(
            thread_id=thread["id"],
            parent_id=parent["id"] if parent else None,
            account_id=author["account_id"],
            identity_id=author["id"],
            author_name=author["name"],
            author_provider=author["provider"],
            source=source,
            source_hash=ids.sha256(source),
            html=html,
            renderer_version=RENDERER_VERSION,
            status="pending" if number % 50 == 49 else "approved",
            reply_count=0,
            created_at=at,
            announced_at=at,
        )
        comment["root_id"] = parent["root_id"] if parent else comment["id"]
        return comment


def _settle(comments: Sequence[Row]) -> None:
    """Make `shown` and the roots' counts agree: whatever a shown reply stands under is shown."""
    by_id = {comment["id"]: comment for comment in comments}
    for comment in reversed(comments):
        comment["shown"] = comment["status"] == "approved" or comment.get("shown", False)
        parent = by_id.get(comment["parent_id"])
        if parent is not None and comment["shown"]:
            parent["shown"] = True
            by_id[comment["root_id"]]["reply_count"] += 1


def _text(number: int) -> tuple[str, str]:
    words = _WORDS[number % len(_WORDS)]
    return f"Comment {number}. {words}", _html(words).replace("<p>", f"<p>Comment {number}. ", 1)


@lru_cache
def _html(words: str) -> str:
    return render(words).html


def _write_threads(
    connection: Connection, sowing: _Sowing, sizes: Iterable[int]
) -> Iterator[SeededThread]:
    """Write threads and their comments, some thousands of rows at a time."""
    threads: list[Row] = []
    comments: list[Row] = []
    for number, size in enumerate(sizes):
        thread = sowing.thread(number)
        grown = sowing.comments(thread, size)
        threads.append(thread)
        comments += grown
        if len(comments) >= _BATCH:
            _write_both(connection, threads, comments)
        first, middle = (grown[i]["id"] if grown else 0 for i in (0, size // 2))
        yield SeededThread(thread["id"], thread["url"], size, first, middle)
    _write_both(connection, threads, comments)


def _write_both(connection: Connection, threads: list[Row], comments: list[Row]) -> None:
    _write(connection, metadata.tables["commentkit_thread"], threads)
    _write(connection, metadata.tables["commentkit_comment"], comments)
    threads.clear()
    comments.clear()


def _write(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Write rows by the fastest way that the driver has."""
    filled = ({column.name: row.get(column.name) for column in table.columns} for row in rows)
    if connection.dialect.name == "postgresql":
        _copy(connection, table, filled)
        return
    while batch := list(islice(filled, _BATCH)):
        connection.execute(insert(table), batch)


def _copy(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    json_columns = {c.name for c in table.columns if isinstance(c.type, JSON)}
    driver = connection.connection.driver_connection
    assert driver is not None
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {table.name} ({', '.join(table.columns.keys())}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([json.dumps(v) if n in json_columns else v for n, v in row.items()])
