"""Measure what the model takes for granted, on a PostgreSQL and a Redis of this machine.

    python -m bench.simulation.measure

Processor time of this thread and of the database's own process, so that other programs count
little. What a server around the app costs is not in it: add some 0.03 ms a request (granian).
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from flask import Flask
from sqlalchemy import Engine, event, text, update

from bench import databases
from bench.seed import SeededThread, seed
from commentkit import CommentKit, migrations, sites
from commentkit.limits import DEFAULT_RATES
from commentkit.model import Thread, own_engine
from commentkit.rules import SiteRules
from commentkit.web.kit import Kit

SERVER = "http://127.0.0.1:8000"
ORIGIN = "https://measured.example.org"
REDIS = os.environ.get("COMMENTKIT_TEST_REDIS", "redis://127.0.0.1:6379/0")
THREADS, SHOWN = 40, 50
CREATED = 201
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Clock:
    """Moved by hand: a page becomes old when we say so."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


@dataclass
class Subject:
    """An app over a filled database, and what it is asked."""

    app: Flask
    engine: Engine
    clock: Clock
    site_id: int
    threads: list[SeededThread]
    statements: int = 0

    @property
    def kit(self) -> Kit:
        """Return what the app's section runs on."""
        kit: Kit = self.app.extensions["commentkit"]
        return kit

    def read(self, number: int) -> bytes:
        """Ask for a thread's page as a server would hand it over."""
        return self.read_url(self.threads[number].url)

    def read_url(self, url: str) -> bytes:
        """Ask for the thread of any address."""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/commentkit/measured/thread",
            "QUERY_STRING": f"url={quote(url, safe='')}",
            "HTTP_ACCEPT_ENCODING": "br",
        }
        return b"".join(self.app.wsgi_app(environ, lambda *_: None))  # type: ignore[arg-type]

    def post(self, number: int) -> None:
        """Post as a guest nobody has seen before."""
        body = {
            "thread": {"url": self.threads[number].url, "title": "A page"},
            "text": f"Measured {secrets.token_hex(8)}",
            "name": secrets.token_hex(4),
            "email": "guest@example.org",
            "transport": "bearer",
            "idempotency_key": secrets.token_urlsafe(18),
        }
        answer = self.app.test_client(use_cookies=False).post(
            f"{SERVER}/commentkit/measured/comments",
            json=body,
            headers={"X-CommentKit": "1", "Origin": ORIGIN},
        )
        if answer.status_code != CREATED:
            raise RuntimeError(f"a post was refused: {answer.get_json()}")

    def forget(self) -> None:
        """Drop every page of this process."""
        for kept in set(self.kit.pages.addresses.values()):
            self.kit.pages.drop(kept)

    def change(self) -> None:
        """Give every thread a new version, as another process would."""
        with self.engine.begin() as connection:
            connection.execute(
                update(Thread)
                .where(Thread.site_id == self.site_id)
                .values(version=Thread.version + 1)
            )


@dataclass(frozen=True)
class Cost:
    """Of one call, in milliseconds; and how many statements it made."""

    here: float
    database: float
    statements: float

    def __str__(self) -> str:
        return f"{self.here:8.3f} ms {self.database:8.3f} ms {self.statements:6.1f} statements"


def cost(subject: Subject, call: Callable[[int], object], times: int, *, rounds: int = 3) -> Cost:
    """Call so many times, and divide; the round that others disturbed least counts."""
    return min((_cost(subject, call, times) for _ in range(rounds)), key=lambda one: one.here)


def _cost(subject: Subject, call: Callable[[int], object], times: int) -> Cost:
    before = subject.statements, _database_seconds(subject.engine), time.thread_time()
    for number in range(times):
        call(number)
    here = time.thread_time() - before[2]
    there = _database_seconds(subject.engine) - before[1]
    count = subject.statements - before[0]
    return Cost(here / times * 1000, there / times * 1000, count / times)


def _database_seconds(engine: Engine) -> float:
    """Return the processor time of the one process that serves our one connection."""
    with engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid() -- ours"))
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


