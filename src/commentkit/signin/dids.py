"""Who an atproto account is: handle to DID, DID to its document, document to its home and back.

https://atproto.com/specs/did and https://atproto.com/specs/handle, read 2026-11-23.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from commentkit.signin.answers import Answer, HttpFailure
from commentkit.signin.claims import text
from commentkit.signin.http import HttpClient
from commentkit.signin.instances import is_did, origin_of, public_name
from commentkit.signin.problems import from_status, named
from commentkit.signin.provider import ProviderError

_PDS = "AtprotoPersonalDataServer"
_MOST_NAMES = 20
_RECORD = "did="

_log = logging.getLogger("commentkit.signin")


@dataclass(frozen=True)
class Person:
    """An account as its own document describes it."""

    did: str
    home: str
    """The origin of its personal data server."""
    claimed: tuple[str, ...]
    """The handles it says it has; each is its own only if it leads back."""


@dataclass(frozen=True)
class Directory:
    """Where accounts are looked up."""

    plc: str
    """Of DIDs of the kind `plc`."""
    resolver: str
    """Answers for handles where DNS says nothing to us."""

    def did_of(self, http: HttpClient, handle: str) -> str | None:
        """Return the DID that a handle leads to; None where it leads nowhere; raise.

        What DNS says counts before what a server says (the specification's word).
        """
        return _said_by_dns(http, handle) or self._said_by_resolver(http, handle)

    def _said_by_resolver(self, http: HttpClient, handle: str) -> str | None:
        query = urlencode({"handle": handle})
        url = f"{self.resolver}/xrpc/com.atproto.identity.resolveHandle?{query}"
        with named("handle"):
            answer = http.get(url, headers={"Accept": "application/json"})
        if answer.status == 429 or answer.status >= 500:
            return _said_by_host(http, handle)
        if answer.status != 200:
            return None
        did = text(_object(answer, "handle").get("did"))
        return did if did and is_did(did) else None

    def person(self, http: HttpClient, did: str) -> Person:
        """Read an account's document; raise ProviderError."""
        with named("did"):
            answer = http.get(self._place(did), headers={"Accept": "application/json"})
        if not 200 <= answer.status < 300:
            raise from_status(answer.status, "did")
        document = _object(answer, "did")
        if document.get("id") != did:
            raise ProviderError("bad_answer", "did: another's document")
        return Person(did, _home(document, loopback=http.loopback), _claimed(document))

    def handle_of(self, http: HttpClient, person: Person) -> str | None:
        """Return the handle that leads back to the account, if its first one does."""
        for handle in person.claimed[:1]:
            try:
                return handle if self.did_of(http, handle) == person.did else None
            except ProviderError:
                return None
        return None

    def _place(self, did: str) -> str:
        kind, _, name = did.removeprefix("did:").partition(":")
        if kind == "plc":
            return f"{self.plc}/{did}"
        try:
            return f"https://{public_name(name)}/.well-known/did.json"
        except ProviderError:
            raise ProviderError("bad_answer", "did: an unusable server") from None


def _said_by_dns(http: HttpClient, handle: str) -> str | None:
    """Read the record that the handle's owner set; two that differ are refused (specification)."""
    try:
        texts = http.texts(f"_atproto.{handle}")
    except HttpFailure as failure:
        _log.info("no word of DNS about a handle: %s", failure.kind)
        return None
    said = {text.removeprefix(_RECORD) for text in texts if text.startswith(_RECORD)}
    dids = {did for did in said if is_did(did)}
    if len(dids) > 1:
        raise ProviderError("bad_answer", "handle: DNS names several accounts")
    return dids.pop() if dids else None


def _said_by_host(http: HttpClient, handle: str) -> str | None:
    """Ask the handle's own host, as far as it has one."""
    small = replace(http, max_bytes=2_000)
    with named("handle"):
        answer = small.get(f"https://{handle}/.well-known/atproto-did")
    did = answer.body.decode("ascii", "replace").strip()
    return did if answer.status == 200 and is_did(did) else None


def _object(answer: Answer, step: str) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except HttpFailure:
        raise ProviderError("bad_answer", f"{step}: not_json") from None
    if not isinstance(body, dict):
        raise ProviderError("bad_answer", f"{step}: not an object")
    return body


def _home(document: Mapping[str, Any], *, loopback: bool) -> str:
    services = document.get("service")
    for service in services if isinstance(services, list) else ():
        if not isinstance(service, dict) or service.get("type") != _PDS:
            continue
        if str(service.get("id", "")).endswith("#atproto_pds"):
            return plain_origin(service.get("serviceEndpoint"), loopback=loopback, step="did")
    raise ProviderError("bad_answer", "did: no home")


def plain_origin(value: object, *, loopback: bool, step: str) -> str:
    """Return an address that is a whole server and nothing more; raise ProviderError."""
    said = (text(value) or "").removesuffix("/")
    try:
        origin = origin_of(said, loopback=loopback)
    except ProviderError:
        raise ProviderError("bad_answer", f"{step}: an unusable server") from None
    if origin != said:
        raise ProviderError("bad_answer", f"{step}: an unusable server")
    return origin


def _claimed(document: Mapping[str, Any]) -> tuple[str, ...]:
    names = document.get("alsoKnownAs")
    found = []
    for name in names[:_MOST_NAMES] if isinstance(names, list) else ():
        if isinstance(name, str) and name.startswith("at://"):
            try:
                found.append(public_name(name.removeprefix("at://"), testing=True))
            except ProviderError:
                continue
    return tuple(found)
