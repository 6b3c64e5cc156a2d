"""The windows of a sign-in: there, back, and the ways home when the opener was cut off."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from flask import Request, Response, request
from sqlalchemy.orm import Session

from commentkit import signals, sites
from commentkit.discussion import drafts, threads
from commentkit.discussion.addresses import canonical_url
from commentkit.discussion.threads import Page
from commentkit.errors import CommentKitError
from commentkit.model import Attempt, Identity, Thread
from commentkit.people.host_users import HostUser
from commentkit.people.tokens import Issued
from commentkit.signin import flow, tickets, way_back
from commentkit.signin.flow import Held, Start
from commentkit.signin.outcome import LINK, Finished
from commentkit.signin.own_page import OwnPage
from commentkit.signin.provider import Provider
from commentkit.signin.way_back import Look
from commentkit.sites import KnownSite
from commentkit.view import SignedInPage, SignInFailedPage
from commentkit.web import (
    acts,
    asks,
    cookies,
    host_users,
    origins,
    proofs,
    refusals,
    section,
    servers,
)
from commentkit.web.bodies import Fields, form_of, read_form
from commentkit.web.call import Call
from commentkit.web.kit import Kit
from commentkit.web.redirects import see_other
from commentkit.web.told import tell

TICKET_HASH = "#commentkit-ticket="
_MOST_ATTEMPTS = 12
"""That a browser holds at once. Another site can send a window to begin one after the other, and
some seventy cookies are more than a server reads of a request, the host's own pages included."""


def begin(call: Call, provider: str) -> Response:
    """Begin an attempt for the widget and send the window to the provider."""
    _demand_window(request)
    query = Fields(dict(request.args.items()))
    start = _read_start(call, query)
    call.limit("sign_in_start")
    try:
        about = _about(call, start, asks.page_of(call, query))
        named = provider_named(call.kit, provider)
        if named.capabilities.instances:
            flow.check_start(about, call.site, named, call.kit.settings)
            return _ask_server(call, named, query)
        return _leave(call, provider, about)
    except CommentKitError as error:
        return _failed_start(call, start, query, error)


def _read_start(call: Call, said: Fields) -> Start:
    start = Start(
        mode=said.text("mode", limit=8) or "popup",
        origin=said.text("origin", limit=300),
        aid=said.text("aid", limit=64),
        challenge=said.optional("challenge", limit=64),
        switch=said.flag("switch"),
        language=call.language,
    )
    if start.mode == "page":
        raise CommentKitError("attempt_invalid")
    return start


def _ask_server(
    call: Call, provider: Provider, said: Fields, error: CommentKitError | None = None
) -> Response:
    """Ask in the sign-in window which server, and carry along what the window was opened with."""
    return servers.ask(
        call,
        provider,
        action_url=f"{call.endpoint}/sign-in/{provider.name}/server",
        sent={"lang": call.language, **said.values},
        error=error,
    )


def choose_server(call: Call, provider: str) -> Response:
    """Begin the attempt at the server that was named on our own page."""
    form = read_form(request)
    start = replace(_read_start(call, form), instance=servers.typed(form))
    named = provider_named(call.kit, provider)
    servers.count(call)
    try:
        started, url = go(call, provider, _about(call, start, asks.page_of(call, form)))
    except CommentKitError as error:
        if servers.is_about_server(error):
            return _ask_server(call, named, form, error)
        return _failed_start(call, start, form, error)
    response = servers.leave(call, named, url, typed=start.instance or "")
    bind(call, response, started)
    return response


def _demand_window(asking: Request) -> None:
    """Refuse what no person sees: a picture's or a frame's load, a script's, a look ahead."""
    destination = asking.headers.get("Sec-Fetch-Dest", "document")
    mode = asking.headers.get("Sec-Fetch-Mode", "navigate")
    if asking.method == "HEAD":
        raise CommentKitError("method_not_allowed")
    if (destination, mode) != ("document", "navigate"):
        raise CommentKitError("attempt_invalid")


