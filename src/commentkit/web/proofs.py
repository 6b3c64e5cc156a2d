"""Who asks: the token a request carries, how it came, and how a new one is handed out."""

from dataclasses import dataclass, field
from functools import partial

from flask import Response, request

from commentkit.errors import CommentKitError
from commentkit.model.database import Asked
from commentkit.people import tokens
from commentkit.people.tokens import Issued
from commentkit.people.viewer import Viewer
from commentkit.web import cookies, host_users
from commentkit.web.call import Call

_MAX_SECRET = 100


@dataclass(frozen=True)
class Proof:
    """A token's secret as the request carried it."""

    secret: str = field(repr=False)
    transport: str


def proof_of(call: Call) -> Proof | None:
    """Return the first proof a request carries: bearer, partitioned cookie, page cookie.

    Cookies count only from origins of this site; the door has checked that. The page cookie counts
    only on our own origin.
    """
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _proof(bearer.strip(), "bearer")
    partitioned = request.cookies.get(cookies.partitioned_name(call.site.name))
    if partitioned and not call.own_origin:
        return _proof(partitioned, "partitioned")
    page = request.cookies.get(cookies.page_name(call.site.name, call.kit.settings))
    if page and call.own_origin:
        return _proof(page, "page")
    return None


def _proof(secret: str, transport: str) -> Proof:
    return Proof(secret if len(secret) <= _MAX_SECRET else "", transport)


def viewer_of(call: Call, db: Asked, *, strict: bool = True) -> Viewer:
    """Return whoever asks, or nobody; a proof that has ended raises `token_expired` where `strict`.

    A bearer or a partitioned token is good only on the origin it was issued for. Whom the host
    names comes before any token.
    """
    if call.host_user is not None:
        return host_users.viewer(call, db, call.host_user)
    proof = proof_of(call)
    nobody = Viewer(site_id=call.site.id)
    if proof is None:
        return nobody
    try:
        viewer = tokens.find(
            db, site_id=call.site.id, secret=proof.secret, settings=call.kit.settings, now=call.now
        )
        _demand_transport(viewer, proof, call)
    except CommentKitError:
        if strict:
            raise
        return nobody
    return viewer


def _demand_transport(viewer: Viewer, proof: Proof, call: Call) -> None:
    token = viewer.token
    if token is None or (token.transport, token.origin) != (proof.transport, call.origin):
        raise CommentKitError("token_expired")


def keep_alive(call: Call, viewer: Viewer) -> None:
    """Record now and then that a token is in use; HEAD leaves no trace."""
    if request.method == "HEAD":
        return
    if viewer.token is not None and tokens.wants_touch(viewer.token, call.now):
        touch = partial(tokens.touch, token=viewer.token, now=call.now)
        call.kit.database.write(touch, repeatable=True)


def checked_transport(call: Call, asked: str) -> str:
    """Return how a new token will be handed out; raises `field_invalid`.

    On our own origin it is always the page cookie, which no script can read.
    """
    if call.own_origin:
        return "page"
    if asked not in ("partitioned", "bearer"):
        raise CommentKitError("field_invalid", {"name": "transport"})
    return asked


def hand_out(call: Call, response: Response, issued: Issued) -> None:
    """Put a new token into its cookie; a bearer goes in the body instead."""
    token = issued.viewer.token
    if token is None:
        return
    settings = call.kit.settings
    seconds = settings.token_seconds if token.persistent else None
    if token.transport == "partitioned":
        name = cookies.partitioned_name(call.site.name)
        cookies.set_partitioned(response, name, issued.secret, seconds=seconds)
    elif token.transport == "page":
        cookies.set_page(
            response, call.site.name, issued.secret, seconds=seconds, settings=settings
        )


def bearer_of(issued: Issued | None) -> str | None:
    """Return the secret that a script must keep, where there is no cookie for it."""
    if issued is None or issued.viewer.token is None:
        return None
    return issued.secret if issued.viewer.token.transport == "bearer" else None


def forget(call: Call, response: Response) -> None:
    """Remove this site's cookies from the browser."""
    if call.own_origin:
        cookies.set_page(response, call.site.name, "", seconds=0, settings=call.kit.settings)
    else:
        cookies.clear_partitioned(response, cookies.partitioned_name(call.site.name))
