"""A comment's status, and what follows for its thread: shape, counts and version."""

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from commentkit.discussion import threads
from commentkit.model import Comment, Thread


def set_status(db: Session, thread: Thread, comment: Comment, status: str) -> None:
    """Move a comment to a status, and keep the thread's shape, counts and version right."""
    threads.lock(db, comment.site_id, comment.thread_id)
    was_approved, was_shown = comment.status == "approved", comment.shown
    comment.status = status
    comment.shown = status == "approved" or (was_shown and _has_shown_replies(db, comment))
    db.flush()
    if comment.shown != was_shown:
        count_reply(db, comment)
        _settle_ancestors(db, comment)
    now_approved = status == "approved"
    if was_shown or comment.shown:
        threads.bump(db, thread, comments=int(now_approved) - int(was_approved))


def _has_shown_replies(db: Session, comment: Comment) -> bool:
    return bool(
        db.scalar(
            select(
                exists().where(
                    Comment.site_id == comment.site_id,
                    Comment.thread_id == comment.thread_id,
                    Comment.parent_id == comment.id,
                    Comment.shown.is_(True),
                )
            )
        )
    )


def count_reply(db: Session, comment: Comment) -> None:
    """Keep the root's number of shown replies."""
    if comment.parent_id is None:
        return
    step = 1 if comment.shown else -1
    db.execute(
        update(Comment)
        .where(Comment.site_id == comment.site_id, Comment.id == comment.root_id)
        .values(reply_count=Comment.reply_count + step)
        .execution_options(synchronize_session=False)
    )


def _settle_ancestors(db: Session, comment: Comment) -> None:
    """Show or drop the tombstones above; the way up ends at the first comment that stays."""
    parent = _parent(db, comment)
    while parent is not None and parent.status != "approved":
        shown = comment.shown or _has_shown_replies(db, parent)
        if parent.shown == shown:
            return
        parent.shown = shown
        db.flush()
        count_reply(db, parent)
        comment, parent = parent, _parent(db, parent)


def _parent(db: Session, comment: Comment) -> Comment | None:
    if comment.parent_id is None:
        return None
    return db.get(Comment, (comment.site_id, comment.parent_id))
