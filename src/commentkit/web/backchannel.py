"""Where an issuer tells that somebody logged out there (OpenID Connect Back-Channel Logout 1.0)."""

import logging
from typing import TYPE_CHECKING

from flask import Response, request
from sqlalchemy.orm import Session

from commentkit import ids, sites
from commentkit.errors import CommentKitError
from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import ProviderError, RoundTrip
from commentkit.web.as_json import as_json
from commentkit.web.bodies import form_of
from commentkit.web.kit import Kit

if TYPE_CHECKING:
    from commentkit.signin.logout import Logout

_log = logging.getLogger("commentkit.signin")


def logged_out(kit: Kit, provider: str) -> Response:
    """End what began with a sign-in that has ended at its issuer; 400 for what proves nothing."""
    named = kit.providers.get(provider)
    if not isinstance(named, OpenIDConnect):
        raise CommentKitError("unknown_provider")
    try:
        told = _read(kit, named)
        ended = _end(kit, named, told)
    except ProviderError as error:
        _log.warning("%s told of a logout that cannot be believed: %s", provider, error)
        return _refused("The logout token cannot be believed.")
    if ended is None:
        return _refused("The logout token was used before.")
    return Response(status=200)


def _read(kit: Kit, provider: OpenIDConnect) -> "Logout":
    try:
        sent = form_of(request).getlist("logout_token")
    except CommentKitError:
        sent = []
    if len(sent) != 1:
        raise ProviderError("bad_answer", "logout: no token")
    trip = RoundTrip(
        http=kit.services.http,
        metadata=kit.services.metadata,
        redirect_uri=kit.callback_url(provider.name),
        state="",
        nonce=ids.new_secret(),
        code_verifier="",
        now=kit.clock(),
    )
    return provider.logged_out(trip, sent[0])


def _end(kit: Kit, provider: OpenIDConnect, told: "Logout") -> int | None:
    from commentkit.signin import logout  # cryptography, for who is told of a logout

    def work(db: Session) -> int | None:
        everywhere = [site.id for site in sites.everyone(db)]
        return logout.end(db, told, issuer=provider.issuer, site_ids=everywhere, now=kit.clock())

    return kit.database.write(work)


def _refused(why: str) -> Response:
    """Answer as §2.8 wants it."""
    response = as_json({"error": "invalid_request", "error_description": why})
    response.status_code = 400
    return response
