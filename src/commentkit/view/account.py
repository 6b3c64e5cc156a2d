"""One's own account, on pages of the comment server."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlencode

from commentkit.view.identity import HeldView, LoginView, ProviderView, first_of
from commentkit.view.links import Assets, naming


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLinks:
    """Addresses of one's account at a site, in one language."""

    endpoint: str
    language: str
    composed: ClassVar[bool] = False
    """Nothing is typed on these pages that a link could lose."""

    def to(self, verb: str = "", **query: str) -> str:
        """Return the page of a verb, or where its form is sent; without one the first page."""
        place = f"{self.endpoint}/account" + (f"/{verb}" if verb else "")
        return f"{place}?{urlencode({'lang': self.language, **query})}"

    def leading_back(self, address: str) -> str:
        """Name the account page in an address of the site's own, which leads back to it."""
        return naming(address, self.to())


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnIdentity:
    """One way into the account."""

    held: HeldView
    since: datetime
    guest: bool = False
    """Claimed comments of a guest: nobody can sign in with it."""
    removable: bool = True
    ended: bool = False
    """Nobody can sign in with it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherAccount:
    """Another account that this browser is signed in to."""

    id: int
    held: HeldView


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInAt:
    """A browser that is signed in."""

    id: int
    place: str
    """The origin whose pages it comments on."""
    used_at: datetime
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """Something that can be undone."""

    id: int
    kind: str
    names: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage:
    """For `account.html`."""

    assets: Assets
    links: AccountLinks
    site_title: str
    account_id: int
    person: HeldView
    role: str
    identities: tuple[OwnIdentity, ...]
    others: tuple[OtherAccount, ...]
    signed_in_at: tuple[SignedInAt, ...]
    changes: tuple[ChangeView, ...]
    providers: tuple[ProviderView, ...]
    keeps_comments: bool
    """What the site's rule says of comments whose author goes."""
    claims: bool = False
    """Whether letters can show that comments are one's own."""
    notice: str = ""
    problem: str = ""
    """Translated, as the notice is."""

    @property
    def linked(self) -> frozenset[str]:
        """Return the providers whose further accounts are *another* one."""
        return frozenset(identity.held.provider.name for identity in self.identities)

    @property
    def first(self) -> tuple[ProviderView, ...]:
        """Return the ways that are seen at once."""
        return first_of(self.providers)[0]

    @property
    def further(self) -> tuple[ProviderView, ...]:
        """Return those that one press shows."""
        return first_of(self.providers)[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSignInPage:
    """For `account_sign_in.html`: nobody is signed in, or has to show that it is still them."""

    assets: Assets
    links: AccountLinks
    site_title: str
    providers: tuple[ProviderView, ...]
    known: tuple[OwnIdentity, ...] = ()
    """The providers' ways into the account that has to be proven."""
    logins: tuple[LoginView, ...] = ()
    """The site's own door."""
    again: bool = False
    """Whether somebody is signed in, and has to show that it is still them."""
    at_host: bool = False
    """Whether the app that we live in names who is there; signed out, nothing of them is kept."""
    back_url: str | None = None
    notice: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnComment:
    """A comment in the list of one's own."""

    url: str
    title: str
    excerpt: str
    """Plain text."""
    at: datetime
    pending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCommentsPage:
    """For `account_comments.html`."""

    assets: Assets
    links: AccountLinks
    site_title: str
    comments: tuple[OwnComment, ...]
    more: str | None
    """Where older ones follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountClaimPage:
    """For `account_claim.html`: asks for the address that comments were written with."""

    assets: Assets
    links: AccountLinks
    site_title: str
    email: str = ""
    notice: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedAuthor:
    """Somebody whose comments can be taken over."""

    id: int
    name: str
    provider: str
    """Empty for a guest."""
    comments: int
    more: bool
    """There are more than were counted."""
    at: datetime
    """When the newest was written."""
    title: str
    """Of the page that it stands on."""
    excerpt: str
    """Its first words, in plain text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountClaimedPage:
    """For `account_claimed.html`: what a mailed link will do, and for whom."""

    assets: Assets
    links: AccountLinks
    site_title: str
    token: str
    """What the link carries."""
    authors: tuple[ClaimedAuthor, ...]
    mine: HeldView | None
    """None: whoever came has to sign in first."""
    providers: tuple[ProviderView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountQuestionPage:
    """For `account_merge.html` and `account_erase.html`: what is asked before it is done."""

    assets: Assets
    links: AccountLinks
    site_title: str
    hidden: Mapping[str, str]
    mine: HeldView
    other: HeldView | None = None
    role: str = "member"
    """What a merged account may."""
    last: bool = False
    """The second question."""
    keeps_comments: bool = False
    problem: str = ""
