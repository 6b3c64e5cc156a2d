"""The processor time of a piece of work, as free of the test run's own noise as can be had."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def cpu_seconds(work: Callable[..., object], *args: Any, tries: int = 3, **kwargs: Any) -> float:
    """Give the least processor time of this thread in `tries` runs; other work only ever adds."""
    with garbage_waiting():
        return min(_once(work, args, kwargs) for _ in range(tries))


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
