"""A stand-alone comment server, configured by the environment alone."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from importlib.metadata import EntryPoints
from pathlib import Path
from typing import Any, get_type_hints

from click import ClickException
from flask import Flask

from commentkit import CommentKit
from commentkit.advice import STAND_ALONE
from commentkit.settings import PREFIX, Settings, SettingsError
from commentkit.signin import registry
from commentkit.signin.provider import Provider

FIRST = ("wordpress", "x", "facebook", "google")
"""The order of buttons where none is chosen; further adapters follow by name."""

PROVIDERS_KEY = "COMMENTKIT_PROVIDERS"
OIDC, OIDC_KEYS = "oidc", ("COMMENTKIT_OIDC_ISSUER", "COMMENTKIT_OIDC_LABEL")
"""An issuer alone is an offer too."""

OWN_DEFAULTS = {"read_path": True}
"""Settings whose default is another one here than in a host's app."""

SERVER_KEYS = ("COMMENTKIT_BIND", "COMMENTKIT_WORKERS", "COMMENTKIT_THREADS")
"""What the command itself reads; the app never sees them."""


class RefusedEnvironmentError(ClickException, SettingsError):
    """A `SettingsError` that `flask --app commentkit.serve` shows as a sentence."""


@dataclass(frozen=True, kw_only=True)
class Listening:
    """How the server listens and how many answer."""

    host: str
    port: int
    workers: int = 1
    threads: int = 8
    """Requests answered at once by each worker."""
    access_log: bool = True
    stop_seconds: int = 30
    """How long requests under way may take to finish once the server is told to stop."""


def create_app() -> Flask:
    """Make the app of this process from its environment; each worker calls it.

    What the environment cannot mean is one line at the command line, as click shows it.
    """
    try:
        return app_from(os.environ, instance=Path.cwd() / "instance")
    except SettingsError as error:
        raise RefusedEnvironmentError(str(error)) from error


def app_from(environ: Mapping[str, str], *, instance: Path) -> Flask:
    """Make the app; raises `SettingsError` where the environment cannot work.

    Without COMMENTKIT_DATABASE_URL, comments are kept in `instance`.
    """
    app = Flask(STAND_ALONE, instance_path=str(instance.resolve()), static_folder=None)
    app.config.from_mapping(read_environment(environ))
    for name, value in OWN_DEFAULTS.items():
        app.config.setdefault(PREFIX + name.upper(), value)
    CommentKit(providers=providers(environ)).init_app(app)
    return app


def read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """Give every COMMENTKIT_* variable the type of its setting."""
    hints = get_type_hints(Settings)
    types = {PREFIX + field.name.upper(): hints[field.name] for field in fields(Settings)}
    own = (*SERVER_KEYS, PROVIDERS_KEY)
    return {
        key: _typed(key, text, types.get(key, str))
        for key, text in environ.items()
        if key.startswith(PREFIX) and key not in own
    }


def _typed(key: str, text: str, kind: Any) -> Any:
    try:
        if kind is bool:
            return {"1": True, "true": True, "0": False, "false": False}[text.lower()]
        if kind is int:
            return int(text)
        return text if kind is str else dict(json.loads(text))
    except (KeyError, ValueError, TypeError) as error:
        wanted = {bool: "true or false", int: "a whole number"}.get(kind, _JSON)
        raise SettingsError(f"{key} cannot be {text!r}: it accepts {wanted}.") from error


_JSON = 'a JSON object, in double quotes, such as {"post": "10/minute"}'


def providers(environ: Mapping[str, str]) -> list[Provider]:
    """Make the providers that COMMENTKIT_PROVIDERS names, else all that have credentials.

    Raises `SettingsError` for a name that no installed adapter has.
    """
    named = environ.get(PROVIDERS_KEY, "")
    chosen = [name.strip() for name in named.split(",") if name.strip()]
    installed = registry.entries()
    chosen = chosen or _with_credentials(environ, registry.names(installed))
    return [_provider(name, environ, installed) for name in chosen]


def _with_credentials(environ: Mapping[str, str], installed: Iterable[str]) -> list[str]:
    others = sorted({*installed} - registry.SECOND_WAYS - {*FIRST, OIDC})
    names = [*FIRST, *others, *([OIDC] if environ.get(OIDC_KEYS[0]) else [])]
    return [n for n in names if n == OIDC or environ.get(registry.credential_keys(n)[0])]


def _provider(name: str, environ: Mapping[str, str], installed: EntryPoints) -> Provider:
    """Make one; credentials come to it as the app's settings, and with them the refusals."""
    try:
        return registry.make(name, environ, among=installed)
    except SettingsError as error:
        if not environ.get(PROVIDERS_KEY):
            raise
        raise SettingsError(f"{PROVIDERS_KEY} cannot name {name!r}: {error}") from error


def serve(listening: Listening) -> None:
    """Serve until told to stop; requests under way are finished first.

    The access log says what was asked, and not by whom: no client's address, and no query, which
    may hold a link to unsubscribe.
    """
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "commentkit.serve:create_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=listening.host,
        port=listening.port,
        workers=listening.workers,
        blocking_threads=listening.threads,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=listening.stop_seconds,
        log_level=LogLevels.info,
        log_access=listening.access_log,
        log_access_format='"%(method)s %(path)s" %(status)d %(dt_ms).1f ms',
    ).serve()


def described_settings() -> list[tuple[str, str]]:
    """List what the environment may hold, and what for."""
    described = [
        (PREFIX + field.name.upper(), _meaning(field.metadata, _default(field)))
        for field in fields(Settings)
    ]
    for name in FIRST:
        described.append((", ".join(registry.credential_keys(name)), f"offers {_label(name)}"))
    return [
        *described,
        (
            ", ".join((*OIDC_KEYS, *registry.credential_keys(OIDC))),
            "offers any OpenID Connect issuer, by discovery",
        ),
        (
            registry.secret_file_key("<NAME>"),
            "a file with that provider's secret, read at each use, in place of the secret",
        ),
        (
            PROVIDERS_KEY,
            "the ways to sign in, in the order of their buttons. Accepts names of installed "
            f"adapters, separated by commas: {', '.join(registry.names())}; works=oidc makes one "
            "under a name of its own, by which its settings begin. "
            "Default: all that have credentials",
        ),
        (", ".join(SERVER_KEYS), "the same as --bind, --workers and --threads"),
    ]


def _default(field: Field[Any]) -> object:
    return OWN_DEFAULTS.get(field.name, field.default)


def _label(name: str) -> str:
    return registry.make(name).label


def _meaning(metadata: Mapping[str, str], default: object) -> str:
    shown = "" if default in (MISSING, "") else f" Default: {default}."
    return f"{metadata['why']}. Accepts {metadata['accepts']}.{shown}"
