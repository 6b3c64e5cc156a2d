"""The Redis that two servers share: flushed, killed, hung, lying. No reader may notice."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest
from redis import Redis
from tools.cluster.cluster import Cluster
from tools.cluster.programs import wait_until
from visiting import SITE, Door, Visitor, comments_in


@pytest.fixture
def redis(cluster: Cluster) -> Iterator[Any]:
    """What the servers share, from outside."""
    with closing(Redis(port=cluster.ports.redis)) as client:
        yield client


@pytest.fixture
def page(first: Door) -> str:
    """A page with a comment, which one server has made and put where both look."""
    page = f"page-{uuid4().hex}"
    assert Visitor("Anna").post(first, page, f"Hello from {page}").status == 201
    assert first.shows(page, f"Hello from {page}<")
    return page


def places(redis: Any) -> list[bytes]:
    return sorted(redis.keys("commentkit:page:*"))


def kept_page(redis: Any, door: Door) -> str | None:
    """Let a server make a page; None where it could not put it there in time, and now pauses."""
    page = f"page-{uuid4().hex}"
    Visitor("Anna").post(door, page, "Made once")
    redis.flushall()
    door.thread(page)
    return page if len(places(redis)) == 1 else None


def test_what_one_server_made_the_other_takes(redis: Any, first: Door, second: Door) -> None:
    found: list[str | None] = []
    wait_until(lambda: found.append(kept_page(redis, first)) or bool(found[-1]), "a page in Redis")  # type: ignore[func-returns-value]
    page = found[-1] or ""
    made, before = first.thread(page), places(redis)
    hits = redis.info("stats")["keyspace_hits"]
    wait_until(lambda: second.shows(page, "Made once<"), "the comment")
    assert second.thread(page).data == made.data
    assert places(redis) == before
    assert redis.info("stats")["keyspace_hits"] > hits


def flush(redis: Any) -> None:
    redis.flushall()


def garble(redis: Any) -> None:
    for place in places(redis):
        redis.set(place, b"<p>Buy this</p>" * 50)


def swap(redis: Any) -> None:
    """Put every page in the place of another one."""
    known = places(redis)
    values = [redis.get(place) for place in known]
    redis.mset(dict(zip(known, [*values[1:], values[0]], strict=True)))


def cut(redis: Any) -> None:
    for place in places(redis):
        redis.set(place, redis.get(place)[:-1])


def confuse(redis: Any) -> None:
    """Put values of another kind there, for the rates as well as for the pages."""
    for place in redis.keys("*"):
        redis.delete(place)
        redis.rpush(place, "a", "list")


@pytest.mark.parametrize("spoil", [flush, garble, swap, cut, confuse])
def test_a_store_that_lies_changes_no_byte(
    redis: Any, first: Door, second: Door, page: str, spoil: Callable[[Any], None]
) -> None:
    Visitor("Bruno").post(first, f"beside-{page}", "Another page")
    first.thread(f"beside-{page}")
    spoil(redis)
    wait_until(lambda: second.shows(page, f"Hello from {page}<"), "the comment")
    assert second.thread(page).data == first.thread(page).data
    assert b"Buy this" not in second.thread(page).data
    assert Visitor("Carla").post(second, page, "And now?").status == 201
    assert len(comments_in(second.thread(page))) == 2


def killed(cluster: Cluster) -> None:
    cluster.programs["redis"].kill()


def hung(cluster: Cluster) -> None:
    cluster.programs["redis"].pause()


@pytest.mark.parametrize("fail", [killed, hung])
def test_a_store_that_fails_is_not_missed(
    cluster: Cluster, first: Door, second: Door, page: str, fail: Callable[[Cluster], None]
) -> None:
    fail(cluster)
    wait_until(lambda: second.shows(page, f"Hello from {page}<"), "the comment")
    assert second.thread(page).data == first.thread(page).data
    for door in (first, second):
        anna = Visitor("Anna")
        assert anna.post(door, page, f"Through {door.url}").status == 201
        assert set(anna.posted) <= anna.sees(door, page)
        assert door.thread(f"new-{page}").status == 200
        assert door.count(page) >= 1
    cluster.mend()
    assert Visitor("Bruno").post(first, page, "It is back").status == 201


def probe(door: Door, client: str) -> int:
    answer = door.ask(
        f"{SITE}/probe",
        method="POST",
        headers={
            "Origin": "http://localhost:8001",
            "X-CommentKit": "1",
            "X-Forwarded-For": client,
        },
    )
    return int(answer.status)


def counts_in_redis(door: Door, redis: Any) -> bool:
    """Tell whether a server counts there: one that has failed is left alone for some seconds."""
    redis.flushall()
    return probe(door, "198.51.100.9") == 200 and bool(redis.keys("LIMIT*"))


def test_two_servers_count_one_rate(redis: Any, first: Door, second: Door) -> None:
    for door in (first, second):
        wait_until(lambda d=door: counts_in_redis(d, redis), "a server to count in Redis")  # type: ignore[misc]
    clients = (f"203.0.113.{number}" for number in range(1, 6))
    told: list[int] = []
    for client in clients:  # a server that waited too long for Redis counts alone for a while
        told = [probe(door, client) for _ in range(70) for door in (first, second)]
        if told.count(200) == 120:
            break
    assert told.count(200) == 120
    assert set(told[120:]) == {429}
    assert probe(second, "203.0.113.8") == 200
