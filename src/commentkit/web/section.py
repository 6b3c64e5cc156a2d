"""From rows to the views of a section: what the public fragment and the composed page share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from commentkit.discussion import comments, pages, posting, threads
from commentkit.discussion.addresses import canonical_url
from commentkit.discussion.cursors import Cursor, replies_of, roots_of
from commentkit.discussion.pages import Replies, ThreadPage
from commentkit.discussion.rows import AnyThread, Shown
from commentkit.discussion.threads import Page
from commentkit.errors import CommentKitError
from commentkit.model import STAFF, Account
from commentkit.model.database import Asked
from commentkit.people import claims
from commentkit.people.viewer import Held, Viewer
from commentkit.view import (
    ClaimOffer,
    CommentView,
    EditView,
    FormView,
    GuestView,
    HeldView,
    IdentityView,
    Links,
    ReplyTo,
    Showing,
    SiteView,
    ThreadSummary,
    ThreadView,
    comment_tree,
    held_view,
    identity_view,
    with_logouts,
)
from commentkit.web import host_users
from commentkit.web.call import Call
from commentkit.web.host_users import Where

_ACCOUNT = Account.__table__.c
_BADGES = select(_ACCOUNT.id, _ACCOUNT.role).where(
    _ACCOUNT.site_id == bindparam("site_id"),
    _ACCOUNT.id.in_(bindparam("ids", expanding=True)),
    _ACCOUNT.role.in_(STAFF),
)


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Which part of which thread is asked for."""

    page: Page
    sort: str
    after: Cursor | None = None
    comment: int | None = None
    """Show the page of the thread that holds this comment."""
    proof: str = ""
    """Of the host, for the forms to carry."""
    composed: bool = False


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A thread as it stands: its row, or None where nobody has commented yet."""

    ask: Ask
    thread: AnyThread | None
    key: str
    url: str | None


def stand(call: Call, db: Session, ask: Ask) -> Standing:
    """Find the thread that is asked for; raises `origin_not_registered` for a foreign address."""
    return standing_of(call, ask, threads.find(db, call.site, ask.page.thread_key))


def standing_of(call: Call, ask: Ask, thread: AnyThread | None) -> Standing:
    """Say how a page stands with the thread that was found for it."""
    url = _address(call, ask.page, thread)
    return Standing(ask=ask, thread=thread, key=ask.page.thread_key, url=url)


def _address(call: Call, page: Page, thread: AnyThread | None) -> str | None:
    """Return the host's word, else what is stored, else what is asked for inside the site."""
    if thread is not None and thread.url is not None and not page.vouched:
        return thread.url
    url = canonical_url(page.url) if page.url else None
    if url is not None and not (page.vouched or call.site.owns(url)):
        raise CommentKitError("origin_not_registered")
    return url


def identity(
    call: Call,
    viewer: Viewer,
    *,
    state: str = "",
    typed: GuestView | None = None,
    errors: Mapping[str, str] | None = None,
    offer: ClaimOffer | None = None,
    at: Where = "home",
) -> IdentityView:
    """Show who the viewer is, in the state that follows from their token or was asked for."""
    logouts = call.kit.logouts(call.now) if state == "changing" else ()
    return identity_view(
        viewer,
        rules=call.site.rules,
        providers=with_logouts(call.kit.provider_views, logouts),
        pictures=pictures(call),
        state=state,
        typed=typed,
        errors=errors,
        offer=offer,
        logins=host_users.logins(call, at),
    )


def claim_offer(db: Asked, viewer: Viewer) -> ClaimOffer | None:
    """Return what this browser wrote as a guest before its reader signed in."""
    author = claims.of_browser(db, viewer)
    if author is None:
        return None
    return ClaimOffer(id=author.id, name=author.name, comments=author.comments)


def held(call: Call, identity: Held) -> HeldView:
    """Show one identity."""
    return held_view(identity, providers=call.kit.provider_views, pictures=pictures(call))


def pictures(call: Call) -> str:
    """Return the address below which a site's pictures are found."""
    return f"{call.endpoint}/pictures"


def links(call: Call, standing: Standing) -> Links:
    """Return the addresses about a thread."""
    return Links(
        endpoint=call.endpoint,
        key=standing.key,
        url=standing.url,
        language=call.language,
        sort=standing.ask.sort,
        proof=standing.ask.proof,
        composed=standing.ask.composed,
    )


def form_view(call: Call, *, rest: bool) -> FormView:
    """Return the empty form as the site's rules want it."""
    rules, mail = call.site.rules, call.kit.mail
    return FormView(
        title=rules.form_title or None,
        placeholder=rules.placeholder or None,
        rest=rest,
        notify_comments=False if mail and rules.notify_comments else None,
        notify_posts=False if mail and rules.notify_posts else None,
    )


def read_rows(call: Call, db: Session, standing: Standing) -> ThreadPage:
    """Read the page of the thread that is asked for."""
    if standing.thread is None:
        return ThreadPage([], {}, None)
    ask, rules = standing.ask, call.site.rules
    if ask.comment is None:
        return pages.read_page(db, standing.thread, rules, sort=ask.sort, after=ask.after)
    return _page_with(call, db, standing.thread, ask.sort, ask.comment)


