"""Our cookies: their names, and the attributes each needs where it lives."""

from typing import Literal
from urllib.parse import quote

from flask import Request, Response

from commentkit import ids
from commentkit.settings import Settings
from commentkit.signin.attempts import HeldAttempt

PROBE = "__Host-commentkit-probe"
_PROBE_SECONDS = 60
_SERVER_SECONDS = 180 * 86_400
_SameSite = Literal["Lax", "None"]


def partitioned_name(site: str) -> str:
    """Return the name of the widget's cookie for a site."""
    return f"__Host-commentkit-{site}"


def page_name(site: str, settings: Settings) -> str:
    """Return the name of the cookie of our own pages."""
    return _own_name(f"page-{site}", settings)


def draft_name(site: str, settings: Settings) -> str:
    """Return the name of the cookie that finds a draft."""
    return _own_name(f"draft-{site}", settings)


def told_name(site: str, settings: Settings) -> str:
    """Return the name of the cookie that says what our last redirect told."""
    return _own_name(f"told-{site}", settings)


def server_name(provider: str, settings: Settings) -> str:
    """Return the name of the cookie that remembers which server somebody named."""
    return _own_name(f"server-{provider}", settings)


def _attempt_name(site_id: int, attempt_id: int, settings: Settings) -> str:
    return _own_name(f"attempt-{site_id}-{attempt_id}", settings)


def _own_name(rest: str, settings: Settings) -> str:
    """Name a cookie of our own origin; plain http on loopback admits no prefix."""
    return ("__Host-" if settings.secure else "") + f"commentkit-{rest}"


def set_partitioned(response: Response, name: str, value: str, *, seconds: int | None) -> None:
    """Set a cookie that lives in the jar of this site under that top-level page (CHIPS)."""
    _set(response, name, value, seconds=seconds, secure=True, same_site="None", partitioned=True)


def clear_partitioned(response: Response, name: str) -> None:
    """Remove a partitioned cookie: every attribute must match."""
    set_partitioned(response, name, "", seconds=0)


def set_probe(response: Response, value: str) -> None:
    """Set the cookie that tells whether partitioned cookies come back at all."""
    set_partitioned(response, PROBE, value, seconds=_PROBE_SECONDS)


def set_page(
    response: Response, site: str, value: str, *, seconds: int | None, settings: Settings
) -> None:
    """Set the cookie of our own pages."""
    _set(response, page_name(site, settings), value, seconds=seconds, secure=settings.secure)


def set_draft(
    response: Response, site: str, value: str, *, seconds: int, settings: Settings
) -> None:
    """Let the next page find what was typed; no seconds forget it."""
    _set(response, draft_name(site, settings), value, seconds=seconds, secure=settings.secure)


def set_told(response: Response, site: str, word: str, *, seconds: int, settings: Settings) -> None:
    """Let the page that a redirect leads to say what was done."""
    _set(response, told_name(site, settings), word, seconds=seconds, secure=settings.secure)


def set_attempt(
    response: Response,
    *,
    site_id: int,
    attempt_id: int,
    secret: str,
    seconds: int,
    settings: Settings,
) -> None:
    """Bind an attempt to this browser."""
    name = _attempt_name(site_id, attempt_id, settings)
    _set_attempt(response, name, secret, seconds=seconds, settings=settings)


def set_server(response: Response, provider: str, typed: str, *, settings: Settings) -> None:
    """Remember which server somebody named, for the next time."""
    name = server_name(provider, settings)
    _set(response, name, quote(typed), seconds=_SERVER_SECONDS, secure=settings.secure)


def clear_attempt(response: Response, *, site_id: int, attempt_id: int, settings: Settings) -> None:
    """Remove the cookie of a finished attempt."""
    name = _attempt_name(site_id, attempt_id, settings)
    _set_attempt(response, name, "", seconds=0, settings=settings)


def _set_attempt(
    response: Response, name: str, value: str, *, seconds: int, settings: Settings
) -> None:
    """Set one with `SameSite=None` where that may be: a provider may answer by a form."""
    secure = settings.secure
    same_site: _SameSite = "None" if secure else "Lax"
    _set(response, name, value, seconds=seconds, secure=secure, same_site=same_site)


def _set(
    response: Response,
    name: str,
    value: str,
    *,
    seconds: int | None,
    secure: bool,
    same_site: _SameSite = "Lax",
    partitioned: bool = False,
) -> None:
    """Set a cookie for every path of ours, out of the reach of scripts."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=secure,
        httponly=True,
        samesite=same_site,
        partitioned=partitioned,
    )


def held_attempts(asking: Request, settings: Settings) -> list[HeldAttempt]:
    """Return the attempts that this browser holds, newest first."""
    prefix = _own_name("attempt-", settings)
    found: list[HeldAttempt] = []
    for name, value in asking.cookies.items():
        if name.startswith(prefix):
            site, _, attempt = name.removeprefix(prefix).partition("-")
            site_id, attempt_id = ids.read(site), ids.read(attempt)
            if site_id is not None and attempt_id is not None:
                found.append(HeldAttempt(site_id, attempt_id, value))
    return sorted(found, key=lambda held: -held.attempt_id)
