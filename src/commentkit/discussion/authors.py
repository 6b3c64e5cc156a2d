"""What becomes of somebody's comments when the person behind them changes, or goes."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session, aliased

from commentkit import ids
from commentkit.discussion import threads
from commentkit.model import Comment
from commentkit.model.base import table_of

NOBODY = 0
"""Account and identity of comments whose author was erased; no row has this id."""

_C = table_of(Comment).c
_UNSYNCHRONIZED: Any = {"synchronize_session": False}
_FEWER_REPLIES = (
    update(table_of(Comment))
    .where(_C.site_id == bindparam("of_site"), _C.id == bindparam("of_root"))
    .values(reply_count=_C.reply_count - bindparam("gone"))
)


class _Place(NamedTuple):
    """Where a comment stands, and whether it is seen."""

    id: int
    thread_id: int
    parent_id: int | None
    root_id: int
    status: str
    shown: bool


_PLACE = tuple(_C[name] for name in _Place._fields)


def move(
    db: Session, *, site_id: int, identity_ids: Collection[int], source: int, target: int
) -> None:
    """Give what was written with these identities to another account.

    Badges and colours follow accounts, so each page that shows one of these comments changes.
    """
    mine = (
        Comment.site_id == site_id,
        Comment.account_id == source,
        Comment.identity_id.in_(identity_ids),
    )
    touched = _threads(db, *mine, Comment.shown.is_(True))
    threads.lock_all(db, site_id, touched)
    _rewrite(db, mine, {"account_id": target})
    threads.bump_all(db, site_id, dict.fromkeys(touched, 0))


def erase(db: Session, *, site_id: int, account_id: int, now: datetime, keep_as: str = "") -> None:
    """Take a person out of all that they wrote: the words go too, unless they are to be kept.

    Given a name, `keep_as`, what is approved stays under it, without link or picture. Of what goes,
    an empty row stays where replies stand under it. Nothing says any more who wrote which.
    """
    mine = (Comment.site_id == site_id, Comment.account_id == account_id)
    threads.lock_all(db, site_id, _threads(db, *mine))
    if keep_as:
        kept = (*mine, Comment.status == "approved")
        seen = _threads(db, *kept)
        _rewrite(db, kept, _nobody(keep_as))
        threads.bump_all(db, site_id, dict.fromkeys(seen, 0))
    going = [_Place._make(row) for row in db.execute(select(*_PLACE).where(*mine))]
    empty = {"status": "deleted", "deleted_at": now, "source": "", "html": ""}
    _rewrite(db, mine, _nobody("") | empty | {"source_hash": ids.sha256("")})
    _settle(db, site_id, going)


def _threads(db: Session, *which: Any) -> set[int]:
    """Return the threads of comments; DISTINCT would lead SQLite to an index in its order."""
    return set(db.scalars(select(Comment.thread_id).where(*which)))


def _nobody(name: str) -> dict[str, Any]:
    return {
        "account_id": NOBODY,
        "identity_id": NOBODY,
        "author_name": name,
        "author_url": None,
        "author_picture_id": None,
    }


def _rewrite(db: Session, which: Iterable[Any], values: Mapping[str, Any]) -> None:
    change = update(Comment).where(*which).values(**values)
    db.execute(change, execution_options=_UNSYNCHRONIZED)


def _settle(db: Session, site_id: int, going: Sequence[_Place]) -> None:
    """Keep the shape of the threads: tombstones, numbers of replies, counts and versions."""
    steps = Counter[int]()
    for place in going:
        if place.shown:
            steps[place.thread_id] -= place.status == "approved"
    fewer = Counter[int]()
    lowest = [place for place in going if place.shown]
    while lowest:  # one round for each level of tombstones that are not needed any more
        holding = _with_shown_replies(db, site_id, lowest)
        falling = [place for place in lowest if place.id not in holding]
        _hide(db, site_id, falling)
        fewer.update(place.root_id for place in falling if place.parent_id is not None)
        lowest = _tombstones(db, site_id, {p.parent_id for p in falling if p.parent_id is not None})
    if fewer:
        values = [{"of_site": site_id, "of_root": n, "gone": fewer[n]} for n in sorted(fewer)]
        db.connection().execute(_FEWER_REPLIES, values)
    threads.bump_all(db, site_id, steps)


def _with_shown_replies(db: Session, site_id: int, places: Sequence[_Place]) -> set[int]:
    """Return the ids of those under which something is still to be seen."""
    above, below = aliased(Comment), aliased(Comment)
    under = (
        (below.site_id == above.site_id)
        & (below.thread_id == above.thread_id)
        & (below.parent_id == above.id)
    )
    found = set[int]()
    for some in threads.batched([place.id for place in places]):
        query = select(above.id).join(below, under).distinct()
        these = query.where(above.site_id == site_id, above.id.in_(some), below.shown.is_(True))
        found.update(db.scalars(these))
    return found


def _hide(db: Session, site_id: int, places: Sequence[_Place]) -> None:
    for some in threads.batched([place.id for place in places]):
        _rewrite(db, (Comment.site_id == site_id, Comment.id.in_(some)), {"shown": False})


def _tombstones(db: Session, site_id: int, parents: Collection[int]) -> list[_Place]:
    """Return those that are seen only for the sake of their replies."""
    found: list[_Place] = []
    for some in threads.batched(sorted(parents)):
        query = select(*_PLACE).where(_C.site_id == site_id, _C.id.in_(some))
        rows = db.execute(query.where(_C.shown.is_(True), _C.status != "approved"))
        found += [_Place._make(row) for row in rows]
    return found
