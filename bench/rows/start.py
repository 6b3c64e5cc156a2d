"""From the command to the first answer of a server."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools.cluster.ports import free_port

from bench import process, servers
from bench.content import sized
from bench.lab import Lab, thread
from bench.measure import middle, ratios, rounds
from bench.results import AtMost, Row

TARGET = AtMost(2)
TRIES = 3
_PAUSE = 0.002
"""Seconds between two looks; the error of a measurement."""


@dataclass(frozen=True, kw_only=True)
class _Start:
    """One way to start a server."""

    command: list[str]
    url: str
    path: str
    folder: Path
    env: Mapping[str, str]


@dataclass(frozen=True)
class _Took:
    """How long a start took, in milliseconds."""

    wall: float
    cpu: float


def rows(lab: Lab) -> Iterator[Row]:
    """Measure `commentkit serve` up to a thread's page, and a bare Flask app by granian."""
    found = rounds({"floor": partial(_least, _bare(lab)), "ours": partial(_least, _ours(lab))})
    yield Row(
        row="start to first answer",
        group="start",
        floor="bare Flask app, granian",
        target=TARGET,
        ratios=ratios(found, _wall, over="ours", under="floor"),
        figures={f"{side} ms": middle(found, side, _wall) for side in found[0]}
        | {f"{side} CPU ms": middle(found, side, lambda one: one.cpu) for side in found[0]},
    )


def _wall(took: _Took) -> float:
    return took.wall


def _ours(lab: Lab) -> _Start:
    port = free_port()
    return _Start(
        command=servers.serve_command(port),
        url=f"http://127.0.0.1:{port}",
        path=thread(sized(100)),
        folder=lab.fresh("start"),
        env=lab.world.environment(),
    )


def _bare(lab: Lab) -> _Start:
    folder, port = lab.fresh("start-floor"), free_port()
    (folder / "body").write_bytes(b"x" * 48_000)
    return _Start(
        command=servers.granian_command("bench.floor_app:page", port),
        url=f"http://127.0.0.1:{port}",
        path="/page",
        folder=folder,
        env={"BENCH_BODY": str(folder / "body"), "BENCH_TYPE": "text/html"},
    )


def _least(start: _Start) -> _Took:
    """Return the least of some tries: other work only ever adds."""
    tries = [_once(start) for _ in range(TRIES)]
    return _Took(min(one.wall for one in tries), min(one.cpu for one in tries))


def _once(start: _Start) -> _Took:
    begin = time.perf_counter()
    program = process.launch(start.command, url=start.url, folder=start.folder, env=start.env)
    try:
        process.wait_for(program, start.url + start.path, pause=_PAUSE)
        wall = time.perf_counter() - begin
        return _Took(wall * 1000, program.cpu_seconds() * 1000)
    finally:
        process.stop(program)
