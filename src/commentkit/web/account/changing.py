"""Forms of one's own account: sign in, link, merge, take out, undo, and sign out."""

from collections.abc import Callable
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from commentkit import ids, signals
from commentkit.delivery import notices
from commentkit.errors import CommentKitError
from commentkit.model import AccountChange
from commentkit.people import accounts, changes, ending, linking
from commentkit.people.viewer import GUEST
from commentkit.signin.flow import Start
from commentkit.signin.outcome import LINK, PROVE, SIGN_IN
from commentkit.signin.provider import Provider
from commentkit.view import (
    AccountQuestionPage,
    label_of,
)
from commentkit.web import acts, proofs, servers, signin
from commentkit.web.account.page import (
    MAX_CLAIM_CHARS,
    active_of,
    back,
    links_of,
    person_of,
    proven,
    rendered,
    viewer_here,
)
from commentkit.web.acts import announce
from commentkit.web.bodies import Fields, read_form, read_query
from commentkit.web.call import Call
from commentkit.words import N_

_TOLD = frozenset({changes.MERGE, changes.UNLINK})
"""Made on these pages and told by letter."""
_TOLD_UNDONE = frozenset({changes.LINK, changes.MERGE})
"""Undone here and told: it takes somebody out, as `unlink` does."""


# Signing in here, and with one more


def sign_in(call: Call) -> Response:
    """Leave for a provider to sign in here, or to show that it is still the same person."""
    form = read_form(request)
    again = form.flag("again")
    start = _start(call, form, **({"done": "proven"} if again else {}))
    if again:
        start["purpose"] = PROVE
    claim = form.text("claim", limit=MAX_CLAIM_CHARS)
    if claim:  # who came by a mailed link goes on there
        start["return_to"] = links_of(call).to("claimed", t=claim)
    return _leave(call, form, "sign-in", Start(**start))


def link(call: Call) -> Response:
    """Leave for a provider to link one more identity to the account."""
    form = read_form(request)
    account_id = proven(call, form)
    return _leave(
        call,
        form,
        "link",
        Start(**_start(call, form, done="linked") | {"purpose": LINK, "account_id": account_id}),
    )


def _start(call: Call, form: Fields, **said: str) -> dict[str, Any]:
    return {
        "mode": "page",
        "origin": call.origin,
        "aid": ids.new_secret(),
        "challenge": None,
        "purpose": SIGN_IN,
        "switch": read_query(request).flag("switch"),
        "language": call.language,
        "return_to": links_of(call).to(**said),
        "instance": servers.typed(form) or None,
    }


def _leave(call: Call, form: Fields, verb: str, start: Start) -> Response:
    call.limit("sign_in_start")
    provider = signin.provider_named(call.kit, form.text("provider", limit=64))
    many = provider.capabilities.instances
    if many and start.instance is None:
        return _ask_server(call, form, verb, provider)
    if many:
        servers.count(call)
    try:
        started = signin.go(call, provider, start)
    except CommentKitError as error:
        if servers.is_about_server(error):
            return _ask_server(call, form, verb, provider, error)
        raise
    typed = start.instance or "" if many else ""
    response = servers.leave(call, provider, started.url, typed=typed, back_url=links_of(call).to())
    signin.bind(call, response, started)
    return response


def _ask_server(
    call: Call,
    form: Fields,
    verb: str,
    provider: Provider,
    error: CommentKitError | None = None,
) -> Response:
    return servers.ask(
        call,
        provider,
        action_url=links_of(call).to(verb),
        sent=form.values,
        back_url=links_of(call).to(),
        error=error,
    )


def use(call: Call) -> Response:
    """Comment with another identity that is signed in here."""
    form = read_form(request)
    acts.use_identity(call, form.number("identity"))
    return back(call, "used")


# Changes


def _is_told(change: AccountChange) -> bool:
    return change.kind in (_TOLD if change.undone_at is None else _TOLD_UNDONE)


