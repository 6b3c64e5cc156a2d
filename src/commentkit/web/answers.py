"""The viewer answer: all that is personal, in one small piece of JSON.

Rows are gathered in a transaction; rendering happens after it, when no connection waits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from commentkit.model import Comment
from commentkit.people.viewer import Viewer
from commentkit.view import CommentFragment, IdentityFragment, Showing, comment_view
from commentkit.web import section
from commentkit.web.call import Call
from commentkit.web.section import Ask, Standing
from commentkit.web.wording import count_text, heading

_JUST_POSTED = timedelta(minutes=10)
"""How long a cached page may lack an approved comment that its author must see at once."""


@dataclass(frozen=True)
class Gathered:
    """What the database knows of a viewer in one thread."""

    viewer: Viewer
    standing: Standing
    showing: Showing
    own: tuple[Comment, ...]
    """Pending or just posted, oldest first."""
    editable: Mapping[int, datetime]


def gather(call: Call, db: Session, viewer: Viewer, ask: Ask) -> Gathered:
    """Read everything about a viewer in three queries at the most."""
    standing = section.stand(call, db, ask)
    rows, until = section.own_rows(call, db, standing, viewer)
    since = call.now - _JUST_POSTED
    own = tuple(r for r in reversed(rows) if r.status == "pending" or r.created_at > since)
    return Gathered(viewer, standing, section.showing(call, db, own, own=own), own, until)


def viewer_answer(call: Call, found: Gathered, *, state: str = "") -> dict[str, Any]:
    """Compose what the public page lacks for this viewer."""
    said = section.summary(call, found.standing)
    return {
        "state": "signed-in" if found.viewer.active else "signed-out",
        "identity": _identity(call, found, state),
        "comments": [comment_data(call, found, row) for row in found.own],
        "editable": {str(row_id): _iso(at) for row_id, at in found.editable.items()},
        "count": said.count,
        "count_text": count_text(call, said.count),
        "heading": heading(call, said.count),
    }


def comment_data(call: Call, found: Gathered, row: Comment) -> dict[str, Any]:
    """Return one comment of the viewer's with its rendered list item."""
    showing = replace(found.showing, own=found.showing.own | {row.id})
    view = CommentFragment(
        comment=comment_view(row, showing),
        links=section.links(call, found.standing),
        can_reply=row.status == "approved" and not section.summary(call, found.standing).closed,
    )
    return {
        "id": str(row.id),
        "parent": str(row.parent_id) if row.parent_id is not None else None,
        "status": row.status,
        "html": call.kit.renderer.render("comment.html", language=call.language, view=view),
    }


def _identity(call: Call, found: Gathered, state: str) -> str:
    view = IdentityFragment(
        identity=section.identity(call, found.viewer, state=state),
        links=section.links(call, found.standing),
    )
    return call.kit.renderer.render("identity.html", language=call.language, view=view)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
