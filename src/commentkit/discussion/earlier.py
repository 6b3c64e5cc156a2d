"""What was said before a press: what it may repeat, and who its author could be taken for."""

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
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.discussion import threads
from commentkit.discussion.comments import Written
from commentkit.model import STAFF, Account, Comment, Identity, Thread
from commentkit.model.base import table_of
from commentkit.people.viewer import GUEST
from commentkit.text import look_alike

_TWICE_WITHIN = timedelta(days=1)
_SAME_WORDS, _SAME_PRESS, _STAFF, _PROVEN = range(4)
"""Why a row is among `Earlier`."""
_C = table_of(Comment).c
_A, _I = table_of(Account).c, table_of(Identity).c


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
    runs = select(_A.id).where(_A.site_id == bindparam("site_id"), _A.role.in_(STAFF))
    named = select(_I.account_id, _I.name, _I.provider, _why(_STAFF))
    return named.where(
        _I.site_id == bindparam("site_id"), _I.account_id.in_(runs), _I.provider != GUEST
    )


def _owners_of_address() -> Select[Any]:
    """Select whose an address is by a provider's word."""
    proven = _I.email == bindparam("email"), _I.email_verified.is_(True)
    named = select(_I.account_id, _I.name, _I.provider, _why(_PROVEN))
    return named.where(_I.site_id == bindparam("site_id"), *proven)
