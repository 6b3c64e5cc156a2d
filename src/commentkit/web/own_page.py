"""The pages of providers that have no server of their own: shown, and taken at their word."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response, request

from commentkit import sites
from commentkit.errors import CommentKitError
from commentkit.limits import client_key
from commentkit.model import Attempt
from commentkit.signin import attempts, flow
from commentkit.signin.own_page import CANCEL, Answered, OwnPage, Sent, Shown, Visit
from commentkit.sites import KnownSite
from commentkit.view import OwnPageView
from commentkit.web import callback, cookies, origins, refusals
from commentkit.web.bodies import read_form
from commentkit.web.call import client_ip
from commentkit.web.kit import Kit
from commentkit.web.signin import provider_named


def page(kit: Kit, provider: str) -> Response:
    """Show the page to the browser that began the attempt, and take what its form sends."""
    chosen = provider_named(kit, provider)
    if not isinstance(chosen, OwnPage):
        raise CommentKitError("not_found")
    sent = _sent(kit)
    stand = _stand(kit, chosen, sent.get("state", ""))
    if stand is None:
        return _elsewhere(kit, chosen)
    if request.method != "POST":
        return _shown(stand, chosen.show(stand.visit, sent))
    return _acted(stand, sent)


def _sent(kit: Kit) -> Sent:
    if request.method != "POST":
        return flow.read_params(request.args.items(multi=True))
    origins.demand_same_origin(request, kit.settings.origin)
    return {name: str(value) for name, value in read_form(request).values.items()}


@dataclass(frozen=True)
class _Stand:
    """Where an attempt stands."""

    kit: Kit
    provider: OwnPage
    site: KnownSite
    language: str
    visit: Visit


def _stand(kit: Kit, provider: OwnPage, state: str) -> _Stand | None:
    """Find the attempt; None for a stranger whom this provider has something to say to."""
    now = kit.clock()
    with kit.database.read() as db:
        try:
            attempt, cookie = attempts.waiting(
                db,
                provider=provider,
                state=state,
                held=cookies.held_attempts(request, kit.settings),
                now=now,
            )
        except CommentKitError as error:
            if error.code == "attempt_foreign" and provider.elsewhere and request.method == "GET":
                return None
            raise
        site = sites.by_id(db, attempt.site_id)
    language = kit.renderer.negotiate(attempt.language, site.language)
    return _Stand(kit, provider, site, language, _visit(kit, site, attempt, state, cookie))


def _visit(kit: Kit, site: KnownSite, attempt: Attempt, state: str, cookie: str) -> Visit:
    network = client_key(client_ip(request, kit.settings))

    def limit(action: str, who: str) -> None:
        kit.limiter.hit(action, site_id=site.id, who=who or network)

    return Visit(
        database=kit.database,
        site_id=site.id,
        site_title=site.title,
        attempt_id=attempt.id,
        state=state,
        nonce=flow.nonce_of(cookie),
        secret=attempt.provider_secret,
        expires_at=attempt.expires_at,
        now=kit.clock(),
        limit=limit,
    )


def _acted(stand: _Stand, sent: Sent) -> Response:
    try:
        done = Answered(CANCEL) if "cancel" in sent else stand.provider.act(stand.visit, sent)
    except CommentKitError as error:
        return _refused(stand, sent, error)
    if isinstance(done, Shown):
        return _shown(stand, done)
    params = {**done.params, "state": stand.visit.state}
    return callback.finish(stand.kit, stand.provider, params)


def _refused(stand: _Stand, sent: Sent, error: CommentKitError) -> Response:
    """Show the page as it stands by now, with what is wrong and what was typed."""
    now = _stand(stand.kit, stand.provider, stand.visit.state)
    assert now is not None
    response = _shown(now, now.provider.show(now.visit, sent), error=error, typed=sent)
    return refusals.finished(response, error)


def _shown(
    stand: _Stand,
    shown: Shown,
    *,
    error: CommentKitError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    kit, language = stand.kit, stand.language
    view = OwnPageView(
        assets=kit.assets,
        site_title=stand.site.title,
        provider=stand.provider.label,
        action_url=_address(stand),
        state=stand.visit.state,
        script=kit.static(shown.script) if shown.script else None,
        page=shown.page,
        errors=_said(kit, error, language) if error else {},
        typed=typed or {},
    )
    return Response(kit.renderer.render(f"own/{shown.template}.html", language=language, view=view))


def _address(stand: _Stand) -> str:
    """Return where the page's forms go, by which it can also be opened once more."""
    page = f"{stand.kit.callback_url(stand.provider.name)}/page"
    return f"{page}?{urlencode({'state': stand.visit.state})}"


def _said(kit: Kit, error: CommentKitError, language: str) -> dict[str, str]:
    field = refusals.field_of(error) or "page"
    return {field: refusals.sentence(kit, error, language)}


def _elsewhere(kit: Kit, provider: OwnPage) -> Response:
    """Say to another browser that it can do nothing; whose link it is stays unsaid."""
    language = kit.renderer.negotiate(request.headers.get("Accept-Language"), "en")
    view = {"assets": kit.assets, "provider": provider.label}
    html = kit.renderer.render(f"own/{provider.elsewhere}.html", language=language, view=view)
    return Response(html, status=403)
