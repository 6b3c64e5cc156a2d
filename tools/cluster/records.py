"""What runs, written down, so that another command can end it."""

import json
import os
import signal
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.cluster.problems import ClusterError
from tools.cluster.programs import Program, find, run, wait_until

_FILE = "running.json"


@dataclass(frozen=True)
class Record:
    """A process; when it started says that its number was not given to another one since."""

    name: str
    pid: int
    started: str
    ending: int


def write(folder: Path, programs: Iterable[Program]) -> None:
    """Write down what runs."""
    found = [Record(p.name, p.pid, _started(p.pid), int(p.ending)) for p in programs]
    (folder / _FILE).write_text(json.dumps([asdict(record) for record in found], indent=1))


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
    return _started(record.pid) == record.started


def _started(pid: int) -> str:
    """Return when a process began; empty where there is none, or only its remains."""
    try:
        state, *began = run(find("ps"), "-o", "stat=,lstart=", "-p", str(pid)).split()
    except ClusterError:
        return ""
    return "" if state.startswith("Z") else " ".join(began)
