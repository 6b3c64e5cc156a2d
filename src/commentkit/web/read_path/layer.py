"""The layer in front of the app: what is kept is answered before any routing."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from commentkit.errors import CommentKitError
from commentkit.web.kit import Kit
from commentkit.web.read_path import addresses, reading
from commentkit.web.read_path.page import Page, matches
from commentkit.web.read_path.store import Kept

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
App = Callable[[Environ, StartResponse], Iterable[bytes]]

CALL, ERROR = "commentkit.call", "commentkit.error"
"""In the environ of what is handed on because of an error: nobody has to meet it a second time."""

_METHODS = frozenset({"GET", "HEAD"})


class ReadPath:
    """A WSGI app around another: it answers public pages, and leaves all else, and all errors.

    What the host adds to its answers (`after_request`) is not added to these. Nothing of a request
    is looked at but its address, `If-None-Match` and `Accept-Encoding`.
    """

    def __init__(self, app: App, kit: Kit) -> None:
        self._app = app
        self._kit = kit
        self._prefix = kit.settings.url_prefix + "/"
        self._known = kit.pages.addresses
        self._fresh = kit.changes.just_checked
        self._replicated = kit.database.replicated

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or hand on."""
        kept = self._known.get((environ["PATH_INFO"], environ["QUERY_STRING"]))
        if kept is None or not self._fresh(kept.at) or self._must_catch_up(environ):
            kept = self._looked_up(environ)
        elif environ["REQUEST_METHOD"] in _METHODS:
            kept.used = True
        else:
            kept = None
        if kept is None or kept.page is None:
            return self._app(environ, start_response)
        return _said(kept.page, environ, start_response)

    def _must_catch_up(self, environ: Environ) -> bool:
        """Tell whether a reader may have seen more than a lagging replica has shown here."""
        return self._replicated and "HTTP_IF_NONE_MATCH" in environ

    def _looked_up(self, environ: Environ) -> Kept | None:
        path = environ["PATH_INFO"]
        if not path.startswith(self._prefix) or environ["REQUEST_METHOD"] not in _METHODS:
            return None
        try:
            return self._kept(path, environ)
        except (CommentKitError, SQLAlchemyError) as error:
            environ[ERROR] = error  # the app says it, in the reader's language
            return None

    def _kept(self, path: str, environ: Environ) -> Kept | None:
        kit = self._kit
        found = addresses.find(kit, path[len(self._prefix) - 1 :], environ)
        if found is None:
            return None
        kit.wake()
        environ[CALL], question = found
        seen = environ.get("HTTP_IF_NONE_MATCH", "")
        kept = reading.kept_for(environ[CALL], question(), if_none_match=seen)
        kit.pages.name_address((path, environ["QUERY_STRING"]), kept)
        return kept


def _said(page: Page, environ: Environ, start_response: StartResponse) -> list[bytes]:
    # A list: granian sends it with the headers, and asks other iterables by a further thread.
    form = page.form(environ.get("HTTP_ACCEPT_ENCODING", ""))
    seen = environ.get("HTTP_IF_NONE_MATCH")
    if seen is not None and matches(seen, form.etag):
        start_response("304 NOT MODIFIED", form.not_modified.copy())
        return []
    start_response("200 OK", form.headers.copy())
    return [form.body] if environ["REQUEST_METHOD"] == "GET" else []
