"""Sentences that became text of a template say what gettext would have said."""

from pathlib import Path

import pytest

from commentkit.render import Renderer

EVIL = "<b>%s%%(name)s"


def said(
    folder: Path, source: str, *, name: str = "a.html", language: str = "it", **view: object
) -> str:
    (folder / "commentkit").mkdir(exist_ok=True)
    (folder / "commentkit" / name).write_text(source)
    return str(Renderer([folder]).render(name, language=language, view=view))


@pytest.mark.parametrize(
    "source", ["{% trans %}Log out{% endtrans %}", "{{ _('Log out') }}", "{{ gettext('Log out') }}"]
)
def test_words_are_those_of_the_language(tmp_path: Path, source: str) -> None:
    assert said(tmp_path, source) == "Chiudi sessione"
    assert said(tmp_path, source, language="en") == "Log out"


@pytest.mark.parametrize(
    "source",
    [
        "{% trans name=who %}Reply to {{ name }}{% endtrans %}",
        "{{ _('Reply to %(name)s', name=who) }}",
        "{% set words = _('Reply to %(name)s', name=who) %}{{ words }}",
        "{{ '' ~ _('Reply to %(name)s', name=who) }}",
    ],
)
def test_what_is_filled_in_is_escaped_once(tmp_path: Path, source: str) -> None:
    assert said(tmp_path, source, language="en", who=EVIL) == "Reply to &lt;b&gt;%s%%(name)s"


def test_a_sentence_within_a_sentence_is_translated(tmp_path: Path) -> None:
    source = "{{ _('Reply to %(name)s', name=who or _('an earlier comment')) }}"
    assert said(tmp_path, source, language="en", who="") == "Reply to an earlier comment"


def test_an_attribute_keeps_the_quotes_of_a_name_inside(tmp_path: Path) -> None:
    source = """<a title="{{ _('Reply to %(name)s', name=who) }}">"""
    assert said(tmp_path, source, language="en", who='"x') == '<a title="Reply to &#34;x">'


def test_a_per_cent_sign_is_written_twice_in_a_sentence(tmp_path: Path) -> None:
    assert said(tmp_path, "{{ _('100%% of %(what)s', what='it') }}") == "100% of it"


@pytest.mark.parametrize("number", [1, 2])
def test_a_plural_still_follows_its_number(tmp_path: Path, number: int) -> None:
    source = "{% trans num=n %}{{ num }} comment{% pluralize %}{{ num }} comments{% endtrans %}"
    assert said(tmp_path, source, n=number) == ("1 commento" if number == 1 else "2 commenti")


def test_a_sentence_known_only_when_it_is_shown_is_still_translated(tmp_path: Path) -> None:
    assert said(tmp_path, "{{ _(words) }}", words="Log out") == "Chiudi sessione"


def test_a_place_of_another_form_is_left_to_gettext(tmp_path: Path) -> None:
    assert said(tmp_path, "{{ _('%(n)03d times', n=5) }}") == "005 times"


def test_a_place_that_nothing_fills_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        said(tmp_path, "{{ _('Reply to %(name)s') }}")


def test_a_letter_is_filled_without_escaping(tmp_path: Path) -> None:
    source = "{{ _('Reply to %(name)s', name=who) }}"
    assert said(tmp_path, source, name="a.txt", language="en", who="<") == "Reply to <"
