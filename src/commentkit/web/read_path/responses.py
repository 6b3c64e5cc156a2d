"""Kept pages as the framework's responses, where no layer stands in front of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Response, request
from werkzeug.datastructures import Headers

from commentkit.web.kit import Kit
from commentkit.web.read_path import page as pages
from commentkit.web.read_path.page import Page, matches

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class MadeHeaders(Headers):
    """Headers that were spelled and checked once, when their page was made."""

    def __init__(self, made: pages.Headers) -> None:
        # Each would else be checked again for each reader: a twentieth of the whole request.
        self._list = made.copy()


class KeptResponse(Response):
    """Bytes and headers made once: nothing is worked out again on the way to the server.

    What the host's hooks make of it holds, but for what must not be in a shared cache.
    """

    default_mimetype = None
    made: pages.Headers | None = None
    """The headers as they were made, if all of them are everybody's."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Hand them over; a host's session is not for everyone, and changes nothing of them."""
        headers = self.headers.to_wsgi_list()
        if headers != self.made:
            headers = self._for_everyone()
        start_response(self.status, headers)
        return self.get_app_iter(environ)

    def _for_everyone(self) -> pages.Headers:
        """Return what hooks have left of the headers, without what is one reader's."""
        headers = self.headers
        if "Set-Cookie" in headers:
            headers.remove("Set-Cookie")
        headers["Vary"] = "Accept-Encoding"
        return headers.to_wsgi_list()

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
    return _said(kept.page, environ)


def said(page: Page) -> Response:
    """Answer with a page, or that the reader has it."""
    return _said(page, request.environ)


def _said(page: Page, environ: WSGIEnvironment) -> Response:
    form = page.form(environ.get("HTTP_ACCEPT_ENCODING", ""))
    seen = environ.get("HTTP_IF_NONE_MATCH")
    if seen is not None and matches(seen, form.etag):
        return _made(form.not_modified, status=304)
    return _made(form.headers, form.body)


def _made(headers: pages.Headers, *body: bytes, status: int = 200) -> Response:
    response = KeptResponse(body, status=status, headers=MadeHeaders(headers))
    response.made = headers
    return response
