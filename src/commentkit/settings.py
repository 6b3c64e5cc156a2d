"""Deployment settings, read once from `app.config` and held to what they accept."""

import difflib
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from ipaddress import ip_address
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "COMMENTKIT_"
MAX_SITE_NAME = 40
RESERVED_NAMES = frozenset({"backchannel-logout", "callback", "health", "oauth", "static"})
"""No site can have these: our own addresses begin with them."""

_SITE_NAME = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{MAX_SITE_NAME - 1}}}")
_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*")
_BETWEEN_URLS = re.compile(r"[\s,]+(?=[a-z][a-z0-9+]*://)")
"""A comma alone may also stand inside a URL that names several hosts."""
_DRIVERS = {
    "postgresql": ("postgresql+psycopg", "postgresql"),
    "mariadb": ("mariadb+pymysql", "mariadb"),
    "mysql": ("mysql+pymysql", "mariadb"),
}
"""By database: the scheme that names the tested driver, and the extra that installs it."""
_STORAGES = ("memory", "redis", "rediss", "unix")


class SettingsError(ValueError):
    """A setting that cannot work; the message names its key and what it accepts."""


def _setting(
    default: Any = MISSING,
    *,
    accepts: str,
    why: str,
    secret: bool = False,
    between: tuple[int, int] | None = None,
) -> Any:
    options: dict[str, Any] = {} if default is MISSING else {"default": default}
    told = {"accepts": accepts, "why": why, "between": between}
    return field(metadata=told, repr=not secret, **options)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything a deployment chooses; each field is the key `COMMENTKIT_<FIELD>`."""

    public_url: str = _setting(
        accepts="an https address, or http on a loopback name, with the path of an app that is "
        "mounted below one: https://comments.example.org or https://example.org/app",
        why="our own addresses are made from it, never from the request's headers",
    )
    secret_key: str = _setting(
        accepts="at least 16 characters; the app's SECRET_KEY serves when it is absent",
        why="signs the links in e-mails and the host's word for its pages",
        secret=True,
    )
    database_url: str = _setting(
        "",
        accepts="an SQLAlchemy URL whose driver is installed, such as "
        "postgresql+psycopg://user:password@host/name or "
        "mariadb+pymysql://user:password@host/name; "
        "empty: our own SQLite file in the instance folder",
        why="where comments are kept when the host gives no engine",
        secret=True,
    )
    replica_urls: str = _setting(
        "",
        accepts="URLs like that of the database, with spaces or commas between them",
        why="copies of the database that only answer; public pages are read from them in turn",
        secret=True,
    )
    pool_size: int = _setting(
        10,
        accepts="1 to 1000",
        between=(1, 1000),
        why="connections a process may hold to each database: one for each of the 8 threads of "
        "`commentkit serve`, one for the thread that delivers e-mail, and one to spare; two such "
        "processes take 20 of the 100 that PostgreSQL gives",
    )
    pool_wait_seconds: int = _setting(
        3,
        accepts="1 to 60",
        between=(1, 60),
        why="how long a request waits for a free connection before it is told to come again; "
        "under 5, so that a full house answers instead of hanging",
    )
    connect_seconds: int = _setting(
        3,
        accepts="1 to 60",
        between=(1, 60),
        why="how long a server may take to greet us, and how long it may be silent on the wire",
    )
    lock_seconds: int = _setting(
        2,
        accepts="1 to 60",
        between=(1, 60),
        why="how long a statement waits for what another one holds; a visitor's write is tried "
        "three times, and begins its last try within 5 seconds",
    )
    statement_seconds: int = _setting(
        10,
        accepts="1 to 3600",
        between=(1, 3600),
        why="after which a statement is given up, so that a lost one does not keep a connection; "
        "ours take milliseconds. SQLite has no such limit",
    )
    url_prefix: str = _setting(
        "/commentkit",
        accepts="a path of plain segments that begins with / and does not end with it, or an "
        "empty text",
        why="where the blueprint is mounted",
    )
    site: str = _setting(
        "main",
        accepts="the name of a site, such as blog: a-z, 0-9 and -, at most 40 of them",
        why="the site whose threads the host's own templates inline",
    )
    layout: str = _setting(
        "",
        accepts="the name of a template of the host; empty: our own plain page",
        why="the shell around pages without JavaScript",
    )
    smtp_url: str = _setting(
        "",
        accepts="smtp://user:password@host:587?starttls=1, smtps://…, or folder:///path",
        why="where e-mail goes; empty: no e-mail, and the form's two checkboxes are absent",
        secret=True,
    )
    mail_from: str = _setting(
        "", accepts="an address such as Comments <comments@example.org>", why="the sender of e-mail"
    )
    limits_storage: str = _setting(
        "memory://",
        accepts="memory:// or redis://host:6379/0",
        why="where rate limits are counted; memory counts in each process alone",
        secret=True,
    )
    limits: Mapping[str, str] = _setting(
        accepts='a mapping of actions to rates, such as {"post": "10/minute"}; in the environment '
        "it is JSON, spelt like this",
        why="rates that differ from the defaults",
    )
    read_path: bool = _setting(
        False,
        accepts="True or False; `commentkit serve` takes True for its default",
        why="answers public pages in front of the app, before its routing and its own hooks",
    )
    pages_bytes: int = _setting(
        32 * 1024 * 1024,
        accepts="bytes, 1048576 or more",
        between=(2**20, 2**40),
        why="how much memory each process gives to public pages that it keeps as bytes",
    )
    pages_storage: str = _setting(
        "",
        accepts="redis://host:6379/0; empty: each process renders for itself",
        why="where processes share the public pages that one of them has rendered",
        secret=True,
    )
    trusted_hops: int = _setting(
        0, accepts="0 to 10", between=(0, 10), why="proxies in front that append to X-Forwarded-For"
    )
    token_seconds: int = _setting(
        180 * 86_400,
        accepts="seconds, 3600 or more",
        between=(3600, 10**9),
        why="after which a sign-in ends in any case",
    )
    token_idle_seconds: int = _setting(
        30 * 86_400,
        accepts="seconds, 3600 or more, and not more than COMMENTKIT_TOKEN_SECONDS",
        between=(3600, 10**9),
        why="after which an unused sign-in ends",
    )
    attempt_seconds: int = _setting(
        600,
        accepts="seconds, 60 to 3600",
        between=(60, 3600),
        why="how long a sign-in may take at the provider",
    )
    ticket_seconds: int = _setting(
        60,
        accepts="seconds, 10 to 60",
        between=(10, 60),
        why="how long a finished sign-in waits for the page",
    )
    loopback_services: bool = _setting(
        False,
        accepts="True or False",
        why="lets the demo and the tests talk to identity services on this machine over plain http",
    )
    delivery_thread: bool = _setting(
        True,
        accepts="True or False",
        why="delivers e-mail and tidies up from here; False where "
        "`flask commentkit deliver --watch` does",
    )

    @property
    def replicas(self) -> tuple[str, ...]:
        """Return the URLs of the replicas."""
        listed = self.replica_urls.strip(" ,\n\t")
        return tuple(_BETWEEN_URLS.split(listed)) if listed else ()

    @property
    def origin(self) -> str:
        """Return the scheme, host and port of the comment server."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def base_url(self) -> str:
        """Return the address of the blueprint."""
        return self.public_url + self.url_prefix

    @property
    def secure(self) -> bool:
        """Tell whether the server is reached over https; else it is on loopback."""
        return self.public_url.startswith("https:")


