"""One's own account: pages of the comment server alone, where no script of a site reaches.

Only the cookie of our own pages counts here. A token of the widget can comment and nothing more.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request
from sqlalchemy.orm import Session

from commentkit import ids, signals
from commentkit.delivery import notices
from commentkit.discussion import mine
from commentkit.discussion.mine import Written
from commentkit.errors import CommentKitError
from commentkit.model import Account, AccountChange, Identity
from commentkit.people import accounts, changes, claims, erasing, holdings, linking, tokens
from commentkit.people.viewer import GUEST, HOST, STRANGER, Held, Viewer
from commentkit.signin import tickets
from commentkit.signin.flow import LINK, PROVE, SIGN_IN, Start
from commentkit.signin.provider import Provider
from commentkit.text import excerpt
from commentkit.view import (
    AccountCommentsPage,
    AccountLinks,
    AccountPage,
    AccountQuestionPage,
    AccountSignInPage,
    ChangeView,
    HeldView,
    OtherAccount,
    OwnComment,
    OwnIdentity,
    ProviderView,
    SignedInAt,
    held_view,
    label_of,
    offered,
)
from commentkit.web import acts, proofs, refusals, section, servers, signin
from commentkit.web.acts import announce
from commentkit.web.bodies import Fields, read_form
from commentkit.web.call import Call
from commentkit.web.redirects import see_other
from commentkit.words import N_

_COMMENTS = 20
_EXCERPT_CHARS = 200
MAX_CLAIM_CHARS = 800
"""Of what a mailed link carries."""
_DONE: Mapping[str, str] = {
    "proven": N_("Thank you. You can go on for the next ten minutes."),
    "linked": N_("It is linked: from now on you can sign in with it too."),
    "merged": N_("The two accounts are one now."),
    "unlinked": N_("It is removed, and signed out everywhere."),
    "undone": N_("It is undone."),
    "used": N_("You comment with this one from now on."),
    "ended": N_("That browser is signed out."),
    "everywhere": N_("You are signed out everywhere."),
    "erased": N_("Your account is erased."),
    "claimed": N_("These comments are yours now."),
}
"""What the next page says, by the word in its address."""
_TOLD = frozenset({changes.MERGE, changes.UNLINK})
"""Made on these pages and told by letter."""
_NAMELESS = N_("Former commenter")
_UNSURE = N_("Tick the box first: what is erased cannot be brought back.")
_SAID = frozenset(
    {
        "account_signed_out",
        "blocked",
        "identity_taken",
        "provider_bad_answer",
        "provider_misconfigured",
        "provider_unavailable",
        "sign_in_cancelled",
        "sign_in_disallowed",
    }
)
"""The errors that an address may name: those that a sign-in ends in."""


# What is shown


def show(call: Call) -> Response:
    """Show one's account, or the ways to sign in to it."""
    call.limit("read_own")
    query = Fields(dict(request.args.items()))
    notice = _DONE.get(query.text("done", limit=20), "")
    said = call.kit.renderer.gettext(call.language, notice) if notice else ""
    viewer, response = _page(call, notice=said, problem=_problem_of(call, query))
    proofs.keep_alive(call, viewer)
    return response


def again(call: Call, error: CommentKitError) -> Response:
    """Say what was refused on the same page; ask for a proof where that is all that lacks."""
    problem = refusals.sentence(call.kit, error, call.language)
    if error.code != "proof_needed":
        return _page(call, problem=problem)[1]
    with call.kit.database.read() as db:
        viewer = viewer_here(call, db)
        identities = _identities(call, db, viewer)
    known = tuple(
        i for i in identities if not i.guest and i.held.provider.name in offered_here(call)
    )
    return _sign_in_page(call, known=known, problem=problem)


def _problem_of(call: Call, query: Fields) -> str:
    code, name = query.text("problem", limit=40), query.text("provider", limit=64)
    if code not in _SAID:
        return ""
    provider = call.kit.provider_views.get(name)
    error = CommentKitError(code, {"provider": provider.label if provider else ""})
    return refusals.sentence(call.kit, error, call.language)


