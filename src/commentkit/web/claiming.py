"""Comments that were written without signing in, taken over by a letter to the address given then.

The page that asks says the same of every address, and looks up none: whether there is anything is
found out where the letter is written, outside of any request.
"""

from functools import partial

from flask import Response, request
from sqlalchemy.orm import Session

from commentkit import ids, signals
from commentkit.delivery import outbox, subscriptions
from commentkit.delivery.links import Claim
from commentkit.discussion import by_account
from commentkit.discussion.by_account import Entry
from commentkit.errors import CommentKitError
from commentkit.people import accounts, claims
from commentkit.people.claims import Author
from commentkit.people.viewer import GUEST
from commentkit.signin.spent import spend
from commentkit.text import excerpt
from commentkit.view import AccountClaimedPage, AccountClaimPage, ClaimedAuthor, label_of
from commentkit.web import refusals, section
from commentkit.web.account.page import (
    MAX_CLAIM_CHARS,
    at_site,
    back,
    links_of,
    offered_here,
    rendered,
    viewer_here,
)
from commentkit.web.acts import announce
from commentkit.web.bodies import read_form, read_query
from commentkit.web.call import Call
from commentkit.words import N_

_MAX_TYPED = 400
_EXCERPT_CHARS = 80
_SENT = N_("If comments were written here with that address, a letter is on its way to it.")


def ask(call: Call) -> Response:
    """Ask for the address."""
    _demand_mail(call)
    return _asking(call)


def again(call: Call, error: CommentKitError) -> Response:
    """Ask once more, and say what was wrong."""
    typed = str(read_form(request).values.get("email", ""))[:_MAX_TYPED]
    return _asking(call, email=typed, problem=refusals.sentence(call.kit, error, call.language))


def send(call: Call) -> Response:
    """Queue the letter, whatever the address; who writes it knows whether there is any."""
    _demand_mail(call)
    form = read_form(request)
    address = accounts.checked_email(form.text("email", limit=_MAX_TYPED), required=True)
    assert address is not None
    call.limit("claim_letter")
    mailbox = subscriptions.mailbox_hash(address).hex()
    call.kit.limiter.hit("claim_letter_to", site_id=call.site.id, who=mailbox)
    payload = {"template": "claim", "to": address, "language": call.language}
    queue = partial(
        outbox.enqueue, site_id=call.site.id, kind="email", payload=payload, now=call.now
    )
    call.kit.database.write(queue)
    return _asking(call, notice=call.kit.renderer.gettext(call.language, _SENT))


def _demand_mail(call: Call) -> None:
    if not call.kit.mail:
        raise CommentKitError("not_found")


def _asking(call: Call, *, email: str = "", notice: str = "", problem: str = "") -> Response:
    view = AccountClaimPage(
        assets=call.kit.assets,
        links=links_of(call),
        site_title=call.site.title,
        email=email,
        notice=notice,
        problem=problem,
    )
    return rendered(call, "account_claim.html", view)


def claimed(call: Call) -> Response:
    """Show what the mailed link will do; its button does it."""
    call.limit("mail_confirm")
    token = read_query(request).text("t", limit=MAX_CLAIM_CHARS)
    claim = call.kit.mail_links.read_claim(token, site_id=call.site.id, now=call.now)
    return _take(call, claim) if request.method == "POST" else _show(call, claim, token)


def _show(call: Call, claim: Claim, token: str) -> Response:
    with call.kit.database.read() as db:
        active = viewer_here(call, db).active
        authors = _authors(call, db, claim)
        mine = active.account_id if active else None
        others = [author for author in authors if author.account_id != mine]
        if not others:
            raise CommentKitError("claim_over")
        newest = by_account.newest_of(
            db,
            site_id=call.site.id,
            account_ids={author.account_id for author in others},
            identity_ids={author.id for author in others},
        )
    shown = tuple(_shown(call, one, newest[one.id]) for one in others if one.id in newest)
    view = AccountClaimedPage(
        assets=call.kit.assets,
        links=links_of(call),
        site_title=call.site.title,
        token=token,
        authors=shown,
        mine=section.held(call, active) if active else None,
        providers=tuple(offered_here(call).values()),
    )
    return rendered(call, "account_claimed.html", view)


def _authors(call: Call, db: Session, claim: Claim) -> list[Author]:
    """Return whom the link names, as long as theirs is the address that the letter went to."""
    mark = call.kit.mail_links.mark_of
    found = claims.named(
        db,
        site_id=call.site.id,
        identity_ids=claim.identity_ids,
        retired=call.site.rules.retired,
    )
    return [a for a in found if a.email and ids.same(mark(a.email).encode(), claim.mark.encode())]


def _shown(call: Call, author: Author, newest: Entry) -> ClaimedAuthor:
    """Tell whom a letter went to which of several of one name is which, by what they wrote last."""
    vouched = author.provider != GUEST
    return ClaimedAuthor(
        id=author.id,
        name=author.name,
        provider=label_of(author.provider, call.kit.provider_views) if vouched else "",
        comments=author.comments,
        more=author.comments >= claims.MOST_COUNTED,
        at=at_site(call, newest.created_at),
        title=newest.title or newest.key,
        excerpt=excerpt(newest.source, limit=_EXCERPT_CHARS),
    )


def _take(call: Call, claim: Claim) -> Response:
    """Take over what was ticked; the link counts once, for whoever is signed in."""
    form = read_form(request)
    call.limit("account")

    def take(db: Session) -> None:
        wanted = [a for a in _authors(call, db, claim) if form.flag(f"author-{a.id}")]
        key = f"claim:{claim.number}"
        viewer = viewer_here(call, db)
        made = claims.take(
            db, viewer, authors=wanted, retired=call.site.rules.retired, now=call.now
        )
        if not spend(db, site_id=call.site.id, key=key, expires_at=claim.until):
            raise CommentKitError("link_invalid")
        for change in made:
            announce(db, signals.account_changed, site=call.site, change=change)

    call.kit.database.write(take)
    return back(call, "claimed")
