"""Addresses below our prefix that lead nowhere, and those that are asked for in a wrong way."""

from dataclasses import dataclass

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_PAGES = frozenset({"callback", "page", "mail"})
"""What people open themselves: below these, whatever leads nowhere is said by a page."""


@dataclass(frozen=True)
class Found:
    """Why an address does not answer."""

    code: str
    page: bool
    """Said by a page of ours, else as JSON."""
    allowed: tuple[str, ...] = ()
    """The methods that it has instead."""


def look(known: Map, rest: str, method: str) -> Found:
    """Tell whether an address would answer another method; `known` has audiences for endpoints."""
    try:
        known.bind("").match(f"/{rest}", method)
    except MethodNotAllowed as refused:
        allowed = tuple(sorted(refused.valid_methods or ()))
        audience, _ = known.bind("").match(f"/{rest}", allowed[0])
        return Found("method_not_allowed", audience in ("page", "popup"), allowed)
    except HTTPException:
        pass
    return Found("not_found", not _PAGES.isdisjoint(rest.split("/")[:2]))
