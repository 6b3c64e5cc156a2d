"""Which pages may ask: exact origins, preflights, and the headers of our own pages."""

from flask import Request, Response

from commentkit.errors import CommentKitError
from commentkit.settings import Settings
from commentkit.sites import KnownSite

HEADER = "X-CommentKit"
_METHODS = "GET, POST, PATCH, DELETE"
_HEADERS = "Authorization, Content-Type, X-CommentKit"
_PREFLIGHT_SECONDS = "600"


def demand_registered(asking: Request, site: KnownSite, own: str) -> str:
    """Return the origin of the asking page; raises unless it is registered for the site.

    The header proves that a page on another origin passed a preflight; without an Origin the page
    can only be our own, and a browser that says otherwise is believed.
    """
    if HEADER not in asking.headers:
        raise CommentKitError("header_missing")
    origin = asking.headers.get("Origin")
    if origin is None and asking.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin":
        origin = own
    if origin not in site.origins:
        raise CommentKitError("origin_not_registered")
    return origin


def demand_same_origin(asking: Request, own: str) -> None:
    """Raise `cross_site` unless a form was sent from a page of the comment server's own origin."""
    fetch_site = asking.headers.get("Sec-Fetch-Site")
    if fetch_site is not None and fetch_site != "same-origin":
        raise CommentKitError("cross_site")
    origin = asking.headers.get("Origin")
    if origin is None and fetch_site is None:
        raise CommentKitError("cross_site")
    if origin is not None and origin != own and not (origin == "null" and fetch_site):
        raise CommentKitError("cross_site")


def preflight(site: KnownSite) -> Response:
    """Answer OPTIONS; who may ask is said by `allow`."""
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = _METHODS
    response.headers["Access-Control-Allow-Headers"] = _HEADERS
    response.headers["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS
    return response


def allow(asking: Request, response: Response, site: KnownSite) -> None:
    """Let exactly the site's registered origins read a personal answer."""
    headers = response.headers
    before = headers.get("Vary")
    if before:
        headers["Vary"] = f"{before}, Origin"
    else:
        headers.add("Vary", "Origin")
    origin = asking.headers.get("Origin")
    if origin in site.origins:  # only said here: adding looks for none to replace
        headers.add("Access-Control-Allow-Origin", origin)
        headers.add("Access-Control-Allow-Credentials", "true")


def harden_page(
    response: Response, settings: Settings, *, form_targets: tuple[str, ...] = ()
) -> None:
    """Give our own pages their policy: nothing inline, nobody frames them, no address leaks.

    `form_targets` are origins that a form of ours may end at after a redirect. `same-origin` and
    not `no-referrer`: under the latter a form's Origin would be `null`.
    """
    targets = " ".join(("'self'", *form_targets))
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"form-action {targets}; base-uri 'none'; frame-ancestors 'none'",
    )
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["X-Robots-Tag"] = "noindex"
