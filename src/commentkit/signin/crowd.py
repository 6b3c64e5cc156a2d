"""How many threads may wait at once for servers that visitors name: the others serve readers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

MOST = 3
"""Of a process, which has eight threads by default; a server may take some seconds to answer."""


class Crowded(Exception):  # noqa: N818 - says what happened
    """Say that no place became free in time."""


@dataclass(frozen=True)
class Crowd:
    """Lets few in at once; one for an app, used by all its threads."""

    _free: threading.Semaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(MOST), repr=False
    )

    @contextmanager
    def place(self, *, wait_seconds: float) -> Iterator[None]:
        """Hold a place; raise Crowded where none becomes free in that time."""
        if not self._free.acquire(timeout=wait_seconds):
            raise Crowded
        try:
            yield
        finally:
            self._free.release()