def read_settings(
    config: Mapping[str, Any], *, also_known: Iterable[str] = (), elsewhere: Iterable[str] = ()
) -> Settings:
    """Make the frozen settings from an app's config.

    `also_known` are further keys, such as the providers' credentials; `elsewhere` are keys that
    would mean something in another app, and are read only where a key is unknown. A near miss of
    any of them, or a value that cannot work, raises `SettingsError`; any other unknown key warns.
    """
    known = {PREFIX + f.name.upper(): f for f in fields(Settings)}
    _refuse_near_misses(config, {*known, *also_known}, elsewhere)
    values = {known[key].name: config[key] for key in known if config.get(key) is not None}
    values.setdefault("secret_key", config.get("SECRET_KEY") or "")
    values.setdefault("limits", {})
    if "public_url" not in values:
        raise impossible("public_url", "")
    settings = Settings(**_typed(values))
    _check(settings)
    return settings


def _refuse_near_misses(
    config: Mapping[str, Any], known: set[str], elsewhere: Iterable[str]
) -> None:
    unknown = [key for key in config if key.startswith(PREFIX) and key not in known]
    others = {*elsewhere} if unknown else set()
    for key in unknown:
        near = difflib.get_close_matches(key, known | others, n=1, cutoff=0.85)
        if near and key not in others:
            raise SettingsError(f"{key} is not a setting. Did you mean {near[0]}?")
        warnings.warn(f"{key} is not a setting of commentkit and has no effect.", stacklevel=4)


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Hold each value to its field's type; what comes out is ours alone."""
    secret = values["secret_key"]
    if isinstance(secret, bytes):
        values = {**values, "secret_key": _decoded(secret)}
    hints = get_type_hints(Settings)
    for name, value in values.items():
        if not _fits(value, hints[name]):
            raise impossible(name, value)
    token_seconds = values.get("token_seconds", Settings.token_seconds)
    idle_seconds = min(Settings.token_idle_seconds, token_seconds)
    ours = {"public_url": values["public_url"].rstrip("/"), "limits": dict(values["limits"])}
    return {"token_idle_seconds": idle_seconds, **values, **ours}


