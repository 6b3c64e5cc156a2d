"""One program of the cluster: started, waited for, disturbed, stopped."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.cluster.accounts import Account
from tools.cluster.ports import HOST
from tools.cluster.problems import ClusterError, MissingProgramError

PATIENCE_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.02
_SHOWN_LINES = 5


@dataclass(kw_only=True)
class Program:
    """A program in a process group of its own, which listens at `port` and writes to `log`.

    `ready` tells whether it answers. `ending` is the signal that lets it end in order.
    """

    name: str
    argv: tuple[str, ...]
    port: int
    log: Path
    ready: Callable[[], bool]
    account: Account = field(default_factory=Account)
    folder: Path | None = None
    environment: Mapping[str, str] | None = None
    ending: signal.Signals = signal.SIGTERM
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def pid(self) -> int:
        """Return the number of the process, which leads its group."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers; raises `ClusterError` with its last words."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- no word of it is a stranger's
                self.argv,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self.account.options(),
            )
        wait_until(lambda: self.ready() or not self.runs(), f"{self.name} to answer")
        if not self.runs():
            raise ClusterError(f"{self.name} ended at once: {_last_words(self.log)}")

    def runs(self) -> bool:
        """Tell whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Let it end in order; end it by force when it takes too long."""
        if self._process is None:
            return
        if self.runs():
            self.resume()
            self._process.send_signal(self.ending)
        try:
            self._process.wait(PATIENCE_SECONDS / 2)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it and its children at once, as a crash would."""
        self._signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(PATIENCE_SECONDS)
        wait_until(lambda: _refuses(self.port), f"{self.name} to let go of its port")

    def pause(self) -> None:
        """Let it hang: connections stay open, and nothing is answered."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        os.killpg(self.pid, number)


def run(
    *argv: str | Path,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> str:
    """Return what a command says; raises `ClusterError` with its last words if it fails."""
    done = subprocess.run(  # noqa: S603 -- no word of it is a stranger's
        [str(word) for word in argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=PATIENCE_SECONDS,
        env=environment,
        cwd=folder,
        check=False,
        **(account or Account()).options(),
    )
    if done.returncode:
        words = _shortened(done.stdout)
        raise ClusterError(f"{Path(argv[0]).name} failed: {words}")
    return str(done.stdout)


def find(*names: str) -> str:
    """Return the path of the first of these programs that is here; raises `MissingProgramError`."""
    more = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
    for name in names:
        found = shutil.which(name, path=more)
        if found:
            return found
    raise MissingProgramError(f"There is no {' and no '.join(names)} on this machine.")


def wait_until(happened: Callable[[], bool], what: str) -> None:
    """Look until something has happened; raises `ClusterError` when it does not."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > end:
            raise ClusterError(f"Waited {PATIENCE_SECONDS:.0f} s in vain for {what}.")
        time.sleep(_LOOK_EVERY_SECONDS)


def listens(port: int) -> bool:
    """Tell whether somebody takes connections there."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def _refuses(port: int) -> bool:
    """Tell whether nobody listens: a process that was killed may hold its socket a while."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


def _last_words(log: Path) -> str:
    return _shortened(log.read_text(errors="replace"))


def _shortened(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines[-_SHOWN_LINES:]) or "it said nothing"
