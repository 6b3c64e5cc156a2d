"""Play many readers against what is kept where, and say what the machines have to do.

    python -m bench.simulate
    python -m bench.simulate --reads 5000 --processes 32 --pages-mib 64 --render-ms 8

The same seed gives the same table. docs/scale.md shows it, and says what the model leaves out.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from bench.simulation.capacity import (
    Costs,
    Load,
    Machines,
    described,
    primary_cores,
    replica_cores,
    worker_cores,
)
from bench.simulation.crowd import Crowd, Event
from bench.simulation.layers import Cdn, Outcome, Process, Shared, Versions

RATES = (100, 1_000, 10_000, 100_000)
VIEWERS_PER_READ = 0.05
"""Readers who are known here, and whose browser asks who they are."""
_MIB = 2**20


@dataclass(frozen=True)
class Setting:
    """What stands between the readers and the database."""

    name: str
    redis: bool = False
    cdn: bool = False
    replicas: bool = False
    """Reads go to them."""
    by_address: bool = False
    """The proxy sends an address always to the same worker."""
    pages_bytes: int = 32 * _MIB


SETTINGS = (
    Setting("database alone"),
    Setting("+ Redis", redis=True),
    Setting("+ Redis, by address", redis=True, by_address=True),
    Setting(
        "+ Redis, by address, replicas, CDN",
        redis=True,
        by_address=True,
        replicas=True,
        cdn=True,
    ),
)


@dataclass(frozen=True)
class Result:
    """One row: what came of a load."""

    setting: Setting
    reads: float
    load: Load
    resident: int
    """Bytes of pages that each process keeps, in the mean."""


class Model:
    """One trace played against one setting."""

    def __init__(self, crowd: Crowd, setting: Setting, machines: Machines, reads: float) -> None:
        self._crowd = crowd
        self.versions = Versions()
        shared = Shared(crowd, reads, self.versions) if setting.redis else None
        self._processes = [
            Process(crowd, self.versions, shared, setting.pages_bytes)
            for _ in range(machines.processes)
        ]
        self._cdn = Cdn(machines.places) if setting.cdn else None
        self._by_address = setting.by_address
        self._at_cdn = 0
        self._writes = 0

    def play(self, event: Event) -> None:
        """Let one event happen."""
        process = self._process_for(event)
        if event.writes:
            self._write(process, event)
            return
        if self._cdn is not None:
            answered, asks = self._cdn.answers(event.page, event.at, event.die)
            self._at_cdn += answered
            if not asks:
                return
        process.read(event.page, event.at)

    def _process_for(self, event: Event) -> Process:
        anyone = event.writes or not self._by_address
        number = int(event.die * 9973) if anyone else hash(event.page)
        return self._processes[number % len(self._processes)]

    def _write(self, process: Process, event: Event) -> None:
        self._writes += 1
        self.versions.write(event.page)
        process.wrote(event.page)

    def counts(self) -> Counter[str]:
        """Sum up what happened so far."""
        total: Counter[str] = Counter({"writes": self._writes, "cdn": self._at_cdn})
        for process in self._processes:
            total.update(process.counts())
        return total

    @property
    def resident(self) -> int:
        """Return how much each process keeps, in the mean."""
        return sum(process.bytes for process in self._processes) // len(self._processes)


def run(
    crowd: Crowd, setting: Setting, machines: Machines, reads: float, *, events: int, warm: int
) -> Result:
    """Play `warm` events unseen, then `events` that count."""
    model = Model(crowd, setting, machines, reads)
    happening = crowd.events(reads)
    last = _play(model, happening, warm)
    before = model.counts()
    end = _play(model, happening, events)
    return Result(setting, reads, _load(model.counts() - before, end - last, reads), model.resident)


def _play(model: Model, happening: Iterator[Event], number: int) -> float:
    at = 0.0
    for event in islice(happening, number):
        model.play(event)
        at = event.at
    return at


def _load(counts: Counter[str], seconds: float, reads: float) -> Load:
    per_second = {name: count / seconds for name, count in counts.items()}
    return Load(
        reads=reads,
        writes=per_second.get("writes", 0.0),
        viewers=reads * VIEWERS_PER_READ,
        cdn=per_second.get("cdn", 0.0),
        outcomes={one: per_second.get(one.name, 0.0) for one in Outcome},
        queries=per_second.get("queries", 0.0),
        primary_queries=per_second.get("primary_queries", 0.0),
        site_looks=per_second.get("site_looks", 0.0),
    )


# What it says

_COLUMNS = (
    ("reads/s", 9),
    ("posts/s", 8),
    ("CDN", 5),
    ("origin/s", 9),
    ("fresh", 6),
    ("checked", 8),
    ("Redis", 6),
    ("renders/s", 10),
    ("queries/s", 10),
    ("MiB", 5),
    ("workers", 8),
    ("primary", 8),
    ("replicas", 9),
    ("  first limit", 14),
)


def heading() -> str:
    """Return the head of the table."""
    return "".join(f"{name:>{width}}" for name, width in _COLUMNS)


def line(result: Result, costs: Costs, machines: Machines) -> str:
    """Write one row."""
    load, replicas = result.load, result.setting.replicas
    at_origin = max(sum(load.outcomes.values()), 1e-9)
    shares = (
        load.outcomes[one] / at_origin for one in (Outcome.FRESH, Outcome.CHECKED, Outcome.SHARED)
    )
    values = (
        f"{result.reads:,.0f}",
        f"{load.writes:,.1f}",
        f"{load.cdn / load.reads:.0%}",
        f"{at_origin:,.0f}",
        *(f"{share:.0%}" for share in shares),
        f"{load.outcomes[Outcome.RENDERED]:,.0f}",
        f"{load.queries:,.0f}",
        f"{result.resident / _MIB:.0f}",
        f"{worker_cores(load, costs):.1f}",
        f"{primary_cores(load, costs, replicas=replicas):.1f}",
        f"{replica_cores(load, costs):.1f}" if replicas else "-",
        f"  {first_limit(result, costs, machines)}",
    )
    widths = [width for _, width in _COLUMNS]
    return "".join(f"{v:>{w}}" for v, w in zip(values, widths, strict=True)).rstrip()


def first_limit(result: Result, costs: Costs, machines: Machines) -> str:
    """Name the machine that is fullest, and how full it is."""
    load, replicas = result.load, result.setting.replicas
    parts = {
        "workers": worker_cores(load, costs) / machines.processes,
        "primary": primary_cores(load, costs, replicas=replicas) / machines.database_cores,
    }
    if replicas:
        parts["replicas"] = replica_cores(load, costs) / machines.replica_cores
    name, part = max(parts.items(), key=lambda found: found[1])
    return f"{name} {part:.0%}{' FULL' if part > machines.full else ''}"


def main(words: Sequence[str] | None = None) -> None:
    """Play every setting at every rate, and print."""
    told = _arguments().parse_args(words)
    crowd = Crowd(sites=told.sites, seed=told.seed)
    machines = replace(Machines(), processes=told.processes)
    costs = replace(Costs(), rendered=told.render_ms, post=told.post_ms)
    print(_about(crowd, machines, costs, told.pages_mib))
    for setting in SETTINGS:
        given = replace(setting, pages_bytes=told.pages_mib * _MIB)
        print(f"\n{setting.name}\n{heading()}")
        for reads in told.reads or RATES:
            result = run(crowd, given, machines, reads, events=told.events, warm=2 * told.events)
            print(line(result, costs, machines), flush=True)


def _about(crowd: Crowd, machines: Machines, costs: Costs, mib: int) -> str:
    return "\n".join(
        [
            f"{crowd.sites:,} sites, {crowd.threads:,} threads, seed {crowd.seed}; "
            f"{machines.processes} workers that keep {mib} MiB of pages each, "
            f"a database of {machines.database_cores} processors, "
            f"replicas of {machines.replica_cores}, a CDN in {machines.places} places",
            "processor ms: " + ", ".join(f"{name} {ms:g}" for name, ms, _ in described(costs)),
        ]
    )


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.simulate", description=__doc__)
    parser.add_argument("--sites", type=int, default=10_000)
    parser.add_argument("--reads", type=float, nargs="*", help="reads a second")
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--pages-mib", type=int, default=32, help="as COMMENTKIT_PAGES_BYTES")
    parser.add_argument("--render-ms", type=float, default=Costs().rendered)
    parser.add_argument("--post-ms", type=float, default=Costs().post)
    parser.add_argument("--events", type=int, default=20_000, help="counted, after twice as many")
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()
