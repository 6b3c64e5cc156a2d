"""The page of 100, stored, answered by the blueprint."""

from collections.abc import Iterator

from bench import hot, servers
from bench.content import sized
from bench.lab import Lab, thread
from bench.results import AtLeast, Row

TARGET = AtLeast(0.8)


def rows(lab: Lab) -> Iterator[Row]:
    """Measure it under each server."""
    for server in ("gunicorn", "granian"):
        yield from _under(lab, server)


def _under(lab: Lab, server: str) -> Iterator[Row]:
    path = thread(sized(100))
    env = lab.world.environment(read_path=False)
    with servers.ours(server, lab.fresh(f"ours-{server}"), env) as ours:
        answer = hot.fetch(ours, path)
        subject = hot.Subject(
            row=f"page of 100, hot, blueprint, {server}", target=TARGET, path=path
        )
        with hot.floor(lab, server, answer) as floor:
            named = f"bare Flask route, {server}"
            yield from hot.measured(
                lab, group="blueprint", floor=floor, ours=ours, named=named, subjects=[subject]
            )
