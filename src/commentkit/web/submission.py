"""One press on "Comment", by JSON or by form: checked, stored, notified in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from commentkit.delivery import subscriptions
from commentkit.discussion import comments, posting, threads
from commentkit.discussion.addresses import canonical_url
from commentkit.discussion.comments import Written
from commentkit.discussion.earlier import Earlier, read_earlier
from commentkit.discussion.threads import Page
from commentkit.errors import CommentKitError, FormRefused
from commentkit.model import Comment, Identity, Thread
from commentkit.people import accounts, tokens
from commentkit.people.accounts import GuestDetails
from commentkit.people.permissions import demand
from commentkit.people.tokens import Issued
from commentkit.people.viewer import GUEST, Held, Viewer
from commentkit.signin import way_back
from commentkit.web import guest_picture, news
from commentkit.web.bodies import MAX_FORM_BYTES, Fields
from commentkit.web.call import Call

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What was sent; nothing in it is trusted."""

    page: Page
    text: str
    parent: int | None
    name: str
    email: str
    website: str
    remember: bool
    notify_comments: bool
    notify_posts: bool
    as_guest: bool
    idempotency_key: str | None
    picture_proof: str | None
    transport: str


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    thread: Thread
    comment: Comment
    viewer: Viewer
    issued: Issued | None
    """A token for a guest who had none, so that the comment stays theirs."""
    notice: str = ""
    """The code of what else happened: a mail asks the author to confirm an address."""
    alone: bool = False
    """The author is new here, so that this comment is the only one of theirs."""


def read(fields: Fields, *, page: Page, transport: str) -> Submission:
    """Read the fields that JSON and forms share; raises `field_invalid`."""
    if fields.text("trap"):
        raise CommentKitError("field_invalid", {"name": "trap"})
    return Submission(
        page=page,
        text=fields.text("text", limit=MAX_FORM_BYTES),
        parent=fields.number("parent"),
        name=fields.text("name", limit=MAX_FORM_BYTES),
        email=fields.text("email", limit=MAX_FORM_BYTES),
        website=fields.text("website", limit=MAX_FORM_BYTES),
        remember=fields.flag("remember"),
        notify_comments=fields.flag("notify_comments"),
        notify_posts=fields.flag("notify_posts"),
        as_guest=fields.text("as", limit=20) == GUEST,
        idempotency_key=fields.optional("idempotency_key", limit=200),
        picture_proof=fields.optional("picture_proof", limit=200),
        transport=transport,
    )


def submit(call: Call, viewer: Viewer, sent: Submission) -> Outcome:
    """Store a comment; raises the errors of every field that is wrong."""
    key_hash = posting.idempotency_hash(sent.idempotency_key)
    demand("post", viewer)
    call.limit("post_try")
    try:
        written, details = _checked(call, viewer, sent)
        _count(call, sent, details)
    except CommentKitError:
        again = _sent_before(call, viewer, sent, key_hash)
        if again is None:
            raise
        return again  # whatever forbids it today, it was posted
    press = _Press(
        call, viewer, sent, key_hash, written, details, tag_seen=_tag_seen(call, sent.page)
    )
    # Without a key nobody could tell whether a lost commit was one.
    store = partial(call.kit.database.write, press.store, repeatable=key_hash is not None)
    try:
        return store()
    except (_SentBeforeError, IntegrityError):  # of a key or, one time in millions, of an id
        return call.kit.database.write(press.found) or store()


class _SentBeforeError(Exception):
    """Undoes what a press did before it saw that an earlier one with its key was stored."""


def _sent_before(
    call: Call, viewer: Viewer, sent: Submission, key_hash: bytes | None
) -> Outcome | None:
    """Answer for an earlier press with this key; most that are refused were never posted."""
    if key_hash is None or not _was_sent(call, key_hash):
        return None

    def found(db: Session) -> Outcome | None:
        before = posting.posted_before(db, call.site, key_hash)
        return _again(call, db, viewer, sent, before) if before is not None else None

    return call.kit.database.write(found)


def _was_sent(call: Call, key_hash: bytes) -> bool:
    with call.kit.database.look() as db:
        return posting.is_posted(db, call.site, key_hash)


