"""The floor of posting: bare INSERT and COMMIT by the same driver, as many writers at once.

Run as a program of its own, so that its processor time and its lock are nobody else's.
"""

import json
import sqlite3
import sys
import threading
import time
from contextlib import closing
from typing import Any

from sqlalchemy import URL, make_url

from bench.measure import percentile

_SIZES = {"sqlite": "TEXT", "postgresql": "TEXT", "mysql": "MEDIUMTEXT"}
ROW = "x" * 600
"""As many bytes as a comment's row holds: its source, its HTML and the rest."""


def main() -> None:
    """Read URL, writers and seconds from the command line; print rate and times."""
    url, writers, seconds = make_url(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    kind = "mysql" if url.get_backend_name() in ("mysql", "mariadb") else url.get_backend_name()
    with closing(connect(kind, url)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS bench_bare (id BIGINT PRIMARY KEY, said {_SIZES[kind]})"
        )
        connection.commit()
    begin = time.monotonic()
    times = _written(kind, url, writers, begin + seconds)
    said = {
        "rate": len(times) / (time.monotonic() - begin),
        "p50": percentile(times, 0.5) * 1000,
        "p99": percentile(times, 0.99) * 1000,
        "cpu": time.process_time() * 1000 / len(times),
    }
    print(json.dumps(said))


def connect(kind: str, url: URL) -> Any:
    """Open a connection of the driver that commentkit uses, as durable as its own."""
    if kind == "sqlite":
        return _sqlite(url)
    if kind == "postgresql":
        import psycopg

        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain)
    import pymysql

    return pymysql.connect(
        host=url.host,
        port=url.port or 3306,
        user=url.username,
        password=url.password or "",
        database=url.database,
        charset="utf8mb4",
    )


def _sqlite(url: URL) -> sqlite3.Connection:
    connection = sqlite3.connect(url.database or "", timeout=20, isolation_level="IMMEDIATE")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _written(kind: str, url: URL, writers: int, until: float) -> list[float]:
    """Let every writer insert and commit until the time is over."""
    first = time.time_ns() // 1000
    found: list[list[float]] = [[] for _ in range(writers)]
    threads = [
        threading.Thread(target=_write, args=(kind, url, first + number * 10**9, until, times))
        for number, times in enumerate(found)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [took for times in found for took in times]


def _write(kind: str, url: URL, first: int, until: float, times: list[float]) -> None:
    mark = "?" if kind == "sqlite" else "%s"
    statement = f"INSERT INTO bench_bare (id, said) VALUES ({mark}, {mark})"
    with closing(connect(kind, url)) as connection:
        cursor, number = connection.cursor(), first
        while (begin := time.monotonic()) < until:
            cursor.execute(statement, (number, ROW))
            connection.commit()
            times.append(time.monotonic() - begin)
            number += 1


if __name__ == "__main__":
    main()
