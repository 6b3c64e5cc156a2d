"""Read loosely typed claims strictly: a wrong type is an absent value, never a guess."""

from __future__ import annotations

import re
from typing import Any

from commentkit.signin.provider import Claims

_SURROGATE = re.compile("[\ud800-\udfff]")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_TOO_BIG = 10**64  # far beyond any id; Python refuses to spell out numbers of 4,300 digits


def text(value: Any) -> str | None:
    """Read a string that holds something, or a whole number as its decimal digits.

    A string that is no Unicode text (JSON can spell lone surrogates) is absent as well.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < _TOO_BIG else None
    usable = isinstance(value, str) and value.strip() and not _SURROGATE.search(value)
    return value if usable else None


def subject(value: Any) -> str:
    """Read a permanent id; empty when there is none, which `profiles.settle` refuses."""
    return text(value) or ""


def without_address(value: Any) -> str | None:
    """Read a text that may be shown: some issuers' names are what people sign in with."""
    shown = text(value)
    return None if shown and _ADDRESS.fullmatch(shown.strip()) else shown


def full_name(claims: Claims) -> str | None:
    """Join the parts of a name (OpenID Connect Core 1.0 §5.1)."""
    parts = (text(claims.get("given_name")), text(claims.get("family_name")))
    return " ".join(filter(None, parts)) or None


def flag(value: Any) -> bool:
    """Read a yes: `true`, or the string some providers send instead; all else is no."""
    return value is True or value == "true"


def part(claims: Any, *path: str) -> Any:
    """Walk into nested objects; None where the path ends early."""
    for step in path:
        if not isinstance(claims, dict):
            return None
        claims = claims.get(step)
    return claims


def objects(value: Any) -> list[Claims]:
    """Read a list, and of it the objects."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def nested(claims: Claims, name: str) -> Claims:
    """Give the object of that name, or an empty one."""
    value = claims.get(name)
    return value if isinstance(value, dict) else {}
