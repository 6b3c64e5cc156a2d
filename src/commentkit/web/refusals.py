"""A `CommentKitError` as an answer: JSON for the widget and clients, a page for people."""

from typing import Any

from flask import Response, jsonify

from commentkit.errors import CommentKitError
from commentkit.view import ErrorPage
from commentkit.web.kit import Kit


def sentence(kit: Kit, error: CommentKitError, language: str) -> str:
    """Return what went wrong and what to do, in the reader's language."""
    return kit.renderer.gettext(language, error.kind.message, error.values)


FIELDS = ("text", "email", "name", "website")
"""The fields of the form that have a place for what is wrong with them."""


def field_of(error: CommentKitError) -> str | None:
    """Return the field of the form that an error belongs to."""
    named = error.values.get("name") if error.code == "field_invalid" else None
    return named if named in FIELDS else error.kind.field


def as_data(kit: Kit, error: CommentKitError, language: str) -> dict[str, Any]:
    """Return an error's stable code, its sentence and its field."""
    return {
        "code": error.code,
        "message": sentence(kit, error, language),
        "field": field_of(error),
    }


def as_json(kit: Kit, error: CommentKitError, *, language: str) -> Response:
    """Answer a client: the first error, and all of them where a form has several."""
    body: dict[str, Any] = {"error": as_data(kit, error, language)}
    body["errors"] = [as_data(kit, e, language) for e in error.all]
    return finished(jsonify(body), error)


def page(
    kit: Kit,
    error: CommentKitError,
    *,
    language: str,
    back_url: str | None = None,
    typed: str = "",
) -> Response:
    """Answer a person with a page, which gives back what they typed."""
    view = ErrorPage(
        code=error.code,
        message=sentence(kit, error, language),
        assets=kit.assets,
        back_url=back_url,
        typed=typed,
    )
    return finished(
        Response(kit.renderer.render("error.html", language=language, view=view)), error
    )


def finished(response: Response, error: CommentKitError) -> Response:
    """Give an answer the status of an error, and when to try again."""
    response.status_code = error.kind.status
    response.headers["Cache-Control"] = "no-store"
    if "retry_after" in error.values:
        response.headers["Retry-After"] = str(error.values["retry_after"])
    return response
