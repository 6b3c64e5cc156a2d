"""Public answers: the same bytes for everyone, named by a strong ETag."""

from flask import Response, request

from commentkit.errors import CommentKitError
from commentkit.model import Picture
from commentkit.web import asks
from commentkit.web.bodies import read_id, read_query
from commentkit.web.call import Call
from commentkit.web.read_path import addresses, reading, responses
from commentkit.web.read_path.page import ALONE
from commentkit.web.read_path.question import Query, Question
from commentkit.web.section import Ask


def asked(call: Call, *, composed: bool = False) -> Ask:
    """Read from the address which part of which thread is asked for."""
    return asks.ask_of(call, read_query(request), composed=composed)


def thread(call: Call) -> Response:
    """Answer with the section of a thread."""
    return _answer(call, addresses.thread_question(call, Query.of(request.environ)))


def replies(call: Call, root: str) -> Response:
    """Answer with further replies of one root."""
    return _answer(call, addresses.replies_question(call, Query.of(request.environ), root))


def counts(call: Call) -> Response:
    """Answer how many comments each of up to 100 threads has, and how to say it."""
    return _answer(call, addresses.counts_question(call, Query.of(request.environ)))


def _answer(call: Call, question: Question) -> Response:
    """Answer from what is kept; a private site's pages are made for each reader."""
    if call.site.private:
        page = reading.made_anew(call, question)
        return Response(page.body, content_type=page.content_type, headers=[ALONE])
    seen = request.headers.get("If-None-Match", "")
    kept = reading.kept_for(call, question, if_none_match=seen)
    environ = request.environ
    call.kit.pages.name_address((environ["PATH_INFO"], environ["QUERY_STRING"]), kept)
    return responses.said(kept.made)


def picture(call: Call, number: str) -> Response:
    """Answer with an avatar, re-encoded by us; its address never changes its meaning."""
    with call.kit.database.read() as db:
        found = db.get(Picture, (call.site.id, read_id(number)))
    if found is None:
        raise CommentKitError("not_found")
    return responses.KeptResponse(
        [found.body],
        content_type=found.content_type,
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
