"""The deployment as a whole: what it is made of, and in which order it begins and ends."""

import json
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from tools.cluster import nginx, postgresql, redis_server, servers
from tools.cluster.accounts import Account, unprivileged
from tools.cluster.ports import HOST, Ports
from tools.cluster.problems import ClusterError
from tools.cluster.programs import Program, run

Limits = str

GENEROUS: Limits = json.dumps(
    dict.fromkeys(("post", "post_try", "post_site", "read_own"), "1000000/minute")
)
"""What tests need, who are one client that posts like a thousand."""


class Cluster:
    """Two servers behind nginx, over PostgreSQL with a streaming replica, sharing one Redis.

    Everything lives in `folder`, which must not exist and is gone at the end. `limits` are rates
    that differ from the defaults, as JSON; `origins` may embed the site, beside our own pages.
    """

    def __init__(
        self,
        folder: Path,
        ports: Ports,
        *,
        limits: Limits = "{}",
        origins: tuple[str, ...] = (),
    ) -> None:
        self.folder = folder.resolve()
        self.ports = ports
        self.programs: dict[str, Program] = {}
        self._account = unprivileged()
        self._limits = limits
        self._origins = origins

    @property
    def url(self) -> str:
        """Return the address that visitors use."""
        return self.at(self.ports.nginx)

    @property
    def first(self) -> str:
        """Return the address of one server itself."""
        return self.at(self.ports.first)

    @property
    def second(self) -> str:
        """Return the address of the other server itself."""
        return self.at(self.ports.second)

    @staticmethod
    def at(port: int) -> str:
        """Return an address of this machine."""
        return f"http://{HOST}:{port}"

    def start(self) -> None:
        """Start everything; raises `ClusterError`, and then leaves nothing behind."""
        if self.folder.exists():
            raise ClusterError(f"There is a cluster in {self.folder} already: make cluster-stop.")
        self.folder.mkdir(parents=True)
        try:
            _check_reach(self.folder, self._account)
            self._start_all()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End everything, and remove what it wrote."""
        for program in reversed(self.programs.values()):
            program.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def mend(self) -> None:
        """Let go on what was told to hang, and start anew what has ended."""
        for program in self.programs.values():
            if program.runs():
                program.resume()
            else:
                program.start()

    def _start_all(self) -> None:
        ports, account = self.ports, self._account
        place = self.folder.joinpath
        self._begin(lambda: redis_server.redis_server(place("redis"), ports.redis, account))
        self._begin(lambda: postgresql.primary(place("primary"), ports.primary, account))
        postgresql.make_database(ports.primary)
        settings = self._settings()
        servers.register_site(self.folder, settings, origins=(self.url, *self._origins))
        self._begin(
            lambda: postgresql.replica(place("replica"), ports.replica, account, of=ports.primary)
        )
        for name, port in (("first", ports.first), ("second", ports.second)):
            self._begin(lambda n=name, p=port: servers.comment_server(n, self.folder, p, settings))  # type: ignore[misc]
        self._begin(lambda: nginx.nginx(place("nginx"), ports, account, health=servers.HEALTH))

    def _begin(self, make: Callable[[], Program]) -> None:
        program = make()
        self.programs[program.name] = program
        program.start()

    def _settings(self) -> dict[str, str]:
        redis = redis_server.url(self.ports.redis)
        return {
            "COMMENTKIT_PUBLIC_URL": self.url,
            "COMMENTKIT_SECRET_KEY": secrets.token_urlsafe(32),
            "COMMENTKIT_DATABASE_URL": postgresql.url(self.ports.primary),
            "COMMENTKIT_REPLICA_URLS": postgresql.url(self.ports.replica),
            "COMMENTKIT_LIMITS_STORAGE": redis,
            "COMMENTKIT_PAGES_STORAGE": redis,
            "COMMENTKIT_LIMITS": self._limits,
            "COMMENTKIT_TRUSTED_HOPS": "1",
        }


def _check_reach(folder: Path, account: Account) -> None:
    """See that the account may go where its files will be: a home folder is often closed."""
    try:
        run("test", "-x", folder, account=account, folder=Path("/"))
    except ClusterError as error:
        raise ClusterError(
            f"The user {account.name} may not enter {folder}; CLUSTER_DIR=/var/tmp/cluster in the "
            "environment puts it elsewhere."
        ) from error
