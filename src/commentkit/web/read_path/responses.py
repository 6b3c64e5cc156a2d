"""Kept pages as the framework's responses, where no layer stands in front of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request

from commentkit.web.kit import Kit
from commentkit.web.read_path.page import Page, matches

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class KeptResponse(Response):
    """Bytes and headers made once: nothing is worked out again on the way to the server."""

    automatically_set_content_length = False
    default_mimetype = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Hand them over, with what the host's own hooks changed."""
        start_response(self.status, self.headers.to_wsgi_list())
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.get_data()]


def at_hand(kit: Kit) -> Response | None:
    """Answer what was asked at this very address and checked just now; else None."""
    environ = request.environ
    kept = kit.pages.addresses.get((environ["PATH_INFO"], environ["QUERY_STRING"]))
    if kept is None or kept.page is None or not kit.changes.just_checked(kept.at):
        return None
    if kit.database.replicated and "HTTP_IF_NONE_MATCH" in environ:
        return None  # the reader may have seen more than a lagging replica has shown here
    kept.used = True
    return said(kept.page)


def said(page: Page) -> Response:
    """Answer with a page, or that the reader has it."""
    environ = request.environ
    form = page.form(environ.get("HTTP_ACCEPT_ENCODING", ""))
    seen = environ.get("HTTP_IF_NONE_MATCH")
    if seen is not None and matches(seen, form.etag):
        return KeptResponse(status=304, headers=form.not_modified)
    return KeptResponse(form.body, headers=form.headers)
