"""Comments: checked and found; edited and deleted by whoever wrote them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.discussion import threads
from commentkit.discussion.rows import Shown
from commentkit.discussion.statuses import set_status
from commentkit.errors import CommentKitError
from commentkit.model import Comment
from commentkit.moderation.verdict import held_again
from commentkit.people.permissions import demand
from commentkit.people.viewer import Viewer
from commentkit.rules import SiteRules
from commentkit.sites import KnownSite
from commentkit.text import RENDERER_VERSION, UnusableText, clean_source, is_visible, render


@dataclass(frozen=True)
class Written:
    """A text as typed and as it will be shown; made before a transaction, as it takes time."""

    source: str
    html: str


def write(text: str, *, rules: SiteRules) -> Written:
    """Check and render a text; raises `comment_empty`, `comment_too_long` or `comment_unusable`."""
    try:
        source = clean_source(text)
    except UnusableText as error:
        raise CommentKitError("comment_unusable") from error
    if not is_visible(source):
        raise CommentKitError("comment_empty")
    if len(source) > rules.max_chars:
        raise CommentKitError("comment_too_long", {"limit": rules.max_chars})
    return Written(source, render(source).html)


def says(comment: Comment, text: str) -> bool:
    """Tell whether a comment's source is this text as typed."""
    try:
        return clean_source(text) == comment.source
    except UnusableText:
        return False


def find(db: Session, site_id: int, comment_id: int) -> Comment:
    """Return a comment that was not deleted; raises `unknown_comment`."""
    comment = find_any(db, site_id, comment_id)
    if comment.status == "deleted":
        raise CommentKitError("unknown_comment")
    return comment


def find_any(db: Session, site_id: int, comment_id: int) -> Comment:
    """Return a comment in whatever status; raises `unknown_comment`."""
    comment = db.get(Comment, (site_id, comment_id))
    if comment is None:
        raise CommentKitError("unknown_comment")
    return comment


def editable_until(comment: Shown, rules: SiteRules) -> datetime:
    """Return until when its author may change a comment."""
    return comment.created_at + timedelta(seconds=rules.edit_seconds)


def _demand_own(
    db: Session, site: KnownSite, viewer: Viewer, action: str, comment_id: int, now: datetime
) -> Comment:
    """Return an own comment, with its thread kept from other changes meanwhile."""
    comment = find(db, site.id, comment_id)
    threads.lock(db, site.id, comment.thread_id)
    db.refresh(comment)
    return _own(comment, site, viewer, action, now)


def _own(comment: Comment, site: KnownSite, viewer: Viewer, action: str, now: datetime) -> Comment:
    if comment.status not in ("approved", "pending"):
        raise CommentKitError("unknown_comment")
    demand(action, viewer, comment)
    if now >= editable_until(comment, site.rules):
        raise CommentKitError("edit_window_over")
    return comment


def read_source(
    db: Session, site: KnownSite, viewer: Viewer, *, comment_id: int, now: datetime
) -> Comment:
    """Return an own comment whose source its author may still change."""
    return _own(find(db, site.id, comment_id), site, viewer, "read_source", now)


def edit(
    db: Session,
    site: KnownSite,
    viewer: Viewer,
    *,
    comment_id: int,
    written: Written,
    now: datetime,
    version: str | None = None,
) -> Comment:
    """Replace the text of an own comment while the site's time for that lasts.

    Raises `edit_conflict` where the text is not the `version` that the edit began from. Where
    everyone is held, a changed text waits again.
    """
    demand("post", viewer)
    comment = _demand_own(db, site, viewer, "edit", comment_id, now)
    if version is not None and version != version_of(comment):
        raise CommentKitError("edit_conflict")
    if comment.source == written.source:
        return comment
    comment.source = written.source
    comment.source_hash = ids.sha256(written.source)
    comment.html = written.html
    comment.renderer_version = RENDERER_VERSION
    comment.edited_at = now
    db.flush()
    thread = threads.by_id(db, site.id, comment.thread_id)
    if held_again(site.rules, comment, role=viewer.role):
        set_status(db, thread, comment, "pending")
    elif comment.shown:
        threads.bump(db, thread)
    return comment


def version_of(comment: Comment) -> str:
    """Name the text of a comment as it stands."""
    return f"{comment.id}-{comment.source_hash.hex()[:16]}"


def delete(
    db: Session, site: KnownSite, viewer: Viewer, *, comment_id: int, now: datetime
) -> Comment:
    """Delete an own comment while the site's time for that lasts."""
    comment = _demand_own(db, site, viewer, "delete", comment_id, now)
    erase(db, comment, now=now)
    return comment


def erase(db: Session, comment: Comment, *, now: datetime) -> None:
    """Delete a comment: what was written goes, its place stays while replies stand under it."""
    threads.lock(db, comment.site_id, comment.thread_id)
    comment.deleted_at = now
    comment.source = comment.html = comment.author_name = ""
    comment.source_hash = ids.sha256("")
    comment.author_url = comment.author_picture_id = None
    thread = threads.by_id(db, comment.site_id, comment.thread_id)
    set_status(db, thread, comment, "deleted")
