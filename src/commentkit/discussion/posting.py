"""Posting: a press on "Comment" becomes a comment, and a repeated one its first."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.discussion import threads
from commentkit.discussion.comments import Written
from commentkit.discussion.earlier import Earlier, read_earlier
from commentkit.discussion.rows import AnyThread
from commentkit.discussion.statuses import count_reply
from commentkit.errors import CommentKitError
from commentkit.model import Comment, Thread
from commentkit.model.base import table_of
from commentkit.model.database import Asked
from commentkit.model.writing import store
from commentkit.moderation.verdict import status_of_new
from commentkit.people.viewer import Held
from commentkit.sites import KnownSite
from commentkit.text import RENDERER_VERSION

_MIN_KEY_CHARS = 22
_NEXT = timedelta(microseconds=1)
_C = table_of(Comment).c
_BY_PRESS = select(_C.id).where(
    _C.site_id == bindparam("site_id"), _C.idempotency_hash == bindparam("key_hash")
)


def idempotency_hash(key: str | None) -> bytes | None:
    """Return what stands for the key of one press; raises `field_invalid` for a short one."""
    if key is None:
        return None
    if not _MIN_KEY_CHARS <= len(key) <= 200:
        raise CommentKitError("field_invalid", {"name": "idempotency_key"})
    return ids.sha256(key)


def posted_before(db: Session, site: KnownSite, key_hash: bytes | None) -> Comment | None:
    """Return the comment that an earlier press with the same key made."""
    if key_hash is None:
        return None
    return db.scalar(
        select(Comment).where(Comment.site_id == site.id, Comment.idempotency_hash == key_hash)
    )


def is_posted(db: Asked, site: KnownSite, key_hash: bytes) -> bool:
    """Tell whether `posted_before` will find one."""
    asked = {"site_id": site.id, "key_hash": key_hash}
    return db.execute(_BY_PRESS, asked).first() is not None


def check_parent(
    db: Session, site: KnownSite, thread: AnyThread, parent_id: int | None
) -> Comment | None:
    """Return the comment that is answered; raises `parent_gone` unless it stands in this thread."""
    if parent_id is None:
        return None
    parent = db.get(Comment, (site.id, parent_id))
    if parent is None or parent.thread_id != thread.id or parent.status != "approved":
        raise CommentKitError("parent_gone")
    return parent


def post(
    db: Session,
    site: KnownSite,
    thread: Thread,
    *,
    identity: Held,
    role: str,
    written: Written,
    parent_id: int | None,
    key_hash: bytes | None,
    now: datetime,
    newcomer: bool = False,
    doubtful: bool = False,
    earlier: Earlier | None = None,
) -> Comment:
    """Add a comment; a second press with the same key returns the first one's comment.

    `newcomer` says that the account was made in this transaction; what is `doubtful` waits,
    whatever the site holds; `earlier` is what `read_earlier`
    found in it, where the caller asked before it made one. Raises `thread_closed`,
    `parent_gone` and `duplicate_comment`; IntegrityError where the same key is used on another
    thread at this very moment.
    """
    if earlier is None:
        earlier = read_earlier(db, thread, written, parent_id, key_hash, now=now)
    if earlier.same_press:
        before = posted_before(db, site, key_hash)
        if before is not None:
            return before
    if threads.is_closed(thread, site.rules, now=now):
        raise CommentKitError("thread_closed")
    parent = check_parent(db, site, thread, parent_id)
    _refuse_twice(earlier, identity)
    status = _status(db, site, identity, role, newcomer=newcomer)
    approved = status == "approved" and not doubtful
    values = _values(thread, identity, written, parent, now, approved=approved)
    comment = store(db, Comment, values | {"idempotency_hash": key_hash})
    if approved:
        count_reply(db, comment)  # the parent is approved: no tombstone changes
        threads.bump(db, thread, comments=1)
    return comment


def _status(db: Session, site: KnownSite, identity: Held, role: str, *, newcomer: bool) -> str:
    """Ask the site's rules; what the author wrote before only where the answer rests on it."""
    rests = site.rules.hold == "first_time" and not newcomer
    trusted = rests and _has_approved(db, site.id, identity.account_id)
    return status_of_new(site.rules, role=role, has_approved=trusted)


def _values(
    thread: Thread,
    identity: Held,
    written: Written,
    parent: Comment | None,
    now: datetime,
    *,
    approved: bool,
) -> dict[str, Any]:
    """Give every column of a new comment."""
    new = ids.new_id(now)
    return {
        "site_id": thread.site_id,
        "id": new,
        "thread_id": thread.id,
        "parent_id": parent.id if parent else None,
        "root_id": parent.root_id if parent else new,
        "account_id": identity.account_id,
        "identity_id": identity.id,
        "author_name": identity.name,
        "author_url": identity.profile_url,
        "author_picture_id": identity.picture_id,
        "author_provider": identity.provider,
        "source": written.source,
        "source_hash": ids.sha256(written.source),
        "html": written.html,
        "renderer_version": RENDERER_VERSION,
        "status": "approved" if approved else "pending",
        "shown": approved,
        "reply_count": 0,
        "created_at": max(now, parent.created_at + _NEXT) if parent else now,
        "edited_at": None,
        "announced_at": None,
        "deleted_at": None,
    }


def _refuse_twice(earlier: Earlier, identity: Held) -> None:
    """Refuse the same words again, by the same account or by a guest of the same name."""
    author = (identity.name, identity.provider)
    for row in earlier.same_words:
        mine = row.account_id == identity.account_id
        if mine or (row.author_name, row.author_provider) == author:
            raise CommentKitError("duplicate_comment")


def _has_approved(db: Session, site_id: int, account_id: int) -> bool:
    return bool(
        db.scalar(
            select(
                exists().where(
                    Comment.site_id == site_id,
                    Comment.account_id == account_id,
                    Comment.status == "approved",
                )
            )
        )
    )
