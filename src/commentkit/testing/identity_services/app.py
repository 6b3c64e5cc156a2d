"""One Flask app that speaks the documented protocols of four providers and of a plain issuer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from flask import Blueprint, Flask, g, render_template, request
from werkzeug.wrappers import Response

from . import facebook, generic, google, wordpress, wordpress_legacy, x
from .answers import bend_answer, meet_faults, page_answer
from .clients import DEMO_CLIENTS, Client, Clients
from .consent import consent_blueprint
from .faults_page import faults_blueprint
from .grants import Grants
from .oauth2 import BadRequestError
from .oidc import oidc_blueprint
from .people import PEOPLE, Person
from .pictures import pictures_blueprint
from .state import EXTENSION, IdentityServices, here
from .words import page_words
from .x_oauth1 import x_oauth1


def utc_now() -> datetime:
    """Return the time of this machine."""
    return datetime.now(UTC)


def create_app(
    *,
    people: Sequence[Person] = PEOPLE,
    clients: Sequence[Client] = (),
    now: Callable[[], datetime] = utc_now,
    origin: str | None = None,
) -> Flask:
    """Make the identity services.

    `clients` are registered beside the demo's own. `origin` is the scheme, host and port that the
    services name themselves by; without it, those that each request came to. The state is an
    `IdentityServices` in `app.extensions["identity_services"]`. Never open them to others: whoever
    comes may be anybody here.
    """
    app = Flask(__name__.rpartition(".")[0])
    oauth1, oauth1_blueprint = x_oauth1()
    services = (
        wordpress.SERVICE,
        wordpress_legacy.SERVICE,
        google.SERVICE,
        x.SERVICE,
        oauth1,
        facebook.SERVICE,
        generic.SERVICE,
    )
    app.extensions[EXTENSION] = IdentityServices(
        people=tuple(people),
        clients=Clients([*DEMO_CLIENTS, *clients]),
        now=now,
        grants=Grants(now),
        services={service.key: service for service in services},
        public_origin=origin.rstrip("/") if origin else None,
    )
    for blueprint in (*_blueprints(), oauth1_blueprint, *map(consent_blueprint, services)):
        app.register_blueprint(blueprint)
    app.add_url_rule("/", "home", _home)
    app.before_request(_meet)
    app.register_error_handler(BadRequestError, lambda bad: bad.answer)
    app.after_request(bend_answer)
    app.after_request(_let_files_go)
    return app


def _let_files_go(response: Response) -> Response:
    """Read a file now and close it: werkzeug's server leaves it open where a window is closed."""
    if response.direct_passthrough:
        response.direct_passthrough = False
        response.get_data()
        response.close()
    return response


def _blueprints() -> list[Blueprint]:
    return [
        oidc_blueprint(wordpress.RULES, wordpress.SERVICE),
        wordpress_legacy.wordpress_legacy_blueprint(),
        google.google_blueprint(),
        x.x_blueprint(),
        facebook.facebook_blueprint(),
        oidc_blueprint(generic.RULES, generic.SERVICE),
        pictures_blueprint(),
        faults_blueprint(),
    ]


def _meet() -> Response | None:
    blueprint, _, name = (request.endpoint or "").partition(".")
    if blueprint.endswith("_consent"):
        standing = here().faults.standing(blueprint.removesuffix("_consent"), "authorize")
        g.identity_faults = {kind: fault for kind, fault in standing.items() if kind == "coop"}
        return None
    if blueprint not in here().services and blueprint != "pictures":
        return None
    endpoint = "authorize" if name == "authorize_always" else name
    g.identity_faults, answer = meet_faults(blueprint, endpoint)
    return answer


def _home() -> Response:
    services = {service.provider: service for service in here().services.values()}
    return page_answer(render_template("home.html", words=page_words(), services=services))
