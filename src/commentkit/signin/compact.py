"""Read signed JSON in its compact form (RFC 7515 §7.1), strictly, before anything is believed."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from commentkit.ids import base64url

MAX_CHARS = 16_384
LAST_SECOND = 253_402_300_799
"""Of the year 9999."""
REFUSED_HEADERS = frozenset({"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc"})
"""By which a token would bring its own key, or its own rules."""


class Unreadable(ValueError):  # noqa: N818 - says what it is
    """What is no such token; the message says where, and nothing of its content."""


@dataclass(frozen=True)
class Compact:
    """A token in parts; nothing in it is verified."""

    header: dict[str, Any]
    payload: bytes
    signed: bytes
    """What the signature is over."""
    signature: bytes


def split(token: str, *, max_chars: int = MAX_CHARS) -> Compact:
    """Take a token apart; raises `Unreadable`."""
    parts = token.split(".")
    if len(token) > max_chars or len(parts) != 3:
        raise Unreadable("form")
    header, payload, signature = (_decode(part) for part in parts)
    signed = f"{parts[0]}.{parts[1]}".encode()
    return Compact(parse(header, "header"), payload, signed, signature)


def parse(data: bytes, name: str) -> dict[str, Any]:
    """Read a JSON object without doubled names and without numbers that are none."""
    try:
        value = json.loads(
            data, object_pairs_hook=_without_doubles, parse_constant=_without_constants
        )
    except (ValueError, RecursionError):
        raise Unreadable(name) from None
    if not isinstance(value, dict):
        raise Unreadable(name)
    return value


def seconds(claims: Mapping[str, Any], name: str) -> float | None:
    """Read a time (RFC 7519 §2, NumericDate); None for what is none that a clock could show."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LAST_SECOND:
        return None
    return float(value)


def _decode(part: str) -> bytes:
    """Decode base64url as RFC 7515 §2 writes it, and in no other spelling."""
    try:
        data = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise Unreadable("encoding") from None
    if base64url(data) != part:
        raise Unreadable("encoding")
    return data


def _without_doubles(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    listed = list(pairs)
    found = dict(listed)
    if len(found) != len(listed):
        raise ValueError("a name occurs twice")
    return found


def _without_constants(name: str) -> Any:
    raise ValueError(name)  # NaN compares with nothing, so it would never expire
