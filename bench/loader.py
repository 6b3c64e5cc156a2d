"""The load: wrk in a process of its own, or a slower stand-in where there is none."""

import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.measure import Sample
from bench.process import REPOSITORY, Program

CONNECTIONS = 16
_SCRIPTS = Path(__file__).with_name("wrk")
_PATIENCE = 60


class LoadFailedError(RuntimeError):
    """Answers were missing or not what they should be: such a rate means nothing."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to ask for, how often at once, and for how long."""

    path: str = "/page"
    seconds: float = 3
    connections: int = CONNECTIONS
    headers: Mapping[str, str] = field(default_factory=dict)
    paths: str = ""
    """A file of addresses to ask for in the place of `path`, one after another."""
    first: int = 0
    """Where in that file to begin."""
    pages: str = ""
    """A file of pages to post guests' comments to."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What came of a job; times in microseconds."""

    requests: int
    duration: float
    p50: float
    p99: float
    broken: int
    refused: int


def name() -> str:
    """Return what makes the load here."""
    return "wrk" if shutil.which("wrk") else "urllib3"


def load(program: Program, job: Job) -> Sample:
    """Load a server and return what it managed; raises `LoadFailedError` for bad answers."""
    return sample(program, job)[0]


def sample(program: Program, job: Job) -> tuple[Sample, int]:
    """Load a server; return what it managed, and how many answers came."""
    before = program.cpu_seconds()
    done = _by_wrk(program.url, job) if name() == "wrk" else _by_stand_in(program.url, job)
    used = program.cpu_seconds() - before
    if done.refused or done.broken > done.requests / 1000 or not done.requests:
        raise LoadFailedError(
            f"{job.path}: {done.refused} refused, {done.broken} broken of {done.requests}"
        )
    return Sample(
        rate=done.requests * 1e6 / done.duration,
        p50=done.p50 / 1000,
        p99=done.p99 / 1000,
        cpu=used * 1000 / done.requests,
    ), done.requests


def _by_wrk(url: str, job: Job) -> Done:
    """Run wrk, which takes whole seconds."""
    sizes = ["-t1", f"-c{job.connections}", f"-d{max(1, round(job.seconds))}s", "--timeout", "20s"]
    headers = [part for pair in job.headers.items() for part in ("-H", ": ".join(pair))]
    script, arguments = _script(job)
    said = subprocess.run(
        ["wrk", *sizes, *headers, "-s", script, url + job.path, "--", *arguments],
        cwd=_SCRIPTS,
        capture_output=True,
        text=True,
        timeout=job.seconds + _PATIENCE,
        check=False,
    )
    return _read(said.stdout + said.stderr)


def _script(job: Job) -> tuple[str, list[str]]:
    if job.pages:
        return "posts.lua", [job.pages, secrets.token_hex(8)]
    if job.paths:
        return "paths.lua", [job.paths, str(job.first)]
    return "report.lua", []


def _read(said: str) -> Done:
    found = next((line for line in said.splitlines() if line.startswith("RESULT ")), None)
    if found is None:
        raise LoadFailedError(f"wrk said: {said}")
    requests, duration, p50, p99, broken, refused = map(float, found.split()[1:])
    return Done(
        requests=int(requests),
        duration=duration,
        p50=p50,
        p99=p99,
        broken=int(broken),
        refused=int(refused),
    )


def _by_stand_in(url: str, job: Job) -> Done:
    said = subprocess.run(
        [sys.executable, "-m", "bench.stand_in", url],
        cwd=REPOSITORY,
        input=json.dumps(asdict(job)),
        capture_output=True,
        text=True,
        timeout=job.seconds + _PATIENCE,
        check=True,
    )
    return Done(**json.loads(said.stdout))
