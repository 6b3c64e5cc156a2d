"""The widget's personal calls: JSON in, JSON out, over the same verbs as the pages."""

from flask import Response, request
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.discussion import comments, threads
from commentkit.discussion.threads import Page
from commentkit.errors import CommentKitError
from commentkit.model import Comment
from commentkit.people import tokens
from commentkit.people.viewer import Viewer
from commentkit.signin import tickets
from commentkit.web import (
    acts,
    answers,
    asks,
    cookies,
    fragments,
    host_users,
    proofs,
    section,
    submission,
    wording,
)
from commentkit.web.as_json import as_json
from commentkit.web.bodies import MAX_BYTES, Fields, read_id, read_json
from commentkit.web.call import Call
from commentkit.web.section import Ask

_CLAIM = "claim-"


def viewer(call: Call) -> Response:
    """Answer who asks; a proof that has ended is forgotten, and the reader is signed out."""
    ask, state = fragments.asked(call), request.args.get("state", "")[:20]
    call.limit("read_own")
    with call.kit.database.look() as db:
        seen = proofs.viewer_of(call, db, strict=False)
        found = answers.gather(call, db, seen, ask)
    data = answers.viewer_answer(call, found, state=state)
    proofs.keep_alive(call, seen)
    response = as_json(data | {"token": seen.token is not None})
    if seen.token is None and proofs.proof_of(call) is not None:
        proofs.forget(call, response)
    return response


def post(call: Call) -> Response:
    """Store a comment and answer with it and with the viewer as they are now."""
    fields = read_json(request)
    page = _page(call, fields)
    transport = proofs.checked_transport(call, fields.text("transport", limit=20))
    sent = submission.read(fields, page=page, transport=transport)
    author = host_users.settled(call, _author(call, strict=not sent.as_guest))
    outcome = submission.submit(call, author, sent)
    found = _after(call, outcome, page)
    seen = answers.viewer_answer(call, found)
    own = (data for data in seen["comments"] if data["id"] == str(outcome.comment.id))
    response = as_json(
        {
            "comment": next(own, None) or answers.comment_data(call, found, outcome.comment),
            "token": proofs.bearer_of(outcome.issued),
            "viewer": seen,
            "notice": outcome.notice or None,
        }
    )
    response.status_code = 201
    if outcome.issued:
        proofs.hand_out(call, response, outcome.issued)
    return response


def _after(call: Call, outcome: submission.Outcome, page: Page) -> answers.Gathered:
    """Gather what the answer to a press says; of a newcomer all is known already."""
    if not outcome.alone:
        return _gather(call, outcome.viewer, page)
    standing = section.standing_of(call, _ask_of(call, page), outcome.thread)
    return answers.gathered(call, outcome.viewer, standing, [outcome.comment])


def edit(call: Call, number: str) -> Response:
    """Replace the text of an own comment."""
    fields = read_json(request)
    text, version = fields.text("text", limit=MAX_BYTES), fields.optional("version", limit=100)
    row = acts.edit(call, read_id(number), text, version=version)
    return as_json({"comment": answers.comment_data(call, _around(call, row), row)})


def delete(call: Call, number: str) -> Response:
    """Delete an own comment."""
    row = acts.delete(call, read_id(number))
    found = _around(call, row)
    html = answers.comment_data(call, found, row)["html"] if row.shown else None
    count = found.thread.count
    return as_json(
        {
            "comment": {"id": str(row.id), "html": html},
            "count": count,
            "count_text": wording.count_text(call, count),
            "heading": wording.heading(call, count),
        }
    )


def source(call: Call, number: str) -> Response:
    """Answer with the source of an own comment that may still be changed."""
    call.limit("read_own")
    with call.kit.database.read() as db:
        author = proofs.viewer_of(call, db)
        row = comments.read_source(db, call.site, author, comment_id=read_id(number), now=call.now)
    return as_json({"id": str(row.id), "text": row.source, "version": comments.version_of(row)})


def set_probe(call: Call) -> Response:
    """Set a partitioned cookie, to see whether it comes back."""
    call.limit("probe")
    response = as_json({})
    cookies.set_probe(response, ids.new_secret())
    return response


def read_probe(_call: Call) -> Response:
    """Tell whether the cookie came back."""
    return as_json({"cookie": bool(request.cookies.get(cookies.PROBE))})


