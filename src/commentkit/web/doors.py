"""The registrar: no route without an audience, which decides its guards and its headers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from flask import Blueprint, Response, current_app, make_response, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.routing import Map, Rule

from commentkit.errors import CommentKitError
from commentkit.model.absent import tables_absent
from commentkit.people.host_users import HostUser
from commentkit.sites import KnownSite
from commentkit.web import bodies, host_users, nowhere, origins, refusals
from commentkit.web.call import Call
from commentkit.web.kit import EXAMINING, Kit
from commentkit.web.read_path import layer, responses


class Audience(StrEnum):
    """Who an answer is for."""

    PUBLIC = "public"
    """Everyone alike: cacheable, says nothing about its reader, changes nothing."""
    PERSONAL = "personal"
    """The widget on a registered origin: exact CORS, demands X-CommentKit, never stored."""
    POPUP = "popup"
    """A window of ours on the way to a provider and back."""
    PAGE = "page"
    """A whole page of ours, used by links and forms."""
    SERVER = "server"
    """Another server, which proves itself by what it sends: never stored."""


_OF_ONE_READER = (Audience.PERSONAL, Audience.PAGE)
View = Callable[..., Any]
Again = Callable[[Call, CommentKitError], Response]
"""Shows a page once more after a refusal, with everything that was typed."""


@dataclass(frozen=True)
class Doors:
    """Adds routes to the blueprint."""

    blueprint: Blueprint
    kit: Kit
    opened: list[Rule] = field(default_factory=list)
    """The rules below the prefix again, each with its audience for an endpoint."""

    def open(
        self,
        rule: str,
        view: View,
        *,
        audience: Audience,
        methods: tuple[str, ...] = ("GET",),
        again: Again | None = None,
        kept: bool = False,
    ) -> None:
        """Route `rule` to `view(call, …)`; a rule with `<site>` gets a `Call`, others the `Kit`.

        `kept` doors may find their whole answer at hand.
        """
        door = _Door(self.kit, view, audience, "<site>" in rule, again, kept)
        verbs = (*methods, "OPTIONS") if audience is Audience.PERSONAL else methods
        self._route(rule, f"{view.__module__.rpartition('.')[2]}_{view.__name__}", door, verbs)
        self.opened.append(Rule(rule, endpoint=audience, methods=verbs))

    @cached_property
    def known(self) -> Map:
        """Return a map of them, made when it is needed: a third of what making an app takes."""
        return Map([rule.empty() for rule in self.opened], merge_slashes=False)

    def close(self) -> None:
        """Answer for every other address below the prefix; without one they are the host's."""
        if self.kit.settings.url_prefix:
            for number, rule in enumerate(("/", "/<path:rest>")):
                self._route(rule, f"nowhere_{number}", _Nowhere(self), nowhere.METHODS)

    def _route(
        self, rule: str, name: str, door: "_Door | _Nowhere", methods: tuple[str, ...]
    ) -> None:
        self.blueprint.add_url_rule(
            rule,
            endpoint=name,
            view_func=door.answer,
            methods=list(methods),
            provide_automatic_options=False,
        )


@dataclass(frozen=True)
class _Nowhere:
    """What stands where no door is."""

    doors: Doors

    def answer(self, rest: str = "") -> Response:
        """Refuse in the face that the address would have had."""
        found = nowhere.look(self.doors.known, rest, request.method)
        audience = Audience.POPUP if found.page else Audience.PUBLIC

        def refuse(_kit: Kit) -> Response:
            raise CommentKitError(found.code)

        response = _Door(self.doors.kit, refuse, audience, of_site=False).answer()
        if found.allowed:
            response.headers["Allow"] = ", ".join(found.allowed)
        return response


@dataclass
class _Known:
    """What is known of a request so far, for when something goes wrong."""

    site: KnownSite | None = None
    call: Call | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    """What one of our own pages sent."""


