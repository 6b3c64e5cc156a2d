"""Comments: posted, edited, deleted, and moved from one status to another."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.discussion import threads
from commentkit.discussion.rows import AnyThread, Shown
from commentkit.errors import CommentKitError
from commentkit.model import Account, Comment, Identity, Thread
from commentkit.model.base import table_of
from commentkit.model.database import Asked
from commentkit.model.writing import store
from commentkit.moderation.verdict import held_again, status_of_new
from commentkit.people.permissions import demand
from commentkit.people.viewer import GUEST, Held, Viewer
from commentkit.rules import SiteRules
from commentkit.sites import KnownSite
from commentkit.text import (
    RENDERER_VERSION,
    UnusableText,
    clean_source,
    is_visible,
    look_alike,
    render,
)

_TWICE_WITHIN = timedelta(days=1)
_MIN_KEY_CHARS = 22
_SAME_WORDS, _SAME_PRESS, _STAFF, _PROVEN = range(4)
"""Why a row is among `Earlier`."""
_NEXT = timedelta(microseconds=1)
_C = table_of(Comment).c
_A, _I = table_of(Account).c, table_of(Identity).c
_BY_PRESS = select(_C.id).where(
    _C.site_id == bindparam("site_id"), _C.idempotency_hash == bindparam("key_hash")
)


@dataclass(frozen=True)
class Written:
    """A text as typed and as it will be shown; made before a transaction, as it takes time."""

    source: str
    html: str


@dataclass(frozen=True)
class Posted:
    """The comment, and whether this request made it."""

    comment: Comment
    created: bool


@dataclass(frozen=True)
class Earlier:
    """Who a press may repeat, or be taken for.

    The author of the comment with its key, those of the same words of late, who runs the site, and
    whose the address is that was typed.
    """

    rows: Sequence[Row[Any]]

    @property
    def same_press(self) -> bool:
        """Tell whether a press with the same key has made its comment."""
        return any(row.why == _SAME_PRESS for row in self.rows)

    @property
    def same_words(self) -> list[Row[Any]]:
        """Return who said the same of late."""
        return [row for row in self.rows if row.why == _SAME_WORDS]

    def looks_like_staff(self, name: str, mine: Collection[int]) -> bool:
        """Tell whether a name could be taken for that of somebody who runs the site.

        They themselves (`mine` are the author's accounts) may be called as they are.
        """
        staff = [row for row in self.rows if row.why == _STAFF]
        if any(row.account_id in mine for row in staff):
            return False
        return any(look_alike(name, row.author_name) for row in staff)

    def others_address(self, mine: Collection[int]) -> bool:
        """Tell whether the address that was typed is proven to be somebody else's."""
        return any(row.why == _PROVEN and row.account_id not in mine for row in self.rows)


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


def says(comment: Comment, text: str) -> bool:
    """Tell whether a comment's source is this text as typed."""
    try:
        return clean_source(text) == comment.source
    except UnusableText:
        return False


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
) -> Posted:
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
            return Posted(before, created=False)
    if threads.is_closed(thread, site.rules, now=now):
        raise CommentKitError("thread_closed")
    parent = check_parent(db, site, thread, parent_id)
    _refuse_twice(earlier, identity)
    status = _status(db, site, identity, role, newcomer=newcomer)
    approved = status == "approved" and not doubtful
    values = _values(thread, identity, written, parent, now, approved=approved)
    comment = store(db, Comment, values | {"idempotency_hash": key_hash})
    if approved:
        _Change(db, thread).count_reply(comment)  # the parent is approved: no tombstone changes
        threads.bump(db, thread, comments=1)
    return Posted(comment, created=True)


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


