import copy
import dataclasses
import pickle

import jinja2
import pytest
from markupsafe import Markup, escape

from commentkit.text import SafeHtml, render


def test_it_is_not_made_by_hand():
    with pytest.raises(TypeError):
        SafeHtml("<script>")


def test_it_cannot_be_changed():
    value = render("x")
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.html = "<script>"
    with pytest.raises(TypeError):
        dataclasses.replace(value, html="<script>")


def test_templates_show_it_as_it_is():
    template = jinja2.Environment(autoescape=True).from_string("{{ body }}{{ '<' }}")
    assert template.render(body=render("*x*")) == "<p><em>x</em></p>\n&lt;"
    assert escape(render("x")) == Markup("<p>x</p>\n")


def test_it_does_not_become_a_string_by_accident():
    value = render("x")
    with pytest.raises(TypeError):
        str(value)
    with pytest.raises(TypeError):
        f"{value}"
    with pytest.raises(TypeError):
        value + "<script>"
    with pytest.raises(TypeError):
        value[0]
    assert not hasattr(value, "replace")


def test_its_repr_does_not_quote_the_comment():
    assert repr(render("secret")) == "<SafeHtml of 14 characters>"


def test_what_was_stored_is_what_was_rendered():
    assert SafeHtml.stored(render("*x*").html) == render("*x*")


def test_it_can_be_copied():
    value = render("x")
    assert copy.deepcopy(value) == value
    assert pickle.loads(pickle.dumps(value)) == value
