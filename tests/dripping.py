"""A server whose answer never ends: one byte at a time, each well within any time-out of a read."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

DROP_SECONDS = 0.01
MOST_DROPS = 1_000
"""Who listens to so many waited ten seconds."""


@contextmanager
def dripping(*, greets: bool) -> Iterator[tuple[str, Callable[[], int]]]:
    """Listen, and answer byte by byte: the first question, or the first after the greetings.

    Give the address, and what counts the bytes of whoever was told most, once they are gone.
    """
    over = threading.Event()
    told: list[int] = [0]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, greets, over, told))
        thread.start()
        port = listener.getsockname()[1]
        try:
            yield f"redis://127.0.0.1:{port}/0?protocol=2", lambda: max(told)
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listener: socket.socket, greets: bool, over: threading.Event, told: list[int]) -> None:
    while True:
        try:
            visitor, _ = listener.accept()
        except OSError:
            return
        with visitor:
            told.append(_drip(visitor, greets, over))


def _drip(visitor: socket.socket, greets: bool, over: threading.Event) -> int:
    """Return how many bytes the visitor took before they went."""
    said = visitor.recv(65_536)
    while greets and b"SETINFO" in said:
        visitor.sendall(b"+OK\r\n" * said.count(b"SETINFO"))
        said = visitor.recv(65_536)
    number = 0
    with suppress(OSError):
        visitor.sendall(b"$99999\r\n")
        while number < MOST_DROPS and not over.wait(DROP_SECONDS):
            visitor.sendall(b"x")
            number += 1
    return number
