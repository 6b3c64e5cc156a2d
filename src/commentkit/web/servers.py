"""Which server: asked on a page of ours before a sign-in with a provider that has many."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Response, jsonify, request

from commentkit.errors import CommentKitError
from commentkit.signin.flow import CLIENT_DOCUMENT
from commentkit.signin.instances import MAX_TYPED_CHARS
from commentkit.signin.provider import Provider
from commentkit.view import ConnectingPage, InstancePage
from commentkit.web import cookies, refusals
from commentkit.web.bodies import Fields
from commentkit.web.call import Call
from commentkit.web.kit import Kit

FIELD = "instance"


def typed(fields: Fields) -> str:
    """Read what was typed; raises `field_invalid` for what is far too long."""
    return fields.text(FIELD, limit=MAX_TYPED_CHARS).strip()


def count(call: Call) -> None:
    """Count one server that somebody had us ask; raises `too_many`."""
    call.limit("sign_in_server")
    call.limit_site("sign_in_server_site")


def ask(
    call: Call,
    provider: Provider,
    *,
    action_url: str,
    sent: Mapping[str, Any],
    back_url: str | None = None,
    error: CommentKitError | None = None,
) -> Response:
    """Ask for the person's server; `sent` is what the page's form sends along."""
    known = request.cookies.get(cookies.server_name(provider.name, call.kit.settings), "")
    view = InstancePage(
        assets=call.kit.assets,
        site_title=call.site.title,
        provider=provider.label,
        label=provider.instance_label,
        example=provider.instance_example,
        typed=str(sent.get(FIELD, unquote(known)))[:MAX_TYPED_CHARS],
        known_there=bool(known) and provider.capabilities.account_choice is None,
        action_url=action_url,
        hidden=tuple(_carried(sent.items())),
        error=refusals.sentence(call.kit, error, call.language) if error else "",
        back_url=back_url,
    )
    html = call.kit.renderer.render("signin_instance.html", language=call.language, view=view)
    return Response(html, status=error.kind.status if error else 200)


def _carried(sent: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, str]]:
    return ((name, str(value)) for name, value in sent if name != FIELD)


def is_about_server(error: CommentKitError) -> bool:
    """Tell whether the page should be shown again, with what was typed."""
    return error.kind.field == FIELD


def leave(
    call: Call, provider: Provider, url: str, *, typed: str, back_url: str | None = None
) -> Response:
    """Lead on from a form; a redirect would need every server of the world in its policy."""
    many = provider.capabilities.instances
    view = ConnectingPage(
        assets=call.kit.assets,
        site_title=call.site.title,
        provider=(urlsplit(url).hostname or "") if many else provider.label,
        url=url,
        back_url=back_url,
    )
    html = call.kit.renderer.render("signin_connecting.html", language=call.language, view=view)
    response = Response(html)
    if typed:
        cookies.set_server(response, provider.name, typed, settings=call.kit.settings)
    return response


def client_document(kit: Kit) -> Response:
    """Say who we are to servers that read a client's document instead of registering it."""
    home, named = kit.settings.base_url, urlsplit(kit.settings.public_url)
    document = {
        "client_id": f"{home}{CLIENT_DOCUMENT}",
        "client_name": named.hostname,
        "client_uri": home,
        "application_type": "web",
        "redirect_uris": [
            kit.callback_url(provider.name)
            for provider in kit.providers.values()
            if provider.client_document
        ],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "scope": "atproto",
        "token_endpoint_auth_method": "none",
        "dpop_bound_access_tokens": True,
    }
    response = jsonify(document)
    response.headers["Cache-Control"] = "public, max-age=600"
    return response