def _about(call: Call, start: Start, page: Page) -> Start:
    """Note which page waits; one that can have no thread is reached by its opener alone."""
    try:
        key, url = page.thread_key, canonical_url(page.url or "")
    except CommentKitError:
        return start
    return replace(start, thread_key=key, page_url=url if call.site.owns(url) else None)


def provider_named(kit: Kit, name: str) -> Provider:
    """Return a configured provider; raises `unknown_provider`."""
    if name not in kit.providers:
        raise CommentKitError("unknown_provider")
    return kit.providers[name]


def _leave(call: Call, name: str, start: Start) -> Response:
    started, url = go(call, name, start)
    response = see_other(url)
    bind(call, response, started)
    return response


def go(call: Call, name: str, start: Start) -> tuple[flow.Started, str]:
    """Begin an attempt; returns it and the provider's address."""
    kit = call.kit
    started = flow.begin(
        kit.database,
        site=call.site,
        provider=provider_named(kit, name),
        start=start,
        services=kit.services,
        redirect_uri=kit.callback_url(name),
        settings=kit.settings,
        now=call.now,
    )
    return started, started.url


def bind(call: Call, response: Response, started: flow.Started) -> None:
    """Bind an attempt to this browser, which forgets its oldest ones where they are too many."""
    settings = call.kit.settings
    for site_id, attempt_id, _ in cookies.held_attempts(request, settings)[_MOST_ATTEMPTS - 1 :]:
        cookies.clear_attempt(response, site_id=site_id, attempt_id=attempt_id, settings=settings)
    cookies.set_attempt(
        response,
        site_id=call.site.id,
        attempt_id=started.attempt_id,
        secret=started.cookie,
        seconds=started.seconds,
        settings=settings,
    )


def _failed_start(call: Call, start: Start, said: Fields, error: CommentKitError) -> Response:
    """Say it in the popup, and to its opener where that is a page of the site."""
    if start.origin not in call.site.origins:
        raise error
    asked = str(said.values.get("url", ""))
    back = asked if call.site.owns(asked) else call.site.return_url
    fault = _Failure(start.mode, start.aid, start.origin, error, back)
    return _failed_page(call.kit, call.site, call.language, fault)


def callback_of_server(kit: Kit, provider: str, server: str) -> Response:
    """Take the answer of one of a provider's many servers, at that server's own address."""
    return callback(kit, provider, came_to=f"{kit.callback_url(provider)}/{server}")


def callback(kit: Kit, provider: str, *, came_to: str | None = None) -> Response:
    """Take the provider's answer, by GET or by a form it posts."""
    if request.method == "HEAD":  # whoever looks ahead must not use the attempt up
        raise CommentKitError("method_not_allowed")
    chosen = provider_named(kit, provider)
    posted = request.method == "POST"
    if isinstance(chosen, OwnPage) or (posted and not (chosen.form_post and kit.settings.secure)):
        raise CommentKitError("link_invalid")
    given = form_of(request) if posted else request.args
    return answered(kit, chosen, flow.read_params(given.items(multi=True)), came_to=came_to)


def _accounts_here(kit: Kit, named: HostUser | None, db: Session, site_id: int) -> Collection[int]:
    """Return the accounts of a site that this browser is signed in to on our own pages."""
    call = call_for(kit, sites.by_id(db, site_id), "en")
    if host_users.asks(kit, call.site):
        call = replace(call, host_user=named)
    return proofs.viewer_of(call, db, strict=False).account_ids


def answered(
    kit: Kit, provider: Provider, params: Mapping[str, str], *, came_to: str | None = None
) -> Response:
    """Finish the attempt that an answer belongs to, and lead its window on."""
    finished = flow.callback(
        kit.database,
        provider=provider,
        params=params,
        held=held(kit),
        services=kit.services,
        redirect_uri=kit.callback_url(provider.name),
        settings=kit.settings,
        now=kit.clock(),
        accounts_here=partial(_accounts_here, kit, host_users.named(kit)),
        came_to=came_to,
    )
    with kit.database.read() as db:
        site = sites.by_id(db, finished.attempt.site_id)
    if finished.attempt.mode == "page":
        return _home_without_script(kit, site, finished)
    if finished.identity is None:
        return _failed(kit, site, finished)
    return _delivered(kit, site, finished.attempt, finished.identity)


