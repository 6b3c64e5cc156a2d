"""Templates compiled our way say what Jinja's own say, of any value and by any look-up."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from jinja2 import Environment, StrictUndefined, UndefinedError
from markupsafe import Markup, escape

from commentkit.render.compiling import CompilingEnvironment, escaped
from commentkit.text import SafeHtml

HOSTILE = "<script>alert('1')</script> & \"quoted\""


class Text(str):
    """A string of a kind of its own, which is escaped like any other."""

    __slots__ = ()


class Number(int):
    """A number that spells itself as it likes."""

    def __str__(self) -> str:
        return HOSTILE


class Marked:
    """Something that says itself that it is markup."""

    def __html__(self) -> str:
        return "<b>safe</b>"


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    items: str = "an attribute, where a mapping has a method"


VALUES = [
    *(HOSTILE, "", "plain", Text(HOSTILE), Markup("<b>&amp;</b>"), Marked()),
    *(SafeHtml.stored("<p>stored</p>"), 397177334543667414, -1, Number(3), True, None, 1.5),
    *([HOSTILE], {HOSTILE: HOSTILE}, b"<bytes>", ValueError(HOSTILE)),
]

TEMPLATES = [
    "{{ value }}|{{ [value] }}|{{ value ~ '<' }}|{{ value|string }}",
    "{% set said %}<i>{{ value }}</i>{% endset %}{{ said }}{{ said ~ value }}",
    '{% macro m(x) %}<i title="{{ x }}">{{ caller() }}</i>{% endmacro %}'
    "{% call m(value) %}{{ value }}{% endcall %}{{ m|string|length }}",
    "{% macro m(x) %}<i>{{ x }}</i>{% endmacro %}{{ m(value) }}{{ m(m(value)) }}",
    "{% filter upper %}<i>{{ value }}</i>{% endfilter %}",
    "{% block b %}{{ value }}{% endblock %}{{ self.b() }}",
    "{% autoescape false %}{{ value }}{% endautoescape %}{{ value }}",
    "{% for v in [value, [value]] recursive %}{{ v }}"
    "{% if loop.depth == 1 %}{{ loop([value]) }}{% endif %}{% endfor %}",
    "{% trans v=value %}said: {{ v }}{% endtrans %}{{ _('%(v)s <', v=value) }}",
    "{{ '<'|safe }}{{ value|e }}{{ value|forceescape }}{{ (value, value)|join('<') }}",
]


def both() -> tuple[Environment, Environment]:
    made = []
    for kind in (Environment, CompilingEnvironment):
        one = kind(autoescape=True, undefined=StrictUndefined, extensions=["jinja2.ext.i18n"])
        one.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
        made.append(one)
    return made[0], made[1]


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_value_comes_out_as_jinja_puts_it(template: str) -> None:
    environments = both()
    for value in VALUES:
        theirs, ours = (_outcome(one, template, {"value": value}) for one in environments)
        assert ours == theirs


def test_what_is_escaped_is_what_markupsafe_says() -> None:
    for value in VALUES:
        assert str(escaped(value)) == str(escape(value))


@pytest.mark.parametrize(
    "said",
    [
        *("{{ p.name }}", "{{ p.items }}", "{{ d.name }}", "{{ d.items()|length }}"),
        *("{{ d.inner.name }}", "{{ d.person.name }}", "{{ 'x'.upper() }}"),
        *("{{ p.nothing is defined }}", "{{ d.nothing|default('<') }}", "{{ p.nothing or 1 }}"),
        *("{{ d.none.name is defined }}", "{{ [p, p]|map(attribute='name')|join }}"),
        "{% for x in [p, p] if x.name and d.name %}{{ x.name }}{% endfor %}",
        "{% macro m(x=p.name) %}{{ x }}{{ d.name }}{% endmacro %}{{ m() }}",
    ],
)
def test_a_look_up_finds_what_jinja_finds(said: str) -> None:
    person = Person(HOSTILE)
    inner = {"name": "inner <"}
    values = {"p": person, "d": {"name": "<d>", "inner": inner, "person": person, "none": None}}
    theirs, ours = (_outcome(environment, said, values) for environment in both())
    assert ours == theirs


def _outcome(environment: Environment, said: str, values: dict[str, Any]) -> str:
    try:
        return environment.from_string(said).render(values)
    except (UndefinedError, TypeError) as error:  # `SafeHtml` refuses to be a plain string
        return f"refused: {error}"


def test_what_stands_before_the_dot_is_worked_out_once() -> None:
    numbers = count()
    said = both()[1].from_string("{{ make().n }}{{ make().n }}")
    assert said.render(make=lambda: {"n": next(numbers)}) == "01"
