"""A loader for machines without wrk: threads over urllib3, as many as connections, no more.

Python makes a few thousand requests a second at most. A row that could do more shows the loader's
limit, and its `loader` says so.
"""

import itertools
import json
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from urllib3 import HTTPConnectionPool, connection_from_url
from urllib3.exceptions import HTTPError

from bench.measure import percentile

Request = tuple[str, str, str | None]
"""Method, path and body."""

_TEXT = (
    "I read it twice, and the *second* time I saw what was meant by the third paragraph: "
    "see https://example.org/a-longer-page for what others had to say about it."
)


@dataclass
class _Seen:
    """What one thread saw; merged at the end, so that no thread waits for another."""

    times: list[float] = field(default_factory=list)
    broken: int = 0
    refused: int = 0


def main() -> None:
    """Read a job from the standard input, and print what came of it."""
    job, url = json.load(sys.stdin), sys.argv[1]
    begin = time.monotonic()
    seen = _loaded(url, job, begin + job["seconds"])
    times = [t for one in seen for t in one.times] or [0.0]
    done = {
        "requests": sum(len(one.times) for one in seen),
        "duration": (time.monotonic() - begin) * 1e6,
        "p50": percentile(times, 0.5) * 1e6,
        "p99": percentile(times, 0.99) * 1e6,
        "broken": sum(one.broken for one in seen),
        "refused": sum(one.refused for one in seen),
    }
    print(json.dumps(done))


def _loaded(url: str, job: dict[str, Any], until: float) -> list[_Seen]:
    count = job["connections"]
    pool = connection_from_url(url, maxsize=count, block=True, retries=False, timeout=20)
    requests, seen = _requests(job), [_Seen() for _ in range(count)]
    lock = threading.Lock()

    def following() -> Request:
        with lock:
            return next(requests)

    threads = [
        threading.Thread(target=_ask, args=(pool, following, job["headers"], one, until))
        for one in seen
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def _ask(
    pool: HTTPConnectionPool,
    following: Callable[[], Request],
    headers: dict[str, str],
    seen: _Seen,
    until: float,
) -> None:
    while (begin := time.monotonic()) < until:
        method, path, body = following()
        kind = {"Content-Type": "application/json"} if body else {}
        try:
            answer = pool.urlopen(method, path, body=body, headers={**headers, **kind})
        except HTTPError:
            seen.broken += 1
            continue
        seen.refused += answer.status >= 400
        seen.times.append(time.monotonic() - begin)


def _requests(job: dict[str, Any]) -> Iterator[Request]:
    if job["pages"]:
        return _posts(_lines(job["pages"]), job["path"])
    paths = _lines(job["paths"]) if job["paths"] else [job["path"]]
    first = job["first"] % len(paths)
    return (("GET", path, None) for path in itertools.cycle([*paths[first:], *paths[:first]]))


def _posts(pages: list[str], path: str) -> Iterator[Request]:
    run = secrets.token_hex(8)
    for number, page in enumerate(itertools.cycle(pages)):
        body = {
            "thread": {"url": page, "title": "A page"},
            "text": f"{run} {number}. {_TEXT}",
            "name": f"Guest {number}",
            "email": f"guest{number}@example.org",
            "transport": "bearer",
            "idempotency_key": f"{run}-{number:022d}",
        }
        yield "POST", path, json.dumps(body)


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    main()
