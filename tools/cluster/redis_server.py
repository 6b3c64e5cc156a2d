"""A Redis, or a Valkey, that keeps nothing on disk."""

import socket
from pathlib import Path

from tools.cluster.accounts import Account
from tools.cluster.ports import HOST
from tools.cluster.programs import Program, find


def url(port: int) -> str:
    """Return its address."""
    return f"redis://{HOST}:{port}/0"


def redis_server(folder: Path, port: int, account: Account) -> Program:
    """Describe a server that answers this machine alone."""
    account.make_folder(folder)
    words = ("--port", str(port), "--bind", HOST, "--save", "", "--appendonly", "no")
    return Program(
        name="redis",
        argv=(find("redis-server", "valkey-server"), *words, "--dir", str(folder)),
        port=port,
        log=folder.with_suffix(".log"),
        ready=lambda: _answers(port),
        account=account,
        folder=folder,
    )


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1) as asking:
            asking.sendall(b"PING\r\n")
            return asking.recv(16).startswith(b"+PONG")
    except OSError:
        return False
