"""The page of 100, stored, answered by the blueprint."""

from collections.abc import Iterator, Mapping
from functools import partial

from bench import hot, servers
from bench.content import sized
from bench.lab import Lab, thread
from bench.results import AtLeast, Row, Target

TARGETS: Mapping[str, Target] = {"gunicorn": AtLeast(0.8), "granian": AtLeast(0.8)}
GROUP = "blueprint"


def rows(lab: Lab) -> Iterator[Row]:
    """Measure it under each server."""
    yield from hot.by_server(GROUP, TARGETS, partial(_under, lab))


def _under(lab: Lab, server: str, target: Target) -> Iterator[Row]:
    path = thread(sized(100))
    env = lab.world.environment(read_path=False)
    with servers.ours(server, lab.fresh(f"ours-{server}"), env) as ours:
        answer = hot.fetch(ours, path)
        subject = hot.Subject(row=f"page of 100, hot, {GROUP}, {server}", target=target, path=path)
        with hot.floor(lab, server, answer) as floor:
            yield from hot.measured(
                lab,
                group=GROUP,
                named=hot.floor_name(server),
                floor=floor,
                ours=ours,
                subjects=[subject],
            )
