"""What the bench reads: a site, threads of 100 to 100,000 comments, and many small ones."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert

from bench.seed import seed
from commentkit import ids, sites
from commentkit.migrations import upgrade
from commentkit.model import Account, Comment, Database, Identity, Thread
from commentkit.people import accounts, tokens
from commentkit.people.accounts import Vouched
from commentkit.people.viewer import Viewer
from commentkit.rules import SiteRules
from commentkit.settings import Settings
from commentkit.sites import KnownSite
from commentkit.text import RENDERER_VERSION, render

SITE = "bench"
BLOG = "http://localhost:8001"
START = datetime(2026, 1, 1, tzinfo=UTC)
SIZES = (100, 1_000, 10_000, 100_000)
SMALL, SMALL_SIZE = 2_000, 5
HUNDREDS = 60
"""Threads of 100 comments whose pages are asked for cold, one after another."""
LARGE = 1_000_000
_AUTHORS = 200
_CHUNK = 5_000
_TEXTS = (
    "The third paragraph is the one that matters, and *nobody* quotes it.",
    "I kept the shop's register for eleven years. What you say about the margins is true of "
    "ours too, down to the pencil.",
    "See https://example.org/2013/04/ledgers for scans of the pages: the handwriting changes in "
    "March, which your dates would explain.",
    "Agreed.\n\nBut then who paid for the paper?",
    "> down to the pencil\n\nOurs was a **pen**, which says something about the margins.",
)


@dataclass(frozen=True)
class Content:
    """Where things are."""

    site_id: int
    bearer: str
    """The token of a reader who is signed in, and has commented nowhere."""
    small: Sequence[str]
    """The pages of the small threads."""


def page(name: str, number: int = 0) -> str:
    """Return the address of a page of the host."""
    return f"{BLOG}/{name}/{number}.html"


def key_hash(url: str) -> bytes:
    """Return what the thread of a page is found by."""
    return ids.sha256(url.partition("://")[2])


def sized(size: int) -> str:
    """Return the address of the page whose thread holds so many comments."""
    return page("sized", size)


def fill(engine: Engine, *, large: bool = False, long: bool = True) -> Content:
    """Make the tables, the site and its threads.

    Without `long` there are the small threads alone; `large` means a million comments in all.
    """
    upgrade(engine)
    database = Database(engine)
    with database.begin() as db:
        site = sites.add(
            db,
            name=SITE,
            title="The bench",
            language="en",
            origins=[BLOG],
            rules=SiteRules(hold="nobody"),
            now=START,
        )
    if long:
        with engine.begin() as connection:
            _Filler(connection, site).fill(_exact())
    small = seed(engine, site.id, threads=_seeded(large and long), origin=BLOG).threads[:SMALL]
    return Content(site.id, _signed_in(database, site), tuple(one.url for one in small))


def _exact() -> Iterator[tuple[str, int]]:
    """Name the threads whose first pages have to be alike: 100 comments, whatever follows."""
    yield from ((sized(size), size) for size in SIZES)
    yield from ((page("hundred", n), 100) for n in range(HUNDREDS))


def _seeded(large: bool) -> list[int]:
    rest = LARGE - sum(SIZES) - HUNDREDS * 100 - SMALL * SMALL_SIZE if large else 0
    return [SMALL_SIZE] * SMALL + [1_000] * (rest // 1_000)


def _signed_in(database: Database, site: KnownSite) -> str:
    """Sign a reader in, and return the secret of their token."""
    now = datetime.now(UTC)
    who = Vouched(provider="google", issuer="https://accounts.google.com", subject="1", name="Anna")
    settings = Settings(public_url=BLOG, secret_key="x" * 32, limits={})
    with database.begin() as db:
        identity = accounts.sign_in(db, site_id=site.id, who=who, now=now)
        return tokens.issue(
            db,
            identity=identity,
            previous=Viewer(site_id=site.id),
            transport="bearer",
            origin=BLOG,
            persistent=True,
            settings=settings,
            now=now,
        ).secret


class _Filler:
    """Writes rows as the verbs would have, thousands at a time."""

    def __init__(self, connection: Connection, site: KnownSite) -> None:
        self._connection, self._site = connection, site
        self._random = random.Random(42)
        self._texts = [(text, ids.sha256(text), render(text).html) for text in _TEXTS]
        self._now = START
        self._authors: Sequence[dict[str, Any]] = ()

    def fill(self, plan: Iterator[tuple[str, int]]) -> None:
        """Write authors, then each thread with its comments."""
        self._authors = [self._author(n) for n in range(_AUTHORS)]
        made = [{"site_id": a["site_id"], "id": a["account_id"]} for a in self._authors]
        self._write(Account, [{**a, "role": "member", "created_at": START} for a in made])
        self._write(Identity, self._authors)
        waiting: list[dict[str, Any]] = []
        for url, size in plan:
            thread = self._thread(url, size)
            self._write(Thread, [thread])
            for comment in self._comments(thread["id"], size):
                waiting.append(comment)
                if len(waiting) == _CHUNK:
                    self._write(Comment, waiting)
                    waiting = []
        self._write(Comment, waiting)

    def _write(self, table: type[Any], rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            self._connection.execute(insert(table), rows)

    def _id(self) -> int:
        self._now += timedelta(milliseconds=1)
        return ids.new_id(self._now)

    def _author(self, number: int) -> dict[str, Any]:
        subject = f"seeded-{number}"
        return {
            "site_id": self._site.id,
            "id": self._id(),
            "account_id": self._id(),
            "provider": "google" if number % 2 else "guest",
            "issuer": "guest",
            "subject": subject,
            "subject_hash": ids.subject_hash("guest", subject),
            "name": f"Reader {number}",
            "email_verified": False,
            "created_at": START,
            "seen_at": START,
        }

    def _thread(self, url: str, size: int) -> dict[str, Any]:
        key = url.partition("://")[2]
        return {
            "site_id": self._site.id,
            "id": self._id(),
            "key": key,
            "key_hash": key_hash(url),
            "url": url,
            "title": "A page of the bench",
            "version": size,
            "comment_count": size,
            "created_at": START,
        }

    def _comments(self, thread_id: int, size: int) -> Iterator[dict[str, Any]]:
        """Give half of them as roots, each with one reply: a page of 50 roots shows 100."""
        for _ in range(size // 2):
            root = self._id()
            yield self._comment(thread_id, root, None, root, replies=1)
            yield self._comment(thread_id, self._id(), root, root)
        if size % 2:
            root = self._id()
            yield self._comment(thread_id, root, None, root)

    def _comment(
        self, thread_id: int, number: int, parent: int | None, root: int, *, replies: int = 0
    ) -> dict[str, Any]:
        author = self._random.choice(self._authors)
        source, source_hash, html = self._random.choice(self._texts)
        return {
            "site_id": self._site.id,
            "id": number,
            "thread_id": thread_id,
            "parent_id": parent,
            "root_id": root,
            "account_id": author["account_id"],
            "identity_id": author["id"],
            "author_name": author["name"],
            "author_provider": author["provider"],
            "source": source,
            "source_hash": source_hash,
            "html": html,
            "renderer_version": RENDERER_VERSION,
            "status": "approved",
            "shown": True,
            "reply_count": replies,
            "created_at": self._now,
        }
