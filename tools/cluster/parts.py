"""One part of a cluster that runs, disturbed by hand: killed, paused, let go on, started anew."""

import os
import signal
from dataclasses import replace
from pathlib import Path

from tools.cluster import postgresql, records
from tools.cluster.problems import ClusterError
from tools.cluster.programs import wait_until
from tools.cluster.records import Record

ACTS = ("kill", "pause", "resume", "restart")


def act_on(folder: Path, act: str, name: str) -> str:
    """Do one of `ACTS` to the part of that name, and say what came of it."""
    known = {record.name: record for record in records.read(folder)}
    if name not in known:
        raise ClusterError(f"There is no part {name!r}; there are: {', '.join(known)}.")
    return {"kill": kill, "pause": pause, "resume": resume, "restart": restart}[act](
        folder, known[name]
    )


def kill(_folder: Path, record: Record) -> str:
    """End it and its children at once, as a crash would."""
    _signal(record, signal.SIGKILL)
    wait_until(lambda: not records.runs(record), f"{record.name} to end")
    return f"{record.name} is dead; restart brings it back."


def pause(_folder: Path, record: Record) -> str:
    """Let it hang: connections stay open, and nothing new is answered."""
    _signal(record, signal.SIGSTOP)
    return f"{record.name} hangs; resume lets it go on."


def resume(_folder: Path, record: Record) -> str:
    """Let it go on."""
    _signal(record, signal.SIGCONT)
    return f"{record.name} goes on."


def restart(folder: Path, record: Record) -> str:
    """Start it as it was started before, and write down its new number."""
    if records.runs(record):
        _signal(record, signal.SIGCONT)
        records.end([record])
    if record.folder is not None:
        postgresql.forget_dead(Path(record.folder))
    program = records.program(record)
    program.start()
    again = replace(record, pid=program.pid, started=records.started(program.pid))
    records.replace_one(folder, again)
    return f"{record.name} runs again, pid {again.pid}."


def _signal(record: Record, number: signal.Signals) -> None:
    if not records.runs(record):
        raise ClusterError(f"{record.name} does not run; restart starts it.")
    os.killpg(record.pid, number)
