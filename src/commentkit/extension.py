"""`CommentKit`: all wiring, and the only reader of `app.config`."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import EntryPoints
from pathlib import Path

from flask import Blueprint, Flask
from sqlalchemy import Engine

from commentkit.cli import commands
from commentkit.delivery.chores import CHORES
from commentkit.delivery.handlers import handlers_of
from commentkit.delivery.links import Links as MailLinks
from commentkit.delivery.outbox import OutboxWorker
from commentkit.delivery.parcels import Handler
from commentkit.limits import Limiter
from commentkit.model import Database, Limits, own_engine, sqlite_engine
from commentkit.people.host_users import HostUser, HostUsers
from commentkit.render import Renderer
from commentkit.settings import Settings, SettingsError, read_settings
from commentkit.signin import registry, withdrawing
from commentkit.signin.flow import Services
from commentkit.signin.http import HttpClient, forbid_network
from commentkit.signin.metadata import MetadataCache
from commentkit.signin.provider import Provider
from commentkit.signin.secret_file import SecretFile
from commentkit.signin.withdrawing import Withdrawal
from commentkit.web.directory import SiteDirectory
from commentkit.web.host import HostTemplates, settle
from commentkit.web.kit import Clock, Kit
from commentkit.web.read_path.freshness import Changes, Seconds
from commentkit.web.read_path.layer import ReadPath
from commentkit.web.read_path.shared import SharedPages
from commentkit.web.read_path.store import PageStore
from commentkit.web.routes import add_routes

KEY = "commentkit"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class CommentKit:
    """The extension: made without an app, given one by `init_app`.

    `providers` are the ways to sign in, in the order of their buttons: made by you, or the names
    that `flask commentkit provider list` shows; those without credentials are left out. `engine` is
    the host's, else `COMMENTKIT_DATABASE_URL`, else our own file in the instance folder.
    `template_folders` hold `commentkit/…` templates that win over ours. `clock` returns aware UTC.

    `current_user` returns who is logged in at the host now, as a `HostUser`, or None: on the site
    that the host itself is an origin of, that person writes without any press. It is called within
    requests, outside our transactions. `login_url` and `logout_url` are where the host's own doors
    are.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        providers: Iterable[Provider | str] = (),
        engine: Engine | None = None,
        template_folders: Sequence[Path | str] = (),
        clock: Clock = _utc_now,
        http: HttpClient | None = None,
        current_user: Callable[[], HostUser | None] | None = None,
        login_url: str | None = None,
        logout_url: str | None = None,
    ) -> None:
        self._providers = tuple(providers)
        self._engine = engine
        self._template_folders = tuple(template_folders)
        self._clock = clock
        self._http = http
        self._host_users = (
            HostUsers(current=current_user, login_url=login_url, logout_url=logout_url)
            if current_user is not None
            else None
        )
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask, *, read_path: bool | None = None) -> None:
        """Add blueprint, templates and commands; raises `SettingsError` for what cannot work.

        `read_path` puts a layer in front of the app that answers public pages before any routing,
        and therefore before the app's own hooks; None leaves it to `COMMENTKIT_READ_PATH`.
        """
        if KEY in app.extensions:
            raise RuntimeError("commentkit is already registered with this app")
        installed = cache(registry.entries)  # read once, and only where a name is to be looked up
        providers = [
            registry.make(p, app.config, among=installed()) if isinstance(p, str) else p
            for p in self._providers
        ]
        kit = self._kit(app, _settings(app, providers, installed), providers)
        app.register_blueprint(_blueprint(kit))
        if kit.settings.read_path if read_path is None else read_path:
            app.wsgi_app = ReadPath(app.wsgi_app, kit)  # type: ignore[method-assign]
        templates = HostTemplates(kit, kit.settings.site)
        # No global: setting one would make the app's Jinja environment, which its options still
        # may shape.
        app.context_processor(lambda: {KEY: templates})
        app.cli.add_command(commands)
        app.extensions[KEY] = kit

    def _kit(self, app: Flask, settings: Settings, providers: Sequence[Provider]) -> Kit:
        limiter = Limiter(settings.limits_storage, settings.limits, secret=settings.secret_key)
        offered = registry.by_name(_with_credentials(app, p).at_home(settings) for p in providers)
        database = _database(app, settings, self._engine)
        changes = Changes(database, self._seconds())
        host_folders = [Path(app.root_path) / (app.template_folder or "templates")]
        renderer = Renderer([*self._template_folders, *host_folders])
        mail_links = MailLinks(settings.base_url, settings.secret_key)
        handlers = handlers_of(
            settings,
            database=database,
            renderer=renderer,
            links=mail_links,
            clock=self._clock,
            limiter=limiter,
        )
        services = Services(self._http or _http(settings), MetadataCache())
        configured = {name: p for name, p in offered.items() if p.configured}
        withdrawal = Withdrawal(database, configured, services, settings.secret_key, self._clock)
        handlers = {**handlers, **withdrawing.handlers_of(withdrawal)}
        return Kit(
            settings=settings,
            database=database,
            changes=changes,
            sites=SiteDirectory(database, changes),
            pages=PageStore(settings.pages_bytes),
            shared_pages=_shared_pages(settings),
            renderer=renderer,
            providers=configured,
            left_out=tuple(p for p in offered.values() if not p.configured),
            services=services,
            limiter=limiter,
            handlers=handlers,
            worker=self._worker(database, handlers) if settings.delivery_thread else None,
            mail_links=mail_links,
            clock=self._clock,
            host_users=self._host_users,
        )

    def _seconds(self) -> Seconds:
        """Return a clock that never goes back; a given one is taken at its word."""
        if self._clock is _utc_now:
            return time.monotonic
        return lambda: self._clock().timestamp()

    def _worker(self, database: Database, handlers: Mapping[str, Handler]) -> OutboxWorker:
        return OutboxWorker(database, handlers, self._clock, chores=CHORES)


