"""How many processes answer, as far as the environment says."""

import os

_SAY = ("COMMENTKIT_WORKERS", "WEB_CONCURRENCY")


def processes() -> int:
    """Return how many processes of this server answer; one where nothing says so."""
    said = (os.environ.get(name, "") for name in _SAY)
    return next((int(text) for text in said if text.isdecimal() and int(text)), 1)