@dataclass(frozen=True)
class _Press:
    """One press on "Comment", checked and ready to be stored."""

    call: Call
    viewer: Viewer
    sent: Submission
    key_hash: bytes | None
    written: Written
    details: GuestDetails | None
    tag_seen: bool
    made: set[int] = field(default_factory=set)
    """The comments of earlier tries, one of which may have been committed after all."""

    def store(self, db: Session) -> Outcome:
        """Store the comment, unless an earlier press with its key did."""
        call, sent = self.call, self.sent
        # Held before the thread, as by whoever moves or erases people; a guest is not written yet.
        vouched = _author(call, db, self.viewer, None) if self.details is None else None
        thread = threads.open_for(db, call.site, sent.page, now=call.now, tag_seen=self.tag_seen)
        earlier = read_earlier(
            db,
            thread,
            self.written,
            sent.parent,
            self.key_hash,
            now=call.now,
            email=self._typed_address(),
        )
        if earlier.same_press:
            raise _SentBeforeError
        doubtful = self._is_doubtful(earlier)
        author, role = vouched or _author(call, db, self.viewer, self.details)
        newcomer = self.details is not None and not _holds(self.viewer, author)
        comment = posting.post(
            db,
            call.site,
            thread,
            identity=author,
            role=role,
            written=self.written,
            parent_id=sent.parent,
            key_hash=self.key_hash,
            now=call.now,
            newcomer=newcomer,
            doubtful=doubtful,
            earlier=earlier,
        )
        issued = _token_for(call, db, self.viewer, author, sent, new_guest=newcomer)
        self.made.add(comment.id)
        news.tell(call, db, thread, comment, author, _wishes(call, sent))
        news.ask_owner(call, db, self.viewer, self._typed_address())
        seen = issued.viewer if issued else self.viewer
        notice = _notice(call, author, sent)
        return Outcome(thread, comment, seen, issued, notice, alone=newcomer)

    def _typed_address(self) -> str | None:
        if self.details is None or self.call.site.rules.proven_address == "allow":
            return None
        return self.details.email

    def _is_doubtful(self, earlier: Earlier) -> bool:
        """Tell whether the author could be taken for somebody else; raises `name_of_staff`."""
        mine, author = self.viewer.account_ids, self.viewer.active
        if self.details is None:
            return author is not None and earlier.looks_like_staff(author.name, mine)
        if earlier.looks_like_staff(self.details.name, mine):
            raise FormRefused([CommentKitError("name_of_staff")])
        return self._waits_unseen() and (earlier.others_address(mine) or self._changed_address())

    def _waits_unseen(self) -> bool:
        """Tell whether others wait as well: else a comment that waits would say why it does."""
        rules = self.call.site.rules
        return rules.hold != "nobody" or rules.proven_address == "always"

    def _changed_address(self) -> bool:
        """Tell whether a guest who was trusted types another address, whosever it is.

        Only strangers' first comments wait here: what waited for a known address alone would tell
        that it is known.
        """
        before, rules = self.viewer.guest, self.call.site.rules
        watched = rules.hold == "first_time" and self._typed_address() is not None
        typed = (self._typed_address() or "").lower()
        return watched and before is not None and typed != before.email

    def found(self, db: Session) -> Outcome | None:
        """Answer for what an earlier press, or an earlier try of this one, stored."""
        before = posting.posted_before(db, self.call.site, self.key_hash)
        if before is None:
            return None
        outcome = _again(self.call, db, self.viewer, self.sent, before)
        if before.id in self.made:
            news.announce_posted(self.call, db, outcome.thread, before)
        return outcome


def _count(call: Call, sent: Submission, details: GuestDetails | None) -> None:
    """Count a comment that will be stored; what was refused is counted more generously."""
    call.limit("post")
    call.limit_site("post_site")
    if call.kit.mail and details is not None and (sent.notify_comments or sent.notify_posts):
        call.limit("mail_confirm")


def _tag_seen(call: Call, page: Page) -> bool:
    """Look for our tag on a page that only that lets have a thread; before the transaction."""
    tagged = call.site.rules.threads == "tagged" and not page.vouched
    if not tagged or not page.url or not call.site.owns(page.url):
        return False
    with call.kit.database.read() as db:
        if threads.find(db, call.site, page.thread_key) is not None:
            return False
    return way_back.shows_tag(
        call.kit.services.http,
        canonical_url(page.url),
        embed_url=f"{call.kit.settings.base_url}/embed.js",
        key=page.thread_key,
    )


