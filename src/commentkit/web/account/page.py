"""What the pages of one's own account show, to whom, and what they say after a change."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response, request
from sqlalchemy.orm import Session

from commentkit.discussion import by_account
from commentkit.discussion.by_account import Entry
from commentkit.errors import CommentKitError
from commentkit.model import Account, AccountChange
from commentkit.people import accounts, changes, claims, tokens
from commentkit.people.viewer import GUEST, HOST, SSO, STRANGER, Held, Viewer
from commentkit.text import excerpt
from commentkit.view import (
    AccountCommentsPage,
    AccountLinks,
    AccountPage,
    AccountSignInPage,
    ChangeView,
    HeldView,
    OtherAccount,
    OwnComment,
    OwnIdentity,
    ProviderView,
    SignedInAt,
    held_view,
    offered,
    with_logouts,
)
from commentkit.web import host_users, proofs, refusals, section
from commentkit.web.bodies import Fields, read_query
from commentkit.web.call import Call
from commentkit.web.redirects import see_other
from commentkit.web.told import tell, told
from commentkit.words import N_

_COMMENTS = 20
_EXCERPT_CHARS = 200
MAX_CLAIM_CHARS = 800
"""Of what a mailed link carries."""
_DONE: Mapping[str, str] = {
    "proven": N_("Thank you. You can go on for the next ten minutes."),
    "linked": N_("It is linked: from now on you can sign in with it too."),
    "known": N_("It was linked already: nothing changed."),
    "merged": N_("The two accounts are one now."),
    "unlinked": N_("It is removed, and logged out everywhere."),
    "undone": N_("It is undone."),
    "used": N_("You comment with this one from now on."),
    "ended": N_("That browser is logged out."),
    "everywhere": N_("You are logged out everywhere."),
    "elsewhere": N_("You are logged out everywhere else. Here it ends when you log out."),
    "erased": N_("Your account is erased."),
    "claimed": N_("These comments are yours now."),
}
"""What the next page says, by the word in its address."""
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
        "unknown_provider",
    }
)
"""The errors that an address may name: those that a sign-in ends in."""


def show(call: Call) -> Response:
    """Show one's account, or the ways to sign in to it."""
    call.limit("read_own")
    query = read_query(request)
    notice = _DONE.get(told(call, query.text("done", limit=20)), "")
    said = call.kit.renderer.gettext(call.language, notice) if notice else ""
    viewer, response = _page(call, notice=said, problem=_problem_of(call, query))
    proofs.keep_alive(call, viewer)
    return response


def instead(call: Call, verb: str) -> Response:
    """Lead to the account whoever opens by itself what only a form leads to."""
    return see_other(links_of(call).to())


def refuse(call: Call, verb: str) -> Response:
    """Show the account, and that no address alone signs anybody out."""
    error = CommentKitError("method_not_allowed")
    response = refusals.finished(again(call, error), error)
    response.headers["Allow"] = "POST"
    return response


def again(call: Call, error: CommentKitError) -> Response:
    """Say what was refused on the same page; ask for a proof where that is all that lacks."""
    problem = refusals.sentence(call.kit, error, call.language)
    if error.code != "proof_needed":
        return _page(call, problem=problem)[1]
    with call.kit.database.read() as db:
        viewer = viewer_here(call, db)
        identities = _identities(call, db, viewer)
    # Whom the host names is here by the host's word alone: no other way would show anything.
    here = () if viewer.of_host else offered_here(call)
    known = tuple(i for i in identities if not i.guest and i.held.provider.name in here)
    return _sign_in_page(call, viewer, known=known, problem=problem)


def _problem_of(call: Call, query: Fields) -> str:
    code, name = told(call, query.text("problem", limit=40)), query.text("provider", limit=64)
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
        return viewer, _sign_in_page(call, viewer, notice=notice, problem=problem)
    view = replace(view, notice=notice, problem=problem)
    return viewer, rendered(call, "account.html", view)


def rendered(call: Call, template: str, view: object) -> Response:
    """Render one of these pages."""
    return Response(call.kit.renderer.render(template, language=call.language, view=view))


