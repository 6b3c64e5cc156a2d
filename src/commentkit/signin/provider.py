"""What a provider is: declared data, a pure mapping from its claims, and a way there and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self, get_args

from commentkit.signin.addresses import is_address
from commentkit.signin.http import HttpClient

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from commentkit.model import Database, Identity
    from commentkit.settings import Settings
    from commentkit.signin.metadata import MetadataCache

Claims = Mapping[str, Any]
"""What a provider says of a person, as its JSON has it."""

ProblemKind = Literal[
    "cancelled", "unavailable", "bad_answer", "misconfigured", "disallowed", "instance"
]
"""`instance`: what the person typed names no server."""
MARK_CHARS = 22
"""Of the hash that stands for a server in an address of ours: 132 bits."""
EmailTrust = Literal["flag", "always", "never"]


class ProviderError(Exception):
    """Say how a sign-in ended at the provider.

    `detail` is for the log and never holds a token, a code, a secret or words of the provider's;
    `str()` of this error is as safe.
    """

    def __init__(self, kind: ProblemKind, detail: str) -> None:
        self.kind = kind
        self.detail = detail
        super().__init__(f"{kind}: {detail}")


@dataclass(frozen=True)
class Profile:
    """Who a provider says a person is. Adapters copy; `profiles.settle` cleans."""

    subject: str
    """The provider's permanent id for the person: never a name, a handle or an e-mail address."""
    name: str = ""
    handle: str | None = None
    profile_url: str | None = None
    picture_url: str | None = None
    email: str | None = None
    email_verified: bool = False
    issuer: str | None = None
    """The server that vouches, of a provider that has many: set by what spoke to that server,
    never from claims."""
    session_id: str | None = None
    """What the provider calls this sign-in (`sid`), and will name when it ends there: set by what
    verified the token."""
    kept_token: str | None = field(default=None, repr=False, compare=False)
    """What `withdraw` will need, of a provider that keeps a token; no part of who somebody is."""


@dataclass(frozen=True)
class Capabilities:
    """What a provider can do for the form; nothing else knows providers apart."""

    gives_email: bool = True
    email_trust: EmailTrust = "flag"
    """Whether its e-mail addresses are proven: as its own flag says, always, or never."""
    picture: bool = True
    account_choice: Mapping[str, str] | None = None
    """Authorize parameters that let a person choose another account; None where none is
    documented, and the form then says to log out at the provider first."""
    logout_url: str | None = None
    """The documented page where a person does that."""
    language_param: str | None = None
    """The authorize parameter that takes a language tag."""
    instances: bool = False
    """Whether one adapter serves many servers, each with its own issuer: a page of ours then asks
    which."""


@dataclass(frozen=True)
class Endpoints:
    """Where a provider is spoken to; what it lacks stays None."""

    authorize: str
    token: str
    userinfo: str | None = None
    jwks: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)
    """Further profile calls: each answer joins the claims under its name, null where refused."""
    request_token: str | None = None
    """OAuth 1.0a only."""
    revoke: str | None = None
    """Ends one token and leaves the person's consent, so that their next sign-in asks nothing
    again. A revocation that withdraws consent is not declared here."""
    withdraw: str | None = None
    """Where terms demand that consent is withdrawn when a person goes from here: the address for
    that. A refresh token is then kept, sealed, and used for nothing else."""


@dataclass(frozen=True)
class Client:
    """Our client at one server that registers clients on request."""

    client_id: str
    client_secret: str = field(repr=False)
    created_at: datetime | None = None
    check_at: datetime | None = None
    """When to ask the server whether it still knows it."""


class Clients(Protocol):
    """Where our clients at the servers of one provider are kept.

    A client's place is its issuer and, after a space, what else it was registered for.
    """

    def find(self, place: str) -> Client | None:
        """Return our client at a server."""

    def keep(self, place: str, client: Client, *, instead_of: Client | None) -> Client:
        """Keep a client; where another request was faster, return theirs."""

    def confirm(self, place: str, client: Client) -> None:
        """Note that the server still knows a client."""

    def doubt(self, place: str, client: Client) -> None:
        """Note that the server may have forgotten a client."""


@dataclass(frozen=True, kw_only=True)
class RoundTrip:
    """What both legs of one attempt share."""

    http: HttpClient
    metadata: MetadataCache
    redirect_uri: str
    state: str
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    now: datetime
    site_id: int = 0
    database: Database | None = field(default=None, repr=False)
    """For what only our own tables can tell (`signin/spent.py`, passkeys); None in rehearsals."""
    instance: str | None = None
    """Of a provider with many servers: on the way there what the person typed, on the way back the
    issuer that `Begun` named."""
    clients: Clients | None = None
    client_url: str = ""
    """Where our public client document stands; the client's id where clients are not registered."""
    anew_since: datetime | None = None
    """From when on the person has to have shown the provider who they are; None where a sign-in
    there that still stands is enough."""
    proof_key: str = field(default="", repr=False)
    """A secret of this attempt that never travels: keys that prove possession come from it."""


@dataclass(frozen=True)
class Begun:
    """An attempt on its way to the provider."""

    url: str
    state: str
    """By which the callback will name the attempt: ours, or OAuth 1.0a's request token."""
    secret: str | None = field(default=None, repr=False)
    """To be kept with the attempt and given back to `finish` (OAuth 1.0a)."""
    issuer: str | None = None
    """Which server it is, of a provider that has many; `finish` believes no other."""


