"""Rate limits: how often one client, and a site's whole public, may do what costs us something."""

import hmac
import logging
import math
import re
import threading
import time
from collections.abc import Callable, Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any

from commentkit.errors import CommentKitError
from commentkit.exchanges import Deadline, bind
from commentkit.outage import Outage
from commentkit.settings import SettingsError

# The library comes with what is counted first: who reads a page is not counted, and most who start
# an app change no rate.
if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import FixedWindowRateLimiter

logger = logging.getLogger("commentkit.limits")

DEFAULT_RATES: Mapping[str, str] = {
    # A quick discussion is a comment every ten seconds, an evening of it some sixty.
    "post": "6/minute;60/hour",
    # Presses that were refused count too: each costs a look at the text.
    "post_try": "30/minute;200/hour",
    # All visitors of a site together: far above a lively page, far below what a flood needs.
    "post_site": "300/minute",
    # Second thoughts cost less than comments, but each makes a new version of the page.
    "edit": "20/minute;200/hour",
    # Each start keeps a row for ten minutes; one address may be a whole school.
    "sign_in_start": "20/minute;200/hour",
    # Each server that somebody names is asked several things, by us: whoever mistypes tries again,
    # and nobody has accounts at sixty.
    "sign_in_server": "10/minute;60/hour",
    # All visitors of a site together, so that we cannot be made to knock at doors without end.
    "sign_in_server_site": "60/minute;1000/hour",
    # One a sign-in, and a retry: guessing a 256-bit ticket stays hopeless at any rate.
    "redeem": "40/minute",
    # One a page at most.
    "probe": "120/minute",
    # One each time a guest leaves the e-mail field, and each may ask Gravatar.
    "guest_picture": "10/minute;60/hour",
    # One a page view of a signed-in reader, and one a change of account.
    "read_own": "240/minute",
    # A letter to sign in costs the post, and bothers whoever's address was typed.
    "email_letter": "5/minute;20/hour",
    "email_letter_to": "3/10 minutes;10/day",
    # The sites of a server together; more than one of them alone may ask for, so that none uses up
    # what the others have.
    "email_letter_anywhere": "12/hour;15/day",
    # Asking for comments by a letter is rare, and never needed twice.
    "claim_letter": "5/minute;20/hour",
    "claim_letter_to": "2/hour;4/day",
    # Other letters that whoever knows an address can have sent to it, by all sites together too.
    # Counted apart: these are only sent where something is known of the address, and whoever asks
    # for one to sign in is told when there are too many.
    "letter_to": "8/hour;15/day",
    # Eight digits, and five tries for each letter; one address may be a whole school.
    "email_code": "20/minute;200/hour",
    # Each locks a person's rows and may make new versions of all pages they wrote on.
    "account": "20/minute;100/hour",
    # Everything that is held about somebody, read and sent.
    "download": "5/hour",
    # Links of our mails; one-click unsubscribing comes in bulk from the few addresses of a big
    # mail provider, and must never be refused for long.
    "mail_confirm": "120/minute",
}
"""Per client (`who`), but for `…_site`; several rates of one action all hold."""
_OF_ALL_SITES = frozenset({"email_letter_anywhere", "letter_to"})

_SHARED_SECONDS = 0.5
"""For all the rates of an action together, connecting too."""
_ALONE = "rate limits count in this process alone: storage failed"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")