def _sign_in_page(
    call: Call,
    viewer: Viewer,
    *,
    known: tuple[OwnIdentity, ...] = (),
    notice: str = "",
    problem: str = "",
) -> Response:
    links, again = links_of(call), viewer.active is not None
    at_host = call.host_user is not None
    view = AccountSignInPage(
        assets=call.kit.assets,
        links=links,
        site_title=call.site.title,
        providers=tuple(offered_here(call).values()),
        known=known,
        logins=host_users.logins(call, "home") if at_host or not again else (),
        again=again,
        at_host=at_host,
        back_url=links.to() if again else call.site.return_url,
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
    return _with_doorless(call, db, _without_named(viewer))


def _without_named(viewer: Viewer) -> Viewer:
    """Leave out whom a page's token named: on our own origin too, scripts of that page read it."""
    kept = tuple(i for i in viewer.identities if i.provider != SSO)
    return viewer if len(kept) == len(viewer.identities) else replace(viewer, identities=kept)


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


def person_of(call: Call, identity: Held) -> HeldView:
    """Return what a page shows of an identity."""
    views = with_logouts(call.kit.provider_views, call.kit.logouts(call.now))
    return held_view(identity, providers=views, pictures=section.pictures(call))


def at_site(call: Call, at: datetime) -> datetime:
    """Say a time by the site's clock."""
    return at.astimezone(ZoneInfo(call.site.rules.time_zone))


def active_of(viewer: Viewer) -> Held:
    """Return the identity in use; raises `account_signed_out`."""
    if viewer.active is None:
        raise CommentKitError("account_signed_out")
    return viewer.active


def _account_view(call: Call, db: Session, viewer: Viewer) -> AccountPage:
    active = active_of(viewer)
    return AccountPage(
        assets=call.kit.assets,
        links=links_of(call),
        site_title=call.site.title,
        account_id=active.account_id,
        person=person_of(call, active),
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
    account_id = active_of(viewer).account_id
    rows = accounts.identities_of(db, site_id=call.site.id, account_id=account_id)
    ways = sum(row.provider != GUEST for row in rows)
    return tuple(
        OwnIdentity(
            held=person_of(call, row),
            since=at_site(call, row.created_at),
            guest=row.provider == GUEST,
            removable=row.provider == GUEST or ways > 1,
            ended=row.provider in call.site.rules.retired,
        )
        for row in rows
    )


def _others(call: Call, viewer: Viewer) -> tuple[OtherAccount, ...]:
    """List the other accounts that are signed in here, each by one of its identities."""
    mine_ = active_of(viewer).account_id
    by_account = {i.account_id: i for i in viewer.signed_in if i.account_id != mine_}
    return tuple(
        OtherAccount(id=number, held=person_of(call, identity))
        for number, identity in by_account.items()
    )


def _signed_in_at(call: Call, db: Session, viewer: Viewer) -> tuple[SignedInAt, ...]:
    listed = tokens.standing(
        db,
        site_id=call.site.id,
        account_id=active_of(viewer).account_id,
        settings=call.kit.settings,
        now=call.now,
    )
    here = viewer.token.id if viewer.token else 0
    return tuple(
        SignedInAt(
            id=token.id,
            place=token.origin,
            used_at=at_site(call, token.used_at),
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
            at=at_site(call, change.created_at),
            until=at_site(call, change.created_at + changes.UNDO_WITHIN),
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
    query = read_query(request)
    with call.kit.database.read() as db:
        account_id = active_of(viewer_here(call, db)).account_id
        which = by_account.list_of(call.site.id, account_id)
        after = call.kit.cursors.read(query.optional("after", limit=60), which)
        rows, more = by_account.latest(
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


def _comment(call: Call, row: Entry) -> OwnComment:
    place = call.kit.mail_links.comment(
        site=call.site.name, url=row.url, key=row.key, comment_id=row.id
    )
    return OwnComment(
        url=place,
        title=row.title or row.key,
        excerpt=excerpt(row.source, limit=_EXCERPT_CHARS),
        at=at_site(call, row.created_at),
        pending=row.status == "pending",
    )


def proven(call: Call, form: Fields) -> int:
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


def back(call: Call, done: str) -> Response:
    """Show the account again, with what was done."""
    response = see_other(links_of(call).to(done=done))
    tell(call, response)
    return response
