"""What was typed on a page without JavaScript, and the cookie that finds it on the next one."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from flask import Response, request
from sqlalchemy.orm import Session

from commentkit.discussion import drafts
from commentkit.discussion.drafts import Kept
from commentkit.errors import CommentKitError
from commentkit.web import asks, cookies
from commentkit.web.bodies import Fields
from commentkit.web.call import Call

_FIELDS = ("text", "parent", "name", "email", "website")
_FLAGS = ("remember", "notify_comments", "notify_posts")
_TOLD_FOR = timedelta(minutes=1)


def find(call: Call, db: Session, key: str) -> Kept:
    """Return what this browser holds for a thread."""
    return drafts.find(db, site_id=call.site.id, key=key, cookie=_held(call), now=call.now)


def typed(form: Fields) -> dict[str, str]:
    """Take what a form holds as it is: also what is wrong must not be lost."""
    texts = {name: str(form.values.get(name, "")) for name in _FIELDS}
    flags = {name: "1" for name in _FLAGS if form.values.get(name)}
    return {name: value for name, value in texts.items() if value} | flags


def keep(call: Call, response: Response, form: Fields, *, state: str) -> None:
    """Keep what was typed for the next page, in this browser alone."""
    key = asks.page_of(call, form).thread_key
    kept = Kept(typed(form), state)
    store = partial(drafts.keep, site_id=call.site.id, key=key, kept=kept, now=call.now)
    cookie = call.kit.database.write(store, repeatable=True)
    _hand_out(call, response, cookie, drafts.KEPT)


def tell(call: Call, response: Response, form: Fields, kept: Kept) -> None:
    """Say it on the next page, and not for long after; a draft that waits keeps its text."""
    key = asks.page_of(call, form).thread_key

    def store(db: Session) -> tuple[str, Kept]:
        before = find(call, db, key)
        said = (
            kept
            if kept.notice == "confirm_sent"
            else replace(kept, typed=before.typed, state=before.state)
        )
        return drafts.keep(db, site_id=call.site.id, key=key, kept=said, now=call.now), said

    cookie, said = call.kit.database.write(store, repeatable=True)
    _hand_out(call, response, cookie, drafts.KEPT if said.typed or said.state else _TOLD_FOR)


def note(call: Call, error: CommentKitError) -> None:
    """Add what went wrong since."""
    add = partial(
        drafts.note,
        site_id=call.site.id,
        cookie=_held(call),
        code=error.code,
        about=str(error.values.get("provider", "")),
        now=call.now,
    )
    call.kit.database.write(add, repeatable=True)


def forget(call: Call, response: Response) -> None:
    """Show nothing of it any more."""
    _hand_out(call, response, "", timedelta(0))


def _held(call: Call) -> str:
    return request.cookies.get(cookies.draft_name(call.site.name, call.kit.settings), "")


def _hand_out(call: Call, response: Response, cookie: str, waits: timedelta) -> None:
    seconds, settings = int(waits.total_seconds()), call.kit.settings
    cookies.set_draft(response, call.site.name, cookie, seconds=seconds, settings=settings)
