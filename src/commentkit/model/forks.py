"""What a forked process must not inherit."""

import os
import weakref
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def before_fork(of: T, do: Callable[[T], object]) -> None:
    """Call `do(of)` just before every fork of this process, for as long as `of` lives."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_while_alive(of, do))


def in_child(of: T, do: Callable[[T], object]) -> None:
    """Call `do(of)` first thing in every process forked from this one, for as long as `of` lives.

    Where processes cannot be forked there is nothing to do.
    """
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_while_alive(of, do))


def _while_alive(of: T, do: Callable[[T], object]) -> Callable[[], None]:
    held = weakref.ref(of)  # the list of such calls only ever grows, so it must hold nothing

    def call() -> None:
        alive = held()
        if alive is not None:
            do(alive)

    return call