def _page(call: Call, *, notice: str = "", problem: str = "") -> tuple[Viewer, Response]:
    with call.kit.database.read() as db:
        viewer = viewer_here(call, db)
        view = _account_view(call, db, viewer) if viewer.active else None
    if view is None:
        return viewer, _sign_in_page(call, notice=notice, problem=problem)
    view = replace(view, notice=notice, problem=problem)
    return viewer, rendered(call, "account.html", view)


def rendered(call: Call, template: str, view: object) -> Response:
    """Render one of these pages."""
    return Response(call.kit.renderer.render(template, language=call.language, view=view))


def _sign_in_page(
    call: Call, *, known: tuple[OwnIdentity, ...] = (), notice: str = "", problem: str = ""
) -> Response:
    links = links_of(call)
    view = AccountSignInPage(
        assets=call.kit.assets,
        links=links,
        site_title=call.site.title,
        providers=tuple(offered_here(call).values()),
        known=known,
        back_url=links.to() if known else call.site.return_url,
        notice=notice,
        problem=problem,
    )
    return rendered(call, "account_sign_in.html", view)


def viewer_here(call: Call, db: Session) -> Viewer:
    """Return who is signed in on our own pages; nobody else has an account page."""
    viewer = proofs.viewer_of(call, db, strict=False)
    if viewer.of_host and viewer.active is not None and viewer.active.account_id == STRANGER:
        return Viewer(site_id=call.site.id)  # who only read leaves nothing to show
    if viewer.token is None or viewer.token.transport not in ("page", HOST):
        return Viewer(site_id=call.site.id)
    return _with_doorless(call, db, viewer)


def _with_doorless(call: Call, db: Session, viewer: Viewer) -> Viewer:
    """Note the accounts whose every provider ended: nobody there could ever sign in once more."""
    retired = call.site.rules.retired
    held = {i.account_id for i in viewer.signed_in if i.provider in retired}
    if not held:
        return viewer
    open_ = claims.open_accounts(db, site_id=call.site.id, account_ids=held, retired=retired)
    return replace(viewer, doorless=frozenset(held - open_))


def links_of(call: Call) -> AccountLinks:
    """Return the addresses of the account at this site."""
    return AccountLinks(endpoint=call.endpoint, language=call.language)


def offered_here(call: Call) -> dict[str, ProviderView]:
    """Return the ways to sign in here, by name."""
    return {p.name: p for p in offered(call.kit.provider_views, call.site.rules)}


def _held(call: Call, identity: Held) -> HeldView:
    return held_view(identity, providers=call.kit.provider_views, pictures=section.pictures(call))


def _here(call: Call, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(call.site.rules.time_zone))


def _active(viewer: Viewer) -> Held:
    if viewer.active is None:
        raise CommentKitError("account_signed_out")
    return viewer.active


def _account_view(call: Call, db: Session, viewer: Viewer) -> AccountPage:
    active = _active(viewer)
    return AccountPage(
        assets=call.kit.assets,
        links=links_of(call),
        site_title=call.site.title,
        account_id=active.account_id,
        person=_held(call, active),
        role=viewer.role,
        identities=_identities(call, db, viewer),
        others=_others(call, viewer),
        signed_in_at=_signed_in_at(call, db, viewer),
        changes=_changes(call, db, active.account_id),
        providers=tuple(offered_here(call).values()),
        keeps_comments=call.site.rules.erased == "keep",
        claims=call.kit.mail,
    )


def _identities(call: Call, db: Session, viewer: Viewer) -> tuple[OwnIdentity, ...]:
    account_id = _active(viewer).account_id
    rows = accounts.identities_of(db, site_id=call.site.id, account_id=account_id)
    ways = sum(row.provider != GUEST for row in rows)
    return tuple(
        OwnIdentity(
            held=_held(call, row),
            since=_here(call, row.created_at),
            guest=row.provider == GUEST,
            removable=row.provider == GUEST or ways > 1,
            ended=row.provider in call.site.rules.retired,
        )
        for row in rows
    )


