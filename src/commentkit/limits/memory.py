"""The counts of one process: bounded by what was asked lately, and cheap to add to."""

import threading
import time
from collections.abc import Callable

from limits.storage import Storage

SWEEP_SECONDS = 60.0
"""How long a count that is over may stay; then each is looked at, by whoever comes next."""


class ProcessCounts(Storage):
    """What the library's own memory storage does, without its thread for each burst of requests.

    That one also loses counts between threads.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}
        self._sweep_at = clock() + SWEEP_SECONDS

    def __len__(self) -> int:
        return len(self._counts)

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """Return what to wrap: nothing here fails."""
        return ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a count, which begins anew `expiry` seconds after its first hit."""
        now = self._clock()
        with self._lock:
            if now >= self._sweep_at:
                self._sweep(now)
            count, ends = self._counts.get(key, (0, 0.0))
            if now >= ends:
                count, ends = 0, now + expiry
            self._counts[key] = count + amount, ends
            return count + amount

    def _sweep(self, now: float) -> None:
        self._sweep_at = now + SWEEP_SECONDS
        self._counts = {key: held for key, held in self._counts.items() if held[1] > now}

    def get(self, key: str) -> int:
        """Return a count; 0 for one that is over or never began."""
        count, ends = self._counts.get(key, (0, 0.0))
        return count if self._clock() < ends else 0

    def get_expiry(self, key: str) -> float:
        """Return when a count is over, in seconds since 1970."""
        now = self._clock()
        return max(self._counts.get(key, (0, now))[1], now)

    def check(self) -> bool:
        """Tell whether it works."""
        return True

    def reset(self) -> int:
        """Forget every count."""
        with self._lock:
            gone, self._counts = len(self._counts), {}
        return gone

    def clear(self, key: str) -> None:
        """Forget one count."""
        with self._lock:
            self._counts.pop(key, None)
