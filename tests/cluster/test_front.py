"""nginx, with the configuration that the documentation shows, before two servers."""

import itertools
import time
from uuid import uuid4

import pytest
from tools.cluster.cluster import Cluster
from tools.cluster.programs import wait_until
from visiting import SITE, Door, Visitor, comments_in, thread_path, version_in

LAG_SECONDS = 12.0
"""What the documentation promises: a second, ten of stale-while-revalidate, and nginx's clock,
which counts whole seconds."""


KEPT = {"HIT", "STALE", "UPDATING"}
"""What nginx says of an answer that it had, depending on how busy this machine is."""


def cached(answer) -> str | None:  # type: ignore[no-untyped-def]
    """Return what nginx says of its cache; None where it was not asked."""
    said: str | None = answer.headers.get("X-Cache")
    return said


def commented(first: Door, second: Door, text: str) -> str:
    """Return a page of its own with a comment that both servers show."""
    page = f"page-{uuid4().hex}"
    assert Visitor("Anna").post(first, page, f"{text} on {page}").status == 201
    for door in (first, second):
        wait_until(lambda d=door: d.shows(page, f"{text} on {page}<"), "the comment")  # type: ignore[misc]
    return page


def test_a_public_page_is_answered_from_the_cache_with_its_etag(
    front: Door, first: Door, second: Door
) -> None:
    page = commented(first, second, "Kept")
    made, kept = front.thread(page), front.thread(page)
    assert cached(made) == "MISS"
    assert cached(kept) in KEPT
    assert kept.data == made.data
    assert kept.headers["ETag"] == made.headers["ETag"]
    assert kept.headers["Access-Control-Allow-Origin"] == "*"
    same = front.thread(page, If_None_Match=made.headers["ETag"])
    assert (same.status, same.data) == (304, b"")
    assert cached(same) in KEPT


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("br", "br"),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP;q=0.5", "gzip"),
        ("gzip;q=0.001, br;q=0", "gzip"),
        ("br;q=0.000, gzip;q=0", None),
        ("identity", None),
        ("xbr, gzipped", None),
        ("", None),
    ],
)
def test_each_reader_gets_a_coding_they_take(
    front: Door, first: Door, second: Door, accepted: str, coding: str | None
) -> None:
    page = commented(first, second, "Packed")
    for _ in range(2):
        answer = front.thread(page, Accept_Encoding=accepted)
        assert answer.headers.get("Content-Encoding") == coding
        assert "Accept-Encoding" in answer.headers["Vary"]
        direct = first.thread(page, Accept_Encoding=coding or "identity")
        assert direct.headers["ETag"] == answer.headers["ETag"]
        assert direct.data == answer.data


def test_ways_to_spell_a_coding_share_one_place(front: Door) -> None:
    front.thread("spelled", Accept_Encoding="gzip")
    for accepted in ("gzip ", "deflate, gzip", "gzip;q=0.7,*;q=0", "GZIP"):
        assert cached(front.thread("spelled", Accept_Encoding=accepted)) in KEPT


def test_what_is_personal_is_never_kept(front: Door) -> None:
    anna = Visitor("Anna")
    posted = anna.post(front, "personal", "Mine")
    assert cached(posted) is None
    for who in (anna, Visitor("Bruno"), anna):
        assert [*who.viewer(front, "personal")["editable"]] == who.posted
    for path in ("/page?key=a", "/viewer?key=a"):
        answer = front.ask(SITE + path, headers={"Origin": "http://localhost:8001"})
        assert cached(answer) is None
        assert "no-store" in answer.headers["Cache-Control"]


