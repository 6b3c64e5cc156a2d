"""WeChat by the QR code of its Open Platform.

https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html and
https://developers.weixin.qq.com/doc/oplatform/Return_codes/Return_code_descriptions_new.html,
read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlencode

from commentkit.signin.claims import subject, text
from commentkit.signin.http import Answer, HttpClient
from commentkit.signin.metadata import Server
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import (
    Capabilities,
    Claims,
    Endpoints,
    Profile,
    ProviderError,
    RoundTrip,
)
from commentkit.words import N_

_ERRORS = {
    -1: "temporarily_unavailable",
    40001: "invalid_token",
    40013: "invalid_client",
    40029: "invalid_grant",
    40125: "invalid_client",
    40163: "invalid_grant",
    42001: "invalid_token",
    45009: "rate_limit_exceeded",
    45011: "rate_limit_exceeded",
    48001: "unauthorized_client",
}


@dataclass(frozen=True, kw_only=True)
class WeChat(OAuth2):
    """Sign in with WeChat. People are known by `openid`, which is this app's alone.

    `unionid`, common to an owner's apps, may come only later: it must not become the key then.
    """

    off_until: ClassVar[str] = (
        "WeChat lets people in only at websites that its Open Platform has approved."
    )

    name: str = "wechat"
    label: str = "WeChat"
    icon: str = "wechat"
    picture_alt: str = N_("Photo from WeChat")
    issuer: str = "https://open.weixin.qq.com"
    web_base: str = "https://open.weixin.qq.com"
    api_base: str = "https://api.weixin.qq.com"
    scopes: tuple[str, ...] = ("snsapi_login",)
    scope_separator: str = ","
    pkce: bool = False  # not documented
    token_typed: bool = False
    capabilities: Capabilities = field(default=Capabilities(gives_email=False))

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.web_base}/connect/qrconnect",
            token=f"{self.api_base}/sns/oauth2/access_token",
            userinfo=f"{self.api_base}/sns/userinfo",
        )

    def authorize_url(self, url: str) -> str:
        """Call the client's id as WeChat does, and end as it wants."""
        return url.replace("client_id=", "appid=", 1) + "#wechat_redirect"

    def refusal(self, params: Mapping[str, str]) -> str | None:
        """Read a refusal, which brings back the state and nothing else."""
        return super().refusal(params) or (None if "code" in params else "access_denied")

    def ask_token(self, trip: RoundTrip, server: Server, fields: Mapping[str, str]) -> Answer:
        """Ask for the token by GET."""
        asked = {
            "appid": self.client_id,
            "secret": self.secret(trip.now),
            "code": fields["code"],
            "grant_type": fields["grant_type"],
        }
        return trip.http.get(f"{server.endpoints.token}?{urlencode(asked)}")

    def error_code(self, body: Claims) -> str | None:
        """Read the error number, which comes with HTTP 200."""
        number = body.get("errcode")
        if number in (None, 0):
            return None
        return _ERRORS.get(number, "unknown") if isinstance(number, int) else "unknown"

    def read_claims(self, http: HttpClient, server: Server, token: Claims) -> Claims:
        """Ask with the token in the query, as documented."""
        asked = {
            "access_token": token["access_token"],
            "openid": subject(token.get("openid")),
        }
        told = self.get_json(http, f"{server.endpoints.userinfo}?{urlencode(asked)}")
        if subject(told.get("openid")) != asked["openid"]:
            raise ProviderError("bad_answer", "profile: another person")
        return told

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `/sns/userinfo`."""
        return Profile(
            subject=subject(claims.get("openid")),
            name=text(claims.get("nickname")) or "",
            picture_url=text(claims.get("headimgurl")),
        )