@dataclass(frozen=True)
class Setting:
    """What an adapter can be told by configuration alone, besides its credentials."""

    field: str
    """The adapter's field: a text, a switch, a tuple of words or a mapping of parameters."""
    accepts: str
    """What is right for it, as the end of a sentence."""
    required: bool = False
    usable: Callable[[Any], bool] = bool
    """Whether a value can work, as far as can be told without asking anybody."""
    or_empty: bool = False
    """Whether an empty value says something too; else it is as good as none."""


EMAIL_TRUST = Setting(
    "capabilities.email_trust",
    "never, flag (the service's own word for each address) or always",
    usable=frozenset(get_args(EmailTrust)).__contains__,
)
"""For adapters of services that the site's owner knows and we do not."""
LOGOUT_URL = Setting(
    "capabilities.logout_url",
    "an https address: where people log out there, for the link in the form",
    usable=is_address,
)
"""For the same: taken as it is, and before whatever metadata say."""


@dataclass(frozen=True, kw_only=True)
class Provider(ABC):
    """Who vouches for people. Subclasses declare data and map claims; protocols do the talking."""

    settings: ClassVar[Mapping[str, Setting]] = {}
    """By the end of the key: `ISSUER` is read from `COMMENTKIT_<NAME>_ISSUER`."""
    choice_setting: ClassVar[str] = ""
    """The end of the key that says how it is asked for another account, where there is one."""
    off_until: ClassVar[str] = ""
    """What has to be so before this provider admits the public, told to the site's owner; found by
    name, it is then off until `COMMENTKIT_<NAME>_CONDITIONS_MET` says so."""
    name: str
    """The key: in addresses, settings and `data-provider`."""
    label: str
    """Its own name, shown and not translated."""
    issuer: str
    """With the subject, what identifies a person. Never changes once people have signed in."""
    picture_alt: str
    """The msgid that describes a person's photo from here."""
    icon: str = "generic"
    """The SVG under templates/commentkit/icons/, without its ending."""
    capabilities: Capabilities = field(default=Capabilities())
    instance_label: str = ""
    """The msgid of the question for a person's server, where there are many."""
    instance_example: str = ""
    client_document: bool = False
    """Whether its servers read who we are from our public client document."""
    form_post: bool = False
    """Whether its answer is a form that it posts; from all others only a GET is taken."""
    patience_seconds: int = 0
    """How long its people may take, where that is more than an attempt usually lasts."""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    secret_source: Callable[[], str] | None = field(default=None, repr=False, compare=False)
    """Gives the secret at each use, where it may change while the server runs."""

    @property
    def configured(self) -> bool:
        """Tell whether it has the credentials it needs."""
        return bool(self.client_id and self.client_secret)

    @property
    def lacking(self) -> str:
        """Say to the site's owner what it needs to be offered, where that is not credentials."""
        return ""

    def at_home(self, settings: Settings) -> Self:
        """Give the same provider with what it has to know of this deployment."""
        return self

    def with_credentials(self, client_id: str, client_secret: str) -> Self:
        """Give the same provider with credentials."""
        return replace(self, client_id=client_id, client_secret=client_secret)

    def with_secret_from(self, source: Callable[[], str]) -> Self:
        """Give the same provider with a secret that is asked for at each use, from any thread.

        It is asked for here too, so that a server without a secret does not start.
        """
        return replace(self, client_secret=source(), secret_source=source)

    def current_secret(self) -> str:
        """Return the client's secret as it is now."""
        return self.secret_source() if self.secret_source else self.client_secret

    def state_of(self, params: Mapping[str, str]) -> str | None:
        """Read from a callback's parameters which attempt it answers."""
        return params.get("state")

    def way_back(self, redirect_uri: str, issuer: str | None, secret: str | None = None) -> str:
        """Give the address that a server's answer comes to, of those below our own.

        `issuer` and `secret` are what `begin` gave the attempt.
        """
        return redirect_uri

    @abstractmethod
    def begin(self, trip: RoundTrip, *, switch: bool, language: str) -> Begun:
        """Prepare the redirect to the provider; raise ProviderError."""

    @abstractmethod
    def finish(self, trip: RoundTrip, *, params: Mapping[str, str], secret: str | None) -> Profile:
        """Turn a callback's parameters into a settled profile; raise ProviderError.

        The caller has matched `state` to an attempt of this provider and to the browser.
        """

    @abstractmethod
    def profile(self, claims: Claims) -> Profile:
        """Map what the provider says of a person; pure."""

    def logout_at(self, metadata: MetadataCache, *, back_url: str, now: datetime) -> str | None:
        """Say where a person logs out at the provider, as far as it is known already; ask nobody.

        `back_url` is a page of ours that a provider may lead back to.
        """
        return self.capabilities.logout_url

    @property
    def keeps_token(self) -> bool:
        """Tell whether its terms make us keep a token to withdraw a person's consent by."""
        return False

    def withdraw(self, trip: RoundTrip, token: str) -> None:
        """Withdraw a person's consent there by the token that was kept; raise ProviderError.

        It may run twice: what is withdrawn already is no error.
        """
        raise ProviderError("misconfigured", "withdraw: not offered")

    def keep(self, db: Session, identity: Identity, profile: Profile, *, now: datetime) -> None:
        """Store what belongs to a sign-in that ended well, in its transaction; raise ProviderError.

        It may run twice: a commit whose outcome is unknown is repeated.
        """
        return