def test_what_is_sent_beside_the_address_never_reaches_a_kept_page(front: Door) -> None:
    clean = front.thread("poisoned-not", Accept_Encoding="gzip")
    evil = {
        "Host": "evil.example",
        "Origin": "https://evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-For": "evil.example",
        "Forwarded": "host=evil.example",
        "Accept-Language": "it," * 2000,
        "Cookie": "commentkit=evil",
        "Authorization": "Bearer evil",
        "X-Original-URL": "/evil",
        "Accept-Encoding": "identity",
    }
    poisoned = front.ask(thread_path("poisoned"), headers=evil)
    assert poisoned.status == 200
    assert cached(poisoned) == "MISS"
    for page in (poisoned, front.thread("poisoned", Accept_Encoding="identity")):
        assert b"evil" not in page.data
        assert "evil" not in repr(dict(page.headers))
    assert clean.status == 200


def test_a_refusal_is_not_kept_as_a_page(front: Door) -> None:
    for _ in range(2):
        answer = front.ask(f"{SITE}/thread?sort=sideways&key=a")
        assert answer.status == 400
        assert cached(answer) == "MISS"


def test_a_comment_is_seen_behind_the_front_within_its_lag(front: Door) -> None:
    """Each page is looked at again once only, since the first look fetches a newer one."""
    anna = Visitor("Anna")
    pages = [f"aged-{number}" for number in range(int(LAG_SECONDS) + 3)]
    posted: dict[str, float] = {}
    for page in pages:
        front.thread(page)
        assert anna.post(front, page, f"First on {page}").status == 201
        posted[page] = time.monotonic()
    assert anna.posted[-1] in anna.sees(front, pages.pop())  # the author at once
    stale = []
    for number, page in enumerate(pages):
        _wait_until(posted[page] + number)
        asked = time.monotonic() - posted[page]
        answer = front.thread(page)
        if f"First on {page}<" not in answer.data.decode():
            stale.append(asked)
    print(f"stale answers were asked for after {', '.join(f'{s:.1f}' for s in stale)} s")
    assert stale, "nothing was kept at all"
    assert max(stale) <= LAG_SECONDS + 1


def _wait_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def test_while_it_is_read_a_page_lags_a_few_seconds_at_most(front: Door) -> None:
    anna = Visitor("Anna")
    for number in range(3):
        front.thread("busy")
        assert anna.post(front, "busy", f"Busy {number}").status == 201
        posted, stale = time.monotonic(), 0.0
        while not front.shows("busy", f"Busy {number}<"):
            stale = time.monotonic() - posted
            assert stale <= LAG_SECONDS + 1
            time.sleep(0.1)
        print(f"seen after {stale:.1f} s")


def test_a_reader_never_goes_back_in_time(front: Door, first: Door, second: Door) -> None:
    anna, seen = Visitor("Anna"), 0
    for number, door in zip(range(20), itertools.cycle((first, second)), strict=False):
        assert anna.post(door, "onward", f"Step {number}").status == 201
        for _ in range(5):
            version = version_in(front.thread("onward"))
            assert version >= seen
            seen = version
    assert seen > 0


def complaints(cluster: Cluster) -> str:
    """Return what nginx wrote about its servers."""
    return (cluster.folder / "nginx" / "error.log").read_text()[-2000:]


def test_it_goes_on_when_a_server_dies(cluster: Cluster, front: Door, second: Door) -> None:
    anna = Visitor("Anna")
    assert anna.post(front, "survives", "Before").status == 201
    cluster.programs["first"].kill()
    for number in range(10):
        assert anna.post(front, "survives", f"After {number}").status == 201, complaints(cluster)
        assert front.ask(f"{SITE}/counts?key=other-{number}").status == 200
    assert len(comments_in(second.thread("survives"))) == 11
    assert sorted(anna.viewer(front, "survives")["editable"]) == sorted(anna.posted)


def test_with_no_server_at_all_the_last_pages_are_shown(cluster: Cluster, front: Door) -> None:
    Visitor("Anna").post(front, "last", "Still here")
    page = front.thread("last")
    for name in ("first", "second"):
        cluster.programs[name].kill()
    _wait_until(time.monotonic() + LAG_SECONDS + 1)
    again = front.thread("last")
    assert (again.status, cached(again), again.data) == (200, "STALE", page.data)
    assert front.thread("never-seen").status == 502
    assert Visitor("Anna").post(front, "last", "Lost?").status == 502
