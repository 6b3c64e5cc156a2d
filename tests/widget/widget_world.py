"""A page of one site, the comment server of another, and a way to look into the section."""

from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Locator, Page
from widget_server import CommentServer, HostSite

RECORD = """
window.seen = [];
for (const name of ["ready", "posted", "signed-in", "signed-out", "error"])
  addEventListener("commentkit:" + name, (event) => seen.push([name, event.detail]));
"""


@dataclass
class World:
    """A page of one site, the comment server of another, and the browser between them."""

    server: CommentServer
    site: HostSite
    page: Page
    context: BrowserContext

    @property
    def kit(self) -> Locator:
        """The element on the page."""
        return self.page.locator("comment-kit")

    def open(self, body: str = "", *, hash: str = "", **options: object) -> None:
        """Open a page with the section near its top, and wait until it is there."""
        address = self.site.page("/post", body or self.server.tag, **options)
        self.page.goto(address + hash)
        self.kit.locator("section").first.wait_for()

    def start(self, body: str = "", **options: object) -> None:
        """Open, and wait until the lazy script serves the form."""
        self.open(body, **options)
        self.textarea.click()
        self.kit.locator("form[data-form=comment]:not([data-rest])").first.wait_for()

    @property
    def textarea(self) -> Locator:
        """Where one writes."""
        return self.kit.locator("form[data-form=comment] textarea").first

    def action(self, name: str) -> Locator:
        """The controls of that action."""
        return self.kit.locator(f"[data-action={name}]")

    def provider(self, name: str) -> Locator:
        """A provider's button."""
        return self.kit.locator(f"[data-action=sign-in][data-provider={name}]")

    def events(self, name: str) -> list[dict[str, object]]:
        """The details of events so far."""
        return [detail for seen, detail in self.page.evaluate("seen") if seen == name]

    def wait_state(self, state: str) -> None:
        """Wait until host and identity part are in a state."""
        self.page.locator(f"comment-kit[data-state={state}]").first.wait_for()
        self.kit.locator(f"[part~=identity][part~={state}]").first.wait_for(state="attached")

    def notice(self, text: str) -> None:
        """Wait until the live region says this."""
        self.kit.locator("[part~=notice]", has_text=text).first.wait_for()

    def focused(self) -> str:
        """What has the focus inside the section, as a short name."""
        return str(
            self.page.evaluate(
                "(() => { const e = document.querySelector('comment-kit').shadowRoot.activeElement;"
                " return e ? (e.dataset.action || e.name || e.id || e.localName) : '' })()"
            )
        )
