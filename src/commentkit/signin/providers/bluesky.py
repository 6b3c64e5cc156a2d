"""Bluesky, and every other server of the AT Protocol.

https://atproto.com/specs/oauth and https://docs.bsky.app/docs/api/app-bsky-actor-get-profile, read
2026-11-23. The profile call needs no token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from commentkit.signin.claims import subject, text
from commentkit.signin.dids import Person
from commentkit.signin.http import HttpClient
from commentkit.signin.problems import from_status, named
from commentkit.signin.protocols.atproto import AtProto
from commentkit.signin.provider import Capabilities, Claims, Profile, ProviderError
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Bluesky(AtProto):
    """Sign in with a handle of the AT Protocol. It documents no way to choose another account."""

    name: str = "bluesky"
    label: str = "Bluesky"
    icon: str = "bluesky"
    picture_alt: str = N_("Photo from Bluesky")
    instance_label: str = N_("Your Bluesky handle")
    instance_example: str = "anna.bsky.social"
    issuer: str = "https://atproto.com"
    appview: str = "https://public.api.bsky.app"
    web: str = "https://bsky.app"
    capabilities: Capabilities = field(
        default=Capabilities(gives_email=False, email_trust="never", instances=True)
    )

    def described(self, http: HttpClient, person: Person) -> Claims:
        """Read the public profile; an account of the network need not have one."""
        url = f"{self.appview}/xrpc/app.bsky.actor.getProfile?{urlencode({'actor': person.did})}"
        with named("profile"):
            answer = http.get(url, headers={"Accept": "application/json"})
        if 400 <= answer.status < 500 and answer.status != 429:
            return {}
        if answer.status != 200:
            raise from_status(answer.status, "profile")
        said = self.judge(answer, "profile")
        if said.get("did") != person.did:
            raise ProviderError("bad_answer", "profile: another account")
        return {name: said.get(name) for name in ("displayName", "avatar")} | {"shown": True}

    def profile(self, claims: Claims) -> Profile:
        """Map the public profile; the handle is one that leads back to the account."""
        did, handle = subject(claims.get("did")), text(claims.get("handle"))
        return Profile(
            subject=did,
            name=text(claims.get("displayName")) or handle or "",
            handle=f"@{handle}" if handle else None,
            profile_url=f"{self.web}/profile/{did}" if claims.get("shown") is True else None,
            picture_url=text(claims.get("avatar")),
        )
