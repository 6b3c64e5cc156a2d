"""Threads: found by key, opened by the first comment, closed by hand or by time."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Integer, bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from commentkit import ids
from commentkit.discussion.addresses import canonical_url, key_of
from commentkit.discussion.rows import AnyThread
from commentkit.errors import CommentKitError
from commentkit.model import Thread
from commentkit.model.base import table_of
from commentkit.model.database import Asked
from commentkit.model.written import note_written
from commentkit.rules import SiteRules
from commentkit.sites import KnownSite
from commentkit.text import clean_line

_TITLE_CHARS = 200
_AT_ONCE = 500
_LOCKED = "commentkit.locked_threads"
_CURRENT = "commentkit.current_threads"
_TABLE = table_of(Thread)
_BUMP = (
    update(_TABLE)
    .where(_TABLE.c.site_id == bindparam("of_site"), _TABLE.c.id == bindparam("of_thread"))
    .values(
        version=_TABLE.c.version + 1,
        comment_count=_TABLE.c.comment_count + bindparam("step", type_=Integer),
    )
)
_STANDS = select(_TABLE.c.version, _TABLE.c.comment_count).where(
    _TABLE.c.site_id == bindparam("site_id"), _TABLE.c.id == bindparam("id")
)
_BUMP_RETURNING = _BUMP.returning(_TABLE.c.version, _TABLE.c.comment_count)
_VERSIONS = select(_TABLE.c.id, _TABLE.c.key_hash, _TABLE.c.version).where(
    _TABLE.c.site_id == bindparam("site_id"), _TABLE.c.id.in_(bindparam("ids", expanding=True))
)
_BY_KEY = select(Thread).where(
    Thread.site_id == bindparam("site_id"), Thread.key_hash == bindparam("key_hash")
)
_BY_KEY_LOCKED = _BY_KEY.with_for_update()


@dataclass(frozen=True, kw_only=True)
class Page:
    """The page a thread stands on, as its embed tells; nothing here is trusted."""

    key: str | None = None
    url: str | None = None
    title: str = ""
    language: str | None = None
    vouched: bool = False
    """The host application itself says so, in its own process or by its signature."""

    @cached_property
    def thread_key(self) -> str:
        """Return the key; raises `thread_missing` or `thread_not_allowed`."""
        return key_of(key=self.key, url=self.url)


def find(db: Session, site: KnownSite, key: str) -> Thread | None:
    """Return the thread of that key, or None where nobody has commented yet."""
    return db.scalar(_BY_KEY, {"site_id": site.id, "key_hash": ids.sha256(key)})


def by_id(db: Session, site_id: int, thread_id: int) -> Thread:
    """Return a thread; raises `unknown_thread`."""
    thread = db.get(Thread, (site_id, thread_id))
    if thread is None:
        raise CommentKitError("unknown_thread")
    return thread


def open_for(
    db: Session, site: KnownSite, page: Page, *, now: datetime, tag_seen: bool = False
) -> Thread:
    """Return the page's thread, locked, made if the site's rule lets its address become one.

    `tag_seen` says that the server itself fetched the address and found our tag for this key there.
    What a vouched page says replaces what visitors said before. Raises `thread_not_allowed`.
    """
    key = page.thread_key
    found = _find_locked(db, site, key)
    if found is not None:
        _correct(db, site, found, page, tag_seen)
        if not found.comment_count:
            found.created_at = now  # a discussion's days count from its first comment
        return found
    _demand_allowed(site, page, canonical_url(page.url) if page.url else None, tag_seen)
    return _create(db, site, page, key=key, url=_believed_url(site, page, tag_seen), now=now)


def _believed_url(site: KnownSite, page: Page, tag_seen: bool) -> str | None:
    """Return the page's address, unless a visitor alone ties it to a key that is not its own."""
    if not page.url:
        return None
    url = canonical_url(page.url)
    if page.vouched or (
        site.owns(url) and (tag_seen or page.thread_key == key_of(key=None, url=url))
    ):
        return url
    return None