def _others(call: Call, viewer: Viewer) -> tuple[OtherAccount, ...]:
    """List the other accounts that are signed in here, each by one of its identities."""
    mine_ = _active(viewer).account_id
    by_account = {i.account_id: i for i in viewer.signed_in if i.account_id != mine_}
    return tuple(
        OtherAccount(id=number, held=_held(call, identity))
        for number, identity in by_account.items()
    )


def _signed_in_at(call: Call, db: Session, viewer: Viewer) -> tuple[SignedInAt, ...]:
    listed = tokens.standing(
        db,
        site_id=call.site.id,
        account_id=_active(viewer).account_id,
        settings=call.kit.settings,
        now=call.now,
    )
    here = viewer.token.id if viewer.token else 0
    return tuple(
        SignedInAt(
            id=token.id,
            place=token.origin,
            used_at=_here(call, token.used_at),
            here=token.id == here,
        )
        for token in listed
    )


def _changes(call: Call, db: Session, account_id: int) -> tuple[ChangeView, ...]:
    listed = changes.of_account(db, site_id=call.site.id, account_id=account_id, now=call.now)
    names = _names(call, db, listed)
    return tuple(
        ChangeView(
            id=change.id,
            kind=change.kind,
            names=", ".join(names[n] for n in change.identities if n in names),
            at=_here(call, change.created_at),
            until=_here(call, change.created_at + changes.UNDO_WITHIN),
        )
        for change in listed
    )


def _names(call: Call, db: Session, listed: list[AccountChange]) -> dict[int, str]:
    numbers = {number for change in listed for number in change.identities}
    views = call.kit.provider_views
    return {
        row.id: f"{row.name} ({label})" if (label := _label(views, row.provider)) else row.name
        for row in accounts.named(db, site_id=call.site.id, identity_ids=numbers)
    }


def _label(views: Mapping[str, ProviderView], name: str) -> str:
    return views[name].label if name in views else ""


def comments(call: Call) -> Response:
    """List one's own comments, the newest first."""
    call.limit("read_own")
    query = Fields(dict(request.args.items()))
    with call.kit.database.read() as db:
        account_id = _active(viewer_here(call, db)).account_id
        which = mine.list_of(call.site.id, account_id)
        after = call.kit.cursors.read(query.optional("after", limit=60), which)
        rows, more = mine.latest(
            db, site_id=call.site.id, account_id=account_id, after=after, limit=_COMMENTS
        )
    links = links_of(call)
    older = links.to("comments", after=call.kit.cursors.write(more, which)) if more else None
    view = AccountCommentsPage(
        assets=call.kit.assets,
        links=links,
        site_title=call.site.title,
        comments=tuple(_comment(call, row) for row in rows),
        more=older,
    )
    return rendered(call, "account_comments.html", view)


def _comment(call: Call, row: Written) -> OwnComment:
    place = call.kit.mail_links.comment(
        site=call.site.name, url=row.url, key=row.key, comment_id=row.id
    )
    return OwnComment(
        url=place,
        title=row.title or row.key,
        excerpt=excerpt(row.source, limit=_EXCERPT_CHARS),
        at=_here(call, row.created_at),
        pending=row.status == "pending",
    )


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
    account_id = _proven(call, form)
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
        "switch": Fields(dict(request.args.items())).flag("switch"),
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
        started, url = signin.go(call, provider.name, start)
    except CommentKitError as error:
        if servers.is_about_server(error):
            return _ask_server(call, form, verb, provider, error)
        raise
    typed = start.instance or "" if many else ""
    response = servers.leave(call, provider, url, typed=typed, back_url=links_of(call).to())
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


def _proven(call: Call, form: Fields) -> int:
    """Return the account that a form is about, once it is proven to be this person's."""
    account_id = form.number("account") or 0
    with call.kit.database.read() as db:
        viewer = viewer_here(call, db)
        changes.demand_proven(viewer, account_id, call.now)
        account = db.get(Account, (call.site.id, account_id))
    if account is None:
        raise CommentKitError("account_signed_out")
    if account.blocked_at is not None:
        raise CommentKitError("blocked")
    return account_id


