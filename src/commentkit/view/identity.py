"""The identity part of the form, in each of its states."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from commentkit.people.host_users import HostUsers
from commentkit.people.viewer import HOST, SSO, Held, Viewer
from commentkit.rules import SiteRules
from commentkit.signin.provider import Provider
from commentkit.view.people import PersonView, person_view
from commentkit.words import N_

State = Literal["signed-out", "connecting", "signed-in", "changing"]

_FEW = 8
"""So many buttons are looked over at once; of more, the others wait behind one press."""
_FIRST = 6

Logouts = tuple[tuple[str, str], ...]
"""Where one logs out, by provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderView:
    """What a button needs to know; templates know no provider by name."""

    name: str
    label: str
    icon: str
    """File under `templates/commentkit/icons/`; a missing one becomes the label's first letter."""
    picture_alt: str
    """A sentence of the catalogue."""
    account_choice: bool = False
    """Whether the provider documents a way to ask for another account."""
    logout_url: str | None = None
    """Where one logs out at the provider first, where it does not."""
    gives_email: bool = True
    own: bool = False
    """Whether these are the site's own accounts: they have no button, and no label."""
    at_host: bool = False
    """Whether the host says at each request who it is: then it alone logs people in and out."""
    login_url: str | None = None
    """Where it does; `logout_url` is where it logs out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginView:
    """Where people log in with an account of the site itself."""

    site: str
    """Its title."""
    url: str
    """`links.leading_back` puts the page into it."""
    place: str = ""
    """Where it counts, `home` or `elsewhere`, in a part that is the same in both: the widget shows
    the one that does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestView:
    """The guest's fields and what stands in them."""

    email_required: bool = True
    email: str = ""
    name: str = ""
    website: str = ""
    remember: bool = False
    pictures: bool = False
    """Whether a picture follows the e-mail, where the site opted in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldView:
    """An identity signed in here, under the viewer's token."""

    id: int
    person: PersonView
    provider: ProviderView
    email: bool = True
    """Whether it came with an address that mail could go to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimOffer:
    """What this browser wrote as a guest, for whoever signed in since."""

    id: int
    name: str
    comments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityView:
    """Who the viewer is, and who else they could be."""

    state: State
    providers: tuple[ProviderView, ...] = ()
    logins: tuple[LoginView, ...] = ()
    """The site's own doors, before any provider's."""
    guest: GuestView | None = None
    """None where the site wants signed-in commenters only."""
    current: HeldView | None = None
    """The account in use; while the guest's fields are shown, the one still held."""
    others: tuple[HeldView, ...] = ()
    errors: dict[str, str] = field(default_factory=dict, hash=False)
    """Translated sentences by field."""
    offer: ClaimOffer | None = None

    @property
    def used(self) -> frozenset[str]:
        """Return the providers of the accounts held here: more of theirs are *other* ones."""
        held = (*self.others, *((self.current,) if self.current else ()))
        return frozenset(each.provider.name for each in held)

    @property
    def unasking(self) -> tuple[ProviderView, ...]:
        """Return those of them that never ask which account to use."""
        return tuple(p for p in self.providers if p.name in self.used and not p.account_choice)

    @property
    def first(self) -> tuple[ProviderView, ...]:
        """Return the ways to sign in that are seen at once."""
        return first_of(self.providers)[0]

    @property
    def further(self) -> tuple[ProviderView, ...]:
        """Return those that one press shows."""
        return first_of(self.providers)[1]

    @property
    def no_email(self) -> bool:
        """Tell whether the account in use has no address for notifications."""
        if self.state == "signed-out" or self.current is None:
            return False
        return not self.current.email


def first_of(
    providers: tuple[ProviderView, ...],
) -> tuple[tuple[ProviderView, ...], tuple[ProviderView, ...]]:
    """Split the ways to sign in into those that stand there and those behind one press."""
    shown = len(providers) if len(providers) <= _FEW else _FIRST
    return providers[:shown], providers[shown:]


def provider_view(provider: Provider) -> ProviderView:
    """Make the view of a provider from what it declares."""
    return ProviderView(
        name=provider.name,
        label=provider.label,
        icon=f"{provider.icon}.svg",
        picture_alt=provider.picture_alt,
        # Where people name their server, they name another account as well.
        account_choice=provider.capabilities.account_choice is not None
        or provider.capabilities.instances,
        logout_url=provider.capabilities.logout_url,
        gives_email=provider.capabilities.gives_email,
    )


