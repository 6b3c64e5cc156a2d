"""A real PgBouncer in transaction mode, before the PostgreSQL of the tests."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from browser_support import need
from sqlalchemy import URL
from tools.cluster.ports import free_port

WHY_NOT = "no PgBouncer here (Debian: pgbouncer)"

_CONFIG = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {servers}
max_client_conn = 100
ignore_startup_parameters = {ignored}
"""


@contextmanager
def bouncing(to: URL, *, servers: int = 2, ignored: str = "") -> Iterator[URL]:
    """Yield the address of the same database behind a pooler with so few server connections."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    need(program, WHY_NOT)
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        config = Path(folder) / "pgbouncer.ini"
        config.write_text(
            _CONFIG.format(
                host=to.host,
                port=to.port or 5432,
                user=to.username,
                listen=port,
                servers=servers,
                ignored=ignored,
            )
        )
        Path(folder).chmod(0o755)
        as_nobody = ["-u", "nobody"] if os.getuid() == 0 else []  # it refuses to run as root
        process = subprocess.Popen(
            [str(program), *as_nobody, str(config)], stderr=subprocess.PIPE, text=True
        )
        try:
            _wait_until_up(process)
            yield to.set(host="127.0.0.1", port=port).update_query_dict({"sslmode": "disable"})
        finally:
            process.terminate()
            process.communicate(timeout=20)


def _wait_until_up(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "process up" in line:
            return
    raise AssertionError("PgBouncer did not start: " + "".join(said))
