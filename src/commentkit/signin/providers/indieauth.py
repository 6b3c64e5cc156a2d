"""IndieAuth: a web address as identity.

https://indieauth.spec.indieweb.org/ (living standard), read 2026-11-23.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import urljoin

from commentkit.signin.addresses import web_address
from commentkit.signin.answers import Answer
from commentkit.signin.claims import nested, part, subject, text
from commentkit.signin.instances import address_of
from commentkit.signin.links import linked
from commentkit.signin.metadata import Server
from commentkit.signin.problems import from_status, named
from commentkit.signin.profiles import settle
from commentkit.signin.protocols.many_servers import bounded, marked, server_of
from commentkit.signin.protocols.oauth2 import ClientAuth, OAuth2
from commentkit.signin.provider import (
    Begun,
    Capabilities,
    Claims,
    Endpoints,
    Profile,
    ProviderError,
    RoundTrip,
)
from commentkit.words import N_

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3
_MAX_PAGE_BYTES = 256_000


@dataclass(frozen=True, kw_only=True)
class IndieAuth(OAuth2):
    """Sign in with a web address of one's own, whose page names a server that vouches for it.

    The address is the identity, whichever server vouches today; so the issuer is the protocol. The
    code is redeemed at the authorization endpoint, where no access token is made. No way to ask for
    another account is documented: another address is another account.
    """

    name: str = "indieauth"
    label: str = "IndieAuth"
    icon: str = "indieauth"
    picture_alt: str = N_("Photo from the person's own site")
    instance_label: str = N_("The address of your own site")
    instance_example: str = "https://anna.example"
    issuer: str = "https://indieauth.spec.indieweb.org"
    scopes: tuple[str, ...] = ("profile",)
    client_auth: ClientAuth = "none"
    client_document: bool = True
    capabilities: Capabilities = field(
        default=Capabilities(gives_email=False, email_trust="never", instances=True)
    )
    found: Server | None = None
    """The server that vouches, in the adapter that speaks to it."""

    @property
    def configured(self) -> bool:
        """Tell that it needs no credentials: our client is known by its own document."""
        return True

    def endpoints(self) -> Endpoints | None:
        """Give those that were discovered."""
        return self.found.endpoints if self.found else None

    def issuers(self) -> frozenset[str]:
        """Give the name that the server in question calls itself by."""
        return frozenset({self.found.issuer} if self.found else ())

    def server(self, trip: RoundTrip) -> Server:
        """Give what was discovered; raise ProviderError."""
        if self.found is None:
            raise ProviderError("misconfigured", "no endpoints")
        return self.found

    def way_back(self, redirect_uri: str, issuer: str | None, secret: str | None = None) -> str:
        """Give a server an address of its own unless it has to say who answers.

        Only addresses on other hosts than the client's own have to stand in its document.
        """
        says_who = json.loads(secret or "{}").get("iss") is True
        return redirect_uri if says_who else marked(redirect_uri, issuer)

    def begin(self, trip: RoundTrip, *, switch: bool, language: str) -> Begun:
        """Prepare the redirect to the server that the person's page names; raise ProviderError."""
        me = address_of(trip.instance or "", loopback=trip.http.loopback)
        trip = replace(trip, http=bounded(trip.http))
        server, seen = _discover(trip, me)
        kept = {"authorize": server.endpoints.authorize, "iss": server.names_itself, "seen": seen}
        secret = json.dumps(kept)
        way_back = self.way_back(trip.redirect_uri, server.issuer, secret)
        trip = replace(trip, redirect_uri=way_back)
        here = replace(self._at(trip, server), authorize_params={"me": me})
        begun = OAuth2.begin(here, trip, switch=switch, language=language)
        return replace(begun, issuer=server.issuer, secret=secret)

    def finish(self, trip: RoundTrip, *, params: Mapping[str, str], secret: str | None) -> Profile:
        """Redeem the code for the person's address, and see that it names the same server."""
        issuer, kept = server_of(trip), json.loads(secret or "{}")
        authorize = str(kept.get("authorize", ""))
        server = Server(
            issuer=issuer,
            endpoints=Endpoints(authorize=authorize, token=authorize),
            names_itself=kept.get("iss") is True,
        )
        trip = replace(trip, http=bounded(trip.http))
        here = self._at(trip, server)
        claims = here._redeem(trip, server, here._code(params, server))
        me = _confirmed(trip, claims, authorize, kept.get("seen") or ())
        return settle(self, self.profile({**claims, "me": me}), loopback=trip.http.loopback)

    def _at(self, trip: RoundTrip, server: Server) -> Self:
        return replace(self, client_id=trip.client_url, found=server)

    def _redeem(self, trip: RoundTrip, server: Server, code: str) -> Claims:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": trip.redirect_uri,
            "code_verifier": trip.code_verifier,
        }
        with named("token"):
            answer = self.ask_token(trip, server, fields)
        return self.judge(answer, "token")

    def profile(self, claims: Claims) -> Profile:
        """Map the answer; all but the address is what the person likes to say."""
        said = nested(claims, "profile")
        me = subject(claims.get("me"))
        return Profile(
            subject=me,
            name=text(said.get("name")) or me.partition("://")[2].rstrip("/"),
            profile_url=me,
            picture_url=text(said.get("photo")) or text(part(said.get("photo"), "value")),
        )