def _page_with(
    call: Call, db: Session, thread: AnyThread, sort: str, comment_id: int
) -> ThreadPage:
    """Read from the root of one comment on, and make sure that the comment itself is there."""
    wanted = comments.find(db, call.site.id, comment_id)
    if wanted.thread_id != thread.id or not wanted.shown:
        raise CommentKitError("unknown_comment")
    root = (
        wanted
        if wanted.id == wanted.root_id
        else comments.find_any(db, call.site.id, wanted.root_id)
    )
    page = pages.read_page(
        db, thread, call.site.rules, sort=sort, after=pages.place_of(root), inclusive=True
    )
    known = page.replies.get(root.id, Replies())
    if wanted is not root and all(r.id != wanted.id for r in known.comments):
        page.replies[root.id] = Replies([*known.comments, wanted], known.next, known.remaining - 1)
    return page


def showing(
    call: Call,
    db: Session,
    rows: Iterable[Shown],
    *,
    more_replies: Mapping[int, str] | None = None,
    own: Iterable[Shown] = (),
    editable: frozenset[int] = frozenset(),
    editing: Mapping[int, EditView] | None = None,
) -> Showing:
    """Gather what the rows of a page do not say themselves."""
    return Showing(
        providers=call.kit.provider_views,
        pictures=pictures(call),
        time_zone=ZoneInfo(call.site.rules.time_zone),
        nested_depth=call.site.rules.nested_depth,
        badges=_badges(db, call.site.id, {row.account_id for row in rows}),
        own=frozenset(row.id for row in own),
        editable=editable,
        editing=editing or {},
        more_replies=more_replies or {},
    )


def _badges(db: Session, site_id: int, account_ids: set[int]) -> dict[int, str]:
    if not account_ids:
        return {}
    found = db.connection().execute(_BADGES, {"site_id": site_id, "ids": sorted(account_ids)})
    return {row.id: row.role for row in found}


def tree(
    call: Call,
    db: Session,
    page: ThreadPage,
    *,
    own: Sequence[Shown] = (),
    editable: frozenset[int] = frozenset(),
    editing: Mapping[int, EditView] | None = None,
) -> tuple[CommentView, ...]:
    """Build the comments of a page; `own` are the viewer's, which the public page lacks."""
    rows: list[Shown] = [
        *page.roots,
        *(r for root in page.roots for r in page.replies[root.id].comments),
    ]
    seen = {row.id for row in rows}
    rows += [row for row in reversed(own) if row.id not in seen]
    more = {
        root: more_replies(call, root, r.next)
        for root, r in page.replies.items()
        if r.next and r.remaining > 0
    }
    shown = showing(call, db, rows, more_replies=more, own=own, editable=editable, editing=editing)
    return comment_tree(rows, shown)


def more_roots(call: Call, standing: Standing, place: Cursor | None) -> str | None:
    """Write the cursor of the next page."""
    if place is None:
        return None
    return call.kit.cursors.write(place, roots_of(call.site.id, standing.key, standing.ask.sort))


def more_replies(call: Call, root: int, place: Cursor) -> str:
    """Write the cursor of a root's further replies."""
    return call.kit.cursors.write(place, replies_of(call.site.id, root))


def summary(call: Call, standing: Standing) -> ThreadSummary:
    """Return what the section says of its thread."""
    thread = standing.thread
    return ThreadSummary(
        key=standing.key,
        url=standing.url,
        title=_title(standing),
        version=thread.version if thread else 0,
        count=thread.comment_count if thread else 0,
        closed=threads.is_closed(thread, call.site.rules, now=call.now),
    )


def _title(standing: Standing) -> str:
    page, thread = standing.ask.page, standing.thread
    return page.title if thread is None or (page.vouched and page.title) else thread.title


def public_view(
    call: Call, db: Session, standing: Standing, *, at: Where = "anywhere"
) -> ThreadView:
    """Compose what everybody sees: signed out, nothing of one's own."""
    page = read_rows(call, db, standing)
    said = summary(call, standing)
    return ThreadView(
        site=site_view(call),
        thread=said,
        assets=call.kit.assets,
        links=links(call, standing),
        form=None if said.closed else form_view(call, rest=not standing.ask.composed),
        identity=identity(call, Viewer(site_id=call.site.id), at=at),
        comments=tree(call, db, page),
        more=more_roots(call, standing, page.next),
        earlier=page.earlier,
    )


def site_view(call: Call) -> SiteView:
    """Return the site as a section names it."""
    return SiteView(
        name=call.site.name,
        title=call.site.title,
        origin=call.kit.settings.origin,
        asks_host=host_users.asks(call.kit, call.site),
    )


def reply_to(db: Session, call: Call, thread: AnyThread | None, comment_id: int | None) -> ReplyTo:
    """Return the comment a form answers; raises `parent_gone`."""
    if thread is None or comment_id is None:
        raise CommentKitError("parent_gone")
    parent = posting.check_parent(db, call.site, thread, comment_id)
    return ReplyTo(comment_id, parent.author_name if parent else None)


def editable(call: Call, own: Iterable[Shown]) -> dict[int, datetime]:
    """Return until when the viewer's comments may be changed, those that still may."""
    until = {row.id: comments.editable_until(row, call.site.rules) for row in own}
    return {row_id: at for row_id, at in until.items() if at > call.now}
