"""Providers without a server of their own: their page is one of ours, below the callback address.

`begin` leads to that page, in the window that any provider would have had. Only the browser that
began the attempt is shown it, by the attempt's cookie; what its form sends becomes the answer that
`flow.callback` takes from every other provider. Everything after that is the same.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from commentkit.errors import CommentKitError
from commentkit.model import Database
from commentkit.signin.profiles import settle
from commentkit.signin.provider import Begun, Profile, Provider, ProviderError, RoundTrip

Sent = Mapping[str, str]
"""The fields of the page's form, or of its address."""
CANCEL: Sent = {"error": "access_denied"}
"""What the page's button to cancel answers."""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One look at the page by the browser that began the attempt."""

    database: Database
    site_id: int
    site_title: str
    attempt_id: int
    state: str
    nonce: str = field(repr=False)
    """Derived from the attempt's cookie, as in `RoundTrip`."""
    secret: str | None = field(repr=False)
    """What the attempt keeps for this provider: what `memory` gave, or an act of the page since."""
    expires_at: datetime
    now: datetime
    limit: Callable[[str, str], None] = field(repr=False)
    """Count one use of an action by somebody, or by the asking network for an empty name."""


@dataclass(frozen=True)
class Shown:
    """The page as it is to be seen next."""

    template: str
    """Below templates/commentkit/own/, without its ending."""
    page: Mapping[str, object] = field(default_factory=dict)
    """What the template calls `page`."""
    script: str | None = None
    """A static file that the page cannot do without, or does better with."""


@dataclass(frozen=True)
class Answered:
    """The page has done its work: the parameters of the callback, apart from `state`."""

    params: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class OwnPage(Provider):
    """A provider whose page is ours."""

    elsewhere: str | None = None
    """The template for who comes by a link in another browser; None where nobody can."""

    @property
    def configured(self) -> bool:
        """Tell whether all is here that it needs; it has no credentials."""
        return not self.lacking

    def begin(self, trip: RoundTrip, *, switch: bool, language: str) -> Begun:
        """Lead to the page."""
        address = f"{trip.redirect_uri}/page?{urlencode({'state': trip.state})}"
        return Begun(address, trip.state, self.memory(trip))

    def memory(self, trip: RoundTrip) -> str | None:
        """Return what the attempt shall keep for the page and for `proven`."""
        return None

    @abstractmethod
    def show(self, visit: Visit, sent: Sent) -> Shown:
        """Show the page; `sent` is its address's query, or the form that was refused."""

    @abstractmethod
    def act(self, visit: Visit, sent: Sent) -> Shown | Answered:
        """Take what the page's form sent; a CommentKitError is said on the page shown again."""

    def finish(self, trip: RoundTrip, *, params: Mapping[str, str], secret: str | None) -> Profile:
        """Turn the page's answer into a settled profile; raise ProviderError."""
        if "error" in params:
            raise ProviderError("cancelled", "page: cancelled")
        return settle(self, self.proven(trip, params, secret), loopback=False)

    @abstractmethod
    def proven(self, trip: RoundTrip, params: Mapping[str, str], secret: str | None) -> Profile:
        """Check the answer and return whom it proves; raise ProviderError."""


def text_of(sent: Sent, name: str, *, limit: int) -> str:
    """Return a field without spaces around it; raises `field_invalid` for one that is too long."""
    value = sent.get(name, "")
    if len(value) > limit:
        raise CommentKitError("field_invalid", {"name": name})
    return value.strip()
