"""What each e-mail says, read from the database at the moment it is sent.

The outbox keeps ids only: an edited comment is quoted as it now reads, a deleted one not at all,
and whoever unsubscribed in the meantime is left in peace.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from commentkit.delivery.links import CLAIM_WITHIN, MOST_CLAIMED, Claim, Links
from commentkit.delivery.notices import UNDONE
from commentkit.delivery.parcels import Parcel
from commentkit.delivery.subscriptions import COMMENTS
from commentkit.model import (
    AccountChange,
    Attempt,
    Comment,
    Identity,
    Site,
    Subscription,
    Thread,
)
from commentkit.people import claims
from commentkit.rules import read_rules
from commentkit.signin.mailed import Letters as SignInLetters
from commentkit.signin.mailed import Waiting, spelled
from commentkit.text import excerpt

EXCERPT_CHARS = 400
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)\S+", re.IGNORECASE)
_JOINT = re.compile(r"(?<=\w)([.@:])(?=\w)")
_WORD_JOINER = "\u2060"

_View = Mapping[str, str]
"""What the templates under `mail/` are given; plain text, never HTML."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An e-mail that is still to be rendered."""

    template: str
    language: str
    to: str
    view: Mapping[str, str]
    message_id: str
    thread_id: str | None = None
    unsubscribe_url: str | None = None


def draft(db: Session, parcel: Parcel, *, links: Links, now: datetime) -> Draft | None:
    """Read what a parcel of kind `email` is about; None when it has become pointless."""
    site = db.get_one(Site, parcel.site_id)
    template = parcel.payload["template"]
    if template == "moderation":
        return _moderation(db, parcel, site, links)
    if template == "sign_in":
        return _sign_in(db, parcel, site, links, now)
    if template in ("claim", "asked"):
        return _claim(db, parcel, site, links, now)
    if template in ("account_link", "account_merge", "account_unlink", UNDONE):
        return _account(db, parcel, site, links)
    subscription = db.get(Subscription, (site.id, parcel.payload["subscription"]))
    if subscription is None:
        return None
    if template == "confirm":
        return _confirm(db, subscription, site, links, now)
    return _NEWS[template](db, parcel.payload["about"], subscription, site, links)


def _account(db: Session, parcel: Parcel, site: Site, links: Links) -> Draft | None:
    """Tell of a change by which a thief would have come in; one that was undone needs no letter."""
    change = db.get(AccountChange, (site.id, parcel.payload["change"]))
    reader = db.get(Identity, (site.id, parcel.payload["identity"]))
    undone = parcel.payload["template"] == UNDONE
    if change is None or (change.undone_at is not None) != undone:
        return None
    if reader is None or reader.email is None:
        return None
    new = db.get(Identity, (site.id, change.identities[0])) if change.identities else None
    url = f"{links.base_url}/{site.name}/account"
    about = {
        "name": inert(new.name) if new is not None else "",
        "provider": inert(parcel.payload["provider"]),
    }
    return Draft(
        template=parcel.payload["template"],
        language=parcel.payload.get("language", site.language),  # older parcels name none
        to=reader.email,
        view={**_view(site, None, url), **about},
        message_id=f"account.{site.id}.{change.id}.{reader.id}",
    )


def _claim(db: Session, parcel: Parcel, site: Site, links: Links, now: datetime) -> Draft | None:
    """Lead to what was written with an address; there is no letter where nothing was."""
    to = parcel.payload["to"]
    asks = parcel.payload["template"] == "asked"
    if asks and not claims.is_proven(db, site_id=site.id, email=to):
        return None
    retired = read_rules(site.rules).retired
    authors = claims.with_address(
        db, site_id=site.id, email=to, retired=retired, limit=MOST_CLAIMED
    )
    if not authors:
        return None
    these = tuple(author.id for author in authors)
    claim = Claim(parcel.id, now + CLAIM_WITHIN, links.mark_of(to), these)
    url = links.claim(site=site.name, site_id=site.id, claim=claim)
    return Draft(
        template=parcel.payload["template"],
        language=parcel.payload["language"],
        to=to,
        view=_view(site, None, url),
        message_id=f"claim.{site.id}.{parcel.id}",
    )


def inert(text: str) -> str:
    """Leave nothing that a mail program would turn into a link of its own accord.

    Addresses go; in host names a word joiner, which nobody sees, ends what looks like a name.
    """
    return _JOINT.sub(rf"\1{_WORD_JOINER}", _ADDRESS.sub("[…]", text))


