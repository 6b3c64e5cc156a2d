"""One sign-in, from the press of a button to an identity: begun, bound to a browser, used up.

No transaction is open while a provider is asked.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from commentkit import ids, sites
from commentkit.errors import CommentKitError
from commentkit.model import Attempt, Database
from commentkit.people import pictures
from commentkit.settings import Settings
from commentkit.signin import attempts, configured
from commentkit.signin.attempts import HeldAttempt
from commentkit.signin.crowd import Crowd, Crowded
from commentkit.signin.http import HttpClient
from commentkit.signin.metadata import MAX_STRANGERS, MetadataCache
from commentkit.signin.outcome import (
    LINK,
    PROVE,
    SIGN_IN,
    AccountsHere,
    Answer,
    Finished,
    failed,
    nobody,
    proven,
)
from commentkit.signin.provider import ProblemKind, Profile, Provider, ProviderError, RoundTrip
from commentkit.signin.registrations import Registrations
from commentkit.sites import KnownSite

_log = logging.getLogger("commentkit.signin")

_WAIT_TO_BEGIN, _WAIT_TO_FINISH = 0.5, 3.0
"""Seconds; whoever comes back has consented already."""
CLIENT_DOCUMENT = "/oauth/client-metadata.json"
"""Where our client document stands, below our own address."""
MODES = frozenset({"popup", "tab", "page"})
MAX_PARAMS = 20
MAX_PARAM_CHARS = 8_192
_AID = re.compile(r"[A-Za-z0-9_-]{22,64}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")

_CODES: Mapping[ProblemKind, str] = {
    "cancelled": "sign_in_cancelled",
    "unavailable": "provider_unavailable",
    "bad_answer": "provider_bad_answer",
    "misconfigured": "provider_misconfigured",
    "disallowed": "sign_in_disallowed",
    "instance": "instance_invalid",
}


@dataclass(frozen=True)
class Services:
    """What sign-in needs of the world; one for an app."""

    http: HttpClient
    metadata: MetadataCache
    strangers: MetadataCache = field(default_factory=lambda: MetadataCache(most=MAX_STRANGERS))
    """Of servers that visitors name: whatever they name, what we chose ourselves stays."""
    crowd: Crowd = field(default_factory=Crowd)
    """Of who waits for servers that visitors name."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """What the page that begins a sign-in says of it."""

    mode: str
    origin: str
    aid: str
    challenge: str | None
    switch: bool = False
    language: str = "en"
    thread_key: str | None = None
    page_url: str | None = None
    """Inside the site; not looked at yet."""
    return_to: str | None = None
    instance: str | None = None
    """The server that was typed, where the provider has many."""
    purpose: str = SIGN_IN
    account_id: int | None = None
    """Whose further identity this will be, where that is the purpose."""


@dataclass(frozen=True)
class Started:
    """An attempt on its way: send the browser to `url`, and give it the cookie."""

    url: str
    attempt_id: int
    cookie: str = field(repr=False)
    seconds: int
    """How long it may take."""


def read_params(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Read a callback's parameters; raise `link_invalid` where one occurs twice or is too long.

    RFC 6749 §3.1: a parameter must not be included more than once.
    """
    listed = list(pairs)
    params = dict(listed)
    too_long = any(len(name) + len(value) > MAX_PARAM_CHARS for name, value in listed)
    if len(params) != len(listed) or len(listed) > MAX_PARAMS or too_long:
        raise CommentKitError("link_invalid")
    return params


