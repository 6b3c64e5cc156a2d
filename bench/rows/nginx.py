"""The page of 100 under `commentkit serve`, beside nginx and a file."""

from collections.abc import Iterator

from bench import hot, servers
from bench.content import sized
from bench.lab import Lab, thread
from bench.results import AtLeast, Row

TARGET = AtLeast(0.5)


def rows(lab: Lab) -> Iterator[Row]:
    """Measure it."""
    path = thread(sized(100))
    env = lab.world.environment()
    with servers.commentkit_serve(lab.fresh("serve"), env) as ours:
        folder = lab.fresh("nginx")
        file = folder / "page"
        file.write_bytes(hot.fetch(ours, path).body)
        subject = hot.Subject(
            row="page of 100, hot, read path, commentkit serve", target=TARGET, path=path
        )
        with servers.nginx(folder, file) as floor:
            named = "nginx, the same bytes as a file"
            yield from hot.measured(
                lab, group="nginx", floor=floor, ours=ours, named=named, subjects=[subject]
            )
