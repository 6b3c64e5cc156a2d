"""One reader's connection, and what makes a stored page old."""

import http.client
import json
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from sqlalchemy import Engine, text

from bench.content import BLOG
from bench.lab import ENDPOINT
from bench.process import Program

STALE_SECONDS = 1.2
"""After this long no answer may be older than the change: then a page is made anew."""
_GUEST = {"name": "Guest", "email": "guest@example.org", "transport": "bearer"}
_PERSONAL = {"Origin": BLOG, "X-CommentKit": "1", "Content-Type": "application/json"}
_OLDER = text("UPDATE commentkit_thread SET version = version + 1 WHERE key_hash = :key")


class Connection:
    """A connection that is kept, as a browser's is."""

    def __init__(self, program: Program) -> None:
        parts = urlsplit(program.url)
        self._http = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)

    def milliseconds(self, path: str) -> float:
        """Ask for a page, read it whole, and return how long that took."""
        begin = time.perf_counter()
        self._http.request("GET", path)
        answer = self._http.getresponse()
        answer.read()
        took = time.perf_counter() - begin
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
        return took * 1000

    def post(self, page: str, text: str) -> None:
        """Post a guest's comment to a page of the host."""
        body = json.dumps({**_GUEST, "thread": {"url": page}, "text": text})
        self._http.request("POST", f"{ENDPOINT}/comments", body, _PERSONAL)
        answer = self._http.getresponse()
        said = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"a post was answered {answer.status}: {said[:200]!r}")

    def close(self) -> None:
        """Hang up."""
        self._http.close()


def make_old(engine: Engine, keys: Sequence[bytes]) -> None:
    """Raise the versions of threads from outside, and wait until no stored page may be given."""
    with engine.begin() as connection:
        connection.execute(_OLDER, [{"key": key} for key in keys])
    time.sleep(STALE_SECONDS)
