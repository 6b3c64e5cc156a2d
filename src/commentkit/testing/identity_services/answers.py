"""Answers of every provider: JSON, error pages, the redirect back, and what faults do to them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import make_response, render_template, request
from flask import redirect as flask_redirect
from werkzeug.wrappers import Response

from .faults import Fault, SetFault
from .grants import Pending
from .state import Call, faults_here, here
from .words import page_words

PRIVATE_ADDRESS = "http://169.254.169.254/latest/meta-data/"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def json_answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON that nobody stores."""
    text = json.dumps(body, ensure_ascii=False)
    answer = Response(text, status=status, mimetype="application/json")
    answer.headers.update({**NO_STORE, **(headers or {})})
    return answer


def error_page(code: str, status: int = 400, *, provider: str = "") -> Response:
    """Tell a person that the application asked wrongly; it is sent nothing (RFC 6749 §4.1.2.1)."""
    words = page_words()
    page = render_template("error.html", code=code, words=words, provider=provider)
    return page_answer(page, status)


def page_answer(page: str, status: int = 200) -> Response:
    """Return a page that may not be framed or stored."""
    answer = make_response(page, status)
    answer.headers["X-Frame-Options"] = "DENY"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    answer.headers.update(NO_STORE)
    return answer


def send_error(pending: Pending, error: str) -> Response:
    """Carry an error of RFC 6749 §4.1.2.1 back."""
    return send_back(pending, [("error", error), *state_of(pending)])


def state_of(pending: Pending) -> list[tuple[str, str]]:
    """Return the state parameter, when the request had one."""
    return [] if pending.state is None else [("state", pending.state)]


def send_back(pending: Pending, params: Sequence[tuple[str, str]]) -> Response:
    """Carry the answer back to the application, bent by the faults set at `callback`."""
    service = here().services[pending.service]
    faults = here().faults.take(pending.service, "callback")
    sent = list(params)
    if "error" in faults:
        sent = [*service.callback_error, *state_of(pending)]
    if service.issuer is not None:
        sent.append(("iss", service.issuer()))
    for kind in faults:
        sent = _bend(sent, kind)
    if pending.response_mode == "form_post":
        page = render_template(
            "form_post.html", target=pending.redirect_uri, params=sent, words=page_words()
        )
        return page_answer(page)
    answer = flask_redirect(_with_query(pending.redirect_uri, sent), code=303)
    answer.headers.update(NO_STORE)
    return answer


def _bend(params: list[tuple[str, str]], kind: str) -> list[tuple[str, str]]:
    name = "oauth_token" if any(key == "oauth_token" for key, _ in params) else "state"
    if kind == "state_missing":
        return [pair for pair in params if pair[0] != name]
    if kind == "state_changed":
        return [(key, "changed" if key == name else value) for key, value in params]
    if kind == "state_twice":
        return [*params, *(pair for pair in params if pair[0] == name)]
    if kind == "iss_missing":
        return [pair for pair in params if pair[0] != "iss"]
    if kind == "iss_wrong":
        return [*(p for p in params if p[0] != "iss"), ("iss", "https://other-issuer.example")]
    return params


def _with_query(address: str, params: Sequence[tuple[str, str]]) -> str:
    separator = "&" if urlsplit(address).query else "?"
    return address + separator + urlencode(list(params))


def meet_faults(provider: str, endpoint: str) -> tuple[dict[str, SetFault], Response | None]:
    """Record a request and return the faults it meets, with the answer that they force on it."""
    services = here()
    args, form = request.args.to_dict(), request.form.to_dict()
    services.calls.add(Call(provider, endpoint, request.method, args, form))
    met = services.faults.take(provider, endpoint)
    if slow := met.get("slow"):
        slow.released.wait(timeout=slow.fault.seconds)
    for kind in ("500", "429", "html", "huge", "empty", "redirect", "error", "false"):
        if kind in met:
            return met, _forced(provider, endpoint, met[kind].fault)
    return met, None


def _forced(provider: str, endpoint: str, fault: Fault) -> Response:
    if fault.kind == "500":
        return Response("Internal Server Error", status=500, mimetype="text/plain")
    if fault.kind == "html":
        page = "<!doctype html><title>Sorry</title><h1>Something went wrong</h1>"
        return Response(page, mimetype="text/html")
    if fault.kind == "huge":
        kind = "image/png" if provider == "pictures" else "application/json"
        return Response(_huge(fault.bytes), mimetype=kind)
    if fault.kind == "redirect":
        return flask_redirect(fault.value or PRIVATE_ADDRESS, code=302)
    if fault.kind in {"empty", "false"}:
        body = "false" if fault.kind == "false" else ""
        return Response(body, mimetype="application/json")
    service = here().services.get(provider)
    if service is None:
        return Response("Too Many Requests", status=429, headers={"Retry-After": "120"})
    return service.error("429" if fault.kind == "429" else endpoint)


def _huge(size: int) -> Iterator[bytes]:
    chunk = b"a" * 65_536
    yield b'{"access_token": "'
    for _ in range(size // len(chunk)):
        yield chunk
    yield b'"}'


def bend_answer(answer: Response) -> Response:
    """Apply the faults that change an answer already made."""
    faults = faults_here()
    if "truncated" in faults and not answer.is_streamed:
        body = answer.get_data()
        answer.set_data(body[: len(body) // 2])
    if coop := faults.get("coop"):
        answer.headers["Cross-Origin-Opener-Policy"] = coop.fault.value or "same-origin"
    return answer