def begin(
    database: Database,
    *,
    site: KnownSite,
    provider: Provider,
    start: Start,
    services: Services,
    redirect_uri: str,
    settings: Settings,
    now: datetime,
) -> Started:
    """Begin an attempt; raise the error to show when it cannot begin."""
    check_start(start, site, provider, settings)
    secret = ids.new_secret()
    world = _World(database, provider, services, redirect_uri, settings, now)
    trip = world.trip(secret, site_id=site.id, state=ids.new_secret(), instance=start.instance)
    trip = replace(trip, anew_since=_anew_since(start.purpose, now))
    try:
        with _place(services, provider, _WAIT_TO_BEGIN):
            begun = provider.begin(trip, switch=start.switch, language=start.language)
    except Crowded:
        raise _crowded(provider) from None
    except ProviderError as error:
        _hint(provider, error, switched=start.switch)
        raise _not_begun(provider, error) from None

    seconds = max(settings.attempt_seconds, provider.patience_seconds)

    def store(db: Session) -> int:
        attempt = Attempt(
            site_id=site.id,
            id=ids.new_id(now),
            state_hash=ids.sha256(begun.state),
            cookie_hash=ids.sha256(secret),
            provider=provider.name,
            purpose=start.purpose,
            account_id=start.account_id,
            mode=start.mode,
            origin=start.origin,
            aid=start.aid,
            challenge=start.challenge,
            switch=start.switch,
            language=start.language,
            thread_key=start.thread_key,
            page_url=start.page_url,
            return_to=start.return_to,
            instance=begun.issuer,
            provider_secret=begun.secret,
            created_at=now,
            expires_at=now + timedelta(seconds=seconds),
        )
        db.add(attempt)
        return attempt.id

    return Started(begun.url, database.write(store), secret, seconds)


def check_start(start: Start, site: KnownSite, provider: Provider, settings: Settings) -> None:
    """Raise the error to show when such an attempt cannot begin."""
    if not provider.configured or not site.rules.offers(provider.name):
        raise CommentKitError("unknown_provider")
    if start.origin not in site.origins and start.origin != settings.origin:
        raise CommentKitError("origin_not_registered")
    # The starter proves itself later with the verifier; only our own pages have a cookie instead.
    proof = start.challenge is None if start.mode == "page" else _is_challenge(start.challenge)
    links = start.mode == "page" and start.account_id is not None
    purposeful = links if start.purpose == LINK else start.purpose in (SIGN_IN, PROVE)
    if start.mode not in MODES or not _AID.fullmatch(start.aid) or not (proof and purposeful):
        raise CommentKitError("attempt_invalid")


def _is_challenge(value: str | None) -> bool:
    return value is not None and _CHALLENGE.fullmatch(value) is not None


@dataclass(frozen=True)
class _World:
    """What every leg of a sign-in needs besides its attempt."""

    database: Database
    provider: Provider
    services: Services
    redirect_uri: str
    settings: Settings
    now: datetime

    def trip(self, secret: str, *, site_id: int, state: str, instance: str | None) -> RoundTrip:
        """Make the trip of the attempt that the browser's secret belongs to."""
        many = self.provider.capabilities.instances
        return RoundTrip(
            http=self.services.http,
            metadata=self.services.strangers if many else self.services.metadata,
            redirect_uri=self.redirect_uri,
            state=state,
            nonce=nonce_of(secret),
            code_verifier=ids.derive(secret, "pkce"),
            now=self.now,
            site_id=site_id,
            database=self.database,
            instance=instance,
            clients=self._clients(site_id) if many else None,
            client_url=f"{self.settings.base_url}{CLIENT_DOCUMENT}",
            proof_key=ids.derive(secret, "proof"),
        )

    def _clients(self, site_id: int) -> Registrations:
        return Registrations(
            database=self.database,
            site_id=site_id,
            provider=self.provider.name,
            secret_key=self.settings.secret_key,
            now=self.now,
        )


