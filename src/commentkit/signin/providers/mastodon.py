"""Mastodon, at any server.

https://docs.joinmastodon.org/spec/oauth/, https://docs.joinmastodon.org/methods/apps/,
https://docs.joinmastodon.org/methods/oauth/, https://docs.joinmastodon.org/spec/webfinger/ and
https://docs.joinmastodon.org/methods/accounts/#verify_credentials, read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import urlencode, urlsplit

from commentkit.signin.claims import part, subject, text
from commentkit.signin.instances import account_in, origin_of
from commentkit.signin.metadata import Server
from commentkit.signin.problems import from_status, named
from commentkit.signin.protocols.many_servers import ManyServers
from commentkit.signin.provider import (
    Capabilities,
    Claims,
    Client,
    Endpoints,
    Profile,
    ProviderError,
    RoundTrip,
)
from commentkit.words import N_

_ACTOR = "application/activity+json"
_NEW = ("profile",)
_OLD = ("read:accounts",)
"""Before 4.3 there was no narrower scope that lets an account describe itself, no metadata and no
PKCE."""


@dataclass(frozen=True, kw_only=True)
class Mastodon(ManyServers):
    """Sign in with Mastodon. A person is known by server and account id there.

    Servers before 4.3 may forget a client that was not used for a day.
    """

    name: str = "mastodon"
    label: str = "Mastodon"
    icon: str = "mastodon"
    picture_alt: str = N_("Photo from Mastodon")
    instance_label: str = N_("Your Mastodon server, or your handle")
    instance_example: str = "@anna@mastodon.social"
    issuer: str = "https://joinmastodon.org"
    scopes: tuple[str, ...] = _NEW
    capabilities: Capabilities = field(
        default=Capabilities(
            gives_email=False,
            email_trust="never",
            account_choice={"force_login": "true"},
            language_param="lang",
            instances=True,
        )
    )

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses at this server."""
        return Endpoints(
            authorize=f"{self.issuer}/oauth/authorize",
            token=f"{self.issuer}/oauth/token",
            userinfo=f"{self.issuer}/api/v1/accounts/verify_credentials",
            revoke=f"{self.issuer}/oauth/revoke",
        )

    def locate(self, trip: RoundTrip, typed: str) -> str:
        """Give the server that was named; a handle may end in another name than its server has."""
        origin, account = super().locate(trip, typed), account_in(typed)
        return (self._home(trip, origin, account) if account else None) or origin

    def _home(self, trip: RoundTrip, origin: str, account: str) -> str | None:
        """Ask WebFinger where an account lives; None where it does not say."""
        query = urlencode({"resource": f"acct:{account}"})
        try:
            with named("handle"):
                answer = trip.http.get(f"{origin}/.well-known/webfinger?{query}", redirects=2)
            links = self.judge(answer, "handle").get("links")
            for link in links if isinstance(links, list) else ():
                if part(link, "rel") == "self" and part(link, "type") == _ACTOR:
                    return origin_of(str(part(link, "href")), loopback=trip.http.loopback)
        except ProviderError:
            return None
        return None

    def at(self, trip: RoundTrip, issuer: str) -> Self:
        """Give the adapter for one server: since 4.3 it says what it can."""
        here = replace(self, issuer=issuer)
        said = trip.metadata.authorization_server(
            f"{issuer}/",
            http=trip.http,
            now=trip.now,
            url=f"{issuer}/.well-known/oauth-authorization-server",
            absent=Server(endpoints=here.endpoints()),
        )
        if said.scopes.issuperset(_NEW):
            return here
        return replace(here, scopes=_OLD, pkce=False)

    def issuers(self) -> frozenset[str]:
        """Give the names this server may call itself by: its metadata has a slash at the end."""
        return frozenset({self.issuer, f"{self.issuer}/"})

    def register(self, trip: RoundTrip) -> Client:
        """Create an application, in Mastodon's own way (`scopes`, not RFC 7591's `scope`)."""
        home = urlsplit(trip.redirect_uri)
        fields = {
            "client_name": home.hostname or "",
            "redirect_uris": trip.redirect_uri,
            "scopes": " ".join(self.scopes),
            "website": f"{home.scheme}://{home.netloc}",
        }
        made = self._posted(trip, f"{self.issuer}/api/v1/apps", fields, "register")
        client_id, secret = text(made.get("client_id")), text(made.get("client_secret"))
        if client_id is None or secret is None:
            raise ProviderError("bad_answer", "register: no client")
        return Client(client_id, secret)

    def knows(self, trip: RoundTrip) -> bool:
        """Redeem a code that nobody gave: a client that is known is refused for that alone."""
        fields = {
            "grant_type": "authorization_code",
            "code": "none",
            "redirect_uri": trip.redirect_uri,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        with named("client"):
            answer = trip.http.post_form(self.endpoints().token, fields)
        if answer.status == 429 or answer.status >= 500:
            raise from_status(answer.status, "client")
        return answer.status != 401

    def _posted(self, trip: RoundTrip, url: str, fields: Mapping[str, str], step: str) -> Claims:
        with named(step):
            answer = trip.http.post_form(url, fields, headers={"Accept": "application/json"})
        return self.judge(answer, step)

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `verify_credentials`, in which a server may only speak of itself."""
        username, page = text(claims.get("username")), text(claims.get("url")) or ""
        plain = username is not None and "@" not in username
        return Profile(
            subject=subject(claims.get("id")),
            name=text(claims.get("display_name")) or username or "",
            handle=f"@{username}@{urlsplit(self.issuer).hostname}" if plain else None,
            profile_url=page if page.startswith(f"{self.issuer}/") else None,
            picture_url=text(claims.get("avatar_static")) or text(claims.get("avatar")),
        )
