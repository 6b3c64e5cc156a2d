"""What the host application does to our answers on their way through it."""

from collections.abc import Iterator, Mapping

from jinja2 import TemplateError
from werkzeug.test import TestResponse

from commentkit.doctor.finding import Finding, Patient
from commentkit.errors import ERRORS

_NOBODY = "commentkit-doctor"
"""A site that is never registered: asking for it reaches our views and changes nothing."""
_ENOUGH_BYTES = 100_000
"""A comment of 10,000 characters, each of them escaped in JSON, and the fields around it."""


def answers(patient: Patient) -> Iterator[Finding]:
    """See that requests reach us at all."""
    response = patient.ask("/health")
    address = f"{patient.kit.settings.base_url}/health"
    if response.status_code == 200:
        yield Finding("ok", "answers", f"{address} answers 200.")
    elif 300 <= response.status_code < 400:
        yield Finding(
            "fail",
            "answers",
            f"{address} is redirected to {response.location}: something in the app answers first.",
            f"Leave {patient.kit.settings.url_prefix}/ out of before_request functions that "
            "redirect, such as a login that everybody needs.",
        )
    elif _is_our_trouble(response):
        yield _our_trouble("answers", address, response)
    else:
        yield Finding(
            "fail",
            "answers",
            f"{address} answers {response.status_code}.",
            "See the app's log; check that init_app is called, and SERVER_NAME if it is set.",
        )


def csrf(patient: Patient) -> Iterator[Finding]:
    """See that the host's CSRF protection leaves our forms to ours."""
    response = _post_to_nobody(patient)
    if _is_ours(response):
        yield Finding("ok", "csrf", "Our forms reach us; they have a CSRF defence of their own.")
    elif _is_our_trouble(response):
        yield _our_trouble("csrf", "A POST to us", response)
    elif "csrf" in patient.app.extensions:
        yield Finding(
            "fail",
            "csrf",
            f"CSRFProtect refuses our requests ({response.status_code}): no comment can be sent.",
            'After comments.init_app(app): csrf.exempt(app.blueprints["commentkit"])',
        )
    else:
        yield Finding(
            "fail",
            "csrf",
            f"A POST to us is answered {response.status_code} by something else in the app.",
            f"Leave {patient.kit.settings.url_prefix}/ out of it.",
        )


def _post_to_nobody(patient: Patient) -> TestResponse:
    origin = patient.kit.settings.origin
    headers = {"X-CommentKit": "1", "Origin": origin, "Sec-Fetch-Site": "same-origin"}
    return patient.ask(f"/{_NOBODY}/comments", method="POST", json={}, headers=headers)


def error_handlers(patient: Patient) -> Iterator[Finding]:
    """See that our JSON errors stay JSON."""
    for response in (patient.ask(f"/{_NOBODY}/counts"), _post_to_nobody(patient)):
        if response.status_code == 404 and not _is_ours(response):
            yield Finding(
                "fail",
                "error_handlers",
                f"Our error for {response.request.path} arrives as "
                f"{response.mimetype or 'nothing'}: the widget cannot read it.",
                "Let the app's error handlers and after_request functions pass answers below "
                f"{patient.kit.settings.url_prefix}/ through.",
            )
            return
    yield Finding("ok", "error_handlers", "Our errors arrive as we wrote them.")


def _is_ours(response: TestResponse) -> bool:
    return _code(response) == "unknown_site"


def _is_our_trouble(response: TestResponse) -> bool:
    """Tell whether an answer is a failure of our own, which is not the host's doing."""
    return response.status_code >= 500 and _code(response) in ERRORS


def _our_trouble(check: str, asked: str, response: TestResponse) -> Finding:
    said = f"{asked} is answered {response.status_code} by ourselves ({_code(response)})."
    return Finding("fail", check, said, "The log says why; what failed above may be the reason.")


def _code(response: TestResponse) -> str | None:
    body = response.get_json(silent=True) if response.is_json else None
    error = body.get("error") if isinstance(body, Mapping) else None
    code = error.get("code") if isinstance(error, Mapping) else None
    return code if isinstance(code, str) else None


def public_headers(patient: Patient) -> Iterator[Finding]:
    """See that any site may load what is public, and any cache may keep it."""
    response = patient.ask("/embed.js")
    wanted = {
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    wrong = [name for name, value in wanted.items() if response.headers.get(name) != value]
    for name in wrong:
        yield Finding(
            "fail",
            "public_headers",
            f"{name} arrives as {response.headers.get(name)!r} instead of {wanted[name]!r}: "
            "browsers of other sites refuse the script.",
            f"Do not set {name} in the app's after_request below "
            f"{patient.kit.settings.url_prefix}/.",
        )
    personal = [name for name in ("Set-Cookie",) if name in response.headers]
    varies = ",".join(response.headers.getlist("Vary")).lower().split(",")
    if "cookie" in map(str.strip, varies):
        personal.append("Vary: Cookie")
    if personal:
        yield Finding(
            "warn",
            "public_headers",
            f"{' and '.join(personal)} on public answers: no shared cache may keep them.",
            "Keep what is put around the app, middleware or server, from adding it below "
            f"{patient.kit.settings.url_prefix}/.",
        )
    elif not wrong:
        yield Finding("ok", "public_headers", "Any site may load what is public.")


def page_headers(patient: Patient) -> Iterator[Finding]:
    """See that our popup can speak to the page that opened it, and run its script."""
    headers = patient.ask("/callback/commentkit-doctor").headers
    opener = headers.get("Cross-Origin-Opener-Policy", "unsafe-none").split(";")[0]
    policy = headers.get("Content-Security-Policy", "")
    if opener != "unsafe-none":
        yield Finding(
            "fail",
            "page_headers",
            f"Cross-Origin-Opener-Policy is {opener!r} on our popup: every sign-in loses its "
            "window, and takes the longer way back.",
            "Do not send it below "
            f"{patient.kit.settings.url_prefix}/ (in Flask-Talisman: a view of its own options).",
        )
    if not _allows_own_script(policy):
        yield Finding(
            "fail",
            "page_headers",
            f"The app's Content-Security-Policy on our pages forbids our script: {policy}",
            "Keep the policy that our pages come with: set the app's own only where none is set.",
        )
    if opener == "unsafe-none" and _allows_own_script(policy):
        yield Finding("ok", "page_headers", "Our popup can speak to the page that opened it.")


def _allows_own_script(policy: str) -> bool:
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";") if rule.split()}
    sources = rules.get("script-src", rules.get("default-src", ["'self'"]))
    return "'self'" in sources or "*" in sources or "https:" in sources


def layout(patient: Patient) -> Iterator[Finding]:
    """Load the template that wraps our pages."""
    name = patient.kit.settings.layout
    if not name:
        return
    try:
        patient.app.jinja_env.get_template(name)
    except TemplateError as error:
        yield Finding(
            "fail",
            "layout",
            f"The layout {name} cannot be used: {type(error).__name__}: {error}",
            "Correct COMMENTKIT_LAYOUT, or leave it out for our own plain page.",
        )
    else:
        yield Finding("ok", "layout", f"Our pages stand in {name}.")


def body_limit(patient: Patient) -> Iterator[Finding]:
    """See that the longest comment passes."""
    limit = patient.app.config.get("MAX_CONTENT_LENGTH")
    if limit is not None and limit < _ENOUGH_BYTES:
        yield Finding(
            "warn",
            "body_limit",
            f"MAX_CONTENT_LENGTH is {limit} bytes: long comments are refused.",
            f"Set it to {_ENOUGH_BYTES} or more.",
        )