@contextmanager
def subject(*, redis: str = "") -> Iterator[Subject]:
    """Make the app over a fresh PostgreSQL database."""
    with TemporaryDirectory() as folder, databases.fresh("postgresql", Path(folder)) as url:
        engine = own_engine(url)
        migrations.upgrade(engine)
        clock = Clock()
        app = app_over(engine, clock, Path(folder), COMMENTKIT_PAGES_STORAGE=redis)
        yield filled(app, engine, clock, [SHOWN] * THREADS + [1])
        engine.dispose()


def filled(app: Flask, engine: Engine, clock: Clock, sizes: Sequence[int]) -> Subject:
    """Fill the app's database with threads of so many comments, and count its statements."""
    with app.extensions["commentkit"].database.begin() as db:
        site = sites.add(
            db,
            name="measured",
            title="Measured",
            language="en",
            origins=[ORIGIN],
            rules=SiteRules(hold="nobody"),
            now=clock(),
        )
    seeded = seed(engine, site.id, threads=sizes, origin=ORIGIN)
    made = Subject(app, engine, clock, site.id, seeded.threads)
    event.listen(engine, "before_cursor_execute", lambda *a: _count(made, a[2]))
    return made


def _count(made: Subject, statement: str) -> None:
    made.statements += not statement.endswith("-- ours")


def app_over(engine: Engine, clock: Clock, folder: Path, **more: object) -> Flask:
    """Make an app whose public pages are answered in front of it."""
    app = Flask("measured", instance_path=str(folder))
    app.config.update(
        SECRET_KEY="0123456789abcdefghijklmnopqrstuvwxyz",
        COMMENTKIT_PUBLIC_URL=SERVER,
        COMMENTKIT_READ_PATH=True,
        COMMENTKIT_DELIVERY_THREAD=False,
        COMMENTKIT_LIMITS=dict.fromkeys(DEFAULT_RATES, "1000000/minute"),
        **more,
    )
    CommentKit(engine=engine, clock=clock).init_app(app)
    return app


def main() -> None:
    """Measure, and print."""
    with subject() as alone:
        _alone(alone)
    with subject(redis=REDIS) as sharing:
        _sharing(sharing)


def _alone(seen: Subject) -> None:
    for number in range(THREADS + 1):
        seen.read(number)
    long, short = _length(seen, 0), _length(seen, THREADS)
    print(f"a page: {short:,} bytes, and {(long - short) // (SHOWN - 1):,} for each comment more")
    print("fresh    ", cost(seen, lambda _: seen.read(0), 5_000))
    print("checked  ", _old(seen, 5))
    print("rendered ", _rendered(seen))
    before = seen.kit.database.commits
    print("post     ", cost(seen, lambda number: seen.post(number % THREADS), 100, rounds=1))
    print(f"a post: {(seen.kit.database.commits - before) / 100:.1f} commits")


def _length(seen: Subject, number: int) -> int:
    url = quote(seen.threads[number].url, safe="")
    page = seen.kit.pages.addresses[("/commentkit/measured/thread", f"url={url}")].made
    return len(page.body)


def _old(seen: Subject, rounds: int) -> Cost:
    """Measure reads of pages that are old, of a site that is known."""

    def call(number: int) -> None:
        if number % THREADS == 0:
            seen.clock.move(0.5)
        seen.read(number % THREADS)

    return cost(seen, call, rounds * THREADS)


def _rendered(seen: Subject) -> Cost:
    """Measure reads of pages that another process has changed."""

    def call(number: int) -> None:
        if number == 0:
            seen.change()
            seen.clock.move(0.5)
        seen.read(number)

    return cost(seen, call, THREADS)


def _sharing(seen: Subject) -> None:
    """Measure reads of pages that another process has rendered."""

    def call(number: int) -> None:
        if number == 0:
            seen.forget()
        seen.read(number)

    call(0)
    cost(seen, call, THREADS)
    print("shared   ", cost(seen, call, THREADS))


if __name__ == "__main__":
    main()
