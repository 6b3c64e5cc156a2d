"""E-mail: the handler of the outbox's kind `email`."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from commentkit.delivery.letters import Draft, draft
from commentkit.delivery.links import Links
from commentkit.delivery.message import Letter, address, compose
from commentkit.delivery.parcels import Onward, Parcel, Undeliverable
from commentkit.delivery.subscriptions import mailbox_hash
from commentkit.delivery.transport import transport
from commentkit.errors import CommentKitError
from commentkit.limits import Limiter
from commentkit.model import Database

logger = logging.getLogger("commentkit.delivery")

_BY_STRANGERS = frozenset({"confirm", "confirm_posts", "claim", "asked"})
"""Letters to an address that anybody may have typed; those to sign in are counted when asked for,
where it can be said."""


class Words(Protocol):
    """A mail as the renderer makes it."""

    @property
    def subject(self) -> str:
        """One line."""

    @property
    def text(self) -> str:
        """The whole message as plain text."""

    @property
    def html(self) -> str:
        """The same as a document."""


class Renders(Protocol):
    """What e-mail needs of a renderer."""

    def mail(self, name: str, *, language: str, view: object) -> Words:
        """Render `mail/<name>` in a language."""


class Mailer:
    """Sends letters from one address through one server, or into a folder.

    Raises ValueError for a `url` or `sender` that cannot work; opens nothing before it sends.
    """

    def __init__(self, url: str, *, sender: str, host: str) -> None:
        self._transport = transport(url)
        self._sender = sender
        self._host = host
        address(sender)

    def send(self, letter: Letter, *, now: datetime) -> None:
        """Hand the letter over; raises `NotDelivered`, or `Undeliverable` for a broken address."""
        try:
            message = compose(letter, sender=self._sender, host=self._host, now=now)
        except ValueError:
            raise Undeliverable("not an e-mail address") from None
        self._transport.send(message)


@dataclass(frozen=True)
class EmailHandler:
    """Reads, renders and sends; the network only after the transaction is over."""

    database: Database
    mailer: Mailer
    renderer: Renders
    links: Links
    clock: Callable[[], datetime]
    limiter: Limiter | None = None
    """Counts letters that strangers can have sent to somebody; None sends them all."""

    def __call__(self, parcel: Parcel) -> Sequence[Onward]:
        """Send the parcel's e-mail, unless it has become pointless."""
        now = self.clock()
        with self.database.read() as db:
            unsaid = draft(db, parcel, links=self.links, now=now)
        if unsaid is not None and self._bears(unsaid, parcel):
            self.mailer.send(self._render(unsaid), now=now)
        return ()

    def _bears(self, unsaid: Draft, parcel: Parcel) -> bool:
        """Tell whether a mailbox bears one more letter that it may not have asked for.

        Nobody is told who is not: the answer to a form never says what is known of an address.
        """
        if self.limiter is None or unsaid.template not in _BY_STRANGERS or parcel.tries > 1:
            return True
        mailbox = mailbox_hash(unsaid.to).hex()
        try:
            self.limiter.hit("letter_to", site_id=parcel.site_id, who=mailbox)
        except CommentKitError:
            logger.warning("%s %d not sent: too many to this mailbox", parcel.kind, parcel.id)
            return False
        return True

    def _render(self, unsaid: Draft) -> Letter:
        words = self.renderer.mail(unsaid.template, language=unsaid.language, view=unsaid.view)
        return Letter(
            to=unsaid.to,
            subject=words.subject,
            text=words.text,
            html=words.html,
            message_id=unsaid.message_id,
            thread_id=unsaid.thread_id,
            unsubscribe_url=unsaid.unsubscribe_url,
        )
