"""The viewer answer: all that is personal, in one small piece of JSON.

Rows are gathered in a transaction; rendering happens after it, when no connection waits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from commentkit.discussion.own import read_own_part
from commentkit.discussion.rows import Shown, ShownRow
from commentkit.model.database import Asked
from commentkit.people.viewer import Viewer
from commentkit.view import ClaimOffer, Logouts, ThreadSummary
from commentkit.web import host_users, section
from commentkit.web.call import Call
from commentkit.web.parts import Place
from commentkit.web.section import Ask, Standing
from commentkit.web.wording import count_text, heading

_JUST_POSTED = timedelta(minutes=10)
"""How long a cached page may lack an approved comment that its author must see at once."""


@dataclass(frozen=True)
class Gathered:
    """What the database knows of a viewer in one thread."""

    viewer: Viewer
    place: Place
    thread: ThreadSummary
    own: tuple[Shown, ...]
    """Pending or just posted, oldest first."""
    editable: Mapping[int, datetime]
    offer: ClaimOffer | None = None


def gather(call: Call, db: Asked, viewer: Viewer, ask: Ask) -> Gathered:
    """Read everything about a viewer in one query; one more for who was a guest here before."""
    thread, rows = read_own_part(db, call.site, ask.page.thread_key, viewer.account_ids)
    found = gathered(call, viewer, section.standing_of(call, ask, thread), rows)
    offer = section.claim_offer(db, viewer)
    return found if offer is None else replace(found, offer=offer)


def gathered(call: Call, viewer: Viewer, standing: Standing, rows: Sequence[Shown]) -> Gathered:
    """Sort what is known of a viewer: their own comments come newest first."""
    since = call.now - _JUST_POSTED
    own = tuple(r for r in reversed(rows) if r.status == "pending" or r.created_at > since)
    editable = section.editable(call, rows)
    place = Place(call.language, call.site.rules, section.links(call, standing))
    return Gathered(viewer, place, section.summary(call, standing), own, editable)


def viewer_answer(call: Call, found: Gathered, *, state: str = "") -> dict[str, Any]:
    """Compose what the public page lacks for this viewer."""
    count = found.thread.count
    said = count_text(call, count)
    return {
        "state": "signed-in" if found.viewer.active else "signed-out",
        "identity": call.kit.parts.identity(
            found.place,
            found.viewer,
            state,
            found.offer,
            _logouts(call, state),
            host_users.logins(call, host_users.where(call)),
        ),
        "comments": [comment_data(call, found, row) for row in found.own],
        "editable": {str(row_id): _iso(at) for row_id, at in found.editable.items()},
        "count": count,
        "count_text": said,
        "heading": said if count else heading(call, count),
    }


def _logouts(call: Call, state: str) -> Logouts:
    return call.kit.logouts(call.now) if state == "changing" else ()


def comment_data(call: Call, found: Gathered, row: Shown) -> dict[str, Any]:
    """Return one comment of the viewer's with its rendered list item."""
    badge = found.viewer.roles.get(row.account_id)
    can_reply = row.status == "approved" and not found.thread.closed
    return {
        "id": str(row.id),
        "parent": str(row.parent_id) if row.parent_id is not None else None,
        "status": row.status,
        "html": call.kit.parts.comment(found.place, ShownRow.of(row), badge, can_reply),
    }


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
