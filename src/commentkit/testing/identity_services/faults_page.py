"""The switches by HTTP: a page that lists them, and a form or JSON that sets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from .answers import json_answer, page_answer
from .faults import ENDPOINTS, MEANINGS, TRANSPORT, Fault, kinds_at
from .state import here
from .words import ENGLISH


def faults_blueprint() -> Blueprint:
    """Make the routes of the switches.

    `POST /faults` takes `provider`, `endpoint`, `kind` and, if wanted, `once`, `seconds`, `bytes`,
    `value`; `DELETE /faults?provider=&endpoint=`, or `clear=1` in the form, takes them back.
    """
    blueprint = Blueprint("faults", __name__)
    blueprint.add_url_rule("/faults", "show", _show)
    blueprint.add_url_rule("/faults", "change", _change, methods=["POST"])
    blueprint.add_url_rule("/faults", "clear", _clear, methods=["DELETE"])
    return blueprint


def _show() -> Response:
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) != "text/html":
        return json_answer(_listed())
    choices = {
        f"{provider}/{endpoint}": sorted(kinds_at(provider, endpoint))
        for provider in sorted(ENDPOINTS)
        for endpoint in sorted(ENDPOINTS[provider])
    }
    page = render_template(
        "faults.html",
        words=ENGLISH,  # the faults themselves are described in English alone
        listed=_listed(),
        choices=choices,
        meanings=MEANINGS,
        anywhere=TRANSPORT,
    )
    return page_answer(page)


def _change() -> Response:
    asked: Mapping[str, Any] = request.form
    if request.is_json:
        asked = request.get_json()
    if asked.get("clear"):
        here().faults.clear(asked.get("provider") or None, asked.get("endpoint") or None)
        return _done()
    try:
        provider, endpoint = _place(asked)
        here().faults.set(provider, endpoint, _fault(asked))
    except ValueError as error:
        return json_answer({"error": str(error)}, 400)
    return _done()


def _clear() -> Response:
    here().faults.clear(request.args.get("provider"), request.args.get("endpoint"))
    return json_answer(_listed())


def _place(asked: Mapping[str, Any]) -> tuple[str, str]:
    provider, _, endpoint = str(asked.get("place", "")).partition("/")
    return asked.get("provider", provider), asked.get("endpoint", endpoint)


def _fault(asked: Mapping[str, Any]) -> Fault:
    plain = Fault(str(asked.get("kind", "")))
    return Fault(
        kind=plain.kind,
        once=str(asked.get("once", "")).lower() in {"1", "true", "on"},
        seconds=float(asked.get("seconds") or plain.seconds),
        bytes=int(asked.get("bytes") or plain.bytes),
        value=str(asked.get("value") or ""),
    )


def _done() -> Response:
    if request.is_json:
        return json_answer(_listed())
    return redirect(url_for("faults.show"), code=303)


def _listed() -> list[dict[str, Any]]:
    return [
        {"provider": provider, "endpoint": endpoint, **asdict(fault)}
        for provider, endpoint, fault in here().faults.listed()
    ]
