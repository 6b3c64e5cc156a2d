"""The six ports of a cluster: below a base that a person chose, or whichever are free."""

import secrets
import socket
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, fields

from tools.cluster.problems import ClusterError

BASE = 8400
HOST = "127.0.0.1"
_GIVEN_TO_NOBODY = range(10_240, 32_000)
"""Systems hand out higher ones, to connections and to who asks for any port."""


@dataclass(frozen=True)
class Ports:
    """Where each program listens, on this machine alone."""

    nginx: int
    first: int
    second: int
    primary: int
    replica: int
    redis: int

    @classmethod
    def above(cls, base: int) -> "Ports":
        """Take six in a row; raises `ClusterError` that names the first one in use."""
        ports = cls(*range(base, base + len(fields(cls))))
        for name, port in asdict(ports).items():
            _check(name, port)
        return ports

    @classmethod
    def free(cls) -> "Ports":
        """Take six that nobody uses now."""
        with ExitStack() as stack:
            held = [stack.enter_context(_held()) for _ in fields(cls)]
            return cls(*(one.getsockname()[1] for one in held))


def free_port() -> int:
    """Return a port that nobody uses now, nor gets by chance until who asked does.

    Tests run beside each other, and each opens servers and connections all the time.
    """
    with _held() as listener:
        return int(listener.getsockname()[1])


def _held() -> socket.socket:
    while True:
        with suppress(OSError):
            return socket.create_server((HOST, secrets.choice(_GIVEN_TO_NOBODY)))


def _check(name: str, port: int) -> None:
    if not 0 < port <= 65_535:
        raise ClusterError(f"PORT leads to {port}, which is no port: it accepts 1 to 65530.")
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        raise ClusterError(
            f"Port {port} (for {name}) is in use, or not ours to use: "
            "PORT=9400 in the environment moves all six."
        ) from error
