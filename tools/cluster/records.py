"""What runs, written down, so that another command can end it, or start it anew."""

import json
import os
import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.cluster import servers
from tools.cluster.accounts import Account
from tools.cluster.problems import ClusterError
from tools.cluster.programs import Program, find, listens, run, wait_until

_FILE = "running.json"


@dataclass(frozen=True)
class Record:
    """A process; when it started says that its number was not given to another one since."""

    name: str
    pid: int
    started: str
    ending: int
    argv: Sequence[str] = ()
    port: int = 0
    log: str = ""
    folder: str | None = None
    account: str | None = None
    settings: Mapping[str, str] | None = None
    """Those of a comment server; the other programs read none."""


def write(folder: Path, programs: Iterable[Program]) -> None:
    """Write down what runs."""
    _keep(folder, [_record(program) for program in programs])


def replace_one(folder: Path, record: Record) -> None:
    """Write down a part anew."""
    _keep(folder, [record if old.name == record.name else old for old in read(folder)])


def _keep(folder: Path, found: Iterable[Record]) -> None:
    """Write it for us alone: the settings hold a secret."""
    file = folder / _FILE
    file.touch(mode=0o600)
    file.write_text(json.dumps([asdict(record) for record in found], indent=1))


def _record(program: Program) -> Record:
    environment = program.environment
    return Record(
        name=program.name,
        pid=program.pid,
        started=started(program.pid),
        ending=int(program.ending),
        argv=program.argv,
        port=program.port,
        log=str(program.log),
        folder=None if program.folder is None else str(program.folder),
        account=program.account.name,
        settings=None if environment is None else servers.settings_in(environment),
    )


def program(record: Record) -> Program:
    """Describe the program of a record, to be started; it is ready once it listens."""
    return Program(
        name=record.name,
        argv=tuple(record.argv),
        port=record.port,
        log=Path(record.log),
        ready=lambda: listens(record.port),
        account=Account(record.account),
        folder=None if record.folder is None else Path(record.folder),
        environment=None if record.settings is None else servers.environment(record.settings),
        ending=signal.Signals(record.ending),
    )


def read(folder: Path) -> list[Record]:
    """Return what was written down; raises `ClusterError` where nothing was."""
    try:
        return [Record(**record) for record in json.loads((folder / _FILE).read_text())]
    except FileNotFoundError as error:
        raise ClusterError("No cluster runs here.") from error


def end(records: Iterable[Record]) -> None:
    """End these processes, the last one first, each in order, else by force."""
    for record in reversed([*records]):
        if not runs(record):
            continue
        os.kill(record.pid, record.ending)
        try:
            wait_until(lambda r=record: not runs(r), f"{record.name} to end")  # type: ignore[misc]
        except ClusterError:
            os.killpg(record.pid, signal.SIGKILL)


def runs(record: Record) -> bool:
    """Tell whether that process is there, and not another one under its number."""
    return started(record.pid) == record.started


def started(pid: int) -> str:
    """Return when a process began; empty where there is none, or only its remains."""
    try:
        state, *began = run(find("ps"), "-o", "stat=,lstart=", "-p", str(pid)).split()
    except ClusterError:
        return ""
    return "" if state.startswith("Z") else " ".join(began)