def redeem(call: Call) -> Response:
    """Turn a ticket and its verifier into a token."""
    fields = read_json(request)
    transport = proofs.checked_transport(call, fields.text("transport", limit=20))
    call.limit("redeem")

    def use_up(db: Session) -> tokens.Issued | None:
        previous = proofs.viewer_of(call, db, strict=False)
        redeemed = tickets.redeem(
            db,
            site_id=call.site.id,
            aid=fields.text("aid", limit=64),
            ticket=fields.text("ticket", limit=100),
            verifier=fields.text("verifier", limit=128),
            origin=call.origin,
            now=call.now,
        )
        if redeemed is None:  # what changed is committed before the refusal
            return None
        if not call.site.rules.offers(redeemed.provider):
            raise CommentKitError("unknown_provider")
        issued = acts.sign_in(
            call,
            db,
            redeemed.identity,
            previous,
            transport=transport,
            session_hash=redeemed.session_hash,
        )
        _remember(db, call, redeemed.ticket_id, issued)
        return issued

    issued = call.kit.database.write(use_up)
    if issued is None:
        raise CommentKitError("ticket_invalid")
    return handed_out(call, fields, issued)


def handed_out(call: Call, fields: Fields, issued: tokens.Issued) -> Response:
    """Answer with a new token and with its viewer."""
    data = answers.viewer_answer(call, _gather(call, issued.viewer, _page_if_any(call, fields)))
    response = as_json({"token": proofs.bearer_of(issued), "viewer": data})
    proofs.hand_out(call, response, issued)
    return response


def _remember(db: Session, call: Call, ticket_id: int, issued: tokens.Issued) -> None:
    if issued.viewer.token is not None:
        token_id = issued.viewer.token.id
        tickets.remember_token(db, site_id=call.site.id, ticket_id=ticket_id, token_id=token_id)


def sign_out(call: Call) -> Response:
    """End the token on the server, and answer with the signed-out form."""
    fields = read_json(request)
    acts.sign_out(call)
    response = _viewer_answer(call, fields, Viewer(site_id=call.site.id))
    proofs.forget(call, response)
    return response


def use_identity(call: Call) -> Response:
    """Comment with another identity that is signed in here, or take over a guest's comments.

    The latter goes by the same button of the widget: `identity` is then `claim-` and its id.
    """
    fields = read_json(request)
    asked = fields.text("identity", limit=30)
    if asked.startswith(_CLAIM):
        claimed = acts.claim(call, read_id(asked.removeprefix(_CLAIM), name="identity"))
        return _viewer_answer(call, fields, claimed)
    chosen = acts.use_identity(call, fields.number("identity"))
    return _viewer_answer(call, fields, chosen)


def _viewer_answer(call: Call, fields: Fields, seen: Viewer) -> Response:
    return as_json(answers.viewer_answer(call, _gather(call, seen, _page_if_any(call, fields))))


def _gather(call: Call, seen: Viewer, page: Page) -> answers.Gathered:
    with call.kit.database.look() as db:
        return answers.gather(call, db, seen, _ask_of(call, page))


def _author(call: Call, *, strict: bool) -> Viewer:
    if (
        call.host_user is None and proofs.proof_of(call) is None
    ):  # a newcomer is nobody, without a question
        return Viewer(site_id=call.site.id)
    with call.kit.database.look() as db:
        return proofs.viewer_of(call, db, strict=strict)


def _page(call: Call, fields: Fields) -> Page:
    return asks.page_of(call, fields.inner("thread"))


def _page_if_any(call: Call, fields: Fields) -> Page:
    """Return the page a call is about; without one nothing of a thread is answered."""
    return _page(call, fields) if "thread" in fields.values else Page(key="-")


def _ask_of(call: Call, page: Page) -> Ask:
    return Ask(page=page, sort=call.site.rules.sort)


def _around(call: Call, row: Comment) -> answers.Gathered:
    """Gather what a comment's own list item needs."""
    with call.kit.database.read() as db:
        thread = threads.by_id(db, call.site.id, row.thread_id)
        page = Page(key=thread.key)
        return answers.gather(call, db, Viewer(site_id=call.site.id), _ask_of(call, page))
