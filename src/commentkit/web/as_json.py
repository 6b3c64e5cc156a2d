"""JSON answers, spelled the same under every host."""

from json import JSONEncoder
from typing import Any

from flask import Response

_ENCODER = JSONEncoder(separators=(",", ":"), check_circular=False)


def as_json(data: dict[str, Any], *, status: int = 200) -> Response:
    """Answer with an object; a host's own way of writing JSON, which may cost more, is its own."""
    return Response(_ENCODER.encode(data), status=status, content_type="application/json")
