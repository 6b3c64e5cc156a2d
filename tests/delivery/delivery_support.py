"""A small town of readers, a clock to turn, and mail servers that really listen."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from itertools import count
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from commentkit.delivery.fanout import FanOut
from commentkit.delivery.links import Links
from commentkit.delivery.mail import EmailHandler, Mailer
from commentkit.delivery.parcels import Handler
from commentkit.ids import new_id, sha256
from commentkit.model import (
    Account,
    Comment,
    Database,
    Identity,
    Outbox,
    Site,
    Subscription,
    Thread,
)
from commentkit.render import Renderer

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LINKS = Links("https://comments.example.org/commentkit", "a secret of the tests")
SENDER = "Comments <comments@example.org>"


class Town:
    """One site with one thread in a database, and the time."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = START
        self._numbers = count(1)
        with database.begin() as db:
            site = Site(
                id=new_id(START),
                name="blog",
                title="The Blog",
                language="en",
                rules={},
                created_at=START,
            )
            db.add(site)
            db.flush()
            self.site_id = site.id
            self.thread_id = self._add_thread(db, site.id)

    def clock(self) -> datetime:
        return self.now

    def later(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now

    def person(self, email: str | None = None) -> Identity:
        number = next(self._numbers)
        with self.database.begin() as db:
            account = Account(site_id=self.site_id, id=new_id(START), created_at=START)
            db.add(account)
            db.flush()
            identity = Identity(
                site_id=self.site_id,
                id=new_id(START),
                account_id=account.id,
                provider="guest",
                issuer="guest",
                subject=str(number),
                subject_hash=sha256(str(number)),
                name=f"Person {number}",
                email=email,
                created_at=START,
                seen_at=START,
            )
            db.add(identity)
        return identity

    def comment(
        self,
        author: Identity,
        text: str = "I see it the other way round.",
        *,
        status: str = "approved",
        parent: Comment | None = None,
        name: str | None = None,
    ) -> Comment:
        comment_id = new_id(self.now)
        comment = Comment(
            site_id=self.site_id,
            id=comment_id,
            thread_id=self.thread_id,
            parent_id=parent and parent.id,
            root_id=parent.root_id if parent else comment_id,
            account_id=author.account_id,
            identity_id=author.id,
            author_name=name or author.name,
            author_provider="guest",
            source=text,
            source_hash=sha256(text),
            html="<p>unused</p>",
            renderer_version=1,
            status=status,
            shown=status == "approved",
            created_at=self.now,
        )
        with self.database.begin() as db:
            db.add(comment)
        return comment

    def subscriber(self, email: str, *, kind: str = "comments", confirmed: bool = True) -> int:
        reader = self.person(email)
        subscription = Subscription(
            site_id=self.site_id,
            id=new_id(START),
            kind=kind,
            thread_id=self.thread_id if kind == "comments" else 0,
            account_id=reader.account_id,
            email=email,
            email_hash=sha256(email),
            mailbox_hash=sha256(email),
            language="en",
            confirmed_at=START if confirmed else None,
            created_at=START,
        )
        with self.database.begin() as db:
            db.add(subscription)
        return subscription.id

    def outbox(self) -> Sequence[Outbox]:
        with self.database.read() as db:
            return db.scalars(select(Outbox).order_by(Outbox.created_at, Outbox.id)).all()

    def handlers(self, url: str, *, page: int = 200) -> dict[str, Handler]:
        mailer = Mailer(url, sender=SENDER, host=LINKS.host)
        email = EmailHandler(self.database, mailer, Renderer(), LINKS, self.clock)
        return {"email": email, "fan_out": FanOut(self.database, page)}

    def _add_thread(self, db: Any, site_id: int) -> int:
        thread = Thread(
            site_id=site_id,
            id=new_id(START),
            key="2013/04/article",
            key_hash=sha256("2013/04/article"),
            url="https://blog.example.org/2013/04/article",
            title="An article",
            created_at=START,
        )
        db.add(thread)
        db.flush()
        return thread.id


class Catcher(Controller):
    """An SMTP server on a free port that keeps what it gets."""

    def __init__(self, *, answer: str = "250 OK", port: int = 0, **options: Any) -> None:
        self.answer = answer
        self.envelopes: list[Envelope] = []
        super().__init__(self, hostname="127.0.0.1", port=port, **options)

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.answer.startswith("250"):
            self.envelopes.append(envelope)
        return self.answer

    @property
    def messages(self) -> list[EmailMessage]:
        found = [message_from_bytes(e.content or b"", policy=default) for e in self.envelopes]
        return [message for message in found if isinstance(message, EmailMessage)]

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def catching(**options: Any) -> Iterator[Catcher]:
    catcher = Catcher(**options)
    catcher.start()
    try:
        yield catcher
    finally:
        catcher.stop()


@contextmanager
def scripted(talk: Callable[[socket.socket], object]) -> Iterator[int]:
    """Yield the port of a server that gives each connection to `talk`, then drops it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                talk(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
