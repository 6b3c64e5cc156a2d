"""The first page of threads of 100 to 100,000 comments."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from statistics import median

from sqlalchemy import Engine

from bench import pages, servers
from bench.content import SIZES, key_hash, sized
from bench.lab import Lab, thread
from bench.loader import Job, load
from bench.measure import rounds
from bench.pages import Connection
from bench.process import Program
from bench.results import AtMost, Row
from commentkit.model import own_engine

TARGET = AtMost(1.5)
_COLD = 15
"""How often each page is asked for cold in a round."""

Times = Mapping[int, float]
"""The p50 of each size's page, in milliseconds."""


def rows(lab: Lab) -> Iterator[Row]:
    """Measure them under `commentkit serve`."""
    with servers.commentkit_serve(lab.fresh("length"), lab.world.environment()) as ours:
        engine = own_engine(lab.world.url)
        with closing(Connection(ours)) as reader:
            cold = [_cold(engine, reader) for _ in range(3)]
        engine.dispose()
        hot = rounds({str(size): partial(_hot, lab, ours, size) for size in SIZES})
    yield _row("cold", cold)
    yield _row("hot", [{int(size): p50 for size, p50 in one.items()} for one in hot])


def _cold(engine: Engine, reader: Connection) -> Times:
    """Ask for every size in turn, each time made old."""
    keys, paths = [key_hash(sized(size)) for size in SIZES], {n: thread(sized(n)) for n in SIZES}
    found: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(_COLD):
        pages.make_old(engine, keys)
        for size, path in paths.items():
            found[size].append(reader.milliseconds(path))
    return {size: median(times) for size, times in found.items()}


def _hot(lab: Lab, ours: Program, size: int) -> float:
    path = thread(sized(size))
    return load(ours, Job(path=path, connections=1, seconds=lab.seconds / 2)).p50


def _row(how: str, found: Sequence[Times]) -> Row:
    """Judge by the size that is worst in each round."""
    least = SIZES[0]
    return Row(
        row=f"first page of {SIZES[1]:,} to {SIZES[-1]:,} comments, p50, {how}",
        group="length",
        floor=f"the page of {least}",
        target=TARGET,
        ratios=[max(one[size] for size in SIZES[1:]) / one[least] for one in found],
        figures={f"{size:,} ms": median(one[size] for one in found) for size in SIZES},
    )