def _confirm(
    db: Session, wish: Subscription, site: Site, links: Links, now: datetime
) -> Draft | None:
    if wish.confirmed_at is not None:
        return None
    url = links.confirm(site=site.name, site_id=site.id, subscription_id=wish.id, now=now)
    return Draft(
        template="confirm" if wish.kind == COMMENTS else "confirm_posts",
        language=wish.language,
        to=wish.email,
        view=_view(site, db.get(Thread, (site.id, wish.thread_id)), url),
        message_id=f"confirm.{site.id}.{wish.id}.{int(wish.created_at.timestamp())}",
    )


def _new_comment(
    db: Session, comment_id: int, reader: Subscription, site: Site, links: Links
) -> Draft | None:
    comment = _comment(db, site, comment_id, status="approved")
    if comment is None:
        return None
    to_me = _account_of(db, site, comment.parent_id) == reader.account_id
    view = _quote(db, comment, site, links)
    return _news(view, "reply" if to_me else "new_comment", comment.id, reader, site, links)


def _new_post(
    db: Session, thread_id: int, reader: Subscription, site: Site, links: Links
) -> Draft | None:
    thread = db.get(Thread, (site.id, thread_id))
    if thread is None:
        return None
    view = _view(site, thread, _address(links, site, thread, None))
    return _news(view, "new_post", thread.id, reader, site, links)


_NEWS = {"new_comment": _new_comment, "new_post": _new_post}


def _news(
    view: _View, template: str, about: int, reader: Subscription, site: Site, links: Links
) -> Draft:
    leave = links.unsubscribe(site=site.name, site_id=site.id, subscription_id=reader.id)
    return Draft(
        template=template,
        language=reader.language,
        to=reader.email,
        view={**view, "unsubscribe_url": leave},
        message_id=f"news.{site.id}.{about}.{reader.id}",
        thread_id=f"thread.{site.id}.{reader.thread_id}",
        unsubscribe_url=leave,
    )


def _moderation(db: Session, parcel: Parcel, site: Site, links: Links) -> Draft | None:
    comment = _comment(db, site, parcel.payload["about"], status="pending")
    if comment is None:
        return None
    return Draft(
        template="moderation",
        language=site.language,
        to=parcel.payload["to"],
        view=_quote(db, comment, site, links),
        message_id=f"moderation.{site.id}.{comment.id}",
    )


def _sign_in(db: Session, parcel: Parcel, site: Site, links: Links, now: datetime) -> Draft | None:
    """Say link and code, unless the sign-in is over or a later letter was asked for."""
    attempt = db.get(Attempt, (site.id, parcel.payload["attempt"]))
    if attempt is None or attempt.used_at is not None or attempt.expires_at <= now:
        return None
    waiting = Waiting.read(attempt.provider_secret)
    if waiting is None or waiting.letter != parcel.payload["letter"]:
        return None
    letters = SignInLetters(links.base_url, links.secret_key)
    url = letters.link(
        provider=attempt.provider, site_id=site.id, attempt_id=attempt.id, waiting=waiting
    )
    code = letters.code(site.id, attempt.id, waiting.letter)
    return Draft(
        template="sign_in",
        language=attempt.language,
        to=waiting.address,
        view={**_view(site, None, url), "code": spelled(code)},
        message_id=f"sign-in.{site.id}.{attempt.id}.{waiting.letter}",
    )


def _comment(db: Session, site: Site, comment_id: int, *, status: str) -> Comment | None:
    comment = db.get(Comment, (site.id, comment_id))
    return comment if comment is not None and comment.status == status else None


def _account_of(db: Session, site: Site, comment_id: int | None) -> int | None:
    comment = None if comment_id is None else db.get(Comment, (site.id, comment_id))
    return None if comment is None else comment.account_id


def _quote(db: Session, comment: Comment, site: Site, links: Links) -> _View:
    thread = db.get_one(Thread, (site.id, comment.thread_id))
    return {
        **_view(site, thread, _address(links, site, thread, comment.id)),
        "author": inert(comment.author_name),
        "excerpt": inert(excerpt(comment.source, limit=EXCERPT_CHARS)),
    }


def _view(site: Site, thread: Thread | None, action_url: str) -> _View:
    """Say where it happens; a thread's title may come from a visitor's request."""
    title = thread.title if thread is not None and thread.title else site.title
    return {
        "site_title": inert(site.title),
        "thread_title": inert(title),
        "action_url": action_url,
    }


def _address(links: Links, site: Site, thread: Thread, comment_id: int | None) -> str:
    return links.comment(site=site.name, url=thread.url, key=thread.key, comment_id=comment_id)