class Limiter:
    """Counts in `storage_url` (`memory://` or `redis://…`); without it, in this process.

    `rules` replace default rates by action. `secret` keys the hashes that stand for clients, so
    that the storage holds no addresses. Raises `SettingsError` for what cannot work; opens nothing.
    """

    def __init__(
        self,
        storage_url: str,
        rules: Mapping[str, str],
        *,
        secret: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = _merged(rules)
        self._rates = {name: _rates(name, rule) for name, rule in rules.items()}
        self._secret = secret.encode()
        self._lock = threading.Lock()
        self._memory: FixedWindowRateLimiter | None = None
        self._deadline = Deadline()
        self._shared = _shared(storage_url, self._deadline)
        self._outage = Outage(logger, clock=clock)

    def answers(self) -> bool:
        """Ask the shared storage whether it is there; this process's own always is."""
        return self._shared is None or self._shared.storage.check()

    def hit(self, action: str, *, site_id: int, who: str) -> None:
        """Count one; raises `too_many` with `retry_after` in seconds once a rate is used up."""
        counted_at = 0 if action in _OF_ALL_SITES else site_id
        client = f"{counted_at}\0{action}\0{who}".encode()
        key = hmac.digest(self._secret, client, "sha256").hex()
        wait = self._wait(self._rates_of(action), key)
        if wait is not None:
            raise CommentKitError("too_many", {"retry_after": wait})

    def _rates_of(self, action: str) -> "list[RateLimitItem]":
        rates = self._rates.get(action)
        if rates is None:
            rates = self._rates[action] = _rates(action, self._rules[action])
        return rates

    def _wait(self, rates: "list[RateLimitItem]", key: str) -> int | None:
        if self._shared is not None and self._outage.allows():
            try:
                with self._deadline.within(_SHARED_SECONDS):
                    wait = _hit(self._shared, rates, key)
            except Exception as error:  # noqa: BLE001 - what garbage does to a parser has no type
                self._outage.began(_ALONE, getattr(error, "storage_error", error))
            else:
                self._outage.over()
                return wait
        return _hit(self._in_process(), rates, key)

    def _in_process(self) -> "FixedWindowRateLimiter":
        if self._memory is None:
            with self._lock:
                self._memory = self._memory or _counting_here()
        return self._memory


def client_key(ip: str) -> str:
    """Return what stands for a client: its IPv4 address, or its IPv6 network of 64 bits.

    A household or a rented server is given a whole /64, and could use each address of it once.
    """
    if _IPV4.fullmatch(ip):  # most clients: a tenth of what making an address costs
        return ip
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address, 64), strict=False))


def _counting_here() -> "FixedWindowRateLimiter":
    from limits.strategies import FixedWindowRateLimiter

    from commentkit.limits.memory import ProcessCounts

    return FixedWindowRateLimiter(ProcessCounts())


def _hit(limiter: "FixedWindowRateLimiter", rates: "list[RateLimitItem]", key: str) -> int | None:
    """Count against each rate; return the seconds to wait if one is used up.

    A window begins with a client's first hit in it, not by the clock on the wall.
    """
    for rate in rates:
        if not limiter.hit(rate, key):
            reset_at = limiter.get_window_stats(rate, key).reset_time
            return max(1, math.ceil(reset_at - time.time()))
    return None


def _merged(rules: Mapping[str, str]) -> Mapping[str, str]:
    unknown = sorted(set(rules) - set(DEFAULT_RATES))
    if unknown:
        known = ", ".join(DEFAULT_RATES)
        raise SettingsError(f"COMMENTKIT_LIMITS has no action {unknown[0]!r}: it accepts {known}.")
    return {**DEFAULT_RATES, **rules}


def _rates(action: str, rule: str) -> "list[RateLimitItem]":
    """Read `6/minute;60/hour`; the shortest first, since who is refused there costs no more."""
    from limits import parse_many

    try:
        rates = sorted(parse_many(rule), key=lambda rate: rate.get_expiry())
    except ValueError:
        rates = []
    if not rates or any(rate.amount < 1 for rate in rates):
        raise SettingsError(
            f"COMMENTKIT_LIMITS cannot give {action!r} the rate {rule!r}: "
            "it accepts rates such as 6/minute;60/hour."
        )
    return rates


def _shared(url: str, deadline: Deadline) -> "FixedWindowRateLimiter | None":
    if url.startswith("memory:"):
        return None
    from limits.errors import ConfigurationError
    from limits.storage import storage_from_string
    from limits.strategies import FixedWindowRateLimiter

    try:
        storage = storage_from_string(_spelled(url), wrap_exceptions=True, **_impatient())
    except (ConfigurationError, ValueError) as error:
        raise SettingsError(
            "COMMENTKIT_LIMITS_STORAGE cannot be used: it accepts memory:// or "
            "redis://host:6379/0, which needs the extra commentkit[redis]."
        ) from error
    bind(storage.get_connection(), deadline)  # type: ignore[union-attr]
    return FixedWindowRateLimiter(storage)


def _spelled(url: str) -> str:
    return f"redis+{url}" if url.startswith("unix:") else url


def _impatient() -> dict[str, Any]:
    """Fail within a second: the client's own three retries would hold up a visitor."""
    try:
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as error:
        raise ValueError("redis is not installed") from error
    return {
        "socket_timeout": _SHARED_SECONDS,
        "socket_connect_timeout": _SHARED_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
