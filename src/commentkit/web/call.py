"""One request to a site, with everything about it that was checked before its view runs."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from flask import Request, request

from commentkit.limits import client_key
from commentkit.people.host_users import HostUser
from commentkit.settings import Settings
from commentkit.sites import KnownSite
from commentkit.web.kit import Kit


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request whose site is known and, where the door demands it, whose origin is registered."""

    kit: Kit
    site: KnownSite
    language: str
    origin: str
    """Where the asking page lives; our own origin for our own pages."""
    now: datetime
    host_user: HostUser | None = None
    """Whom the host names, on its own pages: asked before any transaction."""

    @property
    def endpoint(self) -> str:
        """Return the address below which this site's calls are made."""
        return f"{self.kit.settings.base_url}/{self.site.name}"

    @property
    def own_origin(self) -> bool:
        """Tell whether the asking page lives on the comment server's own origin."""
        return self.origin == self.kit.settings.origin

    def limit(self, action: str) -> None:
        """Count one use of `action` by this client; raises `too_many`."""
        who = client_key(client_ip(request, self.kit.settings))
        self.kit.limiter.hit(action, site_id=self.site.id, who=who)

    def limit_site(self, action: str) -> None:
        """Count one use of `action` by the site's whole public; raises `too_many`."""
        self.kit.limiter.hit(action, site_id=self.site.id, who="")


def call_for(kit: Kit, site: KnownSite, asked_language: str) -> Call:
    """Make a call about a site that the address did not name."""
    language = kit.renderer.negotiate(asked_language, site.language)
    return Call(kit=kit, site=site, language=language, origin=kit.settings.origin, now=kit.clock())


def client_ip(asking: Request, settings: Settings) -> str:
    """Return the address to count for: the socket's, or the one our own trusted proxies saw."""
    seen = asking.remote_addr or ""
    hops = settings.trusted_hops
    if not hops:
        return seen
    route = [*asking.headers.get("X-Forwarded-For", "").split(","), seen]
    candidate = route[-hops - 1].strip() if len(route) > hops else seen
    return candidate if _is_ip(candidate) else seen


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
