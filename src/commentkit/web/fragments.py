"""Public answers: the same bytes for everyone, named by a strong ETag."""

import hashlib
from typing import Any

from flask import Response, jsonify, request

from commentkit.discussion import comments, pages, threads
from commentkit.discussion.addresses import key_of
from commentkit.discussion.cursors import read_cursor
from commentkit.discussion.threads import Page
from commentkit.errors import CommentKitError
from commentkit.model import Comment, Picture
from commentkit.view import RepliesFragment, comment_tree
from commentkit.web import section, vouching
from commentkit.web.bodies import Fields, read_id
from commentkit.web.call import Call
from commentkit.web.section import Ask, Standing

_MAX_COUNTS = 100


def asked(call: Call, *, composed: bool = False) -> Ask:
    """Read from the address which part of which thread is asked for."""
    query = Fields(dict(request.args.items()))
    return Ask(
        page=page_asked(call, query),
        sort=query.text("sort", limit=20) or call.site.rules.sort,
        after=query.optional("after", limit=60),
        comment=query.number("comment"),
        composed=composed,
    )


def page_asked(call: Call, fields: Fields) -> Page:
    """Read the page of the host that a section stands on, vouched for where it carries a proof."""
    said = Page(key=fields.optional("key"), url=fields.optional("url"), title=fields.text("title"))
    proof = fields.text("proof", limit=vouching.MAX_PROOF_CHARS)
    return vouching.checked(call.kit.settings, site=call.site.name, page=said, proof=proof)


def thread(call: Call) -> Response:
    """Answer with the section of a thread."""
    ask = asked(call)
    if ask.sort not in pages.SORTS:
        raise CommentKitError("unknown_sort")
    with call.kit.database.read() as db:
        standing = section.stand(call, db, ask)
        due = threads.wants_closing(standing.thread, call.site.rules, now=call.now)
        response = _cacheable(call, _thread_tag(call, standing))
        if response.status_code == 304 and not due:
            return response
        view = section.public_view(call, db, standing)
    if due:
        close_when_due(call, ask)
        return thread(call)
    response.data = _render(call, "thread.html", view)
    return response


def _render(call: Call, template: str, view: object) -> bytes:
    """Render once no connection waits for it."""
    return call.kit.renderer.render(template, language=call.language, view=view).encode()


def close_when_due(call: Call, ask: Ask) -> None:
    """Let the version of a thread say that time has closed it."""
    with call.kit.database.read() as db:
        found = section.stand(call, db, ask).thread
        due = threads.wants_closing(found, call.site.rules, now=call.now)
    if found is not None and due:
        with call.kit.database.begin() as db:
            row = threads.by_id(db, call.site.id, found.id)
            if threads.wants_closing(row, call.site.rules, now=call.now):
                threads.close(db, row, now=call.now)


def _thread_tag(call: Call, standing: Standing) -> str:
    row = standing.thread
    return _tag(call, f"{row.id if row else 0}-{row.version if row else 0}")


def _tag(call: Call, version: str) -> str:
    """Name the bytes: what they say, in which words, by which templates, at which address."""
    said = f"{request.full_path}|{call.site.version}|{call.language}|{call.kit.fingerprint}"
    return f"{version}-{hashlib.sha256(said.encode()).hexdigest()[:24]}"


def _cacheable(call: Call, tag: str, *, content_type: str = "text/html; charset=utf-8") -> Response:
    """Return an empty answer with its ETag, or 304 where the reader has those bytes."""
    response = Response(content_type=content_type)
    response.set_etag(tag)
    response.headers["Cache-Control"] = "public, no-cache"
    response.make_conditional(request)
    return response


def replies(call: Call, root: str) -> Response:
    """Answer with further replies of one root."""
    after = read_cursor(request.args.get("after"))
    with call.kit.database.read() as db:
        comment = comments.find_any(db, call.site.id, read_id(root))
        if not comment.shown or comment.parent_id is not None:
            raise CommentKitError("unknown_comment")
        row = threads.by_id(db, call.site.id, comment.thread_id)
        response = _cacheable(call, _tag(call, f"{row.id}-{row.version}"))
        if response.status_code == 304:
            return response
        limit = call.site.rules.replies_shown
        found = pages.read_replies(db, row, comment, after=after, limit=limit)
        standing = Standing(
            ask=Ask(page=Page(key=row.key), sort=call.site.rules.sort),
            thread=row,
            key=row.key,
            url=row.url,
        )
        parents = pages.parents_of(db, row, found.comments)
        known: list[Comment] = [*found.comments, *parents.values()]
        view = RepliesFragment(
            root=comment.id,
            comments=comment_tree(found.comments, section.showing(call, db, known), known=parents),
            links=section.links(call, standing),
            more=str(found.next) if found.next else None,
            can_reply=not threads.is_closed(row, call.site.rules, now=call.now),
        )
    response.data = _render(call, "replies.html", view)
    return response


def counts(call: Call) -> Response:
    """Answer how many comments each of up to 100 threads has, and how to say it.

    What cannot be a thread's key is left out: one bad link must not silence the others.
    """
    names = [*request.args.getlist("key"), *request.args.getlist("url")]
    if not 0 < len(names) <= _MAX_COUNTS:
        raise CommentKitError("field_invalid", {"name": "key"})
    given = request.args.getlist("key")
    keys = {name: key for name in names if (key := _key(given, name)) is not None}
    with call.kit.database.read() as db:
        found = threads.counts(db, call.site, list(set(keys.values())))
    said = {name: _count(call, found[key]) for name, key in keys.items()}
    tag = hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest()[:24]
    response = _cacheable(call, _tag(call, tag), content_type="application/json")
    if response.status_code != 304:
        response.data = jsonify({"counts": said}).data
    return response


def _key(keys: list[str], name: str) -> str | None:
    try:
        return key_of(key=name, url=None) if name in keys else key_of(key=None, url=name)
    except CommentKitError:
        return None


def _count(call: Call, count: int) -> dict[str, Any]:
    return {"count": count, "text": count_text(call, count)}


def count_text(call: Call, count: int) -> str:
    """Say a count as a link does."""
    if count == 0:
        return call.kit.renderer.gettext(call.language, "Leave a comment")
    return call.kit.renderer.ngettext(call.language, "%(num)s comment", "%(num)s comments", count)


def heading(call: Call, count: int) -> str:
    """Say a count as the heading of a list, where a link would invite to the first comment."""
    if count == 0:
        return call.kit.renderer.gettext(call.language, "Comments")
    return count_text(call, count)


def picture(call: Call, number: str) -> Response:
    """Answer with an avatar, re-encoded by us; its address never changes its meaning."""
    with call.kit.database.read() as db:
        found = db.get(Picture, (call.site.id, read_id(number)))
    if found is None:
        raise CommentKitError("not_found")
    response = Response(found.body, content_type=found.content_type)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
