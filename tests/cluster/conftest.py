"""A deployment for all tests of this folder, and pairs of servers over one database."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from browser_support import need
from database_support import fresh_url
from freshness import Doors
from tools.cluster import servers
from tools.cluster.cluster import GENEROUS, Cluster
from tools.cluster.ports import HOST, Ports
from tools.cluster.problems import MissingProgramError
from visiting import BLOG, Door


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what starts servers of its own, so that a run may leave it out."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.cluster)
            item.add_marker(pytest.mark.timeout(400))  # the first one waits for all to start


@pytest.fixture(scope="session")
def deployment() -> Iterator[Cluster]:
    """The one cluster of the run; the tests are skipped, in CI failed, where a program is missing.

    Its files are not in pytest's folder, which the account that runs PostgreSQL may not enter.
    """
    with tempfile.TemporaryDirectory(
        prefix="commentkit-cluster-", ignore_cleanup_errors=True
    ) as at:
        Path(at).chmod(0o711)
        made = Cluster(Path(at) / "cluster", Ports.free(), limits=GENEROUS, origins=(BLOG,))
        try:
            made.start()
            yield made
        except MissingProgramError as missing:
            need(None, str(missing))
        finally:
            made.stop()


@pytest.fixture
def cluster(deployment: Cluster) -> Iterator[Cluster]:
    """The cluster, whole again after the test whatever that did to its programs."""
    yield deployment
    deployment.mend()


@pytest.fixture
def doors() -> Iterator[ExitStack]:
    """Where tests put the doors that they open."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def first(cluster: Cluster, doors: ExitStack) -> Door:
    """One server, asked directly."""
    return doors.enter_context(Door(cluster.first))


@pytest.fixture
def second(cluster: Cluster, doors: ExitStack) -> Door:
    """The other server, asked directly."""
    return doors.enter_context(Door(cluster.second))


@pytest.fixture
def front(cluster: Cluster, doors: ExitStack) -> Door:
    """nginx, before both."""
    return doors.enter_context(Door(cluster.url))


@pytest.fixture
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Doors]:
    """Two servers over one database of the kind that the test is run for."""
    with fresh_url(request.param, tmp_path) as url, serving_twice(url, tmp_path) as pair:
        yield pair


@contextmanager
def serving_twice(database_url: str, folder: Path) -> Iterator[Doors]:
    """Run two servers that share a database and nothing else."""
    ports = Ports.free()
    settings = {
        "COMMENTKIT_PUBLIC_URL": f"http://{HOST}:{ports.first}",
        "COMMENTKIT_SECRET_KEY": secrets.token_urlsafe(32),
        "COMMENTKIT_DATABASE_URL": database_url,
        "COMMENTKIT_LIMITS": GENEROUS,
        "COMMENTKIT_LOCK_SECONDS": "20",  # two dozen writers and one file
    }
    servers.register_site(folder, settings, origins=(BLOG,))
    with ExitStack() as stack:
        for name, port in (("first", ports.first), ("second", ports.second)):
            server = servers.comment_server(name, folder, port, settings, "--no-access-log")
            stack.callback(server.stop)
            server.start()
        at = [Door(f"http://{HOST}:{port}") for port in (ports.first, ports.second)]
        yield Doors(*(stack.enter_context(door) for door in at))
