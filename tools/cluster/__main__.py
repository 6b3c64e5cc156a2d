"""`python -m tools.cluster start|stop`, or `kill|pause|resume|restart PART`.

PORT and CLUSTER_DIR in the environment move it.
"""

import os
import shutil
import sys
from pathlib import Path

from tools.cluster import parts, records
from tools.cluster.cluster import Cluster
from tools.cluster.ports import BASE, Ports
from tools.cluster.postgresql import url as database_url
from tools.cluster.problems import ClusterError
from tools.cluster.redis_server import url as redis_url
from tools.cluster.servers import PREFIX, SITE

FOLDER = Path(__file__).parents[2] / "build" / "cluster"


def main(command: str, *part: str) -> None:
    """Do what is asked; raises `ClusterError` where that cannot be."""
    folder = Path(os.environ.get("CLUSTER_DIR") or FOLDER)
    if command in parts.ACTS and len(part) == 1:
        print(parts.act_on(folder, command, *part))
    elif command in ("start", "stop") and not part:
        {"start": start, "stop": stop}[command](folder)
    else:
        raise ClusterError(f"Say start, stop, or one of {', '.join(parts.ACTS)} and a part.")


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
    _show_parts(cluster)
    print("make cluster-stop ends it and leaves nothing.")


def _show_parts(cluster: Cluster) -> None:
    """Say what runs, and how each part may be disturbed."""
    print(f"  {'part':9} {'pid':>8}  log")
    for program in cluster.programs.values():
        print(f"  {program.name:9} {program.pid:8}  {program.log}")
    print(f"To disturb a part: {Path(sys.executable)} -m tools.cluster kill first")
    print(f"  (or {', '.join(parts.ACTS[1:])}; then its name)")
    print(f"To make the replica late: psql {_plain(cluster.ports.replica)}")
    print("  -c 'SELECT pg_wal_replay_pause()'; pg_wal_replay_resume() lets it catch up")


def _plain(port: int) -> str:
    """Spell the address of a database as psql reads it."""
    return database_url(port).replace("+psycopg", "")


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