def _discover(trip: RoundTrip, me: str) -> tuple[Server, Sequence[str]]:
    """Find the server that a page names, and every address on the way to the page."""
    page, seen = _fetched(trip, me)
    place = linked(page, "indieauth-metadata", url=seen[-1])
    if place is not None:
        url = _usable(place, trip)
        return trip.metadata.linked_server(url, http=trip.http, now=trip.now), seen
    # Earlier revisions: endpoints alone, without a document and a name of their own.
    older = linked(page, "authorization_endpoint", url=seen[-1])
    if older is None:
        raise ProviderError("bad_answer", "discovery: no server is named")
    url = _usable(older, trip)
    return Server(issuer=url, endpoints=Endpoints(authorize=url, token=url)), seen


def _fetched(trip: RoundTrip, me: str) -> tuple[Answer, list[str]]:
    """Fetch a person's page; every redirect is judged as what they typed was."""
    seen = [me]
    http = replace(trip.http, max_bytes=max(trip.http.max_bytes, _MAX_PAGE_BYTES))
    for _ in range(_MOST_REDIRECTS + 1):
        with named("page"):
            answer = http.get(seen[-1], headers={"Accept": "text/html"})
        location = answer.headers.get("location")
        if answer.status not in _REDIRECTS or location is None:
            break
        seen.append(_next(urljoin(seen[-1], location), trip))
    if not 200 <= answer.status < 300:
        raise from_status(answer.status, "page")
    return answer, seen


def _next(url: str, trip: RoundTrip) -> str:
    try:
        return address_of(url, loopback=trip.http.loopback)
    except ProviderError:
        raise ProviderError("bad_answer", "page: an unusable redirect") from None


def _usable(url: str, trip: RoundTrip) -> str:
    found = web_address(url, loopback=trip.http.loopback)
    if found is None:
        raise ProviderError("bad_answer", "discovery: an unusable address")
    return found


def _confirmed(trip: RoundTrip, claims: Claims, authorize: str, seen: Sequence[Any]) -> str:
    """Return the person's address, if its page names the server that vouched for it (§5.4)."""
    said = text(claims.get("me")) or ""
    try:
        me = address_of(said, loopback=trip.http.loopback)
    except ProviderError:
        raise ProviderError("bad_answer", "profile: no address of a person") from None
    if me not in seen:
        server, _ = _discover(trip, me)
        if server.endpoints.authorize != authorize:
            raise ProviderError("bad_answer", "profile: another server's person")
    return me
