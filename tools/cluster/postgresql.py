"""A PostgreSQL primary, and a replica that streams from it."""

import signal
from functools import cache
from pathlib import Path

from tools.cluster.accounts import Account
from tools.cluster.ports import HOST
from tools.cluster.problems import ClusterError, MissingProgramError
from tools.cluster.programs import Program, find, run

OWNER = NAME = "commentkit"
_NEEDED = ("initdb", "postgres", "pg_basebackup", "pg_isready", "createdb")


def url(port: int) -> str:
    """Return the address of the database behind a port."""
    return f"postgresql+psycopg://{OWNER}@{HOST}:{port}/{NAME}"


def primary(folder: Path, port: int, account: Account) -> Program:
    """Make an empty cluster of databases; nothing in it outlives this run, so it never syncs."""
    account.make_folder(folder)
    words = ("--username", OWNER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C")
    run(_program("initdb"), "-D", folder, *words, "--no-sync", account=account, folder=folder)
    return _server("primary", folder, port, account)


def forget_dead(folder: Path) -> None:
    """Remove the lock of a server that was killed: its number may still be a dead child's."""
    (folder / "postmaster.pid").unlink(missing_ok=True)


def make_database(port: int) -> None:
    """Make the one database in it."""
    run(_program("createdb"), "-h", HOST, "-p", str(port), "-U", OWNER, NAME)


def replica(folder: Path, port: int, account: Account, *, of: int) -> Program:
    """Copy the primary at port `of`, to stream from it."""
    account.make_folder(folder)
    source = ("-h", HOST, "-p", str(of), "-U", OWNER)
    words = ("--write-recovery-conf", "--checkpoint", "fast", "--no-sync")
    run(_program("pg_basebackup"), "-D", folder, *source, *words, account=account, folder=folder)
    return _server("replica", folder, port, account)


_SETTINGS = ("unix_socket_directories=", "fsync=off", "wal_retrieve_retry_interval=200ms")
"""A replica soon finds its primary again; the rest is in the name of one machine."""


def _server(name: str, folder: Path, port: int, account: Account) -> Program:
    settings = (f"port={port}", f"listen_addresses={HOST}", *_SETTINGS)
    return Program(
        name=name,
        argv=(
            _program("postgres"),
            "-D",
            str(folder),
            *(word for setting in settings for word in ("-c", setting)),
        ),
        port=port,
        log=folder.with_suffix(".log"),
        ready=lambda: _answers(port),
        account=account,
        folder=folder,
        ending=signal.SIGINT,
    )


def _answers(port: int) -> bool:
    try:
        run(_program("pg_isready"), "-h", HOST, "-p", str(port), "-U", OWNER)
    except ClusterError:
        return False
    return True


def _program(name: str) -> str:
    return str(_folder() / name)


@cache
def _folder() -> Path:
    """Find the folder that holds all programs of one version; the newest of Debian's."""
    candidates = [*_told(), *sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version)]
    for folder in reversed(candidates):
        if all((folder / name).exists() for name in _NEEDED):
            return folder
    raise MissingProgramError(
        f"There is no PostgreSQL server here: looked for {', '.join(_NEEDED)}."
    )


def _told() -> list[Path]:
    try:
        return [Path(run(find("pg_config"), "--bindir").strip())]
    except ClusterError:
        return []


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0