def _correct(db: Session, site: KnownSite, thread: Thread, page: Page, tag_seen: bool) -> None:
    """Let the host's word replace a visitor's, and fill in an address that was not known."""
    if not page.vouched and (thread.url is not None or not page.url or not site.owns(page.url)):
        return
    url, title = _believed_url(site, page, tag_seen), _title_of(page) if page.vouched else ""
    before = (thread.url, thread.title)
    if url is not None and url != thread.url:
        thread.url, thread.url_checked_at = url, None
    thread.title = title or thread.title
    if (thread.url, thread.title) != before:
        db.flush()
        bump(db, thread)


def _title_of(page: Page) -> str:
    return clean_line(page.title, limit=_TITLE_CHARS)[:_TITLE_CHARS]


def _demand_allowed(site: KnownSite, page: Page, url: str | None, tag_seen: bool) -> None:
    rule = site.rules.threads
    allowed = {
        "origins": url is not None and site.owns(url),
        "known": False,
        "tagged": url is not None and site.owns(url) and tag_seen,
    }[rule]
    if allowed or page.vouched:
        return
    if url is not None and not site.owns(url):  # its sentence names the command that mends it
        raise CommentKitError("origin_not_registered")
    raise CommentKitError("thread_not_allowed")


def _create(
    db: Session, site: KnownSite, page: Page, *, key: str, url: str | None, now: datetime
) -> Thread:
    """Insert; where another request was faster, return its thread."""
    thread = Thread(
        site_id=site.id,
        id=ids.new_id(now),
        key=key,
        key_hash=ids.sha256(key),
        url=url,
        title=_title_of(page),
        language=page.language,
        version=1,
        comment_count=0,
        created_at=now,
    )
    try:
        with db.begin_nested():
            db.add(thread)
    except IntegrityError:
        found = _find_locked(db, site, key)
        if found is None:
            raise
        return found
    _locked(db).add(thread.id)
    _current(db).add(thread.id)
    return thread


def is_closed(thread: AnyThread | None, rules: SiteRules, *, now: datetime) -> bool:
    """Tell whether a thread takes no more comments, by hand or by the site's rule.

    Time closes no thread that has no comments yet.
    """
    if thread is None:
        return False
    return thread.closed_at is not None or _closing_is_due(thread, rules, now)


def closes_at(thread: Any, rules: SiteRules) -> datetime | None:
    """Return when time will close a thread, or has; None where it is closed by hand, or never.

    Any row will do that has a thread's `comment_count`, `closed_at` and `created_at`.
    """
    days, begun_at = rules.close_after_days, thread.created_at
    if days is None or not thread.comment_count or thread.closed_at is not None:
        return None
    at: datetime = begun_at + timedelta(days=days)
    return at


def _closing_is_due(thread: AnyThread, rules: SiteRules, now: datetime) -> bool:
    at = closes_at(thread, rules)
    return at is not None and now >= at


def close(db: Session, thread: Thread, *, now: datetime) -> None:
    """Close a thread to new comments."""
    _set_closed(db, thread, now)


def reopen(db: Session, thread: Thread) -> None:
    """Let a closed thread take comments again."""
    _set_closed(db, thread, None)


def _set_closed(db: Session, thread: Thread, closed_at: datetime | None) -> None:
    thread.closed_at = closed_at
    db.flush()
    bump(db, thread)


def lock(db: Session, site_id: int, thread_id: int) -> None:
    """Let one change of a thread at a time through, before what the change rests on is read.

    Without it the foreign keys' shared locks meet `bump`'s own (MariaDB), and a reply can slip
    under a comment that is just being deleted. SQLite's writers are alone already. A transaction
    keeps a lock to its end, so nothing is asked twice.
    """
    if thread_id in _locked(db) or db.get_bind().dialect.name == "sqlite":
        return
    db.execute(
        select(Thread.id).where(Thread.site_id == site_id, Thread.id == thread_id).with_for_update()
    )
    _locked(db).add(thread_id)


