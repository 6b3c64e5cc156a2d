"""From a question to its page: kept, checked, or made by one reader while the others wait."""

import re
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from commentkit import ids
from commentkit.errors import CommentKitError
from commentkit.web.call import Call
from commentkit.web.read_path.freshness import STALE_SECONDS, Moment
from commentkit.web.read_path.page import Page
from commentkit.web.read_path.question import Question, Version
from commentkit.web.read_path.store import Kept

_PATIENCE_SECONDS = 10.0
"""How long a reader waits for the one who renders."""
_SHARED_SECONDS = 3600
_SEEN = re.compile(r'"([0-9]{1,19})-([0-9]{1,10})-')


def kept_for(call: Call, question: Question, *, if_none_match: str = "") -> Kept:
    """Return what is kept for a question, current; raises what answering it would.

    The site must not be private: what is kept is for everyone.
    """
    known = call.kit.pages.find(question.name) or call.kit.pages.find(question.full_name)
    if known is None or not is_current(call, known):
        known = _started(call, question)
        if not is_current(call, known):  # it changed its name meanwhile
            raise CommentKitError("unavailable")
    if if_none_match and call.kit.database.replicated:
        _catch_up(call, known, if_none_match)
    return known


def made_anew(call: Call, question: Question) -> Page:
    """Make a page that nobody keeps."""
    version = _at_primary(call, question)
    if _due(call, version):
        question.settle(call)
    version, body = _rendered(call, question, version)
    return Page(version.label, question.content_type, body)


def is_current(call: Call, kept: Kept) -> bool:
    """See to it that a kept page is right; False where another one has taken its place."""
    changes = call.kit.changes
    if changes.just_checked(kept.at):
        return True
    must_wait = kept.page is None or _age(call, kept) >= STALE_SECONDS
    with _alone(kept, wait=must_wait) as alone:
        if not alone:
            return True
        return changes.just_checked(kept.at) or _checked(call, kept)


def _started(call: Call, question: Question) -> Kept:
    """Begin to keep a page, or find that another reader has."""
    with call.kit.database.replica() as db:
        version = question.version(call, db)
    kept = Kept(name=_name(question, version), site=call.site.name, question=question)
    return call.kit.pages.add(kept, main=version.whole and question.first)


@contextmanager
def _alone(kept: Kept, *, wait: bool) -> Iterator[bool]:
    """Be the one who looks and renders; raises `unavailable` where that takes another too long."""
    held = kept.lock.acquire(timeout=_PATIENCE_SECONDS) if wait else kept.lock.acquire(False)
    if wait and not held:
        raise CommentKitError("unavailable")
    try:
        yield held
    finally:
        if held:
            kept.lock.release()


def _age(call: Call, kept: Kept) -> float:
    return call.kit.changes.seconds() - kept.at.at if kept.at is not None else float("inf")


def _checked(call: Call, kept: Kept) -> bool:
    """Compare with the database, and render where it has changed."""
    try:
        return _compared(call, kept)
    except BaseException:
        if kept.page is None:
            call.kit.pages.drop(kept)
        raise


def _compared(call: Call, kept: Kept) -> bool:
    question, now = kept.question, call.kit.changes.moment()
    if _untouched(call, kept, now):
        return True
    version = _version(call, kept)
    if _due(call, version):
        question.settle(call)
        version = _at_primary(call, question)
    if kept.name != _name(question, version):
        call.kit.pages.drop(kept)
        return False
    if version != kept.version:
        _make(call, kept, version)
    kept.at = now
    return True


def _untouched(call: Call, kept: Kept, now: Moment) -> bool:
    """Tell whether nothing at all was written, without reading a row."""
    if kept.at is None or kept.version is None or _due(call, kept.version):
        return False
    if not call.kit.changes.none_since(kept.at, now):
        return False
    kept.at = kept.at.again(now)
    return True


def _name(question: Question, version: Version) -> Hashable:
    return question.name if version.whole else question.full_name


def _due(call: Call, version: Version) -> bool:
    return version.due_at is not None and call.now >= version.due_at


def _version(call: Call, kept: Kept) -> Version:
    """Ask a replica, and the primary where that lags behind what was seen or written here.

    Without a primary the replica's word holds; but what was seen here is not taken back.
    """
    database, question = call.kit.database, kept.question
    wrote = kept.at is not None and kept.at.commits != database.commits
    if wrote and (version := _at_primary_if_there(call, question)) is not None:
        return version
    with database.replica() as db:
        version = question.version(call, db)
    if kept.version is None or version.number >= kept.version.number or not database.replicated:
        return version
    latest = _at_primary_if_there(call, question)
    return latest if latest is not None else kept.version


def _at_primary_if_there(call: Call, question: Question) -> Version | None:
    """Ask the primary; None where it cannot be reached and there are replicas to go on with."""
    try:
        return _at_primary(call, question)
    except (DBAPIError, PoolTimeout):
        if not call.kit.database.replicated:
            raise
        return None


def _at_primary(call: Call, question: Question) -> Version:
    with call.kit.database.read() as db:
        return question.version(call, db)


def _make(call: Call, kept: Kept, version: Version) -> None:
    """Take the page from what processes share, or render it."""
    shared = call.kit.shared_pages
    name = ids.sha256(repr((call.kit.fingerprint, kept.name, version))).hex()
    body = shared.get(name) if shared else None
    if body is None:
        version, body = _rendered(call, kept.question, version)
        if shared:
            shared.put(name, body, seconds=_SHARED_SECONDS)
    kept.page = Page(version.label, kept.question.content_type, body)
    kept.version = version
    call.kit.pages.resize(kept)


def _rendered(call: Call, question: Question, wanted: Version) -> tuple[Version, bytes]:
    """Render once no connection waits for it; rows are never older than the version asked for."""
    database = call.kit.database
    with database.replica() as db:
        version = question.version(call, db)
        finish = question.gather(call, db, version) if version.number >= wanted.number else None
    if finish is None:
        with database.read() as db:
            version = question.version(call, db)
            finish = question.gather(call, db, version)
    return version, finish()


def _catch_up(call: Call, kept: Kept, if_none_match: str) -> None:
    """Show nobody less than they have seen: their ETag tells the version (a replica may lag).

    Invented ETags cost one short query at a time: who waited for another's need not ask again.
    """
    seen = _SEEN.search(if_none_match[:200])
    if seen is None or kept.version is None:
        return
    thread, number = kept.version.label.partition("-")[0], int(seen[2])
    if thread == seen[1] and number > kept.version.number:
        came = call.kit.changes.seconds()
        with _alone(kept, wait=True):
            if kept.primary_at < came:
                kept.primary_at = call.kit.changes.seconds()
                version = _at_primary_if_there(call, kept.question)
                if version is not None and version != kept.version:
                    _make(call, kept, version)
