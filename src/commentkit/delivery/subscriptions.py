"""Who hears of what by e-mail. No answer here tells whether an address was known before."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.delivery.links import Links
from commentkit.delivery.outbox import enqueue
from commentkit.errors import CommentKitError
from commentkit.model import Comment, Subscription
from commentkit.model.writing import add_once

_UNSYNCHRONIZED: Any = {"synchronize_session": False}
_DOTLESS = ("gmail.com", "googlemail.com")
"""Hosts of the same mailboxes: support.google.com/mail/answer/7436150, read 2026-11-23."""
COMMENTS = "comments"
POSTS = "posts"

ASK_AGAIN_AFTER = timedelta(days=1)
ASKS_PER_DAY = 3
"""Confirm mails to one address from one site: enough for a reader, useless for a flood."""


def subscribe(
    db: Session,
    *,
    site_id: int,
    kind: str,
    thread_id: int,
    account_id: int,
    email: str,
    verified: bool,
    language: str,
    now: datetime,
) -> None:
    """Note the wish; an address that nobody vouched for is asked first, by a mail.

    `kind` is `comments` (of the thread) or `posts` (of the site; `thread_id` is then ignored).
    """
    wish = Subscription(
        site_id=site_id,
        id=ids.new_id(now),
        kind=kind,
        thread_id=thread_id if kind == COMMENTS else 0,
        account_id=account_id,
        email=email.strip(),
        email_hash=address_hash(email),
        mailbox_hash=mailbox_hash(email),
        language=language,
        confirmed_at=now if verified else None,
        created_at=now,
    )
    known = _same(db, wish)
    if known is None:
        _add(db, wish, now)
    elif known.confirmed_at is None:
        # Whoever wished before may have been a stranger, who gets no hold on this mailbox.
        known.account_id, known.language = account_id, language
        _wished_again(db, known, verified=verified, now=now)


def confirm(db: Session, token: str, *, site_id: int, links: Links, now: datetime) -> Subscription:
    """Confirm by the mailed link, any number of times; raises `link_invalid`."""
    subscription_id = links.read_confirm(token, site_id=site_id, now=now)
    found = db.get(Subscription, (site_id, subscription_id))
    if found is None:
        raise CommentKitError("link_invalid")
    found.confirmed_at = found.confirmed_at or now
    return found


def unsubscribe(db: Session, token: str, *, site_id: int, links: Links) -> None:
    """End a subscription by the link in its mails, any number of times; raises `link_invalid`."""
    subscription_id = links.read_unsubscribe(token, site_id=site_id)
    mine = Subscription.site_id == site_id, Subscription.id == subscription_id
    db.execute(delete(Subscription).where(*mine))


def notify_new_comment(db: Session, *, site_id: int, comment_id: int, now: datetime) -> None:
    """Tell the thread's subscribers of a comment that became visible, once; writes one row.

    Call it only where mail is set up: the row would wait for a worker that has mail.
    """
    first = update(Comment).where(
        Comment.site_id == site_id, Comment.id == comment_id, Comment.announced_at.is_(None)
    )
    told = db.execute(
        first.values(announced_at=now), execution_options={"synchronize_session": False}
    )
    if cast("CursorResult[Any]", told).rowcount == 0:
        return
    payload = {"template": "new_comment", "about": comment_id}
    enqueue(db, site_id=site_id, kind="fan_out", payload=payload, now=now)


def notify_new_post(db: Session, *, site_id: int, thread_id: int, now: datetime) -> None:
    """Tell the site's subscribers of a new post, by its thread; writes one row."""
    payload = {"template": "new_post", "about": thread_id}
    enqueue(db, site_id=site_id, kind="fan_out", payload=payload, now=now)


def notify_moderators(
    db: Session, *, site_id: int, comment_id: int, to: str, now: datetime
) -> None:
    """Tell `to` (the site's rule `moderator_email`; empty: nobody) that a comment waits."""
    if to:
        payload = {"template": "moderation", "about": comment_id, "to": to}
        enqueue(db, site_id=site_id, kind="email", payload=payload, now=now)


def move(db: Session, *, site_id: int, emails: Collection[str], source: int, target: int) -> None:
    """Let another account be whom mail to these addresses is for; what replies to it says so."""
    theirs = update(Subscription).where(
        Subscription.site_id == site_id,
        Subscription.account_id == source,
        Subscription.email_hash.in_({address_hash(email) for email in emails}),
    )
    db.execute(theirs.values(account_id=target), execution_options=_UNSYNCHRONIZED)


def erase(db: Session, *, site_id: int, account_id: int, emails: Collection[str]) -> list[int]:
    """Delete what an account wished for, and all that goes to its proven addresses; return ids."""
    found: set[int] = set()
    for theirs in (
        Subscription.account_id == account_id,
        Subscription.email_hash.in_({address_hash(email) for email in emails}),
    ):
        found.update(
            db.scalars(select(Subscription.id).where(Subscription.site_id == site_id, theirs))
        )
    these = delete(Subscription).where(Subscription.site_id == site_id, Subscription.id.in_(found))
    db.execute(these, execution_options=_UNSYNCHRONIZED)
    return sorted(found)


def address_hash(email: str) -> bytes:
    """Return what a mailbox is looked up by, however its address was capitalised."""
    return ids.sha256(email.strip().casefold())


def mailbox_hash(email: str) -> bytes:
    """Return what every address of one mailbox has in common: user+anything@host (RFC 5233).

    Of the biggest mail provider also the dots, which mean nothing there.
    """
    user, _, host = email.strip().casefold().rpartition("@")
    user = user.partition("+")[0]
    if host in _DOTLESS:
        user, host = user.replace(".", ""), _DOTLESS[0]
    return ids.sha256(f"{user}@{host}")


def _same(db: Session, wish: Subscription) -> Subscription | None:
    return db.scalar(
        select(Subscription).where(
            Subscription.site_id == wish.site_id,
            Subscription.email_hash == wish.email_hash,
            Subscription.kind == wish.kind,
            Subscription.thread_id == wish.thread_id,
        )
    )


def _add(db: Session, wish: Subscription, now: datetime) -> None:
    # Of the same wish that arrives twice at once, the other request asks.
    if add_once(db, wish) and wish.confirmed_at is None:
        _ask(db, wish, now)


def _wished_again(db: Session, known: Subscription, *, verified: bool, now: datetime) -> None:
    if verified:
        known.confirmed_at = now
    elif known.created_at <= now - ASK_AGAIN_AFTER:
        known.created_at = now  # of a wish that was never confirmed, the last time counts
        db.flush()
        _ask(db, known, now)


def _ask(db: Session, wish: Subscription, now: datetime) -> None:
    asked = db.scalar(
        select(func.count()).where(
            Subscription.site_id == wish.site_id,
            Subscription.mailbox_hash == wish.mailbox_hash,
            Subscription.confirmed_at.is_(None),
            Subscription.created_at > now - ASK_AGAIN_AFTER,
        )
    )
    if (asked or 0) <= ASKS_PER_DAY:
        payload = {"template": "confirm", "subscription": wish.id}
        enqueue(db, site_id=wish.site_id, kind="email", payload=payload, now=now)
