"""A wire to a database server that is cut in the moment of a commit."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

from sqlalchemy import URL, make_url

COMMITS = (b"COMMIT\x00", b"\x07\x00\x00\x00\x03COMMIT")
"""How PostgreSQL's clients say it, and how MariaDB's do."""
PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}

Moment = Literal["before", "after"]
"""Whether the server hears of the commit that is never answered."""


class Wire:
    """Passes everything on; once armed, it is cut at the next commit."""

    def __init__(self, to: URL) -> None:
        self._server = (to.host or "127.0.0.1", to.port or PORTS[to.get_backend_name()])
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = self._listening.getsockname()[1]
        plain = {"sslmode": "disable"} if to.get_backend_name() == "postgresql" else {}
        self.url = to.set(host="127.0.0.1", port=port).update_query_dict(plain)
        self.cuts = 0
        self._armed: Moment | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, moment: Moment) -> None:
        """Cut the connection that next says COMMIT."""
        self._armed = moment

    def close(self) -> None:
        """Take no more connections."""
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._server)
                threading.Thread(target=self._carry, args=(client, server), daemon=True).start()

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        with client, server, suppress(OSError):
            while True:
                for source in select.select([client, server], [], [])[0]:
                    said = source.recv(65536)
                    if not said or (source is client and self._is_cut(server, said)):
                        return
                    (server if source is client else client).sendall(said)

    def _is_cut(self, server: socket.socket, said: bytes) -> bool:
        moment = self._armed
        if moment is None or not any(each in said for each in COMMITS):
            return False
        self._armed = None
        self.cuts += 1
        if moment == "after":
            server.sendall(said)
            server.recv(65536)  # it has committed; nobody hears of it
        return True


@contextmanager
def wired(url: str | URL) -> Iterator[Wire]:
    """Lead to a database through a wire, whose own `url` to connect by."""
    address = make_url(url)
    wire = Wire(address)
    try:
        yield wire
    finally:
        wire.close()
