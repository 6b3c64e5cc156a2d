"""Whoever asks now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from commentkit.model import Identity, Token

GUEST = "guest"
"""Provider and issuer of the identities that nobody vouches for."""
HOST = "host"
"""Provider and issuer of the users of the app that we live in; what stands for a token of theirs
is carried by this transport, and stored nowhere."""
SSO = "sso"
"""Provider of the users of another site, whom its server vouches for; each site is its own
issuer."""
STRANGER = -1
"""In the place of ids while nothing of a host's user is stored."""
FRESH = timedelta(minutes=10)
"""How long a sign-in proves that it is still the same person at the keyboard."""


class KnownToken(NamedTuple):
    """What a request asks of a token: columns without an entity, at a quarter of the cost."""

    site_id: int
    id: int
    transport: str
    origin: str
    active_identity_id: int | None
    persistent: bool
    used_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class KnownIdentity(NamedTuple):
    """What a request asks of an identity, likewise."""

    site_id: int
    id: int
    account_id: int
    provider: str
    name: str
    profile_url: str | None
    picture_id: int | None
    email: str | None
    email_verified: bool

    @classmethod
    def of(cls, identity: "Held") -> "KnownIdentity":
        """Keep of an identity what this holds."""
        return cls._make(getattr(identity, name) for name in cls._fields)


class Hold(NamedTuple):
    """How an identity came under a token; whoever takes it along to the next one keeps this."""

    added_at: datetime
    """When it was last proven in this browser."""
    session_hash: bytes | None


HeldToken = Token | KnownToken
Held = Identity | KnownIdentity
"""An entity has all that a row has."""


@dataclass(frozen=True)
class Viewer:
    """A person in one browser on one site, with all identities held side by side there."""

    site_id: int
    token: HeldToken | None = None
    identities: tuple[Held, ...] = ()
    role: str = "member"
    """Of the active identity's account."""
    blocked_at: datetime | None = None
    roles: Mapping[int, str] = field(default_factory=dict, hash=False)
    """Account id → role, of those above `member`."""
    holds: Mapping[int, Hold] = field(default_factory=dict, compare=False, repr=False)
    """Identity id → how it is held; nothing that is shown follows from it."""
    doorless: frozenset[int] = field(default=frozenset(), compare=False, repr=False)
    """Accounts that nobody can sign in to any more: to be signed in still is all their proof."""

    @property
    def active(self) -> Held | None:
        """Return the identity the form comments with; None while signed out."""
        wanted = self.token.active_identity_id if self.token else None
        return next((i for i in self.identities if i.id == wanted), None)

    @property
    def guest(self) -> Held | None:
        """Return the guest identity held by this browser."""
        return next((i for i in self.identities if i.provider == GUEST), None)

    @property
    def signed_in(self) -> tuple[Held, ...]:
        """Return the identities that somebody vouches for."""
        return tuple(i for i in self.identities if i.provider != GUEST)

    @property
    def of_host(self) -> bool:
        """Tell whether the host named this person, for this one request."""
        return self.token is not None and self.token.transport == HOST

    @property
    def lasting(self) -> "Viewer":
        """Return what a token may take along: never whom the host names anew at each request."""
        return Viewer(site_id=self.site_id) if self.of_host else self

    @property
    def account_ids(self) -> frozenset[int]:
        """Return the accounts whose comments are this viewer's own."""
        return frozenset(i.account_id for i in self.identities)

    @property
    def blocked(self) -> bool:
        """Tell whether an account held here may not comment."""
        return self.blocked_at is not None

    def is_fresh(self, account_id: int, now: datetime) -> bool:
        """Tell whether somebody vouched for this account, in this browser, a moment ago."""
        mine = [i for i in self.signed_in if i.account_id == account_id and i.id in self.holds]
        if account_id in self.doorless:
            return bool(mine)
        # A host whose clock is ahead would vouch for hours to come.
        return any(abs(now - self.holds[i.id].added_at) <= FRESH for i in mine)
