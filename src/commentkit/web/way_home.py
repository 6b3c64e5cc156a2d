"""The way home of a ticket whose window has no opener: looked at by us, and after a click."""

from functools import partial

from flask import Response, request
from sqlalchemy.orm import Session

from commentkit.discussion import threads
from commentkit.discussion.threads import Page
from commentkit.errors import CommentKitError
from commentkit.model import Attempt, Thread
from commentkit.signin import attempts, tickets, way_back
from commentkit.signin.way_back import Look
from commentkit.web import cookies
from commentkit.web.bodies import read_form
from commentkit.web.call import Call
from commentkit.web.redirects import see_other

TICKET_HASH = "#commentkit-ticket="


def go_on(call: Call) -> Response:
    """After a click on a page that named site and account: lead the ticket home."""
    number = read_form(request).number("attempt") or 0
    call.limit("redeem")
    with call.kit.database.read() as db:
        attempt = attempts.find(
            db,
            site_id=call.site.id,
            attempt_id=number,
            held=cookies.held_attempts(request, call.kit.settings),
        )
    address = _way_back(call, attempt)
    ticket = mint(call, attempt)
    response = see_other(f"{address.partition('#')[0]}{TICKET_HASH}{attempt.aid}.{ticket}")
    cookies.clear_attempt(
        response, site_id=call.site.id, attempt_id=attempt.id, settings=call.kit.settings
    )
    return response


def mint(call: Call, attempt: Attempt) -> str:
    """Make the ticket of a finished sign-in."""
    make = partial(tickets.mint, attempt=attempt, settings=call.kit.settings, now=call.now)
    return call.kit.database.write(make, repeatable=True)


def destination(call: Call, attempt: Attempt) -> str | None:
    """Return where a click would lead the ticket, once the server has looked there."""
    address = way_back.registered(call.site, attempt.origin)
    if address is not None:
        return address
    thread = thread_of(call, attempt)
    url = thread.url if thread is not None and thread.url else attempt.page_url
    return url if way_back.usable(url, attempt.origin) else None


def thread_of(call: Call, attempt: Attempt) -> Thread | None:
    """Return the thread of the page that waits, where it has one."""
    if attempt.thread_key is None:
        return None
    with call.kit.database.read() as db:
        return threads.find(db, call.site, attempt.thread_key)


def _way_back(call: Call, attempt: Attempt) -> str:
    address = destination(call, attempt)
    if address is None:
        raise CommentKitError("way_back_unknown")
    if address != call.site.return_url:
        _look_at(call, attempt, address)
    return address


def _look_at(call: Call, attempt: Attempt, url: str) -> None:
    """Fetch the page ourselves before a ticket may travel there, once a day."""
    thread = thread_of(call, attempt)
    known = thread is not None and thread.url == url
    if known and thread is not None and way_back.checked_lately(thread, now=call.now):
        return
    seen = way_back.look(
        call.kit.services.http, url, embed_url=f"{call.kit.settings.base_url}/embed.js"
    )
    if seen is None or not seen.may_lead_home:
        raise CommentKitError("way_back_unknown")
    _remember_look(call, attempt, url, seen)


def _remember_look(call: Call, attempt: Attempt, url: str, seen: Look) -> None:
    """Note it on the thread, made now where the site lets this page have one."""
    key = attempt.thread_key or ""

    def note(db: Session) -> None:
        try:
            page = Page(key=key, url=url)
            thread = threads.open_for(db, call.site, page, now=call.now, tag_seen=seen.is_for(key))
        except CommentKitError:
            return
        if thread.url == url:
            thread.url_checked_at = call.now

    call.kit.database.write(note, repeatable=True)
