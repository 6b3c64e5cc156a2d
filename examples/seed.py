"""Fill the demo's database once: two sites, and what people said there before."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentkit import sites
from commentkit.discussion import comments, posting, statuses, threads
from commentkit.discussion.threads import Page
from commentkit.model import Database, Site, Thread
from commentkit.people import accounts
from commentkit.people.accounts import GuestDetails, Vouched
from commentkit.people.viewer import GUEST, Held
from commentkit.rules import SiteRules
from commentkit.sites import KnownSite
from commentkit.testing.identity_services.people import PEOPLE, wordpress_subject

from .addresses import Addresses
from .conversations import BLOG, CONVERSATIONS, MARTA, NOTEBOOK, Conversation, Said, Speaker

OWNER = next(person for person in PEOPLE if person.key == "marta")
"""Marta signs in with WordPress.com in the demo, and owns the notebook."""


def seed(database: Database, addresses: Addresses, *, now: datetime) -> None:
    """Register the sites and tell the conversations, each unless it is there already."""
    with database.begin() as db:
        known = {NOTEBOOK: _notebook(db, addresses, now), BLOG: _blog(db, addresses, now)}
    for conversation in CONVERSATIONS:
        with database.begin() as db:
            _Told(db, known[conversation.site], addresses, now).tell(conversation)


def _notebook(db: Session, addresses: Addresses, now: datetime) -> KnownSite:
    return _site(
        db,
        name=NOTEBOOK,
        title="Il quaderno di Marta",
        origin=addresses.flask_site,
        rules=SiteRules(form_title="E tu cosa ne pensi?", hold="first_time"),
        now=now,
    )


def _blog(db: Session, addresses: Addresses, now: datetime) -> KnownSite:
    return _site(
        db,
        name=BLOG,
        title="Quarto piano",
        origin=addresses.blog,
        rules=SiteRules(hold="nobody", notify_posts=True),
        now=now,
    )


def _site(
    db: Session, *, name: str, title: str, origin: str, rules: SiteRules, now: datetime
) -> KnownSite:
    """Return the site of that name, made on the first run."""
    if db.scalar(select(Site.id).where(Site.name == name)) is not None:
        return sites.find(db, name)
    return sites.add(
        db, name=name, title=title, language="it", origins=[origin], rules=rules, now=now
    )


class _Told:
    """One conversation on its way into the database."""

    def __init__(self, db: Session, site: KnownSite, addresses: Addresses, now: datetime) -> None:
        self._db, self._site, self._addresses, self._now = db, site, addresses, now
        self._people: dict[str, Held] = {}

    def tell(self, conversation: Conversation) -> None:
        """Post every comment of it, as if each had been written in its time."""
        home = {NOTEBOOK: self._addresses.flask_site, BLOG: self._addresses.blog}
        page = Page(
            key=conversation.key,
            url=home[conversation.site] + conversation.path,
            title=conversation.title,
            language=conversation.language,
            vouched=True,
        )
        if threads.find(self._db, self._site, page.thread_key) is not None:
            return
        first = max(said.hours_ago for said in conversation.said)
        thread = threads.open_for(self._db, self._site, page, now=self._ago(first))
        for said in conversation.said:
            self._post(thread, said, None)

    def _post(self, thread: Thread, said: Said, parent_id: int | None) -> None:
        at = self._ago(said.hours_ago)
        identity = self._person(said.who, at)
        comment = posting.post(
            self._db,
            self._site,
            thread,
            identity=identity,
            role="member",
            written=comments.write(said.text, rules=self._site.rules),
            parent_id=parent_id,
            key_hash=None,
            now=at,
        )
        if not said.pending:
            statuses.set_status(self._db, thread, comment, "approved")
        for reply in said.replies:
            self._post(thread, reply, comment.id)

    def _ago(self, hours: float) -> datetime:
        return self._now - timedelta(hours=hours)

    def _person(self, who: Speaker, at: datetime) -> Held:
        if who.name not in self._people:
            self._people[who.name] = self._identity(who, at)
        return self._people[who.name]

    def _identity(self, who: Speaker, at: datetime) -> Held:
        if who.provider == GUEST:
            details = GuestDetails(name=who.name, email=None, website=who.website)
            return accounts.guest(
                self._db, site_id=self._site.id, held=None, details=details, now=at
            )
        owner = who is MARTA
        issuer = f"{self._addresses.identity}/{who.provider}"
        subject = wordpress_subject(OWNER) if owner else f"demo:{who.name}"
        vouched = Vouched(
            provider=who.provider,
            issuer=issuer,
            subject=subject,
            name=who.name,
            profile_url=who.website,
        )
        identity = accounts.sign_in(self._db, site_id=self._site.id, who=vouched, now=at)
        if owner:
            accounts.of_identity(self._db, identity).role = "owner"
        return identity