@dataclass(frozen=True)
class _Door:
    """One route's guards before its view, and its headers after it."""

    kit: Kit
    view: View
    audience: Audience
    of_site: bool
    again: Again | None = None
    kept: bool = False

    def answer(self, **args: Any) -> Response:
        """Answer the request; whatever goes wrong becomes an answer of the same audience."""
        if self.kept and (at_hand := responses.at_hand(self.kit)) is not None:
            return at_hand
        if EXAMINING not in request.environ:
            self.kit.wake()  # not for what is at hand: this process has answered before
        known = _Known()
        bodies.bound(request)
        answer = _tried(lambda: self._guarded(known, args))
        if isinstance(answer, CommentKitError):
            answer = self._refuse(answer, known)
        return self._headed(answer, known.site)

    def _guarded(self, known: _Known, args: dict[str, Any]) -> Response:
        met = request.environ.get(layer.ERROR)
        if met is not None:
            known.call = request.environ.get(layer.CALL)
            known.site = known.call.site if known.call else None
            raise met
        if self.audience is Audience.PAGE and request.method == "POST":
            origins.demand_same_origin(request, self.kit.settings.origin)
            known.form = request.form if bodies.holds_form(request) else {}
        if not self.of_site:
            return make_response(self.view(self.kit, **args))
        known.site = self.kit.sites.find(args.pop("site"))
        if self.audience is Audience.PERSONAL and request.method == "OPTIONS":
            return origins.preflight(known.site)
        known.call = self._call(known.site, known.form.get("lang"))
        return make_response(self.view(known.call, **args))

    def _call(self, site: KnownSite, said: str | None) -> Call:
        own = self.kit.settings.origin
        personal = self.audience is Audience.PERSONAL
        origin = origins.demand_registered(request, site, own) if personal else own
        return Call(
            kit=self.kit,
            site=site,
            language=self._language(site, said),
            origin=origin,
            now=self.kit.clock(),
            host_user=self._host_user(site, origin),
        )

    def _host_user(self, site: KnownSite, origin: str) -> HostUser | None:
        """Ask the host where an answer depends on its reader."""
        if self.kit.host_users is None or self.audience not in _OF_ONE_READER:
            return None
        return host_users.asked(self.kit, site, origin)

    def _language(self, site: KnownSite | None, said: str | None = None) -> str:
        """Public answers follow their address alone; the others may also follow the browser."""
        default = site.language if site else "en"
        asked = request.args.get("lang") or said
        if asked is None and self.audience is not Audience.PUBLIC:
            asked = request.headers.get("Accept-Language")
        return self.kit.renderer.negotiate(asked, default)

    def _refuse(self, error: CommentKitError, known: _Known) -> Response:
        again, call = self.again, known.call
        if again is not None and call is not None:
            answer = _tried(lambda: again(call, error))
            if isinstance(answer, Response):
                return refusals.finished(answer, error)
        language = call.language if call else self._language(known.site, known.form.get("lang"))
        if self.audience not in (Audience.PAGE, Audience.POPUP):
            return refusals.as_json(self.kit, error, language=language)
        back = known.site.return_url if known.site else None
        typed = known.form.get("text", "")  # it may be the only copy
        return refusals.page(self.kit, error, language=language, back_url=back, typed=typed)

    def _headed(self, response: Response, site: KnownSite | None) -> Response:
        headers = response.headers
        if self.audience is Audience.PUBLIC and not (site and site.private):
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            headers.setdefault("Cache-Control", "no-store")
            return response
        headers.add("X-Content-Type-Options", "nosniff")  # only said here: none is to be replaced
        headers["Cache-Control"] = "private, no-store"
        if self.audience in (Audience.PERSONAL, Audience.PUBLIC) and site is not None:
            origins.allow(request, response, site)
        if self.audience in (Audience.PAGE, Audience.POPUP):
            origins.harden_page(response, self.kit.settings)
        return response


def _tried(make: Callable[[], Response]) -> Response | CommentKitError:
    """Return an answer, or what came of it; what nobody foresaw is logged, and raised in tests."""
    try:
        return make()
    except CommentKitError as error:
        return error
    except RequestEntityTooLarge:
        return CommentKitError("too_large")
    except Exception as error:
        if _is_outage(error):
            return CommentKitError("unavailable")
        if current_app.testing or current_app.config["PROPAGATE_EXCEPTIONS"]:
            raise
        current_app.logger.exception("commentkit: an unexpected error")
        return CommentKitError("internal")


def _is_outage(error: Exception) -> bool:
    """Tell whether the database cannot serve, and log why; absent tables need no traceback."""
    if tables_absent(error):
        current_app.logger.error(
            "commentkit: its tables are absent; the command `upgrade` makes them"
        )
        return True
    if isinstance(error, OperationalError | PoolTimeout):
        current_app.logger.exception("commentkit: the database did not answer")
        return True
    return False
