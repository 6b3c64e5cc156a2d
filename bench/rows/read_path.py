"""The page of 100 answered before Flask's routing: whole, unchanged, and compressed."""

from collections.abc import Iterator, Mapping

from bench import hot, servers
from bench.content import sized
from bench.hot import Subject
from bench.lab import Lab, thread
from bench.results import AtLeast, Row, Target

TARGETS: Mapping[str, Target] = {"granian": AtLeast(3), "gunicorn": AtLeast(1.5)}


def rows(lab: Lab) -> Iterator[Row]:
    """Measure it under each server."""
    for server, target in TARGETS.items():
        yield from _under(lab, server, target)


def _under(lab: Lab, server: str, target: Target) -> Iterator[Row]:
    path = thread(sized(100))
    folder = lab.fresh(f"ours-{server}")
    with servers.ours(server, folder, lab.world.environment()) as ours:
        answer = hot.fetch(ours, path)
        subjects = _subjects(server, target, path, answer.headers["etag"])
        with hot.floor(lab, server, answer) as floor:
            named = f"bare Flask route, {server}"
            yield from hot.measured(
                lab, group="readpath", floor=floor, ours=ours, named=named, subjects=subjects
            )


def _subjects(server: str, target: Target, path: str, etag: str) -> list[Subject]:
    row = f"page of 100, hot, read path, {server}"
    unchanged, packed = {"If-None-Match": etag}, {"Accept-Encoding": "br"}
    return [
        Subject(row=row, target=target, path=path),
        Subject(row=f"{row}, 304", target=target, path=path, headers=unchanged, status=304),
        Subject(row=f"{row}, brotli", target=target, path=path, headers=packed),
    ]
