"""The links in our e-mails: a page with one button, since programs open links too."""

from flask import Response, request
from sqlalchemy.orm import Session

from commentkit.delivery import subscriptions
from commentkit.delivery.subscriptions import COMMENTS
from commentkit.errors import CommentKitError
from commentkit.model import Subscription, Thread
from commentkit.view import SubscriptionPage
from commentkit.web.call import Call


def confirm(call: Call) -> Response:
    """Confirm a subscription: ask by GET, do it by POST."""
    token = _token()
    call.limit("mail_confirm")
    if request.method != "POST":
        number = call.kit.mail_links.read_confirm(token, site_id=call.site.id, now=call.now)
        return _page(call, "confirm", number, done=False)
    links = call.kit.mail_links

    def store(db: Session) -> Subscription:
        return subscriptions.confirm(db, token, site_id=call.site.id, links=links, now=call.now)

    found = call.kit.database.write(store, repeatable=True)
    return _page(call, "confirm", found.id, done=True)


def unsubscribe(call: Call) -> Response:
    """End a subscription: ask by GET, do it by POST, also by one click (RFC 8058)."""
    token = _token()
    call.limit("mail_confirm")
    number = call.kit.mail_links.read_unsubscribe(token, site_id=call.site.id)
    if request.method != "POST":
        return _page(call, "unsubscribe", number, done=False)
    response = _page(call, "unsubscribe", number, done=True)

    def end(db: Session) -> None:
        subscriptions.unsubscribe(db, token, site_id=call.site.id, links=call.kit.mail_links)

    call.kit.database.write(end, repeatable=True)
    return response


def _token() -> str:
    token = request.args.get("t", "")
    if not 0 < len(token) <= 400:
        raise CommentKitError("link_invalid")
    return token


def _page(call: Call, name: str, number: int, *, done: bool) -> Response:
    with call.kit.database.read() as db:
        found = db.get(Subscription, (call.site.id, number))
        thread = _thread(db, found)
    view = SubscriptionPage(
        assets=call.kit.assets,
        subject=(thread.title or thread.key) if thread else call.site.title,
        email=found.email if found else "",
        action_url=f"{call.endpoint}/mail/{name}?t={_token()}&lang={call.language}",
        done=done or found is None,
        back_url=thread.url if thread else None,
    )
    html = call.kit.renderer.render(f"subscription/{name}.html", language=call.language, view=view)
    return Response(html)


def _thread(db: Session, found: Subscription | None) -> Thread | None:
    if found is None or found.kind != COMMENTS:
        return None
    return db.get(Thread, (found.site_id, found.thread_id))
