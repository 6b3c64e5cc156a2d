"""The floor of the cold page gives the same bytes as the real templates, and costs less."""

from dataclasses import replace

import look_scenes as look
import pytest
from bench.cold_floor import floor, same_words
from cpu import cpu_seconds

from commentkit.render import Renderer
from commentkit.view import CommentView, FormView, ReplyTo, ThreadView

RENDERER = Renderer()


def page(comments: tuple[CommentView, ...], **more: object) -> ThreadView:
    view = look.view(look.SIGNED_OUT, FormView(rest=True), comments)
    return replace(view, **more)  # type: ignore[arg-type]


def real(view: ThreadView, language: str = "en") -> str:
    return str(RENDERER.render("thread.html", language=language, view=view))


def deep() -> tuple[CommentView, ...]:
    """Every case of a page that everybody sees, but tombstones."""
    leaf = look.comment(5, "E", "x", parent_id=4, in_reply_to=ReplyTo(2, None), nests=False)
    beside = look.comment(6, "F & G", "y", parent_id=4, in_reply_to=ReplyTo(5, "E"), nests=False)
    flat = look.comment(4, "D", "*z*", parent_id=3, indents=False, replies=(leaf, beside))
    photo = replace(
        look.ANNA.person, picture="https://c.example.org/p?a=1&b=2", url="https://a.example.org"
    )
    held = look.comment(3, "C", "w", parent_id=2, author=photo, replies=(flat,), more_replies="1.9")
    owner = look.comment(2, "B", "v", badge="owner", replies=(held,), edited_at=look.NOW)
    return (
        look.comment(1, "A", "u", provider="X"),
        owner,
        look.comment(7, "H", "t", badge="moderator"),
    )


@pytest.mark.parametrize("language", ["en", "it"])
@pytest.mark.parametrize("more", [{}, {"more": "1.2"}, {"earlier": True}, {"form": None}], ids=str)
def test_its_bytes_are_those_of_the_real_page(language: str, more: dict[str, object]) -> None:
    view = page(deep(), **more)
    made = floor(view, language=language, renderer=RENDERER)()
    assert same_words(made, real(view, language))
    assert not same_words(made.replace("comment-4", "comment-5", 1), real(view, language))


def test_what_not_everybody_sees_is_refused() -> None:
    with pytest.raises(ValueError, match="tombstone"):
        floor(page(look.thread()), renderer=RENDERER)


def test_the_real_templates_cost_a_small_multiple_of_it() -> None:
    comments = tuple(look.comment(n, f"Name {n}", "Some *words*.") for n in range(1, 101))
    view = page(comments)
    least = cpu_seconds(floor(view, renderer=RENDERER), tries=20)
    assert cpu_seconds(real, view, tries=20) < 6 * least
