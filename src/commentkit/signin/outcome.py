"""What a provider's answer comes to: a sign-in, or one more identity of an account."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.delivery import notices
from commentkit.errors import CommentKitError
from commentkit.model import AccountChange, Attempt, Database, Identity
from commentkit.people import accounts, changes, consents, linking, pictures
from commentkit.people.accounts import Vouched
from commentkit.settings import Settings
from commentkit.signin.provider import Profile, Provider
from commentkit.signin.sealing import CONSENTS, seal

DONE = "done"
SIGN_IN, LINK, PROVE = "sign_in", "link", "prove"
"""`prove` signs in like `sign_in`, once more: for what a standing sign-in is not enough for."""


@dataclass(frozen=True)
class Finished:
    """How an attempt ended: with an identity, or with an error to show."""

    attempt: Attempt
    identity: Identity | None
    error: CommentKitError | None
    """Both, where the identity was proven and could not be linked: it is another account's."""
    change: AccountChange | None = None
    """What was linked, so that it can be undone."""


AccountsHere = Callable[[Session, int], Collection[int]]
"""Tells to which accounts of a site the browser that answers is signed in."""


def nobody(_db: Session, _site_id: int) -> Collection[int]:
    """Answer for a browser that is signed in to no account."""
    return ()


@dataclass(frozen=True)
class Answer:
    """Who a provider said somebody is, and what it was asked for."""

    attempt: Attempt
    provider: Provider
    profile: Profile
    picture: tuple[str, bytes] | None
    now: datetime

    @property
    def session_hash(self) -> bytes | None:
        """Return by what a logout at the provider will find what began with this answer."""
        issuer = self.profile.issuer or self.provider.issuer
        named = self.profile.session_id
        return ids.subject_hash(issuer, named) if named else None

    def vouched(self, db: Session) -> Vouched:
        """Return the person, with the picture stored."""
        profile, provider = self.profile, self.provider
        return Vouched(
            provider=provider.name,
            issuer=profile.issuer or provider.issuer,
            subject=profile.subject,
            name=profile.name,
            handle=profile.handle,
            profile_url=profile.profile_url,
            picture_id=_store(db, self.attempt.site_id, profile, self.picture, self.now),
            email=profile.email,
            email_verified=profile.email_verified,
            name_told=profile.name != provider.label,
        )


def proven(
    db: Session, answer: Answer, settings: Settings, accounts_here: AccountsHere
) -> Finished:
    """End the attempt with who was proven, or with why not; the same once more if repeated."""
    attempt = answer.attempt
    if attempt.purpose != LINK:
        return _signed_in(db, answer, settings)
    account_id = attempt.account_id or 0
    try:
        with db.begin_nested():
            changes.unblocked(db, attempt.site_id, account_id)
            # Whoever began may have left since, or been taken out, and somebody else sit here now;
            # asked under the account's lock, or it could still happen before this is stored.
            if account_id not in accounts_here(db, attempt.site_id):
                raise CommentKitError("account_signed_out")
            return _linked(db, answer, account_id, settings)
    except CommentKitError as error:
        return _end(db, attempt, None, error)


def _signed_in(
    db: Session, answer: Answer, settings: Settings, error: CommentKitError | None = None
) -> Finished:
    attempt, who = answer.attempt, answer.vouched(db)
    identity = accounts.sign_in(db, site_id=attempt.site_id, who=who, now=answer.now)
    if accounts.of_identity(db, identity).blocked_at is not None:
        return _end(db, attempt, None, CommentKitError("sign_in_disallowed"))
    _keep(db, answer, identity, settings)
    return _end(db, attempt, identity, error, answer.session_hash)


def _linked(db: Session, answer: Answer, account_id: int, settings: Settings) -> Finished:
    """Link what was proven; what is another account's is signed in beside this one instead."""
    attempt, who = answer.attempt, answer.vouched(db)
    linked = linking.link(
        db, site_id=attempt.site_id, account_id=account_id, who=who, now=answer.now
    )
    if linked.taken:
        return _signed_in(db, answer, settings, CommentKitError("identity_taken"))
    _keep(db, answer, linked.identity, settings)
    if linked.change is not None and settings.smtp_url:
        notices.tell(
            db,
            linked.change,
            language=attempt.language,
            provider=answer.provider.label,
            now=answer.now,
        )
    ended = _end(db, attempt, linked.identity, None, answer.session_hash)
    return replace(ended, change=linked.change)


def _keep(db: Session, answer: Answer, identity: Identity, settings: Settings) -> None:
    """Store what belongs to the sign-in besides who somebody is."""
    provider, profile = answer.provider, answer.profile
    provider.keep(db, identity, profile, now=answer.now)
    if provider.keeps_token:
        token = profile.kept_token
        sealed = None if token is None else seal(token, settings.secret_key, CONSENTS)
        consents.keep(db, identity, sealed, now=answer.now)


def _store(
    db: Session,
    site_id: int,
    profile: Profile,
    picture: tuple[str, bytes] | None,
    now: datetime,
) -> int | None:
    if picture is None or profile.picture_url is None:
        return None
    content_type, body = picture
    return pictures.store(
        db,
        site_id=site_id,
        source_url=profile.picture_url,
        content_type=content_type,
        body=body,
        now=now,
    )


def failed(database: Database, attempt: Attempt, error: CommentKitError) -> Finished:
    """End the attempt without anybody."""
    return database.write(lambda db: _end(db, attempt, None, error), repeatable=True)


def _end(
    db: Session,
    attempt: Attempt,
    identity: Identity | None,
    error: CommentKitError | None,
    session_hash: bytes | None = None,
) -> Finished:
    ended = db.get_one(Attempt, (attempt.site_id, attempt.id))
    ended.session_hash = session_hash
    ended.outcome = error.code if error else DONE
    ended.identity_id = identity.id if identity else None
    db.flush()
    return Finished(ended, identity, error)
