"""What to do about a helper that fails: leave it alone for a while, and say so once a minute."""

import logging
import math
import threading
import time
from collections.abc import Callable

PAUSE_SECONDS = 5.0
"""How long a helper that failed is left alone, so that a hanging one delays few requests."""
LOG_EVERY_SECONDS = 60.0


class Outage:
    """Remembers, for all threads, whether a helper may be asked.

    After a failure one caller in every `PAUSE_SECONDS` may try; the others go without until a try
    succeeds. `clock` counts seconds.
    """

    def __init__(
        self, logger: logging.Logger, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._logger = logger
        self._clock = clock
        self._lock = threading.Lock()
        self._try_again_at: float | None = None
        self._log_again_at = -math.inf

    def allows(self) -> bool:
        """Tell whether the caller may ask; whoever may has to say what came of it."""
        if self._try_again_at is None:
            return True
        with self._lock:
            now = self._clock()
            if self._try_again_at is None or now < self._try_again_at:
                return self._try_again_at is None
            self._try_again_at = now + PAUSE_SECONDS
            return True

    def over(self) -> None:
        """Remember that the helper answered."""
        if self._try_again_at is not None:
            with self._lock:
                self._try_again_at = None

    def began(self, consequence: str, error: Exception) -> None:
        """Remember a failure; the log hears the kind of error, which never quotes an address."""
        with self._lock:
            self._try_again_at = self._clock() + PAUSE_SECONDS
        self.say("%s (%s)", consequence, type(error).__name__)

    def say(self, message: str, *args: object) -> None:
        """Write one line, unless one was written within the last minute."""
        with self._lock:
            now = self._clock()
            due = now >= self._log_again_at
            if due:
                self._log_again_at = now + LOG_EVERY_SECONDS
        if due:
            self._logger.error(message, *args)
