"""Answers that send the browser elsewhere."""

from flask import Response


def see_other(url: str) -> Response:
    """Send the browser to `url` by GET (RFC 9110 §15.4.4)."""
    return Response(status=303, headers={"Location": url})