def lock_all(db: Session, site_id: int, thread_ids: Collection[int]) -> None:
    """Lock many threads as `lock` does, always in the same order, so that two never cross."""
    if db.get_bind().dialect.name == "sqlite":
        return
    for some in batched(sorted(set(thread_ids) - _locked(db))):
        query = select(Thread.id).where(Thread.site_id == site_id, Thread.id.in_(some))
        db.execute(query.order_by(Thread.id).with_for_update())
        _locked(db).update(some)


def batched(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut a list into pieces that a statement can name: no database takes any number at once."""
    return (numbers[at : at + _AT_ONCE] for at in range(0, len(numbers), _AT_ONCE))


def _locked(db: Session) -> set[int]:
    """Return the threads that this unit of work has locked."""
    locked: set[int] = db.info.setdefault(_LOCKED, set())
    return locked


def _find_locked(db: Session, site: KnownSite, key: str) -> Thread | None:
    """Find a thread and lock it by one question; what it says is what the change rests on."""
    asked = {"site_id": site.id, "key_hash": ids.sha256(key)}
    found = db.scalar(_BY_KEY_LOCKED, asked, execution_options={"populate_existing": True})
    if found is not None:
        _locked(db).add(found.id)
        _current(db).add(found.id)
    return found


def _current(db: Session) -> set[int]:
    """Return the threads that were read under their lock: nobody else changes what was read."""
    current: set[int] = db.info.setdefault(_CURRENT, set())
    return current


def bump(db: Session, thread: Thread, *, comments: int = 0) -> None:
    """Raise the version of a thread whose public page changes, and its count by `comments`."""
    asked = {"of_site": thread.site_id, "of_thread": thread.id, "step": comments}
    if db.get_bind().dialect.update_returning:
        version, count = db.connection().execute(_BUMP_RETURNING, asked).one()
    else:
        db.connection().execute(_BUMP, asked)
        version, count = thread.version + 1, thread.comment_count + comments
        if thread.id not in _current(db):
            here = {"site_id": thread.site_id, "id": thread.id}
            version, count = db.connection().execute(_STANDS, here).one()
    set_committed_value(thread, "version", version)
    set_committed_value(thread, "comment_count", count)
    _note(db, thread.site_id, thread.id, thread.key_hash, thread.version)


def bump_all(db: Session, site_id: int, steps: Mapping[int, int]) -> None:
    """Do as `bump` does for many threads: id → by how much its count changes."""
    if not steps:
        return
    changed = sorted(steps)
    _current(db).difference_update(changed)
    values = [{"of_site": site_id, "of_thread": n, "step": steps[n]} for n in changed]
    db.connection().execute(_BUMP, values)
    for some in batched(changed):
        rows = db.execute(_VERSIONS, {"site_id": site_id, "ids": list(some)})
        for row in rows:
            _note(db, site_id, row.id, row.key_hash, row.version)


def _note(db: Session, site_id: int, thread_id: int, key_hash: bytes, version: int) -> None:
    note_written(db, version, (site_id, thread_id), (site_id, bytes(key_hash)))


class Count(NamedTuple):
    """How many approved comments a thread has, and in which of its versions."""

    comments: int = 0
    version: int = 0


_COUNTS = select(Thread.key_hash, Thread.comment_count, Thread.version).where(
    Thread.site_id == bindparam("site_id"), Thread.key_hash.in_(bindparam("hashes", expanding=True))
)


def counts(db: Asked, site: KnownSite, keys: Iterable[str]) -> dict[str, Count]:
    """Count for each key; nothing where there is no thread."""
    by_hash = {ids.sha256(key): key for key in keys}
    rows = db.execute(_COUNTS, {"site_id": site.id, "hashes": list(by_hash)})
    found = {by_hash[bytes(digest)]: Count(number, version) for digest, number, version in rows}
    return dict.fromkeys(by_hash.values(), Count()) | found