def _change(call: Call, done: str, work: Callable[[Session], AccountChange]) -> Response:
    """Make a change, tell the app and the person of it, and show the account again."""
    call.limit("account")

    def store(db: Session) -> AccountChange:
        change = work(db)
        if _is_told(change) and call.kit.mail:
            left = _left(call, db, change)
            notices.tell(db, change, language=call.language, provider=left, now=call.now)
        announce(db, signals.account_changed, site=call.site, change=change)
        return change

    call.kit.database.write(store)
    return back(call, done)


def _left(call: Call, db: Session, change: AccountChange) -> str:
    """Return what vouches for the identity that a letter names, in the language of the letter."""
    [row, *_] = accounts.named(db, site_id=call.site.id, identity_ids=change.identities)
    if row.provider == GUEST:
        return call.kit.renderer.gettext(call.language, N_("guest"))
    return label_of(row.provider, call.kit.provider_views) or call.site.title


def merge(call: Call) -> Response:
    """Make one account of two that are proven here, once the question was answered."""
    form = read_form(request)
    one, other = form.number("account") or 0, form.number("other") or 0
    if not form.flag("sure"):
        return _ask_merge(call, one, other)

    def work(db: Session) -> AccountChange:
        return linking.merge(db, viewer_here(call, db), one=one, other=other, now=call.now)

    return _change(call, "merged", work)


def _ask_merge(call: Call, one: int, other: int) -> Response:
    with call.kit.database.read() as db:
        viewer = viewer_here(call, db)
        for account_id in (one, other):
            changes.demand_proven(viewer, account_id, call.now)
    views = {i.account_id: person_of(call, i) for i in viewer.signed_in}
    both = {viewer.roles.get(number, "member") for number in (one, other)}
    view = AccountQuestionPage(
        assets=call.kit.assets,
        links=links_of(call),
        site_title=call.site.title,
        hidden={"account": str(one), "other": str(other), "sure": "1"},
        mine=views[one],
        other=views[other],
        role=next((role for role in ("owner", "moderator") if role in both), "member"),
    )
    return rendered(call, "account_merge.html", view)


def unlink(call: Call) -> Response:
    """Take an identity out of the account."""
    form = read_form(request)
    account_id, identity_id = form.number("account") or 0, form.number("identity") or 0

    def work(db: Session) -> AccountChange:
        return linking.unlink(
            db,
            viewer_here(call, db),
            account_id=account_id,
            identity_id=identity_id,
            now=call.now,
        )

    return _change(call, "unlinked", work)


def undo(call: Call) -> Response:
    """Take a change back."""
    number = read_form(request).number("change") or 0

    def work(db: Session) -> AccountChange:
        return changes.undo(db, viewer_here(call, db), change_id=number, now=call.now)

    return _change(call, "undone", work)


# Signing out


def end(call: Call) -> Response:
    """Sign out one browser."""
    number = read_form(request).number("token") or 0
    call.limit("edit")

    def work(db: Session) -> bool:
        viewer = viewer_here(call, db)
        ending.one_browser(
            db,
            site_id=call.site.id,
            account_id=active_of(viewer).account_id,
            token_id=number,
            now=call.now,
        )
        here = viewer.token is not None and viewer.token.id == number
        if here:
            announce(db, signals.signed_out, site=call.site)
        return here

    here = call.kit.database.write(work, repeatable=True)
    response = back(call, "ended")
    if here:
        proofs.forget(call, response)
    return response


def end_everywhere(call: Call) -> Response:
    """Sign out every browser, this one too, and whatever sign-in is on its way to one."""
    account_id = read_form(request).number("account") or 0
    call.limit("edit")

    def work(db: Session) -> None:
        if account_id not in {i.account_id for i in viewer_here(call, db).signed_in}:
            raise CommentKitError("account_signed_out")
        ending.everywhere(db, site_id=call.site.id, account_id=account_id, now=call.now)
        announce(db, signals.signed_out, site=call.site)

    call.kit.database.write(work)
    response = back(call, "elsewhere" if call.host_user else "everywhere")
    proofs.forget(call, response)
    return response
