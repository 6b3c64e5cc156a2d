"""What a forked process must not inherit."""

import os
import weakref
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def in_child(of: T, do: Callable[[T], object]) -> None:
    """Call `do(of)` first thing in every process forked from this one, for as long as `of` lives.

    Where processes cannot be forked there is nothing to do.
    """
    if not hasattr(os, "register_at_fork"):
        return
    held = weakref.ref(of)  # the list of such calls only ever grows, so it must hold nothing

    def call() -> None:
        alive = held()
        if alive is not None:
            do(alive)

    os.register_at_fork(after_in_child=call)
