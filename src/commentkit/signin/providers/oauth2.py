"""Any OAuth 2.0 service, declared in configuration alone.

RFC 6749, https://www.rfc-editor.org/rfc/rfc6749, and RFC 7636, read 2026-11-23.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, get_args
from urllib.parse import urlsplit

from commentkit.settings import SettingsError
from commentkit.signin import configured
from commentkit.signin.addresses import is_address
from commentkit.signin.claims import flag, subject, text
from commentkit.signin.protocols.oauth2 import ClientAuth, OAuth2
from commentkit.signin.provider import EMAIL_TRUST, LOGOUT_URL, Claims, Endpoints, Profile, Setting
from commentkit.words import N_

_PATH = re.compile(r"[^.\s]+(\.[^.\s]+)*")
_AN_ADDRESS = "an https address"
_A_PATH = "a field of the profile's answer, such as data.id"


def _address(field_name: str, why: str, *, required: bool = False) -> Setting:
    return Setting(field_name, f"{_AN_ADDRESS}: {why}", required=required, usable=is_address)


def _path(field_name: str, why: str, *, required: bool = False) -> Setting:
    usable = lambda value: _PATH.fullmatch(value) is not None  # noqa: E731 - one line of three
    return Setting(field_name, f"{_A_PATH}: {why}", required=required, usable=usable)


@dataclass(frozen=True, kw_only=True)
class PlainOAuth2(OAuth2):
    """Sign in at a service of your choice that speaks OAuth 2.0, without writing an adapter.

    `subject_field` is where its answer holds what identifies a person for ever; a name, a handle
    or an e-mail address that could pass to somebody else is refused there.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "LABEL": replace(configured.LABEL, required=True),
        "AUTHORIZE_URL": _address("authorize", "where people are sent", required=True),
        "TOKEN_URL": _address("token", "where the code becomes a token", required=True),
        "PROFILE_URL": _address("userinfo", "where the token tells who it is", required=True),
        "REVOKE_URL": _address("revoke", "where a token is ended, consent staying (RFC 7009)"),
        "ISSUER": _address("issuer", "the name people are kept under; never change it"),
        "SCOPES": Setting("scopes", "scopes with spaces between them"),
        "SCOPE_SEPARATOR": Setting(
            "scope_separator", "what separates scopes on the wire, such as a comma"
        ),
        "CLIENT_AUTH": Setting(
            "client_auth",
            f"one of {', '.join(get_args(ClientAuth))}",
            usable=frozenset(get_args(ClientAuth)).__contains__,
        ),
        "PKCE": Setting("pkce", "true or false; S256 unless false"),
        "TOKEN_FORM": Setting("token_form", "true where the token comes form-encoded"),
        "AUTH_SCHEME": Setting("auth_scheme", "the word before the token; Bearer unless given"),
        "AUTHORIZE_PARAMS": Setting("authorize_params", "further parameters, such as a=1&b=2"),
        "SWITCH_PARAMS": Setting(
            "switch_params", "parameters that let a person choose another account"
        ),
        "LOGOUT_URL": LOGOUT_URL,
        "SUBJECT_FIELD": _path("subject_field", "the person's permanent id", required=True),
        "NAME_FIELD": _path("name_field", "the name to show"),
        "HANDLE_FIELD": _path("handle_field", "the user name"),
        "PAGE_FIELD": _path("page_field", "the address of the person's page"),
        "PICTURE_FIELD": _path("picture_field", "the address of the picture"),
        "EMAIL_FIELD": _path("email_field", "the e-mail address"),
        "EMAIL_VERIFIED_FIELD": _path("email_verified_field", "true where the address is proven"),
        "EMAIL_TRUST": EMAIL_TRUST,
    }

    choice_setting: ClassVar[str] = "SWITCH_PARAMS"
    issuer_is_declared: ClassVar[bool] = True
    """Nothing that it answers proves it, so nobody else here may have the same."""
    picture_alt: str = N_("Photo")
    issuer: str = ""
    """By default the origin of the authorization address."""
    authorize: str
    token: str
    userinfo: str
    revoke: str = ""
    token_typed: bool = False
    switch_params: Mapping[str, str] = field(default_factory=dict)
    subject_field: str
    name_field: str = ""
    handle_field: str = ""
    page_field: str = ""
    picture_field: str = ""
    email_field: str = ""
    email_verified_field: str = ""

    def __post_init__(self) -> None:
        self._refuse_passing_subject()
        able = replace(
            self.capabilities,
            gives_email=bool(self.email_field),
            picture=bool(self.picture_field),
            account_choice=dict(self.switch_params) or None,
        )
        parts = urlsplit(self.authorize)
        object.__setattr__(self, "capabilities", able)
        object.__setattr__(self, "issuer", self.issuer or f"{parts.scheme}://{parts.netloc}")

    def _refuse_passing_subject(self) -> None:
        passing = (self.name_field, self.handle_field, self.email_field)
        if self.subject_field in passing:
            stem = configured.stem(self.name)
            raise SettingsError(
                f"{stem}SUBJECT_FIELD cannot be {self.subject_field!r}: names, handles and e-mail "
                "addresses pass to other people. It accepts the field of a permanent id."
            )

    @property
    def configured(self) -> bool:
        """Tell whether it has the credentials it needs."""
        return bool(self.client_id and (self.client_secret or self.client_auth == "none"))

    def endpoints(self) -> Endpoints:
        """Give what was declared."""
        return Endpoints(
            authorize=self.authorize,
            token=self.token,
            userinfo=self.userinfo,
            revoke=self.revoke or None,
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the profile's answer by the declared fields."""
        return Profile(
            subject=subject(_at(claims, self.subject_field)),
            name=text(_at(claims, self.name_field)) or "",
            handle=text(_at(claims, self.handle_field)),
            profile_url=text(_at(claims, self.page_field)),
            picture_url=text(_at(claims, self.picture_field)),
            email=text(_at(claims, self.email_field)),
            email_verified=flag(_at(claims, self.email_verified_field)),
        )


def _at(value: Any, path: str) -> Any:
    """Walk along a dotted path, by number through lists; None where it ends early or is empty."""
    if not path:
        return None
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal():
            value = value[int(step)] if int(step) < len(value) else None
        else:
            return None
    return value
