"""What a sign-in's window shows in the end: who is signed in, or what went wrong."""

from dataclasses import dataclass

from flask import Response

from commentkit.errors import CommentKitError
from commentkit.model import Attempt, Identity
from commentkit.signin.outcome import Finished
from commentkit.view import SignedInPage, SignInFailedPage
from commentkit.web import cookies, origins, refusals, section, way_home
from commentkit.web.call import Call


def delivered(call: Call, attempt: Attempt, identity: Identity) -> Response:
    """Hand the ticket to the opener; a tab that had none needs a click of its own."""
    popup = attempt.mode == "popup"
    view = SignedInPage(
        assets=call.kit.assets,
        site_title=call.site.title,
        person=section.held(call, identity).person,
        aid=attempt.aid,
        ticket=way_home.mint(call, attempt) if popup else "",
        origin=attempt.origin,
        continue_url=f"{call.endpoint}/sign-in/continue",
        destination=way_home.destination(call, attempt),
        hidden=(("attempt", str(attempt.id)), ("lang", call.language)),
    )
    name = "signin_delivered.html" if popup else "signin_continue.html"
    response = Response(call.kit.renderer.render(name, language=call.language, view=view))
    origins.harden_page(response, call.kit.settings, form_targets=(attempt.origin,))
    return response


def failed(call: Call, finished: Finished) -> Response:
    """Say why an attempt ended without anybody."""
    attempt = finished.attempt
    error = finished.error or CommentKitError("internal")
    thread = way_home.thread_of(call, attempt)
    url = thread.url if thread is not None else attempt.page_url
    back = url if url and call.site.owns(url) else call.site.return_url
    fault = Failure(attempt.mode, attempt.aid, attempt.origin, error, back)
    response = failed_page(call, fault)
    settings = call.kit.settings
    cookies.clear_attempt(response, site_id=call.site.id, attempt_id=attempt.id, settings=settings)
    return response


@dataclass(frozen=True)
class Failure:
    """What a window must say and whom it says it to."""

    mode: str
    aid: str
    origin: str
    error: CommentKitError
    back: str | None
    """The page of the comment, where it is known."""


def failed_page(call: Call, fault: Failure) -> Response:
    """Say it in the window, to its opener, or in the tab that the comment itself stands in."""
    view = SignInFailedPage(
        assets=call.kit.assets,
        site_title=call.site.title,
        aid=fault.aid,
        origin=fault.origin,
        code=fault.error.code,
        message=refusals.sentence(call.kit, fault.error, call.language),
        back_url=f"{fault.back.partition('#')[0]}#comments" if fault.back else None,
        alone=fault.mode == "tab",
    )
    html = call.kit.renderer.render("signin_failed.html", language=call.language, view=view)
    return Response(html, status=fault.error.kind.status)
