"""The doctor on pools, poolers and replicas, over real servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from database_support import SERVERS, fresh_url
from flask import Flask
from pgbouncer_support import bouncing
from sqlalchemy import make_url

from commentkit import CommentKit
from commentkit.doctor import Finding, connections
from commentkit.doctor.finding import Patient
from commentkit.migrations import upgrade
from commentkit.model import own_engine

servers = pytest.mark.parametrize("kind", SERVERS)


@pytest.fixture
def url(kind: str, tmp_path: Path) -> Iterator[str]:
    with fresh_url(kind, tmp_path) as address:
        engine = own_engine(address)
        upgrade(engine)
        engine.dispose()
        yield address


class Ward:
    """Apps as they would be set up; what they opened is closed at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._there: list[Patient] = []

    def patient(self, url: str, **config: object) -> Patient:
        app = Flask("host", instance_path=str(self._folder))
        app.config.update(
            SECRET_KEY="0123456789abcdefghijklmnopqrstuvwxyz",
            COMMENTKIT_PUBLIC_URL="https://comments.example.org",
            COMMENTKIT_DATABASE_URL=url,
            **config,
        )
        CommentKit().init_app(app)
        self._there.append(Patient(app, app.extensions["commentkit"], offline=True))
        return self._there[-1]

    def close(self) -> None:
        for each in self._there:
            database = each.kit.database
            for engine in (database.engine, *database.replicas):
                engine.dispose()


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    made = Ward(tmp_path)
    yield made
    made.close()


def only(found: Iterator[Finding], level: str, said: str) -> None:
    (finding,) = found
    assert (finding.level, finding.do == "") == (level, level == "ok"), finding
    assert said in finding.said


@servers
@pytest.mark.parametrize(
    ("size", "environment", "level", "said"),
    [
        (10, {}, "ok", "One process may open 10 connections of the "),
        (10, {"COMMENTKIT_WORKERS": "3"}, "ok", "3 processes may open 30 connections of the "),
        (8, {}, "warn", "8 requests at once has 8 connections"),
        (10, {"COMMENTKIT_THREADS": "32"}, "warn", "32 requests at once has 10"),
        (10, {"COMMENTKIT_WORKERS": "40"}, "warn", "40 processes may open 400"),
        (10, {"WEB_CONCURRENCY": "40"}, "warn", "40 processes may open 400"),
    ],
)
def test_connections_are_enough_and_not_too_many(
    ward: Ward,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    environment: dict[str, str],
    level: str,
    said: str,
) -> None:
    for name in ("COMMENTKIT_THREADS", "COMMENTKIT_WORKERS", "WEB_CONCURRENCY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    only(connections.pool(ward.patient(url, COMMENTKIT_POOL_SIZE=size)), level, said)


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_pooler_is_noticed(ward: Ward, url: str) -> None:
    assert list(connections.pooler(ward.patient(url))) == []
    with bouncing(make_url(url)) as pooled:
        shown = pooled.render_as_string(hide_password=False)
        only(connections.pooler(ward.patient(shown)), "ok", "PgBouncer")


@servers
def test_a_replica_that_is_not_there(ward: Ward, url: str) -> None:
    gone = make_url(url).set(port=1).render_as_string(hide_password=False)
    found = connections.replicas(ward.patient(url, COMMENTKIT_REPLICA_URLS=gone))
    only(found, "fail", "does not answer")


@servers
def test_a_replica_without_the_tables(kind: str, tmp_path: Path, ward: Ward, url: str) -> None:
    with fresh_url(kind, tmp_path) as other:
        found = connections.replicas(ward.patient(url, COMMENTKIT_REPLICA_URLS=other))
        only(found, "fail", "There are no tables yet")


@servers
def test_a_second_database_is_no_replica(ward: Ward, url: str) -> None:
    """Nor is the database itself."""
    found = connections.replicas(ward.patient(url, COMMENTKIT_REPLICA_URLS=url))
    only(found, "warn", "no replica")


def test_without_replicas_there_is_nothing_to_say(tmp_path: Path, ward: Ward) -> None:
    some = ward.patient(f"sqlite:///{tmp_path}/a.sqlite3")
    for check in (connections.pool, connections.pooler, connections.replicas):
        assert list(check(some)) == []


@pytest.mark.parametrize(
    ("seconds", "level", "said"),
    [
        (0.0, "ok", "keeps up"),
        (10.0, "ok", "keeps up"),
        (75.4, "warn", "75 seconds behind"),
        (None, "warn", "does not say"),
    ],
)
def test_how_late_is_too_late(seconds: float | None, level: str, said: str) -> None:
    standing = connections.Standing(follows=True, seconds=seconds)
    only(iter([connections.judged("postgresql://replica", standing)]), level, said)
