"""What the outbox and its handlers say to each other, and how patient it is."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
LAST_TRY = 17
"""With the waits above, the last try comes about two days after the first."""


class NotDelivered(Exception):  # noqa: N818 - says what happened
    """Raised by a handler to be tried again; its text is stored, so it holds no secret."""


class Undeliverable(NotDelivered):
    """Raised by a handler when trying again cannot help."""


@dataclass(frozen=True)
class Parcel:
    """One row as its handler sees it."""

    site_id: int
    id: int
    kind: str
    payload: Mapping[str, Any]
    tries: int
    """This one included."""


@dataclass(frozen=True)
class Onward:
    """A further parcel for the same site, written in the transaction that marks its cause done."""

    kind: str
    payload: Mapping[str, Any]


Handler = Callable[[Parcel], Sequence[Onward]]
"""Delivers a parcel outside any transaction; returns what follows from it, often nothing."""


def backoff(parcel: Parcel) -> timedelta:
    """Return the wait after this try: doubling, spread by ±25 % so that none march in step."""
    wait = min(FIRST_WAIT * (1 << min(parcel.tries - 1, 20)), LONGEST_WAIT)
    spread = parcel.id % 1024 / 1023  # the low bits of an id are random
    return wait * (0.75 + spread / 2)


def describe(error: BaseException) -> str:
    """Name an error and its place without its text, which may hold addresses or passwords."""
    if isinstance(error, NotDelivered):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + place
