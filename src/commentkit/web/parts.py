"""A reader's own pieces of a section as HTML, kept under all that decides what they say."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from commentkit.discussion.rows import ShownRow
from commentkit.people.viewer import Viewer
from commentkit.render import Renderer
from commentkit.rules import SiteRules
from commentkit.view import (
    ClaimOffer,
    CommentFragment,
    IdentityFragment,
    Links,
    LoginView,
    Logouts,
    ProviderView,
    Showing,
    comment_view,
    identity_view,
    with_logouts,
)

_KEPT = 512
"""Pieces kept of each kind: readers turn pages."""
_SMALL = 4_000
"""Characters of a comment that is kept: what 512 long ones take would be much."""


class Place(NamedTuple):
    """Where a piece stands, and in which words."""

    language: str
    rules: SiteRules
    links: Links

    @property
    def pictures(self) -> str:
        """Return the address below which the site's pictures are found."""
        return f"{self.links.endpoint}/pictures"


class Parts:
    """Renders the pieces for one app, whose templates and providers do not change."""

    def __init__(self, renderer: Renderer, providers: Mapping[str, ProviderView]) -> None:
        self._renderer = renderer
        self._providers = providers
        self.identity = lru_cache(_KEPT)(self._identity)
        """Who the viewer is, in the state that was asked for."""
        self._small_comment = lru_cache(_KEPT)(self._comment)

    def comment(self, place: Place, row: ShownRow, badge: str | None, can_reply: bool) -> str:
        """Return the list item of a comment as its author sees it."""
        if len(row.html) > _SMALL:
            return self._comment(place, row, badge, can_reply)
        return self._small_comment(place, row, badge, can_reply)

    def _comment(self, place: Place, row: ShownRow, badge: str | None, can_reply: bool) -> str:
        showing = Showing(
            providers=self._providers,
            pictures=place.pictures,
            time_zone=ZoneInfo(place.rules.time_zone),
            badges={row.account_id: badge} if badge else {},
            own=frozenset((row.id,)),
        )
        comment = comment_view(row, showing)
        view = CommentFragment(comment=comment, links=place.links, can_reply=can_reply)
        return self._renderer.render("comment.html", language=place.language, view=view)

    def _identity(
        self,
        place: Place,
        viewer: Viewer,
        state: str,
        offer: ClaimOffer | None = None,
        logouts: Logouts = (),
        logins: tuple[LoginView, ...] = (),
    ) -> str:
        identity = identity_view(
            viewer,
            rules=place.rules,
            providers=with_logouts(self._providers, logouts),
            pictures=place.pictures,
            state=state,
            offer=offer,
            logins=logins,
        )
        view = IdentityFragment(identity=identity, links=place.links)
        return self._renderer.render("identity.html", language=place.language, view=view)
