"""The profile of OAuth that atproto uses: pushed requests, proofs, and accounts that roam.

https://atproto.com/specs/oauth, read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from commentkit.ids import s256
from commentkit.settings import is_loopback
from commentkit.signin.claims import text
from commentkit.signin.dids import Directory, Person, plain_origin
from commentkit.signin.http import HttpClient
from commentkit.signin.instances import handle_of, is_did, origin_of
from commentkit.signin.metadata import Server
from commentkit.signin.problems import named
from commentkit.signin.profiles import settle
from commentkit.signin.protocols.dpop import Prover, demand_nonce
from commentkit.signin.protocols.many_servers import bounded, server_of
from commentkit.signin.protocols.oauth2 import ClientAuth, OAuth2
from commentkit.signin.protocols.pushed import address
from commentkit.signin.provider import (
    Begun,
    Claims,
    Endpoints,
    Profile,
    ProviderError,
    RoundTrip,
)

SCOPE = "atproto"


@dataclass(frozen=True, kw_only=True)
class AtProto(OAuth2):
    """A network whose accounts name their server themselves.

    A person is a DID, whichever server is theirs today; so the issuer is the network. The server
    that vouched is believed only about accounts whose documents lead to it.
    """

    scopes: tuple[str, ...] = (SCOPE,)
    client_auth: ClientAuth = "none"
    client_document: bool = True
    plc: str = "https://plc.directory"
    resolver: str = "https://public.api.bsky.app"

    @property
    def configured(self) -> bool:
        """Tell that it needs no credentials: our client is known by its own document."""
        return True

    def endpoints(self) -> Endpoints | None:
        """Declare none: each account's server has its own."""
        return None

    def described(self, http: HttpClient, person: Person) -> Claims:
        """Learn what the account says of itself in public; raise ProviderError."""
        return {}

    def begin(self, trip: RoundTrip, *, switch: bool, language: str) -> Begun:
        """Push the request to the account's server; raise ProviderError."""
        trip = replace(trip, http=bounded(trip.http))
        asked, person = self._found(trip)
        home = person.home if person else origin_of(asked, loopback=trip.http.loopback)
        issuer = self._issuer_of(trip, home, alone=person is None)
        server, client_id = self._server(trip, issuer), _client_id(trip)
        fields = {
            "client_id": client_id,
            "response_type": "code",
            "redirect_uri": trip.redirect_uri,
            "scope": SCOPE,
            "state": trip.state,
            "code_challenge": s256(trip.code_verifier),
            "code_challenge_method": "S256",
            **({"login_hint": asked} if person else {}),
        }
        pushed = self._posted(trip, server.pushed or "", fields, "push")
        url = address(server.endpoints.authorize, client_id, pushed)
        return Begun(url, trip.state, person.did if person else None, issuer=issuer)

    def finish(self, trip: RoundTrip, *, params: Mapping[str, str], secret: str | None) -> Profile:
        """Redeem the code, and see that the account's own document leads to this server."""
        issuer = server_of(trip)
        trip = replace(trip, http=bounded(trip.http))
        here = self._at(issuer)
        server = self._server(trip, issuer)
        fields = {
            "grant_type": "authorization_code",
            "code": here._code(params, server),
            "redirect_uri": trip.redirect_uri,
            "code_verifier": trip.code_verifier,
            "client_id": _client_id(trip),
        }
        token = self._posted(trip, server.endpoints.token, fields, "token")
        try:
            did = _subject(token, expected=secret)
            claims = self._claims(trip, did, issuer)
            return settle(self, self.profile(claims), loopback=trip.http.loopback)
        finally:
            if text(token.get("access_token")):
                self._drop(trip, server, token)

    def end_token(self, trip: RoundTrip, server: Server, token: Claims) -> int:
        """End the token at its server (RFC 7009); give the HTTP status."""
        fields = {"token": str(token["access_token"]), "client_id": _client_id(trip)}
        return self._prover(trip).post(trip.http, server.endpoints.revoke or "", fields).status

    def _at(self, issuer: str) -> Self:
        return replace(self, issuer=issuer)

    @property
    def _directory(self) -> Directory:
        return Directory(plc=self.plc, resolver=self.resolver)

    def _found(self, trip: RoundTrip) -> tuple[str, Person | None]:
        """Give what was typed as it is spelled, and the account it names, if it names one."""
        http, directory = trip.http, self._directory
        try:
            name = handle_of(trip.instance or "")
        except ProviderError:
            return origin_of(trip.instance or "", loopback=http.loopback), None
        did = name if is_did(name) else directory.did_of(http, name)
        if did is None:
            return name, None  # perhaps the server itself
        person = directory.person(http, did)
        if name not in (did, *person.claimed[:1]):
            raise ProviderError("bad_answer", "handle: it does not lead back")
        return name, person

    def _issuer_of(self, trip: RoundTrip, home: str, *, alone: bool) -> str:
        """Give the server that signs people in for a home, or is one itself (`alone`)."""
        with named("home"):
            answer = trip.http.get(
                f"{home}/.well-known/oauth-protected-resource",
                headers={"Accept": "application/json"},
            )
        if alone and answer.status in (400, 404):
            return home
        servers = self.judge(answer, "home").get("authorization_servers")
        if not isinstance(servers, list) or len(servers) != 1:
            raise ProviderError("bad_answer", "home: not one server")
        return plain_origin(servers[0], loopback=trip.http.loopback, step="home")

    def _server(self, trip: RoundTrip, issuer: str) -> Server:
        server = trip.metadata.authorization_server(issuer, http=trip.http, now=trip.now)
        kept = (
            server.pushed,
            server.names_itself,
            server.client_documents,
            "ES256" in server.proof_algorithms,
            SCOPE in server.scopes,
        )
        if not all(kept):
            raise ProviderError("bad_answer", "discovery: not a server of this network")
        return server

    def _prover(self, trip: RoundTrip) -> Prover:
        return Prover(trip.proof_key, trip.now)

    def _posted(self, trip: RoundTrip, url: str, fields: Mapping[str, str], step: str) -> Claims:
        with named(step):
            answer = self._prover(trip).post(trip.http, url, fields)
        body = self.judge(answer, step)
        demand_nonce(answer, step)
        return body

    def _claims(self, trip: RoundTrip, did: str, issuer: str) -> Claims:
        """Follow the account from its DID to its server, then ask what is public about it."""
        http, directory = trip.http, self._directory
        person = directory.person(http, did)
        if self._issuer_of(trip, person.home, alone=False) != issuer:
            raise ProviderError("bad_answer", "profile: another server's account")
        handle = directory.handle_of(http, person)
        return {**self.described(http, person), "did": did, "handle": handle}


def _subject(token: Claims, *, expected: str | None) -> str:
    """Give the account that a token answer is about, if it is one of this network's and ours."""
    did, granted = text(token.get("sub")), text(token.get("scope")) or ""
    kind: Any = token.get("token_type")
    if not isinstance(kind, str) or kind.lower() != "dpop" or SCOPE not in granted.split():
        raise ProviderError("bad_answer", "token: not of this network")
    if did is None or not is_did(did) or (expected and did != expected):
        raise ProviderError("bad_answer", "token: another account")
    return did


def _client_id(trip: RoundTrip) -> str:
    """Give the address of our client document, or the id that stands for one in development."""
    ours = urlsplit(trip.client_url)
    if ours.scheme == "http" and is_loopback(ours.hostname or ""):
        return f"http://localhost?{urlencode({'redirect_uri': trip.redirect_uri, 'scope': SCOPE})}"
    if ours.scheme != "https" or ours.port is not None:
        raise ProviderError("misconfigured", "our own address has a port")
    return trip.client_url
