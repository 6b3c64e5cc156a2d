"""Ask DNS for the texts of a name: the second of the two ways this package asks the network.

Imported by the first question. Only the name servers that this system is set up with are asked;
they look further, so that no stranger's server is spoken to from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from commentkit.signin.answers import HttpFailure

_PORT = 53
_MOST_TEXTS = 50
_MOST_BYTES = 1_000


@dataclass(frozen=True)
class NameServers:
    """Where names are looked up; the system's own servers unless told otherwise."""

    addresses: tuple[str, ...] = ()
    port: int = _PORT

    def texts(self, name: str, seconds: float) -> Sequence[str]:
        """Return what the TXT records of a name say, nothing where it has none.

        Raises HttpFailure where nobody answers in time, or the servers cannot tell.
        """
        try:
            answer = self._resolver(seconds).resolve(
                dns.name.from_text(name),
                dns.rdatatype.TXT,
                lifetime=seconds,
                raise_on_no_answer=False,
                search=False,
            )
        except dns.resolver.NXDOMAIN:
            return ()
        except dns.exception.Timeout:
            raise HttpFailure("timeout", host=name) from None
        except (dns.exception.DNSException, OSError, EOFError, ValueError):
            # Whatever a system's own configuration may hold included.
            raise HttpFailure("unreachable", host=name) from None
        found = [b"".join(record.strings) for record in answer.rrset or ()]
        if len(found) > _MOST_TEXTS:
            raise HttpFailure("too_large", host=name)
        return [text.decode("ascii", "replace") for text in found if len(text) <= _MOST_BYTES]

    def _resolver(self, seconds: float) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=not self.addresses)
        resolver.timeout = seconds / 2  # a server that is silent leaves time for the next one
        if self.addresses:
            resolver.nameservers = list(self.addresses)
            resolver.port = self.port
        return resolver
