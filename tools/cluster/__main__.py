"""`python -m tools.cluster start|stop`; PORT and CLUSTER_DIR in the environment move it."""

import os
import shutil
import sys
from pathlib import Path

from tools.cluster import records
from tools.cluster.cluster import Cluster
from tools.cluster.ports import BASE, Ports
from tools.cluster.postgresql import url as database_url
from tools.cluster.problems import ClusterError
from tools.cluster.redis_server import url as redis_url
from tools.cluster.servers import PREFIX, SITE

FOLDER = Path(__file__).parents[2] / "build" / "cluster"


def main(command: str) -> None:
    """Do what is asked; raises `ClusterError` where that cannot be."""
    folder = Path(os.environ.get("CLUSTER_DIR") or FOLDER)
    {"start": start, "stop": stop}[command](folder)


def start(folder: Path) -> None:
    """Start it, and say where what answers."""
    if folder.exists():
        raise ClusterError("A cluster is there already: make cluster-stop ends it.")
    cluster = Cluster(folder, Ports.above(_base()))
    print("Starting PostgreSQL and a replica, Redis, two servers and nginx …", flush=True)
    cluster.start()
    records.write(folder, cluster.programs.values())
    _show(cluster)


def _base() -> int:
    try:
        return int(os.environ.get("PORT") or BASE)
    except ValueError as error:
        raise ClusterError(f"PORT cannot be {os.environ['PORT']!r}: it is a number.") from error


def _show(cluster: Cluster) -> None:
    page = f"{PREFIX}/{SITE}/page?url={cluster.url}/hello"
    for what, address in (
        ("A page to comment on", cluster.url + page),
        ("The first server itself", cluster.first + page),
        ("The second server itself", cluster.second + page),
        ("PostgreSQL, primary", database_url(cluster.ports.primary)),
        ("PostgreSQL, replica", database_url(cluster.ports.replica)),
        ("Redis", redis_url(cluster.ports.redis)),
    ):
        print(f"  {what:25} {address}")
    print("make cluster-stop ends it and leaves nothing.")


def stop(folder: Path) -> None:
    """End all of it, and remove what it wrote."""
    records.end(records.read(folder))
    shutil.rmtree(folder)
    print("The cluster is gone.")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ClusterError as error:
        sys.exit(f"{error}")
