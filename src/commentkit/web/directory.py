"""Sites by name, read again only when something may have changed."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from commentkit import sites
from commentkit.errors import CommentKitError
from commentkit.model import Database
from commentkit.model.forks import in_child
from commentkit.settings import MAX_SITE_NAME
from commentkit.sites import KnownSite
from commentkit.web.read_path.freshness import Changes, Moment

MAX_SITES = 10_000
MAX_UNKNOWN = 1_000
"""Names of no site that somebody asks for again and again."""


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
        self._unknown: OrderedDict[str, Moment] = OrderedDict()
        self._lock = Lock()
        in_child(self, SiteDirectory._renew_lock)

    def _renew_lock(self) -> None:
        self._lock = Lock()

    def find(self, name: str) -> KnownSite:
        """Return the site of that name; raises `unknown_site`."""
        if self._changes.just_checked(self._unknown.get(name)):
            raise CommentKitError("unknown_site")
        entry = self._known.get(name)
        if entry is not None:
            if self._changes.just_checked(entry.at):
                return entry.site
            versions = ((sites.written_name(name), entry.site.version),)
            passed = self._changes.nothing_newer_here(entry.at, versions)
            if passed is not None:
                return self._remember(name, entry.site, passed)
        at = self._changes.moment()
        if entry is not None and self._changes.none_since(entry.at, at):
            return self._remember(name, entry.site, entry.at.again(at))
        try:
            return self._remember(name, self._read(name, entry), at)
        except CommentKitError:
            self._remember_unknown(name, at)
            raise

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
            self._unknown.pop(name, None)
            if len(self._known) > MAX_SITES:
                self._known.popitem(last=False)
        return site

    def _remember_unknown(self, name: str, at: Moment) -> None:
        if len(name) > MAX_SITE_NAME:
            return
        with self._lock:
            self._known.pop(name, None)
            self._unknown[name] = at
            if len(self._unknown) > MAX_UNKNOWN:
                self._unknown.popitem(last=False)