def with_logouts(views: Mapping[str, ProviderView], logouts: Logouts) -> Mapping[str, ProviderView]:
    """Add where one logs out at providers that say it themselves."""
    found = {name: replace(views[name], logout_url=url) for name, url in logouts if name in views}
    return {**views, **found}


def own_views(users: HostUsers | None) -> dict[str, ProviderView]:
    """Make the views of the accounts that a site brings along, by the name they are kept under."""
    told = ProviderView(name=SSO, label="", icon="generic.svg", picture_alt=N_("Photo"), own=True)
    if users is None:
        return {SSO: told}
    here = replace(
        told, name=HOST, at_host=True, login_url=users.login_url, logout_url=users.logout_url
    )
    return {SSO: told, HOST: here}


def offered(providers: Mapping[str, ProviderView], rules: SiteRules) -> tuple[ProviderView, ...]:
    """Return the providers that a site offers, in its order; what is not configured is left out."""
    names = tuple(providers) if rules.providers is None else rules.providers
    named = (providers[name] for name in names if name in providers)
    gone = rules.retired
    return tuple(p for p in named if not p.own and p.name not in gone)


def label_of(name: str, providers: Mapping[str, ProviderView]) -> str:
    """Return what a provider calls itself, also one that ended."""
    return (providers.get(name) or _retired(name)).label


def held_view(identity: Held, *, providers: Mapping[str, ProviderView], pictures: str) -> HeldView:
    """Make the view of an identity; a provider that was retired keeps its name."""
    provider = providers.get(identity.provider) or _retired(identity.provider)
    picture = identity.picture_id
    return HeldView(
        id=identity.id,
        person=person_view(
            identity.name,
            seed=identity.account_id,
            url=identity.profile_url,
            picture=f"{pictures}/{picture}" if picture is not None else None,
            provider=provider.label,
            picture_alt=provider.picture_alt,
        ),
        provider=provider,
        email=identity.email is not None,
    )


def identity_view(
    viewer: Viewer,
    *,
    rules: SiteRules,
    providers: Mapping[str, ProviderView],
    pictures: str,
    state: str = "",
    typed: GuestView | None = None,
    errors: Mapping[str, str] | None = None,
    offer: ClaimOffer | None = None,
    logins: tuple[LoginView, ...] = (),
) -> IdentityView:
    """Make the identity part that `viewer` sees.

    `providers` are all configured ones by name; `pictures` is the address below which the site's
    pictures are found. `state` is what was asked for: `changing`, `guest` (the guest's fields, the
    account still held) or empty. `typed` is what stands in the guest's fields.
    """
    active = viewer.active
    current = held_view(active, providers=providers, pictures=pictures) if active else None
    guest = _guest(viewer, rules, typed)
    choices = offered(providers, rules)
    as_guest = state == "guest" and guest is not None and not viewer.of_host
    if current is None or as_guest:
        return IdentityView(
            state="signed-out",
            providers=choices,
            logins=logins,
            guest=guest,
            current=current,
            errors=dict(errors or {}),
        )
    if state != "changing" or viewer.of_host:
        return IdentityView(state="signed-in", current=current, offer=offer)
    others = (identity for identity in viewer.signed_in if identity.id != current.id)
    return IdentityView(
        state="changing",
        current=current,
        others=tuple(held_view(i, providers=providers, pictures=pictures) for i in others),
        providers=choices,
        logins=logins,
        guest=guest,
    )


def _guest(viewer: Viewer, rules: SiteRules, typed: GuestView | None) -> GuestView | None:
    if not rules.guests:
        return None
    view = typed or _known_guest(viewer.guest)
    return replace(
        view, email_required=rules.guest_email_required, pictures=rules.pictures_by_email
    )


def _known_guest(identity: Held | None) -> GuestView:
    if identity is None:
        return GuestView()
    return GuestView(
        name=identity.name, email=identity.email or "", website=identity.profile_url or ""
    )


_PAST = {"googleplus": "Google+"}
"""Names of services that ended before there was an adapter: what was imported says so."""


def _retired(name: str) -> ProviderView:
    label = _PAST.get(name, name)
    return ProviderView(
        name=name, label=label, icon="generic.svg", picture_alt=N_("Photo"), gives_email=False
    )
