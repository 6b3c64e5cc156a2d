"""A replica that lags by minutes, and a primary that is gone."""

import itertools
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import uuid4

import psycopg
import pytest
from tools.cluster import postgresql
from tools.cluster.cluster import Cluster
from tools.cluster.programs import wait_until
from visiting import SITE, Door, Visitor, comments_in, url_of, version_in

PREFIX_OF_DRIVER = "+psycopg"


@contextmanager
def lagging(cluster: Cluster) -> Iterator[None]:
    """Let the replica stand still, as one that has minutes to catch up with does."""
    address = postgresql.url(cluster.ports.replica).replace(PREFIX_OF_DRIVER, "")
    with closing(psycopg.connect(address, autocommit=True)) as replica:
        replica.execute("SELECT pg_wal_replay_pause()")
        state = "SELECT pg_get_wal_replay_pause_state()"
        wait_until(lambda: replica.execute(state).fetchone() == ("paused",), "the replica to pause")
        try:
            yield
        finally:
            replica.execute("SELECT pg_wal_replay_resume()")


def caught_up(cluster: Cluster) -> bool:
    """Tell whether the replica has what the primary had a moment ago."""
    primary, replica = (
        postgresql.url(port).replace(PREFIX_OF_DRIVER, "")
        for port in (cluster.ports.primary, cluster.ports.replica)
    )
    with closing(psycopg.connect(primary, autocommit=True)) as asked:
        [written] = asked.execute("SELECT pg_current_wal_lsn()").fetchone() or [None]
    with closing(psycopg.connect(replica, autocommit=True)) as asked:
        done = asked.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", [str(written)])
        return done.fetchone() == (True,)


@pytest.fixture(autouse=True)
def _fresh_replica(cluster: Cluster) -> None:
    wait_until(lambda: caught_up(cluster), "the replica to catch up")


def test_own_comments_are_there_at_once_wherever_their_author_looks(
    cluster: Cluster, first: Door, second: Door, front: Door
) -> None:
    anna = Visitor("Anna")
    assert anna.post(first, "own", "Before the lag").status == 201
    with lagging(cluster):
        for number, door in zip(range(6), itertools.cycle((first, second, front)), strict=False):
            assert anna.post(door, "own", f"Comment {number}").status == 201
            for look in (first, second, front):
                assert set(anna.posted) <= anna.sees(look, "own")


def test_a_first_comment_on_a_page_is_there_for_its_author(
    cluster: Cluster, first: Door, second: Door
) -> None:
    anna = Visitor("Anna")
    with lagging(cluster):
        assert anna.post(first, "brand-new", "The very first").status == 201
        assert anna.sees(first, "brand-new") == set(anna.posted)
        assert anna.sees(second, "brand-new") == set(anna.posted)


def test_nobody_goes_back_in_time(cluster: Cluster, first: Door, second: Door) -> None:
    """A browser sends the ETag of what it has; by that the other server knows."""
    anna = Visitor("Anna")
    anna.post(first, "back", "Before the lag")
    seen, etag = 0, ""
    with lagging(cluster):
        for number in range(8):
            writer = (first, second)[number % 2]
            assert anna.post(writer, "back", f"Comment {number}").status == 201
            for door in (writer, first, second, first, second):
                answer = door.thread("back", If_None_Match=etag)
                if answer.status == 304:
                    continue
                version = version_in(answer)
                assert version >= seen
                seen, etag = version, answer.headers["ETag"]
        assert len(comments_in(first.thread("back"))) >= 8


def test_whoever_waits_for_the_replica_sees_all_of_it(
    cluster: Cluster, first: Door, second: Door
) -> None:
    anna = Visitor("Anna")
    anna.post(first, "later", "Before the lag")
    second.thread("later")
    with lagging(cluster):
        assert anna.post(first, "later", "During the lag").status == 201
    for door in (first, second):
        wait_until(lambda d=door: d.shows("later", "During the lag<"), "the comment")  # type: ignore[misc]


# Without a primary


@dataclass(frozen=True)
class Left:
    """What was there when the primary went away."""

    anna: Visitor
    read: str
    """A page that was read at both servers."""
    unread: str
    """A page with a comment that nobody has asked for."""


@pytest.fixture
def without_primary(cluster: Cluster, first: Door, second: Door) -> Left:
    """The primary is gone; both servers had written just before."""
    anna, mark = Visitor("Anna"), uuid4().hex
    left = Left(anna, f"read-{mark}", f"unread-{mark}")
    for page in (left.read, left.unread):
        assert anna.post(first, page, f"Before on {page}").status == 201
    for door in (first, second):
        wait_until(lambda d=door: d.shows(left.read, f"Before on {left.read}<"), "the comment")  # type: ignore[misc]
        assert anna.post(door, f"else-{mark}", f"Written at {door.url}").status == 201
    wait_until(lambda: caught_up(cluster), "the replica to catch up")
    cluster.programs["primary"].kill()
    return left


def test_pages_are_read_from_the_replica(
    without_primary: Left, first: Door, second: Door, front: Door
) -> None:
    left = without_primary
    for door in (second, front, first):
        for page in (left.read, left.unread):
            assert door.shows(page, f"Before on {page}<"), (door.url, page)
        assert door.count(left.unread) == 1
        assert door.thread("nobody-was-here").status == 200


def test_a_post_is_refused_and_nothing_is_lost_of_it(
    cluster: Cluster, without_primary: Left, front: Door
) -> None:
    anna, page = without_primary.anna, without_primary.read
    refused = anna.post(front, page, "Not lost")
    assert refused.status == 503
    error = json.loads(refused.data)["error"]
    assert error["code"] == "unavailable"
    assert "text is kept" in error["message"]
    assert "no-store" in refused.headers["Cache-Control"]
    cluster.mend()
    assert anna.post(front, page, "Not lost").status == 201


def test_a_form_comes_back_with_all_that_was_typed(
    cluster: Cluster, without_primary: Left, front: Door
) -> None:
    typed = {
        "url": url_of(without_primary.read),
        "text": "Typed for an hour",
        "name": "Bruno",
        "email": "bruno@example.org",
        "website": "https://bruno.example.org",
    }
    answer = front.ask(
        f"{SITE}/page/comments",
        method="POST",
        headers={
            "Origin": cluster.url,
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        body=urlencode(typed).encode(),
    )
    assert answer.status == 503
    assert "Typed for an hour" in answer.data.decode()
