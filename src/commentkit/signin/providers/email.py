"""E-mail by a one-time link or code: who can read the letters of an address is its person.

The link signs in only the browser that asked for it; anywhere else it says to go back and type the
code. A program that opens links uses nothing up: opening asks, and only the button answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.delivery import outbox, subscriptions
from commentkit.errors import CommentKitError
from commentkit.model import Attempt
from commentkit.people import accounts
from commentkit.settings import Settings
from commentkit.signin.mailed import MOST_LETTERS, MOST_TRIES, Letters, Waiting, typed
from commentkit.signin.own_page import Answered, OwnPage, Sent, Shown, Visit, text_of
from commentkit.signin.provider import Capabilities, Claims, Profile, ProviderError, RoundTrip
from commentkit.words import N_

_MAX_TYPED = 400
_SCRIPT = "mailed.js"


@dataclass(frozen=True, kw_only=True)
class EmailLink(OwnPage):
    """Sign in by a letter to one's own address; it needs e-mail to be set up."""

    name: str = "email"
    label: str = "E-mail"
    icon: str = "email"
    picture_alt: str = N_("Photo")
    issuer: str = "email"
    elsewhere: str | None = "elsewhere"
    patience_seconds: int = 15 * 60
    # Another address can always be typed: nothing is asked of anybody for it.
    capabilities: Capabilities = field(
        default=Capabilities(email_trust="always", picture=False, account_choice={})
    )
    letters: Letters | None = None

    @property
    def lacking(self) -> str:
        """Say that e-mail is not set up."""
        return "" if self.letters else "Set COMMENTKIT_SMTP_URL and COMMENTKIT_MAIL_FROM."

    def at_home(self, settings: Settings) -> Self:
        """Take the key that letters are proven with, where e-mail is set up."""
        if not settings.smtp_url:
            return self
        return replace(self, letters=Letters(settings.base_url, settings.secret_key))

    def show(self, visit: Visit, sent: Sent) -> Shown:
        """Ask for the address, then for the code; a link that was opened asks once more."""
        waiting = Waiting.read(visit.secret)
        if waiting is None or "again" in sent or "email" in sent:
            kept = {"email": waiting.address, "name": waiting.name} if waiting else {}
            return Shown("address", kept)
        if sent.get("proof"):
            proof = text_of(sent, "proof", limit=_MAX_TYPED)
            return Shown("opened", {"address": waiting.address, "proof": proof}, _SCRIPT)
        more = waiting.letter < MOST_LETTERS
        return Shown("code", {"address": waiting.address, "more": more}, _SCRIPT)

    def act(self, visit: Visit, sent: Sent) -> Shown | Answered:
        """Send a letter, or take what one says."""
        if "email" in sent:
            return self._send(visit, sent)
        proof = text_of(sent, "proof", limit=_MAX_TYPED)
        code = text_of(sent, "code", limit=_MAX_TYPED)
        if not proof and not code:
            raise CommentKitError("code_wrong")
        visit.limit("email_code", "")
        return self._take(visit, proof=proof, code=typed(code))

    def _send(self, visit: Visit, sent: Sent) -> Shown:
        """Queue a letter. The answer is the same for every address, and asks no table about it."""
        address = accounts.checked_email(text_of(sent, "email", limit=_MAX_TYPED), required=True)
        name = accounts.checked_name(text_of(sent, "name", limit=_MAX_TYPED))
        assert address is not None
        visit.limit("email_letter", "")
        mailbox = subscriptions.mailbox_hash(address).hex()
        visit.limit("email_letter_to", mailbox)
        visit.limit("email_letter_anywhere", mailbox)
        # Nobody's mail server tells Anna@ and anna@ apart, and telephones write the former.
        asked = Waiting(state=visit.state, address=address.lower(), name=name)
        waiting = visit.database.write(partial(_ask_letter, visit=visit, asked=asked))
        if waiting is None:
            raise CommentKitError("too_many")
        return self.show(replace(visit, secret=waiting.write()), {})

    def _take(self, visit: Visit, *, proof: str, code: str) -> Answered:
        refused = visit.database.write(
            partial(_judge, visit=visit, fits=partial(self._fits, visit, proof, code))
        )
        if refused is not None:
            raise CommentKitError(refused)
        return Answered({})

    def _fits(self, visit: Visit, proof: str, code: str, waiting: Waiting) -> bool:
        assert self.letters is not None
        of = (visit.site_id, visit.attempt_id, waiting.letter)
        said, right = (proof, self.letters.proof(*of)) if proof else (code, self.letters.code(*of))
        return ids.same(said.encode("utf-8", "replace"), right.encode())

    def proven(self, trip: RoundTrip, params: Sent, secret: str | None) -> Profile:
        """Return the person of the address that was proven."""
        waiting = Waiting.read(secret)
        if waiting is None or not waiting.proven:
            raise ProviderError("bad_answer", "page: no letter was read")
        return self.profile({"email": waiting.address, "name": waiting.name})

    def profile(self, claims: Claims) -> Profile:
        """Map what was typed and proven. The one place where an address identifies anybody."""
        address = str(claims.get("email") or "")
        return Profile(
            subject=address, name=str(claims.get("name") or ""), email=address, email_verified=True
        )


def _locked(db: Session, visit: Visit) -> Attempt:
    """Read the attempt so that no other request counts its tries at the same time."""
    mine = select(Attempt).where(
        Attempt.site_id == visit.site_id, Attempt.id == visit.attempt_id, Attempt.used_at.is_(None)
    )
    attempt = db.scalar(mine.with_for_update())
    if attempt is None:
        raise CommentKitError("attempt_expired")
    return attempt


def _ask_letter(db: Session, *, visit: Visit, asked: Waiting) -> Waiting | None:
    attempt = _locked(db, visit)
    before = Waiting.read(attempt.provider_secret)
    waiting = replace(asked, letter=before.letter if before else 0).next()
    if waiting.letter > MOST_LETTERS:
        return None
    attempt.provider_secret = waiting.write()
    outbox.enqueue(
        db,
        site_id=visit.site_id,
        kind="email",
        payload={"template": "sign_in", "attempt": visit.attempt_id, "letter": waiting.letter},
        now=visit.now,
    )
    return waiting


def _judge(db: Session, *, visit: Visit, fits: Callable[[Waiting], bool]) -> str | None:
    """Count the try, and return why it is refused; what counts must be committed."""
    attempt = _locked(db, visit)
    waiting = Waiting.read(attempt.provider_secret)
    if waiting is None or waiting.tries >= MOST_TRIES:
        return "code_over"
    right = fits(waiting)
    counted = replace(waiting, tries=waiting.tries + 1, proven=right)
    attempt.provider_secret = counted.write()
    if right:
        return None
    return "code_wrong" if counted.tries < MOST_TRIES else "code_over"
