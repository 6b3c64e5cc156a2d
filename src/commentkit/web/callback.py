"""A provider's answer: the attempt that it belongs to is finished, and its window led on."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import urlencode

from flask import Response, request
from sqlalchemy.orm import Session

from commentkit import signals, sites
from commentkit.errors import CommentKitError
from commentkit.model import Identity
from commentkit.people.host_users import HostUser
from commentkit.people.tokens import Issued
from commentkit.signin import flow, tickets
from commentkit.signin.outcome import LINK, SIGN_IN, Finished
from commentkit.signin.own_page import OwnPage
from commentkit.signin.provider import Provider
from commentkit.web import acts, cookies, draft, host_users, proofs, window
from commentkit.web.bodies import form_of
from commentkit.web.call import Call, call_for
from commentkit.web.kit import Kit
from commentkit.web.redirects import see_other
from commentkit.web.signin import provider_named
from commentkit.web.told import tell


def take(kit: Kit, provider: str, *, came_to: str | None = None) -> Response:
    """Take the provider's answer, by GET or by a form it posts."""
    if request.method == "HEAD":  # whoever looks ahead must not use the attempt up
        raise CommentKitError("method_not_allowed")
    chosen = provider_named(kit, provider)
    posted = request.method == "POST"
    if isinstance(chosen, OwnPage) or (posted and not (chosen.form_post and kit.settings.secure)):
        raise CommentKitError("link_invalid")
    given = form_of(request) if posted else request.args
    return finish(kit, chosen, flow.read_params(given.items(multi=True)), came_to=came_to)


def take_of_server(kit: Kit, provider: str, server: str) -> Response:
    """Take the answer of one of a provider's many servers, at that server's own address."""
    return take(kit, provider, came_to=f"{kit.callback_url(provider)}/{server}")


def finish(
    kit: Kit, provider: Provider, params: Mapping[str, str], *, came_to: str | None = None
) -> Response:
    """Finish the attempt that an answer belongs to, and lead its window on."""
    at_host = host_users.named(kit)
    finished = flow.callback(
        kit.database,
        provider=provider,
        params=params,
        held=cookies.held_attempts(request, kit.settings),
        services=kit.services,
        redirect_uri=kit.callback_url(provider.name),
        settings=kit.settings,
        now=kit.clock(),
        accounts_here=partial(_accounts_here, kit, at_host),
        came_to=came_to,
    )
    with kit.database.read() as db:
        site = sites.by_id(db, finished.attempt.site_id)
    call = call_for(kit, site, finished.attempt.language)
    if finished.attempt.mode == "page":
        if host_users.asks(kit, site):
            call = replace(call, host_user=at_host)
        return _home_without_script(call, finished)
    if finished.identity is None:
        return window.failed(call, finished)
    return window.delivered(call, finished.attempt, finished.identity)


def _accounts_here(kit: Kit, named: HostUser | None, db: Session, site_id: int) -> Collection[int]:
    """Return the accounts of a site that this browser is signed in to on our own pages."""
    call = call_for(kit, sites.by_id(db, site_id), "en")
    if host_users.asks(kit, call.site):
        call = replace(call, host_user=named)
    return proofs.viewer_of(call, db, strict=False).account_ids


def _home_without_script(call: Call, finished: Finished) -> Response:
    """Mode `page`: the browser is on our own origin, so its cookie is set here and now."""
    attempt, issued = finished.attempt, None
    if finished.identity is not None:
        try:
            issued = _signed_in(call, finished, finished.identity)
        except CommentKitError as error:  # signed out, or erased, since it was proven
            finished = replace(finished, identity=None, error=error)
    response = see_other(_home(call, finished))
    tell(call, response)
    if issued is not None:
        proofs.hand_out(call, response, issued)
    elif finished.identity is None:
        draft.note(call, finished.error or CommentKitError("internal"))
    settings = call.kit.settings
    cookies.clear_attempt(response, site_id=call.site.id, attempt_id=attempt.id, settings=settings)
    return response


def _home(call: Call, finished: Finished) -> str:
    """Return where the browser goes on; the account page is told how it ended by its address."""
    home = finished.attempt.return_to or call.endpoint
    place, said = f"{call.endpoint}/account", _said(finished)
    if not said or home.partition("?")[0] != place:
        return home
    return f"{place}?{urlencode({**said, 'lang': call.language})}"


def _said(finished: Finished) -> Mapping[str, str]:
    """Say what the way back, written when the sign-in began, could not know."""
    if finished.error is not None:
        return {"problem": finished.error.code, "provider": finished.attempt.provider}
    if finished.attempt.purpose == LINK and finished.change is None:
        return {"done": "known"}  # the provider knew the person by the account linked before
    return {}


def _signed_in(call: Call, finished: Finished, identity: Identity) -> Issued | None:
    """Issue the token; none where whom the host names did not ask for one: it would outlast their
    log-in there."""
    links = finished.attempt.purpose == LINK

    def issue(db: Session) -> Issued | None:
        tickets.demand_standing(db, finished.attempt)
        if finished.change is not None:
            acts.announce(db, signals.account_changed, site=call.site, change=finished.change)
        if finished.attempt.purpose != SIGN_IN and call.host_user is not None:
            return None
        previous = proofs.viewer_of(replace(call, host_user=None), db, strict=False)
        return acts.sign_in(
            call,
            db,
            identity,
            previous,
            transport="page",
            keeps_active=links,
            session_hash=finished.attempt.session_hash,
        )

    return call.kit.database.write(issue)
