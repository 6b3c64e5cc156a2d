"""A passkey as an identity of its own (WebAuthn).

https://www.w3.org/TR/webauthn-3/ and https://github.com/duo-labs/py_webauthn, read 2026-11-23.
A key, not a person: no address, no picture, and a name that its owner typed. Whoever loses every
copy of the key loses the identity. Keys belong to the server's host: under another host none works.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any, Self
from urllib.parse import urlsplit

from commentkit import ids
from commentkit.errors import CommentKitError
from commentkit.model import Database, Identity
from commentkit.people import accounts
from commentkit.settings import Settings
from commentkit.signin import passkeys
from commentkit.signin.own_page import Answered, OwnPage, Sent, Shown, Visit, text_of
from commentkit.signin.passkeys import KnownKey, NewKey, PasskeyProfile, UsedKey
from commentkit.signin.provider import (
    Capabilities,
    Claims,
    Profile,
    ProviderError,
    RoundTrip,
)
from commentkit.words import N_

_MAX_CREDENTIAL = 8_000
_MAX_TYPED = 400
_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Passkey(OwnPage):
    """Sign in with a passkey, made here or used again; it needs the extra `passkey`."""

    name: str = "passkey"
    label: str = "Passkey"
    icon: str = "passkey"
    picture_alt: str = N_("Photo")
    issuer: str = "passkey"
    # The browser itself lets people choose among their keys.
    capabilities: Capabilities = field(
        default=Capabilities(
            gives_email=False, email_trust="never", picture=False, account_choice={}
        )
    )
    origin: str = ""

    @property
    def host(self) -> str:
        """Return the host that keys are made for (the RP id)."""
        return urlsplit(self.origin).hostname or ""

    @property
    def lacking(self) -> str:
        """Say what is not here: the library, or a host that can have keys."""
        if find_spec("webauthn") is None:
            return "Install it: pip install 'commentkit[passkey]'."
        if _is_ip(self.host):
            return "Set COMMENTKIT_PUBLIC_URL to a host name: an IP address cannot have passkeys."
        return ""

    def at_home(self, settings: Settings) -> Self:
        """Take the origin whose pages ask for keys."""
        return replace(self, origin=settings.origin)

    def memory(self, trip: RoundTrip) -> str:
        """Draw the user handle of a key that may be made; no secret, and nobody's until then."""
        return ids.new_secret()

    def show(self, visit: Visit, sent: Sent) -> Shown:
        """Offer to use a key, and to make one."""
        page = {
            "challenge": visit.nonce,
            "host": self.host,
            "handle": visit.secret or "",
            "milliseconds": _SECONDS * 1000,
        }
        return Shown("key", page, "passkey.js")

    def act(self, visit: Visit, sent: Sent) -> Shown | Answered:
        """Take the browser's answer; say on the page what the person can mend."""
        credential = text_of(sent, "credential", limit=_MAX_CREDENTIAL)
        if not credential:
            raise CommentKitError("passkey_missing")
        if "name" in sent:
            name = accounts.checked_name(text_of(sent, "name", limit=_MAX_TYPED))
            return Answered({"credential": credential, "name": name})
        try:
            shown = _credential_id(credential)
        except ProviderError:
            raise CommentKitError("passkey_missing") from None
        if self._known(visit.database, visit.site_id, shown) is None:
            raise CommentKitError("passkey_unknown")
        return Answered({"credential": credential})

    def proven(self, trip: RoundTrip, params: Sent, secret: str | None) -> Profile:
        """Check what the authenticator signed."""
        credential = params.get("credential", "")
        _refuse_frames(credential)
        if "name" in params:
            return self._made(trip, credential, handle=secret or "", name=params["name"])
        return self._used(trip, credential)

    def _made(self, trip: RoundTrip, credential: str, *, handle: str, name: str) -> Profile:
        from webauthn import verify_registration_response

        with _named():
            made = verify_registration_response(
                credential=credential,
                expected_challenge=_bytes(trip.nonce),
                expected_rp_id=self.host,
                expected_origin=self.origin,
            )
        key = NewKey(made.credential_id, made.credential_public_key, made.sign_count)
        return PasskeyProfile(subject=handle, name=name, key=key)

    def _used(self, trip: RoundTrip, credential: str) -> Profile:
        from webauthn import verify_authentication_response

        known = self._known(trip.database, trip.site_id, _credential_id(credential))
        if known is None:
            raise ProviderError("bad_answer", "passkey: not known")
        with _named():
            used = verify_authentication_response(
                credential=credential,
                expected_challenge=_bytes(trip.nonce),
                expected_rp_id=self.host,
                expected_origin=self.origin,
                credential_public_key=known.public_key,
                credential_current_sign_count=known.sign_count,
            )
        if not ids.same(_handle(credential).encode(), known.handle.encode()):
            raise ProviderError("bad_answer", "passkey: of another user")
        key = UsedKey(known.id, known.sign_count, used.new_sign_count)
        return PasskeyProfile(subject=known.handle, name=known.name, key=key)

    def _known(self, database: Database | None, site_id: int, credential: bytes) -> KnownKey | None:
        if database is None:
            return None
        find = partial(passkeys.find, site_id=site_id, credential=credential, issuer=self.issuer)
        with database.read() as db:
            return find(db)

    def keep(self, db: Any, identity: Identity, profile: Profile, *, now: Any) -> None:
        """Store the new key, or the counter of the one that was used."""
        if isinstance(profile, PasskeyProfile) and profile.key is not None:
            passkeys.keep(db, identity, profile.key, now=now)

    def profile(self, claims: Claims) -> Profile:
        """Map handle and name; there is nothing else."""
        return Profile(subject=str(claims.get("handle") or ""), name=str(claims.get("name") or ""))


def _bytes(text: str) -> bytes:
    from webauthn import base64url_to_bytes

    return base64url_to_bytes(text)


def _credential_id(credential: str) -> bytes:
    """Return the raw id that an answer names; raise ProviderError."""
    raw = _part(credential, "rawId")
    with _named():
        return _bytes(raw)


def _handle(credential: str) -> str:
    """Return the user handle as we spelled it: base64url without padding."""
    return _part(credential, "response", "userHandle").rstrip("=")


def _refuse_frames(credential: str) -> None:
    """Refuse what was signed in another page's frame: our page is never in one."""
    with _named():
        said = json.loads(_bytes(_part(credential, "response", "clientDataJSON")))
    if not isinstance(said, Mapping) or said.get("crossOrigin") or "topOrigin" in said:
        raise ProviderError("bad_answer", "passkey: not from a page of ours")


def _part(credential: str, *path: str) -> str:
    try:
        value: Any = json.loads(credential)
        for step in path:
            value = value[step]
    except (ValueError, LookupError, TypeError, RecursionError):
        value = None
    if not isinstance(value, str) or not value.isascii():
        raise ProviderError("bad_answer", "passkey: not what is documented")
    return value


@contextmanager
def _named() -> Iterator[None]:
    """Turn whatever the library makes of a malformed answer into a problem without its words."""
    try:
        yield
    except ProviderError:
        raise
    except Exception as error:  # noqa: BLE001 - what garbage does to a parser has no type
        raise ProviderError("bad_answer", f"passkey: {type(error).__name__}") from None


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
