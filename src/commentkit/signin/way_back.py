"""Where a window without an opener may return to: an address that the server looked at itself."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urljoin

from commentkit.discussion.addresses import canonical_url, key_of
from commentkit.errors import CommentKitError
from commentkit.model import Thread
from commentkit.signin.http import Answer, HttpClient, HttpFailure
from commentkit.signin.page_reader import PageRead, read_page
from commentkit.sites import KnownSite, origin_of

_CHECK_AGAIN_AFTER = timedelta(days=1)
_PATIENCE_SECONDS = 3.0


def registered(site: KnownSite, origin: str) -> str | None:
    """Return the site's own return address, where it lies on the origin that waits."""
    return site.return_url if site.return_url and origin_of(site.return_url) == origin else None


def usable(url: str | None, origin: str) -> bool:
    """Tell whether a page's address could serve, once it was looked at."""
    return url is not None and origin_of(url) == origin


def checked_lately(thread: Thread, *, now: datetime) -> bool:
    """Tell whether the server itself has looked at the thread's address within a day."""
    at = thread.url_checked_at
    return at is not None and now - at < _CHECK_AGAIN_AFTER


@dataclass(frozen=True)
class Look:
    """What the server itself saw at an address: 200, no redirect, HTML with our tag in it."""

    url: str
    page: PageRead

    def is_for(self, key: str) -> bool:
        """Tell whether the key is the address's own, or named by the page itself.

        By `data-key` or `<comment-kit key>`, as far as they stand in the HTML.
        """
        return key == key_of(key=None, url=self.url) or key in self.page.keys

    @property
    def may_lead_home(self) -> bool:
        """Tell whether a ticket may travel there.

        Our tag proves that the page is one of ours, but not that the same address shows the same
        page to somebody logged in there: a login page may send those on to an address in its query.
        So an address with a query must also be the one that the page itself calls canonical.
        """
        return "?" not in self.url or _calls_itself(self.page, self.url)


def look(http: HttpClient, url: str, *, embed_url: str) -> Look | None:
    """Fetch an address; None where our tag does not run there, as far as can be seen."""
    patient = replace(http, total_seconds=_PATIENCE_SECONDS, timeout_seconds=_PATIENCE_SECONDS)
    try:
        answer = patient.get(url, headers={"Accept": "text/html"})
    except HttpFailure:
        return None
    if answer.status != 200 or not _is_html(answer):
        return None
    page = read_page(answer.body.decode("utf-8", "replace"), embed_url=embed_url)
    return Look(url, page) if page.has_tag else None


def shows_tag(http: HttpClient, url: str, *, embed_url: str, key: str) -> bool:
    """Fetch an address: is it a page of ours, for this key?"""
    seen = look(http, url, embed_url=embed_url)
    return seen is not None and seen.is_for(key)


def _calls_itself(page: PageRead, url: str) -> bool:
    base = urljoin(url, page.base or "")
    try:
        said = {canonical_url(urljoin(base, href)) for href in page.canonical}
    except (CommentKitError, ValueError):
        return False
    return said == {url}


def _is_html(answer: Answer) -> bool:
    content_type = answer.headers.get("Content-Type", "")
    return content_type.partition(";")[0].strip().lower() == "text/html"
