"""Comments as they are shown: a tree to a given depth, flat below it, with tombstones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from commentkit.discussion.rows import Shown
from commentkit.people.viewer import GUEST
from commentkit.text import SafeHtml
from commentkit.view.identity import ProviderView, label_of
from commentkit.view.people import PersonView, person_view

_GONE = {"deleted": "deleted", "rejected": "removed", "spam": "removed", "pending": "held"}


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """The comment that another one answers, where the tree does not show it."""

    id: int
    name: str | None
    """None when its author is not on this page, or gone."""


@dataclass(frozen=True, slots=True)
class EditView:
    """What the form for editing holds, on the page without JavaScript."""

    source: str
    error: str = ""
    """Translated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentView:
    """One comment with the replies shown beneath it."""

    id: int
    parent_id: int | None
    root_id: int
    author: PersonView
    html: SafeHtml
    status: str
    created_at: datetime
    edited_at: datetime | None = None
    gone: str | None = None
    """`deleted` by its author, `removed` by a moderator or `held` for one: a tombstone."""
    badge: str | None = None
    """`owner` or `moderator` of the site."""
    in_reply_to: ReplyTo | None = None
    editable: bool = False
    """The viewer may still change it; never set in what caches hold."""
    editing: EditView | None = None
    """While it is open for editing on the page without JavaScript."""
    nests: bool = True
    """Whether replies are shown beneath it; else they follow it in the list it stands in."""
    indents: bool = True
    """Whether those beneath it are indented."""
    replies: tuple["CommentView", ...] = ()
    more_replies: str | None = None
    """Cursor after the last reply shown of this root; None when all are here."""

    @property
    def pending(self) -> bool:
        """Tell whether only its author (and moderators) can see it."""
        return self.status == "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What the rows do not say, but their showing needs."""

    providers: Mapping[str, ProviderView]
    pictures: str
    """Address below which the site's pictures are found, without the final slash."""
    time_zone: tzinfo = UTC
    """Of the site: its pages are the same for every reader, so are its dates."""
    nested_depth: int = 4
    """Levels of replies that are indented; 0 shows all of a root's replies flat beneath it."""
    badges: Mapping[int, str] = field(default_factory=dict)
    """Account id → role, of those above `member`."""
    own: frozenset[int] = frozenset()
    """The viewer's comments: they alone see theirs while it is pending."""
    editable: frozenset[int] = frozenset()
    """Comments that the viewer may still change."""
    editing: Mapping[int, EditView] = field(default_factory=dict)
    """The comments open for editing."""
    more_replies: Mapping[int, str] = field(default_factory=dict)
    """Root id → cursor, of roots with further replies."""


def comment_tree(
    rows: Sequence[Shown], showing: Showing, *, known: Mapping[int, Shown] | None = None
) -> tuple[CommentView, ...]:
    """Build the tree of `rows`: parents before their children, siblings in the order to show.

    A row whose parent is not among them stands under its root, or else at the top level, and says
    whom it answers; `known` are such parents.
    """
    deepest = max(showing.nested_depth, 1)
    places = _places(rows, deepest)
    named = {**(known or {}), **{row.id: row for row in rows}}
    children: dict[int | None, list[Shown]] = {}
    for row in rows:
        children.setdefault(places[row.id].above, []).append(row)

    authors = _Authors(showing)

    def branch(above: int | None) -> tuple[CommentView, ...]:
        return tuple(
            _view(
                row,
                showing,
                authors.of(row),
                nests=places[row.id].depth < deepest,
                indents=places[row.id].depth < showing.nested_depth,
                replies=branch(row.id) if row.id in children else (),
                in_reply_to=None if row.parent_id == above else _reply_to(row, named),
            )
            for row in children.get(above, ())
        )

    return branch(None)


def comment_view(row: Shown, showing: Showing) -> CommentView:
    """Make the view of one row by itself."""
    return _view(row, showing, _author(row, showing))


class _Place(NamedTuple):
    """Which comment another is shown under, and how deep that is; a root is at 0."""

    above: int | None
    depth: int


_TOP = _Place(None, 0)


def _view(
    row: Shown,
    showing: Showing,
    author: PersonView,
    *,
    nests: bool = True,
    indents: bool = True,
    replies: tuple[CommentView, ...] = (),
    in_reply_to: ReplyTo | None = None,
) -> CommentView:
    zone = showing.time_zone
    return CommentView(
        id=row.id,
        parent_id=row.parent_id,
        root_id=row.root_id,
        author=author,
        html=SafeHtml.stored(row.html),
        status=row.status,
        created_at=row.created_at.astimezone(zone),
        edited_at=row.edited_at.astimezone(zone) if row.edited_at else None,
        gone=_gone(row, showing),
        badge=showing.badges.get(row.account_id),
        in_reply_to=in_reply_to,
        editable=row.id in showing.editable,
        editing=showing.editing.get(row.id),
        nests=nests,
        indents=indents,
        replies=replies,
        more_replies=showing.more_replies.get(row.id),
    )


def _places(rows: Sequence[Shown], deepest: int) -> dict[int, _Place]:
    places: dict[int, _Place] = {}
    for row in rows:
        places[row.id] = _place(row, places, deepest)
    return places


def _place(row: Shown, places: Mapping[int, _Place], deepest: int) -> _Place:
    """Place a row under its parent or, where that is as deep as may be, beside it."""
    above = row.root_id
    if row.parent_id is not None and row.parent_id in places:
        above = row.parent_id
    beside = places.get(above)
    if beside is None:
        return _TOP
    return beside if beside.depth >= deepest else _Place(above, beside.depth + 1)


def _reply_to(row: Shown, by_id: Mapping[int, Shown]) -> ReplyTo | None:
    if row.parent_id is None:
        return None
    parent = by_id.get(row.parent_id)
    if parent is None or parent.status in _GONE:
        return ReplyTo(row.parent_id, None)
    return ReplyTo(row.parent_id, parent.author_name)


def _gone(row: Shown, showing: Showing) -> str | None:
    mine = row.status == "pending" and row.id in showing.own
    return None if mine else _GONE.get(row.status)


class _Authors:
    """The people of one page: who writes twice as the same person is made once."""

    def __init__(self, showing: Showing) -> None:
        self._showing = showing
        self._known: dict[tuple[object, ...], PersonView] = {}

    def of(self, row: Shown) -> PersonView:
        """Return who wrote a comment, as they were."""
        said = (row.account_id, row.author_name, row.author_url, row.author_picture_id)
        who = (*said, row.author_provider)
        if who not in self._known:
            self._known[who] = _author(row, self._showing)
        return self._known[who]


def _author(row: Shown, showing: Showing) -> PersonView:
    provider = showing.providers.get(row.author_provider)
    label = label_of(row.author_provider, showing.providers)
    picture = row.author_picture_id
    return person_view(
        row.author_name,
        seed=row.account_id,
        url=row.author_url,
        picture=f"{showing.pictures}/{picture}" if picture is not None else None,
        provider=None if row.author_provider == GUEST else label,
        picture_alt=provider.picture_alt if provider else None,
    )
