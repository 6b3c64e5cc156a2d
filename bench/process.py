"""Programs that the bench starts, watches from outside, and stops."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
_TICK = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 60
_STOP_SECONDS = 15


class DidNotStartError(RuntimeError):
    """A program ended, or did not answer in time; the message has its last lines."""


@dataclass(frozen=True)
class Program:
    """A server in processes of its own."""

    process: "subprocess.Popen[bytes]"
    url: str

    def cpu_seconds(self) -> float:
        """Return the processor time of all its processes since they began."""
        return sum(_cpu_of(pid) for pid in self.pids())

    def pids(self) -> list[int]:
        """Return its process and all below it."""
        found, children = [self.process.pid], _children()
        for pid in found:
            found.extend(children.get(pid, ()))
        return found

    def worker_memory(self) -> tuple[int, int]:
        """Return the resident and the proportional bytes of its largest process."""
        pid = max(self.pids(), key=lambda one: _rollup(one).get("Rss", 0))
        sizes = _rollup(pid)
        return sizes.get("Rss", 0), sizes.get("Pss", 0)


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return our environment for a program, without what would configure commentkit by chance.

    Python keeps what it compiled, as it does of every installed package: where it may not, a
    checkout would be compiled at each start, and the floor's libraries would not.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("COMMENTKIT_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    path = [str(REPOSITORY), *filter(None, [kept.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(path), **more}


@contextmanager
def running(
    command: Sequence[str],
    *,
    url: str,
    probe: str,
    folder: Path,
    env: Mapping[str, str],
) -> Iterator[Program]:
    """Run a server until the block ends; it answers at `probe` when the block begins."""
    program = launch(command, url=url, folder=folder, env=env)
    try:
        wait_for(program, probe)
        yield program
    finally:
        stop(program)


def launch(command: Sequence[str], *, url: str, folder: Path, env: Mapping[str, str]) -> Program:
    """Start a program in a session of its own, so that all of it can be stopped."""
    with _log(folder).open("wb") as log:
        process = subprocess.Popen(
            list(command),
            cwd=folder,
            env=environment(env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Program(process, url)


def wait_for(program: Program, probe: str, *, pause: float = 0.02) -> None:
    """Wait until the address answers below 500; raises `DidNotStartError`."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and program.process.poll() is None:
        if _answers(probe):
            return
        time.sleep(pause)
    raise DidNotStartError(f"{program.process.args!r} did not answer at {probe}")


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return int(answer.status) < 500
    except urllib.error.HTTPError as refused:
        return refused.code < 500
    except OSError:
        return False


def stop(program: Program) -> None:
    """Ask it to stop, and end whatever of it is left."""
    process = program.process
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        _kill_session(process.pid)
        process.wait()


def _kill_session(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def _log(folder: Path) -> Path:
    return folder / "server.log"


def last_lines(folder: Path, count: int = 15) -> str:
    """Return what the last program in that folder said at the end."""
    lines = _log(folder).read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-count:])


def _cpu_of(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICK if fields else 0.0


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            found.setdefault(int(fields[1]), []).append(int(entry.name))
    return found


def _stat(pid: int) -> list[str]:
    """Return the fields after the name, which may hold anything; none for one that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def _rollup(pid: int) -> dict[str, int]:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()[1:]
    except OSError:
        return {}
    pairs = (line.split(":") for line in lines if ":" in line)
    return {name: int(value.split()[0]) * 1024 for name, value in pairs}
