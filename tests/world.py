"""One small comment server over a real database, with a clock that only tests move."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import compiled
from database_support import databases_now
from flask import Flask
from flask.testing import FlaskClient
from site_scope import watched
from werkzeug.test import TestResponse

from commentkit import CommentKit, sites
from commentkit.discussion import comments, posting, statuses, threads
from commentkit.discussion.threads import Page
from commentkit.model import Comment, Identity, Thread
from commentkit.people import accounts, tokens
from commentkit.people.accounts import GuestDetails, Vouched
from commentkit.people.viewer import Viewer
from commentkit.rules import SiteRules
from commentkit.sites import KnownSite
from commentkit.web.kit import Kit

SERVER = "http://127.0.0.1:8000"
BLOG = "http://localhost:8001"
OTHER = "http://localhost:8009"
PAGE_URL = f"{BLOG}/a.html"
START = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


@dataclass
class Clock:
    """Time stands still until a test moves it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class World:
    """The app, its site `blog` at BLOG (and the server's own origin), and a second site."""

    app: Flask
    clock: Clock
    site: KnownSite
    other_site: KnownSite
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    @property
    def kit(self) -> Kit:
        return self.app.extensions["commentkit"]

    def client(self, who: str = "anna") -> FlaskClient:
        """Return the browser of `who`."""
        return self.clients.setdefault(who, self.app.test_client())

    def call(
        self,
        method: str,
        path: str,
        *,
        who: str = "anna",
        origin: str | None = BLOG,
        headers: Mapping[str, str] | None = None,
        site: str = "blog",
        **request: Any,
    ) -> TestResponse:
        """Make one of the widget's personal calls."""
        sent = {"X-CommentKit": "1"} | ({"Origin": origin} if origin else {}) | dict(headers or {})
        url = f"{SERVER}/commentkit/{site}{path}"
        return self.client(who).open(url, method=method, headers=sent, **request)

    def get(
        self, path: str, *, who: str = "anna", site: str = "blog", **request: Any
    ) -> TestResponse:
        return self.client(who).get(f"{SERVER}/commentkit/{site}{path}", **request)

    def send(
        self, path: str, form: Mapping[str, Any], *, who: str = "anna", **request: Any
    ) -> TestResponse:
        """Send one of our forms from a page of our own."""
        headers = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
        return self.client(who).post(
            f"{SERVER}/commentkit/blog/page/{path}", data=form, headers=headers, **request
        )

    def post(
        self,
        text: str = "Hello there",
        *,
        who: str = "anna",
        headers: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> TestResponse:
        """Post as a guest whose name is `who`."""
        body = {
            "thread": {"url": PAGE_URL, "title": "A page"},
            "text": text,
            "name": who.title(),
            "email": f"{who}@example.org",
            "transport": "partitioned",
        }
        return self.call("POST", "/comments", who=who, headers=headers, json=body | fields)

    def rules(self, **changes: Any) -> None:
        """Change the site's rules."""
        with self.kit.database.begin() as db:
            rules = replace(self.site.rules, **changes)
            self.site = sites.change(db, self.site.name, rules=rules)

    def error(self, response: TestResponse) -> tuple[int, str, str | None]:
        """Return status, code and field of a refusal."""
        said = response.get_json()["error"]
        return response.status_code, said["code"], said["field"]


def make_world(
    folder: Path, *, rules: SiteRules | None = None, clock: Clock | None = None, **config: Any
) -> World:
    """Make an app with a database of its own: one a folder, of the kind that is tested now."""
    clock = clock or Clock()
    app = Flask("world", instance_path=str(folder))
    app.testing = True
    app.config.update(
        SECRET_KEY="a secret of the tests",
        **{
            "COMMENTKIT_PUBLIC_URL": SERVER,
            "COMMENTKIT_LIMITS": {"post": "1000/minute", "post_try": "1000/minute"},
            "COMMENTKIT_DELIVERY_THREAD": False,
            # A busy test run is no reason to refuse a visitor; what is about waiting says so.
            "COMMENTKIT_LOCK_SECONDS": 30,
        }
        | config,
    )
    providers = app.config.pop("PROVIDERS", ())
    more = app.config.pop("KIT", {})
    engine = databases_now().for_app(folder)
    CommentKit(engine=engine, providers=providers, clock=clock, **more).init_app(app)
    kit: Kit = app.extensions["commentkit"]
    watched(kit.database.engine)
    compiled.once(kit.renderer)
    with kit.database.begin() as db:
        site = sites.add(
            db,
            name="blog",
            title="The blog",
            language="en",
            origins=[BLOG, SERVER],
            rules=rules or SiteRules(hold="nobody"),
            now=clock(),
        )
        other = sites.add(
            db,
            name="other",
            title="Another",
            language="en",
            origins=[OTHER],
            rules=SiteRules(hold="nobody"),
            now=clock(),
        )
    return World(app, clock, site, other)


@dataclass
class Verbs:
    """The verbs, called as one person would press the buttons, without the web around them."""

    world: World

    def identity(self, name: str = "Anna", *, subject: str | None = None) -> Identity:
        who = Vouched(
            provider="test", issuer="https://id.example", subject=subject or name, name=name
        )
        with self.world.kit.database.begin() as db:
            return accounts.sign_in(db, site_id=self.world.site.id, who=who, now=self.world.clock())

    def guest(self, name: str = "Gino") -> Identity:
        details = GuestDetails(name=name, email=None, website=None)
        with self.world.kit.database.begin() as db:
            return accounts.guest(
                db, site_id=self.world.site.id, held=None, details=details, now=self.world.clock()
            )

    def viewer(self, *identities: Identity) -> Viewer:
        """Sign these in side by side; the last one is active."""
        seen = Viewer(site_id=self.world.site.id)
        for identity in identities:
            with self.world.kit.database.begin() as db:
                seen = tokens.issue(
                    db,
                    identity=identity,
                    previous=seen,
                    transport="bearer",
                    origin=BLOG,
                    persistent=True,
                    settings=self.world.kit.settings,
                    now=self.world.clock(),
                ).viewer
        return seen

    def thread(self, url: str = PAGE_URL) -> Thread:
        with self.world.kit.database.begin() as db:
            return threads.open_for(db, self.world.site, Page(url=url), now=self.world.clock())

    def post(
        self,
        author: Identity,
        text: str,
        *,
        parent: Comment | None = None,
        key: str | None = None,
        url: str = PAGE_URL,
    ) -> Comment:
        """Post a moment later than everything before."""
        self.world.clock.move(seconds=1)
        written = comments.write(text, rules=self.world.site.rules)
        with self.world.kit.database.begin() as db:
            thread = threads.open_for(db, self.world.site, Page(url=url), now=self.world.clock())
            return posting.post(
                db,
                self.world.site,
                thread,
                identity=author,
                role="member",
                written=written,
                parent_id=parent.id if parent else None,
                key_hash=posting.idempotency_hash(key),
                now=self.world.clock(),
            )

    def move(self, comment: Comment, status: str) -> None:
        with self.world.kit.database.begin() as db:
            row = comments.find_any(db, comment.site_id, comment.id)
            thread = threads.by_id(db, comment.site_id, comment.thread_id)
            statuses.set_status(db, thread, row, status)

    def again(self, comment: Comment) -> Comment:
        """Read a comment anew."""
        with self.world.kit.database.read() as db:
            return comments.find_any(db, comment.site_id, comment.id)

    def thread_now(self, url: str = PAGE_URL) -> Thread:
        with self.world.kit.database.read() as db:
            found = threads.find(db, self.world.site, Page(url=url).thread_key)
            assert found is not None
            return found
