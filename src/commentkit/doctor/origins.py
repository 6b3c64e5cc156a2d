"""Who may embed us."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from commentkit.doctor.finding import Finding, Patient
from commentkit.settings import is_loopback, is_origin
from commentkit.signin.http import HttpFailure


def origins(patient: Patient) -> Iterator[Finding]:
    """Look at every origin of every site."""
    known = patient.sites()
    if not known:
        yield Finding(
            "fail",
            "origins",
            "No site is registered: nobody can embed the section.",
            f"Run: {patient.command('site add NAME --origin https://…')}",
        )
    for site in known:
        for origin in sorted(site.origins):
            yield _origin(patient, site.name, origin)


def _origin(patient: Patient, site: str, origin: str) -> Finding:
    if not is_origin(origin):
        return Finding(
            "fail",
            "origins",
            f"{origin} of {site} can match no page.",
            "An origin is https://host[:port], without a path.",
        )
    if is_loopback(urlsplit(origin).hostname or ""):
        return Finding("ok", "origins", f"{origin} of {site} is on this machine.")
    if patient.offline:
        return Finding("ok", "origins", f"{origin} of {site} is well formed (not tried).")
    try:
        patient.kit.services.http.get(origin + "/")
    except HttpFailure as failure:
        if failure.kind == "bad_status":
            return Finding("ok", "origins", f"{origin} of {site} answers.")
        return Finding(
            "warn",
            "origins",
            f"{origin} of {site} was not reached from here ({failure.kind}).",
            "Check how it is spelt; www. and the port are part of it.",
        )
    return Finding("ok", "origins", f"{origin} of {site} answers.")
