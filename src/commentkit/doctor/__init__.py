"""The doctor: looks at an app as it runs here, and says what to do about what it finds."""

from collections.abc import Callable, Iterable

from flask import Flask

from commentkit.doctor.finding import Finding, Patient
from commentkit.web.kit import Kit

__all__ = ["Finding", "Patient", "examine"]

Check = Callable[[Patient], Iterable[Finding]]


def checks() -> tuple[Check, ...]:
    """Return every check; imported only here, since a serving app knows the doctor by name."""
    from commentkit.doctor import connections, host, origins, personal, providers, server, storage

    return (
        storage.database,
        storage.tables,
        storage.sqlite,
        storage.host_migrations,
        connections.pool,
        connections.pooler,
        connections.replicas,
        server.public_url,
        server.secret_key,
        personal.cookies,
        server.mail,
        server.rate_limits,
        origins.origins,
        providers.providers,
        host.answers,
        host.csrf,
        host.public_headers,
        host.page_headers,
        host.error_handlers,
        host.layout,
        host.body_limit,
    )


def examine(app: Flask, kit: Kit, *, offline: bool = False) -> list[Finding]:
    """Run every check; one that cannot be carried out is itself a finding.

    `offline` leaves out what asks other machines.
    """
    patient = Patient(app, kit, offline)
    return [finding for check in checks() for finding in _carefully(check, patient)]


def _carefully(check: Check, patient: Patient) -> list[Finding]:
    try:
        return list(check(patient))
    except Exception as error:  # noqa: BLE001 - whatever breaks a check is what the owner must hear of
        said = f"This check broke off: {type(error).__name__}: {error}"
        return [Finding("fail", check.__name__, said, "Mend what the findings above name first.")]
