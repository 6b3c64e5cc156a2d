"""One parcel becomes one e-mail for each subscriber, page by page, never in a visitor's request."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from commentkit.delivery.parcels import Onward, Parcel
from commentkit.delivery.subscriptions import COMMENTS, POSTS, address_hash
from commentkit.model import Comment, Database, Identity, Subscription

PAGE = 200
"""Subscribers named in one step, so that no transaction grows with a thread's fame."""


@dataclass(frozen=True)
class FanOut:
    """The handler of kind `fan_out`."""

    database: Database
    page: int = PAGE

    def __call__(self, parcel: Parcel) -> Sequence[Onward]:
        """Return an e-mail for each of the next subscribers, and itself while there may be more."""
        with self.database.read() as db:
            found = self._next(db, parcel)
        letters = [Onward("email", {**_subject(parcel), "subscription": each}) for each in found]
        if len(found) < self.page:
            return letters
        return [*letters, Onward("fan_out", {**_subject(parcel), "after": found[-1]})]

    def _next(self, db: Session, parcel: Parcel) -> Sequence[int]:
        audience = _audience(db, parcel)
        if audience is None:
            return ()
        due = (
            select(Subscription.id)
            .where(Subscription.site_id == parcel.site_id, *audience)
            .where(Subscription.confirmed_at.is_not(None))
            .where(Subscription.id > parcel.payload.get("after", 0))
            .order_by(Subscription.id)
            .limit(self.page)
        )
        return db.scalars(due).all()


def _subject(parcel: Parcel) -> dict[str, object]:
    return {name: parcel.payload[name] for name in ("template", "about")}


def _audience(db: Session, parcel: Parcel) -> Sequence[ColumnElement[bool]] | None:
    """Return whom it concerns, or None when there is nothing to tell any more."""
    if parcel.payload["template"] == "new_post":
        return (Subscription.kind == POSTS,)
    comment = db.get(Comment, (parcel.site_id, parcel.payload["about"]))
    if comment is None or comment.status != "approved":
        return None
    on_thread = Subscription.kind == COMMENTS, Subscription.thread_id == comment.thread_id
    return (*on_thread, *_not_the_author(db, comment))


def _not_the_author(db: Session, comment: Comment) -> Sequence[ColumnElement[bool]]:
    """Leave out the author, known by account and, on another device, by address."""
    identity = db.get(Identity, (comment.site_id, comment.identity_id))
    by_account = Subscription.account_id != comment.account_id
    if identity is None or identity.email is None:
        return (by_account,)
    return (by_account, Subscription.email_hash != address_hash(identity.email))
