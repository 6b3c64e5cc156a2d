"""The page where a person picks who to be, continues or refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal
from urllib.parse import urlsplit

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from .answers import error_page, page_answer, send_error
from .grants import Pending
from .people import Person, find_person
from .state import Service, here
from .words import page_words

COOKIE = "identity_services"

Ask = Literal["as_needed", "confirm", "choose", "never"]
"""Whether somebody who approved before is asked again, may choose, or may not be asked."""


def begin(pending: Pending, ask: Ask) -> Response:
    """Answer at once for somebody who approved before, else show the page."""
    service = here().services[pending.service]
    person = _signed_in(service)
    known = _approved_before(service, pending, person) if person else None
    if person and known and ask in {"as_needed", "never"}:
        return service.approve(known, person)
    if ask == "never":
        return send_error(pending, "consent_required" if person else "login_required")
    here().grants.hold(pending)
    return _page(service, pending, person, choose=ask == "choose")


def consent_blueprint(service: Service) -> Blueprint:
    """Make the routes of a service's consent page and of its account page."""
    blueprint = Blueprint(f"{service.key}_consent", __name__)
    path = f"/{service.provider}/consent/{service.key}"
    blueprint.add_url_rule(path, "decide", lambda: _decide(service), methods=["POST"])
    if service.key == service.provider:
        path = f"/{service.provider}/account"
        blueprint.add_url_rule(path, "account", lambda: _account(service), methods=["GET"])
        blueprint.add_url_rule(path, "sign_out", lambda: _sign_out(service), methods=["POST"])
    return blueprint


def _decide(service: Service) -> Response:
    pending = here().grants.held(request.form.get("request", ""))
    if pending is None or pending.service != service.key:
        return error_page("request_expired", provider=service.label)
    decision = request.form.get("decision")
    if decision == "sign_out":
        here().grants.sign_out(service.provider, request.cookies.get(COOKIE))
        return _page(service, pending, None, choose=False)
    person = find_person(here().people, request.form.get("person", ""))
    if decision == "refuse":
        here().grants.settle(pending.id)
        return service.refuse(pending)
    if decision != "continue" or person is None:
        return error_page("invalid_decision", provider=service.label)
    here().grants.settle(pending.id)
    return _accept(service, pending, person)


def _accept(service: Service, pending: Pending, person: Person) -> Response:
    grants = here().grants
    given = _narrowed(service, pending)
    answers = {scope: scope in given.scopes for scope in pending.scopes}
    grants.approve(service.provider, pending.client, person, answers)
    answer = service.approve(given, person)
    browser = grants.sign_in(service.provider, person)
    path = f"/{service.provider}"
    answer.set_cookie(COOKIE, browser, path=path, httponly=True, samesite="Lax")
    return answer


def _narrowed(service: Service, pending: Pending) -> Pending:
    if not service.email_optional or request.form.get("share_email"):
        return pending
    kept = tuple(scope for scope in pending.scopes if scope not in service.email_scopes)
    return replace(pending, scopes=kept)


def _signed_in(service: Service) -> Person | None:
    key = here().grants.signed_in(service.provider, request.cookies.get(COOKIE))
    return find_person(here().people, key) if key else None


def _approved_before(service: Service, pending: Pending, person: Person) -> Pending | None:
    answers = here().grants.approved(service.provider, pending.client, person)
    if answers is None or not set(pending.scopes) <= set(answers):
        return None
    return replace(pending, scopes=tuple(scope for scope in pending.scopes if answers[scope]))


def _page(service: Service, pending: Pending, person: Person | None, *, choose: bool) -> Response:
    page = render_template(
        "consent.html",
        words=page_words(),
        service=service,
        pending=pending,
        people=here().people,
        current=person,
        choose=choose or person is None,
        wants_email=bool(service.email_scopes & set(pending.scopes)),
        host=urlsplit(pending.redirect_uri).netloc,
        action=url_for(f"{service.key}_consent.decide"),
    )
    return page_answer(page)


def _account(service: Service) -> Response:
    person = _signed_in(service)
    page = render_template("account.html", words=page_words(), service=service, current=person)
    return page_answer(page)


def _sign_out(service: Service) -> Response:
    here().grants.sign_out(service.provider, request.cookies.get(COOKIE))
    answer = make_response(redirect(url_for(f"{service.key}_consent.account"), code=303))
    answer.delete_cookie(COOKIE, path=f"/{service.provider}", httponly=True, samesite="Lax")
    return answer
