"""Find provider adapters by name: the entry points of the group `commentkit.providers`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points

from commentkit.settings import PREFIX, SettingsError
from commentkit.signin.provider import Provider

GROUP = "commentkit.providers"
SECOND_WAYS = frozenset({"wordpress-legacy", "x-oauth1"})
"""Adapters that lead to a provider by its older protocol; used only when named."""


class UnknownProviderError(LookupError):
    """No installed package offers an adapter of that name."""


def installed() -> list[EntryPoint]:
    """List the installed adapters by name, each name once."""
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    return [found[name] for name in sorted(found)]


def names() -> list[str]:
    """List the names of the adapters that are installed."""
    return [entry.name for entry in installed()]


def load(name: str) -> type[Provider]:
    """Load the adapter of that name; raise UnknownProviderError."""
    for entry in entry_points(group=GROUP, name=name):
        found = entry.load()
        if isinstance(found, type) and issubclass(found, Provider):
            return found
    known = ", ".join(names()) or "none"
    raise UnknownProviderError(f"no provider {name!r} is installed; there are: {known}")


def make(name: str) -> Provider:
    """Make the provider of that name, its credentials still to come; raise SettingsError."""
    try:
        adapter: Callable[[], Provider] = load(name)
    except UnknownProviderError as error:
        raise SettingsError(str(error)) from error
    try:
        return adapter()
    except TypeError as error:
        raise SettingsError(
            f"the provider {name!r} needs more than credentials: make it yourself and hand it to "
            "CommentKit(providers=…)."
        ) from error


def credential_keys(name: str) -> tuple[str, str]:
    """Return the settings that hold the credentials of the provider of that name."""
    stem = f"{PREFIX}{name.upper().replace('-', '_')}"
    return f"{stem}_CLIENT_ID", f"{stem}_CLIENT_SECRET"


def by_name(providers: Iterable[Provider]) -> Mapping[str, Provider]:
    """Index providers by their keys, in order; raise SettingsError when two share one."""
    found: dict[str, Provider] = {}
    for provider in providers:
        if provider.name in found:
            raise SettingsError(
                f"two providers are called {provider.name!r}: CommentKit(providers=…) accepts "
                "each name once."
            )
        found[provider.name] = provider
    return found
