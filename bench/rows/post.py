"""A guest's first comment: account, identity, token, comment, and the page made new."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial

from bench import databases, process, servers
from bench.content import BLOG
from bench.lab import ENDPOINT, Lab, World
from bench.loader import Job, load
from bench.measure import Sample, middle, ratios, rounds
from bench.pages import Connection
from bench.process import Program
from bench.results import AtLeast, Row

TARGET = AtLeast(0.5)
WRITERS = (1, 16)
_WORKERS, _THREADS = 2, 8
"""Together as many threads as writers."""
_FLOOR = "bare INSERT and COMMIT"

Found = Sequence[Mapping[str, Sample]]


def rows(lab: Lab) -> Iterator[Row]:
    """Measure it on each database."""
    for kind in databases.KINDS:
        try:
            with lab.small_world(kind) as world:
                yield from _on(lab, kind, world)
        except servers.MissingToolError as error:
            yield _missing(kind, str(error))


def _on(lab: Lab, kind: str, world: World) -> Iterator[Row]:
    file = lab.file("pages", world.content.small)
    folder, env = lab.fresh(f"post-{kind}"), world.environment()
    with servers.commentkit_serve(folder, env, workers=_WORKERS, threads=_THREADS) as ours:
        for writers in WRITERS:
            sides = {
                "floor": partial(_bare, world.url, writers, lab.seconds),
                "ours": partial(_posts, ours, file, writers, lab.seconds),
            }
            _warm(ours, world)
            yield from _rows(kind, writers, rounds(sides))


def _warm(ours: Program, world: World) -> None:
    """Post a little before anything is measured: both workers have then loaded what they need."""
    for number in range(2 * _WORKERS * _THREADS):
        with closing(Connection(ours)) as guest:
            guest.post(world.content.small[number], f"warm {time.time_ns()}")


def _posts(ours: Program, file: str, writers: int, seconds: float) -> Sample:
    headers = {"Origin": BLOG, "X-CommentKit": "1"}
    path = f"{ENDPOINT}/comments"
    job = Job(path=path, pages=file, connections=writers, seconds=seconds, headers=headers)
    return load(ours, job)


def _bare(url: str, writers: int, seconds: float) -> Sample:
    command = [sys.executable, "-m", "bench.writers", url, str(writers), str(seconds)]
    said = subprocess.run(
        command, cwd=process.REPOSITORY, capture_output=True, text=True, check=True
    )
    return Sample(**json.loads(said.stdout))


def _rows(kind: str, writers: int, found: Found) -> Iterator[Row]:
    """Give a row for each figure; every ratio says how many times as fast as the floor we are."""
    named = f"post a guest comment, {kind}, {_of(writers)}"
    rate = ratios(found, _rate, over="ours", under="floor")
    yield _row(
        f"{named}, rate", rate, _figures(found, "/s", _rate) | _figures(found, "CPU ms", _cpu)
    )
    for name, of in (("p50", _p50), ("p99", _p99)):
        faster = ratios(found, of, over="floor", under="ours")
        yield _row(f"{named}, {name}", faster, _figures(found, "ms", of))


def _row(row: str, found: Sequence[float], figures: Mapping[str, float]) -> Row:
    return Row(row=row, group="post", floor=_FLOOR, target=TARGET, ratios=found, figures=figures)


def _figures(found: Found, unit: str, of: Callable[[Sample], float]) -> dict[str, float]:
    return {f"{side} {unit}": middle(found, side, of) for side in found[0]}


def _rate(sample: Sample) -> float:
    return sample.rate


def _cpu(sample: Sample) -> float:
    return sample.cpu


def _p50(sample: Sample) -> float:
    return sample.p50


def _p99(sample: Sample) -> float:
    return sample.p99


def _of(writers: int) -> str:
    return "1 writer" if writers == 1 else f"{writers} writers"


def _missing(kind: str, why: str) -> Row:
    return Row(
        row=f"post a guest comment, {kind}",
        group="post",
        floor=_FLOOR,
        target=TARGET,
        missing=why,
    )
