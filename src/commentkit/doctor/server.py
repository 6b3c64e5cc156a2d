"""The deployment: its address, its secret, its mail, its counters and its shared pages."""

import os
import smtplib
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from commentkit import advice
from commentkit.delivery.transport import Smtp, transport
from commentkit.doctor.finding import Finding, Patient
from commentkit.doctor.processes import processes
from commentkit.settings import is_loopback
from commentkit.signin.http import HttpFailure

_STRONG_CHARS = 32
_STRONG_VARIETY = 10
_MAIL_SECONDS = 5.0


def public_url(patient: Patient) -> Iterator[Finding]:
    """Reach ourselves the way visitors do."""
    settings = patient.kit.settings
    host = urlsplit(settings.public_url).hostname or ""
    if is_loopback(host):
        yield Finding(
            "warn",
            "public_url",
            f"{settings.public_url} can be reached from this machine alone.",
            "For visitors, set COMMENTKIT_PUBLIC_URL to an https address.",
        )
        return
    if patient.offline:
        yield Finding("ok", "public_url", f"Our address is {settings.base_url} (not tried).")
        return
    yield _reached(patient, f"{settings.base_url}/health")


def _reached(patient: Patient, address: str) -> Finding:
    try:
        patient.kit.services.http.get(address)
    except HttpFailure as failure:
        return Finding(
            "warn",
            "public_url",
            f"{address} was not reached from here ({failure.kind}).",
            "Open it in a browser: it must show that the server answers. If it does, only this "
            "machine's own way there is missing, which does no harm.",
        )
    return Finding("ok", "public_url", f"{address} answers.")


def secret_key(patient: Patient) -> Iterator[Finding]:
    """Weigh the secret that signs links."""
    secret = str(patient.kit.settings.secret_key)
    if len(secret) >= _STRONG_CHARS and len(set(secret)) >= _STRONG_VARIETY:
        yield Finding("ok", "secret_key", "The secret key is long enough.")
        return
    yield Finding(
        "fail",
        "secret_key",
        "The secret key could be guessed: links in e-mails could then be forged.",
        f"Set {advice.secret_key(app=patient.app.name)} to the output of: "
        "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'",
    )


def mail(patient: Patient) -> Iterator[Finding]:
    """Reach the mail server, and greet it."""
    url = patient.kit.settings.smtp_url
    if not url:
        yield Finding(
            "warn",
            "mail",
            "E-mail is not set up: the form's two checkboxes are absent.",
            "Set COMMENTKIT_SMTP_URL and COMMENTKIT_MAIL_FROM.",
        )
        return
    chosen = transport(url)
    if isinstance(chosen, Smtp):
        yield from _smtp(chosen, patient.offline)
    else:
        yield _folder(Path(unquote(urlsplit(url).netloc + urlsplit(url).path)))


def _smtp(server: Smtp, offline: bool) -> Iterator[Finding]:
    if offline:
        yield Finding("ok", "mail", f"E-mail goes to {server} (not tried).")
        return
    try:
        _greet(server)
    except (OSError, smtplib.SMTPException) as error:
        yield Finding(
            "fail",
            "mail",
            f"{server} does not take our mail: {type(error).__name__}: {error}",
            "Correct COMMENTKIT_SMTP_URL: host, port, user, password, starttls=1.",
        )
        return
    yield Finding("ok", "mail", f"{server} takes our mail.")


def _greet(server: Smtp) -> None:
    """Connect and log in as a delivery would, and send nothing."""
    kind = smtplib.SMTP_SSL if server.tls else smtplib.SMTP
    with kind(server.host, server.port, timeout=_MAIL_SECONDS) as connection:
        if server.starttls:
            connection.starttls(context=ssl.create_default_context())
        if server.user:
            connection.login(server.user, server.password)
        connection.noop()


def _folder(folder: Path) -> Finding:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if there.is_dir() and os.access(there, os.W_OK):
        return Finding("ok", "mail", f"E-mail is written to {folder}, and sent to nobody.")
    return Finding("fail", "mail", f"{folder} cannot be written.", "Correct COMMENTKIT_SMTP_URL.")


def rate_limits(patient: Patient) -> Iterator[Finding]:
    """See that rate limits are counted where every process sees them."""
    url = patient.kit.settings.limits_storage
    if url.startswith("memory:"):
        yield _memory(processes(), _is_shared(patient))
        return
    shown = url.rpartition("@")[2]
    if patient.offline:
        yield Finding("ok", "rate_limits", f"Rate limits are counted in {shown} (not tried).")
    elif patient.kit.limiter.answers():
        yield Finding("ok", "rate_limits", f"Rate limits are counted in {shown}.")
    else:
        yield Finding(
            "fail",
            "rate_limits",
            f"{shown}, where rate limits are counted, does not answer: each process counts alone.",
            "Start it, or correct COMMENTKIT_LIMITS_STORAGE.",
        )


def _is_shared(patient: Patient) -> bool:
    """Tell whether the settings are those of several servers, which nothing else here shows."""
    settings = patient.kit.settings
    return bool(settings.pages_storage or settings.replica_urls)


def _memory(count: int, shared: bool) -> Finding:
    if count > 1:
        said = (
            f"Each of {count} processes counts rate limits alone: the limits are {count} "
            "times as wide as they say."
        )
    elif shared:
        said = (
            "Rate limits are counted in this process alone, and the settings are those of several "
            "servers: each of these counts for itself."
        )
    else:
        said = "Rate limits are counted in each process alone; with several, share them in Redis."
        return Finding("ok", "rate_limits", said)
    return Finding("warn", "rate_limits", said, "Set COMMENTKIT_LIMITS_STORAGE=redis://…")


def shared_pages(patient: Patient) -> Iterator[Finding]:
    """See that the store of rendered pages answers, where there is one."""
    store = patient.kit.shared_pages
    if store is None:
        return
    shown = patient.kit.settings.pages_storage.rpartition("@")[2]
    if patient.offline:
        yield Finding("ok", "shared_pages", f"Rendered pages are shared in {shown} (not tried).")
    elif store.answers():
        yield Finding("ok", "shared_pages", f"Rendered pages are shared in {shown}.")
    else:
        yield Finding(
            "fail",
            "shared_pages",
            f"{shown}, where rendered pages are shared, does not answer: each process renders "
            "for itself.",
            "Start it, or correct COMMENTKIT_PAGES_STORAGE.",
        )
