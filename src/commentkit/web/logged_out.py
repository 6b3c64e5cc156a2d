"""Back from a logout at a provider (OpenID Connect RP-Initiated Logout 1.0 §3); it ends nothing."""

from flask import Response, request

from commentkit.view import LoggedOutPage
from commentkit.web.kit import Kit
from commentkit.web.signin import provider_named


def page(kit: Kit, provider: str) -> Response:
    """Say to a person where they are logged out."""
    view = LoggedOutPage(assets=kit.assets, provider=provider_named(kit, provider).label)
    said = request.args.get("lang") or request.headers.get("Accept-Language")
    language = kit.renderer.negotiate(said, "en")
    return Response(kit.renderer.render("logged_out.html", language=language, view=view))
