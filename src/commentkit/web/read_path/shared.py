"""Finished pages in Redis or Valkey, so that what one process rendered serves the others too."""

import hmac
import logging
import time
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from commentkit.exchanges import Deadline, bind
from commentkit.outage import Outage
from commentkit.settings import SettingsError

if TYPE_CHECKING:
    from redis import Redis

logger = logging.getLogger("commentkit.pages")

MAX_BYTES = 2**20
"""The longest page that is kept, and the longest value that is read."""
TIMEOUT_SECONDS = 0.08
"""For the whole of what is asked, connecting too, and however slowly the answer comes.

A page renders in less than a hanging store may cost, and few requests wait that long.
"""

_PLAIN, _ZLIB = b"\0", b"\1"
_MAC_BYTES = 32
_LEAST_TO_COMPRESS = 1024
_ALONE = "pages are rendered in each process alone: the shared store failed"

T = TypeVar("T")


class SharedPages:
    """Keeps pages under names that say all they depend on; nothing is ever invalidated.

    A value carries a signature over its name and itself, keyed by `secret`: whatever else the
    store holds, or answers, counts as nothing held. It never raises: a store that fails is left
    alone for some seconds. Raises `SettingsError` for a `url` that cannot work; opens nothing.
    """

    def __init__(
        self, url: str, secret: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = _client(url)
        self._deadline = Deadline()
        bind(self._store, self._deadline)
        self._key = hmac.digest(secret.encode(), b"commentkit shared pages", "sha256")
        self._outage = Outage(logger, clock=clock)

    def get(self, name: str) -> bytes | None:
        """Return the page of that name, if the store holds the one that was put."""
        place = self._place(name)
        value = self._ask(lambda: self._store.getrange(place, 0, MAX_BYTES + _MAC_BYTES))
        if not value:
            return None
        body = self._read(name, value)
        if body is None:
            self._outage.say("the shared store held a page that was not ours; it was not used")
        return body

    def put(self, name: str, body: bytes, *, seconds: int) -> None:
        """Keep a page for that long; one beyond `MAX_BYTES` is left out."""
        if len(body) > MAX_BYTES:
            return
        packed = _packed(body)
        value = self._signature(name, packed) + packed
        place = self._place(name)
        self._ask(lambda: self._store.set(place, value, ex=seconds))

    def answers(self) -> bool:
        """Ask the store whether it is there."""
        return self._ask(lambda: self._store.ping()) is not None

    def close(self) -> None:
        """Let go of the connections."""
        self._store.close()

    def _ask(self, call: Callable[[], T]) -> T | None:
        """Return what the store says; None while it is left alone, or if it fails.

        A store that refuses one command, since another kind of value has that name or its memory
        is full, is not one that fails: it answers at once.
        """
        from redis.exceptions import ResponseError

        if not self._outage.allows():
            return None
        try:
            with self._deadline.within(TIMEOUT_SECONDS):
                said = call()
        except ResponseError as error:
            self._outage.say("the shared store refused a page (%s)", type(error).__name__)
            said = None
        except Exception as error:  # noqa: BLE001 -- what garbage does to a parser has no type
            self._outage.began(_ALONE, error)
            return None
        self._outage.over()
        return said

    def _place(self, name: str) -> str:
        """Return the name in the store: two deployments that share one never meet."""
        return f"commentkit:page:{hmac.digest(self._key, name.encode(), 'sha256').hex()}"

    def _signature(self, name: str, packed: bytes) -> bytes:
        said = name.encode()
        return hmac.digest(self._key, b"%d:%s%s" % (len(said), said, packed), "sha256")

    def _read(self, name: str, value: object) -> bytes | None:
        """Return the body, whose length its signature vouches for: `put` measured it."""
        if not isinstance(value, bytes):
            return None
        signature, packed = value[:_MAC_BYTES], value[_MAC_BYTES:]
        if not hmac.compare_digest(signature, self._signature(name, packed)):
            return None
        return zlib.decompress(packed[1:]) if packed[:1] == _ZLIB else packed[1:]


def _packed(body: bytes) -> bytes:
    """Compress quickly what gets shorter by it; what is compressed already does not."""
    if len(body) >= _LEAST_TO_COMPRESS:
        smaller = zlib.compress(body, 1)
        if len(smaller) < len(body) * 0.9:
            return _ZLIB + smaller
    return _PLAIN + body


def _client(url: str) -> "Redis":
    """Make a client that fails soon: its own three retries would hold up a reader."""
    try:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        return Redis.from_url(
            url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
    except (ImportError, ValueError) as error:
        raise SettingsError(
            "COMMENTKIT_PAGES_STORAGE cannot be used: it accepts redis://host:6379/0, "
            "which needs the extra commentkit[redis]."
        ) from error
