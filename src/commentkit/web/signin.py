"""A sign-in begins: for the widget's window, at a server that people name, for our own pages."""

from dataclasses import replace
from urllib.parse import quote, urlencode

from flask import Request, Response, request

from commentkit.discussion.addresses import canonical_url
from commentkit.discussion.threads import Page
from commentkit.errors import CommentKitError
from commentkit.signin import flow
from commentkit.signin.flow import Start, Started
from commentkit.signin.provider import Provider
from commentkit.web import asks, cookies, servers, window
from commentkit.web.bodies import Fields, read_form, read_query
from commentkit.web.call import Call
from commentkit.web.kit import Kit
from commentkit.web.redirects import see_other
from commentkit.web.window import Failure

_MOST_ATTEMPTS = 12
"""That a browser holds at once. Another site can send a window to begin one after the other, and
some seventy cookies are more than a server reads of a request, the host's own pages included."""


def begin(call: Call, provider: str) -> Response:
    """Begin an attempt for the widget and send the window to the provider."""
    _demand_window(request)
    query = read_query(request)
    start = _read_start(call, query)
    call.limit("sign_in_start")
    try:
        about = _about(call, start, asks.page_of(call, query))
        named = provider_named(call.kit, provider)
        if named.capabilities.instances:
            flow.check_start(about, call.site, named, call.kit.settings)
            return _ask_server(call, named, query)
        return _leave(call, named, about)
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
    sent = {"lang": call.language, **said.values}
    about = urlencode({name: value for name, value in sent.items() if name != servers.FIELD})
    return servers.ask(
        call,
        provider,
        # Said by the address too: whoever opens it by itself, as it stands there, is asked again.
        action_url=f"{call.endpoint}/sign-in/{provider.name}/server?{about}",
        sent=sent,
        error=error,
    )


def ask_again(call: Call, provider: str) -> Response:
    """Lead back to where the window began: the form's own address was opened by itself."""
    place = f"{call.endpoint}/sign-in/{quote(provider, safe='')}"
    return see_other(f"{place}?{urlencode(read_query(request).values)}")


def choose_server(call: Call, provider: str) -> Response:
    """Begin the attempt at the server that was named on our own page."""
    form = read_form(request)
    start = replace(_read_start(call, form), instance=servers.typed(form))
    named = provider_named(call.kit, provider)
    servers.count(call)
    try:
        started = go(call, named, _about(call, start, asks.page_of(call, form)))
    except CommentKitError as error:
        if servers.is_about_server(error):
            return _ask_server(call, named, form, error)
        return _failed_start(call, start, form, error)
    response = servers.leave(call, named, started.url, typed=start.instance or "")
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


def _leave(call: Call, provider: Provider, start: Start) -> Response:
    started = go(call, provider, start)
    response = see_other(started.url)
    bind(call, response, started)
    return response


def go(call: Call, provider: Provider, start: Start) -> Started:
    """Begin an attempt, which says where the window goes."""
    kit = call.kit
    return flow.begin(
        kit.database,
        site=call.site,
        provider=provider,
        start=start,
        services=kit.services,
        redirect_uri=kit.callback_url(provider.name),
        settings=kit.settings,
        now=call.now,
    )


def bind(call: Call, response: Response, started: Started) -> None:
    """Bind an attempt to this browser, which forgets its oldest ones where they are too many."""
    settings = call.kit.settings
    for held in cookies.held_attempts(request, settings)[_MOST_ATTEMPTS - 1 :]:
        cookies.clear_attempt(
            response, site_id=held.site_id, attempt_id=held.attempt_id, settings=settings
        )
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
    return window.failed_page(call, Failure(start.mode, start.aid, start.origin, error, back))