def _decoded(secret: bytes) -> str:
    """Read a secret of bytes, which may be any: signatures need no more than its entropy."""
    try:
        return secret.decode()
    except UnicodeDecodeError:
        return secret.hex()


def _fits(value: object, hint: Any) -> bool:
    if hint in (str, bool):
        return isinstance(value, hint)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, Mapping) and all(isinstance(v, str) for v in (*value, *value.values()))


def _check(settings: Settings) -> None:
    _refuse_missing_drivers(settings)
    checks = {
        "public_url": _is_address(settings.public_url),
        "secret_key": len(settings.secret_key) >= 16,
        "database_url": _opens(settings.database_url),
        "replica_urls": all(_opens(url) for url in settings.replicas),
        "url_prefix": _PATH.fullmatch(settings.url_prefix) is not None,
        "site": is_site_name(settings.site),
        "limits_storage": settings.limits_storage.split("://")[0] in _STORAGES,
    }
    for of in fields(Settings):
        if of.metadata["between"] is not None:
            low, high = of.metadata["between"]
            checks[of.name] = low <= getattr(settings, of.name) <= high
    checks["token_idle_seconds"] &= settings.token_idle_seconds <= settings.token_seconds
    for name, good in checks.items():
        if not good:
            raise impossible(name, getattr(settings, name))


def _is_address(value: str) -> bool:
    """Tell whether a value is an origin, with or without a path below it."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    origin = f"{parts.scheme}://{parts.netloc}"
    return value == origin + parts.path and is_origin(origin) and bool(_PATH.fullmatch(parts.path))


def _refuse_missing_drivers(settings: Settings) -> None:
    """Say which package is missing: the URL itself may be right."""
    written = {"database_url": (settings.database_url,), "replica_urls": settings.replicas}
    for name, urls in written.items():
        for url in filter(None, urls):
            said = _missing_driver(url)
            if said:
                raise SettingsError(f"{PREFIX}{name.upper()} {said}")


def _missing_driver(url: str) -> str:
    """Say what to install for a database that we know; empty where nothing is missing."""
    try:
        address = make_url(url)
        known = _DRIVERS.get(address.get_backend_name())
        return _install(address, *known) if known and not _imports(address) else ""
    except (ArgumentError, ValueError):
        return ""  # no URL of SQLAlchemy's: said with what the setting accepts


def _install(address: URL, scheme: str, extra: str) -> str:
    spelt = "" if address.drivername == scheme else f"write {scheme}://… and "
    return (
        f"needs the driver {address.get_driver_name()}, which is not installed: "
        f"{spelt}run pip install 'commentkit[{extra}]' "
        f"(in a clone: pip install '.[{extra}]'). It accepts any URL whose driver is installed."
    )


def _imports(address: URL) -> bool:
    try:
        address.get_dialect().import_dbapi()
    except ImportError:
        return False
    return True


def _opens(url: str) -> bool:
    """Tell whether an engine can be made for a URL; nothing is connected to."""
    if not url:
        return True
    try:
        dialect = make_url(url).get_dialect()
        dialect.import_dbapi()
    except (ArgumentError, ImportError, ValueError):
        return False
    return not dialect.is_async


def impossible(name: str, value: object) -> SettingsError:
    """Return the error for a field's value: its key, and what it accepts. No secret is quoted."""
    of: Field[Any] = next(f for f in fields(Settings) if f.name == name)
    shown = repr(value) if of.repr or value == "" else "that value"
    return SettingsError(
        f"{PREFIX}{name.upper()} cannot be {shown}: it accepts {of.metadata['accepts']}."
    )


def is_site_name(name: str) -> bool:
    """Tell whether a site may have that name: it is part of our addresses and cookies' names."""
    return _SITE_NAME.fullmatch(name) is not None and name not in RESERVED_NAMES


def is_origin(value: str) -> bool:
    """Tell whether `value` is exactly an origin we accept: https, or http on a loopback name."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    plain = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}" + (
        f":{port}" if port else ""
    )
    if value != plain or not host or (parts.scheme, port) in (("https", 443), ("http", 80)):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Tell whether a host means this machine by its very spelling (RFC 6761 §6.3)."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
