"""A wire to a database server that can fall silent: it still takes connections and what is sent."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from severed import PORTS
from sqlalchemy import URL, make_url


class Hushed:
    """Passes everything on, except while it is silent."""

    def __init__(self, to: URL) -> None:
        self._server = (to.host or "127.0.0.1", to.port or PORTS[to.get_backend_name()])
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = self._listening.getsockname()[1]
        plain = {"sslmode": "disable"} if to.get_backend_name() == "postgresql" else {}
        self.url = to.set(host="127.0.0.1", port=port).update_query_dict(plain)
        self._speaks = threading.Event()
        self._speaks.set()
        self.held = threading.Event()
        """Whether something was said, or somebody came, while it was silent."""
        threading.Thread(target=self._accept, daemon=True).start()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Hold back all that comes from now on."""
        self._speaks.clear()
        try:
            yield
        finally:
            self._speaks.set()

    def close(self) -> None:
        """Take no more connections."""
        self._listening.close()
        self._speaks.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _hold(self) -> None:
        if not self._speaks.is_set():
            self.held.set()
        self._speaks.wait()

    def _carry(self, client: socket.socket) -> None:
        self._hold()
        with client, suppress(OSError), socket.create_connection(self._server) as server:
            while True:
                for source in select.select([client, server], [], [])[0]:
                    said = source.recv(65536)
                    self._hold()
                    if not said:
                        return
                    (server if source is client else client).sendall(said)


@contextmanager
def hushed(url: str | URL) -> Iterator[Hushed]:
    """Lead to a database through a wire that can fall silent, whose own `url` to connect by."""
    wire = Hushed(make_url(url))
    try:
        yield wire
    finally:
        wire.close()
