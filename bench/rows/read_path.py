"""The page of 100 answered before Flask's routing: whole, unchanged, and compressed."""

from collections.abc import Iterator, Mapping
from functools import partial

from bench import hot, servers
from bench.content import sized
from bench.hot import Subject
from bench.lab import Lab, thread
from bench.results import AtLeast, Row, Target

TARGETS: Mapping[str, Target] = {"granian": AtLeast(3), "gunicorn": AtLeast(1.5)}
GROUP, NAME = "readpath", "read path"


def rows(lab: Lab) -> Iterator[Row]:
    """Measure it under each server."""
    yield from hot.by_server(GROUP, TARGETS, partial(_under, lab))


def _under(lab: Lab, server: str, target: Target) -> Iterator[Row]:
    path = thread(sized(100))
    with servers.ours(server, lab.fresh(f"ours-{server}"), lab.world.environment()) as ours:
        answer = hot.fetch(ours, path)
        with hot.floor(lab, server, answer) as floor:
            yield from hot.measured(
                lab,
                group=GROUP,
                named=hot.floor_name(server),
                floor=floor,
                ours=ours,
                subjects=_subjects(server, target, path, answer.headers["etag"]),
            )


def _subjects(server: str, target: Target, path: str, etag: str) -> list[Subject]:
    row = f"page of 100, hot, {NAME}, {server}"
    unchanged, packed = {"If-None-Match": etag}, {"Accept-Encoding": "br"}
    return [
        Subject(row=row, target=target, path=path),
        Subject(row=f"{row}, 304", target=target, path=path, headers=unchanged, status=304),
        Subject(row=f"{row}, brotli", target=target, path=path, headers=packed),
    ]
