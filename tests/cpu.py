"""The processor time of a piece of work, as free of the test run's own noise as can be had."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def cpu_seconds(
    work: Callable[..., object], *args: Any, tries: int = 3, enough: float = 0.0, **kwargs: Any
) -> float:
    """Give the least processor time of this thread in `tries` runs; other work only ever adds.

    So a run that took no more than `enough` is the last: another could only confirm it.
    """
    least = float("inf")
    with garbage_waiting():
        for _ in range(tries):
            least = min(least, _once(work, args, kwargs))
            if least <= enough:
                break
    return least


@contextmanager
def garbage_waiting() -> Iterator[None]:
    """Hold the collector back: the garbage of a whole test run costs half a second at a time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _once(work: Callable[..., object], args: Any, kwargs: Any) -> float:
    start = time.thread_time()
    work(*args, **kwargs)
    return time.thread_time() - start
