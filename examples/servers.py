"""Serve several WSGI apps from one process, each on its own port, and stop them together."""

import errno
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

Application = Callable[..., Any]


class PortTakenError(OSError):
    """Another program listens on the port."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(f"Port {port} is in use by another program.")


class _Quiet(WSGIRequestHandler):
    """Logs no requests: the terminal is for the addresses and the mail."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def claim(ports: Sequence[int]) -> list[socket.socket]:
    """Listen on every port, or on none: raise `PortTakenError` for the first that is in use."""
    claimed: list[socket.socket] = []
    try:
        for port in ports:
            claimed.append(_listen(port))
    except OSError:
        for listener in claimed:
            listener.close()
        raise
    return claimed


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port), backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTakenError(port) from error
        raise


@contextmanager
def serving(apps: Mapping[socket.socket, Application]) -> Iterator[None]:
    """Serve each app on its listener until the block ends."""
    running = [_start(listener, app) for listener, app in apps.items()]
    try:
        yield
    finally:
        for server, thread in running:
            server.shutdown()
            thread.join()
            server.server_close()


def _start(listener: socket.socket, app: Application) -> tuple[BaseWSGIServer, threading.Thread]:
    host, port = listener.getsockname()
    server = make_server(
        host, port, app, threaded=True, request_handler=_Quiet, fd=listener.detach()
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    return server, thread
