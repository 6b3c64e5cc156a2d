"""What the widget's calls and the forms of our pages both do, each in one transaction."""

from dataclasses import replace
from functools import partial
from typing import Any

from blinker import NamedSignal
from flask import current_app
from sqlalchemy.orm import Session

from commentkit import signals
from commentkit.delivery import subscriptions
from commentkit.discussion import comments
from commentkit.errors import CommentKitError
from commentkit.model import Comment, Identity, after_commit
from commentkit.people import claims, tokens
from commentkit.people.tokens import Issued
from commentkit.people.viewer import Viewer
from commentkit.web import proofs
from commentkit.web.call import Call


def announce(db: Session, signal: NamedSignal, **said: Any) -> None:
    """Send a signal once this transaction is committed; the app is its sender."""
    sender = current_app._get_current_object()  # type: ignore[attr-defined]
    after_commit(db, partial(signal.send, sender, **said))


def edit(call: Call, number: int, text: str, *, version: str | None = None) -> Comment:
    """Replace the text of an own comment; who may do so is asked before the text is rendered."""
    call.limit("edit")
    with call.kit.database.read() as db:
        author = proofs.viewer_of(call, db)
        comments.read_source(db, call.site, author, comment_id=number, now=call.now)
    written = comments.write(text, rules=call.site.rules)

    def store(db: Session) -> Comment:
        row = comments.edit(
            db,
            call.site,
            author,
            comment_id=number,
            written=written,
            version=version,
            now=call.now,
        )
        if row.status == "pending":
            notify_moderators(call, db, row)
        announce(db, signals.comment_edited, site=call.site, comment=row)
        return row

    return call.kit.database.write(store)


def notify_moderators(call: Call, db: Session, comment: Comment) -> None:
    """Queue the mail that a comment waits, where mail is set up and somebody is to be told."""
    if call.kit.mail:
        subscriptions.notify_moderators(
            db,
            site_id=call.site.id,
            comment_id=comment.id,
            to=call.site.rules.moderator_email,
            now=call.now,
        )


def delete(call: Call, number: int) -> Comment:
    """Delete an own comment."""
    call.limit("edit")

    def erase(db: Session) -> Comment:
        author = proofs.viewer_of(call, db)
        row = comments.delete(db, call.site, author, comment_id=number, now=call.now)
        announce(db, signals.comment_deleted, site=call.site, comment=row)
        return row

    return call.kit.database.write(erase)


def sign_in(
    call: Call,
    db: Session,
    identity: Identity,
    previous: Viewer,
    *,
    transport: str,
    keeps_active: bool = False,
    session_hash: bytes | None = None,
) -> Issued:
    """Issue the token that a finished sign-in ends in."""
    issued = tokens.issue(
        db,
        identity=identity,
        previous=previous.lasting,
        transport=transport,
        origin=call.origin,
        persistent=True,
        settings=call.kit.settings,
        now=call.now,
        keeps_active=keeps_active,
        session_hash=session_hash,
    )
    announce(db, signals.signed_in, site=call.site, identity=identity)
    return issued


def sign_out(call: Call) -> None:
    """End the token on the server; whoever has none is signed out already."""
    call.limit("edit")

    def leave(db: Session) -> None:
        # Our own token, whomever the host names: its cookie will be gone.
        leaving = proofs.viewer_of(replace(call, host_user=None), db, strict=False)
        if leaving.token is not None:
            tokens.end(db, site_id=call.site.id, token_id=leaving.token.id, now=call.now)
            announce(db, signals.signed_out, site=call.site)

    call.kit.database.write(leave, repeatable=True)


def claim(call: Call, number: int) -> Viewer:
    """Bring what this browser wrote as a guest to the account in use; raises `claim_over`."""
    call.limit("account")

    def take(db: Session) -> Viewer:
        viewer = proofs.viewer_of(call, db)
        for change in claims.take_own(db, viewer, identity_id=number, now=call.now):
            announce(db, signals.account_changed, site=call.site, change=change)
        return proofs.viewer_of(call, db)

    return call.kit.database.write(take)


def use_identity(call: Call, number: int | None) -> Viewer:
    """Comment with another identity that is signed in here; raises `unknown_identity`."""
    call.limit("edit")

    def switch(db: Session) -> Viewer:
        viewer = proofs.viewer_of(call, db)
        if viewer.of_host:  # the host says who it is
            raise CommentKitError("unknown_identity")
        return tokens.switch(db, viewer, identity_id=number or 0)

    return call.kit.database.write(switch, repeatable=True)
