"""What the rows of stored pages share: the same bytes from a bare route and from us."""

import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import median

from bench import servers
from bench.lab import Lab
from bench.loader import Job, load
from bench.measure import Sample, middle, ratios, rounds
from bench.process import Program
from bench.results import Row, Target

FLOOR = "floor"
_WARM_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One way of asking for the page, and the row it makes."""

    row: str
    target: Target
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class Answer:
    """What a server said once."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(program: Program, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Ask once."""
    asked = urllib.request.Request(program.url + path, headers=dict(headers or {}))
    opener = urllib.request.build_opener(_Untouched)
    with opener.open(asked, timeout=30) as said:
        return Answer(said.status, {k.lower(): v for k, v in said.headers.items()}, said.read())


class _Untouched(urllib.request.HTTPErrorProcessor):
    """Gives back a 304, or a refusal, as any other answer."""

    def http_response(self, request: urllib.request.Request, response: object) -> object:
        """Return it as it is."""
        return response


@contextmanager
def floor(lab: Lab, server: str, answer: Answer) -> Iterator[Program]:
    """Serve the bytes of an answer from a bare Flask route under that server."""
    folder = lab.fresh(f"floor-{server}")
    (folder / "body").write_bytes(answer.body)
    env = {"BENCH_BODY": str(folder / "body"), "BENCH_TYPE": answer.headers["content-type"]}
    with servers.floor(server, "page", folder, env) as program:
        yield program


def measured(
    lab: Lab,
    *,
    group: str,
    named: str,
    floor: Program,
    ours: Program,
    subjects: Sequence[Subject],
    floor_path: str = "/page",
) -> Iterator[Row]:
    """Load floor and subjects in turn, and make a row of each subject; both are warm by then."""
    jobs = {s.row: Job(path=s.path, headers=s.headers, seconds=lab.seconds) for s in subjects}
    sizes = {}
    for subject in subjects:
        sizes[subject.row] = _demand(ours, subject)
        load(ours, Job(path=subject.path, headers=subject.headers, seconds=_WARM_SECONDS))
    load(floor, Job(path=floor_path, seconds=_WARM_SECONDS))
    sides = {FLOOR: partial(load, floor, Job(path=floor_path, seconds=lab.seconds))}
    sides |= {row: partial(load, ours, job) for row, job in jobs.items()}
    found = rounds(sides)
    for subject in subjects:
        row = _row(subject, group, named, found)
        yield replace(row, figures={**row.figures, "kB": sizes[subject.row] / 1000})


def by_server(
    group: str, targets: Mapping[str, Target], under: Callable[[str, Target], Iterable[Row]]
) -> Iterator[Row]:
    """Measure under each server; one that is not here is a row that says so."""
    for server, target in targets.items():
        try:
            yield from under(server, target)
        except servers.MissingToolError as error:
            row = f"page of 100, hot, {group}, {server}"
            yield Row(
                row=row, group=group, floor=floor_name(server), target=target, missing=str(error)
            )


def floor_name(server: str) -> str:
    """Name the bare route under that server."""
    return f"bare Flask route, {server}"


def _demand(ours: Program, subject: Subject) -> int:
    """Look once that the subject is what its row says, and return how many bytes it has."""
    said = fetch(ours, subject.path, subject.headers)
    if said.status != subject.status:
        raise RuntimeError(f"{subject.row}: answered {said.status}, not {subject.status}")
    return len(said.body)


def _row(subject: Subject, group: str, named: str, found: Sequence[Mapping[str, Sample]]) -> Row:
    return Row(
        row=subject.row,
        group=group,
        floor=named,
        target=subject.target,
        ratios=ratios(found, _rate, over=subject.row, under=FLOOR),
        figures={
            "floor/s": middle(found, FLOOR, _rate),
            "ours/s": middle(found, subject.row, _rate),
            "floor CPU ms": middle(found, FLOOR, _cpu),
            "ours CPU ms": middle(found, subject.row, _cpu),
            "CPU ratio": median(ratios(found, _cpu, over=FLOOR, under=subject.row)),
        },
    )


def _rate(sample: Sample) -> float:
    return sample.rate


def _cpu(sample: Sample) -> float:
    return sample.cpu
