"""Tables, and the unit of work over them."""

from commentkit.model.base import PREFIX, Base, include_name, metadata
from commentkit.model.database import Database, after_commit
from commentkit.model.delivery import Outbox, Subscription
from commentkit.model.discussion import Comment, Draft, Thread
from commentkit.model.engines import Limits, own_engine, sqlite_engine, unhurried
from commentkit.model.people import (
    STAFF,
    Account,
    AccountChange,
    Consent,
    Identity,
    Passkey,
    Picture,
    Token,
    TokenIdentity,
)
from commentkit.model.retries import CommitUnknownError
from commentkit.model.signin import Attempt, Registration, Spent, Ticket
from commentkit.model.site import Site, SiteOrigin

__all__ = [
    "PREFIX",
    "STAFF",
    "Account",
    "AccountChange",
    "Attempt",
    "Base",
    "Comment",
    "CommitUnknownError",
    "Consent",
    "Database",
    "Draft",
    "Identity",
    "Limits",
    "Outbox",
    "Passkey",
    "Picture",
    "Registration",
    "Site",
    "SiteOrigin",
    "Spent",
    "Subscription",
    "Thread",
    "Ticket",
    "Token",
    "TokenIdentity",
    "after_commit",
    "include_name",
    "metadata",
    "own_engine",
    "sqlite_engine",
    "unhurried",
]
