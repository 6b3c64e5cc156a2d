"""Pages of the comment server's own."""

from collections.abc import Mapping
from dataclasses import dataclass

from commentkit.view.links import Assets
from commentkit.view.people import PersonView


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInPage:
    """For `signin_delivered.html` and `signin_continue.html`: signed in, and on the way back."""

    assets: Assets
    site_title: str
    person: PersonView
    aid: str
    ticket: str = ""
    """What popup.js hands to the opener; empty where only a click may mint one."""
    origin: str
    """The one origin the ticket may be posted to."""
    continue_url: str
    """Where the way back is asked for."""
    destination: str | None = None
    """The page it leads to, in words; None where no way back is known."""
    hidden: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailedPage:
    """For `signin_failed.html`: what happened, what to do, a way back."""

    assets: Assets
    site_title: str
    aid: str
    origin: str
    code: str
    message: str
    """Translated."""
    back_url: str | None = None
    alone: bool = False
    """The sign-in went on in the tab of the comment itself: no other window holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """For `error.html`."""

    assets: Assets
    code: str
    message: str
    """Translated."""
    back_url: str | None = None
    typed: str = ""
    """The comment that came to nothing, given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOutPage:
    """For `logged_out.html`: back from a logout at a provider."""

    assets: Assets
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletePage:
    """For `delete.html`: the question that a script would ask in place."""

    assets: Assets
    excerpt: str
    """Plain text of the comment's beginning."""
    action_url: str
    hidden: tuple[tuple[str, str], ...]
    """The fields of the form that asked, and the answer to the question."""
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionPage:
    """For `subscription/confirm.html` and `subscription/unsubscribe.html`."""

    assets: Assets
    subject: str
    """Title of the thread, or of the site for its posts."""
    email: str
    action_url: str
    done: bool = False
    back_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectingPage:
    """For `signin_connecting.html`: on the way to a provider, without JavaScript."""

    assets: Assets
    site_title: str
    provider: str
    """The provider's own name, or the server's that the person named."""
    url: str
    back_url: str | None = None
    """None in a window of its own, which is closed instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstancePage:
    """For `signin_instance.html`: which server, where a provider has many."""

    assets: Assets
    site_title: str
    provider: str
    """The provider's own name."""
    label: str
    """The question; a sentence of the catalogue."""
    example: str
    typed: str
    """What was typed now, or what led somewhere the last time."""
    known_there: bool = False
    """Whether a server may still know this browser, and cannot be asked for another account."""
    action_url: str
    hidden: tuple[tuple[str, str], ...]
    """What the press said that led here."""
    error: str = ""
    """Translated."""
    back_url: str | None = None
    """None in a window of its own, which is closed instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPageView:
    """For the templates under `own/`: the pages of providers that have no server of their own."""

    assets: Assets
    site_title: str
    provider: str
    """The provider's own name."""
    action_url: str
    state: str
    """What every form of the page sends along."""
    script: str | None
    page: Mapping[str, object]
    """What this page shows."""
    errors: Mapping[str, str]
    """Translated sentences by field; `page` for what belongs to none."""
    typed: Mapping[str, str]
    """What was sent, where it was refused."""