def use(call: Call) -> Response:
    """Comment with another identity that is signed in here."""
    form = read_form(request)
    acts.use_identity(call, form.number("identity"))
    return _back(call, "used")


def _back(call: Call, done: str) -> Response:
    return see_other(links_of(call).to(done=done))


# Changes


def _change(call: Call, done: str, work: Callable[[Session], AccountChange]) -> Response:
    """Make a change, tell the app and the person of it, and show the account again."""
    call.limit("account")

    def store(db: Session) -> AccountChange:
        change = work(db)
        if change.kind in _TOLD and change.undone_at is None and call.kit.mail:
            notices.tell(db, change, provider=_left(call, db, change), now=call.now)
        announce(db, signals.account_changed, site=call.site, change=change)
        return change

    call.kit.database.write(store)
    return _back(call, done)


def _left(call: Call, db: Session, change: AccountChange) -> str:
    """Return what vouches for the identity that a letter names, in the language of the letter."""
    [row, *_] = accounts.named(db, site_id=call.site.id, identity_ids=change.identities)
    if row.provider == GUEST:
        return call.kit.renderer.gettext(call.site.language, N_("guest"))
    return label_of(row.provider, call.kit.provider_views)


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
    views = {i.account_id: _held(call, i) for i in viewer.signed_in}
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
        tokens.end_of_account(
            db,
            site_id=call.site.id,
            account_id=_active(viewer).account_id,
            token_id=number,
            now=call.now,
        )
        here = viewer.token is not None and viewer.token.id == number
        if here:
            announce(db, signals.signed_out, site=call.site)
        return here

    here = call.kit.database.write(work, repeatable=True)
    response = _back(call, "ended")
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
        tokens.end_of_account(db, site_id=call.site.id, account_id=account_id, now=call.now)
        tickets.end_of_account(db, site_id=call.site.id, account_id=account_id)
        announce(db, signals.signed_out, site=call.site)

    call.kit.database.write(work)
    response = _back(call, "everywhere")
    proofs.forget(call, response)
    return response


# Taking it all along, and going


def download(call: Call) -> Response:
    """Send all that is held about the person, as it is read."""
    form = read_form(request)
    account_id = form.number("account") or 0
    with call.kit.database.read() as db:  # who is blocked may take along what is theirs
        changes.demand_proven(viewer_here(call, db), account_id, call.now)
    call.limit("download")
    pieces = _as_json(holdings.read(call.kit.database, site_id=call.site.id, account_id=account_id))
    response = Response(pieces, content_type="application/json")
    name = f"commentkit-{call.site.name}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _as_json(rows: Iterator[tuple[str, holdings.Row]]) -> Iterator[str]:
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
    _proven(call, form)
    answered = form.text("step", limit=1)
    if answered != "2" or not form.flag("sure"):
        return _ask_erase(call, account_id, answered)
    call.limit("account")
    rules = call.site.rules
    name = call.kit.renderer.gettext(call.site.language, _NAMELESS)

    def work(db: Session) -> None:
        keep_as = name if rules.erased == "keep" else ""
        erasing.erase(
            db, viewer_here(call, db), account_id=account_id, keep_as=keep_as, now=call.now
        )
        announce(db, signals.account_erased, site=call.site, account_id=account_id)

    call.kit.database.write(work)
    response = _back(call, "erased")
    proofs.forget(call, response)
    return response


def _ask_erase(call: Call, account_id: int, answered: str) -> Response:
    with call.kit.database.read() as db:
        viewer = viewer_here(call, db)
    mine_: Held | Identity = next(i for i in viewer.signed_in if i.account_id == account_id)
    last = answered in ("1", "2")
    view = AccountQuestionPage(
        assets=call.kit.assets,
        links=links_of(call),
        site_title=call.site.title,
        hidden={"account": str(account_id), "step": "2" if last else "1"},
        mine=_held(call, mine_),
        last=last,
        keeps_comments=call.site.rules.erased == "keep",
        problem=call.kit.renderer.gettext(call.language, _UNSURE) if answered == "2" else "",
    )
    return rendered(call, "account_erase.html", view)
