"""Steam by OpenID 2.0.

https://partner.steamgames.com/doc/features/auth,
https://partner.steamgames.com/doc/webapi/ISteamUser and
https://openid.net/specs/openid-authentication-2_0.html, read 2026-11-23.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from commentkit.ids import same
from commentkit.signin import spent
from commentkit.signin.claims import nested, subject, text
from commentkit.signin.http import HttpClient
from commentkit.signin.problems import named
from commentkit.signin.profiles import settle
from commentkit.signin.provider import (
    Begun,
    Capabilities,
    Claims,
    Profile,
    Provider,
    ProviderError,
    RoundTrip,
)
from commentkit.words import N_

_NS = "http://specs.openid.net/auth/2.0"
_ANYBODY = f"{_NS}/identifier_select"
_SIGNED = frozenset(
    {"op_endpoint", "claimed_id", "identity", "return_to", "response_nonce", "assoc_handle"}
)
"""What we read must be under the signature (§10.1); being sent is not enough."""
_NONCE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)[\x21-\x7e]{0,235}")
_ID = re.compile(r"/openid/id/([0-9]{17})")
_FRESH = timedelta(minutes=5)
_REMEMBERED = timedelta(minutes=15)
_FINISH_SECONDS = 8.0
_MAX_ANSWER_BYTES = 100_000


@dataclass(frozen=True, kw_only=True)
class Steam(Provider):
    """Sign in with Steam. It needs no credentials.

    A Web API key (`COMMENTKIT_STEAM_CLIENT_SECRET`) is for name and picture alone; without one,
    people are called by their number.
    """

    name: str = "steam"
    label: str = "Steam"
    icon: str = "steam"
    picture_alt: str = N_("Photo from Steam")
    community_base: str = "https://steamcommunity.com"
    api_base: str = "https://api.steampowered.com"
    issuer: str = field(init=False, default="")
    capabilities: Capabilities = field(default=Capabilities(gives_email=False, email_trust="never"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "issuer", self.community_base)

    @property
    def configured(self) -> bool:
        """Tell that it can be used: Steam registers nobody."""
        return True

    def with_credentials(self, client_id: str, client_secret: str) -> Self:
        """Give the same provider with a Web API key."""
        return replace(self, client_id=client_id, client_secret=client_secret)

    @property
    def endpoint(self) -> str:
        """Return the one address that is spoken to, whatever an answer names."""
        return f"{self.community_base}/openid/login"

    def begin(self, trip: RoundTrip, *, switch: bool, language: str) -> Begun:
        """Ask Steam who is there (§9.1)."""
        params = {
            "openid.ns": _NS,
            "openid.mode": "checkid_setup",
            "openid.claimed_id": _ANYBODY,
            "openid.identity": _ANYBODY,
            "openid.return_to": _return_to(trip),
            "openid.realm": "{0.scheme}://{0.netloc}/".format(urlsplit(trip.redirect_uri)),
        }
        return Begun(f"{self.endpoint}?{urlencode(params)}", trip.state)

    def finish(self, trip: RoundTrip, *, params: Mapping[str, str], secret: str | None) -> Profile:
        """Turn a callback's parameters into a settled profile; raise ProviderError."""
        said = {
            name.removeprefix("openid."): value
            for name, value in params.items()
            if name.startswith("openid.")
        }
        _check_mode(said)
        steam_id = self._checked(trip, said)
        http = replace(trip.http.within(_FINISH_SECONDS), max_bytes=_MAX_ANSWER_BYTES)
        _use_nonce(trip, said["response_nonce"])
        self._verify(http, said)
        claims = {**self._player(http, steam_id), "steamid": steam_id}
        return settle(self, self.profile(claims), loopback=http.loopback)

    def _checked(self, trip: RoundTrip, said: Mapping[str, str]) -> str:
        """Hold the answer to what was asked, and return whose it is (§11.1, §11.2)."""
        if said.get("ns") != _NS or said.get("op_endpoint") != self.endpoint:
            raise ProviderError("bad_answer", "callback: another server")
        if not same(
            said.get("return_to", "").encode("utf-8", "replace"), _return_to(trip).encode()
        ):
            raise ProviderError("bad_answer", "callback: another return address")
        signed = set(said.get("signed", "").split(","))
        if not signed >= _SIGNED or not said.keys() >= _SIGNED:
            raise ProviderError("bad_answer", "callback: something is not signed")
        claimed = said["claimed_id"]
        found = _ID.fullmatch(claimed.removeprefix(self.community_base))
        if found is None or said["identity"] != claimed or not self._is_ours(claimed):
            raise ProviderError("bad_answer", "callback: no Steam id")
        return found[1]

    def _is_ours(self, claimed: str) -> bool:
        return claimed.startswith(f"{self.community_base}/")

    def _verify(self, http: HttpClient, said: Mapping[str, str]) -> None:
        """Ask Steam itself whether it said so (§11.4.2)."""
        asked = {f"openid.{name}": value for name, value in said.items()}
        # Without these two Steam is known to answer 403.
        headers = {"Referer": f"{self.community_base}/", "Origin": self.community_base}
        with named("verification"):
            answer = http.post_form(
                self.endpoint,
                {**asked, "openid.mode": "check_authentication"},
                headers=headers,
            ).require_ok()
        if "is_valid:true" not in answer.body.decode("utf-8", "replace").split("\n"):
            raise ProviderError("bad_answer", "verification: not valid")

    def _player(self, http: HttpClient, steam_id: str) -> Mapping[str, Any]:
        """Ask for name and picture, where there is a key; a private profile may be absent."""
        key = self.current_secret()
        if not key:
            return {}
        query = urlencode({"key": key, "steamids": steam_id})
        with named("profile"):
            answer = http.get(f"{self.api_base}/ISteamUser/GetPlayerSummaries/v0002/?{query}")
            if answer.status in (401, 403):
                raise ProviderError("misconfigured", "profile: the Web API key is refused")
            claims = answer.require_ok().json()
        if not isinstance(claims, dict) or not isinstance(claims.get("response"), dict):
            raise ProviderError("bad_answer", "profile: not what is documented")
        players = nested(claims, "response").get("players")
        for player in players if isinstance(players, list) else []:
            if isinstance(player, dict) and subject(player.get("steamid")) == steam_id:
                return player
        return {}

    def profile(self, claims: Claims) -> Profile:
        """Map a player of `GetPlayerSummaries`; `realname` is nobody's business."""
        steam_id = subject(claims.get("steamid"))
        return Profile(
            subject=steam_id,
            name=text(claims.get("personaname")) or steam_id,
            profile_url=text(claims.get("profileurl")),
            picture_url=text(claims.get("avatarfull")),
        )


def _return_to(trip: RoundTrip) -> str:
    return f"{trip.redirect_uri}?{urlencode({'state': trip.state})}"


def _check_mode(said: Mapping[str, str]) -> None:
    mode = said.get("mode")
    if mode == "cancel":
        raise ProviderError("cancelled", "callback: cancel")
    if mode != "id_res":
        raise ProviderError("bad_answer", "callback: no assertion")


def _use_nonce(trip: RoundTrip, nonce: str) -> None:
    """Take each answer once: Steam answers for the same one again and again."""
    found = _NONCE.fullmatch(nonce)
    if found is None or abs(_time(found[1]) - trip.now) > _FRESH:
        raise ProviderError("bad_answer", "callback: an old answer")
    if not spent.once(trip, f"steam:{nonce}", expires_at=trip.now + _REMEMBERED):
        raise ProviderError("bad_answer", "callback: an answer used before")


def _time(written: str) -> datetime:
    try:
        return datetime.strptime(written, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
