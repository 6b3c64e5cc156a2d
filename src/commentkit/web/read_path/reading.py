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

_PATIENCE_SECONDS = 5.0
"""How long a reader waits for the one who renders."""
_NAMES = 3
"""How often a page may change its name, by its first comment, while one reader asks for it."""
_SHARED_SECONDS = 3600
_SEEN = re.compile(r'"([0-9]{1,19})-([0-9]{1,10})-')


def kept_for(call: Call, question: Question, *, if_none_match: str = "") -> Kept:
    """Return what is kept for a question, current; raises what answering it would.

    The site must not be private: what is kept is for everyone.
    """
    kept = _known(call, question)
    if kept is None:
        kept = _new(call, question)
    if if_none_match and call.kit.database.replicated:
        _catch_up(call, kept, if_none_match)
    return kept


def made_anew(call: Call, question: Question) -> Page:
    """Make a page that nobody keeps."""
    version, body = _rendered(call, question, _at_primary(call, question))
    return Page(version.label, question.content_type, body)


def _known(call: Call, question: Question) -> Kept | None:
    pages = call.kit.pages
    kept = pages.find(question.name) or pages.find(question.full_name)
    return kept if kept is not None and _is_current(call, kept) else None


def _new(call: Call, question: Question) -> Kept:
    """Begin to keep a page, or find that another reader has."""
    for _ in range(_NAMES):
        at = call.kit.changes.moment()
        version = _version(call, question)
        kept = Kept(_name(question, version), call.site.name, question, first=(at, version))
        kept = call.kit.pages.add(kept, main=_is_main(question, version))
        if _is_current(call, kept):
            return kept
    raise CommentKitError("unavailable")


def _is_current(call: Call, kept: Kept) -> bool:
    """See to it that a kept page is right; False where another one has taken its place.

    Who had to wait takes what the other has made, if it was looked at since they came or is not
    yet too old: else all who wait would render, one after the other.
    """
    changes, came = call.kit.changes, call.kit.changes.seconds()
    if changes.just_checked(kept.at) or _written_past(call, kept):
        return True
    must_wait = kept.page is None or _age(call, kept) >= STALE_SECONDS
    with _alone(kept, wait=must_wait) as turn:
        if not turn.first and _will_do(call, kept, came):
            return True
        return turn.held and (changes.just_checked(kept.at) or _checked(call, kept))


def _written_past(call: Call, kept: Kept) -> bool:
    """Tell whether what this process wrote since was all about other things."""
    if kept.at is None or kept.version is None:
        return False
    at = call.kit.changes.nothing_newer_here(kept.at, kept.version.parts)
    kept.at = at or kept.at
    return at is not None


def _will_do(call: Call, kept: Kept, came: float) -> bool:
    at = kept.at
    return at is not None and (at.at >= came or _age(call, kept) < STALE_SECONDS)


class _Turn:
    """Whether the page is one's own to change, and was so at once."""

    def __init__(self, kept: Kept) -> None:
        self.first = self.held = kept.lock.acquire(blocking=False)


@contextmanager
def _alone(kept: Kept, *, wait: bool) -> Iterator[_Turn]:
    """Be the one who looks and renders; raises `unavailable` where that takes another too long."""
    lock, turn = kept.lock, _Turn(kept)
    if wait and not turn.held:
        turn.held = lock.acquire(timeout=_PATIENCE_SECONDS)
        if not turn.held:
            raise CommentKitError("unavailable")
    try:
        yield turn
    finally:
        if turn.held:
            lock.release()


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
    now = call.kit.changes.moment()
    if _untouched(call, kept, now):
        return True
    at, version = kept.first or (now, _version(call, kept.question, kept.version))
    kept.first = None
    if kept.name != _name(kept.question, version):
        call.kit.pages.drop(kept)
        return False
    if version != kept.version:
        _make(call, kept, version)
    kept.at = at
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


def _is_main(question: Question, version: Version) -> bool:
    """Tell what most readers ask for from what anybody may invent."""
    return version.whole and question.first


def _due(call: Call, version: Version) -> bool:
    return version.due_at is not None and call.now >= version.due_at


def _version(call: Call, question: Question, known: Version | None = None) -> Version:
    """Ask a replica, and the primary where that knows less than was shown or written here.

    Without a primary the replica's word holds; but what was shown here is not taken back.
    """
    database = call.kit.database
    with database.replica() as db:
        version = question.version(call, db)
    if not database.replicated or not _is_behind(call, version, known):
        return version
    latest = _at_primary_if_there(call, question)
    return latest or known or version


def _is_behind(call: Call, version: Version, known: Version | None) -> bool:
    written = call.kit.database.written
    if any(number < written.of(name) for name, number in version.parts):
        return True
    return known is not None and _is_older(version, known)


def _is_older(version: Version, than: Version) -> bool:
    """Compare two versions of the same question."""
    pairs = zip(version.parts, than.parts, strict=True)
    return any(number < other for (_, number), (_, other) in pairs)


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
    """Take the page from what processes share, or render it.

    Only what most readers ask for is shared: Redis must not fill with what anybody may invent.
    """
    shared = call.kit.shared_pages if _is_main(kept.question, version) else None
    body = shared.get(_shared_name(call, kept, version)) if shared else None
    if body is None:
        version, body = _rendered(call, kept.question, version)
        if shared:
            shared.put(_shared_name(call, kept, version), body, seconds=_SHARED_SECONDS)
    kept.page = Page(version.label, kept.question.content_type, body)
    kept.version = version
    call.kit.pages.resize(kept)


def _shared_name(call: Call, kept: Kept, version: Version) -> str:
    return ids.sha256(repr((call.kit.fingerprint, kept.name, version))).hex()


def _rendered(call: Call, question: Question, wanted: Version) -> tuple[Version, bytes]:
    """Render once no connection waits for it; rows are never older than the version asked for."""
    database = call.kit.database
    with database.replica() as db:
        # Where there is but one database, it has no less than it had for `wanted`.
        version = question.version(call, db) if database.replicated else wanted
        finish = None if _is_older(version, wanted) else question.gather(call, db, version)
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
    if seen is None or kept.version is None or not _has_seen_more(seen, kept.version):
        return
    came = call.kit.changes.seconds()
    with _alone(kept, wait=True):
        if kept.primary_at >= came:
            return
        kept.primary_at = call.kit.changes.seconds()
        version = _at_primary_if_there(call, kept.question)
        if version is not None and version != kept.version:
            _make(call, kept, version)


def _has_seen_more(seen: re.Match[str], version: Version) -> bool:
    """Compare a reader's ETag; where no thread is known here, any that they have seen is more."""
    thread, _, number = version.label.partition("-")
    return thread in ("0", seen[1]) and int(seen[2]) > int(number or 0)
