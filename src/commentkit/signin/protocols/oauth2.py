"""OAuth 2.0: authorization code with PKCE (RFC 6749, RFC 7636), as RFC 9700 wants it."""

from __future__ import annotations

import json
import logging
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qsl

from commentkit.signin.http import Answer, HttpClient, HttpFailure
from commentkit.signin.metadata import Server
from commentkit.signin.problems import from_code, from_failure, from_status, named
from commentkit.signin.profiles import settle
from commentkit.signin.protocols import pushed
from commentkit.signin.protocols.dpop import ALGORITHM, Prover, Send
from commentkit.signin.provider import (
    Begun,
    Claims,
    Endpoints,
    Profile,
    Provider,
    ProviderError,
    RoundTrip,
)

_log = logging.getLogger("commentkit.signin")

ClientAuth = Literal["client_secret_post", "client_secret_basic", "none"]

FINISH_SECONDS = 7.5
"""For all that is asked after a callback; with the picture, a visitor waits ten at most."""
_DROP_SECONDS = 2.0
_MAX_ANSWER_BYTES = 256_000
_MAX_TOKEN_CHARS = 8_192
_MAX_FIELDS = 100


@dataclass(frozen=True, kw_only=True)
class OAuth2(Provider):
    """A provider that speaks OAuth 2.0."""

    issuer_aliases: tuple[str, ...] = ()
    """Other names by which it may call itself; people are kept under `issuer`."""
    scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    client_auth: ClientAuth = "client_secret_post"
    pkce: bool = True
    authorize_params: Mapping[str, str] = field(default_factory=dict)
    """Sent with every authorization request."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent with every call of ours to the provider."""
    token_form: bool = False
    """Whether the token answer is form-encoded instead of JSON."""
    token_typed: bool = True
    """Whether the token answer names its type, as RFC 6749 §5.1 requires."""
    auth_scheme: str = "Bearer"
    """The word before the token in the profile call's Authorization header."""
    push: bool = False
    """Whether requests are pushed to it (RFC 9126) where its metadata does not demand it."""
    dpop: bool = False
    """Whether its tokens serve only with a key of the attempt's (RFC 9449). Who somebody is then
    comes from the userinfo endpoint alone: `read_claims` knows no key."""

    @abstractmethod
    def endpoints(self) -> Endpoints | None:
        """Declare where it is spoken to; None has them discovered (OpenID Connect only)."""

    # Hooks, for what a provider's documents force.

    def error_code(self, body: Claims) -> str | None:
        """Read the error an answer states, as the OAuth word for it; None when it states none."""
        error = body.get("error")
        return error if isinstance(error, str) else "unknown" if error else None

    def refusal(self, params: Mapping[str, str]) -> str | None:
        """Read the error a callback states, as the OAuth word for it; None when it states none."""
        return params.get("error")

    def secret(self, now: datetime) -> str:
        """Give the client's secret as it is at that instant."""
        return self.current_secret()

    def authorize_url(self, url: str) -> str:
        """Respell the standard authorization address."""
        return url

    def token_params(self, trip: RoundTrip, params: Mapping[str, str]) -> Mapping[str, str]:
        """Give what the token request needs besides the standard; `params` are the callback's."""
        return {}

    def ask_token(self, trip: RoundTrip, server: Server, fields: Mapping[str, str]) -> Answer:
        """Send the token request; `fields` lack only the client's credentials."""
        return self._ask(trip, server, server.endpoints.token, fields)

    def read_claims(self, http: HttpClient, server: Server, token: Claims) -> Claims:
        """Ask who the token's owner is; raise ProviderError."""
        if server.endpoints.userinfo is None:
            raise ProviderError("misconfigured", "no userinfo endpoint")
        bearer = token["access_token"]
        claims = self.get_json(http, server.endpoints.userinfo, bearer=bearer)
        more = {
            name: self.get_optional(http, url, bearer=bearer)
            for name, url in server.endpoints.more.items()
        }
        return {**claims, **more}

    def end_token(self, trip: RoundTrip, server: Server, token: Claims) -> int:
        """Ask the declared endpoint to end the token (RFC 7009); give the HTTP status."""
        session = self._session(trip, server)
        answer = session.revoke_token(server.endpoints.revoke, token=token["access_token"])
        return int(answer.status_code)

    # The two legs.

    def server(self, trip: RoundTrip) -> Server:
        """Say where the provider is and what it promises; raise ProviderError."""
        endpoints = self.endpoints()
        if endpoints is None:
            raise ProviderError("misconfigured", "no endpoints")
        return Server(endpoints=endpoints)

    def begin(self, trip: RoundTrip, *, switch: bool, language: str) -> Begun:
        """Prepare the redirect to the provider; raise ProviderError."""
        server = self.server(trip)
        params = {
            **self.authorize_params,
            **({"response_mode": "form_post"} if self.form_post else {}),
            **self._language(server, language),
            **(self.choice(server) if switch else {}),
            **self.proof(trip),
        }
        if self.dpop:
            _check_proofs(server)
        url, _ = self._session(trip, server).create_authorization_url(
            server.endpoints.authorize,
            state=trip.state,
            redirect_uri=trip.redirect_uri,
            code_verifier=trip.code_verifier if self.pkce else None,
            **params,
        )
        if self.push or server.pushed_only:
            return Begun(self._pushed(trip, server, url), trip.state)
        return Begun(self.authorize_url(url), trip.state)

    def _pushed(self, trip: RoundTrip, server: Server, url: str) -> str:
        """Push what an authorization address carries; give the short one instead."""
        if server.pushed is None:
            raise ProviderError("misconfigured", "push: no endpoint")
        endpoint = server.endpoints.authorize
        fields = pushed.fields_of(url, endpoint)
        if self.auth_method(server) != "client_secret_basic":
            del fields["client_id"]  # which then goes with the client's proof, and only once
        with named("push"):
            answer = self._ask(trip, server, server.pushed, fields)
        return pushed.address(endpoint, self.client_id, self.judge(answer, "push"))

    def _ask(self, trip: RoundTrip, server: Server, url: str, fields: Mapping[str, str]) -> Answer:
        """Post a form as our client, with a proof of possession where tokens are bound to one."""
        session = self._session(trip, server)

        def send(proof: Mapping[str, str]) -> Answer:
            response = session.post(
                url,
                data=fields,
                headers={"Accept": "application/json", **self.headers, **proof},
                auth=session.client_auth(self.auth_method(server)),
            )
            return Answer(response.status_code, response.headers, response.content)

        return self._proven(trip, "POST", url, send)

    def _proven(
        self, trip: RoundTrip, method: str, url: str, send: Send, *, token: str | None = None
    ) -> Answer:
        if not self.dpop:
            return send({})
        return Prover(trip.proof_key, trip.now).send(method, url, send, token=token)

    def proof(self, trip: RoundTrip) -> Mapping[str, str]:
        """Give what else binds the answer to this attempt."""
        return {}

    def choice(self, server: Server) -> Mapping[str, str]:
        """Give the parameters that let a person choose another account."""
        return self.capabilities.account_choice or {}

    def _language(self, server: Server, language: str) -> Mapping[str, str]:
        name = self.capabilities.language_param
        return {name: language} if name and language else {}

    def finish(self, trip: RoundTrip, *, params: Mapping[str, str], secret: str | None) -> Profile:
        """Turn a callback's parameters into a settled profile; raise ProviderError."""
        http = bounded(trip.http)
        trip = replace(trip, http=http)
        server = self.server(trip)
        token = self._exchange(trip, server, params)
        try:
            claims = self.claims(trip, server, token)
            profile = settle(self, self.profile(claims), loopback=http.loopback)
            return replace(
                profile, session_id=self.session_id(claims), kept_token=self._kept(token)
            )
        finally:
            self._drop(trip, server, token)

    @property
    def keeps_token(self) -> bool:
        """Tell whether its terms make us keep a token to withdraw a person's consent by."""
        endpoints = self.endpoints()
        return endpoints is not None and endpoints.withdraw is not None

    def _kept(self, token: Claims) -> str | None:
        """Give the token that outlasts the sign-in, where one has to be kept."""
        if not self.keeps_token:
            return None
        lasting = token.get("refresh_token")
        if not isinstance(lasting, str) or not _usable(lasting):
            _log.warning("%s gave no token to withdraw a consent by", self.name)
            return None
        return lasting

    def withdraw(self, trip: RoundTrip, token: str) -> None:
        """Withdraw a person's consent there by the token that was kept; raise ProviderError."""
        trip = replace(trip, http=bounded(trip.http))
        server = self.server(trip)
        if server.endpoints.withdraw is None:
            raise ProviderError("misconfigured", "withdraw: not offered")
        with named("withdraw"):
            answer = self._session(trip, server).revoke_token(
                server.endpoints.withdraw,
                token=token,
                token_type_hint="refresh_token",  # noqa: S106 - its kind
            )
        if answer.status_code != 200:
            raise from_status(int(answer.status_code), "withdraw")

    def claims(self, trip: RoundTrip, server: Server, token: Claims) -> Claims:
        """Learn who the token's owner is; raise ProviderError."""
        return self.told(trip, server, token)

    def told(self, trip: RoundTrip, server: Server, token: Claims) -> Claims:
        """Ask who the token's owner is, by what the token needs; raise ProviderError."""
        if not self.dpop:
            return self.read_claims(trip.http, server, token)
        url, shown = server.endpoints.userinfo, str(token["access_token"])
        if url is None:
            raise ProviderError("misconfigured", "no userinfo endpoint")
        sent = {"Accept": "application/json", **self.headers, "Authorization": f"DPoP {shown}"}

        def send(proof: Mapping[str, str]) -> Answer:
            return trip.http.get(url, headers={**sent, **proof})

        with named("profile"):
            answer = self._proven(trip, "GET", url, send, token=shown)
        return self.judge(answer, "profile")

    def session_id(self, claims: Claims) -> str | None:
        """Read what the provider calls this sign-in, where it tells when one ends."""
        return None

    def issuers(self) -> frozenset[str]:
        """Give the names the provider may call itself by."""
        return frozenset({self.issuer, *self.issuer_aliases})

    def _code(self, params: Mapping[str, str], server: Server) -> str:
        # RFC 9207 §2.4: before anything else of the answer is believed, an error included.
        named_issuer = params.get("iss")
        if (named_issuer or server.names_itself) and named_issuer not in self.issuers():
            raise ProviderError("bad_answer", "callback: another issuer")
        error = self.refusal(params)
        if error is not None:
            raise from_code(error, "callback")
        code = params.get("code")
        if not code:
            raise ProviderError("bad_answer", "callback: no code")
        return code

    def _exchange(self, trip: RoundTrip, server: Server, params: Mapping[str, str]) -> Claims:
        fields = {
            "grant_type": "authorization_code",
            "code": self._code(params, server),
            "redirect_uri": trip.redirect_uri,
            **({"code_verifier": trip.code_verifier} if self.pkce else {}),
            **self.token_params(trip, params),
        }
        with named("token"):
            answer = self.ask_token(trip, server, fields)
        token = self.judge(_unformed(answer) if self.token_form else answer, "token")
        _check_token(token, typed=self.token_typed, kind="dpop" if self.dpop else "bearer")
        return token

    def judge(self, answer: Answer, step: str) -> Claims:
        """Give an answer's JSON object; raise ProviderError for whatever else it is."""
        if answer.status == 429 or answer.status >= 500 or 300 <= answer.status < 400:
            raise from_status(answer.status, step)
        body = _json(answer, step)
        if not isinstance(body, dict):
            raise ProviderError("bad_answer", f"{step}: not an object")
        error = self.error_code(body)
        if error is not None:
            raise from_code(error, step)
        if answer.status >= 400:
            raise from_status(answer.status, step)
        return body

    def get_json(
        self,
        http: HttpClient,
        url: str,
        *,
        bearer: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Claims:
        """Fetch a JSON object from the provider's API; raise ProviderError."""
        with named("profile"):
            answer = http.get(url, headers=self._sent(bearer, headers))
        return self.judge(answer, "profile")

    def post_json(
        self,
        http: HttpClient,
        url: str,
        *,
        body: bytes = b"",
        bearer: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Claims:
        """Ask for a JSON object by POST; raise ProviderError."""
        with named("profile"):
            answer = http.send("POST", url, body=body, headers=self._sent(bearer, headers))
        return self.judge(answer, "profile")

    def get_optional(self, http: HttpClient, url: str, *, bearer: str) -> Any:
        """Fetch any JSON; None where the provider refuses it (4xx), else raise ProviderError."""
        with named("profile"):
            answer = http.get(url, headers=self._sent(bearer, None))
        if 400 <= answer.status < 500 and answer.status != 429:
            return None
        if not 200 <= answer.status < 300:
            raise from_status(answer.status, "profile")
        return _json(answer, "profile")

    def _sent(self, bearer: str | None, headers: Mapping[str, str] | None) -> Mapping[str, str]:
        proof = {} if bearer is None else {"Authorization": f"{self.auth_scheme} {bearer}"}
        return {"Accept": "application/json", **self.headers, **(headers or {}), **proof}

    def _drop(self, trip: RoundTrip, server: Server, token: Claims) -> None:
        """End the provider's token where that asks nothing of the person; never fail."""
        if server.endpoints.revoke is None:
            return
        try:
            with named("revoke"):
                status = self.end_token(
                    replace(trip, http=trip.http.within(_DROP_SECONDS)), server, token
                )
        except ProviderError as error:
            _log.warning("%s kept a token: %s", self.name, error.detail)
            return
        if status >= 300:
            _log.warning("%s kept a token: HTTP %s", self.name, status)

    def auth_method(self, server: Server) -> ClientAuth:
        """Say how the client proves itself at the token endpoint."""
        return self.client_auth

    def _session(self, trip: RoundTrip, server: Server) -> Any:
        from authlib.integrations.requests_client import (  # type: ignore[import-untyped]
            OAuth2Session,
        )

        method = self.auth_method(server)
        session = OAuth2Session(
            client_id=self.client_id,
            client_secret=self.secret(trip.now) or None,
            scope=self.scope_separator.join(self.scopes) or None,
            code_challenge_method="S256",
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
        )
        trip.http.guard(session)
        return session


def bounded(http: HttpClient) -> HttpClient:
    """Give a client for all that is asked after a callback."""
    return replace(http.within(FINISH_SECONDS), max_bytes=min(http.max_bytes, _MAX_ANSWER_BYTES))


def _json(answer: Answer, step: str) -> Any:
    try:
        return answer.json()
    except HttpFailure as failure:
        raise (
            from_status(answer.status, step)
            if answer.status >= 400
            else from_failure(failure, step)
        ) from None


def _unformed(answer: Answer) -> Answer:
    """Give a form-encoded answer as JSON; one that is JSON already, an error perhaps, as it is."""
    if answer.body[:1] in (b"{", b"["):
        return answer
    try:
        fields = dict(parse_qsl(answer.body.decode("ascii"), max_num_fields=_MAX_FIELDS))
    except ValueError:
        fields = {}
    return replace(answer, body=json.dumps(fields).encode()) if fields else answer


def _check_proofs(server: Server) -> None:
    """Refuse a server that says it takes none of our proofs."""
    if server.proof_algorithms and ALGORITHM not in server.proof_algorithms:
        raise ProviderError("misconfigured", "discovery: no proofs by ES256")


def _check_token(token: Claims, *, typed: bool, kind: Literal["bearer", "dpop"]) -> None:
    """Refuse what is not a token of that kind (RFC 6750, RFC 9449) that fits into a header."""
    access_token, named_kind = token.get("access_token"), token.get("token_type")
    if not isinstance(access_token, str) or not access_token.isascii():
        raise ProviderError("bad_answer", "token: none given")
    if not _usable(access_token):
        raise ProviderError("bad_answer", "token: unusable")
    if named_kind is None and not typed and kind == "bearer":
        return
    if not isinstance(named_kind, str) or named_kind.lower() != kind:
        raise ProviderError("bad_answer", f"token: not a {kind} token")


def _usable(token: str) -> bool:
    return token.isascii() and token.isprintable() and 0 < len(token) <= _MAX_TOKEN_CHARS
