"""What is tidied up now and then, in every deployment."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_

from commentkit import ids
from commentkit.delivery.forgetting import Chore
from commentkit.delivery.links import CONFIRM_WITHIN
from commentkit.model import (
    AccountChange,
    Attempt,
    Consent,
    Draft,
    Outbox,
    Registration,
    Spent,
    Subscription,
    Token,
)
from commentkit.people.changes import UNDO_WITHIN

_KEEP_DONE = timedelta(days=7)
_KEEP_FAILED = timedelta(days=30)
_KEEP_TOKENS = timedelta(days=7)
"""A ticket that is redeemed twice still finds its token."""
_KEEP_ATTEMPTS = timedelta(days=1)
"""A repeated callback is known for what it is."""
_KEEP_CONSENTS = timedelta(days=30)
"""Beyond the last try to withdraw one, for a server that only delivers now and then."""
_KEEP_CLIENTS = timedelta(days=90)
"""Of clients at servers that people name; whoever comes later gets a new one."""


def _beyond_undoing(now: datetime) -> ColumnElement[bool]:
    """Name changes of accounts that cannot be undone any more."""
    return AccountChange.id < ids.first_of(now - UNDO_WITHIN)


def _settled(now: datetime) -> ColumnElement[bool]:
    """Name what was delivered or given up long ago: an id tells when it was put there."""
    old = or_(Outbox.done_at < now - _KEEP_DONE, Outbox.failed_at < now - _KEEP_FAILED)
    return and_(Outbox.id < ids.first_of(now - _KEEP_DONE), old)


def _unconfirmed(now: datetime) -> ColumnElement[bool]:
    """Name addresses that never answered, once the link they got is too old to."""
    silent = Subscription.confirmed_at.is_(None)
    return and_(silent, Subscription.created_at < now - CONFIRM_WITHIN)


CHORES = (
    Chore(Outbox, _settled, by=(Outbox.id,)),
    Chore(Subscription, _unconfirmed, by=(Subscription.confirmed_at, Subscription.created_at)),
    Chore(Token, lambda now: Token.expires_at < now - _KEEP_TOKENS, by=(Token.expires_at,)),
    # The tickets of an attempt go with it.
    Chore(Attempt, lambda now: Attempt.expires_at < now - _KEEP_ATTEMPTS, by=(Attempt.expires_at,)),
    Chore(
        Registration,
        lambda now: Registration.expires_at < now - _KEEP_CLIENTS,
        by=(Registration.expires_at,),
    ),
    Chore(
        Consent, lambda now: Consent.withdraw_at < now - _KEEP_CONSENTS, by=(Consent.withdraw_at,)
    ),
    Chore(AccountChange, _beyond_undoing, by=(AccountChange.id,)),
    Chore(Spent, lambda now: Spent.expires_at < now, by=(Spent.expires_at,)),
    Chore(Draft, lambda now: Draft.expires_at < now, by=(Draft.expires_at,)),
)