def read_earlier(
    db: Session,
    thread: Thread,
    written: Written,
    parent_id: int | None,
    key_hash: bytes | None,
    *,
    now: datetime,
    email: str | None = None,
) -> Earlier:
    """Read what this press may repeat, and let nobody else write in the thread meanwhile.

    `email` is an address that nobody vouches for.
    """
    threads.lock(db, thread.site_id, thread.id)
    asked = {
        "site_id": thread.site_id,
        "thread_id": thread.id,
        "source_hash": ids.sha256(written.source),
        "since": now - _TWICE_WITHIN,
    }
    given = {"parent_id": parent_id, "key_hash": key_hash, "email": email and email.lower()}
    asked |= {name: value for name, value in given.items() if value is not None}
    statement = _earlier_statement(parent_id is None, key_hash is not None, email is not None)
    return Earlier(db.connection().execute(statement, asked).all())


@cache
def _earlier_statement(root: bool, keyed: bool, typed: bool) -> Any:
    c = _C
    site = c.site_id == bindparam("site_id")
    author = (c.account_id, c.author_name, c.author_provider)
    words = select(*author, _why(_SAME_WORDS)).where(
        site,
        c.thread_id == bindparam("thread_id"),
        c.source_hash == bindparam("source_hash"),
        c.parent_id.is_(None) if root else c.parent_id == bindparam("parent_id"),
        or_(c.status == "approved", c.status == "pending"),
        c.created_at > bindparam("since"),
    )
    arms = [words, _staff()]
    if keyed:
        press = select(*author, _why(_SAME_PRESS))
        arms.append(press.where(site, c.idempotency_hash == bindparam("key_hash")))
    if typed:
        arms.append(_owners_of_address())
    return union_all(*arms)


def _why(reason: int) -> ColumnElement[int]:
    return literal_column(str(reason), Integer).label("why")


def _staff() -> Select[Any]:
    """Select who runs the site, by all the names they have here."""
    runs = select(_A.id).where(
        _A.site_id == bindparam("site_id"), _A.role.in_(("moderator", "owner"))
    )
    named = select(_I.account_id, _I.name, _I.provider, _why(_STAFF))
    return named.where(
        _I.site_id == bindparam("site_id"), _I.account_id.in_(runs), _I.provider != GUEST
    )


def _owners_of_address() -> Select[Any]:
    """Select whose an address is by a provider's word."""
    proven = _I.email == bindparam("email"), _I.email_verified.is_(True)
    named = select(_I.account_id, _I.name, _I.provider, _why(_PROVEN))
    return named.where(_I.site_id == bindparam("site_id"), *proven)


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


def set_status(db: Session, thread: Thread, comment: Comment, status: str) -> None:
    """Move a comment to a status, and keep the thread's shape, counts and version right."""
    threads.lock(db, comment.site_id, comment.thread_id)
    was_approved, was_shown = comment.status == "approved", comment.shown
    comment.status = status
    comment.shown = status == "approved" or (was_shown and _has_shown_replies(db, comment))
    db.flush()
    change = _Change(db, thread)
    if comment.shown != was_shown:
        change.count_reply(comment)
        change.settle_ancestors(comment)
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


@dataclass(frozen=True)
class _Change:
    """What follows for its ancestors when a comment appears or disappears."""

    db: Session
    thread: Thread

    def count_reply(self, comment: Comment) -> None:
        """Keep the root's number of shown replies."""
        if comment.parent_id is None:
            return
        step = 1 if comment.shown else -1
        self.db.execute(
            update(Comment)
            .where(Comment.site_id == comment.site_id, Comment.id == comment.root_id)
            .values(reply_count=Comment.reply_count + step)
            .execution_options(synchronize_session=False)
        )

    def settle_ancestors(self, comment: Comment) -> None:
        """Show or drop the tombstones above; the way up ends at the first comment that stays."""
        parent = self._parent(comment)
        while parent is not None and parent.status != "approved":
            shown = comment.shown or _has_shown_replies(self.db, parent)
            if parent.shown == shown:
                return
            parent.shown = shown
            self.db.flush()
            self.count_reply(parent)
            comment, parent = parent, self._parent(parent)

    def _parent(self, comment: Comment) -> Comment | None:
        if comment.parent_id is None:
            return None
        return self.db.get(Comment, (comment.site_id, comment.parent_id))
