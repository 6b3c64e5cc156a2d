"""Templates compiled once a run: apps of tests differ in nearly everything but in these."""

from types import CodeType
from typing import Any

from jinja2 import Environment, Template

from commentkit.render import Renderer

_codes: dict[tuple[str, str], CodeType] = {}
"""By language and name: our own templates, which no test changes."""


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
