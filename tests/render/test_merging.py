"""Templates compiled whole: what is merged means what the include meant, the host's files first."""

from collections.abc import Callable
from pathlib import Path

import look_scenes as look
import pytest
from jinja2 import TemplateNotFound

from commentkit.render import Renderer
from commentkit.view import FormView, RepliesFragment

FORM = FormView()
Host = Callable[..., Renderer]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """Return what makes a renderer from a host's own files."""

    def make(**files: str) -> Renderer:
        folder = tmp_path / "commentkit"
        folder.mkdir()
        for name, source in files.items():
            suffix = "" if "." in name else ".html"
            (folder / f"{name}{suffix}").write_text(source)
        return Renderer([tmp_path])

    return make


def said(renderer: Renderer, name: str = "page1.html", **values: object) -> str:
    return " ".join(str(renderer.render(name, language="en", view=values)).split())


def section(renderer: Renderer) -> str:
    view = look.view(look.SIGNED_OUT, FORM, look.thread())
    return str(renderer.render("thread.html", language="en", view=view))


def count_of(comments: object) -> int:
    return sum(1 + count_of(comment.replies) for comment in comments)  # type: ignore[attr-defined]


def test_what_is_set_inside_stays_inside(host: Host) -> None:
    renderer = host(
        page1='{% set x = 1 %}{% include "commentkit/inner.html" %}{{ x }}',
        inner="{% set x = 2 %}{{ x }}",
    )
    assert said(renderer) == "21"


def test_what_is_around_is_seen_inside(host: Host) -> None:
    renderer = host(
        page1='{% for n in numbers %}{% include "commentkit/inner.html" %}{% endfor %}',
        inner="{{ n }}/{{ loop.length }}/{{ given }} ",
    )
    assert said(renderer, numbers=[1, 2], given="g") == "1/2/g 2/2/g"


def test_a_macro_of_the_included_file_is_found_there(host: Host) -> None:
    renderer = host(
        page1='{% include "commentkit/inner.html" %}',
        inner='{% from "commentkit/own.html" import twice %}{{ twice(given) }}',
        own="{% macro twice(word) %}{{ word }}{{ word }}{% endmacro %}",
    )
    assert said(renderer, given="<") == "&lt;&lt;"


def test_one_that_extends_another_is_still_included(host: Host) -> None:
    renderer = host(
        page1='<{% include "commentkit/inner.html" %}>',
        inner='{% extends "commentkit/base.html" %}{% block word %}inner{% endblock %}',
        base="{% block word %}base{% endblock %}!",
    )
    assert said(renderer) == "<inner!>"


def test_one_that_includes_itself_ends_where_it_says(host: Host) -> None:
    renderer = host(
        page1='{% if n %}{{ n }}{% with n = n - 1 %}{% include "commentkit/page1.html" %}'
        "{% endwith %}{% endif %}"
    )
    assert said(renderer, n=5) == "54321"


def test_a_text_inside_markup_is_not_escaped_nor_markup_inside_a_text(host: Host) -> None:
    renderer = host(
        **{
            "page1": '{{ x }}{% include "commentkit/plain.txt" %}',
            "plain.txt": "{{ x }}",
            "letter.txt": '{{ x }}{% include "commentkit/inner.html" %}',
            "inner": "{{ x }}",
        }
    )
    assert said(renderer, x="<") == "&lt;<"
    assert said(renderer, "letter.txt", x="<") == "<&lt;"


def test_a_missing_file_may_be_ignored(host: Host) -> None:
    renderer = host(
        page1='a{% include "commentkit/nowhere.html" ignore missing %}b',
        page2='{% include "commentkit/nowhere.html" %}',
    )
    assert said(renderer) == "ab"
    with pytest.raises(TemplateNotFound):
        said(renderer, "page2.html")


@pytest.mark.parametrize(
    "name",
    ["comment", "comment_header", "comment_actions", "comment_replies", "avatar", "list", "form"],
)
def test_a_host_overrides_each_file_and_includes_ours(host: Host, name: str) -> None:
    ours = section(Renderer())
    source = f'<i>{name}</i>{{% include "commentkit_original/{name}.html" %}}'
    theirs = section(host(**{name: source}))
    mark = f"<i>{name}</i>"
    everywhere = count_of(look.thread()) - (name in ("comment_header", "comment_actions", "avatar"))
    assert theirs.count(mark) == (1 if name in ("list", "form") else everywhere)
    assert "".join(theirs.replace(mark, "").split()) == "".join(ours.split())


def test_a_comment_of_the_host_that_extends_ours_holds_its_replies(host: Host) -> None:
    renderer = host(comment='{% extends "commentkit_original/comment.html" %}')
    assert section(renderer).count("data-comment=") == count_of(look.thread())


def test_a_host_may_walk_the_replies_by_itself(host: Host) -> None:
    renderer = host(
        comment_replies="<ol>{% for comment in comment.replies %}"
        '{% include "commentkit/comment.html" %}{% endfor %}</ol>'
    )
    assert section(renderer).count("data-comment=") == count_of(look.thread())


def test_further_replies_come_with_those_beneath_them() -> None:
    view = RepliesFragment(root=1, comments=look.thread()[:1], links=look.LINKS)
    html = Renderer().render("replies.html", language="en", view=view)
    assert html.count("data-comment=") == count_of(look.thread()[:1])
