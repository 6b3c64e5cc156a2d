"""One sign-in at the identity services, step by step, in plain requests."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from commentkit.testing.identity_services import demo_client, scripted_sign_in

CALLBACK = "http://127.0.0.1:8000/callback"

AUTHORIZE = {
    "wordpress": "/wordpress/oauth2-1/authorize",
    "wordpress_legacy": "/wordpress/oauth2/authorize",
    "google": "/google/o/oauth2/v2/auth",
    "x": "/x/i/oauth2/authorize",
    "facebook": "/facebook/v24.0/dialog/oauth",
    "oidc": "/oidc/auth",
}
TOKEN = {
    "wordpress": "/wordpress/oauth2-1/token",
    "wordpress_legacy": "/wordpress/oauth2/token",
    "google": "/google/token",
    "x": "/x/2/oauth2/token",
    "facebook": "/facebook/v24.0/oauth/access_token",
    "oidc": "/oidc/token",
}
SCOPE = {
    "wordpress": "openid profile email",
    "wordpress_legacy": "auth",
    "google": "openid profile email",
    "x": "users.read tweet.read users.email",
    "facebook": "public_profile,email",
    "oidc": "openid profile email",
}


def unpad(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims_of(id_token: str) -> dict:
    return json.loads(unpad(id_token.split(".")[1]))


def header_of(id_token: str) -> dict:
    return json.loads(unpad(id_token.split(".")[0]))


def params_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@dataclass
class Flow:
    """One sign-in, step by step, in plain requests."""

    url: str
    service: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = "a-state"
    nonce: str = "a-nonce"

    @property
    def client(self):
        return demo_client(self.service.removesuffix("_legacy"))

    def authorize_url(self, **changes: str | None) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        params = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": CALLBACK,
            "scope": SCOPE[self.service],
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        } | changes
        sent = {name: value for name, value in params.items() if value is not None}
        return f"{self.url}{AUTHORIZE[self.service]}?{urlencode(sent)}"

    def callback(self, person: str = "anna", **changes: str | None) -> dict[str, str]:
        return params_of(scripted_sign_in(self.authorize_url(**changes), person))

    def exchange(self, code: str, /, *, basic: bool | None = None, **changes: str | None):
        client = self.client
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": self.verifier,
        }
        basic = self.service == "x" if basic is None else basic
        if not basic:
            form |= {"client_id": client.client_id, "client_secret": client.client_secret}
        sent = {name: value for name, value in (form | changes).items() if value is not None}
        auth = (client.client_id, client.client_secret) if basic else None
        return requests.post(self.url + TOKEN[self.service], sent, auth=auth, timeout=10)

    def token(self, person: str = "anna", **changes: str | None) -> dict:
        answer = self.exchange(self.callback(person, **changes)["code"])
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, path: str, token: str, **params: str):
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(self.url + path, params=params, headers=headers, timeout=10)
