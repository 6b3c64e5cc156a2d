"""The news of a comment: mails queued in its own transaction, signals sent after it."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from commentkit import ids, signals
from commentkit.delivery import subscriptions, wishes
from commentkit.delivery.outbox import enqueue
from commentkit.model import Comment, Thread
from commentkit.people.viewer import Held, Viewer
from commentkit.signin.spent import spend
from commentkit.web.acts import announce, notify_moderators
from commentkit.web.call import Call


def tell(
    call: Call,
    db: Session,
    thread: Thread,
    comment: Comment,
    author: Held,
    wishes: Sequence[str],
) -> None:
    """Queue the mails in the comment's own transaction, and the signals for after it."""
    if call.kit.mail:
        _subscribe(call, db, thread, author, wishes)
        _notify(call, db, comment)
    announce_posted(call, db, thread, comment)


def announce_posted(call: Call, db: Session, thread: Thread, comment: Comment) -> None:
    """Send the signals of a new comment once it is committed."""
    said = {"site": call.site, "thread": thread, "comment": comment}
    announce(db, signals.comment_posted, **said)
    if comment.status == "approved":
        announce(db, signals.comment_approved, **said)


def _subscribe(
    call: Call, db: Session, thread: Thread, author: Held, wished: Sequence[str]
) -> None:
    """Note what mail is wished for; where nobody vouched for the address, not here and now."""
    for kind in wished if author.email else ():
        if not author.email_verified:
            wishes.leave(
                db,
                site_id=call.site.id,
                identity_id=author.id,
                kind=kind,
                thread_id=thread.id,
                language=call.language,
                now=call.now,
            )
            continue
        subscriptions.subscribe(
            db,
            site_id=call.site.id,
            kind=kind,
            thread_id=thread.id,
            account_id=author.account_id,
            email=author.email or "",
            verified=True,
            language=call.language,
            now=call.now,
        )


def _notify(call: Call, db: Session, comment: Comment) -> None:
    if comment.status == "approved":
        subscriptions.notify_new_comment(
            db, site_id=call.site.id, comment_id=comment.id, now=call.now
        )
    else:
        notify_moderators(call, db, comment)


def ask_owner(call: Call, db: Session, viewer: Viewer, email: str | None) -> None:
    """Ask whose address it is to sign in: by a letter, once a day, since others may read here.

    The same is written for every address; who writes the letter knows whether it is anybody's.
    """
    if email is None or not call.kit.mail or call.site.rules.proven_address != "ask":
        return
    if any(i.email == email.lower() and i.email_verified for i in viewer.signed_in):
        return
    mailbox = ids.sha256(email.lower()).hex()
    tomorrow = call.now + timedelta(days=1)
    key = f"ask:{mailbox}:{call.now.date()}"
    if spend(db, site_id=call.site.id, key=key, expires_at=tomorrow):
        payload = {"template": "asked", "to": email, "language": call.site.language}
        enqueue(db, site_id=call.site.id, kind="email", payload=payload, now=call.now)
