"""Rounds in which floor and subject take turns, so that a busy machine slows both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

T = TypeVar("T")
ROUNDS = 3


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What one stretch of load showed."""

    rate: float
    """Answers a second."""
    p50: float
    """Milliseconds."""
    p99: float
    cpu: float
    """Milliseconds of the server's processor time an answer."""


def rounds(sides: Mapping[str, Callable[[], T]], times: int = ROUNDS) -> list[dict[str, T]]:
    """Measure each side once a round, in turn."""
    return [{name: side() for name, side in sides.items()} for _ in range(times)]


def ratios(
    found: Sequence[Mapping[str, T]],
    of: Callable[[T], float],
    *,
    over: str,
    under: str,
) -> list[float]:
    """Divide one side by the other within each round."""
    return [of(one[over]) / of(one[under]) for one in found]


def middle(found: Sequence[Mapping[str, T]], side: str, of: Callable[[T], float]) -> float:
    """Return the median of one side over the rounds."""
    return median(of(one[side]) for one in found)


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which that part of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
