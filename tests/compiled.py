"""Templates and routes compiled once a run: apps of tests differ in nearly everything but these."""

from collections.abc import Callable
from types import CodeType
from typing import Any

import pytest
from jinja2 import Environment, Template
from werkzeug.routing import Rule

from commentkit.render import Renderer

_codes: dict[tuple[str, str], CodeType] = {}
"""By language and name: our own templates, which no test changes."""


def routes_once(patch: pytest.MonkeyPatch) -> None:
    """Let a rule take what Werkzeug made of the same one before: most of the start of an app."""
    make = getattr(Rule, "_compile_builder", None)
    if make is None:
        return  # another Werkzeug: the tests take longer, and that is all
    made: dict[object, Callable[..., Any]] = {}

    def remembering(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        if rule.defaults:
            return make(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in made:
            made[key] = make(rule, append_unknown)
        return made[key]

    patch.setattr(Rule, "_compile_builder", remembering)


def once(renderer: Renderer) -> None:
    """Let a renderer take what another one compiled, as long as its host has no templates."""
    new = renderer._new_environment

    def remembering(language: str) -> Environment:
        return _remembering(new(language), language, renderer)

    renderer._new_environment = remembering


def _remembering(environment: Environment, language: str, renderer: Renderer) -> Environment:
    load, compile_ = environment.loader.load, environment.compile

    def ours_alone() -> bool:
        return not any(folder.exists() for folder in renderer._folders)

    def compiled(source: Any, name: str, filename: str | None) -> CodeType:
        code = compile_(source, name, filename)
        if ours_alone():
            _codes[language, name] = code
        return code

    def loaded(environment: Environment, name: str, globals: Any = None) -> Template:
        known = _codes.get((language, name))
        if known is None or not ours_alone():
            return load(environment, name, globals)
        return environment.template_class.from_code(environment, known, globals or {})

    environment.compile, environment.loader.load = compiled, loaded
    return environment
