"""Kept pages as the framework's responses, where no layer stands in front of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Response, request

from commentkit.web.kit import Kit
from commentkit.web.read_path.page import Page, matches

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class KeptResponse(Response):
    """Bytes and headers made once: nothing is worked out again on the way to the server.

    What the host's hooks make of it holds, but for what must not be in a shared cache.
    """

    default_mimetype = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Hand them over; a host's session is not for everyone, and changes nothing of them."""
        headers = self.headers
        if "Set-Cookie" in headers:
            headers.remove("Set-Cookie")
        headers["Vary"] = "Accept-Encoding"
        start_response(self.status, headers.to_wsgi_list())
        return self.get_app_iter(environ)

    def set_data(self, value: bytes | str) -> None:
        """Replace the bytes; what named those before names these no more."""
        super().set_data(value)
        for name in ("ETag", "Content-Encoding"):
            self.headers.pop(name, None)


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
    return KeptResponse([form.body], headers=form.headers)
