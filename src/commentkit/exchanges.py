"""A bound for a whole exchange with a Redis: its own time-outs begin anew with each byte."""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Deadline(threading.local):
    """When this thread's exchange has to be over; without one nothing is bound."""

    _at = math.inf

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Let all that is asked inside take no longer, together."""
        self._at = time.monotonic() + seconds
        try:
            yield
        finally:
            self._at = math.inf

    def shorten(self, seconds: float | None) -> float | None:
        """Return a time-out that ends no later; raises `TimeoutError` where none is left."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the exchange took too long")
        least = min(left, math.inf if seconds is None else seconds)
        return None if least == math.inf else least


def bind(client: Any, deadline: Deadline) -> None:
    """Hold all that a client of the redis family says and hears to a deadline."""
    pool = client.connection_pool
    plain = pool.connection_class

    def connect(self: Any) -> _Hurried:
        self.socket_connect_timeout = deadline.shorten(self.socket_connect_timeout)
        return _Hurried(plain._connect(self), deadline)

    pool.connection_class = type(f"Hurried{plain.__name__}", (plain,), {"_connect": connect})


class _Hurried:
    """A socket whose every wait ends with the exchange that it is a part of."""

    def __init__(self, sock: Any, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def recv(self, *args: Any) -> bytes:
        with self._hurry():
            data: bytes = self._sock.recv(*args)
            return data

    def recv_into(self, *args: Any) -> int:
        with self._hurry():
            length: int = self._sock.recv_into(*args)
            return length

    def sendall(self, *args: Any) -> None:
        with self._hurry():
            self._sock.sendall(*args)

    @contextmanager
    def _hurry(self) -> Iterator[None]:
        own = self._sock.gettimeout()
        if own == 0:  # who only looks does not wait
            yield
            return
        self._sock.settimeout(self._deadline.shorten(own))
        try:
            yield
        finally:
            self._sock.settimeout(own)
