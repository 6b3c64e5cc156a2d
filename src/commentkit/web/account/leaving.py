"""Taking everything along, and going: what is held is downloaded, or the account erased."""

import json
from collections.abc import Iterator

from flask import Response, request
from sqlalchemy.orm import Session

from commentkit import signals
from commentkit.errors import CommentKitError
from commentkit.people import changes, erasing, holdings
from commentkit.sites import KnownSite
from commentkit.view import (
    AccountQuestionPage,
)
from commentkit.web import proofs
from commentkit.web.account.page import (
    back,
    links_of,
    person_of,
    proven,
    rendered,
    viewer_here,
)
from commentkit.web.acts import announce
from commentkit.web.bodies import read_form
from commentkit.web.call import Call
from commentkit.web.kit import Kit
from commentkit.words import N_

_NAMELESS = N_("Former commenter")
_UNSURE = N_("Tick the box first: what is erased cannot be brought back.")


def download(call: Call) -> Response:
    """Send all that is held about the person, as it is read."""
    form = read_form(request)
    account_id = form.number("account") or 0
    with call.kit.database.read() as db:  # who is blocked may take along what is theirs
        changes.demand_proven(viewer_here(call, db), account_id, call.now)
    call.limit("download")
    pieces = as_json(holdings.read(call.kit.database, site_id=call.site.id, account_id=account_id))
    response = Response(pieces, content_type="application/json")
    name = f"commentkit-{call.site.name}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def as_json(rows: Iterator[tuple[str, holdings.Row]]) -> Iterator[str]:
    """Spell rows, which come list by list, as one object of lists; empty lists are there too."""
    waiting, current = list(holdings.LISTS), ""
    text, closing, between = "{", "", ""
    for name, row in rows:
        while current != name:
            current = waiting.pop(0)
            text, closing, between = f'{text}{closing}\n"{current}": [', "\n],", "\n"
        yield text + between + json.dumps(row, ensure_ascii=False)
        text, between = "", ",\n"
    for name in waiting:
        text, closing = f'{text}{closing}\n"{name}": [', "\n],"
    yield text + "\n]\n}\n"


def erase(call: Call) -> Response:
    """Erase the account, once the question was answered twice."""
    form = read_form(request)
    account_id = form.number("account") or 0
    proven(call, form)
    answered = form.text("step", limit=1)
    if answered != "2" or not form.flag("sure"):
        return _ask_erase(call, account_id, answered)
    call.limit("account")
    keep_as = kept_as(call.kit, call.site)

    def work(db: Session) -> None:
        erasing.erase(
            db, viewer_here(call, db), account_id=account_id, keep_as=keep_as, now=call.now
        )
        announce(db, signals.account_erased, site=call.site, account_id=account_id)

    call.kit.database.write(work)
    response = back(call, "erased")
    proofs.forget(call, response)
    return response


def kept_as(kit: Kit, site: KnownSite) -> str:
    """Return the name under which comments stay; none where the site deletes them."""
    name = kit.renderer.gettext(site.language, _NAMELESS)
    return name if site.rules.erased == "keep" else ""


def _ask_erase(call: Call, account_id: int, answered: str) -> Response:
    with call.kit.database.read() as db:
        viewer = viewer_here(call, db)
    mine_ = next((i for i in viewer.signed_in if i.account_id == account_id), None)
    if mine_ is None:  # signed out since it was proven
        raise CommentKitError("account_signed_out")
    last = answered in ("1", "2")
    view = AccountQuestionPage(
        assets=call.kit.assets,
        links=links_of(call),
        site_title=call.site.title,
        hidden={"account": str(account_id), "step": "2" if last else "1"},
        mine=person_of(call, mine_),
        last=last,
        keeps_comments=call.site.rules.erased == "keep",
        problem=call.kit.renderer.gettext(call.language, _UNSURE) if answered == "2" else "",
    )
    return rendered(call, "account_erase.html", view)
