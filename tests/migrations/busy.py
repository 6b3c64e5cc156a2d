"""A populated database that people read and write while its tables change."""

import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench.seed import seed
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.orm import Session

from commentkit import ids, sites
from commentkit.model import Comment, Database, Identity, Thread
from commentkit.rules import SiteRules

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SITES = {"big": [30_000], "middling": [12_000, *([100] * 70)], "small": [1] * 1_000}
ROWS = sum(sum(sizes) for sizes in SITES.values())


def populate(engine: Engine, threads: Mapping[str, Sequence[int]] = SITES) -> None:
    """Fill sites with threads of so many comments each."""
    for name, sizes in threads.items():
        origin = f"https://{name}.example.org"
        with Database(engine).begin() as db:
            site = sites.add(
                db,
                name=name,
                title=name,
                language="en",
                origins=[origin],
                rules=SiteRules(),
                now=NOW,
            )
        seed(engine, site.id, threads=sizes, origin=origin, people=10)


def checksum(engine: Engine) -> str:
    """Sum up what the seed wrote, by the columns that every version has."""
    columns = (Comment.site_id, Comment.id, Comment.source, Comment.html, Comment.created_at)
    digest = hashlib.sha256()
    with engine.connect() as connection:
        asked = select(*columns).where(Comment.created_at < NOW).order_by(*columns[:2])
        for row in connection.execute(asked):
            digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


@dataclass
class Traffic:
    """What readers and writers did so far."""

    reads: int = 0
    writes: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def so_far(self) -> tuple[int, int]:
        return self.reads, self.writes


@contextmanager
def traffic(engine: Engine) -> Iterator[Traffic]:
    """Read and write comments until the block ends; raises whatever one of them was refused."""
    seen = Traffic()
    database = Database(engine)
    with ThreadPoolExecutor(2) as pool:
        going = [pool.submit(_read, database, seen), pool.submit(_write, database, seen)]
        try:
            yield seen
        finally:
            seen.stopping.set()
            for one in going:
                one.result(60)


def _read(database: Database, seen: Traffic) -> None:
    thread, _ = _biggest(database)
    page = select(Comment.id).where(
        Comment.site_id == thread.site_id, Comment.thread_id == thread.id, Comment.shown.is_(True)
    )
    while not seen.stopping.wait(0.01):
        with database.read() as db:
            assert len(db.scalars(page.order_by(Comment.created_at).limit(100)).all()) == 100
        seen.reads += 1


def _write(database: Database, seen: Traffic) -> None:
    """Comment as the version before does, which knows nothing of new columns."""
    thread, author = _biggest(database)
    mine = Thread.site_id == thread.site_id, Thread.id == thread.id

    def post(db: Session) -> None:
        db.execute(update(Thread).where(*mine).values(version=Thread.version + 1))
        db.execute(insert(Comment), _comment(thread, author))

    while not seen.stopping.wait(0.01):
        database.write(post)
        seen.writes += 1


def _biggest(database: Database) -> tuple[Thread, Identity]:
    with database.read() as db:
        thread = db.scalars(select(Thread).order_by(Thread.comment_count.desc()).limit(1)).one()
        author = db.scalars(select(Identity).where(Identity.site_id == thread.site_id)).first()
        assert author is not None
        return thread, author


def _comment(thread: Thread, author: Identity) -> dict[str, Any]:
    new = ids.new_id(NOW)
    return {
        "site_id": thread.site_id,
        "id": new,
        "thread_id": thread.id,
        "root_id": new,
        "account_id": author.account_id,
        "identity_id": author.id,
        "author_name": author.name,
        "author_provider": author.provider,
        "source": "meanwhile",
        "source_hash": ids.sha256(str(new)),
        "html": "<p>meanwhile</p>",
        "renderer_version": 1,
        "status": "approved",
        "shown": True,
        "created_at": NOW,
    }