def held(kit: Kit) -> list[Held]:
    """Return the attempts this browser holds."""
    return [Held(*each) for each in cookies.held_attempts(request, kit.settings)]


def _language(kit: Kit, site: KnownSite, attempt: Attempt) -> str:
    return kit.renderer.negotiate(attempt.language, site.language)


def _delivered(kit: Kit, site: KnownSite, attempt: Attempt, identity: Identity) -> Response:
    """Hand the ticket to the opener; a tab that had none needs a click of its own."""
    popup = attempt.mode == "popup"
    ticket = ""
    if popup:
        ticket = _mint(kit, attempt, now=kit.clock())
    call = call_for(kit, site, _language(kit, site, attempt))
    view = SignedInPage(
        assets=kit.assets,
        site_title=site.title,
        person=section.held(call, identity).person,
        aid=attempt.aid,
        ticket=ticket,
        origin=attempt.origin,
        continue_url=f"{call.endpoint}/sign-in/continue",
        destination=_destination(kit, site, attempt),
        hidden=(("attempt", str(attempt.id)), ("lang", call.language)),
    )
    name = "signin_delivered.html" if popup else "signin_continue.html"
    response = Response(kit.renderer.render(name, language=call.language, view=view))
    origins.harden_page(response, kit.settings, form_targets=(attempt.origin,))
    return response


def _mint(kit: Kit, attempt: Attempt, *, now: datetime) -> str:
    mint = partial(tickets.mint, attempt=attempt, settings=kit.settings, now=now)
    return kit.database.write(mint, repeatable=True)


def call_for(kit: Kit, site: KnownSite, language: str) -> Call:
    """Make a call about a site that the address did not name."""
    return Call(kit=kit, site=site, language=language, origin=kit.settings.origin, now=kit.clock())


def _destination(kit: Kit, site: KnownSite, attempt: Attempt) -> str | None:
    """Return where a click would lead the ticket, once the server has looked there."""
    address = way_back.registered(site, attempt.origin)
    if address is not None:
        return address
    thread = _thread(kit, site, attempt)
    url = thread.url if thread is not None and thread.url else attempt.page_url
    return url if way_back.usable(url, attempt.origin) else None


def _thread(kit: Kit, site: KnownSite, attempt: Attempt) -> Thread | None:
    if attempt.thread_key is None:
        return None
    with kit.database.read() as db:
        return threads.find(db, site, attempt.thread_key)


def go_on(call: Call) -> Response:
    """After a click on a page that named site and account: lead the ticket home."""
    number = read_form(request).number("attempt") or 0
    call.limit("redeem")
    with call.kit.database.read() as db:
        attempt = flow.held_attempt(
            db, site_id=call.site.id, attempt_id=number, held=held(call.kit)
        )
    address = _way_back(call, attempt)
    ticket = _mint(call.kit, attempt, now=call.now)
    response = see_other(f"{address.partition('#')[0]}{TICKET_HASH}{attempt.aid}.{ticket}")
    cookies.clear_attempt(
        response, site_id=call.site.id, attempt_id=attempt.id, settings=call.kit.settings
    )
    return response


def _way_back(call: Call, attempt: Attempt) -> str:
    address = _destination(call.kit, call.site, attempt)
    if address is None:
        raise CommentKitError("way_back_unknown")
    if address != call.site.return_url:
        _look_at(call, attempt, address)
    return address


def _look_at(call: Call, attempt: Attempt, url: str) -> None:
    """Fetch the page ourselves before a ticket may travel there, once a day."""
    thread = _thread(call.kit, call.site, attempt)
    known = thread is not None and thread.url == url
    if known and thread is not None and way_back.checked_lately(thread, now=call.now):
        return
    seen = way_back.look(
        call.kit.services.http, url, embed_url=f"{call.kit.settings.base_url}/embed.js"
    )
    if seen is None or not seen.may_lead_home:
        raise CommentKitError("way_back_unknown")
    _remember_look(call, attempt, url, seen)


