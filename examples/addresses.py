"""Where the three sites of the demo live: three sites to a browser, one machine to us."""

from collections.abc import Mapping
from dataclasses import dataclass

HOSTS = ("127.0.0.1", "localhost")


class BadAddressError(ValueError):
    """PORT or DEMO_HOST cannot be used; the message says what they accept."""


@dataclass(frozen=True)
class Addresses:
    """The Flask site on `host` and `port`; the blog on the other name, one port higher."""

    port: int = 8000
    host: str = "127.0.0.1"

    @property
    def flask_site(self) -> str:
        """The origin of the Flask site, which is the comment server too."""
        return f"http://{self.host}:{self.port}"

    @property
    def blog(self) -> str:
        """The origin of the blog, which knows the comment server from a script tag alone."""
        other = HOSTS[1 - HOSTS.index(self.host)]
        return f"http://{other}:{self.port + 1}"

    @property
    def identity(self) -> str:
        """The origin of the identity services."""
        return f"http://id.localhost:{self.port + 2}"

    @property
    def folder_name(self) -> str:
        """Where this demo's data is kept: what is stored names its addresses."""
        return "demo" if self == Addresses() else f"demo-{self.host}-{self.port}"


def read_addresses(environ: Mapping[str, str]) -> Addresses:
    """Read PORT and DEMO_HOST."""
    port, host = environ.get("PORT", "8000"), environ.get("DEMO_HOST", "127.0.0.1")
    if not port.isdecimal() or not 1 <= int(port) <= 65_533:
        raise BadAddressError(f"PORT accepts a number from 1 to 65533, not {port!r}.")
    if host not in HOSTS:
        raise BadAddressError(f"DEMO_HOST accepts {' or '.join(HOSTS)}, not {host!r}.")
    return Addresses(int(port), host)