def callback(
    database: Database,
    *,
    provider: Provider,
    params: Mapping[str, str],
    held: Sequence[HeldAttempt],
    services: Services,
    redirect_uri: str,
    settings: Settings,
    now: datetime,
    accounts_here: AccountsHere = nobody,
    came_to: str | None = None,
) -> Finished:
    """Finish the attempt that a provider's answer belongs to, in the browser that began it.

    `came_to` is the address that the answer came to, where that is not `redirect_uri` itself.
    Raises `attempt_foreign` when this browser began no such attempt, `attempt_expired` when it took
    too long or was answered before; how a known attempt ended is returned.
    """
    state = provider.state_of(params)
    attempt, cookie, provider_secret = database.write(
        lambda db: attempts.use_up(db, provider, state, held, now)
    )
    if not _offered(database, attempt):
        return failed(database, attempt, CommentKitError("unknown_provider"))
    way_back = provider.way_back(redirect_uri, attempt.instance, provider_secret)
    if (came_to or redirect_uri) != way_back:
        mixed_up = ProviderError("bad_answer", "callback: the address of another server")
        return failed(database, attempt, _shown(provider, mixed_up))
    world = _World(database, provider, services, way_back, settings, now)
    trip = world.trip(cookie, site_id=attempt.site_id, state=state or "", instance=attempt.instance)
    trip = replace(trip, anew_since=_anew_since(attempt.purpose, attempt.created_at))
    try:
        with _place(services, provider, _WAIT_TO_FINISH):
            profile = provider.finish(trip, params=params, secret=provider_secret)
            picture = _picture(services, provider, profile)
        answer = Answer(attempt, provider, profile, picture, now)
        return database.write(
            lambda db: proven(db, answer, settings, accounts_here), repeatable=True
        )
    except Crowded:
        return failed(database, attempt, _crowded(provider))
    except ProviderError as error:
        _hint(provider, error, switched=attempt.switch)
        return failed(database, attempt, _shown(provider, error))


def _anew_since(purpose: str, begun_at: datetime) -> datetime | None:
    """Say from when on a proof counts; a sign-in that still stands at the provider may do."""
    return begun_at if purpose in (LINK, PROVE) else None


def _place(
    services: Services, provider: Provider, wait_seconds: float
) -> AbstractContextManager[None]:
    """Wait for a place where the other side is a stranger's choice."""
    if not provider.capabilities.instances:
        return nullcontext()
    return services.crowd.place(wait_seconds=wait_seconds)


def _crowded(provider: Provider) -> CommentKitError:
    return CommentKitError("provider_unavailable", {"provider": provider.label})


def _picture(services: Services, provider: Provider, profile: Profile) -> tuple[str, bytes] | None:
    if not profile.picture_url:
        return None
    http = services.http
    if provider.capabilities.instances:
        http = replace(http, usual_port=True)
    return pictures.fetch(http, profile.picture_url)


def _offered(database: Database, attempt: Attempt) -> bool:
    """Tell whether the site still offers what the attempt began with."""
    with database.read() as db:
        return sites.by_id(db, attempt.site_id).rules.offers(attempt.provider)


def _not_begun(provider: Provider, error: ProviderError) -> CommentKitError:
    """Blame the server that the person named, where that is a matter of what they typed."""
    shown = _shown(provider, error)
    if provider.capabilities.instances and error.kind in ("unavailable", "bad_answer"):
        return CommentKitError("instance_unusable", {"provider": provider.label})
    return shown


def _shown(provider: Provider, error: ProviderError) -> CommentKitError:
    """Say it to the reader in our words; what to look for stands in the log."""
    level = logging.INFO if error.kind == "cancelled" else logging.WARNING
    _log.log(level, "sign-in with %s ended: %s", provider.name, error)
    return CommentKitError(_CODES[error.kind], {"provider": provider.label})


def _hint(provider: Provider, error: ProviderError, *, switched: bool) -> None:
    """Tell the site's owner what may have been too much to ask; nothing is tried again."""
    if switched and provider.choice_setting and error.kind in ("misconfigured", "bad_answer"):
        key = configured.stem(provider.name) + provider.choice_setting
        _log.warning(
            "%s was asked for another account. If it never grants that, set %s; empty asks nothing",
            provider.name,
            key,
        )


def nonce_of(secret: str) -> str:
    """Return the nonce of the attempt whose cookie holds `secret`."""
    return ids.derive(secret, "nonce")
