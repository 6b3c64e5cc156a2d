"""Whoever asks now."""

from dataclasses import dataclass
from datetime import datetime

from commentkit.model import Identity, Token

GUEST = "guest"
"""Provider and issuer of the identities that nobody vouches for."""


@dataclass(frozen=True)
class Viewer:
    """A person in one browser on one site, with all identities held side by side there."""

    site_id: int
    token: Token | None = None
    identities: tuple[Identity, ...] = ()
    role: str = "member"
    blocked_at: datetime | None = None

    @property
    def active(self) -> Identity | None:
        """Return the identity the form comments with; None while signed out."""
        wanted = self.token.active_identity_id if self.token else None
        return next((i for i in self.identities if i.id == wanted), None)

    @property
    def guest(self) -> Identity | None:
        """Return the guest identity held by this browser."""
        return next((i for i in self.identities if i.provider == GUEST), None)

    @property
    def signed_in(self) -> tuple[Identity, ...]:
        """Return the identities that somebody vouches for."""
        return tuple(i for i in self.identities if i.provider != GUEST)

    @property
    def account_ids(self) -> frozenset[int]:
        """Return the accounts whose comments are this viewer's own."""
        return frozenset(i.account_id for i in self.identities)

    @property
    def blocked(self) -> bool:
        """Tell whether an account held here may not comment."""
        return self.blocked_at is not None
