"""Thread and viewer in one page: what a reader without JavaScript gets, here or at a host."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.discussion import comments, pages
from commentkit.discussion.drafts import Kept
from commentkit.discussion.own import read_own_part
from commentkit.discussion.pages import ThreadPage
from commentkit.discussion.rows import AnyThread, Shown
from commentkit.errors import CommentKitError
from commentkit.model import Comment
from commentkit.people.viewer import Viewer
from commentkit.view import EditView, FormView, GuestView, IdentityView, ReplyTo, Said, ThreadView
from commentkit.web import draft, refusals, section
from commentkit.web.call import Call
from commentkit.web.notices import NOTICES
from commentkit.web.section import Ask, Standing


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the page should show beyond the thread itself."""

    ask: Ask
    root: int | None = None
    """Go on with the replies of this root, after `ask.after`."""
    reply: str = ""
    """The comment to answer, as it was asked for."""
    edit: int | None = None
    errors: tuple[CommentKitError, ...] = ()
    kept: Kept | None = None
    """What was typed, where this answer follows a refused form; else the draft is looked up."""
    edited: str | None = None
    """The refused text of an edit; shown to whoever sent it, allowed or not."""


def compose(call: Call, db: Session, viewer: Viewer, wanted: Wanted) -> ThreadView:
    """Compose the whole section for one viewer."""
    key = wanted.ask.page.thread_key
    thread, own = read_own_part(db, call.site, key, viewer.account_ids)
    standing = section.standing_of(call, wanted.ask, thread)
    until = section.editable(call, own)
    kept = wanted.kept or draft.find(call, db, standing.key)
    if wanted.edited is not None:
        standing, wanted, kept = _with_edit_in_sight(db, standing, own, wanted, kept)
    editing = _editing(call, db, viewer, wanted)
    page = _rows(call, db, standing, wanted)
    said = section.summary(call, standing)
    offer = section.claim_offer(db, viewer)
    identity = section.identity(
        call, viewer, state=kept.state, typed=_typed_guest(kept), offer=offer
    )
    errors = () if wanted.edited is not None else wanted.errors
    sentences = _sentences(call, errors, identity, closed=said.closed)
    form = _form(call, db, standing, wanted, kept)
    form = replace(form, errors=sentences if said.closed else sentences | form.errors)
    return ThreadView(
        site=section.site_view(call),
        thread=said,
        assets=call.kit.assets,
        links=section.links(call, standing),
        form=None if said.closed else form,
        unsent=form if said.closed and (form.text or sentences) else None,
        identity=replace(identity, errors=sentences),
        comments=section.tree(call, db, page, own=own, editable=frozenset(until), editing=editing),
        more=section.more_roots(call, standing, page.next),
        said=_said(call, kept),
        earlier=page.earlier,
    )


def _with_edit_in_sight(
    db: Session, standing: Standing, own: Sequence[Shown], wanted: Wanted, kept: Kept
) -> tuple[Standing, Wanted, Kept]:
    """Open a refused edit in its comment; where that is not seen any more, in the form."""
    if wanted.edit in {row.id for row in own}:
        return standing, wanted, kept
    if standing.thread is not None and _is_seen(db, standing.thread, wanted.edit):
        return replace(standing, ask=replace(standing.ask, comment=wanted.edit)), wanted, kept
    typed = {**kept.typed, "text": wanted.edited or ""}
    return standing, replace(wanted, edit=None, edited=None), replace(kept, typed=typed)


def _is_seen(db: Session, thread: AnyThread, comment_id: int | None) -> bool:
    row = db.get(Comment, (thread.site_id, comment_id)) if comment_id is not None else None
    return row is not None and row.thread_id == thread.id and row.status == "approved"


def _rows(call: Call, db: Session, standing: Standing, wanted: Wanted) -> ThreadPage:
    if wanted.root is None or standing.thread is None:
        return section.read_rows(call, db, standing)
    root = comments.find_any(db, call.site.id, wanted.root)
    if not root.shown or root.thread_id != standing.thread.id or root.parent_id is not None:
        raise CommentKitError("unknown_comment")
    limit = call.site.rules.replies_shown
    found = pages.read_replies(db, standing.thread, root, after=wanted.ask.after, limit=limit)
    return ThreadPage([root], {root.id: found}, None)


def _form(call: Call, db: Session, standing: Standing, wanted: Wanted, kept: Kept) -> FormView:
    blank = section.form_view(call, rest=not wanted.ask.composed and not kept.typed)
    answered, gone = _answered(call, db, standing, wanted.reply or kept.typed.get("parent", ""))
    return replace(
        blank,
        text=kept.typed.get("text", ""),
        reply_to=answered,
        notify_comments=_tick(blank.notify_comments, kept, "notify_comments"),
        notify_posts=_tick(blank.notify_posts, kept, "notify_posts"),
        errors={"text": gone} if gone else {},
        notice=_notice(call, kept),
    )


def _answered(
    call: Call, db: Session, standing: Standing, asked: str
) -> tuple[ReplyTo | None, str]:
    """Return the comment that the form answers, or the sentence that it cannot be answered."""
    if not asked:
        return None, ""
    try:
        return section.reply_to(db, call, standing.thread, ids.read(asked)), ""
    except CommentKitError as error:
        return None, refusals.sentence(call.kit, error, call.language)


def _tick(offered: bool | None, kept: Kept, name: str) -> bool | None:
    return offered if offered is None else bool(kept.typed.get(name))


def _said(call: Call, kept: Kept) -> Said | None:
    """Say in the list what was done there just before."""
    if kept.notice not in NOTICES:
        return None
    sentence = call.kit.renderer.gettext(call.language, NOTICES[kept.notice])
    return Said(sentence, ids.read(kept.notice_about))


def _notice(call: Call, kept: Kept) -> str | None:
    if not kept.notice or kept.notice in NOTICES:
        return None
    error = CommentKitError(kept.notice, {"provider": kept.notice_about})
    return refusals.sentence(call.kit, error, call.language)


def _typed_guest(kept: Kept) -> GuestView | None:
    if not any(kept.typed.get(name) for name in ("name", "email", "website")):
        return None
    return GuestView(
        name=kept.typed.get("name", ""),
        email=kept.typed.get("email", ""),
        website=kept.typed.get("website", ""),
        remember=bool(kept.typed.get("remember")),
    )


def _sentences(
    call: Call, errors: Iterable[CommentKitError], identity: IdentityView, *, closed: bool
) -> dict[str, str]:
    """Say each error at its field, or above the button where that field is not shown."""
    fields = {"text"}
    if identity.guest is not None and identity.state == "signed-out" and not closed:
        fields |= set(refusals.FIELDS)
    said: dict[str, str] = {}
    for error in errors:
        if not (closed and error.code == "thread_closed"):  # the section says so already
            field = refusals.field_of(error)
            sentence = refusals.sentence(call.kit, error, call.language)
            said.setdefault(field if field in fields else "form", sentence)
    return said


def _editing(call: Call, db: Session, viewer: Viewer, wanted: Wanted) -> dict[int, EditView] | None:
    if wanted.edit is None:
        return None
    if wanted.edited is None:
        row = comments.read_source(db, call.site, viewer, comment_id=wanted.edit, now=call.now)
        return {row.id: EditView(row.source)}
    sentences = (refusals.sentence(call.kit, error, call.language) for error in wanted.errors)
    return {wanted.edit: EditView(wanted.edited, next(sentences, ""))}