def _checked(call: Call, viewer: Viewer, sent: Submission) -> tuple[Written, GuestDetails | None]:
    """Check all fields before saying what is wrong; no details: posts as who is signed in."""
    refused: list[CommentKitError] = []
    written = _attempt(lambda: comments.write(sent.text, rules=call.site.rules), refused)
    details: GuestDetails | None = None
    if viewer.active is None or sent.as_guest:
        if not call.site.rules.guests:
            raise CommentKitError("sign_in_required")
        details = _guest_details(call, sent, refused)
    if refused or written is None:
        raise FormRefused(refused)
    return written, details


def _guest_details(
    call: Call, sent: Submission, refused: list[CommentKitError]
) -> GuestDetails | None:
    required = call.site.rules.guest_email_required
    email = _attempt(lambda: accounts.checked_email(sent.email, required=required), refused)
    name = _attempt(lambda: accounts.checked_name(sent.name), refused)
    website = _attempt(lambda: accounts.checked_website(sent.website), refused)
    picture = guest_picture.proven(call, email=email, proof=sent.picture_proof)
    return GuestDetails(name=name or "", email=email, website=website, picture_id=picture)


def _attempt(check: Callable[[], T], refused: list[CommentKitError]) -> T | None:
    try:
        return check()
    except CommentKitError as error:
        refused.append(error)
        return None


def _author(
    call: Call, db: Session, viewer: Viewer, details: GuestDetails | None
) -> tuple[Held, str]:
    if details is None:
        if viewer.active is None:
            raise CommentKitError("sign_in_required")
        return _as_now(db, viewer, viewer.active)
    guest = accounts.guest(
        db, site_id=call.site.id, held=viewer.guest, details=details, now=call.now
    )
    return guest, "member"


def _as_now(db: Session, viewer: Viewer, author: Held) -> tuple[Held, str]:
    """Return an author whose account stays as it is until the comment is stored, and their role.

    Raises `token_expired` where they were signed out, or erased, since the request began.
    """
    mine = {author.id: author.account_id}
    if accounts.hold(db, site_id=viewer.site_id, identity_ids=mine) == mine:
        return author, viewer.role
    now = tokens.as_it_stands(db, viewer)
    moved = now.active
    if moved is None or moved.id != author.id or moved.account_id == author.account_id:
        raise CommentKitError("token_expired")
    return moved, now.role


def _holds(viewer: Viewer, author: Held) -> bool:
    return author.id in {i.id for i in viewer.identities}


def _token_for(
    call: Call,
    db: Session,
    viewer: Viewer,
    author: Held,
    sent: Submission,
    *,
    new_guest: bool = False,
) -> Issued | None:
    if _holds(viewer, author):
        return None
    return tokens.issue(
        db,
        identity=author,
        previous=viewer.lasting,
        transport=sent.transport,
        origin=call.origin,
        persistent=sent.remember or viewer.active is not None,
        settings=call.kit.settings,
        now=call.now,
        new_guest=new_guest,
    )


def _again(call: Call, db: Session, viewer: Viewer, sent: Submission, before: Comment) -> Outcome:
    """Answer a repeated press as the first one was; whoever knows its key and text wrote it."""
    if before.edited_at is None and not comments.says(before, sent.text):
        raise CommentKitError("field_invalid", {"name": "idempotency_key"})
    thread = threads.by_id(db, call.site.id, before.thread_id)
    author = db.get(Identity, (call.site.id, before.identity_id))
    if author is None:  # erased since
        return Outcome(thread, before, viewer, None)
    if not accounts.is_mere_guest(db, author):
        return Outcome(thread, before, viewer, None, _notice(call, author, sent))
    issued = _token_for(call, db, viewer, author, sent)
    seen = issued.viewer if issued else viewer
    return Outcome(thread, before, seen, issued, _notice(call, author, sent))


def _notice(call: Call, author: Held, sent: Submission) -> str:
    """Say that an address waits to be confirmed; the same whether it was known here or not."""
    asked = call.kit.mail and author.email and not author.email_verified
    return "confirm_sent" if asked and _wishes(call, sent) else ""


def _wishes(call: Call, sent: Submission) -> list[str]:
    """Return the kinds of mail that were asked for and that the site offers."""
    rules = call.site.rules
    wishes = {
        subscriptions.COMMENTS: sent.notify_comments and rules.notify_comments,
        subscriptions.POSTS: sent.notify_posts and rules.notify_posts,
    }
    return [kind for kind, wished in wishes.items() if wished]