def _remember_look(call: Call, attempt: Attempt, url: str, seen: Look) -> None:
    """Note it on the thread, made now where the site lets this page have one."""
    key = attempt.thread_key or ""

    def note(db: Session) -> None:
        try:
            page = Page(key=key, url=url)
            thread = threads.open_for(db, call.site, page, now=call.now, tag_seen=seen.is_for(key))
        except CommentKitError:
            return
        if thread.url == url:
            thread.url_checked_at = call.now

    call.kit.database.write(note, repeatable=True)


def _failed(kit: Kit, site: KnownSite, finished: Finished) -> Response:
    attempt = finished.attempt
    error = finished.error or CommentKitError("internal")
    language = _language(kit, site, attempt)
    thread = _thread(kit, site, attempt)
    url = thread.url if thread is not None else attempt.page_url
    back = url if url and site.owns(url) else site.return_url
    fault = _Failure(attempt.mode, attempt.aid, attempt.origin, error, back)
    response = _failed_page(kit, site, language, fault)
    cookies.clear_attempt(response, site_id=site.id, attempt_id=attempt.id, settings=kit.settings)
    return response


@dataclass(frozen=True)
class _Failure:
    """What a window must say and whom it says it to."""

    mode: str
    aid: str
    origin: str
    error: CommentKitError
    back: str | None
    """The page of the comment, where it is known."""


def _failed_page(kit: Kit, site: KnownSite, language: str, fault: _Failure) -> Response:
    view = SignInFailedPage(
        assets=kit.assets,
        site_title=site.title,
        aid=fault.aid,
        origin=fault.origin,
        code=fault.error.code,
        message=refusals.sentence(kit, fault.error, language),
        back_url=f"{fault.back.partition('#')[0]}#comments" if fault.back else None,
        alone=fault.mode == "tab",
    )
    html = kit.renderer.render("signin_failed.html", language=language, view=view)
    return Response(html, status=fault.error.kind.status)


def _home_without_script(kit: Kit, site: KnownSite, finished: Finished) -> Response:
    """Mode `page`: the browser is on our own origin, so its cookie is set here and now."""
    attempt = finished.attempt
    call = call_for(kit, site, _language(kit, site, attempt))
    response = see_other(_home(call, finished))
    tell(call, response)
    if finished.identity is None:
        _note_failure(call, finished)
    else:
        proofs.hand_out(call, response, _signed_in(call, finished, finished.identity))
    cookies.clear_attempt(response, site_id=site.id, attempt_id=attempt.id, settings=kit.settings)
    return response


def _home(call: Call, finished: Finished) -> str:
    """Return where the browser goes on; the account page is told what went wrong by its address."""
    home = finished.attempt.return_to or call.endpoint
    place = f"{call.endpoint}/account"
    if finished.error is None or home.partition("?")[0] != place:
        return home
    said = {"problem": finished.error.code, "provider": finished.attempt.provider}
    return f"{place}?{urlencode(said | {'lang': call.language})}"


def _signed_in(call: Call, finished: Finished, identity: Identity) -> Issued:
    links = finished.attempt.purpose == LINK

    def issue(db: Session) -> Issued:
        previous = proofs.viewer_of(call, db, strict=False)
        if finished.change is not None:
            acts.announce(db, signals.account_changed, site=call.site, change=finished.change)
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


def _note_failure(call: Call, finished: Finished) -> None:
    error = finished.error or CommentKitError("internal")
    cookie = request.cookies.get(cookies.draft_name(call.site.name, call.kit.settings), "")
    note = partial(
        drafts.note,
        site_id=call.site.id,
        cookie=cookie,
        code=error.code,
        about=str(error.values.get("provider", "")),
        now=call.now,
    )
    call.kit.database.write(note, repeatable=True)
