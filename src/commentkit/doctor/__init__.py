"""The doctor: looks at an app as it runs here, and says what to do about what it finds."""

from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum

from flask import Flask

from commentkit.doctor.finding import Finding, Patient
from commentkit.web.kit import Kit

__all__ = ["Finding", "Patient", "examine"]

Check = Callable[[Patient], Iterable[Finding]]


class Needs(IntEnum):
    """What has to be there before a check can say anything."""

    NOTHING = 0
    DATABASE = 1
    TABLES = 2


def checks() -> tuple[tuple[Check, Needs], ...]:
    """Return every check; imported only here, since a serving app knows the doctor by name."""
    from commentkit.doctor import connections, host, origins, personal, providers, server, storage

    return (
        (storage.database, Needs.NOTHING),
        (storage.tables, Needs.DATABASE),
        (storage.sqlite, Needs.DATABASE),
        (storage.host_migrations, Needs.NOTHING),
        (connections.pool, Needs.DATABASE),
        (connections.pooler, Needs.DATABASE),
        (connections.replicas, Needs.TABLES),
        (server.public_url, Needs.NOTHING),
        (server.secret_key, Needs.NOTHING),
        (personal.cookies, Needs.TABLES),
        (server.mail, Needs.NOTHING),
        (server.rate_limits, Needs.NOTHING),
        (server.shared_pages, Needs.NOTHING),
        (origins.origins, Needs.TABLES),
        (providers.providers, Needs.NOTHING),
        (providers.retired, Needs.TABLES),
        (providers.unknown, Needs.TABLES),
        (host.answers, Needs.TABLES),
        (host.csrf, Needs.TABLES),
        (host.public_headers, Needs.NOTHING),
        (host.page_headers, Needs.NOTHING),
        (host.error_handlers, Needs.TABLES),
        (host.layout, Needs.NOTHING),
        (host.body_limit, Needs.NOTHING),
    )


def examine(app: Flask, kit: Kit, *, offline: bool = False) -> list[Finding]:
    """Run every check; one that cannot be carried out is itself a finding.

    `offline` leaves out what asks other machines. Without a database, or tables that can serve,
    what needs them is named and not run: it could only say the same again.
    """
    patient = Patient(app, kit, offline)
    there, all_checks = _there(patient), checks()
    found = [f for check, needs in all_checks if needs <= there for f in _carefully(check, patient)]
    left_out = [check.__name__ for check, needs in all_checks if needs > there]
    return [*found, *_left_out(there, left_out)]


def _there(patient: Patient) -> Needs:
    from commentkit.doctor import storage

    if not storage.answers(patient):
        return Needs.NOTHING
    return Needs.TABLES if storage.serves(patient) else Needs.DATABASE


def _left_out(there: Needs, names: list[str]) -> Iterator[Finding]:
    if names:
        lacking = "a database that answers" if there is Needs.NOTHING else "tables that fit"
        said = f"Not looked at without {lacking}: {', '.join(names)}."
        yield Finding("warn", "left_out", said, "Mend what failed above, then ask again.")


def _carefully(check: Check, patient: Patient) -> list[Finding]:
    try:
        return list(check(patient))
    except Exception as error:  # noqa: BLE001 - whatever breaks a check is what the owner must hear of
        told = next(iter(str(error).splitlines()), "")
        said = f"This check broke off: {type(error).__name__}: {told}"
        return [Finding("fail", check.__name__, said, "Mend what the findings above name first.")]
