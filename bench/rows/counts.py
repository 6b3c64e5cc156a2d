"""The counts of 50 threads, answered before Flask's routing."""

from collections.abc import Iterator

from bench import hot, lab, servers
from bench.lab import Lab
from bench.results import AtLeast, Row

TARGET = AtLeast(2)
SERVER = "granian"


def rows(here: Lab) -> Iterator[Row]:
    """Measure them under granian."""
    path = lab.counts(here.world.content.small[:50])
    with servers.ours(SERVER, here.fresh("counts"), here.world.environment()) as ours:
        answer = hot.fetch(ours, path)
        subject = hot.Subject(row="counts of 50 threads, hot", target=TARGET, path=path)
        with hot.floor(here, SERVER, answer) as floor:
            named = f"bare Flask route, {SERVER}"
            yield from hot.measured(
                here, group="counts", floor=floor, ours=ours, named=named, subjects=[subject]
            )
