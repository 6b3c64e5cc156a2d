"""Sites by name, read again only when something may have changed."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from commentkit import sites
from commentkit.model import Database
from commentkit.sites import KnownSite
from commentkit.web.read_path.freshness import Changes, Moment

MAX_SITES = 10_000


@dataclass(frozen=True)
class _Entry:
    site: KnownSite
    at: Moment


class SiteDirectory:
    """What every request asks first: which site is that?

    A change made in this process is seen by the next request, one made elsewhere within 400 ms
    (behind a replica, within its lag and 400 ms).
    """

    def __init__(self, database: Database, changes: Changes) -> None:
        self._database = database
        self._changes = changes
        self._known: OrderedDict[str, _Entry] = OrderedDict()
        self._lock = Lock()

    def find(self, name: str) -> KnownSite:
        """Return the site of that name; raises `unknown_site`."""
        entry = self._known.get(name)
        if entry is not None and self._changes.just_checked(entry.at):
            return entry.site
        at = self._changes.moment()
        if entry is not None and self._changes.none_since(entry.at, at):
            return self._remember(name, entry.site, entry.at.again(at))
        return self._remember(name, self._read(name, entry), at)

    def _read(self, name: str, entry: _Entry | None) -> KnownSite:
        with self._database.replica() as db:
            if entry and sites.version_of(db, entry.site.id) == entry.site.version:
                return entry.site  # every comment is a change, few are of the site
            site = sites.find(db, name)
        if entry is None or site.version >= entry.site.version:
            return site
        with self._database.read() as db:  # the replica lags behind what was seen here
            return sites.find(db, name)

    def _remember(self, name: str, site: KnownSite, at: Moment) -> KnownSite:
        with self._lock:
            self._known[name] = _Entry(site, at)
            self._known.move_to_end(name)
            if len(self._known) > MAX_SITES:
                self._known.popitem(last=False)
        return site
