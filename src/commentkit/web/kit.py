"""What one app's comment section runs on; made by the extension, handed to every view."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.metadata import version

from commentkit import ids
from commentkit.delivery.links import Links as MailLinks
from commentkit.delivery.outbox import OutboxWorker
from commentkit.delivery.parcels import Handler
from commentkit.discussion.cursors import Cursors
from commentkit.limits import Limiter
from commentkit.model import Database
from commentkit.people.host_users import HostUsers
from commentkit.render import Renderer
from commentkit.settings import Settings
from commentkit.signin.flow import Services
from commentkit.signin.provider import Provider
from commentkit.view import Assets, Logouts, ProviderView, own_views, provider_view
from commentkit.web.directory import SiteDirectory
from commentkit.web.files import Files
from commentkit.web.parts import Parts
from commentkit.web.read_path.freshness import Changes
from commentkit.web.read_path.shared import SharedPages
from commentkit.web.read_path.store import PageStore

Clock = Callable[[], datetime]
EXAMINING = "commentkit.examining"
"""In the environment of the doctor's own requests: they start nothing."""


@dataclass(frozen=True, kw_only=True)
class Kit:
    """One app's settings and services; two apps in one process never share one."""

    settings: Settings
    database: Database
    changes: Changes
    sites: SiteDirectory
    pages: PageStore
    """Public pages as bytes."""
    shared_pages: SharedPages | None
    """The same, shared by processes; None without Redis."""
    renderer: Renderer
    providers: Mapping[str, Provider]
    left_out: tuple[Provider, ...]
    """Named by the host, but without credentials."""
    services: Services
    limiter: Limiter
    handlers: Mapping[str, Handler]
    """What delivers each kind of parcel; none without e-mail."""
    worker: OutboxWorker | None
    mail_links: MailLinks
    clock: Clock
    host_users: HostUsers | None = None
    """Who tells of the users of the app that we live in."""

    def wake(self) -> None:
        """Start what works in the background; first done by a request, so after any fork."""
        if self.worker is not None:
            self.worker.start()

    @property
    def mail(self) -> bool:
        """Tell whether e-mail is set up."""
        return bool(self.settings.smtp_url)

    @property
    def assets(self) -> Assets:
        """Return the addresses of the static files; a change of any of them changes all."""
        return Assets(
            style=self.static("commentkit.css"),
            script=self.static("section.js"),
            page_style=self.static("page.css"),
            popup_script=self.static("popup.js"),
            icon=self.static("icon.svg"),
        )

    @cached_property
    def files(self) -> Files:
        """Return the static files, read at first use."""
        return Files(self.renderer.digest[:16])

    @cached_property
    def provider_views(self) -> Mapping[str, ProviderView]:
        """Return what is shown of each configured provider and of the host's own, by name."""
        offered = {name: provider_view(provider) for name, provider in self.providers.items()}
        return own_views(self.host_users) | offered

    def logouts(self, now: datetime) -> Logouts:
        """Return where one logs out at each provider, as far as it is known already."""
        found = (
            (
                name,
                provider.logout_at(
                    self.services.metadata, back_url=self.logged_out_url(name), now=now
                ),
            )
            for name, provider in self.providers.items()
        )
        return tuple((name, url) for name, url in found if url is not None)

    @cached_property
    def parts(self) -> Parts:
        """Return what renders a reader's own pieces."""
        return Parts(self.renderer, self.provider_views)

    @cached_property
    def cursors(self) -> Cursors:
        """Return what writes and reads the places that links to further pages carry."""
        return Cursors(self.settings.secret_key)

    @cached_property
    def fingerprint(self) -> str:
        """Name everything of this deployment that a public page depends on."""
        words = (version("commentkit"), self.renderer.digest, self.settings.base_url)
        return ids.sha256(f"{words}|{self.provider_views}|{self.mail}").hex()

    def static(self, name: str) -> str:
        """Return the lasting address of a static file."""
        return f"{self.settings.base_url}/static/{self.files.digest}/{name}"

    def logged_out_url(self, provider: str) -> str:
        """Return our page for people who logged out at a provider; to be registered there too."""
        return f"{self.settings.base_url}/logged-out/{provider}"

    def callback_url(self, provider: str) -> str:
        """Return the address to register at a provider: each has its own (RFC 9700 §4.4)."""
        return f"{self.settings.base_url}/callback/{provider}"