def _settings(
    app: Flask, providers: Sequence[Provider], installed: Callable[[], EntryPoints]
) -> Settings:
    ours = [key for provider in providers for key in registry.keys(provider)]
    return read_settings(app.config, also_known=ours, elsewhere=_elsewhere(installed))


def _elsewhere(installed: Callable[[], EntryPoints]) -> Iterator[str]:
    """Yield the credentials' keys of every provider that an app could offer."""
    for name in registry.names(installed()):
        if name not in registry.SECOND_WAYS:
            yield from (*registry.credential_keys(name), registry.secret_file_key(name))


def _with_credentials(app: Flask, provider: Provider) -> Provider:
    """Give a provider what the config has for it; one without credentials is not offered."""
    keys = registry.credential_keys(provider.name)
    file_key = registry.secret_file_key(provider.name)
    client_id, secret, path = (_text(app, key) for key in (*keys, file_key))
    if not (client_id or secret or path):
        return provider
    if secret and path:
        raise SettingsError(f"{keys[1]} and {file_key} are both set: keep one of them.")
    known = provider.with_credentials(client_id, secret)
    if path:
        known = known.with_secret_from(_secret_file(file_key, path))
    if not known.configured:
        missing = keys[1] if client_id else keys[0]
        raise SettingsError(f"{missing} is missing: {provider.label} needs both id and secret.")
    return known


def _text(app: Flask, key: str) -> str:
    value = app.config.get(key) or ""
    if not isinstance(value, str):
        raise SettingsError(f"{key} cannot be used: it accepts a text.")
    return value


def _secret_file(key: str, path: str) -> SecretFile:
    file = SecretFile(path)
    if not file():
        raise SettingsError(
            f"{key} cannot be used: it accepts the path of a file that this process can read and "
            "that holds the secret alone."
        )
    return file


def _http(settings: Settings) -> HttpClient:
    """Make the client for other servers; some throttle those that do not say whose they are."""
    return HttpClient(
        loopback=settings.loopback_services,
        user_agent=f"commentkit (+{settings.public_url})",
    )


def _shared_pages(settings: Settings) -> SharedPages | None:
    if not settings.pages_storage:
        return None
    return SharedPages(settings.pages_storage, settings.secret_key)


def _database(app: Flask, settings: Settings, given: Engine | None) -> Database:
    limits = Limits(
        pool_size=settings.pool_size,
        pool_wait_seconds=settings.pool_wait_seconds,
        connect_seconds=settings.connect_seconds,
        lock_seconds=settings.lock_seconds,
        statement_seconds=settings.statement_seconds,
    )
    replicas = [own_engine(url, limits) for url in settings.replicas]
    engine = given or _engine(app, settings, limits)
    return Database(engine, replicas=replicas, around=forbid_network)


def _engine(app: Flask, settings: Settings, limits: Limits) -> Engine:
    if settings.database_url:
        return own_engine(settings.database_url, limits)
    return sqlite_engine(Path(app.instance_path) / "commentkit.sqlite3", limits)


def _blueprint(kit: Kit) -> Blueprint:
    blueprint = Blueprint(KEY, __name__, url_prefix=kit.settings.url_prefix)
    add_routes(blueprint, kit)
    blueprint.after_app_request(settle)
    return blueprint
