"""Who vouches for people: whether each provider can be used, and what to register there."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from commentkit import ids, sites
from commentkit.doctor.finding import Finding, Patient
from commentkit.people.retirement import concerned
from commentkit.settings import is_loopback
from commentkit.signin import registry
from commentkit.signin.http import HttpFailure
from commentkit.signin.metadata import MetadataCache
from commentkit.signin.own_page import OwnPage
from commentkit.signin.provider import Provider, ProviderError, RoundTrip

_SECONDS = 4.0
"""For one provider; a sign-in would wait a little longer."""
_AWAY = ("timeout", "unreachable", "refused_address")
_UNKNOWN_CLIENT = (400, 404)
"""What is answered to a client or a callback that is not registered. Programs are often refused
by other codes, which says nothing of what a browser would see."""


def providers(patient: Patient) -> Iterator[Finding]:
    """Say of each provider whether it can be used, and what to register there."""
    if not patient.kit.providers:
        yield Finding("ok", "providers", "No provider is offered: people comment as guests.")
    for provider in patient.kit.providers.values():
        yield _offered(patient, provider)
    for provider in patient.kit.left_out:
        yield _left_out(patient, provider)


def retired(patient: Patient) -> Iterator[Finding]:
    """Say whom the end of a provider concerns."""
    with patient.kit.database.read() as db:
        for site in sites.everyone(db):
            for name in site.rules.retired:
                whom = concerned(db, site_id=site.id, provider=name)
                yield Finding(
                    "ok",
                    "providers",
                    f"{name} is retired at {site.name}: {whom.people:,} people wrote "
                    f"{whom.comments:,} comments, {whom.reachable:,} can claim theirs by a letter.",
                )


def unknown(patient: Patient) -> Iterator[Finding]:
    """See that what a site names is there: a mistyped name offers nothing, and in silence."""
    kit = patient.kit
    there = {*kit.providers, *(one.name for one in kit.left_out)}
    with kit.database.read() as db:
        for site in sites.everyone(db):
            for name in site.rules.providers or ():
                if name not in there:
                    yield Finding(
                        "warn",
                        "providers",
                        f"{site.name} names {name} in its rule `providers`; nothing here is "
                        "called that.",
                        "Offer it (`provider list` shows the names), or take it out of the rule.",
                    )


def _offered(patient: Patient, provider: Provider) -> Finding:
    if isinstance(provider, OwnPage):
        return Finding("ok", "providers", f"{provider.label} is asked for on a page of ours.")
    if provider.capabilities.instances:
        said = f"{provider.label} is ready: people name their own server, which is asked then."
        return Finding("ok", "providers", said)
    host = urlsplit(provider.issuer).hostname or ""
    if is_loopback(host) and not patient.kit.settings.loopback_services:
        return Finding(
            "fail",
            "providers",
            f"{provider.label} is on this machine ({provider.issuer}), which is not asked.",
            "Set COMMENTKIT_LOOPBACK_SERVICES for a demo; leave it off for the world.",
        )
    registered = f"its registered callback must be {patient.kit.callback_url(provider.name)}"
    if patient.offline:
        return Finding("ok", "providers", f"{provider.label} has credentials; {registered}")
    trouble = _begin(patient, provider)
    if trouble is None:
        return Finding("ok", "providers", f"{provider.label} answers; {registered}")
    said, reached = trouble
    return Finding(
        "warn",
        "providers",
        f"{provider.label} has credentials, but {said}.",
        f"Look at its credentials there; {registered}"
        if reached
        else f"Ask again later, or see what keeps this machine from {host}: a firewall, a proxy, "
        f"DNS; {registered}",
    )


def _begin(patient: Patient, provider: Provider) -> tuple[str, bool] | None:
    """Go the first steps of a sign-in; say what stood in the way, and whether it was reached."""
    http = patient.kit.services.http.within(_SECONDS)
    trip = RoundTrip(
        http=http,
        metadata=MetadataCache(),
        redirect_uri=patient.kit.callback_url(provider.name),
        state=ids.new_secret(),
        nonce=ids.new_secret(),
        code_verifier=ids.new_secret(),
        now=patient.kit.clock(),
    )
    try:
        status = http.get(provider.begin(trip, switch=False, language="").url).status
    except ProviderError as error:
        return f"a sign-in cannot begin ({error.detail})", error.kind != "unavailable"
    except HttpFailure as failure:
        away = failure.kind in _AWAY
        return (f"it was not reached from here ({failure.kind})", False) if away else None
    wrong = status >= 500 or status in _UNKNOWN_CLIENT
    return (f"it answers {status} where a sign-in begins", True) if wrong else None


def _left_out(patient: Patient, provider: Provider) -> Finding:
    if provider.lacking:
        said = f"{provider.label} is not offered: something is missing here."
        return Finding("warn", "providers", said, provider.lacking)
    key, secret_key = registry.credential_keys(provider.name)
    return Finding(
        "warn",
        "providers",
        f"{provider.label} has no credentials, so it is not offered.",
        f"Register {patient.kit.callback_url(provider.name)} there, "
        f"then set {key} and {secret_key}.",
    )
