"""What a request carries, read strictly: size, type, and each field's own type."""

import json
from dataclasses import dataclass
from typing import Any

from flask import Request
from werkzeug.datastructures import MultiDict

from commentkit import ids
from commentkit.errors import CommentKitError

MAX_BYTES = 64 * 1024
MAX_FORM_BYTES = 3 * MAX_BYTES
"""A form spells each byte beyond ASCII with three characters: as much text as in `MAX_BYTES`."""
_FORM = "application/x-www-form-urlencoded"
_MAX_DEPTH = 8


@dataclass(frozen=True)
class Fields:
    """The fields of a JSON object or a form; a value of the wrong type raises `field_invalid`."""

    values: dict[str, Any]

    def text(self, name: str, *, limit: int = 2_000) -> str:
        """Return a string field; missing or null is empty."""
        value = self.values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > limit:
            raise CommentKitError("field_invalid", {"name": name})
        return value

    def optional(self, name: str, *, limit: int = 2_000) -> str | None:
        """Return a string field, or None where it is missing or empty."""
        return self.text(name, limit=limit) or None

    def flag(self, name: str) -> bool:
        """Return a checkbox: JSON true, or a form's `on`, `1` or `true`."""
        value = self.values.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        if value in ("on", "1", "true", ""):
            return bool(value)
        raise CommentKitError("field_invalid", {"name": name})

    def number(self, name: str) -> int | None:
        """Return an id given as decimal text."""
        text = self.optional(name, limit=19)
        if text is None:
            return None
        return read_id(text, name=name)

    def inner(self, name: str) -> "Fields":
        """Return a nested object."""
        value = self.values.get(name)
        if not isinstance(value, dict):
            raise CommentKitError("field_invalid", {"name": name})
        return Fields(value)


def read_id(text: str, *, name: str = "id") -> int:
    """Read a 63-bit id; raises `field_invalid`."""
    number = ids.read(text)
    if number is None:
        raise CommentKitError("field_invalid", {"name": name})
    return number


def read_query(asking: Request) -> Fields:
    """Read what an address says; of a name that is given twice, the first."""
    return Fields(dict(asking.args.items()))


def bound(asking: Request) -> None:
    """Let nobody read or parse more of a body than ours may hold, whatever the host admits."""
    asking.max_content_length = asking.max_form_memory_size = MAX_FORM_BYTES


def read_json(asking: Request) -> Fields:
    """Read a JSON object; raises `content_type`, `too_large` or `json_invalid`."""
    if asking.mimetype != "application/json":
        raise CommentKitError("content_type", {"expected": "application/json"})
    body = _body(asking)
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CommentKitError("json_invalid") from error
    if not isinstance(value, dict) or _depth(value) > _MAX_DEPTH:
        raise CommentKitError("json_invalid")
    return Fields(value)


def read_form(asking: Request) -> Fields:
    """Read a form; raises `content_type`, `too_large`, `field_invalid` for a field given twice."""
    sent = form_of(asking)
    for name, values in sent.lists():
        if len(values) > 1:
            raise CommentKitError("field_invalid", {"name": name[:40]})
    return Fields(dict(sent.items()))


def form_of(asking: Request) -> MultiDict[str, str]:
    """Parse a form, once its type and size are known; raises `content_type` or `too_large`."""
    if asking.mimetype != _FORM:
        raise CommentKitError("content_type", {"expected": _FORM})
    if not holds_form(asking):
        raise CommentKitError("too_large")
    return asking.form


def holds_form(asking: Request) -> bool:
    """Tell whether there is a form that may be parsed: posted, of our type, known to be small."""
    size = asking.content_length
    posted = asking.method == "POST" and asking.mimetype == _FORM
    return posted and size is not None and size <= MAX_FORM_BYTES


def _body(asking: Request) -> bytes:
    if asking.content_encoding or (asking.content_length or 0) > MAX_BYTES:
        raise CommentKitError("too_large")
    body = asking.get_data()
    if len(body) > MAX_BYTES:
        raise CommentKitError("too_large")
    return body


def _depth(value: Any, level: int = 1) -> int:
    if level > _MAX_DEPTH or not isinstance(value, dict | list):
        return level
    inner = value.values() if isinstance(value, dict) else value
    return max((_depth(v, level + 1) for v in inner), default=level)
