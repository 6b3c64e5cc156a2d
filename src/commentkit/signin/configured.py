"""Read what a provider needs besides credentials from the keys of its own name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any
from urllib.parse import parse_qsl

from commentkit.settings import PREFIX, SettingsError
from commentkit.signin.provider import Provider, Setting

LABEL = Setting("label", "the name on its button")
"""Any provider may be shown by another name than its own."""
ISSUER_ALIASES = Setting(
    "issuer_aliases", "further names by which it calls itself in callbacks (iss, RFC 9207)"
)
"""For the day on which a provider begins to name itself, by a name that nobody announced."""
CONDITIONS_MET = "CONDITIONS_MET"
_YES, _NO = (True, "1", "true"), (None, False, "", "0", "false")


def stem(name: str) -> str:
    """Give the beginning of every key of the provider of that name."""
    return f"{PREFIX}{name.upper().replace('-', '_')}_"


def settings_of(adapter: type[Provider]) -> Mapping[str, Setting]:
    """List what an adapter reads besides credentials, by the ends of the keys."""
    named = any(field.name == ISSUER_ALIASES.field for field in fields(adapter))
    return {
        "LABEL": LABEL,
        **({"ISSUER_ALIASES": ISSUER_ALIASES} if named else {}),
        **adapter.settings,
    }


def keys(provider: Provider) -> list[str]:
    """List a provider's keys besides those of its credentials."""
    ends = [*settings_of(type(provider)), *([CONDITIONS_MET] if provider.off_until else [])]
    return [stem(provider.name) + end for end in ends]


def values(adapter: type[Provider], name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Read an adapter's fields; raise SettingsError for what is missing or cannot be used."""
    types = {field.name: str(field.type) for field in fields(adapter)}
    read = {}
    for end, setting in settings_of(adapter).items():
        key, written = stem(name) + end, config.get(stem(name) + end)
        if written is not None and (written != "" or setting.or_empty):
            read[setting.field] = _value(key, setting, written, types.get(setting.field, ""))
        elif setting.required:
            raise SettingsError(f"{key} is missing: it accepts {setting.accepts}.")
    return read


def _value(key: str, setting: Setting, written: Any, kind: str) -> Any:
    read: Callable[[Any], Any] = _READ.get(kind, _text)
    value = read(written)
    if value is None or not (isinstance(value, bool) or setting.usable(value)):
        # The value is not shown: somebody may have put a secret there.
        raise SettingsError(f"{key} cannot be used: it accepts {setting.accepts}.")
    return value


def _text(written: Any) -> str | None:
    return written.strip() if isinstance(written, str) else None


def _words(written: Any) -> tuple[str, ...] | None:
    if isinstance(written, str):
        return tuple(written.replace(",", " ").split())
    texts = isinstance(written, tuple | list) and all(isinstance(word, str) for word in written)
    return tuple(written) if texts else None


def _switch(written: Any) -> bool | None:
    word = written.lower() if isinstance(written, str) else written
    return True if word in _YES else False if word in _NO else None


def _params(written: Any) -> Mapping[str, str] | None:
    if isinstance(written, str):
        try:
            return dict(parse_qsl(written, keep_blank_values=True, strict_parsing=True))
        except ValueError:
            return None
    return dict(written) if isinstance(written, Mapping) else None


_READ: Mapping[str, Callable[[Any], Any]] = {
    "tuple[str, ...]": _words,
    "bool": _switch,
    "Mapping[str, str]": _params,
}


def refuse_unmet(adapter: type[Provider], name: str, config: Mapping[str, Any]) -> None:
    """Refuse a provider whose conditions nobody said are met; raise SettingsError."""
    key = stem(name) + CONDITIONS_MET
    if not adapter.off_until or _switch(config.get(key)):
        return
    raise SettingsError(
        f"the provider {name!r} is off: {adapter.off_until} When that is so, set {key}=true."
    )


def name_of(adapter: type[Provider], otherwise: str) -> str:
    """Give the name that an adapter has by itself, or another one where it has none."""
    default = next(field.default for field in fields(adapter) if field.name == "name")
    return otherwise if default is MISSING else str(default)
