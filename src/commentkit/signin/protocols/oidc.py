"""OpenID Connect: an OAuth 2.0 provider that also signs who the person is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from commentkit.signin.addresses import with_query
from commentkit.signin.claims import flag, full_name, subject, text, without_address
from commentkit.signin.metadata import MetadataCache, Server
from commentkit.signin.problems import named
from commentkit.signin.protocols.oauth2 import ClientAuth, OAuth2, bounded
from commentkit.signin.provider import Claims, Endpoints, Profile, ProviderError, RoundTrip

if TYPE_CHECKING:
    from commentkit.signin.logout import Logout

Key = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class OpenIDConnect(OAuth2):
    """A provider that speaks OpenID Connect; discovered unless it declares its endpoints."""

    scopes: tuple[str, ...] = ("openid", "profile", "email")
    issuer_aliases: tuple[str, ...] = ()
    """Other names by which its tokens call the issuer; people are kept under `issuer`."""
    algorithms: frozenset[str] = frozenset({"RS256"})
    """Signatures to accept; a discovered server's own list counts as well, if asymmetric."""
    anew: bool = False
    """Whether it is known to heed `max_age` (OpenID Connect Core 1.0 §15.1 wants it of all)."""
    ends_session: bool = False
    """Whether the logout that its metadata names takes people who bring no token of theirs, and
    asks them (OpenID Connect RP-Initiated Logout 1.0 §2): we keep none to bring."""
    logout_return: bool = False
    """Whether our page for people who logged out is registered there: others are refused."""
    revokes: bool = True
    """Whether to end the token where one discovers how; False where that withdraws consent."""

    def endpoints(self) -> Endpoints | None:
        """Declare nothing: discover."""
        return None

    def server(self, trip: RoundTrip) -> Server:
        """Say where the provider is and what it promises; raise ProviderError."""
        endpoints = self.endpoints()
        if endpoints is not None:
            return Server(endpoints=endpoints)
        found = trip.metadata.server(self.issuer, http=trip.http, now=trip.now)
        if self.revokes:
            return found
        return replace(found, endpoints=replace(found.endpoints, revoke=None))

    def _anew(self, trip: RoundTrip, server: Server) -> Server:
        """Discover again, since no key fits: the key set may have moved."""
        if self.endpoints() is not None:
            return server
        return trip.metadata.server(self.issuer, http=trip.http, now=trip.now, outdated=True)

    def issuers(self) -> frozenset[str]:
        """Give the names the provider may call itself by."""
        return frozenset({self.issuer, *self.issuer_aliases})

    def vouches(self, claims: Claims, key: Mapping[str, Any]) -> bool:
        """Tell whether that key signs for the issuer that the claims name."""
        return claims.get("iss") in tuple(self.issuers())

    def auth_method(self, server: Server) -> ClientAuth:
        """Prefer the secret in the body, which every implementation encodes alike."""
        if not self.client_secret:
            return "none"
        if not server.client_auth or "client_secret_post" in server.client_auth:
            return self.client_auth
        return "client_secret_basic"

    def proof(self, trip: RoundTrip) -> Mapping[str, str]:
        """Give what else binds the answer to this attempt."""
        asks_anew = self.anew and trip.anew_since is not None
        return {"nonce": trip.nonce, **({"max_age": "0"} if asks_anew else {})}

    def _language(self, server: Server, language: str) -> Mapping[str, str]:
        if self.capabilities.language_param or language not in server.languages:
            return super()._language(server, language)
        return {"ui_locales": language}

    def claims(self, trip: RoundTrip, server: Server, token: Claims) -> Claims:
        """Verify the ID token, then ask for the rest; raise ProviderError."""
        signed = self._signed(trip, server, token)
        if server.endpoints.userinfo is None:
            return signed
        told = self.told(trip, server, token)
        # OpenID Connect Core 1.0 §5.3.2: or the answer may be about somebody else.
        if told.get("sub") != signed["sub"]:
            raise ProviderError("bad_answer", "profile: another subject")
        # By `sid` a logout finds what began here: it is only believed where it is signed.
        return {**signed, **told, "sid": signed.get("sid")}

    def _signed(self, trip: RoundTrip, server: Server, token: Claims) -> Claims:
        raw = token.get("id_token")
        if not isinstance(raw, str):
            raise ProviderError("bad_answer", "no id_token")
        keys = self._keys(trip, server)

        from commentkit.signin import idtoken  # cryptography, for who comes back from a provider

        expected = idtoken.Expected(
            vouches=self.vouches,
            client_id=self.client_id,
            nonce=trip.nonce,
            access_token=token["access_token"],
            algorithms=server.algorithms & idtoken.ALGORITHMS or self.algorithms,
            now=trip.now,
            anew_since=trip.anew_since if self.anew else None,
        )
        with named("id_token"):
            return idtoken.read(raw, expected, keys)

    def _keys(self, trip: RoundTrip, server: Server) -> Callable[[bool], Sequence[Key]]:
        """Give what gives the provider's keys, anew where those known do not fit."""
        url = server.endpoints.jwks
        if url is None:
            raise ProviderError("bad_answer", "no keys")

        def keys(unknown: bool) -> Sequence[Key]:
            place = (self._anew(trip, server).endpoints.jwks if unknown else None) or url
            return trip.metadata.keys(place, http=trip.http, now=trip.now, unknown=unknown)

        return keys

    def logout_at(self, metadata: MetadataCache, *, back_url: str, now: datetime) -> str | None:
        """Prefer a declared address, then one of the metadata, where that is held."""
        declared = super().logout_at(metadata, back_url=back_url, now=now)
        if declared is not None or not self.ends_session or self.endpoints() is not None:
            return declared
        server = metadata.known(self.issuer, now=now)
        if server is None or server.end_session is None:
            return None
        back = {"post_logout_redirect_uri": back_url} if self.logout_return else {}
        return with_query(server.end_session, {"client_id": self.client_id, **back})

    def session_id(self, claims: Claims) -> str | None:
        """Read `sid` (OpenID Connect Back-Channel Logout 1.0 §2.1)."""
        return text(claims.get("sid"))

    def logged_out(self, trip: RoundTrip, raw: str) -> Logout:
        """Verify a logout token; raise ProviderError."""
        trip = replace(trip, http=bounded(trip.http))  # anybody may come with one
        server = self.server(trip)
        from commentkit.signin import idtoken, logout

        expected = logout.Expected(
            vouches=self.vouches,
            client_id=self.client_id,
            algorithms=server.algorithms & idtoken.ALGORITHMS or self.algorithms,
            now=trip.now,
        )
        with named("logout"):
            return logout.read(raw, expected, self._keys(trip, server))

    def profile(self, claims: Claims) -> Profile:
        """Map the standard claims (OpenID Connect Core 1.0 §5.1).

        An e-mail address is no name: some issuers give it for one, and names are public.
        """
        return Profile(
            subject=subject(claims.get("sub")),
            name=without_address(claims.get("name")) or full_name(claims) or "",
            handle=without_address(claims.get("preferred_username")),
            profile_url=text(claims.get("profile")),
            picture_url=text(claims.get("picture")),
            email=text(claims.get("email")),
            email_verified=flag(claims.get("email_verified")),
        )
