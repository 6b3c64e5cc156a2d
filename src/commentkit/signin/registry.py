"""Find provider adapters by name: the entry points of the group `commentkit.providers`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from types import MappingProxyType
from typing import Any

from commentkit.people.viewer import GUEST, HOST, SSO
from commentkit.settings import SettingsError
from commentkit.signin import configured
from commentkit.signin.provider import Provider

GROUP = "commentkit.providers"
_NAME = re.compile("[a-z][a-z0-9_-]{0,31}")
_NAMES_ARE = "a small letter, then a-z, 0-9, - and _, 32 at most"
_CAN = "capabilities."
_OURS = frozenset({GUEST, HOST, SSO})
"""What is asked of an identity's provider: is it a guest, one of the host's own?"""
SECOND_WAYS = frozenset({"wordpress-legacy", "x-oauth1"})
"""Adapters that lead to a provider by its older protocol; used only when named."""


class UnknownProviderError(LookupError):
    """No installed package offers an adapter of that name."""


def entries() -> EntryPoints:
    """Read what is installed: the files of every package, so that who asks often keeps it."""
    return entry_points(group=GROUP)


def installed(among: EntryPoints | None = None) -> list[EntryPoint]:
    """List the installed adapters by name, each name once."""
    found = {entry.name: entry for entry in (entries() if among is None else among)}
    return [found[name] for name in sorted(found)]


def names(among: EntryPoints | None = None) -> list[str]:
    """List the names of the adapters that are installed."""
    return [entry.name for entry in installed(among)]


def load(name: str, among: EntryPoints | None = None) -> type[Provider]:
    """Load the adapter of that name; raise UnknownProviderError."""
    among = entries() if among is None else among
    for entry in among.select(name=name):
        found = entry.load()
        if isinstance(found, type) and issubclass(found, Provider):
            return found
    known = names(among)
    near = get_close_matches(name, [other for other in known if other != name], n=1, cutoff=0.75)
    said = f"do you mean {near[0]}?" if near else f"there are: {', '.join(known) or 'none'}"
    raise UnknownProviderError(f"no provider {name!r} is installed; {said}")


def make(
    written: str,
    config: Mapping[str, Any] = MappingProxyType({}),
    *,
    among: EntryPoints | None = None,
) -> Provider:
    """Make the provider of that name, its credentials still to come; raise SettingsError.

    `works=oidc` makes the adapter `oidc` under the name `works`, so that there can be several.
    `config` holds what else the adapter declares to need, `among` what was read of `entries`.
    """
    name, _, adapter_name = written.partition("=")
    try:
        adapter = load(adapter_name or name, among)
    except UnknownProviderError as error:
        raise SettingsError(str(error)) from error
    if not _NAME.fullmatch(name):
        raise SettingsError(f"{name!r} cannot be a provider's name: it accepts {_NAMES_ARE}.")
    own_name = configured.name_of(adapter, name)
    name = name if adapter_name else own_name
    configured.refuse_unmet(adapter, name, config)
    values = {"name": name, **configured.values(adapter, name, config)}
    can = {field: values.pop(field) for field in list(values) if field.startswith(_CAN)}
    try:
        made = adapter(**values)
    except TypeError as error:
        raise SettingsError(
            f"the provider {name!r} needs more than credentials: make it yourself and hand it to "
            "CommentKit(providers=…)."
        ) from error
    if not can:
        return made
    able = {field.removeprefix(_CAN): value for field, value in can.items()}
    return replace(made, capabilities=replace(made.capabilities, **able))


def credential_keys(name: str) -> tuple[str, str]:
    """Return the settings that hold the credentials of the provider of that name."""
    stem = configured.stem(name)
    return f"{stem}CLIENT_ID", f"{stem}CLIENT_SECRET"


def secret_file_key(name: str) -> str:
    """Return the setting that names a file with the secret, in place of the secret itself."""
    return f"{credential_keys(name)[1]}_FILE"


def keys(provider: Provider) -> list[str]:
    """List every setting that a provider reads."""
    credentials = (*credential_keys(provider.name), secret_file_key(provider.name))
    return [*credentials, *configured.keys(provider)]


def by_name(providers: Iterable[Provider]) -> Mapping[str, Provider]:
    """Index providers by their keys, in order; raise SettingsError when two share one.

    Nor may a service whose issuer is only declared share that: each would take the other's people
    for its own. Where a protocol proves the issuer, two adapters of it mean the same people.
    """
    found: dict[str, Provider] = {}
    for provider in providers:
        if provider.name in _OURS:
            raise SettingsError(
                f"{provider.name!r} cannot be a provider's name: it stands for people whom no "
                "provider vouches for. Any other name is accepted."
            )
        if provider.name in found:
            raise SettingsError(
                f"two providers are called {provider.name!r}: CommentKit(providers=…) accepts "
                "each name once."
            )
        found[provider.name] = provider
    for provider in found.values():
        if getattr(provider, "issuer_is_declared", False):
            _refuse_shared_issuer(provider, found.values())
    return found


def _refuse_shared_issuer(provider: Provider, among: Iterable[Provider]) -> None:
    others = [p.name for p in among if p.issuer == provider.issuer and p is not provider]
    if others:
        raise SettingsError(
            f"{configured.stem(provider.name)}ISSUER cannot be used: {provider.name!r} and "
            f"{others[0]!r} would keep different people under the one name {provider.issuer}. It "
            "accepts another https address, such as that of the service's own part of its host."
        )
