"""OAuth 1.0a with HMAC-SHA1 (RFC 5849): three signed calls around one redirect."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from commentkit.ids import same
from commentkit.settings import is_loopback
from commentkit.signin.http import Answer, HttpClient
from commentkit.signin.problems import from_status, named
from commentkit.signin.profiles import settle
from commentkit.signin.protocols.oauth2 import FINISH_SECONDS
from commentkit.signin.provider import (
    Begun,
    Claims,
    Endpoints,
    Profile,
    Provider,
    ProviderError,
    RoundTrip,
)

if TYPE_CHECKING:
    from requests import Response

_log = logging.getLogger("commentkit.signin")

_DROP_SECONDS = 2.0
_MAX_ANSWER_BYTES = 256_000


@dataclass(frozen=True, kw_only=True)
class OAuth1(Provider):
    """A provider that speaks OAuth 1.0a. It has no `state`: the request token names the attempt."""

    @abstractmethod
    def endpoints(self) -> Endpoints:
        """Declare where it is spoken to."""

    def state_of(self, params: Mapping[str, str]) -> str | None:
        """Read from a callback's parameters which attempt it answers."""
        return params.get("oauth_token") or params.get("denied")

    def begin(self, trip: RoundTrip, *, switch: bool, language: str) -> Begun:
        """Ask for a request token and prepare the redirect; raise ProviderError."""
        session = self._session(trip.http, "request token", redirect_uri=trip.redirect_uri)
        with named("request token"):
            answer = session.fetch_request_token(**_signable(self.endpoints().request_token))
        # RFC 5849 §2.1: without it the provider would send people elsewhere.
        if answer.get("oauth_callback_confirmed") != "true":
            raise ProviderError("bad_answer", "request token: callback not confirmed")
        token, secret = _pair(answer, "request token")
        language_param = self.capabilities.language_param
        params = {
            "oauth_token": token,
            **((self.capabilities.account_choice or {}) if switch else {}),
            **({language_param: language} if language_param and language else {}),
        }
        return Begun(f"{self.endpoints().authorize}?{urlencode(params)}", token, secret)

    def finish(self, trip: RoundTrip, *, params: Mapping[str, str], secret: str | None) -> Profile:
        """Turn a callback's parameters into a settled profile; raise ProviderError."""
        http = replace(
            trip.http.within(FINISH_SECONDS),
            max_bytes=min(trip.http.max_bytes, _MAX_ANSWER_BYTES),
        )
        token = self._exchange(http, trip.state, _verifier(params, trip.state), secret)
        try:
            return settle(self, self.profile(self._claims(http, token)), loopback=http.loopback)
        finally:
            self._drop(http, token)

    def _exchange(
        self, http: HttpClient, request_token: str, verifier: str, secret: str | None
    ) -> tuple[str, str]:
        session = self._session(
            http, "access token", token=request_token, token_secret=secret, verifier=verifier
        )
        with named("access token"):
            answer = session.fetch_access_token(**_signable(self.endpoints().token))
        return _pair(answer, "access token")

    def _claims(self, http: HttpClient, token: tuple[str, str]) -> Claims:
        session = self._session(http, "profile", token=token[0], token_secret=token[1])
        with named("profile"):
            response = session.get(**_signable(self.endpoints().userinfo), auth=session.auth)
            answer = Answer(response.status_code, response.headers, response.content)
            claims = answer.json()
        if not isinstance(claims, dict):
            raise ProviderError("bad_answer", "profile: not an object")
        return claims

    def _drop(self, http: HttpClient, token: tuple[str, str]) -> None:
        """End the provider's token, which would live for ever; never fail."""
        url = self.endpoints().revoke
        if url is None:
            return
        patient = http.within(_DROP_SECONDS)
        session = self._session(patient, "revoke", token=token[0], token_secret=token[1])
        try:
            with named("revoke"):
                session.post(**_signable(url), auth=session.auth)
        except ProviderError as error:
            _log.warning("%s kept a token: %s", self.name, error.detail)

    def _session(self, http: HttpClient, step: str, **parts: str | None) -> Any:
        from authlib.integrations.requests_client import (  # type: ignore[import-untyped]
            OAuth1Session,
        )

        session = OAuth1Session(self.client_id, self.current_secret(), **parts)
        http.guard(session)

        def judge(response: Response, *_: Any, **__: Any) -> None:
            _judge(response.status_code, step)

        session.hooks["response"].append(judge)
        return session


def _signable(url: str | None) -> dict[str, Any]:
    """Give the arguments of a call that Authlib consents to sign.

    Over plain http it signs for `localhost` alone. On this machine our client speaks to all its
    names; the Host header then says which, and is what is signed (RFC 5849 §3.4.1.2).
    """
    parts = urlsplit(url or "")
    if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
        return {"url": url}
    port = f":{parts.port}" if parts.port else ""
    spoken = parts._replace(netloc=f"localhost{port}").geturl()
    return {"url": spoken, "headers": {"Host": parts.netloc}}


def _judge(status: int, step: str) -> None:
    """Raise ProviderError for any status but success."""
    if status in (401, 403) and step == "request token":
        # No person is involved yet: our key, our clock or the callback's registration is wrong.
        raise ProviderError("misconfigured", f"{step}: HTTP {status}")
    if not 200 <= status < 300:
        raise from_status(status, step)


def _pair(answer: Mapping[str, str], step: str) -> tuple[str, str]:
    token, secret = answer.get("oauth_token"), answer.get("oauth_token_secret")
    if not token or not secret:
        raise ProviderError("bad_answer", f"{step}: none given")
    return token, secret


def _verifier(params: Mapping[str, str], request_token: str) -> str:
    named_token = params.get("denied") or params.get("oauth_token") or ""
    if not same(named_token.encode("utf-8", "replace"), request_token.encode()):
        raise ProviderError("bad_answer", "callback: another request token")
    if "denied" in params:
        raise ProviderError("cancelled", "callback: denied")
    verifier = params.get("oauth_verifier")
    if not verifier:
        raise ProviderError("bad_answer", "callback: no verifier")
    return verifier
