"""A client's secret in a file that is replaced while the server runs."""

from __future__ import annotations

import logging
from pathlib import Path

_log = logging.getLogger("commentkit.signin")
_MAX_CHARS = 10_000


class SecretFile:
    """Read the secret anew at each use: a sign-in costs network calls, this costs nothing.

    While the file is away, or empty, or no text, as it may be for a moment of its replacement, the
    secret known before serves on.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._last = ""

    def __call__(self) -> str:
        """Return the secret; empty where none was ever read."""
        found = self._read()
        if found:
            self._last = found
        elif self._last:
            _log.warning("%s holds no secret now: the one before serves on", self.path)
        return self._last

    def _read(self) -> str:
        try:
            with self.path.open(encoding="utf-8") as file:
                return file.read(_MAX_CHARS).strip()
        except (OSError, UnicodeDecodeError):
            return ""
