"""What the widget's calls get back: their cookies, and leave to read the answer."""

from collections.abc import Iterator

from werkzeug.test import TestResponse

from commentkit.doctor.finding import Finding, Patient
from commentkit.web.cookies import PROBE

_WANTED = ("Path=/", "Secure", "HttpOnly", "SameSite=None", "Partitioned")


def cookies(patient: Patient) -> Iterator[Finding]:
    """Have a cookie set as a sign-in would, and see how it leaves the app."""
    site = next((site for site in patient.sites() if site.origins), None)
    if site is None:
        yield Finding(
            "warn",
            "cookies",
            "No site is registered, so no cookie was tried.",
            "Register one, and ask again.",
        )
        return
    origin = min(site.origins)
    headers = {"X-CommentKit": "1", "Origin": origin}
    response = patient.ask(f"/{site.name}/probe", method="POST", headers=headers)
    yield _cookie(patient, response)
    yield from _readable(response, origin)


def _cookie(patient: Patient, response: TestResponse) -> Finding:
    prefix = f"{patient.kit.settings.url_prefix}/"
    found = [c for c in response.headers.getlist("Set-Cookie") if c.startswith(f"{PROBE}=")]
    if not found:
        return Finding(
            "fail",
            "cookies",
            f"Our cookie does not leave the app (its answer is {response.status_code}): nobody "
            "stays signed in.",
            f"Let the app's before_request and after_request functions pass {prefix} through.",
        )
    said = [part.strip().lower() for part in found[0].split(";")[1:]]
    wrong = [part for part in _WANTED if part.lower() not in said]
    wrong += [f"no {part}" for part in said if part.startswith("domain=")]
    if wrong:
        return Finding(
            "fail",
            "cookies",
            f"Our cookie leaves the app changed; it lacks {', '.join(wrong)}.",
            f"Do not rewrite Set-Cookie below {prefix}.",
        )
    if patient.kit.settings.secure:
        return Finding(
            "ok", "cookies", "Over https, cookies leave the app Secure, HttpOnly and Partitioned."
        )
    return Finding(
        "ok",
        "cookies",
        "Over plain http on a loopback name, our pages' cookies lack Secure: for trying out only.",
    )


def _readable(response: TestResponse, origin: str) -> Iterator[Finding]:
    wanted = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
    }
    for name, value in wanted.items():
        found = response.headers.get(name)
        if found != value:
            yield Finding(
                "fail",
                "cookies",
                f"{name} arrives as {found!r} instead of {value!r}: no page can send our cookies.",
                f"Do not set {name} in the app's after_request for our addresses.",
            )
